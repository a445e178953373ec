import type { HeaderMap } from "@mesh/codec";
import type { HeaderReader, StreamInfo } from "../access-log/index.ts";
import type { Metadata } from "../config/index.ts";
import type { Hash64 } from "../runtime/index.ts";

/** What routing looks at, and what a route's mutations change. A `Stream`'s request is one. */
export interface RoutableRequest extends HeaderReader {
  authority: string;
  /** With the query; empty where there is none: CONNECT to an authority. */
  path: string;
  method: string;
  scheme: string;
  readonly headers: HeaderMap;
}

/** Back-off between retries, in milliseconds: full jitter in [0, min(base · 2ⁿ, max)] as Envoy does. */
export interface RetryPolicy {
  /** Bits of `RetryOn`. */
  readonly retryOn: number;
  readonly numRetries: number;
  /** 0: none. */
  readonly perTryTimeoutMs: number;
  readonly retriableStatusCodes: readonly number[];
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
  /** `envoy.retry_host_predicates.previous_hosts` is set. */
  readonly avoidPreviousHosts: boolean;
  readonly hostSelectionAttempts: number;
}

/** Envoy's `x-envoy-retry-on` conditions, and those of `x-envoy-retry-grpc-on`, which ask for a `grpc-status`: HTTP/2 will bring some. */
export const RetryOn = {
  ServerError: 0x1,
  GatewayError: 0x2,
  Reset: 0x4,
  ConnectFailure: 0x8,
  EnvoyRateLimited: 0x10,
  Retriable4xx: 0x20,
  RefusedStream: 0x40,
  RetriableStatusCodes: 0x80,
  RetriableHeaders: 0x100,
  ResetBeforeRequest: 0x200,
  GrpcCancelled: 0x400,
  GrpcDeadlineExceeded: 0x800,
  GrpcInternal: 0x1000,
  GrpcResourceExhausted: 0x2000,
  GrpcUnavailable: 0x4000,
} as const;

/** The compiled action of a route. */
export type RouteAction =
  | { readonly kind: "forward"; readonly forward: ForwardAction }
  | { readonly kind: "redirect"; readonly redirect: RedirectAction }
  | { readonly kind: "respond"; readonly status: number; readonly body: string };

export interface RedirectAction {
  readonly status: number;
  /** The absolute or relative URI for `location`. */
  location(request: RoutableRequest, scheme: string): string;
}

export interface ForwardAction {
  /** The cluster's name for this request; weighted clusters take `random` in [0, 1). */
  clusterName(random: number, request: RoutableRequest): WeightedTarget;
  /** Milliseconds for the whole response, retries included; 0: none; undefined: not configured (HTTP: Envoy's 15 s). */
  readonly timeoutMs: number | undefined;
  /** Milliseconds without progress; undefined: the connection manager's. */
  readonly idleTimeoutMs: number | undefined;
  readonly retry: RetryPolicy | undefined;
  /** 0 default, 1 high. */
  readonly priority: 0 | 1;
  /** Rewrites path and authority; undefined where the route does not. */
  readonly rewrite: ((request: RoutableRequest) => void) | undefined;
  /** Upgrade types allowed or forbidden by the route, lower case; undefined: the connection manager's. */
  readonly upgrades: ReadonlyMap<string, boolean> | undefined;
  readonly mirrors: readonly MirrorPolicy[];
  /** What load balancers that hash choose a host by; undefined: by chance. */
  readonly hashPolicy: HashPolicy | undefined;
}

/** What of a request is the same for all those that are to reach the same host. */
export interface HashPolicy {
  /** Undefined where the request has nothing of what is asked for. To be asked once. */
  hash(source: HashSource): Hash64 | undefined;
}

/** What a hash policy looks at. A `Stream` is one. */
export interface HashSource {
  readonly request: RoutableRequest;
  /** `ip:port` */
  readonly downstreamRemoteAddress: string | undefined;
  /** Gives the client a cookie, with the response, and tells its value. */
  giveCookie(recipe: CookieRecipe): string;
}

export interface CookieRecipe {
  readonly name: string;
  /** What follows the value. */
  readonly suffix: string;
}

/** Sends copies of requests to another cluster; nobody waits for their answers. */
export interface MirrorPolicy {
  /** The share of requests that are copied, 0 to 1. */
  readonly fraction: number;
  /** The cluster of a request's copy; `""` where the header that should name it is missing. */
  clusterName(request: RoutableRequest): string;
  /** The copy's host says that it is one (`-shadow`), where the protocol has a host. */
  readonly marksHost: boolean;
}

/** Where a request goes, and header mutations of the weighted cluster if it has some. */
export interface WeightedTarget {
  readonly cluster: string;
  readonly requestMutation: HeaderMutation | undefined;
  readonly responseMutation: HeaderMutation | undefined;
  /** As in `Route.filterConfig`; goes before what the route has. */
  readonly typedPerFilterConfig: ReadonlyMap<string, unknown> | undefined;
  /** As in `Route`; goes before what the route has. */
  readonly filterSwitches: ReadonlyMap<string, boolean> | undefined;
}

/** Header additions and removals, compiled. */
export interface HeaderMutation {
  apply(headers: HeaderMap, info: StreamInfo): void;
}

/** One route of a virtual host, compiled. */
export interface Route {
  readonly name: string;
  readonly virtualHostName: string;
  /** As configured, of the route and of its virtual host. */
  readonly metadata: Metadata | undefined;
  readonly virtualHostMetadata: Metadata | undefined;
  readonly action: RouteAction;
  /** In Envoy's order of evaluation (route, virtual host, configuration; turned around with `most_specific_header_mutations_wins`); undefined where nothing changes. */
  readonly requestMutation: HeaderMutation | undefined;
  readonly responseMutation: HeaderMutation | undefined;
  /**
   * Configuration for a stream filter by its name, as the filter's extension compiled it (`perRoute.compile`): the most specific one, route
   * over virtual host over configuration; undefined where there is none.
   */
  filterConfig(filterName: string): unknown;
  /** The same of all levels that have one, the most specific first. */
  filterConfigs(filterName: string): readonly unknown[];
  /** Filters that `FilterConfig.disabled` turns off (false) and those that have a configuration here (true), by name; undefined where there are none. */
  readonly filterSwitches: ReadonlyMap<string, boolean> | undefined;
  /** Each attempt tells the host its number in `x-envoy-attempt-count`, in place of whatever is there. */
  readonly includeRequestAttemptCount: boolean;
}

/** A field that is set and has a meaning for some protocols only: an RPC request has no URL that could be rewritten. */
export interface LimitedField {
  readonly path: string;
  /** To be read after the path. */
  readonly message: string;
}

/** A RouteConfiguration, compiled; immutable. */
export interface RouteTable {
  readonly name: string;
  /** What a proxy of RPC refuses. */
  readonly httpOnly: readonly LimitedField[];
  /**
   * The first route that matches in the virtual host of `request.authority`.
   *
   * @param random in [0, 1), for runtime fractions
   * @param alternateAuthority looked up where no domain but `*` fits the authority. RPC gives the bare interface: a virtual host for
   *   `com.acme.Echo:1.0` is preferred to one for `com.acme.Echo`, and both to `*`.
   */
  match(request: RoutableRequest, random: number, alternateAuthority?: string): Route | undefined;
  /** True when a request's route follows from its authority, path, method and scheme alone, so that it can be remembered by them. */
  readonly isPure: boolean;
}
