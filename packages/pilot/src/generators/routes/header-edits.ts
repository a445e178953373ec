import type { Headers } from "@mesh/istio-config";
import { enumValue, type MessageInit } from "@mesh/xds-proto";

type HeaderValueOption = MessageInit<"envoy.config.core.v3.HeaderValueOption">;

/** What Istio's `headers` become. */
export interface HeaderEdits {
  /** The fields of the same names of routes and weighted clusters. */
  readonly fields: {
    readonly requestHeadersToAdd?: readonly HeaderValueOption[];
    readonly requestHeadersToRemove?: readonly string[];
    readonly responseHeadersToAdd?: readonly HeaderValueOption[];
    readonly responseHeadersToRemove?: readonly string[];
  };
  /** What the request's host becomes: Envoy has a field of its own for it. */
  readonly authority: string | undefined;
}

const noEdits: HeaderEdits = { fields: {}, authority: undefined };

const isAuthority = (name: string): boolean => name.toLowerCase() === ":authority" || name.toLowerCase() === "host";
/** Envoy refuses to change them as headers. */
const isInternal = (name: string): boolean => name.startsWith(":") || name.toLowerCase() === "host";

/** Edits of a route, and of its only destination behind them. */
export function headerEdits(...levels: readonly (Headers | undefined)[]): HeaderEdits {
  const present = levels.filter((level) => level !== undefined);
  if (present.length === 0) return noEdits;
  return {
    fields: {
      requestHeadersToAdd: present.flatMap(({ request }) => options(request)),
      requestHeadersToRemove: present.flatMap(({ request }) => removed(request)),
      responseHeadersToAdd: present.flatMap(({ response }) => options(response)),
      responseHeadersToRemove: present.flatMap(({ response }) => removed(response)),
    },
    // The route's counts more than its destination's.
    authority: present.map(authorityOf).find((authority) => authority !== undefined),
  };
}

const authorityOf = ({ request }: Headers): string | undefined => valueOfAuthority(request?.set) ?? valueOfAuthority(request?.add);

const valueOfAuthority = (values: Readonly<Record<string, string>> = {}): string | undefined =>
  Object.entries(values).findLast(([name]) => isAuthority(name))?.[1];

const removed = (operations: Headers["request"]): readonly string[] => operations?.remove.filter((name) => !isInternal(name)) ?? [];

function options(operations: Headers["request"]): readonly HeaderValueOption[] {
  if (operations === undefined) return [];
  return [...added(operations.set, "OVERWRITE_IF_EXISTS_OR_ADD"), ...added(operations.add, "APPEND_IF_EXISTS_OR_ADD")];
}

function added(
  values: Readonly<Record<string, string>>,
  action: "APPEND_IF_EXISTS_OR_ADD" | "OVERWRITE_IF_EXISTS_OR_ADD",
): readonly HeaderValueOption[] {
  const appendAction = enumValue("envoy.config.core.v3.HeaderValueOption.HeaderAppendAction", action);
  return Object.entries(values)
    .filter(([name]) => !isInternal(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => ({ header: { key, value }, appendAction }));
}
