import type { FieldTable } from "../fields.ts";
import { accessLogTables } from "./access-log.ts";
import { bootstrapTables, extensionTables } from "./bootstrap.ts";
import { clusterTables, endpointTables, healthCheckTables } from "./cluster.ts";
import { configSourceTables } from "./config-source.ts";
import { coreTables, matcherTables } from "./core.ts";
import { httpTables } from "./http.ts";
import { listenerTables } from "./listener.ts";
import { routeTables } from "./route.ts";
import { rpcTables } from "./rpc.ts";
import { streamFilterTables } from "./stream-filters.ts";
import { tcpProxyTables } from "./tcp-proxy.ts";

/** Tables that belong together, for the compatibility page. */
export interface FieldTableGroup {
  readonly title: string;
  readonly tables: readonly FieldTable[];
}

/** All tables, in the order of the compatibility page. */
export const fieldTableGroups: readonly FieldTableGroup[] = [
  { title: "Bootstrap", tables: bootstrapTables },
  { title: "Listeners", tables: listenerTables },
  { title: "HTTP", tables: httpTables },
  { title: "RPC", tables: rpcTables },
  { title: "TCP proxy", tables: tcpProxyTables },
  { title: "Routes", tables: routeTables },
  { title: "Stream filters", tables: streamFilterTables },
  { title: "Clusters", tables: clusterTables },
  { title: "Endpoints", tables: endpointTables },
  { title: "Health checks", tables: healthCheckTables },
  { title: "Configuration sources", tables: configSourceTables },
  { title: "Access logs", tables: accessLogTables },
  { title: "Matchers", tables: matcherTables },
  { title: "Extensions", tables: extensionTables },
  { title: "Common messages", tables: coreTables },
];

export const fieldTables: readonly FieldTable[] = fieldTableGroups.flatMap(({ tables }) => tables);
