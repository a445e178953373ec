import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { streamInfo } from "../access-log/testing.ts";
import { isConfigError, type ConfigProblem } from "../config/index.ts";
import { compileRoutes, compileUnchecked, pairs, routeOf, TestRequest, toA, withRoutes } from "./testing.ts";

const nameOf = (json: object, request: TestRequest, random: number = 0, alternate?: string): string | undefined =>
  compileRoutes(json).match(request, random, alternate)?.name;

/** Route `name` for everything that the match takes. */
const named = (name: string, match: object): object => ({ name, match, route: { cluster: "a" } });

function problemsOf(attempt: () => unknown): readonly ConfigProblem[] {
  try {
    attempt();
  } catch (error) {
    if (isConfigError(error)) return error.problems;
    throw error;
  }
  return [];
}

describe("a route table", () => {
  test("takes the first route that matches", () => {
    const json = withRoutes(
      named("1", { path: "/x" }),
      named("2", { prefix: "/x" }),
      named("3", { path: "/x/y" }),
      named("4", { prefix: "/" }),
    );
    expect(["/x", "/x/y", "/xyz", "/z"].map((path) => nameOf(json, new TestRequest({ path })))).toEqual(["1", "2", "2", "4"]);
  });

  test("has no route where no virtual host fits, or no route in it", () => {
    const json = {
      virtual_hosts: [
        { name: "v", domains: ["v.example"], routes: [named("1", { path: "/x" })] },
        { name: "none", domains: ["*"] },
      ],
    };
    expect(nameOf(json, new TestRequest({ authority: "v.example", path: "/y" }))).toBeUndefined();
    expect(nameOf(json, new TestRequest({ authority: "other", path: "/x" }))).toBeUndefined();
    expect(nameOf({}, new TestRequest())).toBeUndefined();
  });

  test("knows its name, and its routes theirs and their virtual host's", () => {
    const table = compileRoutes({ name: "t", virtual_hosts: [{ name: "v", domains: ["*"], routes: [toA({}, { name: "r" })] }] });
    expect(table.name).toBe("t");
    expect(routeOf(table)).toMatchObject({ name: "r", virtualHostName: "v", includeRequestAttemptCount: false });
  });

  test("knows the metadata of its routes and of their virtual hosts", () => {
    const metadata = (key: string): object => ({ filter_metadata: { ns: { key } } });
    const routes = [toA({}, { metadata: metadata("route") })];
    const table = compileRoutes({ virtual_hosts: [{ name: "v", domains: ["*"], routes, metadata: metadata("virtual host") }] });
    expect(routeOf(table)?.metadata).toEqual({ ns: { key: "route" } });
    expect(routeOf(table)?.virtualHostMetadata).toEqual({ ns: { key: "virtual host" } });
    const plain = compileRoutes({ virtual_hosts: [{ name: "v", domains: ["*"], routes: [toA()] }] });
    expect([routeOf(plain)?.metadata, routeOf(plain)?.virtualHostMetadata]).toEqual([undefined, undefined]);
  });

  test("finds an RPC service with its version before the bare interface, and both before `*`", () => {
    const host = (domain: string): object => ({ name: domain, domains: [domain], routes: [named(domain, { prefix: "/" })] });
    const json = { virtual_hosts: [host("*"), host("com.acme.Echo"), host("com.acme.Echo:1.0")] };
    const call = (authority: string): string | undefined =>
      nameOf(json, new TestRequest({ method: "POST", authority, path: `/${authority}/echo` }), 0, authority.split(":")[0]);
    expect(call("com.acme.Echo:1.0")).toBe("com.acme.Echo:1.0");
    expect(call("com.acme.Echo:2.0:id")).toBe("com.acme.Echo");
    expect(call("com.acme.Other:1.0")).toBe("*");
  });

  test("shares requests out by runtime_fraction, one random number for all routes", () => {
    const share = (name: string, numerator: number): object =>
      named(name, { prefix: "/", runtime_fraction: { default_value: { numerator } } });
    const json = withRoutes(share("1", 20), share("2", 50), named("3", { prefix: "/" }));
    expect([0, 0.19, 0.2, 0.49, 0.5, 0.99].map((random) => nameOf(json, new TestRequest(), random))).toEqual([
      "1",
      "1",
      "2",
      "2",
      "3",
      "3",
    ]);
  });

  test("is pure when all its routes are", () => {
    expect(compileRoutes(withRoutes(toA())).isPure).toBe(true);
    expect(compileRoutes({}).isPure).toBe(true);
    expect(compileRoutes(withRoutes(toA(), named("h", { prefix: "/", headers: [{ name: "x" }] }))).isPure).toBe(false);
  });
});

describe("header mutations of several levels", () => {
  const add = (value: string): object => ({
    request_headers_to_add: [{ header: { key: "x-levels", value } }],
    response_headers_to_add: [{ header: { key: "x-levels", value }, append_action: "OVERWRITE_IF_EXISTS_OR_ADD" }],
  });
  const levels = {
    virtual_hosts: [{ name: "v", domains: ["*"], routes: [toA({}, add("route"))], ...add("virtual host") }],
    ...add("configuration"),
  };

  function changed(json: object): { readonly request: unknown; readonly response: string | undefined } {
    const route = routeOf(compileRoutes(json));
    const request = new TestRequest();
    const response = new TestRequest();
    route.requestMutation?.apply(request.headers, streamInfo());
    route.responseMutation?.apply(response.headers, streamInfo());
    return {
      request: pairs(request.headers)
        .slice(1)
        .map(([, value]) => value),
      response: response.headers.get("x-levels"),
    };
  }

  test("come from the most specific to the least, so that the least wins", () => {
    expect(changed(levels)).toEqual({ request: ["route", "virtual host", "configuration"], response: "configuration" });
  });

  test("come the other way round with most_specific_header_mutations_wins", () => {
    const json = { ...levels, most_specific_header_mutations_wins: true };
    expect(changed(json)).toEqual({ request: ["configuration", "virtual host", "route"], response: "route" });
  });

  test("are undefined where no level has any", () => {
    expect(routeOf(compileRoutes(withRoutes(toA())))).toMatchObject({ requestMutation: undefined, responseMutation: undefined });
  });
});

describe("x-envoy-attempt-count", () => {
  const virtualHost = (fields: object): object => ({ virtual_hosts: [{ name: "v", domains: ["*"], routes: [toA()], ...fields }] });

  test("is put into responses in place of what is there", () => {
    const route = routeOf(compileRoutes(virtualHost({ include_attempt_count_in_response: true })));
    const response = new TestRequest({ headers: [["x-envoy-attempt-count", "9"]] });
    route.responseMutation?.apply(response.headers, streamInfo({ upstreamRequestAttemptCount: 3 }));
    expect(response.headers.get("x-envoy-attempt-count")).toBe("3");
    expect(route.includeRequestAttemptCount).toBe(false);
  });

  test("is asked for in requests", () => {
    expect(routeOf(compileRoutes(virtualHost({ include_request_attempt_count: true }))).includeRequestAttemptCount).toBe(true);
  });
});

test("fields that only HTTP has are told with their paths", () => {
  const table = compileRoutes(
    withRoutes(
      { match: { path: "/r" }, redirect: { https_redirect: true } },
      { match: { path: "/d" }, direct_response: { status: 200 } },
      toA({ prefix_rewrite: "/x", host_rewrite_header: "x-host", append_x_forwarded_host: true }),
      toA({ regex_rewrite: { pattern: { regex: "a" } }, host_rewrite_literal: "h", idle_timeout: "1s" }),
      toA({ host_rewrite_path_regex: { pattern: { regex: "a" } }, upgrade_configs: [{ upgrade_type: "websocket" }], timeout: "1s" }),
    ),
  );
  expect(table.httpOnly.map(({ path }) => path.replace("routes.virtual_hosts[0].", ""))).toEqual([
    "routes[0].redirect",
    "routes[2].route.prefix_rewrite",
    "routes[2].route.host_rewrite_header",
    "routes[2].route.append_x_forwarded_host",
    "routes[3].route.regex_rewrite",
    "routes[3].route.host_rewrite_literal",
    "routes[3].route.idle_timeout",
    "routes[4].route.host_rewrite_path_regex",
    "routes[4].route.upgrade_configs",
  ]);
  for (const { message } of table.httpOnly) expect(message).toMatch(/^is for HTTP only: /);
  expect(compileRoutes(withRoutes(toA())).httpOnly).toEqual([]);
});

describe("a configuration that is wrong", () => {
  test("is refused with all that is wrong with it", () => {
    const problems = problemsOf(() =>
      compileUnchecked({
        request_headers_to_remove: [":path"],
        virtual_hosts: [
          {
            domains: ["a", "A", "*"],
            retry_policy: { retry_on: "x" },
            response_headers_to_add: [{ header: { key: "host" } }],
            routes: [{ match: { path: "" }, route: { cluster: "nowhere" } }, { route: { cluster: "a" } }, { match: { prefix: "/" } }],
          },
          { name: "b", domains: ["*"], routes: [{ match: { prefix: "/" }, direct_response: {}, request_headers_to_add: [{}] }] },
          { name: "c", domains: ["a\n"] },
          { name: "d" },
        ],
      }),
    );
    expect(problems.map(({ path }) => path)).toEqual([
      "routes.request_headers_to_remove[0]",
      "routes.virtual_hosts[0].name",
      "routes.virtual_hosts[0].retry_policy.retry_on",
      "routes.virtual_hosts[0].response_headers_to_add[0].header.key",
      "routes.virtual_hosts[0].routes[0].match.path",
      "routes.virtual_hosts[0].routes[0].route.cluster",
      "routes.virtual_hosts[0].routes[1].match",
      "routes.virtual_hosts[0].routes[2]",
      "routes.virtual_hosts[0].domains[1]",
      "routes.virtual_hosts[1].routes[0].request_headers_to_add[0].header",
      "routes.virtual_hosts[1].routes[0].direct_response.status",
      "routes.virtual_hosts[1].domains[0]",
      "routes.virtual_hosts[2].domains[0]",
      "routes.virtual_hosts[3].domains",
    ]);
    expect(problems.find(({ path }) => path === "routes.virtual_hosts[1].domains[0]")?.message).toBe(
      '"*" is the domain of a virtual host already',
    );
  });

  test.each([
    [{ vhds: {} }, "routes.vhds: is not supported"],
    [{ internal_only_headers: ["x"] }, "routes.internal_only_headers: is not supported"],
    [{ request_mirror_policies: [{ cluster: "a" }] }, "routes.request_mirror_policies: is not supported"],
    [{ cluster_specifier_plugins: [{}] }, "routes.cluster_specifier_plugins: is not supported"],
    [{ ignore_path_parameters_in_path_matching: true }, "routes.ignore_path_parameters_in_path_matching: is not supported"],
    [
      { virtual_hosts: [{ name: "v", domains: ["*"], require_tls: "ALL" }] },
      "routes.virtual_hosts[0].require_tls: ALL is not supported: use NONE",
    ],
    [{ virtual_hosts: [{ name: "v", domains: ["*"], cors: {} }] }, "routes.virtual_hosts[0].cors: is not supported"],
    [{ virtual_hosts: [{ name: "v", domains: ["*"], rate_limits: [{}] }] }, "routes.virtual_hosts[0].rate_limits: is not supported"],
    [withRoutes(toA({ hash_policy: [{ filter_state: { key: "x" } }] })), "route.hash_policy[0].filter_state: is not supported"],
    [withRoutes(toA({ metadata_match: {} })), "route.metadata_match: is not supported"],
    [withRoutes(toA({ hedge_policy: {} })), "route.hedge_policy: is not supported"],
    [withRoutes(toA({ internal_redirect_policy: {} })), "route.internal_redirect_policy: is not supported"],
    [withRoutes(toA({ auto_host_rewrite: true })), "route.auto_host_rewrite: is not supported"],
    [withRoutes(toA({ cluster_not_found_response_code: "NOT_FOUND" })), "NOT_FOUND is not supported: use SERVICE_UNAVAILABLE"],
    [withRoutes(toA({ retry_policy: { retriable_headers: [{ name: "x" }] } })), "route.retry_policy.retriable_headers: is not supported"],
    [withRoutes({ match: { prefix: "/", grpc: {} }, route: { cluster: "a" } }), "match.grpc: is not supported"],
    [withRoutes({ match: { prefix: "/" }, non_forwarding_action: {} }), "non_forwarding_action: is not supported"],
  ])("is refused by the field tables where it asks for the next step: %j", (json, message) => {
    expect(() => compileRoutes(json)).toThrow(message);
  });
});

// The oracle: what Envoy's documentation says, done slowly on the configuration itself.

interface SlowRoute {
  readonly name: string;
  readonly kind: "prefix" | "path" | "path_separated_prefix" | "safe_regex";
  readonly text: string;
  readonly caseSensitive: boolean;
  readonly header: string | undefined;
  readonly parameter: string | undefined;
  /** Percent. */
  readonly share: number | undefined;
}

const path = fc.stringMatching(/^\/[abA]{0,2}(\/[ab]?)?$/);

const slowRoute: fc.Arbitrary<Omit<SlowRoute, "name">> = fc.record({
  // Many exact paths, so that they are looked up.
  kind: fc.constantFrom("prefix", "path", "path", "path", "path", "path_separated_prefix", "safe_regex"),
  text: path,
  caseSensitive: fc.constantFrom(true, true, true, false),
  header: fc.option(fc.constantFrom("x", "y"), { nil: undefined, freq: 3 }),
  parameter: fc.option(fc.constantFrom("p", "q"), { nil: undefined, freq: 3 }),
  share: fc.option(fc.nat({ max: 100 }), { nil: undefined, freq: 3 }),
});

function toJson({ name, kind, text, caseSensitive, header, parameter, share }: SlowRoute): object {
  const separated = /^\/.*[^/]$/.test(text) ? text : "/ab";
  return named(name, {
    ...(kind === "safe_regex" ? { safe_regex: { regex: `${text}.?` } } : { [kind]: kind === "path_separated_prefix" ? separated : text }),
    case_sensitive: caseSensitive,
    headers: header === undefined ? [] : [{ name: header, present_match: true }],
    query_parameters: parameter === undefined ? [] : [{ name: parameter }],
    ...(share === undefined ? {} : { runtime_fraction: { default_value: { numerator: share, denominator: "HUNDRED" } } }),
  });
}

function slowlyMatches(route: SlowRoute, request: TestRequest, random: number): boolean {
  const plain = request.path.split(/[?#]/)[0] ?? "";
  const text = route.kind === "path_separated_prefix" && !/^\/.*[^/]$/.test(route.text) ? "/ab" : route.text;
  const fold = (value: string): string => (route.caseSensitive ? value : value.toLowerCase());
  const pathMatches = {
    prefix: () => fold(plain).startsWith(fold(text)),
    path: () => fold(plain) === fold(text),
    path_separated_prefix: () => `${fold(plain)}/`.startsWith(`${fold(text)}/`),
    safe_regex: () => plain.startsWith(text) && plain.length <= text.length + 1,
  }[route.kind]();
  const query = new URL(`http://x${request.path}`).searchParams;
  return (
    pathMatches &&
    (route.header === undefined || request.headers.has(route.header)) &&
    (route.parameter === undefined || query.has(route.parameter)) &&
    (route.share === undefined || random < route.share / 100)
  );
}

test("any table finds the route that a search through the configuration finds", () => {
  const host = fc.record({
    domains: fc.array(fc.constantFrom("a.x", "*.x", "*a.x", "a.*", "*", "b:1"), { minLength: 1, maxLength: 2 }),
    routes: fc.array(slowRoute, { maxLength: 14 }),
  });
  const requests = fc.record({
    authority: fc.constantFrom("a.x", "A.X", "aa.x", "b.x", "a.y", "b:1", "c"),
    path: fc.tuple(path, fc.constantFrom("", "?p", "?q=1&p=2", "#f", "?#p")).map((parts) => parts.join("")),
    headers: fc.subarray([
      ["x", "1"],
      ["y", "2"],
    ] as [string, string][]),
    random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(host, { maxLength: 4 }), fc.array(requests, { minLength: 1, maxLength: 8 }), (hosts, list) => {
      const taken = new Set<string>();
      const virtualHosts = hosts.map(({ domains, routes }, at) => ({
        domains: domains.filter((domain) => !taken.has(domain) && taken.add(domain)),
        routes: routes.map((route, index): SlowRoute => ({ ...route, name: `${at}.${index}` })),
      }));
      const used = virtualHosts.filter(({ domains }) => domains.length > 0);
      const table = compileRoutes({
        virtual_hosts: used.map(({ domains, routes }, index) => ({ name: `v${index}`, domains, routes: routes.map(toJson) })),
      });
      for (const { random, ...init } of list) {
        const request = new TestRequest(init);
        const order = {
          "a.x": ["a.x", "*.x", "a.*", "*"],
          "aa.x": ["*a.x", "*.x", "*"],
          "b.x": ["*.x", "*"],
          "a.y": ["a.*", "*"],
          "b:1": ["b:1", "*"],
          c: ["*"],
        };
        const domains: readonly string[] = Object.entries(order).find(([name]) => name === init.authority.toLowerCase())?.[1] ?? [];
        const domain = domains.find((name) => taken.has(name));
        const virtualHost = used.find((candidate) => candidate.domains.some((name) => name === domain));
        const expected = virtualHost?.routes.find((route) => slowlyMatches(route, request, random));
        expect(table.match(request, random)?.name).toBe(expected?.name);
      }
    }),
    { numRuns: 400 },
  );
});
