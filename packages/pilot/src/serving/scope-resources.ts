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
  clusterSetOf,
  endpointSetOf,
  gatewayRoutesOf,
  listenersOf,
  nameTableOf,
  outboundRoutesOf,
  type RouteConfigurations,
} from "../generators/index.ts";
import type { ProxyScope } from "../scope/index.ts";
import { nameTableTypeUrl } from "./resource-types.ts";

interface Made {
  readonly scope: ProxyScope;
  readonly set: ResourceSet;
}

/** The resources of one class of proxies, each type made when somebody asks for it, and of the one before where little has changed. */
export class ScopeResources {
  #scope: ProxyScope;
  #clusters: { readonly scope: ProxyScope; readonly set: DerivableResourceSet } | undefined = undefined;
  #endpoints: { readonly scope: ProxyScope; readonly set: DerivableResourceSet } | undefined = undefined;
  #listeners: Made | undefined = undefined;
  #routes: Made | undefined = undefined;
  #names: Made | undefined = undefined;

  constructor(scope: ProxyScope) {
    this.#scope = scope;
  }

  get scope(): ProxyScope {
    return this.#scope;
  }

  /** What the class sees now. */
  update(scope: ProxyScope): void {
    this.#scope = scope;
  }

  /** Undefined for types that are not served. */
  get(typeUrl: string): ResourceSet | undefined {
    const scope = this.#scope;
    switch (typeUrl) {
      case clusterTypeUrl:
        if (this.#clusters?.scope !== scope) this.#clusters = { scope, set: clusterSetOf(scope, this.#clusters) };
        return this.#clusters.set;
      case endpointsTypeUrl:
        if (this.#endpoints?.scope !== scope) this.#endpoints = { scope, set: endpointSetOf(scope, this.#endpoints) };
        return this.#endpoints.set;
      case listenerTypeUrl:
        this.#listeners = ofShape(scope, this.#listeners, () => createResourceSet(listenersOf(scope).resources));
        return this.#listeners.set;
      case routeConfigurationTypeUrl:
        this.#routes = ofShape(scope, this.#routes, () => new RouteSet(routesOf(scope)));
        return this.#routes.set;
      case nameTableTypeUrl:
        if (this.#names?.scope !== scope)
          this.#names = { scope, set: sameOrNew(this.#names?.set, createResourceSet([nameTableOf(scope)])) };
        return this.#names.set;
      default:
        return undefined;
    }
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
