import type {
  HttpDirectResponse,
  HttpMatchRequest,
  HttpMirrorPolicy,
  HttpRedirect,
  HttpRoute,
  HttpRouteDestination,
} from "@mesh/istio-config";
import { enumValue, type MessageInit } from "@mesh/xds-proto";
import type { MeshService } from "../../model/index.ts";
import type { VirtualServiceRule } from "../../rules/index.ts";
import type { Dependencies } from "./dependencies.ts";
import { resolvedTo, resolveDestination, type ResolvedDestination, type RoutePlace } from "./destination.ts";
import type { RouteFeatures } from "./features.ts";
import { filterConfigsOf } from "./filters.ts";
import { hashPoliciesOf } from "./hash-policy.ts";
import { headerEdits } from "./header-edits.ts";
import { matchAt, routeMatchOf } from "./match.ts";
import { retryPolicyOf } from "./retry.ts";
import { duration, runtimeFraction } from "../values.ts";

export type RouteInit = MessageInit<"envoy.config.route.v3.Route">;
type RouteAction = MessageInit<"envoy.config.route.v3.RouteAction">;

/** Istio's name of a route that no VirtualService asks for. */
const defaultRouteName = "default";
/** RPC clients cannot be sent elsewhere: Not Implemented. */
const redirectedRpcStatus = 501;

/** One route of a VirtualService for one of its matches. Undefined where it cannot be said at all. */
export function routeOf(
  rule: VirtualServiceRule,
  route: HttpRoute,
  match: HttpMatchRequest | undefined,
  place: RoutePlace,
  dependencies: Dependencies,
): RouteInit | undefined {
  const { features } = place;
  const routeMatch = routeMatchOf(match);
  // gRPC calls have no query: such a route is for none of them.
  if (features.grpc && (routeMatch.queryParameters?.length ?? 0) > 0) return undefined;
  const action = actionOf(rule, route, place, dependencies);
  if (action === undefined) return undefined;
  const name = match?.name === undefined ? (route.name ?? "") : `${route.name ?? ""}.${match.name}`;
  return {
    name,
    match: matchAt(place.target, routeMatch),
    ...action.fields,
    metadata: features.grpc ? undefined : metadataOf(rule),
    decorator: features.tracing ? { operation: operationOf(routeMatch, action.target, rule, place) } : undefined,
    typedPerFilterConfig: filterConfigsOf(route, features),
    statPrefix: features.statPrefix ? match?.statPrefix : undefined,
  };
}

interface Action {
  readonly fields: RouteInit;
  /** The only one. */
  readonly target: ResolvedDestination | undefined;
}

function actionOf(rule: VirtualServiceRule, route: HttpRoute, place: RoutePlace, dependencies: Dependencies): Action | undefined {
  const { redirect, directResponse } = route;
  if (redirect === undefined && directResponse === undefined) return forwardOf(rule, route, place, dependencies);
  if (place.features.grpc) return undefined;
  const edits = headerEdits(route.headers).fields;
  if (directResponse !== undefined) return { fields: { directResponse: directResponseOf(directResponse), ...edits }, target: undefined };
  if (redirect === undefined || place.features.rpc) {
    return { fields: { directResponse: { status: redirectedRpcStatus }, ...edits }, target: undefined };
  }
  return { fields: { redirect: redirectOf(redirect, place), ...edits }, target: undefined };
}

function forwardOf(rule: VirtualServiceRule, route: HttpRoute, place: RoutePlace, dependencies: Dependencies): Action {
  const { features, scope } = place;
  const resolve = ({ destination }: Pick<HttpRouteDestination, "destination">): ResolvedDestination =>
    resolveDestination(destination, rule.namespace, place, dependencies);
  const chosen = weighted(route.route).map((entry) => ({ entry, target: resolve(entry) }));
  const [first] = chosen;
  const only = chosen.length === 1 ? first : undefined;
  const edits = headerEdits(route.headers, only?.entry.headers);
  const retries = route.retries ?? dependencies.defaultRetries(scope);
  const action: RouteAction = {
    ...(only === undefined
      ? { weightedClusters: { clusters: chosen.map((choice) => clusterWeight(choice, features)) } }
      : { cluster: only.target.cluster }),
    ...timeoutOf(route.timeout ?? 0, features),
    retryPolicy: retryPolicyOf(retries, only?.target.hash !== undefined, features),
    requestMirrorPolicies: mirrorsOf(route, features, resolve),
    hashPolicy: [...new Set(chosen.map(({ target }) => target.hash?.key))].flatMap((key) => hashPoliciesOf(key, features)),
    ...rewriteOf(route, edits.authority, features),
  };
  return { fields: { route: action, ...(features.grpc ? {} : edits.fields) }, target: only?.target };
}

function mirrorsOf(
  { mirrors }: HttpRoute,
  features: RouteFeatures,
  resolve: (mirror: HttpMirrorPolicy) => ResolvedDestination,
): readonly MessageInit<"envoy.config.route.v3.RouteAction.RequestMirrorPolicy">[] {
  const some = features.mirrors ? mirrors.filter(({ percentage }) => percentage > 0) : [];
  return some.map((mirror) => ({
    cluster: resolve(mirror).cluster,
    runtimeFraction: runtimeFraction(mirror.percentage),
    traceSampled: features.tracing ? { value: false } : undefined,
  }));
}

/** Those that get requests; a sole destination does, whatever its weight. */
function weighted(destinations: readonly HttpRouteDestination[]): readonly HttpRouteDestination[] {
  if (destinations.length === 1) return destinations;
  const some = destinations.filter(({ weight }) => weight > 0);
  return some.length === 0 ? destinations.slice(0, 1) : some;
}

function clusterWeight(
  { entry, target }: { readonly entry: HttpRouteDestination; readonly target: ResolvedDestination },
  features: RouteFeatures,
): MessageInit<"envoy.config.route.v3.WeightedCluster.ClusterWeight"> {
  const weight: MessageInit<"envoy.config.route.v3.WeightedCluster.ClusterWeight"> = {
    name: target.cluster,
    weight: { value: entry.weight },
  };
  if (features.grpc) return weight;
  const { fields, authority } = headerEdits(entry.headers);
  return { ...weight, ...fields, ...(features.weightedHostRewrite && authority !== undefined ? { hostRewriteLiteral: authority } : {}) };
}

/**
 * Istio: without a timeout a request may take as long as it will. gRPC calls have their own, in `grpc-timeout`, no longer than the route's. Envoy
 * has deprecated `max_grpc_timeout`; but with `max_stream_duration` in its place it no longer looks at the timeout of the route.
 */
export function timeoutOf(ms: number, features: RouteFeatures): RouteAction {
  const timeout = duration(ms);
  if (features.grpc) return { maxStreamDuration: { maxStreamDuration: timeout } };
  return { timeout, maxGrpcTimeout: features.streamDuration ? timeout : undefined };
}

function rewriteOf({ rewrite }: HttpRoute, authority: string | undefined, features: RouteFeatures): RouteAction {
  if (features.rpc || features.grpc) return {};
  const host = rewrite?.authority ?? authority ?? "";
  const regex = rewrite?.uriRegexRewrite;
  return {
    prefixRewrite: regex === undefined ? rewrite?.uri : undefined,
    regexRewrite: regex === undefined ? undefined : { pattern: { regex: regex.match }, substitution: regex.rewrite },
    ...(host === "" ? {} : { hostRewriteLiteral: host }),
  };
}

const redirectCodes = {
  301: "MOVED_PERMANENTLY",
  302: "FOUND",
  303: "SEE_OTHER",
  307: "TEMPORARY_REDIRECT",
  308: "PERMANENT_REDIRECT",
} as const;

function redirectOf(redirect: HttpRedirect, place: RoutePlace): MessageInit<"envoy.config.route.v3.RedirectAction"> {
  const { uri, authority, scheme, redirectCode } = redirect;
  return {
    hostRedirect: authority,
    ...(uri === undefined ? {} : { pathRedirect: uri }),
    ...(scheme === undefined ? {} : { schemeRedirect: scheme }),
    portRedirect: redirectPort(redirect, place),
    responseCode: enumValue("envoy.config.route.v3.RedirectAction.RedirectResponseCode", redirectCodes[redirectCode]),
  };
}

/** Envoy cannot derive a port from a request, but routes are made for one port. The default port of the scheme is not written. */
function redirectPort({ port, derivePort, scheme }: HttpRedirect, place: RoutePlace): number {
  const wanted = port ?? (derivePort === "FROM_REQUEST_PORT" ? place.target.port : 0);
  const target = scheme ?? (place.isTls ? "https" : "http");
  return (wanted === 80 && target === "http") || (wanted === 443 && target === "https") ? 0 : wanted;
}

function directResponseOf({ status, body }: HttpDirectResponse): MessageInit<"envoy.config.route.v3.DirectResponseAction"> {
  if (body === undefined) return { status };
  return { status, body: body.kind === "string" ? { inlineString: body.value } : { inlineBytes: Buffer.from(body.value, "base64") } };
}

/** Istio: what a route comes from, for access logs and for people who read a dump. */
const metadataOf = ({ name, namespace }: VirtualServiceRule): MessageInit<"envoy.config.core.v3.Metadata"> => ({
  filterMetadata: {
    istio: { fields: { config: { stringValue: `/apis/networking.istio.io/v1/namespaces/${namespace}/virtual-service/${name}` } } },
  },
});

/** Istio's names of spans: `<host>:<port><path>`. */
function operationOf(
  { prefix, path, safeRegex }: MessageInit<"envoy.config.route.v3.RouteMatch">,
  target: ResolvedDestination | undefined,
  rule: VirtualServiceRule,
  { target: { port } }: RoutePlace,
): string {
  const pattern = path ?? safeRegex?.regex ?? `${prefix ?? "/"}*`;
  return target === undefined ? `${rule.name}:${port}${pattern}` : `${target.host}:${target.port}${pattern}`;
}

/** The route to a service that no VirtualService is about. */
export function defaultRouteOf(service: MeshService, place: RoutePlace, dependencies: Dependencies): RouteInit {
  const { scope, features } = place;
  const { port } = place.target;
  const target = resolvedTo(service.hostname, service, "", port, place, dependencies);
  return {
    name: defaultRouteName,
    match: matchAt(place.target, { prefix: "/" }),
    route: {
      cluster: target.cluster,
      ...timeoutOf(0, features),
      retryPolicy: retryPolicyOf(dependencies.defaultRetries(scope), false, features),
      hashPolicy: hashPoliciesOf(target.hash?.key, features),
    },
    decorator: features.tracing ? { operation: `${service.hostname}:${port}/*` } : undefined,
  };
}
