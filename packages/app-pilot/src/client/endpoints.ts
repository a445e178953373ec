import { matchesName } from "./clusters.ts";
import { at, listOf, textOf } from "./json.ts";
import type { Filters, View } from "./view.ts";

export const endpointView: View = {
  section: "envoy.admin.v3.EndpointsConfigDump",
  about: "endpoints (EDS)",
  filters: ["fqdn", "port", "subset", "cluster"],
  headings: ["ENDPOINT", "STATUS", "WEIGHT", "LOCALITY", "CLUSTER"],
  resources: (section) => listOf(at(section, "dynamic_endpoint_configs")).map((entry) => at(entry, "endpoint_config")),
  matches(assignment, filters: Filters) {
    const name = textOf(at(assignment, "cluster_name"));
    return (filters.cluster === undefined || filters.cluster === name) && matchesName(name, { ...filters });
  },
  rows(assignment) {
    const cluster = textOf(at(assignment, "cluster_name"));
    return listOf(at(assignment, "endpoints")).flatMap((group) => {
      const locality = ["region", "zone", "sub_zone"].map((part) => textOf(at(group, "locality", part))).filter(Boolean);
      return listOf(at(group, "lb_endpoints")).map((endpoint) => [
        addressOf(at(endpoint, "endpoint", "address")),
        textOf(at(endpoint, "health_status")) || "HEALTHY",
        textOf(at(endpoint, "load_balancing_weight")) || "1",
        locality.join("/") || "-",
        cluster,
      ]);
    });
  },
};

export function addressOf(address: unknown): string {
  const host = textOf(at(address, "socket_address", "address"));
  if (host === "") return textOf(at(address, "pipe", "path")) || textOf(at(address, "envoy_internal_address", "server_listener_name"));
  return `${host.includes(":") ? `[${host}]` : host}:${textOf(at(address, "socket_address", "port_value"))}`;
}
