import type { DerivableResourceSet, Resource } from "@mesh/xds-server";
import type { MeshService } from "../../model/index.ts";
import type { ProxyScope } from "../../scope/index.ts";
import { haveNames } from "../endpoints/assignment.ts";
import { localityKeyOf } from "../endpoints/locality-key.ts";
import { deriveSet, type ScopedSet } from "../derive-set.ts";
import { absent, Memo } from "../memo.ts";
import { inboundClusters } from "./inbound.ts";
import { outboundClusters, warmUpOf } from "./outbound.ts";
import { clusterDialectOf, type ClusterDialect } from "./dialect.ts";
import { specialClusters } from "./special.ts";

/** By service, rule, mesh and dialect; within it by what else counts, as text. */
const outbound = new Memo<Map<string, readonly Resource[]>>();
const special = new Memo<readonly Resource[]>();

function remembered<Value>(values: Map<string, Value>, key: string, make: () => Value): Value {
  let value = values.get(key);
  if (value === undefined) {
    value = make();
    values.set(key, value);
  }
  return value;
}

/** What of the endpoints the clusters of a service depend on, where these do not carry them. */
function warmUpKey(scope: ProxyScope, service: MeshService, dialect: ClusterDialect): string {
  if (!dialect.features.slowStart) return "";
  let key = "";
  for (const [portName, listed] of scope.endpoints(service)) {
    const ms = warmUpOf(listed);
    if (ms > 0) key += ` ${portName} ${ms}`;
  }
  return key;
}

/** Whether its endpoints are listed, and yet written into clusters of DNS. */
function carriesEndpoints(scope: ProxyScope, service: MeshService): boolean {
  for (const listed of scope.endpoints(service).values()) if (haveNames(listed)) return true;
  return false;
}

/** The outbound clusters of one service: the same array as long as nothing that they are made of changes, for all proxies that are alike. */
function clustersOfService(scope: ProxyScope, service: MeshService): readonly Resource[] {
  const { mesh, proxy } = scope;
  const rule = scope.destinationRule(service);
  const dialect = clusterDialectOf(proxy);
  const make = (): readonly Resource[] => outboundClusters({ service, rule, endpoints: scope.endpoints(service), mesh, proxy, dialect });
  const newMap = (): Map<string, readonly Resource[]> => new Map();
  const isStatic = service.resolution === "static" || service.resolution === "passthrough";
  if (!isStatic || carriesEndpoints(scope, service)) {
    // Clusters of DNS carry their endpoints: they are made again with them, and for each place that counts.
    const values = outbound.get([service, rule ?? absent, mesh, dialect, scope.endpoints(service)], newMap);
    return remembered(values, localityKeyOf(scope, service), make);
  }
  return remembered(outbound.get([service, rule ?? absent, mesh, dialect], newMap), warmUpKey(scope, service, dialect), make);
}

/** Those that lead to no service. */
const specialOf = ({ mesh, proxy }: ProxyScope): readonly Resource[] =>
  special.get([mesh, clusterDialectOf(proxy)], () => specialClusters(proxy, mesh));

const none: readonly Resource[] = [];

/** Those of what the application serves. They depend on no endpoints. */
export const ownClustersOf = (scope: ProxyScope): readonly Resource[] => (scope.proxy.type === "sidecar" ? inboundClusters(scope) : none);

/** All clusters of a proxy, under Istio's names, each name once. */
export const clustersOf = (scope: ProxyScope): readonly Resource[] => [
  ...scope.services.flatMap((service) => clustersOfService(scope, service)),
  ...specialOf(scope),
  ...ownClustersOf(scope),
];

/** Those of what the application calls, and of no service. `before`: an earlier one for the same class of proxies. */
export const calledClusterSetOf = (scope: ProxyScope, before?: ScopedSet): DerivableResourceSet =>
  deriveSet(scope, before, { ofService: clustersOfService, others: specialOf });
