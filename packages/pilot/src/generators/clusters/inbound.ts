import type { ConnectionPoolSettings, IstioIngressListener } from "@mesh/istio-config";
import type { MessageInit } from "@mesh/xds-proto";
import type { Resource } from "@mesh/xds-server";
import { parseProtocol, type MeshService, type Protocol } from "../../model/index.ts";
import type { MeshSettings } from "../../rules/index.ts";
import type { ProxyScope, ServiceTarget } from "../../scope/index.ts";
import { addressOf } from "../endpoints/assignment.ts";
import { inboundClusterName } from "../names.ts";
import { resourceOf } from "../resource.ts";
import { duration } from "../values.ts";
import { circuitBreakers, connectionOptions, protocolOptions } from "./connection-pool.ts";
import { lbPolicy } from "./load-balancing.ts";
import { clusterMetadata } from "./metadata.ts";
import { clusterType, type ClusterInit } from "./outbound.ts";
import { policyFor } from "./policy.ts";
import { clusterDialectOf, type ClusterDialect } from "./dialect.ts";

/** Not the proxy's own addresses, which differ between proxies that are alike. */
const loopback = "127.0.0.1";

/** Connections from here are not redirected to the proxy again: Istio's iptables rules leave them out. */
export const notRedirected: MessageInit<"envoy.config.core.v3.BindConfig"> = {
  sourceAddress: { address: "127.0.0.6", portValue: 0 },
  extraSourceAddresses: [{ address: { address: "::6", portValue: 0 } }],
};

/** Where the application listens. */
type Application =
  | { readonly kind: "address"; readonly address: string; readonly port: number }
  | { readonly kind: "path"; readonly path: string }
  /** The address that the caller has dialled, which is one of the proxy's own, and another port. */
  | { readonly kind: "own-address"; readonly port: number };

interface Inbound {
  readonly port: number;
  readonly protocol: Protocol;
  readonly application: Application;
  readonly pool: ConnectionPoolSettings | undefined;
  readonly services: readonly MeshService[];
  readonly rule: string | undefined;
  readonly mesh: MeshSettings;
  readonly dialect: ClusterDialect;
}

function hosts(name: string, application: Application): ClusterInit {
  if (application.kind === "own-address") {
    return {
      type: clusterType("ORIGINAL_DST"),
      lbPolicy: lbPolicy("CLUSTER_PROVIDED"),
      originalDstLbConfig: { upstreamPortOverride: { value: application.port } },
      upstreamBindConfig: notRedirected,
    };
  }
  const address = application.kind === "path" ? addressOf(application.path, 0) : addressOf(application.address, application.port);
  return {
    type: clusterType("STATIC"),
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints: [{ endpoint: { address } }] }] },
  };
}

function inboundCluster(inbound: Inbound): ClusterInit {
  const { pool, mesh, dialect, protocol, services, rule } = inbound;
  const name = inboundClusterName(inbound.port);
  return {
    name,
    ...hosts(name, inbound.application),
    connectTimeout: duration(pool?.tcp?.connectTimeout ?? mesh.connectTimeout),
    circuitBreakers: circuitBreakers(pool),
    typedExtensionProtocolOptions: protocolOptions({
      protocol,
      pool,
      features: dialect.features,
      detectsProtocol: dialect.detectsProtocol,
      upgradesToHttp2: false,
      autoSni: false,
      autoSanValidation: false,
    }),
    upstreamConnectionOptions: dialect.features.tcpKeepalive ? connectionOptions(mesh, pool) : undefined,
    metadata: clusterMetadata({ services, rule, subset: undefined }),
  };
}

/**
 * Where `defaultEndpoint` of a Sidecar's listener leads: `127.0.0.1:8080`, `0.0.0.0:8080` (the proxy's own address), `unix:///path`. A proxy
 * that cannot follow callers takes the loopback for its own address.
 */
function applicationOf({ port, defaultEndpoint }: IstioIngressListener, { followsCallers }: ClusterDialect): Application {
  if (defaultEndpoint === undefined || defaultEndpoint === "") return { kind: "address", address: loopback, port: port.number };
  if (defaultEndpoint.startsWith("unix://")) return { kind: "path", path: defaultEndpoint.slice("unix://".length) };
  const colon = defaultEndpoint.lastIndexOf(":");
  const host = defaultEndpoint.slice(0, colon);
  const number = Number(defaultEndpoint.slice(colon + 1));
  if (host === "0.0.0.0" || host === "[::]") {
    return followsCallers ? { kind: "own-address", port: number } : { kind: "address", address: loopback, port: number };
  }
  const address = host.startsWith("[") ? host.slice(1, -1) : host;
  return { kind: "address", address: address === "" || address === "localhost" ? loopback : address, port: number };
}

function fromIngress(scope: ProxyScope, listener: IstioIngressListener, dialect: ClusterDialect): Inbound {
  const { mesh } = scope;
  const target = scope.targets.find(({ endpoint }) => endpoint.port === listener.port.number);
  const rule = target && scope.destinationRule(target.service);
  return {
    port: listener.port.number,
    protocol: listener.port.protocol === undefined ? "unknown" : (parseProtocol(listener.port.protocol) ?? "tcp"),
    application: applicationOf(listener, dialect),
    pool:
      listener.connectionPool ?? scope.inboundConnectionPool ?? (target && policyFor(rule, target.port.number, undefined).connectionPool),
    services: target === undefined ? [] : [target.service],
    rule: rule?.names[0],
    mesh,
    dialect,
  };
}

/** The first of the services on a port decides, as in Istio; the others are named in the metadata. */
function fromTargets(scope: ProxyScope, targets: readonly [ServiceTarget, ...ServiceTarget[]], dialect: ClusterDialect): Inbound {
  const [{ service, port, endpoint }] = targets;
  const rule = scope.destinationRule(service);
  const isPath = endpoint.port === 0;
  return {
    port: isPath ? port.number : endpoint.port,
    protocol: port.protocol,
    application: isPath ? { kind: "path", path: endpoint.address } : { kind: "address", address: loopback, port: endpoint.port },
    pool: scope.inboundConnectionPool ?? policyFor(rule, port.number, undefined).connectionPool,
    services: [...new Set(targets.map((target) => target.service))],
    rule: rule?.names[0],
    mesh: scope.mesh,
    dialect,
  };
}

function* inboundsOf(scope: ProxyScope): Generator<Inbound> {
  const dialect = clusterDialectOf(scope.proxy);
  if (scope.ingress.length > 0) {
    for (const listener of scope.ingress) yield fromIngress(scope, listener, dialect);
    return;
  }
  // Without redirection there are no listeners that would lead there: they would need the application's own ports.
  if (scope.proxy.interception === "none") return;
  const byPort = new Map<number, [ServiceTarget, ...ServiceTarget[]]>();
  for (const target of scope.targets) {
    if (target.port.protocol === "udp") continue;
    const same = byPort.get(target.endpoint.port);
    if (same === undefined) byPort.set(target.endpoint.port, [target]);
    else same.push(target);
  }
  for (const targets of byPort.values()) yield fromTargets(scope, targets, dialect);
}

/** The clusters of a sidecar that lead to its application, each once. */
export function inboundClusters(scope: ProxyScope): readonly Resource[] {
  const resources = new Map<string, Resource>();
  for (const inbound of inboundsOf(scope)) {
    const name = inboundClusterName(inbound.port);
    if (!resources.has(name)) resources.set(name, resourceOf(name, "envoy.config.cluster.v3.Cluster", inboundCluster(inbound)));
  }
  return [...resources.values()];
}
