/** Dubbo as an RPC protocol that a proxy is composed with. */
export { dubboProtocol } from "./dubbo-protocol.ts";
