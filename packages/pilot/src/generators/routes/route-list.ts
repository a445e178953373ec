import { encodeMessage } from "@mesh/xds-proto";
import type { HttpMatchRequest } from "@mesh/istio-config";
import { selects, type MeshService } from "../../model/index.ts";
import type { ProxyProfile } from "../../proxy/index.ts";
import type { VirtualServiceRule } from "../../rules/index.ts";
import { SharedResults, type Shared } from "./dependencies.ts";
import { serviceDomain, type RoutePlace } from "./destination.ts";
import { isCatchAll, routeMatchOf } from "./match.ts";
import { defaultRouteOf, routeOf, type RouteInit } from "./route.ts";

const routeName = "envoy.config.route.v3.Route";

/** Encoded routes in their order. The same object as long as they are the same. */
export interface RouteList {
  readonly bytes: readonly Uint8Array[];
  /** The last one leaves nothing for those behind it. */
  readonly endsWithCatchAll: boolean;
}

export const encodeRoute = (route: RouteInit): Uint8Array => encodeMessage(routeName, route);

const ofRules = new SharedResults<VirtualServiceRule, RouteList | undefined>();
const ofServices = new SharedResults<MeshService, RouteList>();

/** Whether a VirtualService's routes differ with who asks. */
const sourceDependence = new WeakMap<VirtualServiceRule, boolean>();

export function dependsOnSource(rule: VirtualServiceRule): boolean {
  const known = sourceDependence.get(rule);
  if (known !== undefined) return known;
  const depends = rule.http.some(({ match }) =>
    match.some(({ gateways, sourceLabels, sourceNamespace }) => {
      return gateways.length > 0 || sourceNamespace !== undefined || Object.keys(sourceLabels).length > 0;
    }),
  );
  sourceDependence.set(rule, depends);
  return depends;
}

/** What the key of shared results says of a place; the rest is in their dependencies. */
const placeKey = ({ scope, features, target: { port, protocol, isForProtocol }, isTls, variant }: RoutePlace): string =>
  `${features.id} ${port} ${protocol ?? ""}${isForProtocol ? "!" : ""} ${isTls ? "tls" : ""} ${serviceDomain(scope.proxy.dnsDomain)} ${variant === undefined ? "" : `${variant.name}@${variant.host}`}`;

/**
 * The routes of a VirtualService at a place; undefined in it where none of them is for the place: the VirtualService then counts as if it were not there.
 *
 * @param gateway `mesh`, or `namespace/name` of a Gateway
 */
export function routesOfRule(rule: VirtualServiceRule, gateway: string, place: RoutePlace): Shared<RouteList | undefined> {
  const sources = dependsOnSource(rule) ? sourceMask(rule, gateway, place.scope.proxy) : "";
  return ofRules.get(rule, `${placeKey(place)} ${sources}`, place.scope, (dependencies) => {
    const bytes: Uint8Array[] = [];
    for (const http of rule.http) {
      const matches: readonly (HttpMatchRequest | undefined)[] = http.match.length === 0 ? [undefined] : http.match;
      for (const match of matches) {
        if (match !== undefined && !isFor(match, rule, gateway, place)) continue;
        const route = routeOf(rule, http, match, place, dependencies);
        if (route === undefined) continue;
        bytes.push(encodeRoute(route));
        if (isCatchAll(routeMatchOf(match))) return { bytes, endsWithCatchAll: !place.target.isForProtocol };
      }
    }
    return bytes.length === 0 ? undefined : { bytes, endsWithCatchAll: false };
  });
}

function isFor(match: HttpMatchRequest, rule: VirtualServiceRule, gateway: string, { scope, target }: RoutePlace): boolean {
  return (match.port === undefined || match.port === target.port) && isFromSource(match, rule, gateway, scope.proxy);
}

/** Istio: where a match names gateways, the labels and the namespace of the source do not count. */
function isFromSource(match: HttpMatchRequest, rule: VirtualServiceRule, gateway: string, proxy: ProxyProfile): boolean {
  if (match.gateways.length > 0) return match.gateways.some((name) => qualified(name, rule.namespace) === gateway);
  return selects(match.sourceLabels, proxy.labels) && (match.sourceNamespace === undefined || match.sourceNamespace === proxy.namespace);
}

const qualified = (gateway: string, namespace: string): string =>
  gateway === "mesh" || gateway.includes("/") ? gateway : `${namespace}/${gateway}`;

/** A bit for each match: proxies for which the same ones hold share the routes. */
const sourceMask = (rule: VirtualServiceRule, gateway: string, proxy: ProxyProfile): string =>
  rule.http.flatMap(({ match }) => match.map((entry) => (isFromSource(entry, rule, gateway, proxy) ? "1" : "0"))).join("");

/** The route to a service that no VirtualService is about. */
export function defaultRoutesOf(service: MeshService, place: RoutePlace): Shared<RouteList> {
  return ofServices.get(service, placeKey(place), place.scope, (dependencies) => ({
    bytes: [encodeRoute(defaultRouteOf(service, place, dependencies))],
    endsWithCatchAll: !place.target.isForProtocol,
  }));
}

export const noRoutes: RouteList = { bytes: [], endsWithCatchAll: false };

let toHttps: RouteList | undefined;

/** Instead of `require_tls`, for listeners of plain HTTP. */
export function redirectToHttps(): RouteList {
  toHttps ??= { bytes: [encodeRoute({ match: { prefix: "/" }, redirect: { httpsRedirect: true } })], endsWithCatchAll: true };
  return toHttps;
}

/** By the first list, then by the rest of them. */
const joined = new WeakMap<RouteList, { readonly lists: readonly RouteList[]; readonly whole: RouteList }[]>();
const keptPerFirst = 16;

/** Routes of several VirtualServices for one host: those that leave nothing for others come last, the first of them only. */
export function joinRoutes(lists: readonly RouteList[]): RouteList {
  const [first] = lists;
  if (first === undefined) return noRoutes;
  if (lists.length === 1) return first;
  let known = joined.get(first);
  if (known === undefined) {
    known = [];
    joined.set(first, known);
  }
  const same = known.find((entry) => entry.lists.length === lists.length && entry.lists.every((list, index) => list === lists[index]));
  if (same !== undefined) return same.whole;
  const catchAlls = lists.flatMap(({ bytes, endsWithCatchAll }) => (endsWithCatchAll ? bytes.slice(-1) : []));
  const others = lists.flatMap(({ bytes, endsWithCatchAll }) => (endsWithCatchAll ? bytes.slice(0, -1) : bytes));
  const whole = { bytes: [...others, ...catchAlls.slice(0, 1)], endsWithCatchAll: catchAlls.length > 0 };
  known.unshift({ lists, whole });
  if (known.length > keptPerFirst) known.pop();
  return whole;
}
