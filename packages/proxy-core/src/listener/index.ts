/** Where connections come in: listeners, listener filters, the choice of a filter chain. */
export { AcceptedConnection } from "./accepted.ts";
export type { Endpoint } from "./accepted.ts";
export { listenerFilterExtensions } from "./filters/index.ts";
export { Listener, rawBufferDownstream } from "./listener.ts";
export type { InspectResult, ListenerFilter, ListenerFilterContext, ListenerFilterExtension } from "./listener-filter.ts";
export { ListenerManager } from "./listener-manager.ts";
