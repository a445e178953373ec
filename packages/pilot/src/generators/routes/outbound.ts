import type { Resource } from "@mesh/xds-server";
import type { ProxyScope } from "../../scope/index.ts";
import { routeSourcesOf, type RouteKind, type RouteSource } from "./called-ports.ts";
import type { DomainConflict } from "./domain-claims.ts";
import { outboundConfigurationOf } from "./outbound-configuration.ts";

/** The RouteConfigurations of a proxy by name. Each is made when somebody asks for it. */
export interface RouteConfigurations {
  /** Of all that there are. */
  readonly names: ReadonlySet<string>;
  get(name: string): Resource | undefined;
  /** Of those that have been made. */
  readonly conflicts: readonly DomainConflict[];
}

export interface OutboundRoutes extends RouteConfigurations {
  /** What a listener that asks for these routes has to be. */
  kindOf(name: string): RouteKind | undefined;
}

const made = new WeakMap<object, OutboundRoutes>();

/** The RouteConfigurations that a sidecar's outbound listeners, or a gRPC library's, ask for. */
export function outboundRoutesOf(proxyScope: ProxyScope): OutboundRoutes {
  const scope = proxyScope.common ?? proxyScope;
  let routes = made.get(scope.shape);
  if (routes === undefined) {
    routes = new LazyRoutes(scope);
    made.set(scope.shape, routes);
  }
  return routes;
}

class LazyRoutes implements OutboundRoutes {
  readonly names: ReadonlySet<string>;
  readonly conflicts: DomainConflict[] = [];
  readonly #scope: ProxyScope;
  readonly #sources: ReadonlyMap<string, RouteSource>;
  readonly #made = new Map<string, Resource>();

  constructor(scope: ProxyScope) {
    this.#scope = scope;
    this.#sources = routeSourcesOf(scope);
    this.names = new Set(this.#sources.keys());
  }

  kindOf(name: string): RouteKind | undefined {
    return this.#sources.get(name)?.group.kind;
  }

  get(name: string): Resource | undefined {
    const source = this.#sources.get(name);
    if (source === undefined) return undefined;
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const { resource, conflicts } = outboundConfigurationOf(this.#scope, source);
    this.#made.set(name, resource);
    this.conflicts.push(...conflicts);
    return resource;
  }
}
