/** A proxy as a whole: compiling its configuration, its life, its admin port. */
export type { LogLevelControl } from "./admin/index.ts";
export { createProxy } from "./create-proxy.ts";
export type { BoundListener, Proxy, ProxyOptions } from "./create-proxy.ts";
export type { ServerState } from "./server.ts";
export { standardExtensions } from "./standard-extensions.ts";
