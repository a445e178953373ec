import { ResponseFlag } from "../../access-log/index.ts";
import { TimerEntry } from "../../runtime/index.ts";
import type { Counter, Gauge, StatsScope } from "../../stats/index.ts";
import { FilterStatus, type FilterStream, type StreamFilter, type StreamFilterContext, type StreamFilterExtension } from "../filter.ts";
import { DownstreamFaultKeyring, type DownstreamFaultKeys } from "./fault-keys.ts";
import { FaultSettings } from "./fault-settings.ts";

const messageName = "envoy.extensions.filters.http.fault.v3.HTTPFault";

/**
 * Envoy's fault filter: delays requests and answers them in place of the host, a share of them or those that ask for it. A route's own
 * settings take the place of the filter's. A delayed request can be aborted after its delay.
 */
export const faultFilter: StreamFilterExtension = {
  name: "envoy.filters.http.fault",
  category: "envoy.filters.http",
  messageName,
  fields: undefined,
  perRoute: { messageName, fields: undefined, compile: (extension) => new FaultSettings(extension.as(messageName), extension.path) },
  create: (extension, context) => new FaultFilter(new FaultSettings(extension.as(messageName), extension.path), context),
};

/** The most names of downstream clusters that are counted one by one: they are the callers' to choose. */
const maxDownstreamClusters = 1000;

interface DownstreamClusterStats {
  readonly delaysInjected: Counter;
  readonly abortsInjected: Counter;
}

class FaultFilter implements StreamFilter {
  readonly #settings: FaultSettings;
  readonly #name: string;
  readonly #slot: number;
  readonly #scope: StatsScope;
  readonly #delaysInjected: Counter;
  readonly #abortsInjected: Counter;
  readonly #faultsOverflow: Counter;
  readonly #activeFaults: Gauge;
  readonly #byCluster = new Map<string, DownstreamClusterStats>();
  readonly #keyring = new DownstreamFaultKeyring();

  constructor(settings: FaultSettings, { stats, filterName, slot }: StreamFilterContext) {
    this.#settings = settings;
    this.#name = filterName;
    this.#slot = slot;
    this.#scope = stats.scope("fault");
    this.#delaysInjected = this.#scope.counter("delays_injected");
    this.#abortsInjected = this.#scope.counter("aborts_injected");
    this.#faultsOverflow = this.#scope.counter("faults_overflow");
    this.#activeFaults = this.#scope.gauge("active_faults");
  }

  onRequest(stream: FilterStream): FilterStatus {
    const ofRoute = stream.filterConfig(this.#name);
    const settings = ofRoute instanceof FaultSettings ? ofRoute : this.#settings;
    const { request } = stream;
    if (!settings.applyTo(request, stream.target?.cluster)) return FilterStatus.Continue;
    const delayMs = settings.delayMs(request, stream.runtime.random.next(), stream.runtime.flags.current, this.#keys(stream));
    if (delayMs > 0 && this.#activate(stream, settings)) {
      this.#countDelay(stream, settings);
      stream.addResponseFlag(ResponseFlag.DelayInjected);
      const fault = new ActiveFault(this, stream, settings);
      stream.setState(this.#slot, fault);
      stream.runtime.timers.arm(fault, delayMs);
      return FilterStatus.Stop;
    }
    return this.#abort(stream, settings) ? FilterStatus.Stop : FilterStatus.Continue;
  }

  onComplete(stream: FilterStream): void {
    const state = stream.getState(this.#slot);
    if (state === undefined) return;
    this.#activeFaults.dec();
    if (state instanceof ActiveFault) stream.runtime.timers.disarm(state);
  }

  afterDelay(stream: FilterStream, settings: FaultSettings): void {
    if (!stream.ended && !this.#abort(stream, settings)) stream.continueRequest();
  }

  #abort(stream: FilterStream, settings: FaultSettings): boolean {
    const status = settings.abortStatus(stream.request, stream.runtime.random.next(), stream.runtime.flags.current, this.#keys(stream));
    if (status === 0 || !this.#activate(stream, settings)) return false;
    this.#abortsInjected.inc();
    this.#clusterStats(stream, settings)?.abortsInjected.inc();
    stream.sendLocalReply({ cause: "fault_filter_abort", httpStatus: status, message: "fault filter abort" });
    return true;
  }

  /** Keys that only a runtime with values can have something to say about. */
  #keys({ request, runtime }: FilterStream): DownstreamFaultKeys | undefined {
    if (runtime.flags.current.size === 0) return undefined;
    const cluster = request.header("x-envoy-downstream-service-cluster");
    return cluster === undefined || cluster === "" ? undefined : this.#keyring.of(cluster);
  }

  /** Takes one of the faults that may be active, if there is one left; a stream has one, whatever is done to it. */
  #activate(stream: FilterStream, settings: FaultSettings): boolean {
    if (stream.getState(this.#slot) !== undefined) return true;
    if (this.#activeFaults.value >= settings.maxActiveFaults(stream.runtime.flags.current)) {
      this.#faultsOverflow.inc();
      return false;
    }
    this.#activeFaults.inc();
    stream.setState(this.#slot, active);
    return true;
  }

  #countDelay(stream: FilterStream, settings: FaultSettings): void {
    this.#delaysInjected.inc();
    this.#clusterStats(stream, settings)?.delaysInjected.inc();
  }

  #clusterStats(stream: FilterStream, settings: FaultSettings): DownstreamClusterStats | undefined {
    const name = settings.countsByDownstreamCluster ? stream.request.header("x-envoy-downstream-service-cluster") : undefined;
    if (name === undefined || name === "") return undefined;
    const known = this.#byCluster.get(name);
    if (known !== undefined || this.#byCluster.size >= maxDownstreamClusters) return known;
    const made = {
      delaysInjected: this.#scope.counter(`${name}.delays_injected`),
      abortsInjected: this.#scope.counter(`${name}.aborts_injected`),
    };
    this.#byCluster.set(name, made);
    return made;
  }
}

/** What is kept of a stream that has a fault and is not delayed. */
const active = "active";

/** A stream that waits for its delay to pass. */
class ActiveFault extends TimerEntry {
  readonly #filter: FaultFilter;
  readonly #stream: FilterStream;
  readonly #settings: FaultSettings;

  constructor(filter: FaultFilter, stream: FilterStream, settings: FaultSettings) {
    super();
    this.#filter = filter;
    this.#stream = stream;
    this.#settings = settings;
  }

  override onTimer(): void {
    this.#filter.afterDelay(this.#stream, this.#settings);
  }
}
