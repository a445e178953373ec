import type { Config, IstioConfig } from "@mesh/istio-config";
import type { RegistrySource } from "@mesh/registry";
import type { MeshService, ServiceEndpoints } from "../model/index.ts";
import { ConfigIdentities, configId, isSameForProxies, RulesBuilder, type Rules } from "../rules/index.ts";
import { AddressAllotment } from "./allotment.ts";
import type { HubClock, HubTimer } from "./clock.ts";
import { Debounce } from "./debounce.ts";
import { joinShares, type JoinedService } from "./join-registries.ts";
import { joinServiceEntry } from "./join-service-entries.ts";
import { RegistryShard, type RegistryProtection, type ShardStatus } from "./registry-shard.ts";
import { EndpointIndex, serviceKey, ServiceIndex, type LocalEndpoint, type MeshSnapshot, type SnapshotChange } from "./snapshot.ts";

export interface RegistryMember {
  readonly source: RegistrySource;
  /** Of the services in it; they are found by name from every namespace. */
  readonly namespace: string;
}

export interface HubEvents {
  /** A snapshot that differs from the one before. `waitedMs`: since the first of its changes; `buildMs`: what making it took. */
  onSnapshot(snapshot: MeshSnapshot, waitedMs: number, buildMs: number): void;
  /** What a person should know: a registry is away, a configuration leads nowhere. */
  onProblem(message: string): void;
}

export interface HubOptions {
  /** Where several have a service, the first one's word counts. */
  readonly registries: readonly RegistryMember[];
  readonly clock: HubClock;
  readonly quietMs: number;
  readonly maxWaitMs: number;
  readonly protection: RegistryProtection;
  /**
   * For how long, in milliseconds, the first snapshot waits for registries that have not told what they have. What is missing then is
   * added when it comes. 0: as long as it takes.
   */
  readonly readyTimeoutMs: number;
  readonly events: HubEvents;
}

/** Joins what the registries and the configuration say into snapshots, each made from the one before where nothing changed. */
export class Hub {
  readonly #options: HubOptions;
  readonly #shards: readonly RegistryShard[];
  readonly #debounce: Debounce;
  readonly #allotment = new AddressAllotment();
  readonly #identities = new ConfigIdentities();
  readonly #rulesBuilder = new RulesBuilder();
  /** By `serviceKey`. */
  readonly #joined = new Map<string, JoinedService>();
  /** Services of registries to be joined again; those of the configuration are told by `#rules`. */
  readonly #dirty = new Map<string, { readonly namespace: string; readonly name: string }>();
  /** By the keys of what they made. */
  #entries: ReadonlyMap<string, Config<"ServiceEntry">> = new Map();
  #configs: readonly IstioConfig[] | undefined = undefined;
  #areConfigsNew = false;
  #rules: Rules;
  #problems: readonly string[] = [];
  #current: MeshSnapshot | undefined = undefined;
  #isOverdue = false;
  #readyTimer: HubTimer | undefined = undefined;

  constructor(options: HubOptions) {
    this.#options = options;
    const { clock, quietMs, maxWaitMs, protection, events } = options;
    this.#debounce = new Debounce({ clock, quietMs, maxMs: maxWaitMs, run: () => this.#build() });
    this.#rules = this.#rulesBuilder.build([]);
    this.#shards = options.registries.map(
      ({ source, namespace }) =>
        new RegistryShard({
          source,
          namespace,
          clock,
          protection,
          onChanged: (names) => this.#touch(namespace, names),
          onReady: () => this.#debounce.trigger(),
          onProblem: (message) => events.onProblem(message),
        }),
    );
  }

  /** The newest; undefined before all sources have said what they have, or took too long. */
  get current(): MeshSnapshot | undefined {
    return this.#current;
  }

  get registries(): readonly ShardStatus[] {
    return this.#shards.map(({ status }) => status);
  }

  start(): void {
    const { clock, readyTimeoutMs, events } = this.#options;
    for (const shard of this.#shards) shard.start();
    this.#debounce.trigger();
    if (readyTimeoutMs === 0) return;
    this.#readyTimer = clock.setTimer(readyTimeoutMs, () => {
      this.#isOverdue = true;
      const late = this.#shards.filter(({ isReady }) => !isReady).map(({ name }) => name);
      if (late.length > 0) events.onProblem(`going on without ${late.join(", ")}: nothing was heard for ${readyTimeoutMs} ms`);
      this.#debounce.trigger();
    });
  }

  async close(): Promise<void> {
    this.#debounce.cancel();
    this.#readyTimer?.cancel();
    await Promise.all(this.#shards.map((shard) => shard.close()));
  }

  /** All of the configuration, in place of what was there. */
  setConfigs(configs: readonly IstioConfig[]): void {
    this.#configs = configs;
    this.#areConfigsNew = true;
    this.#debounce.trigger();
  }

  #touch(namespace: string, names: Iterable<string>): void {
    for (const name of names) this.#dirty.set(serviceKey({ hostname: name, namespace }), { namespace, name });
    this.#debounce.trigger();
  }

  get #isReady(): boolean {
    return this.#configs !== undefined && (this.#isOverdue || this.#shards.every(({ isReady }) => isReady));
  }

  #build(): void {
    if (this.#current === undefined && !this.#isReady) return;
    const beganAtMs = this.#options.clock.nowMs();
    const rules = this.#nextRules();
    const before = this.#rules;
    const changed = new Set<string>();
    for (const [key, { namespace, name }] of this.#dirty) this.#joinRegistries(key, namespace, name, changed);
    this.#dirty.clear();
    if (rules !== before) this.#joinEntries(rules, before, changed);
    this.#rules = rules;
    const snapshot = this.#snapshotOf(rules, !isSameForProxies(before, rules), changed);
    if (snapshot === undefined) return;
    this.#current = snapshot;
    this.#options.events.onSnapshot(snapshot, this.#debounce.waitedMs, this.#options.clock.nowMs() - beganAtMs);
  }

  #nextRules(): Rules {
    if (!this.#areConfigsNew) return this.#rules;
    this.#areConfigsNew = false;
    const rules = this.#rulesBuilder.build(this.#identities.keep(this.#configs ?? []));
    const problems = rules.problems.map(
      ({ config, message }) => `VirtualService ${configId(config)} (${config.origin.file}:${config.origin.line}) ${message}`,
    );
    for (const problem of problems) if (!this.#problems.includes(problem)) this.#options.events.onProblem(problem);
    this.#problems = problems;
    return rules;
  }

  #joinRegistries(key: string, namespace: string, name: string, changed: Set<string>): void {
    if (this.#entries.has(key)) return;
    const shares = this.#shards.flatMap((shard) => {
      const service = shard.namespace === namespace ? shard.get(name) : undefined;
      return service === undefined ? [] : [{ registry: shard.name, service, held: shard.heldOf(name) }];
    });
    if (shares.length === 0) {
      if (this.#joined.delete(key)) changed.add(key);
      return;
    }
    const previous = this.#joined.get(key);
    const nowMs = this.#options.clock.nowMs();
    const joined = joinShares({ host: name, namespace, shares, previous, addressOf: (host) => this.#allotment.of(host), nowMs });
    this.#replace(key, joined, changed);
  }

  /** A ServiceEntry takes the place of a registry's service of its namespace that has its name: who writes one says how it is to be. */
  #joinEntries(rules: Rules, before: Rules, changed: Set<string>): void {
    const { workloadEntries: workloads, mesh } = rules;
    const known = this.#entries;
    const entries = new Map<string, Config<"ServiceEntry">>();
    for (const config of rules.serviceEntries) {
      const isAsBefore = mesh === before.mesh && (config.spec.workloadSelector === undefined || workloads === before.workloadEntries);
      for (const host of config.spec.hosts) {
        const key = serviceKey({ hostname: host, namespace: config.namespace });
        if (entries.has(key)) continue;
        entries.set(key, config);
        if (isAsBefore && known.get(key) === config) continue;
        const previous = this.#joined.get(key);
        this.#replace(
          key,
          joinServiceEntry({ config, host, workloads, mesh, previous, addressOf: (of) => this.#allotment.of(of) }),
          changed,
        );
      }
    }
    const gone = [...known.keys()].filter((key) => !entries.has(key));
    this.#entries = entries;
    for (const key of gone) {
      const hostname = this.#joined.get(key)?.service.hostname ?? "";
      this.#joined.delete(key);
      changed.add(key);
      this.#joinRegistries(key, key.slice(0, key.indexOf("/")), hostname, changed);
    }
  }

  #replace(key: string, joined: JoinedService, changed: Set<string>): void {
    const before = this.#joined.get(key);
    if (before !== undefined && before.service === joined.service && before.endpoints === joined.endpoints) return;
    this.#joined.set(key, joined);
    changed.add(key);
  }

  /** Undefined where nothing differs from the current one. */
  #snapshotOf(rules: Rules, areRulesNew: boolean, changed: ReadonlySet<string>): MeshSnapshot | undefined {
    const before = this.#current;
    const change = this.#changeOf(before, areRulesNew, changed);
    if (before !== undefined && !change.services && !change.endpoints && !change.rules) return undefined;
    const services =
      before === undefined || change.services
        ? new ServiceIndex([...this.#joined.values()].map(({ service }) => service))
        : before.services;
    const endpoints =
      before === undefined || change.endpoints || change.services
        ? new EndpointIndex(
            new Map([...this.#joined.values()].map(({ service, endpoints: of }): [MeshService, ServiceEndpoints] => [service, of])),
          )
        : before.endpoints;
    const workloads =
      before !== undefined && services === before.services && endpoints === before.endpoints ? before.workloads : this.#workloads();
    return { number: (before?.number ?? 0) + 1, services, endpoints, rules, workloads, change };
  }

  #changeOf(before: MeshSnapshot | undefined, areRulesNew: boolean, changed: ReadonlySet<string>): SnapshotChange {
    if (before === undefined) return { services: true, endpoints: true, rules: true };
    const services = [...changed].some((key) => {
      const now: MeshService | undefined = this.#joined.get(key)?.service;
      return now === undefined || !before.services.of(now.hostname).includes(now);
    });
    return { services, endpoints: changed.size > 0, rules: areRulesNew };
  }

  #workloads(): ReadonlyMap<string, readonly LocalEndpoint[]> {
    const byAddress = new Map<string, LocalEndpoint[]>();
    for (const { service, endpoints } of this.#joined.values()) {
      if (service.isExternal) continue;
      for (const port of service.ports) {
        for (const endpoint of endpoints.get(port.name) ?? []) {
          const list = byAddress.get(endpoint.address);
          if (list === undefined) byAddress.set(endpoint.address, [{ service, port, endpoint }]);
          else list.push({ service, port, endpoint });
        }
      }
    }
    return byAddress;
  }
}
