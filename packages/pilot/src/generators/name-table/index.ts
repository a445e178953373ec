import { isIP } from "node:net";
import type { MessageInit } from "@mesh/xds-proto";
import type { Resource } from "@mesh/xds-server";
import type { MeshService, ServiceEndpoints } from "../../model/index.ts";
import type { ProxyScope } from "../../scope/index.ts";
import { kubernetesName } from "../clusters/metadata.ts";
import { Memo } from "../memo.ts";
import { resourceOf } from "../resource.ts";

type NameInfo = MessageInit<"istio.networking.nds.v1.NameTable.NameInfo">;

/** The name under which the table is sent. Istio's agents ask for the type, not for a name. */
export const nameTableName = "name-table";

/** What callers dial; where a service has no address, those of its endpoints that answer. CIDR blocks are no answers to a query. */
function addressesOf({ addresses, allottedAddress, resolution }: MeshService, endpoints: () => ServiceEndpoints): readonly string[] {
  const own = addresses.filter((address) => isIP(address) > 0);
  if (own.length > 0) return own;
  if (allottedAddress !== undefined) return [allottedAddress];
  if (resolution !== "passthrough") return [];
  const found = new Set<string>();
  for (const listed of endpoints().values()) {
    for (const { address, health } of listed) if (health === "healthy" && isIP(address) > 0) found.add(address);
  }
  return [...found];
}

/** Istio's name of what it reads ServiceEntry resources with. */
const registryOf = (source: string): string => (source === "service-entry" ? "External" : source);

function infoOf(service: MeshService, ips: readonly string[]): NameInfo {
  const short = kubernetesName(service.hostname);
  return { ips, registry: registryOf(service.source), shortname: short?.name, namespace: short?.namespace };
}

const tables = new Memo<Resource>();

/**
 * What a DNS server beside the proxy answers: the addresses of all services that the proxy sees and that have any. Made again when a service
 * comes, goes or changes; endpoints count only for services that are reached by their endpoints' addresses.
 */
export function nameTableOf(scope: ProxyScope): Resource {
  const byEndpoints: ServiceEndpoints[] = [];
  const entries: [MeshService, readonly string[]][] = [];
  for (const service of scope.services) {
    const ips = addressesOf(service, () => {
      const endpoints = scope.endpoints(service);
      byEndpoints.push(endpoints);
      return endpoints;
    });
    if (ips.length > 0) entries.push([service, ips]);
  }
  return tables.get([scope.services, ...byEndpoints], () => {
    const table = Object.fromEntries(entries.map(([service, ips]) => [service.hostname.toLowerCase(), infoOf(service, ips)]));
    return resourceOf(nameTableName, "istio.networking.nds.v1.NameTable", { table });
  });
}
