import { accessLogExtensions } from "../access-log/index.ts";
import { loadBalancerExtensions, rawBufferUpstream } from "../cluster/index.ts";
import type { ExtensionDescriptor } from "../config/index.ts";
import { httpExtensions } from "../http/index.ts";
import { listenerFilterExtensions, rawBufferDownstream } from "../listener/index.ts";
import { previousHostsPredicate } from "../route/index.ts";
import { rpcAlternative, rpcExtensions } from "../rpc/index.ts";
import { streamFilterExtensions } from "../stream/index.ts";
import { tcpProxyFilter } from "../tcp/index.ts";

/**
 * What every proxy is composed with: the network filters HttpConnectionManager, RpcProxy and TcpProxy, the listener and stream filters, access
 * loggers and load balancers of Envoy that are here. RPC codecs are added by who composes the proxy.
 */
export const standardExtensions: readonly ExtensionDescriptor[] = [
  tcpProxyFilter,
  rawBufferUpstream,
  rawBufferDownstream,
  previousHostsPredicate,
  ...httpExtensions(rpcAlternative),
  ...rpcExtensions,
  ...listenerFilterExtensions,
  ...streamFilterExtensions,
  ...loadBalancerExtensions,
  ...accessLogExtensions,
];
