import type { KnownProtocol, PortProtocol } from "./kinds/index.ts";

const known: Readonly<Record<KnownProtocol, true>> = {
  HTTP: true,
  HTTP2: true,
  HTTP_PROXY: true,
  HTTPS: true,
  GRPC: true,
  "GRPC-WEB": true,
  TCP: true,
  TLS: true,
  UDP: true,
  MONGO: true,
  REDIS: true,
  MYSQL: true,
  HBONE: true,
  BOLT: true,
  DUBBO: true,
  TRI: true,
};

function isKnown(text: string): text is KnownProtocol {
  return Object.hasOwn(known, text);
}

function isExtension(text: string): text is "X" | `X-${string}` {
  return /^X(?:-[A-Z0-9]+)?$/.test(text);
}

/** Reads a protocol as a port or an appProtocol names it, in any case: `http`, `bolt`, `x`, `x-acme`. Nothing where it is none. */
export function parsePortProtocol(text: string): PortProtocol | undefined {
  const upper = text.toUpperCase();
  return isKnown(upper) || isExtension(upper) ? upper : undefined;
}

/**
 * The protocol that a port's name tells, by Istio's rule `<protocol>[-<suffix>]` and SOFAMesh's `x-<sub>[-<name>]`: `http-web` is HTTP,
 * `grpc-web` and `grpc-web-api` are GRPC-WEB, `x-dubbo-port` and `x-bolt-orders` are DUBBO and BOLT, which are known, `x-acme-port` is
 * X-ACME, `x` is X. Nothing where the name tells none.
 */
export function protocolOfPortName(name: string): PortProtocol | undefined {
  const [first = "", second = ""] = name.split("-");
  if (first.toLowerCase() === "x") {
    const sub = second.toUpperCase();
    if (sub === "") return "X";
    return sub === "BOLT" || sub === "DUBBO" ? sub : parsePortProtocol(`x-${second}`);
  }
  if (first.toLowerCase() === "grpc" && second.toLowerCase() === "web") return "GRPC-WEB";
  const found = parsePortProtocol(first);
  return found === "UDP" ? undefined : found;
}

/** Whether requests are HTTP's, in plain text. */
export function isHttpProtocol(protocol: PortProtocol): boolean {
  return ["HTTP", "HTTP2", "HTTP_PROXY", "GRPC", "GRPC-WEB"].includes(protocol);
}

/** Whether connections begin with a TLS handshake. */
export function isTlsProtocol(protocol: PortProtocol): boolean {
  return protocol === "HTTPS" || protocol === "TLS";
}

const rpcProtocols: ReadonlySet<PortProtocol> = new Set<PortProtocol>([
  "BOLT",
  "DUBBO",
  "TRI",
  "X",
  "X-AUTO",
  "X-BOLT",
  "X-DUBBO",
  "X-SOFA",
  "X-SOFARPC",
]);

/** Whether calls name their service: Bolt, Dubbo, Triple, and what is told apart by first bytes. Of another `X-<sub>` the bytes are passed on. */
export function isRpcProtocol(protocol: PortProtocol): boolean {
  return rpcProtocols.has(protocol);
}
