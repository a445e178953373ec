/** Where connections come in: listeners, listener filters, the choice of a filter chain. */
export type { AcceptedConnection, Endpoint } from "./accepted.ts";
export { listenerFilterExtensions } from "./filters/index.ts";
export { rawBufferDownstream } from "./listener.ts";
export type { InspectResult, ListenerFilter, ListenerFilterContext, ListenerFilterExtension } from "./listener-filter.ts";
export { type DynamicListener, ListenerManager, type ListenerManagerOptions, type ListenerStatus } from "./listener-manager.ts";
