import type { Destination, Headers, Labels, Milliseconds, Percent, PresentMatch, StringMatch } from "./common.ts";

/** Istio: networking.istio.io VirtualService. */
export interface VirtualServiceSpec {
  /** Empty in a delegate: a VirtualService whose routes another one takes in. */
  readonly hosts: readonly string[];
  /** `mesh` (the default) is every sidecar; others are `<namespace>/<name>` or a name in the own namespace. */
  readonly gateways: readonly string[];
  readonly http: readonly HttpRoute[];
  readonly tls: readonly TlsRoute[];
  readonly tcp: readonly TcpRoute[];
  /** `.` own namespace, `*` all, else a namespace; empty: as MeshConfig's defaultVirtualServiceExportTo says. */
  readonly exportTo: readonly string[];
}

/** A rule for HTTP, and for RPC calls. It has exactly one of `route`, `redirect`, `directResponse` and `delegate`. */
export interface HttpRoute {
  readonly name?: string;
  /** One of these has to match. Empty: every request. */
  readonly match: readonly HttpMatchRequest[];
  /** Empty where the rule redirects, answers or delegates. */
  readonly route: readonly HttpRouteDestination[];
  readonly redirect?: HttpRedirect;
  readonly directResponse?: HttpDirectResponse;
  readonly delegate?: Delegate;
  readonly rewrite?: HttpRewrite;
  readonly timeout?: Milliseconds;
  readonly retries?: HttpRetry;
  readonly fault?: HttpFaultInjection;
  /** Also what the file has under `mirror`, `mirrorPercentage` and `mirrorPercent`. */
  readonly mirrors: readonly HttpMirrorPolicy[];
  readonly corsPolicy?: CorsPolicy;
  readonly headers?: Headers;
}

/** Conditions that all have to hold. */
export interface HttpMatchRequest {
  readonly name?: string;
  readonly uri?: StringMatch;
  readonly scheme?: StringMatch;
  readonly method?: StringMatch;
  readonly authority?: StringMatch;
  readonly headers: Readonly<Record<string, StringMatch | PresentMatch>>;
  readonly withoutHeaders: Readonly<Record<string, StringMatch | PresentMatch>>;
  readonly queryParams: Readonly<Record<string, StringMatch | PresentMatch>>;
  /** For `uri` with exact and prefix. */
  readonly ignoreUriCase: boolean;
  readonly port?: number;
  readonly sourceLabels: Labels;
  readonly sourceNamespace?: string;
  /** Instead of the VirtualService's own, where not empty. */
  readonly gateways: readonly string[];
  readonly statPrefix?: string;
}

export interface HttpRouteDestination {
  readonly destination: Destination;
  /** Relative to the sum of the rule's weights. A sole destination has 100. */
  readonly weight: number;
  readonly headers?: Headers;
}

export interface HttpRedirect {
  readonly uri?: string;
  readonly authority?: string;
  readonly scheme?: string;
  readonly port?: number;
  /** Not together with `port`. */
  readonly derivePort?: "FROM_PROTOCOL_DEFAULT" | "FROM_REQUEST_PORT";
  /** 301 unless the file says otherwise. */
  readonly redirectCode: 301 | 302 | 303 | 307 | 308;
}

export interface HttpDirectResponse {
  readonly status: number;
  /** With kind `bytes`, `value` is base64. */
  readonly body?: { readonly kind: "string" | "bytes"; readonly value: string };
}

export interface Delegate {
  readonly name: string;
  /** Absent: that of the VirtualService that delegates. */
  readonly namespace?: string;
}

export interface HttpRewrite {
  /** Replaces the part of the path that a prefix matched, or all of it after an exact match. */
  readonly uri?: string;
  readonly authority?: string;
  /** Instead of `uri`. `rewrite` may have `\1` and so on for the groups. */
  readonly uriRegexRewrite?: { readonly match: string; readonly rewrite: string };
}

export interface HttpRetry {
  /** 0 turns retries off. */
  readonly attempts: number;
  readonly perTryTimeout?: Milliseconds;
  /** Comma-separated conditions of Envoy's `x-envoy-retry-on` and `x-envoy-retry-grpc-on`, and status codes. */
  readonly retryOn?: string;
  readonly retryRemoteLocalities?: boolean;
  readonly retryIgnorePreviousHosts?: boolean;
  /** The base of the back-off. */
  readonly backoff?: Milliseconds;
}

export interface HttpFaultInjection {
  readonly delay?: { readonly fixedDelay: Milliseconds; readonly percentage: Percent };
  readonly abort?: HttpFaultAbort;
}

/** Has one of `httpStatus` and `grpcStatus`. */
export interface HttpFaultAbort {
  readonly httpStatus?: number;
  /** The name of a gRPC status: `UNAVAILABLE`. */
  readonly grpcStatus?: string;
  readonly percentage: Percent;
}

export interface HttpMirrorPolicy {
  readonly destination: Destination;
  /** 100 unless the file says otherwise. */
  readonly percentage: Percent;
}

export interface CorsPolicy {
  /** Also what the file has under `allowOrigin`, as exact matches (`*` there is the regex `.*`). */
  readonly allowOrigins: readonly StringMatch[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAge?: Milliseconds;
  readonly allowCredentials?: boolean;
  readonly unmatchedPreflights?: "FORWARD" | "IGNORE";
}

/** A rule for connections whose TLS is passed through, chosen by SNI. */
export interface TlsRoute {
  /** At least one; one of these has to match. */
  readonly match: readonly TlsMatchAttributes[];
  readonly route: readonly RouteDestination[];
}

export interface TlsMatchAttributes extends L4MatchAttributes {
  readonly sniHosts: readonly string[];
}

/** A rule for plain TCP. */
export interface TcpRoute {
  /** Empty: every connection. */
  readonly match: readonly L4MatchAttributes[];
  readonly route: readonly RouteDestination[];
}

export interface L4MatchAttributes {
  readonly destinationSubnets: readonly string[];
  readonly port?: number;
  readonly sourceLabels: Labels;
  readonly sourceNamespace?: string;
  readonly gateways: readonly string[];
}

export interface RouteDestination {
  readonly destination: Destination;
  /** As HttpRouteDestination's. */
  readonly weight: number;
}
