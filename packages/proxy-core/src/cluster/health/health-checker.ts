import type { DecodedExtension, ExtensionDescriptor, ExtensionSet } from "../../config/index.ts";
import type { SocketAddress, SourceAddress } from "../../network/index.ts";
import type { Runtime } from "../../runtime/index.ts";
import type { Cluster, Host } from "../contract.ts";

/** What came of one check. */
export type HealthCheckResult =
  | { readonly healthy: true; /** The host answers, but asks to be spared. */ readonly degraded: boolean }
  | {
      readonly healthy: false;
      /**
       * - `network`: no answer; counts towards `unhealthy_threshold`
       * - `retriable`: an answer that counts towards `unhealthy_threshold`
       * - `final`: an answer after which the host is unhealthy at once
       * - `immediate`: the same, and the host does not count among the cluster's until a check passes
       */
      readonly failure: "network" | "retriable" | "final" | "immediate";
      /** For the log. */
      readonly reason: string;
    };

/** What is checked. */
export interface HealthCheckTarget {
  readonly host: Host;
  /** Where to: the host's address, unless the endpoint's `health_check_config` says otherwise. */
  readonly address: SocketAddress;
  /** Where connections to it are to come from. Default: the kernel chooses. */
  readonly source?: SourceAddress | undefined;
  /** The endpoint's own name for checks; empty where it has none. */
  readonly hostname: string;
}

/** The checks of one host, one after the other; it may keep a connection in between. */
export interface HealthProbe {
  /**
   * Checks once. A rejection counts as a `network` failure.
   *
   * @param signal aborted when the time is up or the host is gone: what comes of the check does not matter then
   */
  check(signal: AbortSignal): Promise<HealthCheckResult>;
  /** Closes what is kept. No check follows. */
  close(): void;
}

/** How the hosts of a cluster are checked. */
export interface HealthChecker {
  probe(target: HealthCheckTarget): HealthProbe;
}

/** What a health checker is given. */
export interface HealthCheckerServices {
  readonly cluster: Cluster;
  readonly runtime: Runtime;
  /** For checkers that are configured with extensions themselves. */
  readonly extensions: ExtensionSet;
}

/** A way of checking of its own, for `custom_health_check`; chosen by the message that configures it. */
export interface HealthCheckerExtension extends ExtensionDescriptor {
  readonly category: "envoy.health_checkers";
  /** Called once a cluster. Throws a `ConfigError` where the configuration makes no sense. */
  create(extension: DecodedExtension, services: HealthCheckerServices): HealthChecker;
}

export function networkFailure(reason: string): HealthCheckResult {
  return { healthy: false, failure: "network", reason };
}
