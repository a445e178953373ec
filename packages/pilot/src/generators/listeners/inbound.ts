import type { IstioIngressListener } from "@mesh/istio-config";
import type { Resource } from "@mesh/xds-server";
import { isHttp, protocolOfPort, type Protocol } from "../../model/index.ts";
import type { ProxyScope } from "../../scope/index.ts";
import { blackHoleCluster, inboundClusterName, inboundPassthroughCluster } from "../names.ts";
import { resourceOf } from "../resource.ts";
import { inboundRouteConfiguration } from "../routes/inbound.ts";
import { featuresOf } from "./features.ts";
import { httpConnectionManager, rpcProxy, speaksRpc, tcpProxy, type Filter } from "./filters.ts";
import {
  addressOf,
  chainOf,
  detectionLimits,
  httpInspector,
  inbound,
  listenerName,
  originalDestination,
  plainHttp,
  wildcard,
  type FilterChain,
  type FilterChainMatch,
  type Listener,
} from "./parts.ts";

/** A port at which the application is called. */
interface InboundPort {
  /** Where callers think that it listens. */
  readonly port: number;
  readonly protocol: Protocol;
  readonly cluster: string;
}

/** The listeners for those who call a sidecar's application. */
export function inboundListenersOf(scope: ProxyScope): readonly Resource[] {
  const isRedirected = scope.proxy.interception !== "none";
  const explicit = scope.ingress
    .filter(({ captureMode }) => captureMode === "NONE" || !isRedirected)
    .map((each) => explicitListener(scope, each));
  if (!isRedirected) return explicit;
  return [...explicit, virtualInbound(scope, capturedPorts(scope))];
}

/** Those that a Sidecar resource names, else those of the services of the workload. */
function capturedPorts({ ingress, targets }: ProxyScope): readonly InboundPort[] {
  const ports = new Map<number, InboundPort>();
  for (const each of ingress) {
    if (each.captureMode === "NONE") continue;
    const { port, protocol } = inboundPort(each);
    if (!ports.has(port)) ports.set(port, { port, protocol, cluster: inboundClusterName(port) });
  }
  if (ingress.length > 0) return [...ports.values()];
  for (const { port: servicePort, endpoint } of targets) {
    const { port } = endpoint;
    if (!ports.has(port)) ports.set(port, { port, protocol: servicePort.protocol, cluster: inboundClusterName(port) });
  }
  return [...ports.values()].sort((one, other) => one.port - other.port);
}

const inboundPort = ({ port }: IstioIngressListener): InboundPort => ({
  port: port.number,
  protocol: protocolOfPort(port),
  cluster: inboundClusterName(port.number),
});

function explicitListener(scope: ProxyScope, ingress: IstioIngressListener): Resource {
  const port = inboundPort(ingress);
  const bind = ingress.bind ?? wildcard;
  const name = listenerName(bind, port.port);
  const chains = chainsOf(scope, port, undefined);
  return resourceOf(name, "envoy.config.listener.v3.Listener", {
    name,
    address: addressOf(bind, port.port),
    trafficDirection: inbound,
    ...inspection(scope, chains),
    filterChains: chains,
  });
}

/** Where redirected connections to the application arrive, told apart by the port that they wanted. */
function virtualInbound(scope: ProxyScope, ports: readonly InboundPort[]): Resource {
  const { proxyInboundListenPort } = scope.mesh;
  const blackHole = [tcpProxy(scope, blackHoleCluster, blackHoleCluster)];
  const passes = featuresOf(scope.proxy).originalDestination;
  // An application cannot listen where the sidecar does; two chains for one port would be refused, and all others with them.
  const others = ports.filter(({ port }) => port !== proxyInboundListenPort);
  const chains = others.flatMap((port) => chainsOf(scope, port, { destinationPort: { value: port.port } }));
  const { listenerFilters = [], ...rest } = inspection(scope, chains);
  return resourceOf("virtualInbound", "envoy.config.listener.v3.Listener", {
    name: "virtualInbound",
    address: addressOf(wildcard, proxyInboundListenPort),
    trafficDirection: inbound,
    listenerFilters: [originalDestination(), ...listenerFilters],
    ...rest,
    filterChains: [chainOf(blackHole, { destinationPort: { value: proxyInboundListenPort } }, "virtualInbound-blackhole"), ...chains],
    defaultFilterChain: chainOf(
      passes ? [tcpProxy(scope, inboundPassthroughCluster, inboundPassthroughCluster)] : blackHole,
      undefined,
      "virtualInbound-catchall",
    ),
  });
}

function chainsOf(
  scope: ProxyScope,
  { port, protocol, cluster }: InboundPort,
  match: FilterChainMatch | undefined,
): readonly FilterChain[] {
  const options = {
    statPrefix: `inbound_0.0.0.0_${port}`,
    routes: { inline: inboundRouteConfiguration(scope, cluster, port) },
    direction: "inbound",
  } as const;
  const chain = (filters: readonly Filter[], more: FilterChainMatch = {}): FilterChain => {
    const merged = { ...match, ...more };
    return chainOf(filters, Object.keys(merged).length === 0 ? undefined : merged);
  };
  if (speaksRpc(scope, protocol)) return [chain([rpcProxy(scope, protocol, options)])];
  if (isHttp(protocol)) return [chain([httpConnectionManager(scope, options)])];
  const bytes = chain([tcpProxy(scope, cluster, cluster)]);
  if (protocol !== "unknown" || !featuresOf(scope.proxy).httpInspector) return [bytes];
  return [chain([httpConnectionManager(scope, options)], { applicationProtocols: plainHttp }), bytes];
}

function inspection(
  scope: ProxyScope,
  chains: readonly FilterChain[],
): Pick<Listener, "listenerFilters" | keyof ReturnType<typeof detectionLimits>> {
  const inspects = chains.some(({ filterChainMatch }) => (filterChainMatch?.applicationProtocols ?? []).length > 0);
  return inspects ? { listenerFilters: [httpInspector()], ...detectionLimits(scope.mesh) } : { listenerFilters: [] };
}
