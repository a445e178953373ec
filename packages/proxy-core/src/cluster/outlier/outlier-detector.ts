import { type Runtime, type RuntimeFlags, TimerEntry } from "../../runtime/index.ts";
import type { StatsScope } from "../../stats/index.ts";
import { HostHealth } from "../contract.ts";
import type { UpstreamHost } from "../host.ts";
import { HostRecord, type RecordOwner } from "./host-record.ts";
import type { EjectionType, OutlierSettings } from "./outlier-settings.ts";
import { OutlierStats } from "./outlier-stats.ts";
import { noSuccessRates, type SuccessRateNumbers, successRateNumbers } from "./success-rates.ts";

export interface OutlierDetectorOptions {
  readonly settings: OutlierSettings;
  readonly clusterName: string;
  readonly runtime: Runtime;
  /** `cluster.NAME.outlier_detection` */
  readonly stats: StatsScope;
}

/**
 * Envoy's outlier detection of one cluster: takes hosts out of choice whose answers, or whose silence, differ from the others', for a time that
 * grows from one ejection to the next. Failures in a row are noticed at once; rates are compared, and ejected hosts return, once an interval.
 * Does nothing before `start`, but count.
 */
export class OutlierDetector extends TimerEntry implements RecordOwner {
  readonly settings: OutlierSettings;
  readonly flags: RuntimeFlags;
  readonly #clusterName: string;
  readonly #runtime: Runtime;
  readonly #stats: OutlierStats;
  readonly #records = new Map<UpstreamHost, HostRecord>();
  /** Our part of the gauge: the cluster whose place this one is to take has the same. */
  #active = 0;
  #rates = noSuccessRates;
  #localRates = noSuccessRates;

  constructor({ settings, clusterName, runtime, stats }: OutlierDetectorOptions) {
    super();
    this.settings = settings;
    this.flags = runtime.flags;
    this.#clusterName = clusterName;
    this.#runtime = runtime;
    this.#stats = new OutlierStats(stats);
  }

  /** Of the hosts' answers in the last interval. */
  get successRates(): SuccessRateNumbers {
    return this.#rates;
  }

  /** Of what this side saw itself in the last interval. */
  get localSuccessRates(): SuccessRateNumbers {
    return this.#localRates;
  }

  /** Of the hosts, in the order in which they came. */
  get records(): Iterable<HostRecord> {
    return this.#records.values();
  }

  start(): void {
    this.#arm();
  }

  /** Begins to watch a host. */
  add(host: UpstreamHost): void {
    const record = new HostRecord(host, this);
    this.#records.set(host, record);
    host.record = record;
  }

  /** The host is gone, and its ejection with it. */
  remove(host: UpstreamHost): void {
    if (!this.#records.delete(host)) return;
    if (isEjected(host)) this.#count(-1);
  }

  /** The host has passed an active health check. */
  passedCheck(host: UpstreamHost): void {
    const record = this.#records.get(host);
    if (record === undefined || !this.settings.returnsOnHealthCheck || !isEjected(host)) return;
    if ((host.health & HostHealth.FailedActiveCheck) === 0) this.#return(record, "it passed a health check");
  }

  close(): void {
    this.#runtime.timers.disarm(this);
    this.#count(-this.#active);
    this.#records.clear();
  }

  onConsecutive(record: HostRecord, type: EjectionType): void {
    // Streams that began on a host that is gone still end.
    if (isEjected(record.host) || !this.#records.has(record.host)) return;
    this.#stats.countDetected(type);
    this.#eject(record, type);
  }

  /** An interval is over. */
  override onTimer(): void {
    const now = this.#runtime.clock.now();
    for (const record of this.#records.values()) {
      this.#returnIfDue(record, now);
      record.external.turn();
      record.local.turn();
      record.successRate = -1;
      record.localSuccessRate = -1;
    }
    this.#rates = this.#compare(false);
    this.#localRates = this.#compare(true);
    const intervalMs = this.settings.intervalMs.in(this.flags.current);
    for (const record of this.#records.values()) {
      const isBackForLong = record.returnedAt >= 0 && now - record.returnedAt >= intervalMs;
      if (isBackForLong && record.backoff > 0 && !isEjected(record.host)) record.backoff--;
    }
    this.#arm();
  }

  #arm(): void {
    this.#runtime.timers.arm(this, this.settings.intervalMs.in(this.flags.current));
  }

  #count(amount: number): void {
    this.#active += amount;
    this.#stats.active.add(amount);
  }

  #returnIfDue(record: HostRecord, now: number): void {
    if (!isEjected(record.host)) return;
    const { current } = this.flags;
    const lasts = Math.min(record.backoff * this.settings.baseEjectionMs.in(current), this.settings.maxEjectionMs.in(current));
    if (now - record.ejectedAt >= lasts + record.jitterMs) this.#return(record, "its time is over");
  }

  #return(record: HostRecord, why: string): void {
    this.#count(-1);
    record.returnedAt = this.#runtime.clock.now();
    record.forgive();
    this.#log(record, `is back: ${why}`);
    record.host.setHealth(HostHealth.Ejected, false);
  }

  #eject(record: HostRecord, type: EjectionType): void {
    const { settings } = this;
    const { current } = this.flags;
    const percentThen = (100 * (this.#active + 1)) / this.#records.size;
    const isFirstAllowed = settings.alwaysEjectOneHost && this.#active === 0;
    if (!isFirstAllowed && percentThen > Math.min(100, settings.maxEjectionPercent.in(current))) {
      this.#stats.overflow.inc();
      return;
    }
    this.#stats.countPossible(type);
    if (this.#runtime.random.next() * 100 >= settings.enforcing[type].in(current)) {
      this.#log(record, `is an outlier: ${type} (not enforced)`);
      return;
    }
    this.#stats.countEnforced(type);
    this.#count(1);
    const baseMs = settings.baseEjectionMs.in(current);
    record.ejectedAt = this.#runtime.clock.now();
    // As many do not return at once as there may be: each would get all its connections at the same time.
    record.jitterMs = this.#runtime.random.next() * settings.maxJitterMs.in(current);
    if (record.backoff * baseMs < settings.maxEjectionMs.in(current) + baseMs) record.backoff++;
    this.#log(record, `is ejected: ${type}`);
    record.host.setHealth(HostHealth.Ejected, true);
    record.host.drainPools();
  }

  /** Compares the rates of the last interval, and ejects those that are too low. */
  #compare(isLocal: boolean): SuccessRateNumbers {
    const { settings } = this;
    const { current } = this.flags;
    const rateHosts = settings.successRateMinimumHosts.in(current);
    const rateVolume = settings.successRateRequestVolume.in(current);
    const failureHosts = settings.failurePercentageMinimumHosts.in(current);
    const failureVolume = settings.failurePercentageRequestVolume.in(current);
    if (this.#records.size < rateHosts && this.#records.size < failureHosts) return noSuccessRates;

    const byRate: Judged[] = [];
    const byFailures: Judged[] = [];
    for (const record of this.#records.values()) {
      const { volume, successRate } = isLocal ? record.local : record.external;
      if (isEjected(record.host) || volume === 0) continue;
      if (volume >= Math.min(rateVolume, failureVolume)) {
        if (isLocal) record.localSuccessRate = successRate;
        else record.successRate = successRate;
      }
      if (volume >= rateVolume) byRate.push({ record, successRate });
      if (volume >= failureVolume) byFailures.push({ record, successRate });
    }

    let numbers = noSuccessRates;
    if (byRate.length > 0 && byRate.length >= rateHosts) {
      const rates = byRate.map(({ successRate }) => successRate);
      numbers = successRateNumbers(rates, settings.successRateStdevFactor.in(current));
      const { ejectionThreshold } = numbers;
      const type = isLocal ? "local_origin_success_rate" : "success_rate";
      this.#judge(byRate, (successRate) => successRate < ejectionThreshold, type);
    }
    if (byFailures.length > 0 && byFailures.length >= failureHosts) {
      const threshold = settings.failurePercentageThreshold.in(current);
      const type = isLocal ? "local_origin_failure_percentage" : "failure_percentage";
      this.#judge(byFailures, (successRate) => 100 - successRate >= threshold, type);
    }
    return numbers;
  }

  #judge(judged: readonly Judged[], isOutlier: (successRate: number) => boolean, type: EjectionType): void {
    for (const { record, successRate } of judged) {
      if (!isOutlier(successRate)) continue;
      this.#stats.countDetected(type);
      // The other rule may have done it.
      if (!isEjected(record.host)) this.#eject(record, type);
    }
  }

  #log({ host }: HostRecord, what: string): void {
    this.#runtime.logger.log("info", "outlier_detection", `cluster ${this.#clusterName}: host ${host.addressText} ${what}`);
  }
}

interface Judged {
  readonly record: HostRecord;
  readonly successRate: number;
}

function isEjected(host: UpstreamHost): boolean {
  return (host.health & HostHealth.Ejected) !== 0;
}
