/** SOFARPC's Bolt as an RPC protocol that a proxy is composed with. */
export { boltProtocol } from "./bolt-protocol.ts";
