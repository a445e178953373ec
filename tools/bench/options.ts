/** How long and how often to measure. */
export interface BenchOptions {
  /** Each proxy is measured so often, in turn with the others. */
  readonly rounds: number;
  /** Seconds of each measurement, after a warm-up. */
  readonly seconds: number;
  /** Seconds of the soak. */
  readonly soakSeconds: number;
}
