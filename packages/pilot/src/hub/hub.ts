import type { IstioConfig } from "@mesh/istio-config";
import type { RegistrySource } from "@mesh/registry";
import type { MeshService, ServiceEndpoints } from "../model/index.ts";
import { ConfigIdentities, configId, isSameForProxies, RulesBuilder, type Rules } from "../rules/index.ts";
import { AddressAllotment } from "./allotment.ts";
import type { HubClock, HubTimer } from "./clock.ts";
import { Debounce } from "./debounce.ts";
import { groupEntries, isSameGroup, type EntryGroup } from "./entry-groups.ts";
import { joinShares, type JoinedService } from "./join-registries.ts";
import { isAllotted, joinServiceEntry } from "./join-service-entries.ts";
import { RegistryNames } from "./registry-names.ts";
import { RegistryShard, type RegistryProtection, type ShardStatus } from "./registry-shard.ts";
import { EndpointIndex, serviceKey, ServiceIndex, type MeshSnapshot, type SnapshotChange } from "./snapshot.ts";
import { VariantMemory } from "./variants.ts";
import { Workloads, type ServiceStep } from "./workload-index.ts";

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

/** Services that changed since the last snapshot, by `serviceKey`, as they were in it. */
type Changed = Map<string, JoinedService | undefined>;
type ReadonlyChanged = ReadonlyMap<string, JoinedService | undefined>;

type HostAndNamespace = readonly [host: string, namespace: string];

/** Of a `serviceKey`. */
function hostAndNamespace(key: string): HostAndNamespace {
  const slash = key.indexOf("/");
  return [key.slice(slash + 1), key.slice(0, slash)];
}

/** Joins what the registries and the configuration say into snapshots, each made from the one before where nothing changed. */
export class Hub {
  readonly #options: HubOptions;
  readonly #shards: readonly RegistryShard[];
  readonly #debounce: Debounce;
  readonly #allotment: AddressAllotment;
  readonly #variants: VariantMemory;
  readonly #identities = new ConfigIdentities();
  readonly #rulesBuilder = new RulesBuilder();
  /** By `serviceKey`. */
  readonly #joined = new Map<string, JoinedService>();
  /** Counts up as services come; by `serviceKey`. */
  readonly #order = new Map<string, number>();
  #services = 0;
  #workloads = Workloads.empty;
  /** Services of registries to be joined again, with their namespaces; those of the configuration are told by `#rules`. */
  readonly #dirty = new Map<string, string>();
  readonly #names = new RegistryNames();
  /** By the keys of what they made. */
  #entries: ReadonlyMap<string, EntryGroup> = new Map();
  #configs: readonly IstioConfig[] | undefined = undefined;
  #areConfigsNew = false;
  #rules: Rules;
  #problems: readonly string[] = [];
  #entryProblems: readonly string[] = [];
  #current: MeshSnapshot | undefined = undefined;
  #isOverdue = false;
  #readyTimer: HubTimer | undefined = undefined;

  constructor(options: HubOptions) {
    this.#options = options;
    const { clock, quietMs, maxWaitMs, protection, events } = options;
    this.#allotment = new AddressAllotment(() => clock.nowMs());
    this.#variants = new VariantMemory({ clock, onDue: (key) => this.#touchAgain(key) });
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
    return this.#shards.map(({ status }) => {
      const { name, namespace, problems } = status;
      return { ...status, problems: [...problems, ...this.#names.problemsOf(name, namespace)] };
    });
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
    this.#variants.close();
    await Promise.all(this.#shards.map((shard) => shard.close()));
  }

  /** All of the configuration, in place of what was there. */
  setConfigs(configs: readonly IstioConfig[]): void {
    this.#configs = configs;
    this.#areConfigsNew = true;
    this.#debounce.trigger();
  }

  #touch(namespace: string, names: Iterable<string>): void {
    for (const name of names) {
      const key = serviceKey({ hostname: name, namespace });
      this.#names.add(key, name);
      this.#dirty.set(key, namespace);
    }
    this.#debounce.trigger();
  }

  #touchAgain(key: string): void {
    this.#dirty.set(key, hostAndNamespace(key)[1]);
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
    const changed: Changed = new Map();
    if (this.#current === undefined) this.#allotFirst(rules);
    // In the order of names, so that addresses depend as little as can be on that of arrival.
    for (const key of [...this.#dirty.keys()].sort()) this.#joinRegistries(key, hostAndNamespace(key)[1], changed);
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
    this.#tellNew(problems, this.#problems);
    this.#problems = problems;
    return rules;
  }

  #joinRegistries(key: string, namespace: string, changed: Changed): void {
    if (this.#entries.has(key)) return;
    const shards = this.#shards.filter((shard) => shard.namespace === namespace);
    const isInUse = this.#variants.isKnown(key);
    const name = this.#names.choose({ key, shards, isInUse, onProblem: (problem) => this.#options.events.onProblem(problem) });
    if (name === undefined) {
      this.#variants.forget(key);
      this.#delete(key, changed);
      return;
    }
    const shares = shards.flatMap((shard) => {
      const service = shard.get(name);
      return service === undefined ? [] : [{ registry: shard.name, service, held: shard.heldOf(name) }];
    });
    const joined = joinShares({
      host: name,
      namespace,
      shares,
      previous: this.#joined.get(key),
      addressOf: (host) => this.#allotment.of(host, namespace),
      nowMs: this.#options.clock.nowMs(),
      keepVariants: (names) => this.#variants.keep(key, names),
    });
    this.#replace(key, joined, changed);
  }

  /** In the order of names, not of arrival: pilots that start with the same services allot the same addresses. */
  #allotFirst(rules: Rules): void {
    const ofEntries = new Set<string>();
    const hosts: HostAndNamespace[] = [];
    for (const { spec, namespace } of rules.serviceEntries) {
      for (const hostname of spec.hosts) {
        ofEntries.add(serviceKey({ hostname, namespace }));
        if (isAllotted(spec, hostname)) hosts.push([hostname.toLowerCase(), namespace]);
      }
    }
    for (const [key, namespace] of this.#dirty) {
      const isThere = this.#names.of(key).some((name) => this.#shards.some((shard) => shard.namespace === namespace && shard.get(name)));
      if (isThere && !ofEntries.has(key)) hosts.push(hostAndNamespace(key));
    }
    const isLess = ([one, here]: HostAndNamespace, [other, there]: HostAndNamespace): boolean =>
      one === other ? here < there : one < other;
    hosts.sort((one, other) => (isLess(one, other) ? -1 : isLess(other, one) ? 1 : 0));
    for (const [host, namespace] of hosts) this.#allotment.of(host, namespace);
  }

  /** A ServiceEntry takes the place of a registry's service of its namespace that has its name: who writes one says how it is to be. */
  #joinEntries(rules: Rules, before: Rules, changed: Changed): void {
    const { workloadEntries: workloads, mesh } = rules;
    const known = this.#entries;
    const { byKey: entries, problems } = groupEntries(rules.serviceEntries);
    this.#tellNew(problems, this.#entryProblems);
    this.#entryProblems = problems;
    for (const [key, configs] of entries) {
      const [{ spec }] = configs;
      const isAsBefore = mesh === before.mesh && (spec.workloadSelector === undefined || workloads === before.workloadEntries);
      if (isAsBefore && isSameGroup(known.get(key), configs)) continue;
      const host = spec.hosts.find((each) => serviceKey({ hostname: each, namespace: configs[0].namespace }) === key) ?? "";
      const previous = this.#joined.get(key);
      const addressOf = (of: string): string | undefined => this.#allotment.of(of, configs[0].namespace);
      const joined = joinServiceEntry({ configs, host, workloads, mesh, previous, addressOf });
      this.#replace(key, joined, changed);
    }
    const gone = [...known.keys()].filter((key) => !entries.has(key));
    this.#entries = entries;
    for (const key of gone) {
      this.#delete(key, changed);
      this.#joinRegistries(key, hostAndNamespace(key)[1], changed);
    }
  }

  #tellNew(problems: readonly string[], told: readonly string[]): void {
    for (const problem of problems) if (!told.includes(problem)) this.#options.events.onProblem(problem);
  }

  #replace(key: string, joined: JoinedService, changed: Changed): void {
    const before = this.#joined.get(key);
    if (before !== undefined && before.service === joined.service && before.endpoints === joined.endpoints) return;
    this.#joined.set(key, joined);
    if (!changed.has(key)) changed.set(key, before);
  }

  #delete(key: string, changed: Changed): void {
    const before = this.#joined.get(key);
    if (before === undefined) return;
    this.#joined.delete(key);
    this.#allotment.free(before.service.hostname, before.service.namespace);
    if (!changed.has(key)) changed.set(key, before);
  }

  /** Undefined where nothing differs from the current one. */
  #snapshotOf(rules: Rules, areRulesNew: boolean, changed: ReadonlyChanged): MeshSnapshot | undefined {
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
    this.#updateWorkloads(changed);
    const workloads = this.#workloads;
    return { number: (before?.number ?? 0) + 1, services, endpoints, rules, workloads, change };
  }

  #changeOf(before: MeshSnapshot | undefined, areRulesNew: boolean, changed: ReadonlyChanged): SnapshotChange {
    if (before === undefined) return { services: true, endpoints: true, rules: true };
    const services = [...changed.keys()].some((key) => {
      const now: MeshService | undefined = this.#joined.get(key)?.service;
      return now === undefined || !before.services.of(now.hostname).includes(now);
    });
    return { services, endpoints: changed.size > 0, rules: areRulesNew };
  }

  #updateWorkloads(changed: ReadonlyChanged): void {
    if (changed.size === 0) return;
    const steps = [...changed].map(([key, before]): ServiceStep => ({ before, now: this.#joined.get(key) }));
    for (const key of changed.keys()) {
      if (!this.#joined.has(key)) this.#order.delete(key);
      else if (!this.#order.has(key)) this.#order.set(key, ++this.#services);
    }
    this.#workloads = this.#workloads.with(steps, (service) => this.#order.get(serviceKey(service)) ?? 0);
  }
}
