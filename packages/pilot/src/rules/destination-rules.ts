import type { Config, Subset, TrafficPolicy } from "@mesh/istio-config";
import { clusterDomain, HostMap, isWildcard, selects, type Labels } from "../model/index.ts";
import { configId } from "./identity.ts";
import { isVisibleTo, visibilityOf } from "./visibility.ts";
import type { MeshSettings } from "./virtual-service.ts";

type DestinationRuleConfig = Config<"DestinationRule">;

/** The destination rules of one host, merged, as the callers of one namespace see them. The same object as long as none of them changes. */
export interface EffectiveDestinationRule {
  readonly trafficPolicy: TrafficPolicy | undefined;
  readonly subsets: readonly Subset[];
  /** `namespace/name` of each, for the metadata of what is made of them. */
  readonly names: readonly string[];
}

interface Merged extends EffectiveDestinationRule {
  readonly sources: readonly DestinationRuleConfig[];
}

/** What a namespace says of a host. */
interface Entry {
  /** Those for certain callers, each with its selector. */
  readonly selective: readonly { readonly selector: Labels; readonly rule: Merged }[];
  readonly general: Merged | undefined;
}

/** The entries of one namespace, for its own callers and for those of others. */
interface NamespaceRules {
  readonly own: HostMap<Entry>;
  /** By the namespace of the callers; `*` for those that everybody sees. */
  readonly exported: (namespace: string) => HostMap<Entry>;
}

export interface DestinationRuleQuery {
  readonly host: string;
  /** Of the service. */
  readonly namespace: string;
  readonly callerNamespace: string;
  readonly callerLabels: Labels;
}

/**
 * All destination rules. The one for a call is looked for in the caller's namespace, then in the service's, then in the root namespace; in each
 * the most specific host wins, and rules for the same host are one (Istio: `PushContext.destinationRule`).
 */
export class DestinationRules {
  readonly #byNamespace = new Map<string, NamespaceRules>();
  readonly #rootNamespace: string;
  /** Kept from one set of rules to the next where their sources are the same. */
  readonly #merged = new Map<string, Merged>();

  constructor(configs: readonly DestinationRuleConfig[], mesh: MeshSettings, previous?: DestinationRules) {
    this.#rootNamespace = mesh.rootNamespace;
    const groups = Map.groupBy(configs, ({ namespace }) => namespace);
    for (const [namespace, own] of groups) this.#byNamespace.set(namespace, this.#rulesOf(namespace, own, mesh, previous));
  }

  find({ host, namespace, callerNamespace, callerLabels }: DestinationRuleQuery): EffectiveDestinationRule | undefined {
    const own = callerNamespace === this.#rootNamespace ? undefined : this.#byNamespace.get(callerNamespace)?.own.find(host);
    const found = own === undefined ? undefined : choose(own, callerLabels);
    if (found !== undefined) return found;
    for (const other of new Set([namespace, this.#rootNamespace])) {
      const rules = this.#byNamespace.get(other);
      const entry = rules?.exported(callerNamespace).find(host);
      const rule = entry === undefined ? undefined : choose(entry, callerLabels);
      if (rule !== undefined) return rule;
    }
    return undefined;
  }

  #rulesOf(namespace: string, configs: readonly DestinationRuleConfig[], mesh: MeshSettings, previous?: DestinationRules): NamespaceRules {
    const visible = configs.map((config) => ({
      config,
      visibility: visibilityOf(config.spec.exportTo, mesh.defaultDestinationRuleExportTo, namespace),
    }));
    const build = (which: readonly DestinationRuleConfig[]): HostMap<Entry> => {
      const hosts = new HostMap<Entry>();
      const named = which.flatMap((config) => hostsOf(config).map((host) => ({ config, host: host.toLowerCase() })));
      for (const [host, list] of Map.groupBy(named, (each) => each.host)) {
        hosts.add(
          host,
          this.#entryOf(
            list.map(({ config }) => config),
            previous,
          ),
        );
      }
      return hosts;
    };
    const ofAll = build(visible.flatMap(({ config, visibility }) => (visibility === "all" ? [config] : [])));
    const own = visible.every(({ visibility }) => visibility === "all") ? ofAll : build(configs);
    const restricted = visible.some(({ visibility }) => visibility !== "all");
    const byCaller = new Map<string, HostMap<Entry>>();
    const exported = (caller: string): HostMap<Entry> => {
      if (!restricted) return ofAll;
      let known = byCaller.get(caller);
      if (known === undefined) {
        known = build(visible.flatMap(({ config, visibility }) => (isVisibleTo(visibility, caller) ? [config] : [])));
        byCaller.set(caller, known);
      }
      return known;
    };
    return { own, exported };
  }

  #entryOf(configs: readonly DestinationRuleConfig[], previous?: DestinationRules): Entry {
    const selectorOf = ({ spec }: DestinationRuleConfig): Labels => spec.workloadSelector?.labels ?? {};
    const groups = Map.groupBy(configs, (config) => selectorKey(selectorOf(config)));
    const general = groups.get("[]");
    groups.delete("[]");
    return {
      selective: [...groups.values()].flatMap((list) =>
        list[0] ? [{ selector: selectorOf(list[0]), rule: this.#merge(list, previous) }] : [],
      ),
      general: general === undefined ? undefined : this.#merge(general, previous),
    };
  }

  #merge(configs: readonly DestinationRuleConfig[], previous?: DestinationRules): Merged {
    const key = configs.map(configId).join(" ");
    const before = previous === undefined ? undefined : previous.#merged.get(key);
    const known = this.#merged.get(key) ?? before;
    const isSame = known !== undefined && known.sources.every((source, at) => source === configs[at]);
    const merged = isSame ? known : mergeAll(configs);
    this.#merged.set(key, merged);
    return merged;
  }
}

/** The same for the same labels, in whatever order they are written. */
const selectorKey = (labels: Labels): string => JSON.stringify(Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1)));

/** A name without dots is a service of the rule's own namespace; a registry may have a service of exactly that name. */
function hostsOf({ spec: { host }, namespace }: DestinationRuleConfig): readonly string[] {
  return host.includes(".") || isWildcard(host) ? [host] : [`${host}.${namespace}.${clusterDomain}`, host];
}

/** Of several for one host the first traffic policy counts, and of each subset the first with its name. */
function mergeAll(configs: readonly DestinationRuleConfig[]): Merged {
  const subsets = new Map<string, Subset>();
  for (const { spec } of configs) {
    for (const subset of spec.subsets) {
      if (!subsets.has(subset.name)) subsets.set(subset.name, subset);
    }
  }
  return {
    sources: configs,
    names: configs.map(configId),
    trafficPolicy: configs.find(({ spec }) => spec.trafficPolicy !== undefined)?.spec.trafficPolicy,
    subsets: [...subsets.values()],
  };
}

function choose({ selective, general }: Entry, labels: Labels): EffectiveDestinationRule | undefined {
  return selective.find(({ selector }) => selects(selector, labels))?.rule ?? general;
}
