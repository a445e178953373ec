import { at, listOf, textOf } from "./json.ts";
import { parseClusterName, type Filters, type View } from "./view.ts";

export const clusterView: View = {
  section: "envoy.admin.v3.ClustersConfigDump",
  about: "clusters (CDS)",
  filters: ["fqdn", "port", "subset", "direction"],
  headings: ["SERVICE FQDN", "PORT", "SUBSET", "DIRECTION", "TYPE", "DESTINATION RULE"],
  resources: (section) => listOf(at(section, "dynamic_active_clusters")).map((entry) => at(entry, "cluster")),
  matches: (cluster, filters) => matchesName(textOf(at(cluster, "name")), filters),
  rows(cluster) {
    const name = textOf(at(cluster, "name"));
    const { fqdn, port, subset, direction } = parseClusterName(name) ?? { fqdn: name, port: "", subset: "", direction: "" };
    return [
      [fqdn, port || "-", subset || "-", direction || "-", textOf(at(cluster, "type")) || "STATIC", configName(at(cluster, "metadata"))],
    ];
  },
};

export function matchesName(name: string, { fqdn, port, subset, direction }: Filters): boolean {
  const parts = parseClusterName(name);
  return (
    (fqdn === undefined || (parts?.fqdn ?? name).includes(fqdn)) &&
    (port === undefined || parts?.port === port) &&
    (subset === undefined || parts?.subset === subset) &&
    (direction === undefined || parts?.direction === direction)
  );
}

/** The configuration that made something, as Istio tells it in the metadata `istio`: `reviews.shop`. */
export function configName(metadata: unknown): string {
  const path = textOf(at(metadata, "filter_metadata", "istio", "config"));
  const [, namespace, , name] = /\/namespaces\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  return name === undefined ? "" : `${name}.${namespace}`;
}
