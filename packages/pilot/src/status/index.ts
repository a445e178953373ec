/** What operators see: metrics, pages over HTTP, and the log. */
export { HttpServer } from "./http-server.ts";
export { LeftOut } from "./left-out.ts";
export { describeMetrics, type MetricDescription } from "./metric-table.ts";
export { PilotMetrics } from "./metrics.ts";
export type { Json, StatusSources } from "./pages.ts";
export { metricsHandler, statusHandler } from "./server.ts";
export { Unusable } from "./unusable.ts";
export { bothObservers, xdsLog, type WriteLog } from "./xds-log.ts";
