import { configName } from "./clusters.ts";
import { at, listOf, textOf } from "./json.ts";
import type { View } from "./view.ts";

export const routeView: View = {
  section: "envoy.admin.v3.RoutesConfigDump",
  about: "routes (RDS)",
  filters: ["name", "fqdn"],
  headings: ["NAME", "VHOST NAME", "DOMAINS", "MATCH", "DESTINATION", "VIRTUAL SERVICE"],
  // Of a virtual host the first route that matches counts.
  sortedColumns: 3,
  resources: (section) => listOf(at(section, "dynamic_route_configs")).map((entry) => at(entry, "route_config")),
  matches: (config, { name, fqdn }) =>
    (name === undefined || textOf(at(config, "name")) === name) && (fqdn === undefined || hostsOf(config).some((host) => isOf(host, fqdn))),
  rows(config, { fqdn }) {
    const hosts = hostsOf(config).filter((host) => fqdn === undefined || isOf(host, fqdn));
    return hosts.flatMap((host) => {
      const start = [textOf(at(config, "name")), textOf(at(host, "name")), describeDomains(host)];
      const routes = listOf(at(host, "routes"));
      if (routes.length === 0) return [[...start, "-", "-", ""]];
      return routes.map((route) => [...start, describeMatch(at(route, "match")), describeAction(route), configName(at(route, "metadata"))]);
    });
  },
};

const hostsOf = (config: unknown): readonly unknown[] => listOf(at(config, "virtual_hosts"));

const isOf = (host: unknown, fqdn: string): boolean =>
  [at(host, "name"), ...listOf(at(host, "domains"))].some((name) => textOf(name).includes(fqdn));

/** The first of them, and how many more. */
function describeDomains(host: unknown): string {
  const domains = listOf(at(host, "domains")).map(textOf);
  return domains.length > 2 ? `${domains.slice(0, 2).join(", ")} + ${domains.length - 2} more...` : domains.join(", ");
}

export function describeMatch(match: unknown): string {
  const headers = listOf(at(match, "headers")).map((header) => textOf(at(header, "name")));
  const regex = textOf(at(match, "safe_regex", "regex"));
  const prefix = textOf(at(match, "prefix")) || textOf(at(match, "path_separated_prefix"));
  const path = textOf(at(match, "path"));
  const parts = [prefix && `${prefix}*`, path, regex && `regex ${regex}`, headers.length > 0 && `headers ${headers.join(",")}`];
  return parts.filter((part) => part !== "" && part !== false).join(" ") || "*";
}

function describeAction(route: unknown): string {
  const action = at(route, "route");
  const cluster = textOf(at(action, "cluster"));
  if (cluster !== "") return cluster;
  const weighted = listOf(at(action, "weighted_clusters", "clusters")).map(
    (each) => `${textOf(at(each, "name"))} (${textOf(at(each, "weight"))})`,
  );
  if (weighted.length > 0) return weighted.join(", ");
  if (at(route, "redirect") !== undefined) return "redirect";
  const status = textOf(at(route, "direct_response", "status"));
  return status === "" ? "-" : `response ${status}`;
}

/** In one line: what matches everything and leads to one cluster is told by its cluster. */
export function describeRoutes(config: unknown): string {
  return hostsOf(config)
    .map((host) => {
      const routes = listOf(at(host, "routes"));
      const domains = listOf(at(host, "domains")).map(textOf).join("/");
      const texts = routes.map((route) =>
        describeMatch(at(route, "match")) === "/*"
          ? describeAction(route)
          : `${describeMatch(at(route, "match"))} ${describeAction(route)}`,
      );
      return [domains === "*" ? "" : domains, texts.join(", ")].filter(Boolean).join(" ");
    })
    .join("; ");
}
