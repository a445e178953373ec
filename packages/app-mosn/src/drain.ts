import type { DrainStrategy } from "@mesh/proxy-core";
import type { DrainOptions } from "./options.ts";

/** Milliseconds for connections to end in; Infinity: as many as they take. */
export interface DrainTimes {
  /** After their listener was replaced. */
  readonly drainTimeMs: number;
  /** Before the process ends. */
  readonly terminationMs: number;
}

export interface Draining extends DrainTimes {
  /** Undefined: gradual, but not before the process ends. */
  readonly drainStrategy: DrainStrategy | undefined;
}

const defaultTimes: DrainTimes = { drainTimeMs: 600_000, terminationMs: 600_000 };

/**
 * How connections end: what the command line says, else what Istio does where the proxy stands in its place, else Envoy's defaults.
 *
 * @param istio what istio-agent was told; it starts Envoy with `--drain-strategy immediate`
 */
export function drainingOf({ drainTimeS, drainStrategy }: DrainOptions, istio?: DrainTimes): Draining {
  const given = drainTimeS === undefined ? undefined : drainTimeS * 1000;
  const { drainTimeMs, terminationMs } = istio ?? defaultTimes;
  return {
    drainTimeMs: given ?? drainTimeMs,
    terminationMs: given ?? terminationMs,
    drainStrategy: drainStrategy ?? (istio === undefined ? undefined : "immediate"),
  };
}
