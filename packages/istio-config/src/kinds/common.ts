/** Shapes that several kinds share. */

/** A duration, in milliseconds. The files write it as Go does: `1h`, `1.5s`, `250ms`, `1m30s`. Never finer than a millisecond. */
export type Milliseconds = number;

/** A share of requests, from 0 to 100. The files write `{ value: 12.5 }`. */
export type Percent = number;

export type Labels = Readonly<Record<string, string>>;

/** How a text is compared. `regex` is RE2's syntax and must match the whole text. */
export interface StringMatch {
  readonly kind: "exact" | "prefix" | "regex";
  readonly value: string;
}

/** A StringMatch without a value: the header or parameter must be there, whatever its value is. */
export interface PresentMatch {
  readonly kind: "present";
}

/** Where a rule comes to apply: the workloads of the configuration's namespace that have all of these labels. No labels: every one. */
export interface WorkloadSelector {
  readonly labels: Labels;
}

/** A service, as a route names it. */
export interface Destination {
  /** A host of the registries or of a ServiceEntry; a name without dots is a service of the configuration's own namespace. */
  readonly host: string;
  /** A subset of the host's DestinationRule. */
  readonly subset?: string;
  /** Needed only where the service has several ports. The files write `{ number: 80 }`. */
  readonly port?: number;
}

/** What is done to the headers of a request or response. Names are as written in the file. */
export interface HeaderOperations {
  readonly set: Readonly<Record<string, string>>;
  readonly add: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

export interface Headers {
  readonly request?: HeaderOperations;
  readonly response?: HeaderOperations;
}

/** The protocols that a port can name beside `x` and `x-<sub>`. */
export type KnownProtocol =
  | "HTTP"
  | "HTTP2"
  | "HTTP_PROXY"
  | "HTTPS"
  | "GRPC"
  | "GRPC-WEB"
  | "TCP"
  | "TLS"
  | "UDP"
  | "MONGO"
  | "REDIS"
  | "MYSQL"
  | "HBONE"
  | "BOLT"
  | "DUBBO"
  | "TRI";

/**
 * What is spoken on a port, in upper case: Istio's protocols, SOFARPC's and Dubbo's (`BOLT`, `DUBBO`, `TRI`), and SOFAMesh's:
 * `X` is any RPC protocol that can be told from its first bytes, `X-<sub>` a certain one.
 */
export type PortProtocol = KnownProtocol | "X" | `X-${string}`;

/** A port of a ServiceEntry, a Gateway's server or a Sidecar's listener. */
export interface Port {
  readonly number: number;
  readonly name?: string;
  /** Absent: told from the first bytes. */
  readonly protocol?: PortProtocol;
  /** The port of the endpoints, if it is not `number`. ServiceEntry only. */
  readonly targetPort?: number;
}

/** Which ports of a proxy are captured by redirection. */
export type CaptureMode = "DEFAULT" | "IPTABLES" | "NONE";
