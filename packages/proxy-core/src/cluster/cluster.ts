import { isDeepStrictEqual } from "node:util";
import type { Metadata } from "../config/index.ts";
import { formatAddress, type SocketAddress, sourceFor, type SourceAddress } from "../network/index.ts";
import { TimerEntry, type Runtime, type RuntimeSnapshot, type TimerWheel } from "../runtime/index.ts";
import type { Counter, StatsScope } from "../stats/index.ts";
import { type PriorityOptions, priorityPicker } from "./balancer/priority-picker.ts";
import { CircuitBreaker } from "./circuit-breakers.ts";
import type { ClusterSettings } from "./cluster-settings.ts";
import { UpstreamClusterStats } from "./cluster-stats.ts";
import { ClusterTraffic } from "./control-plane-traffic.ts";
import { type Host, HostHealth, type LoadBalancerContext, type Picker, type ResourceLimits } from "./contract.ts";
import type { RunningDiscovery } from "./discovery/contract.ts";
import type { Endpoint, LoadAssignment } from "./endpoint.ts";
import { HealthMonitor } from "./health/health-monitor.ts";
import { type DestinationOwner, OriginalDestinations } from "./original-destinations.ts";
import { OutlierDetector } from "./outlier/outlier-detector.ts";
import { coarseHealth, type HostOwner, isExcluded, UpstreamHost } from "./host.ts";

/** A cluster with its hosts, their health and the choice among them. It does nothing before `start`. */
export class UpstreamCluster implements HostOwner, DestinationOwner {
  readonly name: string;
  readonly settings: ClusterSettings;
  readonly connectTimeoutMs: number;
  readonly bufferLimitBytes: number;
  readonly metadata: Metadata | undefined;
  readonly maxRequestsPerConnection: number;
  readonly idleTimeoutMs: number;
  dropOverload: number;
  readonly stats: UpstreamClusterStats;
  readonly limits: readonly [ResourceLimits, ResourceLimits];
  readonly #runtime: Runtime;
  readonly #scope: StatsScope;
  readonly #monitor: HealthMonitor | undefined;
  readonly #outliers: OutlierDetector | undefined;
  /** Of all clusters in use. */
  readonly #updates: Counter;
  /** Of a cluster of the type ORIGINAL_DST: it has all of its hosts. */
  readonly #destinations: OriginalDestinations | undefined;
  /** Replaced whole when hosts come or go. */
  #hosts: readonly UpstreamHost[] = [];
  #byKey: ReadonlyMap<string, UpstreamHost> = new Map();
  /** Undefined when hosts or their health have changed: it is made anew for the next stream, once for however many changes. */
  #picker: Picker | undefined;
  /** What the picker was made with. */
  #flags: RuntimeSnapshot;
  #discovery: RunningDiscovery | undefined;
  /** The last one, to tell whether the next changes anything. */
  #assignment: LoadAssignment<Endpoint> | undefined;
  /** With what of the assignment concerns the cluster as a whole. */
  #priorityOptions: PriorityOptions;
  #hadTraffic = false;
  /** False while another one is in use whose place it is to take: both have the same gauges. */
  #isCounted = true;
  /** It may be used: what changes of its hosts changes what requests meet. */
  #isWarm = false;
  #isClosed = false;

  /**
   * @param stats the root of all statistics
   * @param updates counts changes of the hosts, or of their health, of all clusters that are in use
   */
  constructor(settings: ClusterSettings, runtime: Runtime, stats: StatsScope, updates: Counter) {
    const { name, observabilityName } = settings;
    this.name = name;
    this.settings = settings;
    this.connectTimeoutMs = settings.connectTimeoutMs;
    this.bufferLimitBytes = settings.bufferLimitBytes;
    this.metadata = settings.metadata;
    this.maxRequestsPerConnection = settings.maxRequestsPerConnection;
    this.idleTimeoutMs = settings.idleTimeoutMs;
    this.#updates = updates;
    this.#runtime = runtime;
    this.#flags = runtime.flags.current;
    this.#scope = stats.scope(`cluster.${observabilityName}`, "cluster", { "envoy.cluster_name": observabilityName });
    this.stats = new UpstreamClusterStats(this.#scope);
    const [defaultLimits, highLimits] = settings.circuitBreakers;
    this.limits = [
      new CircuitBreaker(defaultLimits, this.#scope.scope("circuit_breakers.default"), runtime.flags, `circuit_breakers.${name}.default`),
      new CircuitBreaker(highLimits, this.#scope.scope("circuit_breakers.high"), runtime.flags, `circuit_breakers.${name}.high`),
    ];
    this.dropOverload = 0;
    this.#priorityOptions = {
      balancing: settings.balancing,
      random: runtime.random,
      panicPicks: this.stats.lbHealthyPanic,
      panicThreshold: settings.panicThreshold,
      overprovisioningFactor: 140,
      weightedPriorityHealth: false,
      localityWeights: [],
    };
    this.#monitor = this.#createMonitor();
    const { outlierDetection } = settings;
    this.#outliers =
      outlierDetection &&
      new OutlierDetector({ settings: outlierDetection, clusterName: name, runtime, stats: this.#scope.scope("outlier_detection") });
    const { originalDestinations } = settings.discovery;
    this.#destinations =
      originalDestinations && new OriginalDestinations(originalDestinations, this, runtime.timers, this.stats.originalDstHostInvalid);
  }

  /** Undefined where there is no outlier detection. */
  get outliers(): OutlierDetector | undefined {
    return this.#outliers;
  }

  get hosts(): readonly UpstreamHost[] {
    return this.#destinations === undefined ? this.#hosts : this.#destinations.hosts;
  }

  /** What discovery said last; undefined where it has said nothing. */
  get assignment(): LoadAssignment<Endpoint> | undefined {
    return this.#assignment;
  }

  /** Counts what comes from connections that are not the cluster's. */
  traffic(): ClusterTraffic {
    return new ClusterTraffic(this, this.#scope);
  }

  protocolOptions(messageName: string): unknown {
    return this.settings.protocolOptions.get(messageName);
  }

  sourceFor(target: SocketAddress): SourceAddress | undefined {
    return sourceFor(this.settings.sourceAddresses, target);
  }

  pickHost(context: LoadBalancerContext): Host | undefined {
    // There is no other one to choose for whom this one is to be skipped.
    if (this.#destinations !== undefined) return this.#destinations.pick(context);
    const picker = this.#flags === this.#runtime.flags.current && this.#picker !== undefined ? this.#picker : this.#makePicker();
    const host = picker.pick(context);
    if (host === undefined || !context.shouldSkip(host)) return host;
    return pickAnother(picker, context, host);
  }

  /**
   * Finds endpoints and begins to check them. Fulfilled when the cluster can be used: its first endpoints are known, or cannot be had,
   * and each has been checked once.
   *
   * @param before the cluster in use, whose place it is to take. Its endpoints are the last good ones where others cannot be had (Envoy would
   *   be left without any)
   */
  async start(before?: UpstreamCluster): Promise<void> {
    const { resolver, timers, random, logger, clock } = this.#runtime;
    this.#isCounted = before === undefined;
    this.#outliers?.start();
    this.#discovery = this.settings.discovery.start({
      clusterName: this.name,
      stats: this.stats,
      scope: this.#scope,
      clock,
      timers,
      random,
      resolver,
      logger,
      update: (assignment) => this.updateHosts(assignment),
    });
    if (this.settings.waitForWarm) await this.#discovery.ready;
    if (this.#isClosed) return;
    const last = before === undefined ? undefined : before.#assignment;
    if (this.#assignment === undefined && last !== undefined) this.updateHosts(last);
    if (this.settings.waitForWarm) await this.#monitor?.firstRound();
    this.#isWarm = true;
  }

  /** It is the one in use from now on. */
  takePlace(): void {
    this.#isCounted = true;
    this.#countHosts();
  }

  /**
   * Takes the endpoints that there are now. Hosts that stay keep their connections, statistics and health.
   *
   * @returns false where everything is as it was: then nothing was touched
   */
  updateHosts(assignment: LoadAssignment<Endpoint>): boolean {
    if (isDeepStrictEqual(assignment, this.#assignment)) return false;
    const { endpoints, overprovisioningFactor, weightedPriorityHealth, localityWeights, dropOverload } = assignment;
    this.#assignment = assignment;
    this.#priorityOptions = { ...this.#priorityOptions, overprovisioningFactor, weightedPriorityHealth, localityWeights };
    this.dropOverload = dropOverload;
    const known = this.#byKey;
    const next = new Map<string, UpstreamHost>();
    const added: UpstreamHost[] = [];
    const moved: UpstreamHost[] = [];
    for (const endpoint of endpoints) {
      const key = freeKey(next, endpoint);
      const host = known.get(key);
      if (host !== undefined && sameChecks(host.endpoint, endpoint)) {
        if (formatAddress(endpoint.address) !== host.addressText) moved.push(host);
        host.update(endpoint);
        host.pendingRemoval = false;
        next.set(key, host);
      } else {
        const created = this.#createHost(endpoint);
        added.push(created);
        next.set(key, created);
      }
    }
    const removed: UpstreamHost[] = [];
    for (const [key, host] of known) {
      if (next.get(key) === host) continue;
      if (!next.has(key) && this.#keepsOnRemoval(host)) {
        host.pendingRemoval = true;
        next.set(key, host);
      } else {
        removed.push(host);
      }
    }
    this.#replaceHosts(next, added.length > 0 || removed.length > 0);
    for (const host of removed) this.#forget(host);
    for (const host of moved) this.#monitor?.moved(host);
    for (const host of added) if (!host.endpoint.check.disabled) this.#monitor?.add(host);
    return true;
  }

  addDestination(endpoint: Endpoint): UpstreamHost {
    const host = this.#createHost(endpoint);
    this.#destinationsChanged(host, 1);
    return host;
  }

  removeDestination(host: UpstreamHost): void {
    this.#destinationsChanged(host, -1);
    this.#forget(host);
  }

  hostHealthChanged(host: UpstreamHost, before: number): void {
    if (host.removed) return;
    this.#picker = undefined;
    if (!this.#isCounted) return;
    this.#countUpdate();
    this.#countHost(before, -1);
    this.#countHost(host.health, 1);
  }

  hostFailed(host: UpstreamHost): void {
    this.#monitor?.failed(host);
  }

  /** Lets the connections end as their streams end. */
  drain(): void {
    for (const host of this.hosts) host.drainPools();
  }

  /** Another one has taken its place, or nothing will: what is under way may end. */
  retire(): void {
    this.#isCounted = false;
    this.#discovery?.close();
    this.#destinations?.close();
    this.#monitor?.close();
    this.#outliers?.close();
    this.#scope.dispose();
    new Retirement(this, this.#runtime.timers).onTimer();
  }

  /** Streams hold places here, or will take some: they are tried, or wait to be tried again. */
  get isUsed(): boolean {
    return this.limits.some(({ requests, pendingRequests, retries }) => requests + pendingRequests + retries > 0);
  }

  /** Stops everything at once. */
  close(): void {
    this.#isClosed = true;
    this.#discovery?.close();
    this.#destinations?.close();
    this.#monitor?.close();
    this.#outliers?.close();
    for (const host of this.hosts) host.closePools();
    this.#scope.dispose();
  }

  #createMonitor(): HealthMonitor | undefined {
    const { healthChecks: settings } = this.settings;
    if (settings === undefined) return undefined;
    return new HealthMonitor({
      settings,
      checker: settings.createChecker(this),
      clusterName: this.name,
      runtime: this.#runtime,
      stats: this.#scope.scope("health_check"),
      hadTraffic: () => (this.#hadTraffic ||= this.stats.upstreamCxTotal.value > 0),
      onUnhealthy: (host) => this.#onUnhealthy(host),
      onPassed: (host) => this.#outliers?.passedCheck(host),
    });
  }

  #createHost(endpoint: Endpoint): UpstreamHost {
    let health = 0;
    if (this.#monitor !== undefined && !endpoint.check.disabled) {
      health = HostHealth.FailedActiveCheck | (this.settings.ignoreNewHosts ? HostHealth.PendingActiveCheck : 0);
    }
    const host = new UpstreamHost(this, endpoint, health, this.#runtime.clock.now());
    this.#outliers?.add(host);
    return host;
  }

  /** Envoy: what discovery no longer names stays for as long as it passes active health checks. */
  #keepsOnRemoval(host: UpstreamHost): boolean {
    if (this.#monitor === undefined || this.settings.removeHealthyHosts || !this.#monitor.isChecked(host)) return false;
    return (host.health & (HostHealth.FailedActiveCheck | HostHealth.UnhealthyByConfig)) === 0;
  }

  /** Envoy drains the connections to a host that fails its health check: new ones may take another way. */
  #onUnhealthy(host: UpstreamHost): void {
    host.drainPools();
    if (!host.pendingRemoval) return;
    const left = new Map([...this.#byKey].filter(([, other]) => other !== host));
    this.#replaceHosts(left, true);
    this.#forget(host);
  }

  #forget(host: UpstreamHost): void {
    host.removed = true;
    this.#monitor?.remove(host);
    this.#outliers?.remove(host);
    host.drainPools();
  }

  #replaceHosts(byKey: ReadonlyMap<string, UpstreamHost>, membershipChanged: boolean): void {
    this.#byKey = byKey;
    this.#hosts = [...byKey.values()];
    this.#picker = undefined;
    if (this.#isCounted) {
      this.#countUpdate();
      this.#countHosts();
    }
    if (!membershipChanged) return;
    this.stats.membershipChange.inc();
    if (this.settings.drainOnMembershipChange) this.drain();
  }

  #destinationsChanged(host: UpstreamHost, amount: 1 | -1): void {
    const { stats, settings } = this;
    stats.membershipChange.inc();
    if (settings.drainOnMembershipChange) this.drain();
    if (!this.#isCounted) return;
    this.#countUpdate();
    stats.membershipTotal.add(amount);
    this.#countHost(host.health, amount);
  }

  #countUpdate(): void {
    if (this.#isWarm) this.#updates.inc();
  }

  #countHosts(): void {
    const { stats, hosts } = this;
    for (const gauge of [stats.membershipHealthy, stats.membershipDegraded, stats.membershipExcluded]) gauge.set(0);
    stats.membershipTotal.set(hosts.length);
    // Envoy knows of no weights where destinations come and go.
    if (this.#destinations === undefined) stats.maxHostWeight.set(hosts.reduce((most, host) => Math.max(most, host.weight), 0));
    for (const host of hosts) this.#countHost(host.health, 1);
  }

  #countHost(health: number, amount: 1 | -1): void {
    const { stats } = this;
    const coarse = coarseHealth(health);
    if (coarse === "healthy") stats.membershipHealthy.add(amount);
    else if (coarse === "degraded") stats.membershipDegraded.add(amount);
    if (isExcluded(health)) stats.membershipExcluded.add(amount);
  }

  #makePicker(): Picker {
    const { current } = this.#runtime.flags;
    const panicThreshold = Math.min(100, current.integer("upstream.healthy_panic_threshold", this.settings.panicThreshold));
    const picker = priorityPicker(this.#hosts, { ...this.#priorityOptions, panicThreshold });
    this.#picker = picker;
    this.#flags = current;
    return picker;
  }
}

const retirementCheckMs = 1000;

/** Drains a retired cluster's pools until no stream makes another one: a stream that is tried again needs a connection. */
class Retirement extends TimerEntry {
  readonly #cluster: UpstreamCluster;
  readonly #timers: TimerWheel;

  constructor(cluster: UpstreamCluster, timers: TimerWheel) {
    super();
    this.#cluster = cluster;
    this.#timers = timers;
  }

  override onTimer(): void {
    this.#cluster.drain();
    if (this.#cluster.isUsed) this.#timers.arm(this, retirementCheckMs);
  }
}

/** Choices for one stream. The stream itself is to end the search; this ends it for one that does not. */
const mostChoices = 100;

/** Envoy: where no attempt finds a host that is not to be skipped, the last one is taken all the same. */
function pickAnother(picker: Picker, context: LoadBalancerContext, skipped: Host): Host {
  let host = skipped;
  for (let choices = 1; choices < mostChoices; choices++) {
    host = picker.pick(context, choices) ?? host;
    if (!context.shouldSkip(host)) return host;
  }
  return host;
}

/** What the endpoint is known by. One that is listed several times is as many hosts. */
function freeKey(taken: ReadonlyMap<string, UpstreamHost>, endpoint: Endpoint): string {
  const key = endpoint.key ?? formatAddress(endpoint.address);
  if (!taken.has(key)) return key;
  let count = 2;
  while (taken.has(`${key}#${count}`)) count++;
  return `${key}#${count}`;
}

/** Whether the same checks go to the same place; where not, what is known of the host's health is void. */
function sameChecks(a: Endpoint, b: Endpoint): boolean {
  const [left, right] = [a.check, b.check];
  return (
    left.disabled === right.disabled &&
    left.port === right.port &&
    left.hostname === right.hostname &&
    (left.address && formatAddress(left.address)) === (right.address && formatAddress(right.address))
  );
}
