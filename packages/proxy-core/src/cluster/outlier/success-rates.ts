/** Outcomes of requests by intervals: what is counted in one is judged when it is over. */
export class RequestTally {
  #total = 0;
  #successes = 0;
  #lastTotal = 0;
  #lastSuccesses = 0;

  count(isSuccess: boolean): void {
    this.#total++;
    if (isSuccess) this.#successes++;
  }

  /** An interval is over, and the next one begins. */
  turn(): void {
    this.#lastTotal = this.#total;
    this.#lastSuccesses = this.#successes;
    this.#total = 0;
    this.#successes = 0;
  }

  /** Requests in the last interval. */
  get volume(): number {
    return this.#lastTotal;
  }

  /** Percent of the last interval's; NaN where there were none. */
  get successRate(): number {
    return (100 * this.#lastSuccesses) / this.#lastTotal;
  }
}

/** In percent; -1: too few hosts had enough requests to tell. */
export interface SuccessRateNumbers {
  readonly average: number;
  /** A host below it is an outlier. */
  readonly ejectionThreshold: number;
}

export const noSuccessRates: SuccessRateNumbers = { average: -1, ejectionThreshold: -1 };

/**
 * Envoy's threshold of success rates: so many standard deviations below the average of the hosts.
 *
 * @param rates percent; one or more
 * @param stdevFactor thousandths
 */
export function successRateNumbers(rates: readonly number[], stdevFactor: number): SuccessRateNumbers {
  const average = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const variance = rates.reduce((sum, rate) => sum + (rate - average) ** 2, 0) / rates.length;
  return { average, ejectionThreshold: average - (stdevFactor / 1000) * Math.sqrt(variance) };
}
