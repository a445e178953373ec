import type { Config, HttpMatchRequest, HttpRoute, StringMatch } from "@mesh/istio-config";
import { configId } from "./identity.ts";

type VirtualServiceConfig = Config<"VirtualService">;

/** A rule that delegates to a VirtualService that is not there, or that delegates itself. */
export interface DelegateProblem {
  /** The VirtualService that delegates. */
  readonly config: VirtualServiceConfig;
  readonly message: string;
}

export interface Delegated {
  readonly http: readonly HttpRoute[];
  readonly problems: readonly DelegateProblem[];
  /** The VirtualServices that were taken in. */
  readonly delegates: readonly VirtualServiceConfig[];
}

/** Puts the rules of delegates in the place of those that delegate (Istio: one level, HTTP only). */
export function withDelegates(config: VirtualServiceConfig, all: ReadonlyMap<string, VirtualServiceConfig>): Delegated {
  const problems: DelegateProblem[] = [];
  const delegates: VirtualServiceConfig[] = [];
  const http = config.spec.http.flatMap((root) => {
    if (root.delegate === undefined) return [root];
    const id = configId({ namespace: root.delegate.namespace ?? config.namespace, name: root.delegate.name });
    const delegate = all.get(id);
    if (delegate === undefined || delegate.spec.hosts.length > 0) {
      const what = delegate === undefined ? "is not there" : "has hosts of its own, which a delegate must not have";
      problems.push({ config, message: `delegates to VirtualService ${id}, which ${what}; the rule is left out` });
      return [];
    }
    delegates.push(delegate);
    return delegate.spec.http.flatMap((leaf) => {
      if (leaf.delegate !== undefined) {
        problems.push({ config: delegate, message: "delegates, though it is a delegate itself; the rule is left out" });
        return [];
      }
      return merge(root, leaf);
    });
  });
  return { http, problems, delegates };
}

/** What the delegate says goes first; what it does not say is the root's. */
function merge(root: HttpRoute, leaf: HttpRoute): HttpRoute[] {
  const match = mergeMatches(root.match, leaf.match);
  if (match === undefined) return [];
  const { delegate: _, ...settings } = root;
  const name = [root.name, leaf.name].filter((part) => part !== undefined && part !== "").join("-");
  const merged: HttpRoute = {
    ...settings,
    ...leaf,
    match,
    mirrors: leaf.mirrors.length > 0 ? leaf.mirrors : root.mirrors,
    ...(name === "" ? {} : { name }),
  };
  if (root.headers === undefined || leaf.headers === undefined) return [merged];
  const both = (side: "request" | "response"): HttpRoute["headers"] => {
    const [outer, inner] = [root.headers?.[side], leaf.headers?.[side]];
    if (outer === undefined || inner === undefined) {
      const one = inner ?? outer;
      return one === undefined ? {} : { [side]: one };
    }
    return {
      [side]: {
        set: { ...outer.set, ...inner.set },
        add: { ...outer.add, ...inner.add },
        remove: [...new Set([...outer.remove, ...inner.remove])],
      },
    };
  };
  return [{ ...merged, headers: { ...both("request"), ...both("response") } }];
}

/** Undefined where no request can match both. */
function mergeMatches(roots: readonly HttpMatchRequest[], leaves: readonly HttpMatchRequest[]): readonly HttpMatchRequest[] | undefined {
  if (roots.length === 0) return leaves;
  if (leaves.length === 0) return roots;
  const merged = roots.flatMap((root) => leaves.flatMap((leaf) => mergeMatch(root, leaf)));
  return merged.length === 0 ? undefined : merged;
}

function mergeMatch(root: HttpMatchRequest, leaf: HttpMatchRequest): HttpMatchRequest[] {
  const conflicts =
    !isWithin(root.uri, leaf.uri) ||
    !isWithin(root.scheme, leaf.scheme) ||
    !isWithin(root.method, leaf.method) ||
    !isWithin(root.authority, leaf.authority) ||
    (root.port !== undefined && leaf.port !== undefined && root.port !== leaf.port) ||
    [root.headers, root.withoutHeaders, root.queryParams].some((outer, at) => {
      const inner = [leaf.headers, leaf.withoutHeaders, leaf.queryParams][at] ?? {};
      return Object.entries(outer).some(([key, value]) => !isWithin(textOf(value), textOf(inner[key])));
    });
  if (conflicts) return [];
  const name = [root.name, leaf.name].filter((part) => part !== undefined && part !== "").join("-");
  return [
    {
      ...root,
      ...leaf,
      headers: { ...root.headers, ...leaf.headers },
      withoutHeaders: { ...root.withoutHeaders, ...leaf.withoutHeaders },
      queryParams: { ...root.queryParams, ...leaf.queryParams },
      ignoreUriCase: root.ignoreUriCase || leaf.ignoreUriCase,
      sourceLabels: { ...root.sourceLabels, ...leaf.sourceLabels },
      // Where a rule applies is for the root to say.
      gateways: root.gateways,
      ...(name === "" ? {} : { name }),
    },
  ];
}

const textOf = (match: HttpMatchRequest["headers"][string] | undefined): StringMatch | undefined =>
  match === undefined || match.kind === "present" ? undefined : match;

/** Whether all that the inner condition has, the outer one has too, as far as that can be told. */
function isWithin(outer: StringMatch | undefined, inner: StringMatch | undefined): boolean {
  if (outer === undefined || inner === undefined) return true;
  if (outer.kind === "regex" || inner.kind === "regex") return outer.kind === inner.kind && outer.value === inner.value;
  if (outer.kind === "exact") return inner.kind === "exact" && inner.value === outer.value;
  return inner.value.startsWith(outer.value);
}
