/** Snapshots as xDS resources: proxies that are alike share theirs. */
export { MeshSource, type ConnectedProxy, type ProxyResources } from "./mesh-source.ts";
export { nameTableTypeUrl } from "./resource-types.ts";
