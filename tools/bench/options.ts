/** How long one proxy is measured. */
export interface Timing {
  /** Seconds of load before: a proxy in JavaScript is compiled while it serves, and is to be compared as it runs for all of its days but the first seconds. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** How long and how often to measure. */
export interface BenchOptions extends Timing {
  /** Each proxy is measured so often, in turn with the others. */
  readonly rounds: number;
  /** Seconds of the soak. */
  readonly soakSeconds: number;
}
