import type { ListenerFilterExtension } from "../listener-filter.ts";
import { httpInspectorFilter } from "./http-inspector.ts";
import { originalDstFilter } from "./original-dst.ts";
import { proxyProtocolFilter } from "./proxy-protocol.ts";
import { rpcInspectorFilter } from "./rpc-inspector.ts";
import { tlsInspectorFilter } from "./tls-inspector.ts";

/** The listener filters of every proxy. */
export const listenerFilterExtensions: readonly ListenerFilterExtension[] = [
  originalDstFilter,
  proxyProtocolFilter,
  tlsInspectorFilter,
  httpInspectorFilter,
  rpcInspectorFilter,
];
