/** Rules that never see a request, because earlier ones take them all: Istio's IST0130 and IST0131. */
import type { HttpMatchRequest } from "../kinds/index.ts";
import type { Report } from "./issues.ts";

interface MatchedRule<Match> {
  readonly match: readonly Match[];
  readonly name?: string;
}

/** Whether a match takes all requests that a later one wants. */
type TakesAll<Match> = (outer: Match, inner: Match) => boolean;

export function warnUnreachable<Match extends object>(
  field: "http" | "tls" | "tcp",
  routes: readonly MatchedRule<Match>[],
  takesAll: TakesAll<Match>,
  report: Report,
): void {
  const seen: { readonly rule: string; readonly match: Match }[] = [];
  let catchAll: string | undefined;
  for (const [index, route] of routes.entries()) {
    const rule = route.name === undefined ? `${field}[${index}]` : `${field}[${index}] (${route.name})`;
    if (catchAll !== undefined) {
      report([field, index], "virtual-service/unreachable-rule", `is never reached: ${catchAll} takes every request`);
      continue;
    }
    if (route.match.length === 0) catchAll = rule;
    let shadowed = 0;
    for (const [matchIndex, match] of route.match.entries()) {
      const earlier = seen.find((other) => takesAll(other.match, match));
      if (earlier !== undefined) {
        shadowed += 1;
        const path = [field, index, "match", matchIndex];
        report(path, "virtual-service/ineffective-match", `is never used: ${earlier.rule} takes the same requests`);
      }
      seen.push({ rule, match });
    }
    if (route.match.length > 0 && shadowed === route.match.length) {
      report([field, index], "virtual-service/unreachable-rule", "is never reached: earlier rules take all of its matches");
    }
  }
}

/** Whether two matches ask for the same. */
export function isSameMatch(a: object, b: object): boolean {
  return keyOf(a) === keyOf(b);
}

/** Also whether the first has only a prefix of the path, and the second a path within it, whatever else it asks for. */
export function takesAllPaths(outer: HttpMatchRequest, inner: HttpMatchRequest): boolean {
  if (isSameMatch(outer, inner)) return true;
  const { uri, ignoreUriCase, ...others } = outer;
  if (uri?.kind !== "prefix" || inner.uri === undefined || inner.uri.kind === "regex") return false;
  if (ignoreUriCase || inner.ignoreUriCase || !inner.uri.value.startsWith(uri.value)) return false;
  return Object.entries(others).every(([field, value]) => isLabel(field) || isEmpty(value));
}

/** `name` and `statPrefix` match nothing. */
const isLabel = (field: string): boolean => field === "name" || field === "statPrefix";

const isEmpty = (value: unknown): boolean => typeof value === "object" && value !== null && Object.keys(value).length === 0;

function keyOf(match: object): string {
  return JSON.stringify(match, (key, value: unknown) => {
    if (isLabel(key)) return undefined;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
