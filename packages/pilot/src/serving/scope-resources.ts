import {
  clusterTypeUrl,
  createResourceSet,
  endpointsTypeUrl,
  listenerTypeUrl,
  routeConfigurationTypeUrl,
  type DerivableResourceSet,
  type Resource,
  type ResourceSet,
} from "@mesh/xds-server";
import {
  calledClusterSetOf,
  calledListenersOf,
  endpointSetOf,
  gatewayRoutesOf,
  nameTableOf,
  outboundRoutesOf,
  ownClustersOf,
  ownListenersOf,
  type RouteConfigurations,
} from "../generators/index.ts";
import type { ProxyScope } from "../scope/index.ts";
import { layered, type LayeredSet } from "./layered-set.ts";
import { nameTableTypeUrl } from "./resource-types.ts";

interface Made {
  readonly scope: ProxyScope;
  readonly set: ResourceSet;
}

/** The resources of one class of proxies, each type made when somebody asks for it, and of the one before where little has changed. */
export class ScopeResources {
  #scope: ProxyScope;
  /** Of the class without a workload: all but what the application serves is taken from there. */
  readonly common: ScopeResources | undefined;
  #called: { readonly scope: ProxyScope; readonly set: DerivableResourceSet } | undefined = undefined;
  #endpoints: { readonly scope: ProxyScope; readonly set: DerivableResourceSet } | undefined = undefined;
  #calledListeners: Made | undefined = undefined;
  #routes: Made | undefined = undefined;
  #names: Made | undefined = undefined;
  #ownClusters: Made | undefined = undefined;
  #ownListeners: Made | undefined = undefined;
  #clusters: LayeredSet | undefined = undefined;
  #listeners: LayeredSet | undefined = undefined;

  constructor(scope: ProxyScope, common: ScopeResources | undefined) {
    this.#scope = scope;
    this.common = common;
  }

  get scope(): ProxyScope {
    return this.#scope;
  }

  /** What the class sees now. */
  update(scope: ProxyScope): void {
    this.#scope = scope;
    if (scope.common !== undefined) this.common?.update(scope.common);
  }

  /** Undefined for types that are not served. */
  get(typeUrl: string): ResourceSet | undefined {
    const scope = this.#scope;
    const common = this.common ?? this;
    switch (typeUrl) {
      case clusterTypeUrl:
        this.#ownClusters = ofShape(scope, this.#ownClusters, () => createResourceSet(ownClustersOf(scope)));
        this.#clusters = layered(common.#calledClusterSet(), this.#ownClusters.set, this.#clusters);
        return this.#clusters.set;
      case listenerTypeUrl:
        this.#ownListeners = ofShape(scope, this.#ownListeners, () => createResourceSet(ownListenersOf(scope)));
        this.#listeners = layered(common.#calledListenerSet(), this.#ownListeners.set, this.#listeners);
        return this.#listeners.set;
      case endpointsTypeUrl:
        return common.#endpointSet();
      case routeConfigurationTypeUrl:
        return common.#routeSet();
      case nameTableTypeUrl:
        return common.#nameTableSet();
      default:
        return undefined;
    }
  }

  #calledClusterSet(): ResourceSet {
    const scope = this.#scope;
    if (this.#called?.scope !== scope) this.#called = { scope, set: calledClusterSetOf(scope, this.#called) };
    return this.#called.set;
  }

  #endpointSet(): ResourceSet {
    const scope = this.#scope;
    if (this.#endpoints?.scope !== scope) this.#endpoints = { scope, set: endpointSetOf(scope, this.#endpoints) };
    return this.#endpoints.set;
  }

  #calledListenerSet(): ResourceSet {
    const scope = this.#scope;
    this.#calledListeners = ofShape(scope, this.#calledListeners, () => createResourceSet(calledListenersOf(scope).resources));
    return this.#calledListeners.set;
  }

  #routeSet(): ResourceSet {
    const scope = this.#scope;
    this.#routes = ofShape(scope, this.#routes, () => new RouteSet(routesOf(scope)));
    return this.#routes.set;
  }

  #nameTableSet(): ResourceSet {
    const scope = this.#scope;
    if (this.#names?.scope !== scope) this.#names = { scope, set: sameOrNew(this.#names?.set, createResourceSet([nameTableOf(scope)])) };
    return this.#names.set;
  }
}

const routesOf = (scope: ProxyScope): RouteConfigurations =>
  scope.proxy.type === "router" ? gatewayRoutesOf(scope) : outboundRoutesOf(scope);

/** What depends on no endpoints. */
function ofShape(scope: ProxyScope, before: Made | undefined, make: () => ResourceSet): Made {
  if (before !== undefined && before.scope.shape === scope.shape) return before;
  return { scope, set: sameOrNew(before?.set, make()) };
}

const sameOrNew = (before: ResourceSet | undefined, now: ResourceSet): ResourceSet => (before?.version === now.version ? before : now);

let routeSets = 0;

/** RouteConfigurations are made one by one, when a client names them: a mesh has many, and a proxy asks for some. */
class RouteSet implements ResourceSet {
  readonly version: string;
  readonly #routes: RouteConfigurations;

  constructor(routes: RouteConfigurations) {
    this.#routes = routes;
    this.version = `routes-${++routeSets}`;
  }

  get size(): number {
    return this.#routes.names.size;
  }

  get(name: string): Resource | undefined {
    return this.#routes.get(name);
  }

  *[Symbol.iterator](): Iterator<Resource> {
    for (const name of this.#routes.names) {
      const resource = this.#routes.get(name);
      if (resource !== undefined) yield resource;
    }
  }
}
