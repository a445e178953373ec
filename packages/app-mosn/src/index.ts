/**
 * The sidecar `mosn`: `@mesh/proxy-core` composed with the RPC codecs that are here, behind a command line.
 *
 * @module
 */
export { main } from "./main.ts";
