import { mergeDistributions } from "./histogram.ts";
import type { Distribution } from "./histogram.ts";
import type { StatIdentity } from "./metrics.ts";

export interface NumberSample extends StatIdentity {
  readonly value: number;
  /** The same, where `value` is not all of it. */
  readonly exact?: bigint;
  /** It was written at least once. */
  readonly used: boolean;
}

export interface HistogramSample extends StatIdentity {
  readonly used: boolean;
  /** Since the start. */
  readonly cumulative: Distribution;
  /** Of the last interval that ended. */
  readonly interval: Distribution;
}

export interface TextSample extends StatIdentity {
  readonly value: string;
  readonly used: boolean;
}

/** Statistics at one moment, sorted by name. Plain data: workers send it to their supervisor. */
export interface StatsSnapshot {
  readonly counters: readonly NumberSample[];
  readonly gauges: readonly NumberSample[];
  readonly histograms: readonly HistogramSample[];
  readonly texts: readonly TextSample[];
}

/** The sums over several processes; texts are one's. */
export function mergeSnapshots(snapshots: readonly StatsSnapshot[]): StatsSnapshot {
  return {
    counters: mergeByName(
      snapshots.map((snapshot) => snapshot.counters),
      addNumbers,
    ),
    gauges: mergeByName(
      snapshots.map((snapshot) => snapshot.gauges),
      addNumbers,
    ),
    histograms: mergeByName(
      snapshots.map((snapshot) => snapshot.histograms),
      addHistograms,
    ),
    texts: mergeByName(
      snapshots.map((snapshot) => snapshot.texts),
      (text) => text,
    ),
  };
}

function addNumbers(left: NumberSample, right: NumberSample): NumberSample {
  return { ...left, value: left.value + right.value, used: left.used || right.used };
}

function addHistograms(left: HistogramSample, right: HistogramSample): HistogramSample {
  return {
    ...left,
    used: left.used || right.used,
    cumulative: mergeDistributions(left.cumulative, right.cumulative),
    interval: mergeDistributions(left.interval, right.interval),
  };
}

function mergeByName<S extends StatIdentity>(lists: readonly (readonly S[])[], add: (left: S, right: S) => S): S[] {
  const merged = new Map<string, S>();
  for (const sample of lists.flat()) {
    const known = merged.get(sample.name);
    merged.set(sample.name, known === undefined ? sample : add(known, sample));
  }
  return [...merged.values()].sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
}
