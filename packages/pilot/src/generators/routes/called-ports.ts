import { isHttp, isRpc, type MeshService, type Protocol, type ServicePort } from "../../model/index.ts";
import type { ProxyProfile } from "../../proxy/index.ts";
import type { EgressScope, ProxyScope } from "../../scope/index.ts";
import { grpcRouteName, outboundRouteName, sniffedRouteName, unixPrefix } from "../names.ts";

/** A port of a service that a RouteConfiguration leads to. */
export interface CalledPort {
  readonly service: MeshService;
  readonly port: ServicePort;
  /** Where calls of other RPC protocols than the port's go, if whoever asks tells protocols apart: ports of the service, each of another one. */
  readonly others: readonly ServicePort[];
}

const noPorts: readonly ServicePort[] = [];

/**
 * Who asks for a RouteConfiguration: RpcProxy for `rpc`, HttpConnectionManager for `http`, `mixed` and `sniffed`, a gRPC library for `grpc`. Of a
 * port that has HTTP and RPC the routes are shared (`mixed`): a HttpConnectionManager with `codec_type: AUTO` serves both, and the routes say
 * only what it accepts. `sniffed` is a port of one service, of which nobody says what is spoken on it.
 */
export type RouteKind = "http" | "rpc" | "mixed" | "sniffed" | "grpc";

/** What a route name stands for. */
export interface PortGroup {
  readonly name: string;
  readonly kind: RouteKind;
  readonly ports: readonly CalledPort[];
  /** Of the listener; 0 for unix sockets, whose requests name ports. */
  readonly listenerPort: number;
}

export interface RouteSource {
  readonly egress: EgressScope;
  readonly group: PortGroup;
}

/** What a proxy's outbound listeners can ask for, by name. A listener for one port comes before the one for all. */
export function routeSourcesOf({ proxy, egress: listeners }: ProxyScope): ReadonlyMap<string, RouteSource> {
  const sources = new Map<string, RouteSource>();
  const add = (egress: EgressScope, groups: readonly PortGroup[]): void => {
    for (const group of groups) if (!sources.has(group.name)) sources.set(group.name, { egress, group });
  };
  for (const egress of listeners) if (egress.port !== undefined) add(egress, listenerGroups(proxy, egress, egress.port));
  for (const egress of listeners) if (egress.port === undefined) add(egress, groupsByPort(proxy, egress.services));
  return sources;
}

function listenerGroups(proxy: ProxyProfile, egress: EgressScope, port: ServicePort): readonly PortGroup[] {
  if (proxy.type === "grpc") return groupsByPort(proxy, egress.services).filter(({ listenerPort }) => listenerPort === port.number);
  const isUnix = egress.bind?.startsWith(unixPrefix) === true;
  const name = outboundRouteName(egress, port.number);
  const listenerPort = isUnix ? 0 : port.number;
  if (isRpc(port.protocol)) {
    if (proxy.dialect !== "mosn") return [];
    return [{ name, kind: "rpc", ports: egress.services.flatMap((service) => rpcPort(service, port)), listenerPort }];
  }
  if (!isHttpOrSniffed(port)) return [];
  const isServed = (called: ServicePort): boolean => (isUnix || called.number === port.number) && isHttpOrSniffed(called);
  const ports = egress.services.flatMap((service) =>
    service.ports.filter(isServed).map((called) => ({ service, port: called, others: noPorts })),
  );
  return [{ name, kind: "http", ports, listenerPort }];
}

const isHttpOrSniffed = ({ protocol }: ServicePort): boolean => isHttp(protocol) || protocol === "unknown";

/** The port of a service that a listener for an RPC protocol leads to: whatever its number is, callers name no port. For any protocol: one of each. */
function rpcPort(service: MeshService, listener: ServicePort): readonly CalledPort[] {
  const isServed = ({ protocol }: ServicePort): boolean =>
    isRpc(protocol) && (listener.protocol === "x" || protocol === "x" || protocol === listener.protocol);
  const served = service.ports.filter(isServed);
  const port = served.find(({ number }) => number === listener.number) ?? served[0];
  if (port === undefined) return [];
  return [{ service, port, others: listener.protocol === "x" ? portsOfOtherProtocols(service, port) : noPorts }];
}

function portsOfOtherProtocols({ ports }: MeshService, { protocol: own }: ServicePort): readonly ServicePort[] {
  const isFirst = (port: ServicePort): boolean => ports.find(({ protocol }) => protocol === port.protocol) === port;
  const others = ports.filter((port) => isRpc(port.protocol) && port.protocol !== own && isFirst(port));
  return others.length === 0 ? noPorts : others;
}

/** By the list of services, then by what kind of proxy asks. */
const known = new WeakMap<readonly MeshService[], Map<string, readonly PortGroup[]>>();

function groupsByPort({ type, dialect }: ProxyProfile, services: readonly MeshService[]): readonly PortGroup[] {
  let byKind = known.get(services);
  if (byKind === undefined) {
    byKind = new Map();
    known.set(services, byKind);
  }
  const key = type === "grpc" ? type : dialect;
  let groups = byKind.get(key);
  if (groups === undefined) {
    groups = type === "grpc" ? grpcGroups(services) : sharedGroups(services, dialect === "mosn");
    byKind.set(key, groups);
  }
  return groups;
}

function sharedGroups(services: readonly MeshService[], servesRpc: boolean): readonly PortGroup[] {
  const byNumber = new Map<number, { readonly ports: CalledPort[]; http: boolean; readonly rpc: Set<Protocol> }>();
  const sniffed: PortGroup[] = [];
  for (const service of services) {
    for (const port of service.ports) {
      const rpc = servesRpc && isRpc(port.protocol);
      if (!rpc && !isHttpOrSniffed(port)) continue;
      let shared = byNumber.get(port.number);
      if (shared === undefined) {
        shared = { ports: [], http: false, rpc: new Set() };
        byNumber.set(port.number, shared);
      }
      shared.ports.push({ service, port, others: noPorts });
      if (rpc) shared.rpc.add(port.protocol);
      shared.http ||= isHttp(port.protocol);
      if (port.protocol !== "unknown") continue;
      const name = sniffedRouteName(service.hostname, port.number);
      sniffed.push({ name, kind: "sniffed", ports: [{ service, port, others: noPorts }], listenerPort: port.number });
    }
  }
  const groups: PortGroup[] = [];
  for (const [number, { ports, http, rpc }] of byNumber) {
    if (!http && rpc.size === 0) continue;
    const kind = http ? (rpc.size > 0 ? "mixed" : "http") : "rpc";
    const called = kind === "rpc" ? ports.filter(({ port }) => isRpc(port.protocol)) : ports;
    const detects = kind === "mixed" || rpc.size > 1 || rpc.has("x");
    groups.push({ name: String(number), kind, ports: detects ? called.map(withOthers) : called, listenerPort: number });
  }
  return [...groups, ...sniffed];
}

const withOthers = (called: CalledPort): CalledPort =>
  isRpc(called.port.protocol) ? { ...called, others: portsOfOtherProtocols(called.service, called.port) } : called;

const grpcGroups = (services: readonly MeshService[]): readonly PortGroup[] =>
  services.flatMap((service) =>
    service.ports.filter(isHttpOrSniffed).map((port): PortGroup => ({
      name: grpcRouteName(service.hostname, port.number),
      kind: "grpc",
      ports: [{ service, port, others: noPorts }],
      listenerPort: port.number,
    })),
  );
