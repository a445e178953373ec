import { enumNames, type Message } from "@mesh/xds-proto";
import { fail, type ConfigPath } from "../config/index.ts";
import type { RedirectAction, RoutableRequest } from "./contract.ts";
import { headerValue } from "./header-mutation.ts";
import { compilePathRegexRewrite, compilePrefixRewrite, type PathRewrite } from "./rewrite.ts";
import type { MatchedPath } from "./route-match.ts";

type RedirectMessage = Message<"envoy.config.route.v3.RedirectAction">;

const statuses: Readonly<Record<string, number>> = {
  MOVED_PERMANENTLY: 301,
  FOUND: 302,
  SEE_OTHER: 303,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
};

/** Sends a client elsewhere, by Envoy's rules for the parts of the new URI. */
export class Redirect implements RedirectAction {
  readonly status: number;
  /** Empty: the request's. */
  readonly #scheme: string;
  readonly #host: string;
  /** With its colon. */
  readonly #port: string;
  readonly #path: PathRewrite;

  /** Throws a `ConfigError`. */
  constructor(message: RedirectMessage, matched: MatchedPath, path: ConfigPath) {
    const code = enumNames("envoy.config.route.v3.RedirectAction.RedirectResponseCode").get(message.responseCode) ?? "";
    this.status = statuses[code] ?? fail(path.field("response_code"), `there is no code ${message.responseCode}`);
    this.#scheme = message.httpsRedirect ? "https" : headerValue(message.schemeRedirect, path.field("scheme_redirect"));
    this.#host = headerValue(message.hostRedirect, path.field("host_redirect"));
    if (message.portRedirect > 65_535) fail(path.field("port_redirect"), `must be 65535 or less, is ${message.portRedirect}`);
    this.#port = message.portRedirect === 0 ? "" : `:${message.portRedirect}`;
    this.#path = compilePath(message, matched, path);
  }

  location(request: RoutableRequest, requestScheme: string): string {
    const scheme = this.#scheme === "" ? requestScheme : this.#scheme;
    const host = this.#host === "" ? hostOf(request, requestScheme, scheme, this.#port) : this.#host;
    const path = this.#path(request.path);
    return `${scheme}://${host}${this.#port}${path.startsWith("/") ? "" : "/"}${path}`;
  }
}

/**
 * The authority, without its port where another one takes its place, and where it is the default port of a scheme that is left. Envoy takes
 * the scheme that counts there from `x-forwarded-proto`.
 */
function hostOf(request: RoutableRequest, requestScheme: string, scheme: string, port: string): string {
  const { authority } = request;
  const bracket = authority.startsWith("[") ? authority.lastIndexOf("]:") : -1;
  const colon = authority.startsWith("[") ? (bracket < 0 ? -1 : bracket + 1) : authority.lastIndexOf(":");
  if (colon < 0) return authority;
  const from = request.header("x-forwarded-proto") ?? requestScheme;
  const old = authority.slice(colon);
  const isDefault = (from === "https" && old === ":443") || (from === "http" && old === ":80");
  return port !== "" || (scheme !== from && isDefault) ? authority.slice(0, colon) : authority;
}

function compilePath(message: RedirectMessage, matched: MatchedPath, path: ConfigPath): PathRewrite {
  const { stripQuery } = message;
  const withQuery: PathRewrite = compileNewPath(message, matched, path);
  // Envoy: the query of path_redirect itself stays in any case.
  const keepsAll = message.pathRewriteSpecifier === "pathRedirect" && message.pathRedirect.includes("?");
  if (!stripQuery || keepsAll) return withQuery;
  return (text) => {
    const result = withQuery(text);
    const query = result.indexOf("?");
    return query < 0 ? result : result.slice(0, query);
  };
}

function compileNewPath(message: RedirectMessage, matched: MatchedPath, path: ConfigPath): PathRewrite {
  switch (message.pathRewriteSpecifier) {
    case "pathRedirect": {
      const target = headerValue(message.pathRedirect, path.field("path_redirect"));
      if (target === "") return unchanged;
      if (target.includes("?")) return () => target;
      return (text) => {
        const query = text.indexOf("?");
        return query < 0 ? target : target + text.slice(query);
      };
    }
    case "prefixRewrite": {
      const replacement = headerValue(message.prefixRewrite, path.field("prefix_rewrite"));
      return replacement === "" ? unchanged : compilePrefixRewrite(replacement, matched);
    }
    case "regexRewrite": {
      const rewrite = compilePathRegexRewrite(message.regexRewrite, path.field("regex_rewrite"));
      return (text) => rewrite(text) || text;
    }
    case undefined:
      return unchanged;
  }
}

const unchanged: PathRewrite = (path) => path;
