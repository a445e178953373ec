/** Where connections come in: listeners, listener filters, the choice of a filter chain. */
export type { AcceptedConnection, Endpoint } from "./accepted.ts";
export { listenerFilterExtensions } from "./filters/index.ts";
export { rawBufferDownstream } from "./listener.ts";
export type { InspectResult, ListenerFilter, ListenerFilterContext, ListenerFilterExtension } from "./listener-filter.ts";
export { ListenerManager, type ListenerManagerOptions } from "./listener-manager.ts";
export type { DynamicListener, ListenerStatus } from "./listener-set.ts";
