/** A number that only grows. */
export interface Counter {
  readonly name: string;
  readonly value: number;
  inc(): void;
  add(amount: number): void;
}

/** A number that goes up and down. */
export interface Gauge {
  readonly name: string;
  readonly value: number;
  inc(): void;
  dec(): void;
  add(amount: number): void;
  set(value: number): void;
  /** A whole number that may be beyond those that `number` can tell apart: it is shown as it is, and `value` is the nearest one. */
  setExact(value: bigint): void;
}

/** A text, such as a version. */
export interface TextReadout {
  readonly name: string;
  readonly value: string;
  set(value: string): void;
}

/** A distribution. Durations are recorded in milliseconds, fractions allowed. */
export interface Histogram {
  readonly name: string;
  record(value: number): void;
}

/**
 * A place for statistics under one prefix. A statistic has two names: Envoy's dotted one with values in it (`cluster.echo.upstream_rq_total`),
 * and the one that Prometheus is given, in which the values became labels (`envoy_cluster_upstream_rq_total{envoy_cluster_name="echo"}`).
 */
export interface StatsScope {
  counter(name: string): Counter;
  gauge(name: string): Gauge;
  histogram(name: string): Histogram;
  text(name: string): TextReadout;
  /**
   * @param prefix what is put before the names, with values in it: `cluster.echo`
   * @param tagged the same without the values: `cluster`
   * @param tags the values by Envoy's tag names: `{ "envoy.cluster_name": "echo" }`
   */
  scope(prefix: string, tagged?: string, tags?: Readonly<Record<string, string>>): StatsScope;
  /**
   * Removes this scope's statistics and those of the scopes inside, for a cluster or listener that is gone. What its last streams still count
   * is kept nowhere, unless another scope has a statistic of the same name.
   */
  dispose(): void;
}
