/**
 * What a port speaks: Istio's protocol names in lower case, and the RPC protocols of SOFARPC (`bolt`) and Dubbo (`dubbo`, `tri`).
 * `unknown` is a protocol that the registry names and this list does not; the port's name then says which.
 */
export type RegistryProtocol =
  | "http"
  | "http2"
  | "grpc"
  | "grpc-web"
  | "https"
  | "tls"
  | "tcp"
  | "mongo"
  | "redis"
  | "mysql"
  | "udp"
  | "bolt"
  | "dubbo"
  | "tri"
  | "unknown";

/**
 * What callers of an RPC framework name beside the interface, and the name of the application that provides it: these travel as addresses and
 * as values of headers.
 */
export const identityLabels: ReadonlySet<string> = new Set(["version", "group", "uniqueId", "application"]);

/**
 * A service as its registry has it.
 *
 * Its texts go into domains, headers and names in the mesh, where one that does not fit spoils what stands beside it. So a source tells
 * only what holds to this, and reports the rest with its `path`:
 *
 * - no text has control characters or unpaired surrogates;
 * - a service's name is not empty, and has no white space and none of `: / ? # [ ] @ * |`; an address may have colons;
 * - `version`, `group`, `uniqueId` and `application` are values of HTTP headers (RFC 9110 §5.5): no white space at their ends; nor have they a
 *   `*`, which stands for all of them;
 * - ports, ids and the keys of labels are not empty.
 *
 * Where one of a name, an address or those four labels is wrong, the instance or the service is left out; of what else is wrong, only that
 * label or number. `serviceFault` and `instanceFault` check it.
 *
 * Nothing in it changes: a change is another `RegistryService`. */
export interface RegistryService {
  /** As the registry has it: the interface of an RPC service (`com.acme.Echo`), an application's name. */
  readonly name: string;
  /**
   * Names and numbers are unique. A number is the service's, not an instance's: it stays while instances on other ports come and go.
   * Empty for a service that nobody has provided so far; when the last instance goes, its ports stay.
   */
  readonly ports: readonly RegistryPort[];
  /** What the registry says of the service as a whole. */
  readonly labels: Readonly<Record<string, string>>;
  /** Ordered by `id`, and ids are unique. Instances of several versions, groups and protocols stand side by side: `labels` and `portName` tell them apart. */
  readonly instances: readonly RegistryInstance[];
}

/** A port of a service. */
export interface RegistryPort {
  readonly name: string;
  /** 1 to 65535. */
  readonly number: number;
  readonly protocol: RegistryProtocol;
}

/** One address that provides a service. */
export interface RegistryInstance {
  /** Stable within the service, also when the same process registers again. */
  readonly id: string;
  /** An IP address or a host name. */
  readonly address: string;
  /** Where the instance listens, 1 to 65535; it may differ from the number of the service's port. */
  readonly port: number;
  /** The name of one of the service's ports. */
  readonly portName: string;
  readonly protocol: RegistryProtocol;
  /** Parameters of the framework under its own names: `version`, `group`, `uniqueId`, `application`, `serialization`, `timeout`, … */
  readonly labels: Readonly<Record<string, string>>;
  /**
   * Present where the registry says that the instance provides the service, but not in which version and group: perhaps in any. `labels` have
   * neither then. (Where this is absent, labels without a version and a group say that it provides the one that has neither.)
   */
  readonly isVariantUnknown?: true;
  /**
   * A share relative to the other instances', as the framework says it, 0 or more: SOFARPC and Dubbo use 100 where nothing is said. 0: gets no
   * requests.
   */
  readonly weight: number;
  /** `draining` finishes what it has and gets nothing new; `unhealthy` is known not to answer. */
  readonly health: RegistryHealth;
  readonly locality?: RegistryLocality;
  /** Present where the framework gives a young process less than its weight. */
  readonly warmUp?: RegistryWarmUp;
  readonly origin: RegistryOrigin;
}

export type RegistryHealth = "healthy" | "unhealthy" | "draining";

/** Where an instance runs, from large to small. Unknown parts are empty. */
export interface RegistryLocality {
  readonly region: string;
  readonly zone: string;
  readonly subZone: string;
}

export interface RegistryWarmUp {
  /** Milliseconds since 1970, up to the end of the year 9999. */
  readonly startedAtMs: number;
  /** 1 to 86,400,000: a day. */
  readonly durationMs: number;
  /** The weight until the warm-up is over (SOFARPC). Absent: the weight grows in proportion to the time since the start, from 1 (Dubbo). */
  readonly weight?: number;
}

/** Where an instance was registered first. What is copied from one registry into another keeps it, so that no copy is copied back. */
export interface RegistryOrigin {
  /** The name of the registry. */
  readonly registry: string;
  /** The instance's id there, where it is known. */
  readonly id?: string;
}
