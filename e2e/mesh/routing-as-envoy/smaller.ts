import type { Json } from "../../peers/mosn.ts";
import type { Configuration } from "./configuration.ts";
import type { HttpRequest } from "./requests.ts";

/** A place in a message, and what is put there; undefined takes away what is there. */
export interface Edit {
  readonly place: readonly (string | number)[];
  readonly value: unknown;
}

/** What a message is none without, where it is there at all. */
const needed: ReadonlySet<string> = new Set(
  (
    "name virtual_hosts domains routes match route redirect direct_response prefix path safe_regex path_separated_prefix connect_matcher " +
    "exact suffix contains cluster cluster_header weighted_clusters clusters weight status header key pattern regex default_value numerator " +
    "start end inline_string"
  ).split(" "),
);

const isMessage = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

const conditions: readonly string[] = ["prefix", "path", "safe_regex", "path_separated_prefix", "connect_matcher"];

/** All that can be taken away from a message, or made plain. */
export function editsOf(value: unknown, place: readonly (string | number)[] = []): Edit[] {
  const inner: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : isMessage(value) ? Object.entries(value) : [];
  return inner.flatMap(([key, part]) => {
    if (part === undefined) return [];
    const at = [...place, key];
    const edits = editsOf(part, at);
    if (typeof key === "number" || !needed.has(key)) edits.unshift({ place: at, value: undefined });
    if (key === "match" && isMessage(part) && part["prefix"] !== "/") edits.unshift({ place: at, value: plainMatch(part) });
    return edits;
  });
}

const plainMatch = (match: Json): Json => ({
  ...Object.fromEntries(Object.entries(match).filter(([key]) => !conditions.includes(key))),
  prefix: "/",
});

/** With the edits, in their order; undefined where both proxies would refuse it. */
export function edited(configuration: Configuration, edits: readonly Edit[]): Configuration | undefined {
  const copy: Configuration = structuredClone(configuration);
  for (const { place, value } of edits) put(copy, place, value);
  dropHoles(copy);
  return isWhole(copy) ? copy : undefined;
}

function put(message: unknown, [key, ...rest]: readonly (string | number)[], value: unknown): void {
  if (typeof message !== "object" || message === null || key === undefined) return;
  // A message in ProtoJSON is nothing but own fields.
  if (rest.length === 0) Object.assign(message, { [key]: value });
  else put((message as Record<string | number, unknown>)[key], rest, value);
}

function dropHoles(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const inner of Object.values(value)) dropHoles(inner);
  if (Array.isArray(value)) value.splice(0, value.length, ...value.filter((item) => item !== undefined));
}

function isWhole({ virtual_hosts: hosts }: Configuration): boolean {
  return hosts.every(({ domains, routes }) => domains.length > 0 && routes.every(hasWeight));
}

function hasWeight({ route }: Json): boolean {
  const weighted = isMessage(route) ? route["weighted_clusters"] : undefined;
  if (!isMessage(weighted) || !Array.isArray(weighted["clusters"])) return true;
  return weighted["clusters"].some((cluster: unknown) => isMessage(cluster) && cluster["weight"] !== 0);
}

/** Requests that say less, the boldest first. */
export function simplerRequests(request: HttpRequest): HttpRequest[] {
  const { method, target, authority, fields } = request;
  const found: HttpRequest[] = [];
  if (fields.length > 1) found.push({ ...request, fields: [] });
  if (method !== "CONNECT") {
    if (method !== "GET") found.push({ ...request, method: "GET" });
    if (authority !== "a.test") found.push({ ...request, authority: "a.test" });
    if (target !== "/") found.push({ ...request, target: "/" });
    if (target.includes("?")) found.push({ ...request, target: target.slice(0, target.indexOf("?")) });
    if (target.length > 1) found.push({ ...request, target: target.slice(0, -1) });
  }
  for (const [index, [name, value]] of fields.entries()) {
    found.push({ ...request, fields: fields.toSpliced(index, 1) });
    if (value.length > 1) found.push({ ...request, fields: fields.with(index, [name, value.slice(0, -1)]) });
  }
  return found;
}
