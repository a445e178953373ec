import { readFileSync } from "node:fs";
import type { HttpMatchRequest, HttpRoute, HttpRouteDestination } from "@mesh/istio-config";
import { decodeMessage, toJson, unpackAs, type Message } from "@mesh/xds-proto";
import type { Resource } from "@mesh/xds-server";
import type { ProxyScope } from "../../scope/index.ts";
import { testScope, testService, testVirtualService, type TestScopeOptions } from "../../testing/index.ts";
import { outboundRoutesOf } from "./outbound.ts";

const configuration = "envoy.config.route.v3.RouteConfiguration";

export type Configuration = Message<typeof configuration>;

export const decoded = (resource: Resource | undefined): Configuration => {
  if (resource === undefined) throw new Error("there is no such RouteConfiguration");
  return unpackAs(configuration, decodeMessage("google.protobuf.Any", resource.any));
};

/** As a configuration file would have it. */
export const asJson = (resource: Resource | undefined): unknown =>
  toJson(configuration, decoded(resource), { preserveProtoFieldNames: true });

export const testMatch = (overrides: Partial<HttpMatchRequest> = {}): HttpMatchRequest => ({
  headers: {},
  withoutHeaders: {},
  queryParams: {},
  ignoreUriCase: false,
  sourceLabels: {},
  gateways: [],
  ...overrides,
});

/** A destination of weight 100. */
export const to = (
  host: string,
  { subset, port, ...rest }: Partial<HttpRouteDestination> & { readonly subset?: string; readonly port?: number } = {},
): HttpRouteDestination => ({
  destination: { host, ...(subset === undefined ? {} : { subset }), ...(port === undefined ? {} : { port }) },
  weight: 100,
  ...rest,
});

/** A rule for every request, to the service `reviews`. */
export const testRoute = (overrides: Partial<HttpRoute> = {}): HttpRoute => ({
  match: [],
  route: [to("reviews")],
  mirrors: [],
  ...overrides,
});

/** A scope of the service `reviews.shop.svc.cluster.local` at port 80, and a VirtualService of these rules about it. */
export const routedScope = (http: readonly HttpRoute[], options: TestScopeOptions = {}): ProxyScope =>
  testScope({ services: [testService()], virtualServices: [testVirtualService({ http })], ...options });

/** The routes of a virtual host, as a configuration file would have them. */
export function routesOf(scope: ProxyScope, name = "80", host = "reviews.shop.svc.cluster.local:80"): readonly unknown[] {
  const json: unknown = asJson(outboundRoutesOf(scope).get(name));
  const hosts: unknown = json !== null && typeof json === "object" && "virtual_hosts" in json ? json.virtual_hosts : [];
  for (const entry of Array.isArray(hosts) ? hosts : []) {
    if (entry !== null && typeof entry === "object" && "name" in entry && entry.name === host) {
      return "routes" in entry && Array.isArray(entry.routes) ? entry.routes : [];
    }
  }
  throw new Error(`there is no virtual host ${host} in ${JSON.stringify(json)}`);
}

/** What a file of `golden/` says. */
export const golden = (name: string): unknown => JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), "utf8"));

/** Virtual hosts and their domains. */
export const domainsIn = (resource: Resource | undefined): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(decoded(resource).virtualHosts.map(({ name, domains }) => [name, domains]));

/** A rule with about everything that can be said. */
export const everyRoute: readonly HttpRoute[] = [
  testRoute({
    name: "forward",
    match: [
      testMatch({
        name: "api",
        uri: { kind: "prefix", value: "/api" },
        scheme: { kind: "exact", value: "http" },
        method: { kind: "regex", value: "GET|POST" },
        authority: { kind: "prefix", value: "reviews" },
        headers: { "x-user": { kind: "exact", value: "jason" }, "x-any": { kind: "present" } },
        withoutHeaders: { "x-beta": { kind: "prefix", value: "no" }, "x-gone": { kind: "present" } },
        queryParams: { page: { kind: "regex", value: "\\d+" }, debug: { kind: "present" } },
        ignoreUriCase: true,
        statPrefix: "api",
      }),
      testMatch({ uri: { kind: "regex", value: "/v[0-9]+/.*" } }),
    ],
    route: [
      to("reviews", {
        subset: "v1",
        weight: 90,
        headers: { request: { set: { host: "v1.example.com" }, add: { "x-v": "1" }, remove: [] } },
      }),
      to("reviews", { subset: "v2", weight: 10 }),
      to("reviews", { subset: "v3", weight: 0 }),
    ],
    headers: {
      request: { set: { "x-set": "1", ":authority": "all.example.com" }, add: { "x-add": "2" }, remove: ["x-remove", "host"] },
      response: { set: {}, add: { "x-answered-by": "reviews" }, remove: ["server"] },
    },
    rewrite: { uri: "/v2" },
    timeout: 1500,
    retries: { attempts: 3, perTryTimeout: 500, retryOn: "5xx,gateway-error,503", retryRemoteLocalities: true, backoff: 25 },
    fault: { delay: { fixedDelay: 5000, percentage: 0.1 }, abort: { grpcStatus: "UNAVAILABLE", percentage: 50 } },
    mirrors: [
      { destination: { host: "reviews", subset: "v2" }, percentage: 12.5 },
      { destination: { host: "reviews" }, percentage: 0 },
    ],
    corsPolicy: {
      allowOrigins: [{ kind: "exact", value: "https://example.com" }],
      allowMethods: ["GET", "POST"],
      allowHeaders: ["x-a"],
      exposeHeaders: ["x-b"],
      maxAge: 86_400_000,
      allowCredentials: true,
      unmatchedPreflights: "IGNORE",
    },
  }),
  testRoute({
    match: [testMatch({ uri: { kind: "exact", value: "/old" } })],
    route: [],
    redirect: { uri: "/new", authority: "new.example.com", derivePort: "FROM_REQUEST_PORT", scheme: "https", redirectCode: 308 },
  }),
  testRoute({
    match: [testMatch({ uri: { kind: "exact", value: "/teapot" } })],
    route: [],
    directResponse: { status: 418, body: { kind: "string", value: "short and stout" } },
  }),
  testRoute({
    match: [testMatch({ uri: { kind: "prefix", value: "/x" } })],
    rewrite: { uriRegexRewrite: { match: "/x/(.*)", rewrite: "/\\1" }, authority: "x.example.com" },
  }),
  testRoute({ retries: { attempts: 0 }, fault: { abort: { httpStatus: 500, percentage: 1 } } }),
];
