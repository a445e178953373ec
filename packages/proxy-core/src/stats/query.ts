import { RE2JS } from "re2js";
import type { StatIdentity } from "./metrics.ts";
import type { StatsSnapshot } from "./snapshot.ts";

export const statTypes = ["All", "Counters", "Gauges", "Histograms", "TextReadouts"] as const;
export const statFormats = ["text", "json", "prometheus"] as const;
export const histogramModes = ["none", "cumulative", "disjoint"] as const;

/** What a request to `/stats` asks for. */
export interface StatsQuery {
  readonly format: (typeof statFormats)[number];
  readonly type: (typeof statTypes)[number];
  /** Only what was written at least once. */
  readonly usedOnly: boolean;
  /** Which names, found anywhere in them. */
  readonly filter: RE2JS | undefined;
  /** Histograms as quantiles, or by upper bound. */
  readonly histogramBuckets: (typeof histogramModes)[number];
  /** Prometheus is given texts, too: as labels of gauges. */
  readonly textReadouts: boolean;
}

export type ParsedQuery = { readonly ok: true; readonly query: StatsQuery } | { readonly ok: false; readonly message: string };

/** Reads Envoy's parameters of `/stats`: format, type, usedonly, filter, histogram_buckets, text_readouts; others are left alone, as Envoy does. */
export function parseStatsQuery(parameters: URLSearchParams): ParsedQuery {
  const format = oneOf(statFormats, parameters.get("format"), "text");
  if (format === undefined) return { ok: false, message: "usage: /stats?format=(json|prometheus|text)\n" };
  const type = oneOf(statTypes, parameters.get("type"), "All");
  if (type === undefined) return { ok: false, message: `invalid &type= param; use one of ${statTypes.join(", ")}\n` };
  const histogramBuckets = oneOf(histogramModes, parameters.get("histogram_buckets"), "none");
  if (histogramBuckets === undefined) {
    return { ok: false, message: `usage: /stats?histogram_buckets=(${histogramModes.join("|")})\n` };
  }
  const pattern = parameters.get("filter");
  let filter: RE2JS | undefined;
  try {
    if (pattern !== null && pattern !== "") filter = RE2JS.compile(pattern);
  } catch (error) {
    return { ok: false, message: `Invalid re2 regex: ${error instanceof Error ? error.message : String(error)}\n` };
  }
  return {
    ok: true,
    query: { format, type, usedOnly: parameters.has("usedonly"), filter, histogramBuckets, textReadouts: parameters.has("text_readouts") },
  };
}

function oneOf<const Choice extends string>(choices: readonly Choice[], value: string | null, fallback: Choice): Choice | undefined {
  return value === null ? fallback : choices.find((choice) => choice === value);
}

/** The part of a snapshot that a query wants. */
export function selectStats(snapshot: StatsSnapshot, query: StatsQuery): StatsSnapshot {
  const wanted = (sample: StatIdentity & { readonly used: boolean }): boolean =>
    (!query.usedOnly || sample.used) && (query.filter === undefined || query.filter.matcher(sample.name).find());
  const has = (type: StatsQuery["type"]): boolean => query.type === "All" || query.type === type;
  return {
    counters: has("Counters") ? snapshot.counters.filter(wanted) : [],
    gauges: has("Gauges") ? snapshot.gauges.filter(wanted) : [],
    histograms: has("Histograms") ? snapshot.histograms.filter(wanted) : [],
    texts: has("TextReadouts") ? snapshot.texts.filter(wanted) : [],
  };
}
