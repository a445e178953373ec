import { upperBounds } from "./buckets.ts";
import type { StatIdentity } from "./metrics.ts";
import type { HistogramSample, NumberSample, StatsSnapshot, TextSample } from "./snapshot.ts";

/** All lines of one name, as the format wants them together. */
interface Family {
  readonly type: string;
  readonly lines: string[];
}

/**
 * Prometheus' text format 0.0.4 under Envoy's names: `envoy_` and the dotted name without its values, which become labels.
 * Histograms are in milliseconds, as Envoy's.
 *
 * @param withTexts with the texts, as labels of gauges that are 0
 */
export function renderPrometheus(snapshot: StatsSnapshot, withTexts = false): string {
  const families = new Map<string, Family>();
  for (const sample of snapshot.counters) addNumber(families, sample, "counter");
  for (const sample of snapshot.gauges) addNumber(families, sample, "gauge");
  if (withTexts) for (const sample of snapshot.texts) addText(families, sample);
  for (const sample of snapshot.histograms) addHistogram(families, sample);
  let text = "";
  for (const [name, family] of families) text += `# TYPE ${name} ${family.type}\n${family.lines.join("\n")}\n\n`;
  return text;
}

function addNumber(families: Map<string, Family>, sample: NumberSample, type: string): void {
  const [name, family] = familyOf(families, sample, type);
  family.lines.push(`${name}{${labels(sample)}} ${sample.exact ?? sample.value}`);
}

function addText(families: Map<string, Family>, sample: TextSample): void {
  const [name, family] = familyOf(families, sample, "gauge");
  family.lines.push(`${name}{${labels({ ...sample, tags: [...sample.tags, ["text_value", sample.value]] })}} 0`);
}

function addHistogram(families: Map<string, Family>, sample: HistogramSample): void {
  const [name, { lines }] = familyOf(families, sample, "histogram");
  const own = labels(sample);
  const first = own === "" ? "" : `${own},`;
  const { bounds, count, sum } = sample.cumulative;
  let below = 0;
  for (const [at, bound] of upperBounds.entries()) {
    below += bounds[at] ?? 0;
    lines.push(`${name}_bucket{${first}le="${bound}"} ${below}`);
  }
  lines.push(`${name}_bucket{${first}le="+Inf"} ${count}`, `${name}_sum{${own}} ${sum}`, `${name}_count{${own}} ${count}`);
}

function familyOf(families: Map<string, Family>, identity: StatIdentity, type: string): [string, Family] {
  let name = `envoy_${sanitizeName(identity.tagged)}`;
  // A name has one type; a second statistic of another type that reads the same gets the type in its name.
  if ((families.get(name)?.type ?? type) !== type) name = `${name}_${type}`;
  let family = families.get(name);
  if (family === undefined) {
    family = { type, lines: [] };
    families.set(name, family);
  }
  return [name, family];
}

function labels(identity: StatIdentity): string {
  return identity.tags.map(([name, value]) => `${sanitizeName(name)}="${escapeLabel(value)}"`).join(",");
}

function sanitizeName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/gu, "_");
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
