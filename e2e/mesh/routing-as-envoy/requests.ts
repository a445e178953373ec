import * as fc from "fast-check";
import type { Json } from "../../peers/mosn.ts";
import type { Configuration } from "./configuration.ts";
import { headerNames, headerValues, hosts, paths, patterns, queries } from "./words.ts";

type Field = readonly [name: string, value: string];

export interface HttpRequest {
  readonly method: string;
  /** The request target. */
  readonly target: string;
  readonly authority: string;
  /** In order; a name may be there more than once. */
  readonly fields: readonly Field[];
}

/** The bytes on the wire. */
export function bytesOf({ method, target, authority, fields }: HttpRequest): string {
  const lines = fields.map(([name, value]) => `${name}: ${value}`);
  if (!["GET", "HEAD", "CONNECT"].includes(method)) lines.push("Content-Length: 0");
  return [`${method} ${target} HTTP/1.1`, `Host: ${authority}`, ...lines, "", ""].join("\r\n");
}

const from = <T>(pool: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...pool);

/** Mostly what fits, and else something. */
const mostly = <T>(fitting: fc.Arbitrary<T>, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: fitting, weight: 9 }, { arbitrary: other, weight: 1 });

const swapCase = (text: string): string =>
  text.replaceAll(/[A-Za-z]/g, (letter) => (letter < "a" ? letter.toLowerCase() : letter.toUpperCase()));

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const message = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});
const messages = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as Json[]) : []);

const exampleOf = (pattern: unknown): string => patterns.find(([known]) => known === pattern)?.[1] ?? "a";

function authorityFor(domain: string): fc.Arbitrary<string> {
  if (domain === "*") return from(hosts);
  if (domain.startsWith("*:")) return fc.constant(`a.test${domain.slice(1)}`);
  if (domain.startsWith("*")) return from(["w", "b.a", "c.B", ""]).map((start) => start + domain.slice(1));
  if (domain === "[*") return from(["[::1]", "[::2]:80"]);
  if (domain.endsWith(":*")) return from(["80", "8080"]).map((port) => domain.slice(0, -1) + port);
  if (domain.endsWith("*")) return from(["org", "test", "TEST", "org:80", ""]).map((end) => domain.slice(0, -1) + end);
  return from([domain, domain, domain, swapCase(domain), /:\d+$/.test(domain) ? domain : `${domain}:80`]);
}

function pathFor(match: Json): fc.Arbitrary<string> {
  const prefix = text(match["prefix"]) ?? text(match["path_separated_prefix"]);
  const exact = text(match["path"]);
  const base =
    prefix === undefined
      ? fc.constant(exact ?? exampleOf(message(match["safe_regex"])["regex"]))
      : from(["", "", "/b", "b", "/", "?"]).map((end) => prefix + end);
  return base
    .chain((path) => mostly(fc.constant(path), fc.constant(swapCase(path))))
    .map((path) => (path.startsWith("/") ? path : `/${path}`));
}

/** What a StringMatcher takes. */
function stringFor(matcher: Json): fc.Arbitrary<string> {
  const exact = text(matcher["exact"]) ?? text(matcher["exact_match"]);
  const prefix = text(matcher["prefix"]) ?? text(matcher["prefix_match"]);
  const suffix = text(matcher["suffix"]) ?? text(matcher["suffix_match"]);
  const contained = text(matcher["contains"]) ?? text(matcher["contains_match"]);
  const regex = message(matcher["safe_regex"] ?? matcher["safe_regex_match"])["regex"];
  if (exact !== undefined) return from([exact, exact, swapCase(exact)]);
  if (prefix !== undefined) return from([prefix, `${prefix}b`, swapCase(prefix)]);
  if (suffix !== undefined) return from([suffix, `b${suffix}`, swapCase(suffix)]);
  if (contained !== undefined) return from([contained, `b${contained}7`, swapCase(contained)]);
  return regex === undefined ? from(headerValues) : fc.constant(exampleOf(regex));
}

/** What a header matcher asks for; none where it asks for none. */
function fieldFor(matcher: Json): fc.Arbitrary<Field | undefined> {
  const name = text(matcher["name"]) ?? "";
  if (name.startsWith(":") || name === "host") return fc.constant(undefined);
  const range = message(matcher["range_match"]);
  const start = range["start"];
  const value =
    typeof start === "number"
      ? from([start, start + 1, Number(range["end"]) - 1, Number(range["end"])]).map(String)
      : matcher["invert_match"] === true
        ? from(headerValues)
        : stringFor(message(matcher["string_match"] ?? matcher));
  const wantsNone = (matcher["present_match"] === false) !== (matcher["invert_match"] === true);
  return fc
    .oneof({ arbitrary: fc.constant(!wantsNone), weight: 4 }, fc.boolean())
    .chain((isThere) => (isThere ? value.map((is): Field => [name, is]) : fc.constant(undefined)));
}

function queryFor(matchers: readonly Json[]): fc.Arbitrary<string> {
  const parts = matchers.map((matcher) => {
    const name = text(matcher["name"]) ?? "";
    if (matcher["present_match"] === false) return fc.constant("z=1");
    return stringFor(message(matcher["string_match"])).map((value) => `${name}=${value.replaceAll(" ", "+")}`);
  });
  return fc.tuple(...parts).map((given) => (given.length === 0 ? "" : `?${given.join("&")}`));
}

const methods: readonly string[] = ["GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "PATCH"];

const anyFields: fc.Arbitrary<Field[]> = fc.array(
  fc.oneof(
    {
      arbitrary: fc.tuple(from([...headerNames, "x-A", "cookie", "user-agent", "x-added", "x-forwarded-host"]), from(headerValues)),
      weight: 5,
    },
    fc.tuple(fc.constant("x-forwarded-proto"), from(["http", "https", "HTTPS"])),
  ),
  { maxLength: 2 },
);

/** RFC 9112 §3.2.3: the port is not optional for CONNECT. */
const withPort = (authority: string): string => (/:\d+$/.test(authority) ? authority : `${authority}:80`);

/** Requests that come near to a route. */
function requestsNear(domain: string, route: Json): fc.Arbitrary<HttpRequest> {
  const match = message(route["match"]);
  const isConnect = "connect_matcher" in match;
  const method = methods.find((name) => messages(match["headers"]).some((matcher) => message(matcher["string_match"])["exact"] === name));
  return fc
    .record({
      method: isConnect
        ? from(["CONNECT", "CONNECT", "GET"])
        : mostly(method === undefined ? from(methods) : fc.constant(method), fc.constant("CONNECT")),
      isAbsolute: mostly(fc.constant(false), fc.boolean()),
      authority: mostly(authorityFor(domain), from(hosts)),
      path: mostly(pathFor(match), from(paths)),
      query: mostly(queryFor(messages(match["query_parameters"])), from(queries)),
      wanted: fc.tuple(...messages(match["headers"]).map(fieldFor)),
      cluster: from([["x-cluster", "one"], ["x-cluster", "two"], ["x-cluster", "none"], undefined] as const),
      host: from([undefined, undefined, ["x-host", "h.test"], ["x-host", ""]] as const),
      once: from([undefined, ["x-once", "a"], ["X-Once", "once, b"]] as const),
      more: anyFields,
    })
    .map(({ method: verb, isAbsolute, authority, path, query, wanted, cluster, host, once, more }) => {
      const fields = [...wanted, cluster, host, once, ...more].filter((field) => field !== undefined);
      if (verb === "CONNECT") return { method: verb, target: withPort(authority), authority: withPort(authority), fields };
      const target = path + (path.includes("?") ? query.replace("?", "&") : query);
      if (!isAbsolute) return { method: verb, target, authority, fields };
      // RFC 9112 §3.2.2: Host does not count then. Envoy takes the scheme from there as well, and not from x-forwarded-proto.
      const others = fields.filter(([name]) => name !== "x-forwarded-proto");
      return { method: verb, target: `http://${authority}${target}`, authority: "other.test", fields: others };
    });
}

/** Requests that come near to the routes of a configuration. */
export function requestsFor({ virtual_hosts: virtualHosts }: Configuration): fc.Arbitrary<HttpRequest> {
  const near = virtualHosts.flatMap(({ domains, routes }) =>
    domains.flatMap((domain) => routes.map((route) => requestsNear(domain, route))),
  );
  return near.length === 0 ? requestsNear("*", {}) : fc.oneof(...near);
}
