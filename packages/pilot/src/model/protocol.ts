import type { RegistryProtocol } from "@mesh/registry";

/** What is spoken on a port. `x`: any of the RPC protocols that a proxy tells apart by their first bytes. `unknown`: told from the first bytes. */
export type Protocol = RegistryProtocol | "x";

/** Protocols that are routed by service and method, not by where a connection goes. */
const rpcProtocols: ReadonlySet<Protocol> = new Set<Protocol>(["bolt", "dubbo", "x"]);
const httpProtocols: ReadonlySet<Protocol> = new Set<Protocol>(["http", "http2", "grpc", "grpc-web", "tri"]);
const http2Protocols: ReadonlySet<Protocol> = new Set<Protocol>(["http2", "grpc", "tri"]);
const tlsProtocols: ReadonlySet<Protocol> = new Set<Protocol>(["https", "tls"]);

export const isRpc = (protocol: Protocol): boolean => rpcProtocols.has(protocol);
export const isHttp = (protocol: Protocol): boolean => httpProtocols.has(protocol);
export const isHttp2 = (protocol: Protocol): boolean => http2Protocols.has(protocol);
export const isTls = (protocol: Protocol): boolean => tlsProtocols.has(protocol);

const named: Readonly<Record<string, Protocol>> = {
  http: "http",
  http2: "http2",
  "http-proxy": "http",
  http_proxy: "http",
  grpc: "grpc",
  "grpc-web": "grpc-web",
  https: "https",
  tls: "tls",
  tcp: "tcp",
  mongo: "mongo",
  redis: "redis",
  mysql: "mysql",
  udp: "udp",
  hbone: "tcp",
  bolt: "bolt",
  dubbo: "dubbo",
  tri: "tri",
  // Kubernetes' names for appProtocol.
  "kubernetes.io/h2c": "http2",
  "kubernetes.io/ws": "http",
  "kubernetes.io/wss": "https",
};

/** SOFAMesh's sub-protocols: `x-<sub>` of a protocol, and `x-<sub>-<name>` of a port. Of one that is not known the bytes are passed on. */
function subProtocol(sub: string): Protocol {
  if (sub === "bolt" || sub === "sofa" || sub === "sofarpc") return "bolt";
  if (sub === "dubbo") return "dubbo";
  return sub === "auto" || sub === "" ? "x" : "tcp";
}

/** What a protocol's name says: Istio's names in any case, `x-<sub>`; undefined where it is none. */
export function parseProtocol(name: string): Protocol | undefined {
  const lower = name.toLowerCase();
  if (lower === "x" || lower.startsWith("x-")) return subProtocol(lower.slice(2));
  return Object.hasOwn(named, lower) ? named[lower] : undefined;
}

/** Ports on which servers speak first, so that nothing can be told from a client's first bytes (Istio: well-known ports). */
const serverFirstPorts: ReadonlySet<number> = new Set([25, 3306, 27017]);

/**
 * What is spoken on a port, as Istio chooses: what it is said to be (`protocol`, `appProtocol`), else the prefix of its name up to the first `-`
 * (`grpc-web` has one itself; `x-<sub>-<name>` is SOFAMesh's), else `unknown`.
 */
export function protocolOfPort(port: { readonly name?: string; readonly number: number; readonly protocol?: string }): Protocol {
  const said = port.protocol === undefined ? undefined : parseProtocol(port.protocol);
  if (said !== undefined) return said;
  const name = (port.name ?? "").toLowerCase();
  if (name === "grpc-web" || name.startsWith("grpc-web-")) return "grpc-web";
  const parts = name.split("-");
  if (parts[0] === "x" && parts.length > 1) return subProtocol(parts[1] ?? "");
  const prefix = parseProtocol(parts[0] ?? "");
  if (prefix !== undefined) return prefix;
  return serverFirstPorts.has(port.number) ? "tcp" : "unknown";
}
