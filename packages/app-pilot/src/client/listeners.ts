import { at, listOf, textOf } from "./json.ts";
import { describeRoutes } from "./routes.ts";
import type { View } from "./view.ts";

const managerName = "http_connection_manager.v3.HttpConnectionManager";

export const listenerView: View = {
  section: "envoy.admin.v3.ListenersConfigDump",
  about: "listeners (LDS)",
  filters: ["port", "name"],
  headings: ["ADDRESS", "PORT", "MATCH", "DESTINATION"],
  resources: (section) => listOf(at(section, "dynamic_listeners")).map((entry) => at(entry, "active_state", "listener")),
  matches: (listener, { port, name }) =>
    (port === undefined || portOf(listener) === port) && (name === undefined || textOf(at(listener, "name")) === name),
  rows(listener) {
    const address = textOf(at(listener, "address", "socket_address", "address")) || textOf(at(listener, "name"));
    const chains = [...listOf(at(listener, "filter_chains")), at(listener, "default_filter_chain")].filter((chain) => chain !== undefined);
    const rows = chains.map((chain) => [
      address,
      portOf(listener) || "-",
      describeMatch(at(chain, "filter_chain_match")),
      describeFilters(chain),
    ]);
    // A gRPC library's listener has no chains.
    const api = at(listener, "api_listener", "api_listener");
    return api === undefined ? rows : [[address, "-", "ALL", describeFilter(api)]];
  },
};

const portOf = (listener: unknown): string => textOf(at(listener, "address", "socket_address", "port_value"));

function describeMatch(match: unknown): string {
  const texts = (name: string): string => listOf(at(match, name)).map(textOf).join(",");
  const ranges = listOf(at(match, "prefix_ranges")).map(
    (range) => `${textOf(at(range, "address_prefix"))}/${textOf(at(range, "prefix_len"))}`,
  );
  const port = textOf(at(match, "destination_port"));
  const parts = [
    texts("server_names") && `SNI: ${texts("server_names")}`,
    textOf(at(match, "transport_protocol")) && `Trans: ${textOf(at(match, "transport_protocol"))}`,
    texts("application_protocols") && `App: ${texts("application_protocols")}`,
    (ranges.length > 0 || port !== "") && `Addr: ${ranges.join(",") || "*"}${port && `:${port}`}`,
  ].filter((part) => part !== "" && part !== false);
  return parts.join("; ") || "ALL";
}

/** Where the last filter of a chain leads. */
function describeFilters(chain: unknown): string {
  return describeFilter(at(listOf(at(chain, "filters")).at(-1), "typed_config"));
}

function describeFilter(config: unknown): string {
  const type = textOf(at(config, "@type"));
  const route = textOf(at(config, "rds", "route_config_name"));
  if (route !== "") return `Route: ${route}`;
  const inline = at(config, "route_config");
  if (inline !== undefined) return `Inline Route: ${describeRoutes(inline)}`;
  const cluster = textOf(at(config, "cluster"));
  if (cluster !== "") return `Cluster: ${cluster}`;
  const weighted = listOf(at(config, "weighted_clusters", "clusters")).map(
    (each) => `${textOf(at(each, "name"))} (${textOf(at(each, "weight"))})`,
  );
  if (weighted.length > 0) return `Clusters: ${weighted.join(", ")}`;
  return type.endsWith(managerName) ? "HTTP" : type.slice(type.lastIndexOf(".") + 1);
}
