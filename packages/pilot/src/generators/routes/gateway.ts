import type { Resource } from "@mesh/xds-server";
import { coversHost } from "../../model/index.ts";
import type { ProxyScope, ServerScope } from "../../scope/index.ts";
import type { RoutePlace } from "./destination.ts";
import type { DomainConflict } from "./domain-claims.ts";
import { httpFeaturesOf } from "./features.ts";
import { domainWithPort, gatewayRouteName } from "../names.ts";
import type { RouteConfigurations } from "./outbound.ts";
import { routeConfigurationOf } from "./route-configuration.ts";
import { joinRoutes, noRoutes, redirectToHttps, routesOfRule, type RouteList } from "./route-list.ts";
import { virtualHostOf, type VirtualHostPart } from "./virtual-host.ts";

const made = new WeakMap<object, GatewayRoutes>();

/** The RouteConfigurations that a router's listeners ask for. */
export function gatewayRoutesOf(scope: ProxyScope): RouteConfigurations {
  let routes = made.get(scope.shape);
  if (routes === undefined) {
    routes = new GatewayRoutes(scope);
    made.set(scope.shape, routes);
  }
  return routes;
}

class GatewayRoutes implements RouteConfigurations {
  readonly names: ReadonlySet<string>;
  readonly conflicts: readonly DomainConflict[] = [];
  readonly #scope: ProxyScope;
  readonly #servers = new Map<string, ServerScope[]>();
  readonly #made = new Map<string, Resource>();

  constructor(scope: ProxyScope) {
    this.#scope = scope;
    for (const server of scope.servers) {
      const name = gatewayRouteName(server);
      if (name === undefined) continue;
      const servers = this.#servers.get(name);
      if (servers === undefined) this.#servers.set(name, [server]);
      else servers.push(server);
    }
    this.names = new Set(this.#servers.keys());
  }

  get(name: string): Resource | undefined {
    const servers = this.#servers.get(name);
    if (servers === undefined) return undefined;
    let resource = this.#made.get(name);
    if (resource === undefined) {
      resource = routeConfigurationOf(name, virtualHostsOf(this.#scope, servers), true);
      this.#made.set(name, resource);
    }
    return resource;
  }
}

/** What one host of a gateway leads to. */
interface GatewayHost {
  readonly lists: RouteList[];
  requiresTls: boolean;
}

function virtualHostsOf(scope: ProxyScope, servers: readonly ServerScope[]): readonly VirtualHostPart[] {
  const hosts = new Map<string, GatewayHost>();
  const hostOf = (name: string): GatewayHost => {
    const key = name.toLowerCase();
    let host = hosts.get(key);
    if (host === undefined) {
      host = { lists: [], requiresTls: false };
      hosts.set(key, host);
    }
    return host;
  };
  for (const server of servers) {
    const redirects = server.server.tls?.httpsRedirect === true;
    for (const [name, routes] of boundRoutes(scope, server)) {
      const host = hostOf(name);
      host.requiresTls ||= redirects;
      if (!host.lists.includes(routes)) host.lists.push(routes);
    }
    if (redirects) for (const entry of server.server.hosts) hostOf(entry.slice(entry.indexOf("/") + 1)).requiresTls = true;
  }
  const port = servers[0]?.server.port.number ?? 0;
  // Istio: an empty virtual host answers 404 to everything.
  if (hosts.size === 0) return [virtualHostOf(headOf("blackhole", port, ["*"], false), noRoutes)];
  return collapsed(scope, hosts, port);
}

/** Routes by host, where a server's hosts and those of VirtualServices bound to its gateway meet; of two wildcards the narrower counts. */
function* boundRoutes(
  scope: ProxyScope,
  { gateway, namespace, server }: ServerScope,
): Generator<readonly [host: string, routes: RouteList]> {
  const place: RoutePlace = {
    scope,
    features: httpFeaturesOf(scope.proxy),
    target: { port: server.port.number, protocol: undefined, isForProtocol: false },
    isTls: server.tls !== undefined && !server.tls.httpsRedirect,
    variant: undefined,
  };
  for (const rule of scope.virtualServicesOf(gateway)) {
    const served = server.hosts.flatMap((entry) => hostFor(entry, rule.namespace, namespace));
    const meeting = new Set(rule.hosts.flatMap((host) => served.flatMap((mine) => narrower(mine, host))));
    if (meeting.size === 0) continue;
    const routes = routesOfRule(rule, gateway, place).value;
    if (routes !== undefined) for (const host of meeting) yield [host, routes];
  }
}

/** Istio: `namespace/host` is for VirtualServices of that namespace, `.` being the gateway's own, `*` any. */
function hostFor(entry: string, ruleNamespace: string, gatewayNamespace: string): readonly string[] {
  const slash = entry.indexOf("/");
  if (slash < 0) return [entry];
  const namespace = entry.slice(0, slash);
  const isFor = namespace === "*" || ruleNamespace === (namespace === "." ? gatewayNamespace : namespace);
  return isFor ? [entry.slice(slash + 1)] : [];
}

function narrower(one: string, other: string): readonly string[] {
  if (coversHost(one, other)) return [other];
  return coversHost(other, one) ? [one] : [];
}

/** Hosts with the same routes share a virtual host, which has the first one's name (as Istio has it). */
function collapsed(scope: ProxyScope, hosts: ReadonlyMap<string, GatewayHost>, port: number): readonly VirtualHostPart[] {
  const { requireTls } = httpFeaturesOf(scope.proxy);
  const groups: { readonly routes: RouteList; readonly requiresTls: boolean; readonly domains: string[] }[] = [];
  const byRoutes = new Map<RouteList, (typeof groups)[number][]>();
  for (const name of [...hosts.keys()].toSorted()) {
    const host = hosts.get(name);
    if (host === undefined) continue;
    const routes = host.requiresTls && !requireTls ? redirectToHttps() : joinRoutes(host.lists);
    const requiresTls = host.requiresTls && requireTls;
    let known = byRoutes.get(routes);
    if (known === undefined) {
      known = [];
      byRoutes.set(routes, known);
    }
    const same = known.find((group) => group.requiresTls === requiresTls);
    if (same !== undefined) {
      same.domains.push(name);
      continue;
    }
    const group = { routes, requiresTls, domains: [name] };
    known.push(group);
    groups.push(group);
  }
  return groups.map(({ routes, requiresTls, domains }) => virtualHostOf(headOf(domains[0] ?? "", port, domains, requiresTls), routes));
}

const headOf = (host: string, port: number, domains: readonly string[], requiresTls: boolean) => ({
  name: domainWithPort(host, port),
  domains,
  requiresTls,
  includesAttemptCount: true,
});
