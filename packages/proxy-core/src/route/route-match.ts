import type { Message } from "@mesh/xds-proto";
import { fail, required, requiredString, runtimeFraction, wrapperValue, type ConfigPath } from "../config/index.ts";
import type { RuntimeFlags, RuntimeNumber } from "../runtime/index.ts";
import { compileHeaderMatchers, compileRegex, matchesAll, toAsciiLowerCase, type HeaderMatcher } from "../matching/index.ts";
import type { RoutableRequest } from "./contract.ts";
import { ExactPath, LowerCasedPath, PathPrefix, PathRegex, PathSeparatedPrefix, type PathMatcher } from "./path-matcher.ts";
import { compileQueryMatcher, type QueryMatcher } from "./query-matcher.ts";

type RouteMatchMessage = Message<"envoy.config.route.v3.RouteMatch">;

/** What a rewrite takes a matched path for: the text that matched, or the whole path. */
export type MatchedPath = { readonly kind: "text"; readonly length: number } | { readonly kind: "whole" };

/** The conditions of a route. */
export class RouteMatch {
  /** Undefined: CONNECT requests match, whatever their path, and no others. */
  readonly path: PathMatcher | undefined;
  /** The one path that can match, where it is that simple. */
  readonly exactPath: string | undefined;
  readonly matched: MatchedPath;
  /** Whether nothing but authority, path, method and scheme decides. */
  readonly isPure: boolean;
  readonly #headers: readonly HeaderMatcher[];
  readonly #query: readonly QueryMatcher[];
  /** Undefined: always. */
  readonly #fraction: RuntimeNumber | undefined;
  readonly #flags: RuntimeFlags;

  constructor(message: RouteMatchMessage, path: ConfigPath, flags: RuntimeFlags) {
    const isCaseSensitive = wrapperValue(message.caseSensitive) ?? true;
    const condition = compilePath(message, isCaseSensitive, path);
    this.path = condition.matcher;
    this.matched = condition.matched;
    this.exactPath = message.pathSpecifier === "path" && isCaseSensitive ? message.path : undefined;
    this.#headers = compileHeaderMatchers(message.headers, path.field("headers"));
    const queryPath = path.field("query_parameters");
    this.#query = message.queryParameters.map((parameter, index) => compileQueryMatcher(parameter, queryPath.index(index)));
    this.#fraction = runtimeFraction(message.runtimeFraction, path.field("runtime_fraction"));
    this.#flags = flags;
    this.isPure =
      this.#query.length === 0 &&
      message.runtimeFraction === null &&
      message.headers.every(({ name }) => pureHeaders.has(name.toLowerCase()));
  }

  /** @param end where the path ends and its query begins */
  matches(request: RoutableRequest, path: string, end: number, random: number): boolean {
    const matcher = this.path;
    if (matcher === undefined ? request.method !== "CONNECT" : path === "" || !matcher.matches(path, end)) return false;
    return this.matchesBesidesPath(request, path, end, random);
  }

  /** The same for a path that is known to match. */
  matchesBesidesPath(request: RoutableRequest, path: string, end: number, random: number): boolean {
    if (this.#fraction !== undefined && random >= this.#fraction.in(this.#flags.current)) return false;
    if (this.#headers.length > 0 && !matchesAll(this.#headers, request)) return false;
    const query = this.#query;
    for (let i = 0; i < query.length; i++) if (query[i]?.matches(path, end) === false) return false;
    return true;
  }
}

const pureHeaders: ReadonlySet<string> = new Set([":authority", ":path", ":method", ":scheme"]);

interface PathCondition {
  readonly matcher: PathMatcher | undefined;
  readonly matched: MatchedPath;
}

function compilePath(message: RouteMatchMessage, isCaseSensitive: boolean, path: ConfigPath): PathCondition {
  const textual = (text: string, make: (text: string) => PathMatcher): PathCondition => ({
    matcher: isCaseSensitive ? make(text) : new LowerCasedPath(make(toAsciiLowerCase(text))),
    matched: { kind: "text", length: text.length },
  });
  switch (message.pathSpecifier) {
    case "prefix":
      return textual(message.prefix, (text) => new PathPrefix(text));
    case "path":
      return textual(requiredString(message.path, path.field("path")), (text) => new ExactPath(text));
    case "pathSeparatedPrefix":
      if (!separatedPrefix.test(message.pathSeparatedPrefix)) {
        fail(path.field("path_separated_prefix"), "must have two or more characters, no ? or #, and no / at its end");
      }
      return textual(message.pathSeparatedPrefix, (text) => new PathSeparatedPrefix(text));
    case "safeRegex":
      return { matcher: new PathRegex(compileRegex(message.safeRegex, path.field("safe_regex"))), matched: { kind: "whole" } };
    case "connectMatcher":
      required(message.connectMatcher, path.field("connect_matcher"));
      return { matcher: undefined, matched: { kind: "whole" } };
    case "pathMatchPolicy":
      return fail(path.field("path_match_policy"), "is not supported: path templates are the next step");
    case undefined:
      return fail(path, "one of prefix, path, safe_regex, connect_matcher, path_separated_prefix is required");
  }
}

/** As the constraint in Envoy's .proto file. */
const separatedPrefix = /^[^?#]+[^?#/]$/u;
