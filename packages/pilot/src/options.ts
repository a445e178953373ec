import type { ConfigSnapshot } from "@mesh/istio-config";
import type { AdmissionOptions, ConnectionAgeOptions, XdsServerLimits } from "@mesh/xds-server";
import type { ListenOptions } from "./base/index.ts";
import type { HubClock, RegistryMember, RegistryProtection } from "./hub/index.ts";

/** Where Istio's configuration comes from: `createConfigDirectory` of @mesh/istio-config, or what a program makes itself. */
export interface ConfigSource {
  readonly snapshot: Pick<ConfigSnapshot, "configs"> & Partial<Pick<ConfigSnapshot, "problems">>;
  /** False: the first answer waits for a snapshot with which this is not false any more. Default: true. */
  readonly isReady?: boolean;
  /** Returns what ends it. */
  subscribe(listener: (snapshot: Pick<ConfigSnapshot, "configs">) => void): () => void;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface PilotLogger {
  log(level: LogLevel, message: string): void;
}

export interface PilotOptions {
  /** Default: none. Where several have a service, the first one's word counts. Pilot starts and closes them. */
  readonly registries?: readonly RegistryMember[];
  /** Default: none, and all of Istio's defaults. It stays its owner's to close. */
  readonly config?: ConfigSource;
  /** xDS over plain gRPC. Istio's port is 15010. */
  readonly grpc: ListenOptions;
  /** `/ready`, `/debug` and `/metrics` over HTTP. Istio's port is 8080. Default: none. */
  readonly http?: ListenOptions;
  /** `/metrics` alone. Istio's port is 15014. Default: none. */
  readonly monitoring?: ListenOptions;
  /** A change waits until none has come for `quietMs`, and not longer than `maxMs`, in milliseconds. Default: 100 and 10,000. */
  readonly debounce?: { readonly quietMs?: number; readonly maxMs?: number };
  /**
   * How long the first answer waits for registries that are silent, in milliseconds. Default: 0, as long as it takes: proxies keep what they have
   * meanwhile, while an answer without a registry would take its services away from them.
   */
  readonly readyTimeoutMs?: number;
  readonly protection?: Partial<RegistryProtection>;
  readonly admission?: AdmissionOptions;
  readonly limits?: XdsServerLimits;
  readonly connectionAge?: ConnectionAgeOptions;
  /** What this pilot is called in `control_plane.identifier`. Default: `pilot`. */
  readonly identifier?: string;
  /** Of the program, for `pilot_info`. */
  readonly version?: string;
  /** Default: silent. */
  readonly logger?: PilotLogger;
  readonly clock?: HubClock;
}
