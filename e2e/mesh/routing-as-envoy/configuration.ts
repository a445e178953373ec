import * as fc from "fast-check";
import type { Json } from "../../peers/mosn.ts";
import { domains, headerNames, headerValues, paths, patterns, rewrites, wantedTexts } from "./words.ts";

/** What a RouteConfiguration may lead to; a host of each stands behind both proxies. */
export const clusterNames: readonly string[] = ["one", "two"];

const from = <T>(pool: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...pool);

/** Present one time in `frequency`; an absent field is one of `undefined`, which JSON leaves out. */
const sometimes = <T>(arbitrary: fc.Arbitrary<T>, frequency: number = 3): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: frequency - 1 }, { arbitrary, weight: 1 });

const yes = fc.constant(true);

const regex: fc.Arbitrary<Json> = from(patterns)
  .map(([pattern]) => pattern)
  .filter((pattern) => pattern !== "")
  .map((pattern) => ({ regex: pattern }));

const stringMatch: fc.Arbitrary<Json> = fc.oneof(
  fc.record({ exact: from(headerValues), ignore_case: sometimes(yes) }),
  fc.record({ prefix: from(wantedTexts), ignore_case: sometimes(yes) }),
  fc.record({ suffix: from(wantedTexts), ignore_case: sometimes(yes) }),
  fc.record({ contains: from(wantedTexts), ignore_case: sometimes(yes) }),
  fc.record({ safe_regex: regex }),
);

const range: fc.Arbitrary<Json> = fc
  .tuple(from([-10, -3, 0, 7, 8]), fc.integer({ min: 1, max: 20 }))
  .map(([start, length]) => ({ start, end: start + length }));

const headerCondition: fc.Arbitrary<Json> = fc.oneof(
  fc.constant({}),
  { arbitrary: fc.record({ string_match: stringMatch }), weight: 4 },
  { arbitrary: fc.record({ present_match: fc.boolean() }), weight: 2 },
  { arbitrary: fc.record({ range_match: range }), weight: 2 },
  fc.record({ exact_match: from(headerValues) }),
  fc.record({ prefix_match: from(wantedTexts) }),
  fc.record({ suffix_match: from(wantedTexts) }),
  fc.record({ contains_match: from(wantedTexts) }),
  fc.record({ safe_regex_match: regex }),
);

const headerMatcher: fc.Arbitrary<Json> = fc
  .tuple(
    fc.record({
      name: fc.oneof({ arbitrary: from(headerNames), weight: 6 }, from([":method", ":path", ":authority", ":scheme", "host", "Cookie"])),
      invert_match: sometimes(yes),
      treat_missing_header_as_empty: sometimes(yes, 4),
    }),
    headerCondition,
  )
  .map(([fields, condition]) => ({ ...fields, ...condition }));

/** Conditions on what is no header of HTTP/1. */
const requestLineMatcher: fc.Arbitrary<Json> = fc
  .tuple(
    from<readonly [string, Json]>([
      [":method", { exact: "POST" }],
      [":method", { exact: "HEAD" }],
      [":method", { prefix: "P" }],
      [":authority", { suffix: ".test" }],
      [":authority", { contains: "A", ignore_case: true }],
      [":path", { prefix: "/a" }],
      [":path", { contains: "?" }],
      [":scheme", { exact: "http" }],
    ]),
    sometimes(yes),
  )
  .map(([[name, string_match], invert_match]) => ({ name, string_match, invert_match }));

const queryMatcher: fc.Arbitrary<Json> = fc
  .tuple(
    from(["x", "y", "X", "xx"]),
    fc.oneof(
      fc.constant({}),
      { arbitrary: fc.record({ string_match: stringMatch }), weight: 3 },
      fc.record({ present_match: fc.boolean() }),
    ),
  )
  .map(([name, condition]) => ({ name, ...condition }));

/** What always or never holds: nothing is left to chance. */
const fraction: fc.Arbitrary<Json> = from<Json>([
  { default_value: { numerator: 100 } },
  { default_value: { numerator: 0 } },
  { default_value: { numerator: 1_000_000, denominator: "MILLION" } },
  { default_value: { numerator: 200, denominator: "HUNDRED" }, runtime_key: "routing.none" },
]);

const pathCondition: fc.Arbitrary<Json> = fc.oneof(
  { arbitrary: fc.record({ prefix: fc.oneof(from(["/", ""]), from(paths)) }), weight: 4 },
  { arbitrary: fc.record({ path: from(paths) }), weight: 2 },
  { arbitrary: fc.record({ path_separated_prefix: from(["/a", "/a/b", "/A", "/ab", "/a//b"]) }), weight: 2 },
  { arbitrary: fc.record({ safe_regex: regex }), weight: 2 },
  fc.constant({ connect_matcher: {} }),
);

const match: fc.Arbitrary<Json> = fc
  .tuple(
    pathCondition,
    fc.record({
      case_sensitive: sometimes(fc.boolean()),
      headers: sometimes(
        fc.array(fc.oneof({ arbitrary: headerMatcher, weight: 5 }, requestLineMatcher), { minLength: 1, maxLength: 2 }),
        2,
      ),
      query_parameters: sometimes(fc.array(queryMatcher, { minLength: 1, maxLength: 2 }), 4),
      runtime_fraction: sometimes(fraction, 8),
    }),
  )
  .map(([condition, fields]) => ({ ...condition, ...fields }));

const appendAction: fc.Arbitrary<Json> = fc.oneof(
  { arbitrary: fc.constant({}), weight: 2 },
  {
    arbitrary: from(["APPEND_IF_EXISTS_OR_ADD", "ADD_IF_ABSENT", "OVERWRITE_IF_EXISTS_OR_ADD", "OVERWRITE_IF_EXISTS"]).map(
      (append_action) => ({
        append_action,
      }),
    ),
    weight: 5,
  },
  fc.boolean().map((append) => ({ append })),
);

const formats: readonly string[] = [
  "%REQ(x-once)%",
  "%REQ(X-None?X-Once)%",
  "<%REQ(:AUTHORITY)%>",
  "%PROTOCOL%",
  "%RESP(x-host-once)%",
  "100%%",
  "%REQ(x-once):2%",
];

const additionOf = (valueFormats: readonly string[]): fc.Arbitrary<Json> =>
  fc
    .tuple(
      fc.record({
        header: fc.record({
          key: fc.oneof({ arbitrary: from(headerNames), weight: 5 }, from(["x-added", "user-agent", "cookie", "location", "x-host"])),
          value: fc.oneof({ arbitrary: from(["1", "2", "", "a"]), weight: 3 }, from(valueFormats)),
        }),
        keep_empty_value: sometimes(yes),
      }),
      appendAction,
    )
    .map(([fields, action]) => ({ ...fields, ...action }));

const additionsOf = (valueFormats: readonly string[]): fc.Arbitrary<Json[] | undefined> =>
  sometimes(fc.array(additionOf(valueFormats), { minLength: 1, maxLength: 3 }));

const removals = sometimes(fc.array(from([...headerNames, "x-added", "user-agent"]), { minLength: 1, maxLength: 2 }), 5);

/** The fields that configurations, virtual hosts, routes and weighted clusters have in common. */
const mutations: fc.Arbitrary<Json> = fc.record({
  request_headers_to_add: additionsOf([...formats, "%REQ(:PATH)%"]),
  request_headers_to_remove: removals,
  response_headers_to_add: additionsOf(formats),
  response_headers_to_remove: removals,
});

const withMutations = <T extends object>(arbitrary: fc.Arbitrary<T>, frequency: number): fc.Arbitrary<T & Json> =>
  fc.tuple(arbitrary, sometimes(mutations, frequency)).map(([fields, changes]) => ({ ...fields, ...changes }));

const substitution: fc.Arbitrary<Json> = from(rewrites).map(([pattern, replacement]) => ({
  pattern: { regex: pattern },
  substitution: replacement,
}));

/** All the weight on one of them. */
const weighted: fc.Arbitrary<Json> = fc
  .tuple(
    fc.array(
      withMutations(
        fc.oneof(
          from(clusterNames).map((name) => ({ name })),
          fc.constant({ cluster_header: "x-cluster" }),
        ),
        2,
      ),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    fc.nat({ max: 2 }),
    from([1, 100]),
  )
  .map(([clusters, chosen, weight]) => ({
    weighted_clusters: {
      clusters: clusters.map((cluster, index) => ({ ...cluster, weight: index === chosen % clusters.length ? weight : 0 })),
    },
  }));

const clusterSpecifier: fc.Arbitrary<Json> = fc.oneof(
  { arbitrary: from(clusterNames).map((cluster) => ({ cluster })), weight: 3 },
  from(["x-cluster", "X-Cluster", ":method"]).map((cluster_header) => ({ cluster_header })),
  weighted,
);

const prefixRewrite = from(["/z", "/", "/z/", "z", "/z?q=1", "//"]);

const pathRewrite: fc.Arbitrary<Json> = fc.oneof(
  { arbitrary: fc.constant({}), weight: 2 },
  prefixRewrite.map((prefix_rewrite) => ({ prefix_rewrite })),
  substitution.map((regex_rewrite) => ({ regex_rewrite })),
);

const hostRewrite: fc.Arbitrary<Json> = fc.oneof(
  { arbitrary: fc.constant({}), weight: 3 },
  from(["z.test", "z.test:81", ""]).map((host_rewrite_literal) => ({ host_rewrite_literal })),
  from(["x-host", "x-a", "X-B"]).map((host_rewrite_header) => ({ host_rewrite_header })),
  substitution.map((host_rewrite_path_regex) => ({ host_rewrite_path_regex })),
);

const forward: fc.Arbitrary<Json> = fc
  .tuple(clusterSpecifier, pathRewrite, hostRewrite, sometimes(yes))
  .map(([cluster, path, host, append_x_forwarded_host]) => ({ route: { ...cluster, ...path, ...host, append_x_forwarded_host } }));

const redirect: fc.Arbitrary<Json> = fc
  .tuple(
    fc.record({
      host_redirect: sometimes(from(["z.test", "z.test:81"])),
      port_redirect: sometimes(from([0, 80, 443, 8080])),
      response_code: sometimes(from(["FOUND", "SEE_OTHER", "TEMPORARY_REDIRECT", "PERMANENT_REDIRECT", "MOVED_PERMANENTLY"])),
      strip_query: sometimes(yes),
    }),
    fc.oneof(
      fc.constant({}),
      fc.boolean().map((https_redirect) => ({ https_redirect })),
      from(["https", "http", "HTTPS", "ftp"]).map((scheme_redirect) => ({ scheme_redirect })),
    ),
    fc.oneof(
      { arbitrary: fc.constant({}), weight: 2 },
      from(["/z", "/z?q=1", "z", "/z#f", ""]).map((path_redirect) => ({ path_redirect })),
      prefixRewrite.map((prefix_rewrite) => ({ prefix_rewrite })),
      substitution.map((regex_rewrite) => ({ regex_rewrite })),
    ),
  )
  .map(([fields, scheme, path]) => ({ redirect: { ...fields, ...scheme, ...path } }));

const directResponse: fc.Arbitrary<Json> = fc.record({
  direct_response: fc
    .record({
      status: from([200, 204, 299, 404, 418, 503, 599]),
      body: sometimes(
        from(["hello", "", "{}", "%REQ(x-once)%"]).map((inline_string) => ({ inline_string })),
        2,
      ),
    })
    .map((response) => (response.status === 204 ? { status: 204 } : response)),
});

const action: fc.Arbitrary<Json> = fc.oneof({ arbitrary: forward, weight: 4 }, { arbitrary: redirect, weight: 2 }, directResponse);

const route: fc.Arbitrary<Json> = withMutations(
  fc.tuple(match, action).map(([condition, fields]) => ({ match: condition, ...fields })),
  3,
);

export interface VirtualHost {
  readonly domains: readonly string[];
  readonly routes: readonly Json[];
}

export interface Configuration {
  readonly virtual_hosts: readonly VirtualHost[];
}

const virtualHost = withMutations(
  fc
    .tuple(
      fc.array(fc.oneof(fc.constant("*"), { arbitrary: from(domains), weight: 3 }), { minLength: 1, maxLength: 3 }),
      fc.array(route, { minLength: 1, maxLength: 5 }),
      // What no other route takes is seen to be taken by none.
      sometimes(
        action.map((fields) => ({ match: { prefix: "/" }, ...fields })),
        2,
      ),
    )
    .map(([names, routes, last]) => ({ domains: names, routes: last === undefined ? routes : [...routes, last] })),
  4,
);

const messages = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as Json[]) : []);

/** No domain may be there twice, in whatever case, and every route says in its responses which one it is. */
function finished(hosts: readonly VirtualHost[]): VirtualHost[] {
  const taken = new Set<string>();
  const isNew = (domain: string): boolean => taken.size < taken.add(domain.toLowerCase()).size;
  return hosts
    .map((host, index) => ({
      name: `host ${index}`,
      ...host,
      domains: host.domains.filter(isNew),
      routes: host.routes.map((fields, place) => ({
        ...fields,
        response_headers_to_add: [
          ...messages(fields["response_headers_to_add"]),
          { header: { key: "x-route", value: `${index}.${place}` } },
        ],
      })),
    }))
    .filter((host) => host.domains.length > 0);
}

/** RouteConfigurations that both proxies take. */
export const configurations: fc.Arbitrary<Configuration> = withMutations(
  fc
    .tuple(
      fc.array(virtualHost, { minLength: 1, maxLength: 3 }),
      fc.record({ ignore_port_in_host_matching: sometimes(yes), most_specific_header_mutations_wins: sometimes(yes) }),
    )
    .map(([hosts, fields]) => ({ name: "routes", virtual_hosts: finished(hosts), ...fields })),
  4,
);
