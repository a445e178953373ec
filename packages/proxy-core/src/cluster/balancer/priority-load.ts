/** How many hosts of one priority there are, and in which state; or how much they weigh. */
export interface PriorityCounts {
  readonly hosts: number;
  /** Those that are not to be counted yet. */
  readonly excluded: number;
  readonly healthy: number;
  readonly degraded: number;
}

/** What share of the traffic each priority gets, in whole percent that sum up to 100. */
export interface PriorityLoads {
  readonly healthy: readonly number[];
  readonly degraded: readonly number[];
  /** True where health is disregarded, because too few hosts are healthy anywhere. */
  readonly panic: readonly boolean[];
}

/**
 * Envoy's priority levels and panic threshold: a priority is taken to be able to carry `overprovisioningFactor` percent of the share of
 * its hosts that are usable. What it cannot carry goes to the next ones, to healthy hosts of any priority before degraded ones. Only where
 * all priorities together cannot carry everything, those panic whose share of usable hosts is below `panicThreshold`.
 *
 * @param priorities from the highest; one or more
 * @param overprovisioningFactor percent
 * @param panicThreshold percent; below 1: no panic. Envoy cuts fractions off
 * @param weights of the hosts, where these are to decide what a priority can carry (Envoy: weighted_priority_health)
 */
export function priorityLoads(
  priorities: readonly PriorityCounts[],
  overprovisioningFactor: number,
  panicThreshold: number,
  weights: readonly PriorityCounts[] = priorities,
): PriorityLoads {
  const capacities = [
    ...weights.map((counts) => Math.min(100, Math.floor(shareOf(counts, counts.healthy, overprovisioningFactor)))),
    ...weights.map((counts) => Math.min(100, Math.floor(shareOf(counts, counts.degraded, overprovisioningFactor)))),
  ];
  const available = Math.min(100, sum(capacities));
  const threshold = Math.floor(panicThreshold);
  const panic = priorities.map((counts) => available < 100 && shareOf(counts, counts.healthy + counts.degraded, 100) < threshold);
  const loads = panic.every(Boolean) ? loadsByHosts(priorities) : loadsByCapacity(capacities, available);
  return { healthy: loads.slice(0, priorities.length), degraded: loads.slice(priorities.length), panic };
}

/** The part of `whole` that the usable hosts are of those that count. Multiplied first: whole results are exact. */
function shareOf({ hosts, excluded }: PriorityCounts, usable: number, whole: number): number {
  return hosts === excluded ? 0 : (whole * usable) / (hosts - excluded);
}

/** Each takes what it can carry of what is left. */
function loadsByCapacity(capacities: readonly number[], available: number): readonly number[] {
  let left = 100;
  const loads = capacities.map((capacity) => {
    const load = available === 0 ? 0 : Math.min(left, Math.floor((capacity * 100) / available));
    left -= load;
    return load;
  });
  return withRemainder(loads);
}

/** Where all panic, a priority gets the share that it has of all hosts. */
function loadsByHosts(priorities: readonly PriorityCounts[]): readonly number[] {
  const total = sum(priorities.map(({ hosts }) => hosts));
  const loads = priorities.map(({ hosts }) => (total === 0 ? 0 : Math.floor((100 * hosts) / total)));
  return [...withRemainder(loads), ...priorities.map(() => 0)];
}

/** Gives what rounding left over to the first that gets anything; to the first of all where none does. */
function withRemainder(loads: readonly number[]): readonly number[] {
  const remainder = 100 - sum(loads);
  const first = loads.findIndex((load) => load > 0);
  return loads.map((load, index) => (index === Math.max(0, first) ? load + remainder : load));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
