import type { Config, HttpMatchRequest, HttpRoute } from "@mesh/istio-config";
import { configId } from "./identity.ts";
import type { MeshSettings } from "./virtual-service.ts";
import { isVisibleTo, visibilityOf } from "./visibility.ts";

type VirtualServiceConfig = Config<"VirtualService">;

/** A rule that is left out: what it delegates to cannot be had, or would have more than it gives. */
export interface DelegateProblem {
  /** The VirtualService that has the rule. */
  readonly config: VirtualServiceConfig;
  readonly message: string;
}

export interface Delegated {
  readonly http: readonly HttpRoute[];
  readonly problems: readonly DelegateProblem[];
  /** The VirtualServices that the rules depend on. */
  readonly delegates: readonly VirtualServiceConfig[];
}

/** Puts the rules of delegates in the place of those that delegate (Istio: one level, HTTP only). */
export function withDelegates(config: VirtualServiceConfig, all: ReadonlyMap<string, VirtualServiceConfig>, mesh: MeshSettings): Delegated {
  const problems: DelegateProblem[] = [];
  const delegates: VirtualServiceConfig[] = [];
  const http = config.spec.http.flatMap((root) => {
    if (root.delegate === undefined) return [root];
    const id = configId({ namespace: root.delegate.namespace ?? config.namespace, name: root.delegate.name });
    const delegate = all.get(id);
    if (delegate !== undefined) delegates.push(delegate);
    const obstacle = obstacleTo(delegate, config, mesh);
    if (delegate === undefined || obstacle !== undefined) {
      problems.push({ config, message: `delegates to VirtualService ${id}, ${obstacle}; the rule is left out` });
      return [];
    }
    return delegate.spec.http.flatMap((leaf, at) => {
      if (leaf.delegate !== undefined) {
        problems.push({ config: delegate, message: "delegates, though it is a delegate itself; the rule is left out" });
        return [];
      }
      const match = mergeMatches(root.match, leaf.match);
      if (match !== undefined) return [merge(root, leaf, match)];
      const rule = leaf.name === undefined || leaf.name === "" ? `http rule ${at + 1}` : `rule ${leaf.name}`;
      const message = `has conditions in ${rule} that VirtualService ${configId(config)}, which delegates to it, does not give it; the rule is left out there`;
      problems.push({ config: delegate, message });
      return [];
    });
  });
  return { http, problems, delegates };
}

/** Why a VirtualService cannot be a delegate; undefined where it can. */
function obstacleTo(delegate: VirtualServiceConfig | undefined, root: VirtualServiceConfig, mesh: MeshSettings): string | undefined {
  if (delegate === undefined) return "which is not there";
  const { spec, namespace } = delegate;
  if (spec.hosts.length > 0) return "which has hosts of its own, which a delegate must not have";
  const visibility = visibilityOf(spec.exportTo, mesh.defaultVirtualServiceExportTo, namespace);
  return isVisibleTo(visibility, root.namespace) ? undefined : `which is not exported to namespace ${root.namespace}`;
}

/** What the delegate says goes first; what it does not say is the root's: headers too, whole (Istio: `mergeHTTPRoute`). */
function merge(root: HttpRoute, leaf: HttpRoute, match: readonly HttpMatchRequest[]): HttpRoute {
  const { delegate: _, ...settings } = root;
  const name = joinNames(root.name, leaf.name);
  return {
    ...settings,
    ...leaf,
    match,
    mirrors: leaf.mirrors.length > 0 ? leaf.mirrors : root.mirrors,
    ...(name === "" ? {} : { name }),
  };
}

const joinNames = (...names: readonly (string | undefined)[]): string =>
  names.filter((name) => name !== undefined && name !== "").join("-");

/**
 * Each condition of the delegate with each of the root's that leaves it room. Undefined where one of them has no room: then the rule cannot be
 * what its author meant, and is nothing (Istio: `mergeHTTPMatchRequests`).
 */
function mergeMatches(roots: readonly HttpMatchRequest[], leaves: readonly HttpMatchRequest[]): readonly HttpMatchRequest[] | undefined {
  if (roots.length === 0) return leaves;
  if (leaves.length === 0) return roots;
  const merged = leaves.map((leaf) => roots.filter((root) => hasRoom(root, leaf)).map((root) => mergeMatch(root, leaf)));
  return merged.some((each) => each.length === 0) ? undefined : merged.flat();
}

function mergeMatch(root: HttpMatchRequest, leaf: HttpMatchRequest): HttpMatchRequest {
  const name = joinNames(root.name, leaf.name);
  return {
    ...root,
    ...leaf,
    headers: { ...root.headers, ...leaf.headers },
    withoutHeaders: { ...root.withoutHeaders, ...leaf.withoutHeaders },
    queryParams: { ...root.queryParams, ...leaf.queryParams },
    sourceLabels: { ...root.sourceLabels, ...leaf.sourceLabels },
    gateways: leaf.gateways.length > 0 ? leaf.gateways : root.gateways,
    ...(name === "" ? {} : { name }),
  };
}

/** Whether a delegate's condition keeps within the root's, as far as that can be told from how they are written (Istio: `hasConflict`). */
function hasRoom(root: HttpMatchRequest, leaf: HttpMatchRequest): boolean {
  return (
    isWithin(root.uri, leaf.uri) &&
    isWithin(root.scheme, leaf.scheme) &&
    isWithin(root.method, leaf.method) &&
    isWithin(root.authority, leaf.authority) &&
    areWithin(root.headers, leaf.headers) &&
    areWithin(root.withoutHeaders, leaf.withoutHeaders) &&
    areWithin(root.queryParams, leaf.queryParams) &&
    root.ignoreUriCase === leaf.ignoreUriCase &&
    (root.port === undefined || leaf.port === undefined || root.port === leaf.port) &&
    // Unlike other conditions, the root's has to be said again.
    (root.sourceNamespace === undefined || root.sourceNamespace === leaf.sourceNamespace) &&
    Object.entries(root.sourceLabels).every(([key, value]) => !Object.hasOwn(leaf.sourceLabels, key) || leaf.sourceLabels[key] === value) &&
    (root.gateways.length === 0 || leaf.gateways.every((gateway) => root.gateways.includes(gateway)))
  );
}

type ValueMatches = HttpMatchRequest["headers"];
type ValueMatch = ValueMatches[string];

const areWithin = (outer: ValueMatches, inner: ValueMatches): boolean =>
  Object.entries(outer).every(([key, value]) => !Object.hasOwn(inner, key) || isWithin(value, inner[key]));

/** That two regular expressions, or one and a text, are the same or within each other cannot be told: they are not. */
function isWithin(outer: ValueMatch | undefined, inner: ValueMatch | undefined): boolean {
  if (outer === undefined || inner === undefined) return true;
  if (outer.kind === "exact") return inner.kind === "exact" && inner.value === outer.value;
  return outer.kind === "prefix" && (inner.kind === "exact" || inner.kind === "prefix") && inner.value.startsWith(outer.value);
}
