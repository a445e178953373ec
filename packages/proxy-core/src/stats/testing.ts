import type { StatsStore } from "./store.ts";

/** A statistic's value by its full name; a histogram's is the number of its samples. 0 where there is none of that name yet. */
export function statValue(store: StatsStore, name: string): number {
  const { counters, gauges, histograms } = store.snapshot();
  const number = [...counters, ...gauges].find((sample) => sample.name === name);
  if (number !== undefined) return number.value;
  return histograms.find((sample) => sample.name === name)?.cumulative.count ?? 0;
}
