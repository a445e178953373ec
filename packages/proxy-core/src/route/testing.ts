import type { HeaderMap } from "@mesh/codec";
import { createRequestHead, type RequestHead } from "@mesh/codec-http1";
import { defaultRegistry, fromJson } from "@mesh/xds-proto";
import type { ClusterManager } from "../cluster/index.ts";
import { checkMessage, ConfigPath, type ExtensionDescriptor, ExtensionSet, ProblemList, WarningList } from "../config/index.ts";
import { emptySnapshot } from "../runtime/index.ts";
import { compileRouteTable } from "./compile-route-table.ts";
import type { ForwardAction, RoutableRequest, Route, RouteTable } from "./contract.ts";
import { previousHostsPredicate } from "./retry-policy.ts";
import type { RouteScope } from "./route-scope.ts";

export interface TestRequestInit {
  readonly method?: string;
  readonly authority?: string;
  readonly path?: string;
  readonly headers?: readonly (readonly [string, string])[];
}

/** An HTTP/1 request as routing sees it. By default `GET http://web.example/`. */
export class TestRequest implements RoutableRequest {
  readonly #head: RequestHead;
  scheme = "http";

  constructor({ method = "GET", authority = "web.example", path = "/", headers = [] }: TestRequestInit = {}) {
    this.#head = createRequestHead({ method, authority, path, headers });
  }

  get headers(): HeaderMap {
    return this.#head.headers;
  }

  get authority(): string {
    return this.#head.authority;
  }

  set authority(authority: string) {
    this.#head.authority = authority;
  }

  get path(): string {
    return this.#head.path;
  }

  set path(path: string) {
    this.#head.path = path;
  }

  get method(): string {
    return this.#head.method;
  }

  set method(method: string) {
    this.#head.method = method;
  }

  header(name: string): string | undefined {
    switch (name) {
      case ":authority":
        return this.authority;
      case ":path":
        return this.path;
      case ":method":
        return this.method;
      case ":scheme":
        return this.scheme;
      default:
        return this.headers.get(name);
    }
  }

  headerValues(name: string): readonly string[] {
    const values: string[] = [];
    this.headers.forEach((other, value) => {
      if (other.toLowerCase() === name && value !== null) values.push(value);
    });
    return values;
  }
}

/** Headers in order, as pairs. */
export function pairs(headers: HeaderMap): (readonly [string, string | null])[] {
  const entries: (readonly [string, string | null])[] = [];
  headers.forEach((name, value) => entries.push([name, value]));
  return entries;
}

/** Clusters that are there by these names. */
export function clustersNamed(...names: string[]): Pick<ClusterManager, "knows"> {
  return { knows: (name) => names.includes(name) };
}

export interface CompileOptions {
  /** Default: `a`, `b` and `c`. */
  readonly clusters?: readonly string[];
  readonly extensions?: readonly ExtensionDescriptor[];
}

export function testExtensions(descriptors: readonly ExtensionDescriptor[] = []): ExtensionSet {
  return new ExtensionSet(defaultRegistry(), [previousHostsPredicate, ...descriptors]);
}

/** What the parts of a table are compiled with: one in which nothing is set. */
export function testScope(options: CompileOptions = {}): RouteScope {
  return {
    clusters: clustersNamed(...(options.clusters ?? ["a", "b", "c"])),
    extensions: testExtensions(options.extensions),
    runtime: { flags: { current: emptySnapshot } },
    validatesClusters: true,
    maxDirectResponseBytes: 4096,
    mostSpecificMutationsWin: false,
    problems: new ProblemList(),
    httpOnly: [],
  };
}

const messageName = "envoy.config.route.v3.RouteConfiguration";

/** Compiles a RouteConfiguration in ProtoJSON whose path is `routes`, after holding it against the field tables. */
export function compileRoutes(json: object, options: CompileOptions = {}): RouteTable {
  const scope = testScope(options);
  const message = fromJson(messageName, json);
  const path = ConfigPath.of("routes");
  checkMessage(messageName, message, path, scope.problems, { extensions: scope.extensions, warnings: new WarningList() });
  scope.problems.throwIfAny();
  return compileRouteTable(message, path, scope);
}

/** The same without the field tables, which refuse some mistakes before the room meets them. */
export function compileUnchecked(json: object, options: CompileOptions = {}): RouteTable {
  return compileRouteTable(fromJson(messageName, json), ConfigPath.of("routes"), testScope(options));
}

/** A configuration with these routes in a virtual host for everything. */
export function withRoutes(...routes: object[]): object {
  return { virtual_hosts: [{ name: "all", domains: ["*"], routes }] };
}

/** A route for everything that goes to `a`, with more fields. */
export function toA(action: object = {}, route: object = {}): object {
  return { match: { prefix: "/" }, route: { cluster: "a", ...action }, ...route };
}

/** The route of a request; throws where there is none. */
export function routeOf(table: RouteTable, request: RoutableRequest = new TestRequest(), random: number = 0): Route {
  const route = table.match(request, random);
  if (route === undefined) throw new Error(`there is no route for ${request.authority}${request.path}`);
  return route;
}

/** How the only route of a table forwards. */
export function forwardOf(table: RouteTable, request?: RoutableRequest): ForwardAction {
  const { action } = routeOf(table, request);
  if (action.kind !== "forward") throw new Error(`the route's action is ${action.kind}`);
  return action.forward;
}
