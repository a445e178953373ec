import type { DerivableResourceSet, Resource } from "@mesh/xds-server";
import type { MeshEndpoint, MeshService, ServicePort } from "../../model/index.ts";
import type { ProxyScope } from "../../scope/index.ts";
import { discoveryOf, partsOf, policyOf, type ServicePart } from "../clusters/parts.ts";
import { clusterDialectOf } from "../clusters/dialect.ts";
import { deriveSet, type ScopedSet } from "../derive-set.ts";
import { absent, Memo } from "../memo.ts";
import { resourceOf } from "../resource.ts";
import { outboundClusterName } from "../names.ts";
import { assignment, sentEndpoints } from "./assignment.ts";
import { localityKeyOf } from "./locality-key.ts";
import { localityPlanOf } from "./locality-plan.ts";

export { hasSentEndpoints, isUnreachable } from "./assignment.ts";

const noneListed: readonly MeshEndpoint[] = [];

/** By service, endpoints of the port, rule and mesh; within it by the cluster's name and what of the caller's place counts. */
const assignments = new Memo<Map<string, Resource>>();

/** The endpoints of EDS clusters, made when they are asked for, and once for all proxies that are sent the same. */
export interface ClusterEndpoints extends Iterable<Resource> {
  /** Undefined: the proxy has no such cluster, or it is none of EDS. A service without endpoints has an assignment without any. */
  get(clusterName: string): Resource | undefined;
  /** Of the outbound EDS clusters, in the order of `clustersOf`. */
  names(): Iterable<string>;
}

function assignmentOf(scope: ProxyScope, service: MeshService, port: ServicePort, part: ServicePart): Resource | undefined {
  const { mesh, proxy } = scope;
  const rule = scope.destinationRule(service);
  const policy = policyOf(rule, port, part);
  const listed = scope.endpoints(service).get(port.name) ?? noneListed;
  if (discoveryOf(service, policy, clusterDialectOf(proxy), listed, () => listed.length) !== "eds") return undefined;
  const plan = localityPlanOf(policy, mesh, proxy);
  const name = outboundClusterName(port.number, part.name, service.hostname);
  const made = assignments.get([service, listed, rule ?? absent, mesh], () => new Map<string, Resource>());
  const key = `${name} ${plan.key}`;
  let resource = made.get(key);
  if (resource === undefined) {
    const message = assignment(name, sentEndpoints(listed, part, plan, "address"), plan);
    resource = resourceOf(name, "envoy.config.endpoint.v3.ClusterLoadAssignment", message);
    made.set(key, resource);
  }
  return resource;
}

/** By service, endpoints, rule, mesh and dialect; within it by what of the caller's place counts. */
const ofServices = new Memo<Map<string, readonly Resource[]>>();

function makeAssignments(scope: ProxyScope, service: MeshService): readonly Resource[] {
  const dialect = clusterDialectOf(scope.proxy);
  const rule = scope.destinationRule(service);
  return service.ports.flatMap((port) => {
    if (port.protocol === "udp") return [];
    return partsOf(service, port, rule, dialect).flatMap((part) => assignmentOf(scope, service, port, part) ?? []);
  });
}

/** The assignments of one service's EDS clusters: the same array as long as nothing of them changes, for all proxies that are alike. */
function endpointsOfService(scope: ProxyScope, service: MeshService): readonly Resource[] {
  const { mesh, proxy } = scope;
  const parts = [service, scope.endpoints(service), scope.destinationRule(service) ?? absent, mesh, clusterDialectOf(proxy)];
  const made = ofServices.get(parts, () => new Map<string, readonly Resource[]>());
  const key = localityKeyOf(scope, service);
  let resources = made.get(key);
  if (resources === undefined) {
    resources = makeAssignments(scope, service);
    made.set(key, resources);
  }
  return resources;
}

/** The endpoints of a proxy's clusters. */
export function endpointsOf(scope: ProxyScope): ClusterEndpoints {
  const dialect = clusterDialectOf(scope.proxy);
  return {
    get: (clusterName) => {
      const [direction, number, partName, host] = clusterName.split("|");
      if (direction !== "outbound" || host === undefined) return undefined;
      const service = scope.service(host);
      const port = service?.ports.find((each) => each.number === Number(number) && each.protocol !== "udp");
      if (service === undefined || port === undefined || service.hostname !== host) return undefined;
      const part = partsOf(service, port, scope.destinationRule(service), dialect).find((each) => each.name === partName);
      return part && assignmentOf(scope, service, port, part);
    },
    *names() {
      for (const { name } of this) yield name;
    },
    *[Symbol.iterator]() {
      for (const service of scope.services) yield* endpointsOfService(scope, service);
    },
  };
}

const noOthers: readonly Resource[] = [];

/** All of `endpointsOf`, made at once. `before`: an earlier one for the same class of proxies. */
export const endpointSetOf = (scope: ProxyScope, before?: ScopedSet): DerivableResourceSet =>
  deriveSet(scope, before, { ofService: endpointsOfService, others: () => noOthers });
