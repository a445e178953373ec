import type { DrainStrategy, LogLevel } from "@mesh/proxy-core";

/** Options of `start` and `validate` that say what the configuration is. */
export interface ConfigOptions {
  readonly configPath?: string;
  readonly configYaml?: string;
  readonly serviceCluster?: string;
  readonly serviceNode?: string;
  /** The bootstrap is made of Istio's environment. */
  readonly istio?: boolean;
  readonly discoveryAddress?: string;
}

/** What the command line says of how connections end. */
export interface DrainOptions {
  readonly drainTimeS?: number;
  readonly drainStrategy?: DrainStrategy;
}

export interface StartOptions extends ConfigOptions, DrainOptions {
  readonly logLevel: LogLevel;
}
