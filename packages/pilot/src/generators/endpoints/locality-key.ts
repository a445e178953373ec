import type { MeshService } from "../../model/index.ts";
import type { ProxyScope } from "../../scope/index.ts";
import { clusterDialectOf } from "../clusters/dialect.ts";
import { partsOf, policyOf } from "../clusters/parts.ts";
import { localityPlanOf } from "./locality-plan.ts";

/** Alike for all proxies of a dialect whose place makes no difference to how a service's endpoints are spread; mostly empty. */
export function localityKeyOf(scope: ProxyScope, service: MeshService): string {
  const { mesh, proxy } = scope;
  const rule = scope.destinationRule(service);
  if (rule === undefined) return localityPlanOf({}, mesh, proxy).key;
  const dialect = clusterDialectOf(proxy);
  const keys = service.ports.flatMap((port) =>
    partsOf(service, port, rule, dialect).map((part) => localityPlanOf(policyOf(rule, port, part), mesh, proxy).key),
  );
  return keys.every((key) => key === "") ? "" : keys.join("|");
}
