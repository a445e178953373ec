/** Counters, gauges, histograms and texts under Envoy's names, and the texts that the admin pages and Prometheus read. */
export type { Counter, Gauge, Histogram, StatsScope, TextReadout } from "./contract.ts";
export type { Distribution } from "./histogram.ts";
export type { StatIdentity } from "./metrics.ts";
export { parseStatsQuery } from "./query.ts";
export type { ParsedQuery, StatsQuery } from "./query.ts";
export { renderStats } from "./render.ts";
export type { HistogramSample, NumberSample, StatsSnapshot, TextSample } from "./snapshot.ts";
export { StatsStore } from "./store.ts";
