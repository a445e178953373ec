import { meshSettings, type Config, type IstioConfig, type IstioKind } from "@mesh/istio-config";
import { withDelegates, type DelegateProblem } from "./delegates.ts";
import { DestinationRules } from "./destination-rules.ts";
import { configId } from "./identity.ts";
import type { MeshSettings, VirtualServiceRule } from "./virtual-service.ts";
import { visibilityOf } from "./visibility.ts";

/** Istio's configuration at one moment, ready to be asked. Immutable; what has not changed since the one before is the same object. */
export interface Rules {
  readonly mesh: MeshSettings;
  /** Those with hosts, the oldest first. */
  readonly virtualServices: readonly VirtualServiceRule[];
  readonly destinationRules: DestinationRules;
  /** The oldest first, as the others. */
  readonly gateways: readonly Config<"Gateway">[];
  readonly sidecars: readonly Config<"Sidecar">[];
  readonly serviceEntries: readonly Config<"ServiceEntry">[];
  readonly workloadEntries: readonly Config<"WorkloadEntry">[];
  readonly peerAuthentications: readonly Config<"PeerAuthentication">[];
  /** The labels of proxies that any of it asks for; others make no difference. */
  readonly labelKeys: ReadonlySet<string>;
  readonly problems: readonly DelegateProblem[];
}

interface Compiled {
  readonly rule: VirtualServiceRule;
  readonly sources: readonly IstioConfig[];
  readonly mesh: MeshSettings;
}

/** Makes rules of configurations, one set after the other, and keeps what stays the same. */
export class RulesBuilder {
  #virtualServices = new Map<string, Compiled>();
  #last: Rules | undefined = undefined;
  #destinations: { readonly configs: readonly Config<"DestinationRule">[]; readonly rules: DestinationRules } | undefined = undefined;
  #mesh: { readonly config: IstioConfig | undefined; readonly settings: MeshSettings } | undefined = undefined;

  /** @param configs - each kind, namespace and name once, and the same object as long as it says the same */
  build(configs: readonly IstioConfig[]): Rules {
    const mesh = this.#meshOf(configs);
    const problems: DelegateProblem[] = [];
    const last = this.#last;
    const virtualServices = same(last?.virtualServices, this.#compile(of(configs, "VirtualService"), mesh, problems));
    const destinationConfigs = same(this.#destinations?.configs, of(configs, "DestinationRule"));
    const destinationRules = this.#destinationRulesOf(destinationConfigs, mesh);
    const gateways = same(last?.gateways, of(configs, "Gateway"));
    const sidecars = same(last?.sidecars, of(configs, "Sidecar"));
    const peerAuthentications = same(last?.peerAuthentications, of(configs, "PeerAuthentication"));
    this.#last = {
      mesh,
      virtualServices,
      destinationRules,
      gateways,
      sidecars,
      peerAuthentications,
      serviceEntries: of(configs, "ServiceEntry"),
      workloadEntries: same(last?.workloadEntries, of(configs, "WorkloadEntry")),
      labelKeys: new Set([
        ...gateways.flatMap(({ spec }) => Object.keys(spec.selector)),
        ...sidecars.flatMap(({ spec }) => Object.keys(spec.workloadSelector?.labels ?? {})),
        ...destinationConfigs.flatMap(({ spec }) => Object.keys(spec.workloadSelector?.labels ?? {})),
        ...peerAuthentications.flatMap(({ spec }) => Object.keys(spec.selector?.labels ?? {})),
        ...virtualServices.flatMap(sourceLabelKeys),
      ]),
      problems,
    };
    return this.#last;
  }

  #destinationRulesOf(configs: readonly Config<"DestinationRule">[], mesh: MeshSettings): DestinationRules {
    const before = this.#destinations;
    if (before !== undefined && before.configs === configs && this.#last?.mesh === mesh) return before.rules;
    const rules = new DestinationRules(configs, mesh, before?.rules);
    this.#destinations = { configs, rules };
    return rules;
  }

  #meshOf(configs: readonly IstioConfig[]): MeshSettings {
    const config = of(configs, "MeshConfig")[0];
    if (this.#mesh === undefined || this.#mesh.config !== config) this.#mesh = { config, settings: meshSettings(config?.spec) };
    return this.#mesh.settings;
  }

  #compile(configs: readonly Config<"VirtualService">[], mesh: MeshSettings, problems: DelegateProblem[]): readonly VirtualServiceRule[] {
    const all = new Map(configs.map((config) => [configId(config), config]));
    const next = new Map<string, Compiled>();
    for (const config of configs) {
      if (config.spec.hosts.length === 0) continue;
      const id = configId(config);
      const { http, delegates, problems: own } = withDelegates(config, all, mesh);
      problems.push(...own);
      const sources = [config, ...delegates];
      const before = this.#virtualServices.get(id);
      const isSame =
        before !== undefined &&
        before.mesh === mesh &&
        before.sources.length === sources.length &&
        before.sources.every((source, at) => source === sources[at]);
      next.set(id, isSame ? before : { rule: ruleOf(config, http, mesh), sources, mesh });
    }
    this.#virtualServices = next;
    return [...next.values()].map(({ rule }) => rule);
  }
}

/** The list from before where it has the same members. */
const same = <Item>(before: readonly Item[] | undefined, now: readonly Item[]): readonly Item[] =>
  before !== undefined && before.length === now.length && now.every((item, at) => item === before[at]) ? before : now;

/** Whether proxies see the same in both: of ServiceEntries and WorkloadEntries they are told by the services that these make. */
export const isSameForProxies = (before: Rules, now: Rules): boolean =>
  before.mesh === now.mesh &&
  before.virtualServices === now.virtualServices &&
  before.destinationRules === now.destinationRules &&
  before.gateways === now.gateways &&
  before.sidecars === now.sidecars &&
  before.peerAuthentications === now.peerAuthentications;

function ruleOf(config: Config<"VirtualService">, http: VirtualServiceRule["http"], mesh: MeshSettings): VirtualServiceRule {
  const { name, namespace, spec, creationTimestamp } = config;
  const resolve = (gateway: string): string => (gateway === "mesh" || gateway.includes("/") ? gateway : `${namespace}/${gateway}`);
  const atGateways = <Match extends { readonly gateways: readonly string[] }>(match: Match): Match =>
    match.gateways.length === 0 ? match : { ...match, gateways: match.gateways.map(resolve) };
  return {
    id: configId(config),
    name,
    namespace,
    hosts: spec.hosts,
    gateways: spec.gateways.length === 0 ? ["mesh"] : spec.gateways.map(resolve),
    visibility: visibilityOf(spec.exportTo, mesh.defaultVirtualServiceExportTo, namespace),
    http: http.map((route) => ({ ...route, match: route.match.map(atGateways) })),
    tls: spec.tls.map((route) => ({ ...route, match: route.match.map(atGateways) })),
    tcp: spec.tcp.map((route) => ({ ...route, match: route.match.map(atGateways) })),
    createdAtMs: creationTimestamp ?? 0,
  };
}

/** The oldest first, those whose age is not known before; then by id. */
function of<Kind extends IstioKind>(configs: readonly IstioConfig[], kind: Kind): readonly Config<Kind>[] {
  const found = configs.filter((config): config is IstioConfig & Config<Kind> => config.kind === kind);
  return found.sort((one, other) => {
    const age = (one.creationTimestamp ?? 0) - (other.creationTimestamp ?? 0);
    if (age !== 0) return age;
    return configId(one) < configId(other) ? -1 : 1;
  });
}

function sourceLabelKeys({ http, tls, tcp }: VirtualServiceRule): string[] {
  return [...http, ...tls, ...tcp].flatMap(({ match }) => match.flatMap(({ sourceLabels }) => Object.keys(sourceLabels)));
}
