import type { Config } from "@mesh/istio-config";
import type { MeshSnapshot, ServiceIndex } from "../hub/index.ts";
import { clusterDomain, selects, type Labels, type MeshService } from "../model/index.ts";
import type { Proxy, ProxyProfile } from "../proxy/index.ts";
import {
  configId,
  isSameForProxies,
  isVisibleTo,
  type EffectiveDestinationRule,
  type Rules,
  type VirtualServiceRule,
} from "../rules/index.ts";
import { destinationsOf, egressOf, isForMesh } from "./egress.ts";
import type { ProxyScope, ServerScope, ServiceTarget } from "./scope.ts";
import { visibleServices } from "./visible-services.ts";

/** Makes the scopes of one snapshot after the other: proxies that are alike have the same. */
export class ScopeFactory {
  #snapshot: MeshSnapshot | undefined = undefined;
  /** Of the current snapshot, by the profile's key. */
  #scopes = new Map<string, ProxyScope>();
  /** Of the snapshot before. */
  #previous = new Map<string, ProxyScope>();
  /** Lists of targets, so that those that say the same are the same; of the current snapshot and the one before, as scopes. */
  #targets = new Map<string, readonly ServiceTarget[]>();
  #previousTargets = new Map<string, readonly ServiceTarget[]>();
  #resolved = new WeakMap<ServiceIndex, WeakMap<VirtualServiceRule, VirtualServiceRule>>();

  scopeOf(snapshot: MeshSnapshot, proxy: Proxy): ProxyScope {
    if (snapshot !== this.#snapshot) {
      this.#previous = this.#scopes;
      this.#scopes = new Map();
      this.#previousTargets = this.#targets;
      this.#targets = new Map();
      this.#snapshot = snapshot;
    }
    const profile = profileOf(proxy, snapshot.rules);
    const targets = proxy.type === "sidecar" ? this.#targetsOf(proxy, snapshot) : noTargets;
    const commonKey = JSON.stringify(profile);
    const common = this.#kept(commonKey, (before) => this.#makeCommon(snapshot, commonKey, profile, before));
    if (targets.length === 0) return common;
    const key = `${commonKey} ${targetsKey(targets)}`;
    return this.#kept(key, (before) => withTargets(common, key, targets, before));
  }

  #kept(key: string, make: (before: ProxyScope | undefined) => ProxyScope): ProxyScope {
    let scope = this.#scopes.get(key);
    if (scope === undefined) {
      scope = make(this.#previous.get(key));
      this.#scopes.set(key, scope);
    }
    return scope;
  }

  #targetsOf({ addresses }: Proxy, snapshot: MeshSnapshot): readonly ServiceTarget[] {
    const local = addresses.flatMap((address) => snapshot.workloads.get(address) ?? []);
    if (local.length === 0) return noTargets;
    const targets = local.map(({ service, port, endpoint }): ServiceTarget => ({ service, port, endpoint }));
    const key = targetsKey(targets);
    const known = this.#targets.get(key) ?? this.#previousTargets.get(key);
    const isSame = known !== undefined && known.every((target, at) => target.service === targets[at]?.service);
    const list = isSame ? known : targets;
    this.#targets.set(key, list);
    return list;
  }

  #makeCommon(snapshot: MeshSnapshot, key: string, proxy: ProxyProfile, before: ProxyScope | undefined): ProxyScope {
    // What does not depend on endpoints is taken over when only those have changed.
    if (before !== undefined && isSameShape(before, snapshot)) return withEndpoints(before, snapshot);
    return this.#makeNew(snapshot, key, proxy);
  }

  #makeNew(snapshot: MeshSnapshot, key: string, proxy: ProxyProfile): ProxyScope {
    const { rules, services: index } = snapshot;
    const visible = visibleServices(index, proxy.namespace);
    const seen = rules.virtualServices.map((rule) => this.#resolve(rule, index));
    const forMesh = seen.filter((rule) => isForMesh(rule, proxy.namespace));
    const sidecar = proxy.type === "router" ? undefined : sidecarOf(rules, proxy);
    const egress = egressOf({ namespace: proxy.namespace, services: visible, virtualServices: forMesh, sidecar });
    const find = (rule: VirtualServiceRule, host: string): MeshService | undefined =>
      visible.find(host) ?? (host.includes(".") ? undefined : visible.find(`${host}.${rule.namespace}.${clusterDomain}`));
    const isAll = sidecar === undefined || sidecar.spec.egress.length === 0;
    const servers = proxy.type === "router" ? serversOf(rules, proxy) : [];
    const gateways = new Map<string, readonly VirtualServiceRule[]>(
      [...new Set(servers.map(({ gateway }) => gateway))].map((id) => [
        id,
        seen.filter((rule) => rule.gateways.includes(id) && isVisibleTo(rule.visibility, proxy.namespace)),
      ]),
    );
    const destinationRules = new Map<MeshService, EffectiveDestinationRule | undefined>();
    const mode = sidecar?.spec.outboundTrafficPolicy?.mode ?? rules.mesh.outboundTrafficPolicy.mode;
    const reachable = isAll
      ? visible.all
      : sortByHost([...new Set([...egress.flatMap(({ services }) => services), ...destinationsOf(egress, find)])]);
    const scope: ScopeImplementation = {
      key,
      shape: {},
      common: undefined,
      index,
      rules,
      proxy,
      mesh: rules.mesh,
      services: reachable,
      service: (host) => visible.find(host),
      destinationRule: (service) => {
        if (!destinationRules.has(service)) {
          const { hostname: host, namespace } = service;
          const query = { host, namespace, callerNamespace: proxy.namespace, callerLabels: proxy.labels };
          destinationRules.set(service, rules.destinationRules.find(query));
        }
        return destinationRules.get(service);
      },
      endpoints: (service) => snapshot.endpoints.of(service),
      egress,
      ingress: sidecar?.spec.ingress ?? [],
      inboundConnectionPool: sidecar?.spec.inboundConnectionPool,
      targets: noTargets,
      servers,
      virtualServicesOf: (gateway) => gateways.get(gateway) ?? [],
      outboundPolicy: mode === "REGISTRY_ONLY" ? "registry-only" : "allow-any",
    };
    return scope;
  }

  /** Completes short names of hosts with the namespace's domain where a service has that name. */
  #resolve(rule: VirtualServiceRule, index: ServiceIndex): VirtualServiceRule {
    if (rule.hosts.every((host) => host.includes(".") || host === "*")) return rule;
    let byRule = this.#resolved.get(index);
    if (byRule === undefined) {
      byRule = new WeakMap();
      this.#resolved.set(index, byRule);
    }
    let resolved = byRule.get(rule);
    if (resolved === undefined) {
      resolved = { ...rule, hosts: rule.hosts.map((host) => completeHost(host, rule.namespace, index)) };
      byRule.set(rule, resolved);
    }
    return resolved;
  }
}

const noTargets: readonly ServiceTarget[] = [];

/** Remembers what it was made of. */
interface ScopeImplementation extends ProxyScope {
  readonly index: ServiceIndex;
  readonly rules: Rules;
}

const isImplementation = (scope: ProxyScope): scope is ScopeImplementation => "index" in scope && "rules" in scope;

const isSameShape = (before: ProxyScope, { services, rules }: MeshSnapshot): boolean =>
  isImplementation(before) && before.index === services && isSameForProxies(before.rules, rules);

function withTargets(common: ProxyScope, key: string, targets: readonly ServiceTarget[], before: ProxyScope | undefined): ProxyScope {
  const isSame = before !== undefined && before.targets === targets && before.common?.shape === common.shape;
  return { ...common, key, shape: isSame ? before.shape : {}, common, targets };
}

const withEndpoints = (before: ProxyScope, { endpoints }: MeshSnapshot): ProxyScope => ({
  ...before,
  endpoints: (service) => endpoints.of(service),
});

function completeHost(host: string, namespace: string, index: ServiceIndex): string {
  if (host.includes(".") || host === "*" || index.of(host).length > 0) return host;
  const full = `${host}.${namespace}.${clusterDomain}`;
  return index.of(full).length > 0 ? full : host;
}

function sortByHost(services: MeshService[]): readonly MeshService[] {
  return services.sort((one, other) => (one.hostname < other.hostname ? -1 : one.hostname > other.hostname ? 1 : 0));
}

/** One that selects the workload, else one for its whole namespace, else one for the whole mesh. */
function sidecarOf({ sidecars, mesh }: Rules, { namespace, labels }: ProxyProfile): Config<"Sidecar"> | undefined {
  const own = sidecars.filter((sidecar) => sidecar.namespace === namespace);
  const selectorOf = ({ spec }: Config<"Sidecar">): Labels => spec.workloadSelector?.labels ?? {};
  const isGeneral = (sidecar: Config<"Sidecar">): boolean => Object.keys(selectorOf(sidecar)).length === 0;
  return (
    own.find((sidecar) => !isGeneral(sidecar) && selects(selectorOf(sidecar), labels)) ??
    own.find(isGeneral) ??
    sidecars.find((sidecar) => sidecar.namespace === mesh.rootNamespace && isGeneral(sidecar))
  );
}

function serversOf({ gateways }: Rules, { labels }: ProxyProfile): readonly ServerScope[] {
  return gateways.flatMap((gateway) => {
    const { spec, namespace } = gateway;
    if (!selects(spec.selector, labels)) return [];
    return spec.servers.map((server): ServerScope => ({ gateway: configId(gateway), namespace, server }));
  });
}

function profileOf(proxy: Proxy, { labelKeys }: Rules): ProxyProfile {
  const { type, namespace, dnsDomain, labels, locality, network, interception, dialect } = proxy;
  const asked = Object.entries(labels)
    .filter(([key]) => labelKeys.has(key))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return { type, namespace, dnsDomain, labels: Object.fromEntries(asked), locality, network, interception, dialect };
}

/** Where several instances of a service are alike, so are their proxies: that they are at other addresses is nothing to them. */
const targetsKey = (targets: readonly ServiceTarget[]): string =>
  targets
    .map(({ service, port, endpoint }) => {
      const place = endpoint.port === 0 ? endpoint.address : endpoint.port;
      return `${service.namespace}/${service.hostname}:${port.name}:${place}`;
    })
    .join(" ");
