import { clustersMessage, clustersText } from "../../cluster/index.ts";
import { dumpMessage } from "../../config/index.ts";
import { formatAddress } from "../../network/index.ts";
import { parseStatsQuery, renderStats } from "../../stats/index.ts";
import { configDump } from "./config-dump.ts";
import { json, text, type AdminEndpoint, type AdminResponse, type AdminServices } from "./endpoint.ts";
import { initDump } from "./init-dump.ts";
import { homePage } from "./home-page.ts";
import { listenersMessage, serverInfo } from "./messages.ts";

const asksForJson = (query: URLSearchParams): boolean => query.get("format") === "json";

function stats(query: URLSearchParams, { server }: AdminServices): AdminResponse {
  const parsed = parseStatsQuery(query);
  if (!parsed.ok) return text(parsed.message, 400);
  server.refreshStats();
  const { contentType, body } = renderStats(server.stats.snapshot(), parsed.query);
  return { status: 200, contentType, body };
}

function logging(query: URLSearchParams, { logLevels }: AdminServices): AdminResponse {
  if (logLevels === undefined) return text("this proxy was not given a log whose level can be changed\n", 501);
  const level = query.get("level");
  try {
    if (level !== null) logLevels.set(level);
  } catch (error) {
    return text(`error: ${error instanceof Error ? error.message : String(error)}\n`, 400);
  }
  return text(`active loggers:\n  mosn: ${logLevels.get()}\n`);
}

const runtimeModifyUsage =
  "usage: /runtime_modify?key1=value1&key2=value2&keyN=valueN\nuse an empty value to remove a previously added override\n";

/** Envoy's pages, and what they change. */
export const endpoints: readonly AdminEndpoint[] = [
  {
    path: "/",
    help: "this proxy at a glance, for people",
    mutates: false,
    respond: (_, services) => homePage(services, endpoints),
  },
  {
    path: "/clusters",
    help: "upstream clusters and their hosts (format=json)",
    mutates: false,
    respond: ({ query }, { server }) => {
      const clusters = server.clusters.describe();
      if (!asksForJson(query)) return text(clustersText(clusters));
      return json(dumpMessage(server.extensions.registry, "envoy.admin.v3.Clusters", clustersMessage(clusters)));
    },
  },
  {
    path: "/config_dump",
    help: "the configuration in force, secrets redacted (resource=static_listeners, mask=listener.name, name_regex=regex, include_eds)",
    mutates: false,
    respond: ({ query }, { server }) => configDump(server, query),
  },
  {
    path: "/drain_listeners",
    help: "take no new connections; with graceful, drain first, and take none once the drain time is over, or with skip_exit never",
    mutates: true,
    respond: ({ query }, { server }) => {
      if (query.has("inboundonly")) return text("inboundonly is not supported yet\n", 400);
      const isGraceful = query.has("graceful");
      if (query.has("skip_exit") && !isGraceful) return text("skip_exit requires graceful\n", 400);
      if (isGraceful) server.drain(!query.has("skip_exit"));
      else server.stopListening();
      return text("OK\n");
    },
  },
  {
    path: "/healthcheck/fail",
    help: "report as unhealthy, and end connections between two requests",
    mutates: true,
    respond: (_, { server }) => {
      server.failHealthCheck(true);
      return text("OK\n");
    },
  },
  {
    path: "/healthcheck/ok",
    help: "report as healthy again",
    mutates: true,
    respond: (_, { server }) => {
      server.failHealthCheck(false);
      return text("OK\n");
    },
  },
  {
    path: "/help",
    help: "this list",
    mutates: false,
    respond: () =>
      text(
        `admin commands are:\n${endpoints.map(({ path, help, mutates }) => `  ${path}${mutates ? " (POST)" : ""}: ${help}\n`).join("")}`,
      ),
  },
  {
    path: "/init_dump",
    help: "what is not in use yet, and what it waits for (mask=listener)",
    mutates: false,
    respond: ({ query }, { server }) =>
      json(dumpMessage(server.extensions.registry, "envoy.admin.v3.UnreadyTargetsDumps", initDump(server, query.get("mask")))),
  },
  {
    path: "/listeners",
    help: "where the proxy listens (format=json)",
    mutates: false,
    respond: ({ query }, { server }) => {
      if (asksForJson(query)) return json(dumpMessage(server.extensions.registry, "envoy.admin.v3.Listeners", listenersMessage(server)));
      return text(server.listeners.listeners.map(({ name, address }) => `${name}::${formatAddress(address)}\n`).join(""));
    },
  },
  {
    path: "/logging",
    help: "read the level of the log, or change it (level=debug)",
    mutates: true,
    respond: ({ query }, services) => logging(query, services),
  },
  {
    path: "/quitquitquit",
    help: "end the process",
    mutates: true,
    respond: (_, { onQuit }) => {
      setImmediate(onQuit);
      return text("OK\n");
    },
  },
  {
    path: "/ready",
    help: "the server's state; 503 unless it is LIVE",
    mutates: false,
    respond: (_, { server }) => text(`${server.state}\n`, server.state === "LIVE" ? 200 : 503),
  },
  {
    path: "/reset_counters",
    help: "set all counters to 0",
    mutates: true,
    respond: (_, { server }) => {
      server.stats.resetCounters();
      return text("OK\n");
    },
  },
  {
    path: "/runtime",
    help: "the values of runtime keys, by layer",
    mutates: false,
    respond: (_, { server }) => json(server.runtimeLayers.describe()),
  },
  {
    path: "/runtime_modify",
    help: "set runtime keys in the admin layer (key=value); an empty value takes a key's value away",
    mutates: true,
    respond: ({ query }, { server }) => {
      if (query.size === 0) return text(runtimeModifyUsage, 400);
      const result = server.runtimeLayers.modify(query);
      return result.ok ? text("OK\n") : text(`${result.message}\n`, 503);
    },
  },
  {
    path: "/server_info",
    help: "version, state, uptime and node",
    mutates: false,
    respond: (_, { server, version }) => {
      const info = dumpMessage(server.extensions.registry, "envoy.admin.v3.ServerInfo", serverInfo(server, version));
      // LIVE is the enumeration's default, which ProtoJSON leaves out and Envoy prints on this page.
      return json({ state: server.state, ...(typeof info === "object" ? info : undefined) });
    },
  },
  {
    path: "/stats",
    help: "statistics (filter=regex, format=json|prometheus, usedonly, type=Counters|Gauges|Histograms|TextReadouts)",
    mutates: false,
    respond: ({ query }, services) => stats(query, services),
  },
  {
    path: "/stats/prometheus",
    help: "statistics for Prometheus",
    mutates: false,
    respond: ({ query }, services) => {
      query.set("format", "prometheus");
      return stats(query, services);
    },
  },
];
