/** Protocol-neutral streams: filters, the router, retries, and the one table of causes. */
export { fieldBytes, lineBytes, responseBytes } from "./field-bytes.ts";
export { DownstreamStats } from "./downstream-stats.ts";
export { isDropped } from "./drop-overload.ts";
export { causes } from "./error-table.ts";
export type { CauseMeaning } from "./error-table.ts";
export type { FilterChain, FilterPlace } from "./filter-chain.ts";
export { FilterStatus } from "./filter.ts";
export type { FilterStream, StreamFilter, StreamFilterContext, StreamFilterExtension, StreamResponse } from "./filter.ts";
export { streamFilterExtensions } from "./filters/index.ts";
export { abandonAttempt, cancel, onAttemptFailed, onResponseComplete, onResponseHead } from "./router.ts";
export { Stream } from "./stream.ts";
export { StreamPhase } from "./stream-phase.ts";
export type { AttemptFailure, StreamOwner } from "./stream.ts";
export type { DownstreamInfo, NetworkFilter, NetworkFilterContext, NetworkFilterExtension } from "./network-filter.ts";
export { connectionInfo } from "./connection-info.ts";
export { createDynamicConfiguration, type DynamicConfiguration } from "./dynamic-configuration.ts";
export { type DynamicFilterConfig, FilterConfigurations } from "./filter-configurations.ts";
export { StreamFilters, type StreamFiltersContext } from "./stream-filters.ts";
