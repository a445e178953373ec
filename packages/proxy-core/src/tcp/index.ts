/** Plain TCP: the network filter TcpProxy. */
export { tcpProxyFilter } from "./tcp-proxy.ts";
