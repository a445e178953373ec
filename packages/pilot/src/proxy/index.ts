/** Who is connected. */
export { parseNode } from "./parse-node.ts";
export type { Dialect, Interception, Proxy, ProxyProfile } from "./proxy.ts";
