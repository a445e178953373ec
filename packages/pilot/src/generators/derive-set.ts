import { createResourceSet, type DerivableResourceSet, type Resource } from "@mesh/xds-server";
import type { MeshService } from "../model/index.ts";
import type { ProxyScope } from "../scope/index.ts";

/** A set, and the scope that it was made of. */
export interface ScopedSet {
  readonly scope: ProxyScope;
  readonly set: DerivableResourceSet;
}

/** What services have in a set: the same array as long as nothing of it changes. */
export interface SetParts {
  readonly ofService: (scope: ProxyScope, service: MeshService) => readonly Resource[];
  /** What does not come from services; few. */
  readonly others: (scope: ProxyScope) => readonly Resource[];
}

const nothing: readonly Resource[] = [];

/** Whether nothing that a service's resources are made of is other. */
const isSame = (service: MeshService, one: ProxyScope, other: ProxyScope): boolean =>
  one.endpoints(service) === other.endpoints(service) &&
  one.destinationRule(service) === other.destinationRule(service) &&
  one.mesh === other.mesh &&
  one.proxy === other.proxy;

/**
 * A set of the resources of all services, made of an earlier one of the same class of proxies where there is one: what services did not
 * change costs a comparison each.
 */
export function deriveSet(scope: ProxyScope, before: ScopedSet | undefined, { ofService, others }: SetParts): DerivableResourceSet {
  if (before === undefined) {
    return createResourceSet([...scope.services.flatMap((service) => ofService(scope, service)), ...others(scope)]);
  }
  const set: Resource[] = [];
  const remove: string[] = [];
  const replace = (old: readonly Resource[], now: readonly Resource[]): void => {
    if (old === now) return;
    for (const { name } of old) remove.push(name);
    for (const resource of now) set.push(resource);
  };
  const earlier = before.scope;
  if (earlier.services === scope.services) {
    for (const service of scope.services) {
      if (!isSame(service, earlier, scope)) replace(ofService(earlier, service), ofService(scope, service));
    }
  } else {
    const old = new Set(earlier.services);
    for (const service of scope.services) replace(old.delete(service) ? ofService(earlier, service) : nothing, ofService(scope, service));
    for (const service of old) replace(ofService(earlier, service), nothing);
  }
  replace(others(earlier), others(scope));
  return before.set.with({ set, remove });
}
