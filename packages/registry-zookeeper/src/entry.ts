import { registryError, type RegistryRegistration } from "@mesh/registry";
import { dubboEntry, dubboId } from "./layouts/dubbo-url.ts";
import { sofaEntry } from "./layouts/sofa-rpc-url.ts";
import type { ZookeeperRegistryOptions } from "./options.ts";
import { encodeNodeName, parseProviderUrl } from "./provider-url.ts";
import type { Entry } from "./record.ts";

/** Makes the node of a registration: Bolt's in SOFARPC's layout, Dubbo's and Triple's in Dubbo's interface level. */
export function entryMaker(options: ZookeeperRegistryOptions): (registration: RegistryRegistration) => Entry {
  const { name = "zookeeper", layouts, sofaRpcRoot = "/sofa-rpc", dubboRoot = "/dubbo" } = options;
  const has = (layout: "sofa-rpc" | "dubbo"): boolean => layouts === undefined || layouts.includes(layout);
  return (registration) => {
    checkTexts(registration);
    const { service, protocol, address, port } = registration;
    if (protocol === "bolt" && has("sofa-rpc")) {
      const { url, data } = sofaEntry(registration, name);
      const key = `sofa-rpc ${service} ${address}:${port} ${registration.labels?.["uniqueId"] ?? ""}`;
      return { key, path: `${sofaRpcRoot}/${service}/providers/${encodeNodeName(url)}`, data };
    }
    if ((protocol === "dubbo" || protocol === "tri") && has("dubbo")) {
      const url = dubboEntry(registration, name);
      const parsed = parseProviderUrl(url);
      if (parsed === undefined) throw refused(registration, `${url} cannot be read again`);
      return {
        key: `dubbo ${service} ${dubboId(parsed)}`,
        path: `${dubboRoot}/${service}/providers/${encodeNodeName(url)}`,
        data: Buffer.alloc(0),
      };
    }
    throw refused(registration, `there is no place for ${protocol} in ${layouts?.join(", ") ?? "the layouts"}`);
  };
}

/** What would be read otherwise than it was written. */
function checkTexts(registration: RegistryRegistration): void {
  const { portName, labels = {}, locality, origin } = registration;
  for (const [key, value] of Object.entries(labels)) {
    if (/[&=]/.test(key) || value.includes("&")) throw refused(registration, `the label ${key} has & or = in it, which an URL cannot keep`);
  }
  const texts = [portName, origin?.registry, locality?.region, locality?.zone, locality?.subZone];
  if (texts.some((text) => text?.includes("&"))) throw refused(registration, "& in portName, origin or locality, which an URL cannot keep");
  const parts = [locality?.region, locality?.zone, locality?.subZone];
  if (parts.some((text) => text?.includes("/"))) throw refused(registration, "a slash in the locality");
}

function refused(registration: RegistryRegistration, why: string): Error {
  return registryError("MESH_REGISTRY_INVALID_REGISTRATION", `registration of ${registration.service}: ${why}`);
}
