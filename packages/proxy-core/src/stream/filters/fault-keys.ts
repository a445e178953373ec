import { RuntimeNumber } from "../../runtime/index.ts";

/** What a key says that has no value: none of these numbers is below 0. */
export const unset = -1;

/** Keys for the faults of requests that come from one downstream cluster (Envoy: `fault.http.<downstream cluster>.delay.fixed_delay_percent` …). */
export class DownstreamFaultKeys {
  readonly delayShare: RuntimeNumber;
  readonly delayMs: RuntimeNumber;
  readonly abortShare: RuntimeNumber;
  readonly abortStatus: RuntimeNumber;

  constructor(cluster: string) {
    const prefix = `fault.http.${cluster}`;
    this.delayShare = new RuntimeNumber("fraction", `${prefix}.delay.fixed_delay_percent`, unset);
    this.delayMs = new RuntimeNumber("integer", `${prefix}.delay.fixed_duration_ms`, unset);
    this.abortShare = new RuntimeNumber("fraction", `${prefix}.abort.abort_percent`, unset);
    this.abortStatus = new RuntimeNumber("integer", `${prefix}.abort.http_status`, unset);
  }
}

/** The most downstream clusters whose keys are kept: they are the callers' to choose. */
const maxClusters = 1000;

/** Keeps keys by downstream cluster, so that they are put together once. */
export class DownstreamFaultKeyring {
  readonly #byCluster = new Map<string, DownstreamFaultKeys>();

  of(cluster: string): DownstreamFaultKeys {
    const known = this.#byCluster.get(cluster);
    if (known !== undefined) return known;
    const made = new DownstreamFaultKeys(cluster);
    if (this.#byCluster.size < maxClusters) this.#byCluster.set(cluster, made);
    return made;
  }
}
