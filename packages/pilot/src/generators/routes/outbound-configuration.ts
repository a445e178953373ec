import type { Resource } from "@mesh/xds-server";
import type { MeshService } from "../../model/index.ts";
import type { VirtualServiceRule } from "../../rules/index.ts";
import type { ProxyScope } from "../../scope/index.ts";
import type { RouteSource } from "./called-ports.ts";
import type { Shared } from "./dependencies.ts";
import type { DomainConflict } from "./domain-claims.ts";
import { fallThroughOf } from "./fall-through.ts";
import { featuresAt, layOut, routesFor, type OutboundLayout, type SlotRoutes } from "./outbound-layout.ts";
import { routeConfigurationOf } from "./route-configuration.ts";
import { dependsOnSource, joinRoutes, noRoutes, type RouteList } from "./route-list.ts";
import { virtualHostOf, type VirtualHostPart } from "./virtual-host.ts";

/** A RouteConfiguration with what it takes to make the next one from it. */
interface Configuration {
  readonly resource: Resource;
  readonly conflicts: readonly DomainConflict[];
  readonly layout: OutboundLayout;
  readonly virtualServices: readonly VirtualServiceRule[];
  /** For each slot. */
  readonly routes: readonly SlotRoutes[];
  /** For each slot, and behind them that of unknown hosts. */
  readonly parts: readonly VirtualHostPart[];
}

/**
 * The last ones for a list of services, by what else their layout depends on: as long as somebody has their resource. A change of a
 * VirtualService that leaves its hosts as they were leaves the layout, and all routes but its own.
 */
const last = new WeakMap<readonly MeshService[], Map<string, WeakRef<Configuration>>>();
const configurations = new WeakMap<Resource, Configuration>();

/** The RouteConfiguration for what a name stands for in a scope. */
export function outboundConfigurationOf(scope: ProxyScope, source: RouteSource): Pick<Configuration, "conflicts" | "resource"> {
  const { services } = source.egress;
  let byKey = last.get(services);
  if (byKey === undefined) {
    byKey = new Map();
    last.set(services, byKey);
  }
  const key = keyOf(scope, source);
  const before = byKey.get(key)?.deref();
  const configuration = (before === undefined ? undefined : renewed(before, scope, source)) ?? made(scope, source);
  if (configuration !== before) {
    byKey.set(key, new WeakRef(configuration));
    configurations.set(configuration.resource, configuration);
  }
  return configuration;
}

function keyOf({ proxy, outboundPolicy }: ProxyScope, { egress, group }: RouteSource): string {
  const listener = `${group.name} ${group.kind} ${egress.port?.protocol ?? ""} ${egress.captureMode}`;
  return `${listener} ${proxy.type} ${proxy.dialect} ${proxy.dnsDomain} ${proxy.interception} ${outboundPolicy}`;
}

function made(scope: ProxyScope, source: RouteSource): Configuration {
  const { virtualServices } = source.egress;
  const layout = layOut(scope, source);
  const routes = layout.slots.map((slot) => routesFor(slot, virtualServices[slot.rule], scope, source));
  const parts = layout.slots.map((slot, index) => virtualHostOf(slot.head, listOf(routes[index])));
  if (layout.fallsThrough) parts.push(fallThroughOf(scope, featuresAt(scope, source)));
  const resource = routeConfigurationOf(source.group.name, parts, layout.ignoresPort);
  return { resource, conflicts: layout.conflicts, layout, virtualServices, routes, parts };
}

const listOf = (routes: SlotRoutes | undefined): RouteList =>
  joinRoutes(routes?.parts.map(({ ofRule, ofService }) => ofRule?.value ?? ofService?.value ?? noRoutes) ?? []);

/** As before where nothing is different; undefined where the layout may be another one. */
function renewed(before: Configuration, scope: ProxyScope, source: RouteSource): Configuration | undefined {
  const { virtualServices } = source.egress;
  if (!haveSameHosts(before.virtualServices, virtualServices)) return undefined;
  for (const index of before.layout.unplaced) if (mayDiffer(before.virtualServices[index], virtualServices[index])) return undefined;
  let routes: SlotRoutes[] | undefined;
  let parts: VirtualHostPart[] | undefined;
  for (const [index, slot] of before.layout.slots.entries()) {
    const known = before.routes[index];
    const rule = virtualServices[slot.rule];
    if (known === undefined) return undefined;
    if (holds(known, rule, scope)) continue;
    const next = routesFor(slot, rule, scope, source);
    // Whether a VirtualService has routes for the proxy decides which other hosts of it are there.
    if (next.isRuled !== known.isRuled) return undefined;
    routes ??= [...before.routes];
    parts ??= [...before.parts];
    routes[index] = next;
    parts[index] = virtualHostOf(slot.head, listOf(next));
  }
  if (routes === undefined || parts === undefined) {
    return virtualServices === before.virtualServices ? before : { ...before, virtualServices };
  }
  const resource = routeConfigurationOf(source.group.name, parts, before.layout.ignoresPort);
  return { ...before, resource, virtualServices, routes, parts };
}

const mayDiffer = (before: VirtualServiceRule | undefined, now: VirtualServiceRule | undefined): boolean =>
  before !== now || (now !== undefined && dependsOnSource(now));

function holds({ rule, parts }: SlotRoutes, next: VirtualServiceRule | undefined, scope: ProxyScope): boolean {
  if (mayDiffer(rule, next)) return false;
  const holdsIn = (routes: Shared<unknown> | undefined): boolean => routes === undefined || routes.dependencies.holdIn(scope);
  return parts.every(({ ofRule, ofService }) => holdsIn(ofRule) && holdsIn(ofService));
}

function haveSameHosts(before: readonly VirtualServiceRule[], now: readonly VirtualServiceRule[]): boolean {
  if (before === now) return true;
  if (before.length !== now.length) return false;
  return now.every((rule, index) => {
    const old = before[index];
    return rule === old || (old !== undefined && sameList(rule.hosts, old.hosts));
  });
}

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a === b || (a.length === b.length && a.every((item, index) => item === b[index]));
