import type { Message } from "@mesh/xds-proto";
import { fail, requiredString, type ConfigPath } from "../config/index.ts";
import { compileRegexRewrite, type RegexRewrite } from "../matching/index.ts";
import type { RoutableRequest } from "./contract.ts";
import { targetPart } from "./header-mutation.ts";
import { pathEnd } from "./path-matcher.ts";
import type { MatchedPath } from "./route-match.ts";

type RouteActionMessage = Message<"envoy.config.route.v3.RouteAction">;

/** Makes a new path of a request's, query and all. Empty: the path stays. */
export type PathRewrite = (path: string) => string;

/** `prefix_rewrite`: what matched is replaced, the rest stays. */
export function compilePrefixRewrite(replacement: string, matched: MatchedPath): PathRewrite {
  if (matched.kind === "whole") return (path) => replacement + path.slice(pathEnd(path));
  const { length } = matched;
  return (path) => replacement + path.slice(length);
}

/** `regex_rewrite`: the path is replaced, the query stays. Envoy: a path of which nothing would be left stays, and is not rewritten at all. */
export function compilePathRegexRewrite(
  message: Message<"envoy.type.matcher.v3.RegexMatchAndSubstitute"> | null,
  path: ConfigPath,
): PathRewrite {
  const regex = compileRegexRewrite(message, path);
  return (text) => {
    const end = pathEnd(text);
    const path = regex.rewrite(text.slice(0, end));
    return path === "" ? "" : path + text.slice(end);
  };
}

/** What the request's authority becomes; undefined or empty where it stays. */
type HostRewrite = (request: RoutableRequest) => string | undefined;

/** What a route rewrites of the requests that it forwards; undefined for nothing. Throws a `ConfigError`. */
export function compileRewrite(
  message: RouteActionMessage,
  matched: MatchedPath,
  path: ConfigPath,
): ((request: RoutableRequest) => void) | undefined {
  const rewritePath = compilePath(message, matched, path);
  const rewriteHost = compileHost(message, path);
  if (rewritePath === undefined && rewriteHost === undefined) return undefined;
  const appendsForwardedHost = message.appendXForwardedHost;
  return (request) => {
    const host = rewriteHost?.(request) ?? "";
    if (host !== "") setAuthority(request, host, appendsForwardedHost);
    if (rewritePath === undefined) return;
    const original = request.path;
    const rewritten = rewritePath(original);
    if (rewritten === "") return;
    request.path = rewritten;
    request.headers.set("x-envoy-original-path", original);
  };
}

function compilePath(message: RouteActionMessage, matched: MatchedPath, path: ConfigPath): PathRewrite | undefined {
  const { prefixRewrite, regexRewrite } = message;
  if (prefixRewrite !== "" && regexRewrite !== null) fail(path, "has both prefix_rewrite and regex_rewrite");
  if (prefixRewrite !== "") return compilePrefixRewrite(targetPart(prefixRewrite, path.field("prefix_rewrite")), matched);
  return regexRewrite === null ? undefined : compilePathRegexRewrite(regexRewrite, path.field("regex_rewrite"));
}

function compileHost(message: RouteActionMessage, path: ConfigPath): HostRewrite | undefined {
  switch (message.hostRewriteSpecifier) {
    case "hostRewriteLiteral": {
      // Envoy: an empty host is none.
      const host = targetPart(message.hostRewriteLiteral, path.field("host_rewrite_literal"));
      return host === "" ? undefined : () => host;
    }
    case "hostRewriteHeader": {
      const name = requiredString(message.hostRewriteHeader, path.field("host_rewrite_header")).toLowerCase();
      return (request) => firstValue(request, name);
    }
    case "hostRewritePathRegex": {
      const regex: RegexRewrite = compileRegexRewrite(message.hostRewritePathRegex, path.field("host_rewrite_path_regex"));
      return ({ path: text }) => regex.rewrite(text.slice(0, pathEnd(text)));
    }
    case "autoHostRewrite":
      return fail(path.field("auto_host_rewrite"), "is not supported: not there yet");
    case undefined:
      return undefined;
  }
}

/** Envoy: of a header that is there more than once, the first value counts. */
function firstValue(request: RoutableRequest, name: string): string | undefined {
  const value = request.header(name);
  // Only a joined value can have been several ones.
  if (value === undefined || !value.includes(",") || name.startsWith(":") || request.headerValues === undefined) return value;
  return request.headerValues(name)[0];
}

const forwardedHost = "x-forwarded-host";

/** Envoy: the old host is in `x-envoy-original-host`, and is appended to `x-forwarded-host` where it does not stand behind the last comma. */
function setAuthority(request: RoutableRequest, host: string, appendsForwardedHost: boolean): void {
  const { authority, headers } = request;
  if (appendsForwardedHost && authority !== "") {
    const before = forwardedHosts(request);
    const last = before.slice(before.lastIndexOf(",") + 1);
    if (before === "") headers.set(forwardedHost, authority);
    else if (last !== authority) headers.set(forwardedHost, `${before},${authority}`);
  }
  headers.set("x-envoy-original-host", authority);
  request.authority = host;
}

function forwardedHosts(request: RoutableRequest): string {
  const joined = request.headers.get(forwardedHost) ?? "";
  if (!joined.includes(",") || request.headerValues === undefined) return joined;
  return request
    .headerValues(forwardedHost)
    .filter((value) => value !== "")
    .join(",");
}
