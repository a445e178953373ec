import { upperBounds } from "./buckets.ts";
import { quantile } from "./histogram.ts";
import type { Distribution } from "./histogram.ts";
import { renderPrometheus } from "./prometheus.ts";
import { selectStats } from "./query.ts";
import type { StatsQuery } from "./query.ts";
import type { HistogramSample, NumberSample, StatsSnapshot } from "./snapshot.ts";

/** The shares that Envoy prints, in percent. */
export const percentiles: readonly number[] = [0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 100];

/** Answers a query with the text and its content type. */
export function renderStats(snapshot: StatsSnapshot, query: StatsQuery): { readonly contentType: string; readonly body: string } {
  const selected = selectStats(snapshot, query);
  switch (query.format) {
    case "text":
      return { contentType: "text/plain; charset=UTF-8", body: renderText(selected, query.histogramBuckets) };
    case "json":
      return { contentType: "application/json", body: renderJson(selected, query.histogramBuckets) };
    case "prometheus":
      return { contentType: "text/plain; version=0.0.4; charset=UTF-8", body: renderPrometheus(selected, query.textReadouts) };
  }
}

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Envoy's `/stats`: texts, which come from others and are made harmless, counters and gauges by name, then the histograms. */
export function renderText(snapshot: StatsSnapshot, buckets: StatsQuery["histogramBuckets"] = "none"): string {
  let text = "";
  for (const { name, value } of snapshot.texts)
    text += `${name}: "${value.replaceAll(/[&<>"']/gu, (character) => escapes[character] ?? "")}"\n`;
  for (const sample of numbers(snapshot)) text += `${sample.name}: ${sample.exact ?? sample.value}\n`;
  for (const sample of snapshot.histograms) {
    text += `${sample.name}: ${sample.used ? histogramText(sample, buckets) : "No recorded values"}\n`;
  }
  return text;
}

function histogramText(sample: HistogramSample, buckets: StatsQuery["histogramBuckets"]): string {
  if (buckets === "none") {
    return percentiles
      .map(
        (percent) =>
          `P${percent}(${printed(quantile(sample.interval, percent / 100))},${printed(quantile(sample.cumulative, percent / 100))})`,
      )
      .join(" ");
  }
  const interval = countsByBound(sample.interval, buckets);
  const cumulative = countsByBound(sample.cumulative, buckets);
  return upperBounds.map((bound, at) => `B${bound}(${interval[at]},${cumulative[at]})`).join(" ");
}

/** Envoy's `/stats?format=json`: one array whose last entry holds all histograms. Numbers are written whole, whatever their reader can hold. */
export function renderJson(snapshot: StatsSnapshot, buckets: StatsQuery["histogramBuckets"] = "none"): string {
  const stats = [
    ...snapshot.texts.map(({ name, value }) => JSON.stringify({ name, value })),
    ...numbers(snapshot).map(({ name, value, exact }) => `{"name":${JSON.stringify(name)},"value":${exact ?? JSON.stringify(value)}}`),
  ];
  if (snapshot.histograms.length > 0) stats.push(JSON.stringify({ histograms: histogramsJson(snapshot.histograms, buckets) }));
  return `{"stats":[${stats.join(",")}]}\n`;
}

function histogramsJson(samples: readonly HistogramSample[], buckets: StatsQuery["histogramBuckets"]): unknown {
  if (buckets === "none") {
    return {
      supported_quantiles: percentiles,
      computed_quantiles: samples.map((sample) => ({
        name: sample.name,
        values: percentiles.map((percent) => ({
          cumulative: rounded(quantile(sample.cumulative, percent / 100)),
          interval: rounded(quantile(sample.interval, percent / 100)),
        })),
      })),
    };
  }
  return samples.map((sample) => {
    const interval = countsByBound(sample.interval, buckets);
    const cumulative = countsByBound(sample.cumulative, buckets);
    return {
      name: sample.name,
      buckets: upperBounds.map((bound, at) => ({ upper_bound: bound, interval: interval[at], cumulative: cumulative[at] })),
    };
  });
}

function numbers(snapshot: StatsSnapshot): NumberSample[] {
  return [...snapshot.counters, ...snapshot.gauges].sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
}

function countsByBound(distribution: Distribution, buckets: "cumulative" | "disjoint"): readonly number[] {
  if (buckets === "disjoint") return distribution.bounds;
  let sum = 0;
  return distribution.bounds.map((count) => (sum += count));
}

/** Six significant digits, as Envoy prints; null (JSON) where there is none. */
function rounded(value: number): number | null {
  return Number.isNaN(value) ? null : Number(value.toPrecision(6));
}

function printed(value: number): string {
  return String(rounded(value) ?? "nan");
}
