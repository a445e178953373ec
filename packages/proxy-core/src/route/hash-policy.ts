import type { Message } from "@mesh/xds-proto";
import { type ConfigPath, durationMs, fail, requiredString } from "../config/index.ts";
import { compileRegexRewrite, type RegexRewrite } from "../matching/index.ts";
import { type Hash64, hashText64 } from "../runtime/index.ts";
import type { CookieRecipe, HashPolicy, HashSource } from "./contract.ts";
import { noteHttpOnly, type RouteScope } from "./route-scope.ts";

type HashPolicyMessage = Message<"envoy.config.route.v3.RouteAction.HashPolicy">;

/** One policy of the list. Undefined: the request has not what it looks at. */
type Method = (source: HashSource) => Hash64 | undefined;

/** Compiles `hash_policy`: undefined where there is none. Throws a `ConfigError`. */
export function compileHashPolicy(messages: readonly HashPolicyMessage[], path: ConfigPath, scope: RouteScope): HashPolicy | undefined {
  if (messages.length === 0) return undefined;
  const methods = messages.map((message, index) => compileMethod(message, path.index(index), scope));
  return new HashPolicies(
    methods,
    messages.map(({ terminal }) => terminal),
  );
}

/** Envoy joins what the policies find; one that is terminal ends the list as soon as anything was found. */
class HashPolicies implements HashPolicy {
  readonly #methods: readonly Method[];
  readonly #terminal: readonly boolean[];

  constructor(methods: readonly Method[], terminal: readonly boolean[]) {
    this.#methods = methods;
    this.#terminal = terminal;
  }

  hash(source: HashSource): Hash64 | undefined {
    let found: Hash64 | undefined;
    for (let i = 0; i < this.#methods.length; i++) {
      const next = (this.#methods[i] as Method)(source);
      if (next !== undefined) found = found === undefined ? next : found.joined(next);
      if (found !== undefined && this.#terminal[i] === true) break;
    }
    return found;
  }
}

function compileMethod(message: HashPolicyMessage, path: ConfigPath, scope: RouteScope): Method {
  const { header, cookie, connectionProperties, queryParameter } = message;
  if (header !== null) {
    const at = path.field("header");
    const name = requiredString(header.headerName, at.field("header_name")).toLowerCase();
    const rewrite = header.regexRewrite === null ? undefined : compileRegexRewrite(header.regexRewrite, at.field("regex_rewrite"));
    return ({ request }) => hashHeader(request.header(name), rewrite);
  }
  if (cookie !== null) {
    const at = path.field("cookie");
    noteHttpOnly(scope, at, "is for HTTP only: an RPC call has no cookies");
    return cookieMethod(cookie, at);
  }
  if (connectionProperties !== null) return connectionProperties.sourceIp ? hashSourceIp : () => undefined;
  if (queryParameter !== null) {
    const at = path.field("query_parameter");
    const name = requiredString(queryParameter.name, at.field("name"));
    noteHttpOnly(scope, at, "is for HTTP only: an RPC call has no URL");
    return ({ request }) => hashOf(queryValue(request.path, name));
  }
  return fail(path, "one of header, cookie, connection_properties, query_parameter is required");
}

const hashOf = (text: string | undefined): Hash64 | undefined => (text === undefined ? undefined : hashText64(text));

const hashHeader = (value: string | undefined, rewrite: RegexRewrite | undefined): Hash64 | undefined =>
  hashOf(value === undefined || rewrite === undefined ? value : rewrite.rewrite(value));

/** Without the port; a connection through a socket of the file system has no address. */
function hashSourceIp({ downstreamRemoteAddress: address }: HashSource): Hash64 | undefined {
  if (address === undefined) return undefined;
  const colon = address.lastIndexOf(":");
  if (colon < 0) return undefined;
  return hashText64(address.startsWith("[") ? address.slice(1, colon - 1) : address.slice(0, colon));
}

function cookieMethod(cookie: NonNullable<HashPolicyMessage["cookie"]>, path: ConfigPath): Method {
  const { path: cookiePath, attributes } = cookie;
  const name = requiredString(cookie.name, path.field("name"));
  const ttlMs = durationMs(cookie.ttl, path.field("ttl"));
  if (ttlMs === undefined) return ({ request }) => hashOf(cookieValue(request.header("cookie"), name));
  const recipe: CookieRecipe = {
    name,
    suffix: [
      ttlMs < 1000 ? "" : `; Max-Age=${Math.floor(ttlMs / 1000)}`,
      cookiePath === "" ? "" : `; Path=${cookiePath}`,
      ...attributes.map(({ name: attribute, value }) => (value === "" ? `; ${attribute}` : `; ${attribute}=${value}`)),
      "; HttpOnly",
    ].join(""),
  };
  return (source) => hashText64(cookieValue(source.request.header("cookie"), name) ?? source.giveCookie(recipe));
}

/** Of the first cookie of that name, without quotes around it; undefined where there is none, or nothing in it. */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  // Several fields are one list here.
  for (const part of header.split(/[;,]/u)) {
    const equals = part.indexOf("=");
    if (equals < 0 || part.slice(0, equals).trim() !== name) continue;
    const value = part.slice(equals + 1).trim();
    const isQuoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
    const bare = isQuoted ? value.slice(1, -1) : value;
    return bare === "" ? undefined : bare;
  }
  return undefined;
}

/** Of the first parameter of that name, as it stands in the path; undefined where there is none. */
export function queryValue(path: string, name: string): string | undefined {
  const question = path.indexOf("?");
  if (question < 0) return undefined;
  const hash = path.indexOf("#", question);
  for (const part of path.slice(question + 1, hash < 0 ? undefined : hash).split("&")) {
    const equals = part.indexOf("=");
    if ((equals < 0 ? part : part.slice(0, equals)) === name) return equals < 0 ? "" : part.slice(equals + 1);
  }
  return undefined;
}
