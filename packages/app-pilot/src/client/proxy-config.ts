import { UsageError } from "../errors.ts";
import { formatTable } from "../table.ts";
import { askPilot } from "./ask.ts";
import { clusterView } from "./clusters.ts";
import { endpointView } from "./endpoints.ts";
import { at, listOf } from "./json.ts";
import { listenerView } from "./listeners.ts";
import { routeView } from "./routes.ts";
import type { Filters, View } from "./view.ts";

export interface ProxyConfigOptions extends Filters {
  readonly address: string;
  readonly output: "table" | "json";
}

export const views: Readonly<Record<"cluster" | "listener" | "route" | "endpoint", View>> = {
  cluster: clusterView,
  listener: listenerView,
  route: routeView,
  endpoint: endpointView,
};

/** What a connected proxy is to have of one kind. */
export async function proxyConfig(view: View, node: string, options: ProxyConfigOptions): Promise<string> {
  const dump = await askPilot(options.address, `/debug/config_dump?proxyID=${encodeURIComponent(node)}`);
  const section = listOf(at(dump, "configs")).find((config) => at(config, "@type") === `type.googleapis.com/${view.section}`);
  if (section === undefined) throw new UsageError(`the pilot at ${options.address} says nothing of ${view.section}`);
  const resources = view.resources(section).filter((resource) => view.matches(resource, options));
  if (options.output === "json") return JSON.stringify(resources, undefined, 2);
  const rows = resources.flatMap((resource) => view.rows(resource, options));
  const columns = view.sortedColumns ?? view.headings.length;
  return formatTable(
    view.headings,
    rows.toSorted((one, other) => compareCells(one.slice(0, columns), other)),
  );
}

function compareCells(one: readonly string[], other: readonly string[]): number {
  for (const [column, cell] of one.entries()) {
    const order = cell.localeCompare(other[column] ?? "", "en", { numeric: true });
    if (order !== 0) return order;
  }
  return 0;
}
