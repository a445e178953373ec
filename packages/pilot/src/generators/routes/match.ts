import type { HttpMatchRequest, PresentMatch, StringMatch } from "@mesh/istio-config";
import type { MessageInit } from "@mesh/xds-proto";
import { isPresent, stringMatcher } from "../values.ts";
import type { TargetPort } from "./destination.ts";

type RouteMatch = MessageInit<"envoy.config.route.v3.RouteMatch">;
type HeaderMatcher = MessageInit<"envoy.config.route.v3.HeaderMatcher">;

const everyPath: RouteMatch = { prefix: "/" };

/** What a request has to be like. Ports, gateways and sources are not part of it: whoever calls this has looked at them. */
export function routeMatchOf(match: HttpMatchRequest | undefined): RouteMatch {
  if (match === undefined) return everyPath;
  const headers = headersOf(match);
  const queryParameters = Object.entries(match.queryParams).map(([name, value]) =>
    isPresent(value) ? { name, presentMatch: true } : { name, stringMatch: stringMatcher(value) },
  );
  return {
    ...pathOf(match.uri),
    caseSensitive: match.ignoreUriCase ? { value: false } : undefined,
    headers,
    queryParameters,
  };
}

/** What a request has to be like to be one that goes to a port. The scheme of an RPC call is its protocol. */
export function matchAt({ protocol, isForProtocol }: TargetPort, match: RouteMatch): RouteMatch {
  if (!isForProtocol || protocol === undefined) return match;
  return { ...match, headers: [...(match.headers ?? []), { name: ":scheme", stringMatch: { exact: protocol } }] };
}

function pathOf(uri: StringMatch | undefined): RouteMatch {
  if (uri === undefined) return everyPath;
  if (uri.kind === "exact") return { path: uri.value };
  return uri.kind === "prefix" ? { prefix: uri.value } : { safeRegex: { regex: uri.value } };
}

function headersOf(match: HttpMatchRequest): readonly HeaderMatcher[] {
  const named = [
    ...Object.entries(match.headers).map(([name, value]) => headerMatcher(name, value)),
    ...Object.entries(match.withoutHeaders).map(([name, value]) => missingHeaderMatcher(name, value)),
  ].toSorted((a, b) => compare(a.name ?? "", b.name ?? ""));
  if (match.method !== undefined) named.push(headerMatcher(":method", match.method));
  if (match.authority !== undefined) named.push(headerMatcher(":authority", match.authority));
  if (match.scheme !== undefined) named.push(headerMatcher(":scheme", match.scheme));
  return named;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const headerMatcher = (name: string, match: StringMatch | PresentMatch): HeaderMatcher =>
  isPresent(match) ? { name, presentMatch: true } : { name, stringMatch: stringMatcher(match) };

/** A header that is not there does not have the value either. Envoy: `treat_missing_header_as_empty` is not for `present_match`. */
const missingHeaderMatcher = (name: string, match: StringMatch | PresentMatch): HeaderMatcher => ({
  ...headerMatcher(name, match),
  invertMatch: true,
  treatMissingHeaderAsEmpty: !isPresent(match),
});

/** Whether a route leaves nothing for those behind it. */
export function isCatchAll({ prefix, safeRegex, headers, queryParameters }: RouteMatch): boolean {
  if ((headers?.length ?? 0) > 0 || (queryParameters?.length ?? 0) > 0) return false;
  return prefix === "/" || safeRegex?.regex === ".*";
}
