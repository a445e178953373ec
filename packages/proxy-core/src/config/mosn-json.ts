import type { SourceValue } from "./source.ts";

/** Whether a document is the JSON of MOSN (the sidecar in Go) and not a bootstrap of Envoy's. */
export function isMosnConfig(root: SourceValue): boolean {
  if (root.kind !== "object") return false;
  const names = new Set(root.entries.map(({ key }) => key));
  if (names.has("static_resources") || names.has("staticResources")) return false;
  if (names.has("servers") || names.has("mosn_server_name")) return true;
  const manager = root.entries.find(({ key }) => key === "cluster_manager")?.value;
  return manager?.kind === "object" && manager.entries.some(({ key }) => key === "clusters" || key === "clusters_configs");
}

export const mosnConfigMessage: string =
  'this is a configuration of MOSN\'s own, with "servers" and "cluster_manager": reading it is not supported yet; ' +
  'write it as an Envoy v3 bootstrap, with "static_resources" and "admin"';
