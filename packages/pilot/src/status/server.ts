import { textAnswer, type Answer, type Handler } from "./http-server.ts";
import type { PilotMetrics } from "./metrics.ts";
import { configDump, endpointz, registryz, syncz, type Json, type PageProblem, type StatusSources } from "./pages.ts";

export interface StatusOptions {
  readonly sources: StatusSources;
  readonly metrics: PilotMetrics;
  /** The configuration that is in force, what is wrong with the rest, and what of it proxies do not get. */
  readonly configs: () => Json;
}

type Page = (query: URLSearchParams) => Json | PageProblem;

const isProblem = (page: Json | PageProblem): page is PageProblem =>
  typeof page === "object" && page !== null && "status" in page && "message" in page && Object.keys(page).length === 2;

const debugPrefix = "/debug/";

/** `/ready`, `/metrics` and `/debug/…`. They show the whole configuration: keep them where only operators reach them. */
export function statusHandler({ sources, metrics, configs }: StatusOptions): Handler {
  const pages = new Map<string, { readonly about: string; readonly page: Page }>([
    ["syncz", { about: "Who is connected, and what each has accepted", page: () => syncz(sources) }],
    [
      "config_dump",
      { about: "What a proxy is to have: ?proxyID=<name>.<namespace>", page: (query) => configDump(sources, query.get("proxyID")) },
    ],
    ["registryz", { about: "Registries and services", page: () => registryz(sources) }],
    ["endpointz", { about: "Endpoints: all, or ?host=<host>", page: (query) => endpointz(sources, query.get("host")) }],
    ["configz", { about: "Istio's configuration as it is in force, its problems, and what proxies do not get of it", page: configs }],
  ]);
  const index = [
    "/ready  200 once there is something to serve",
    "/metrics  for Prometheus",
    ...[...pages].map(([name, { about }]) => `${debugPrefix}${name}  ${about}`),
    "",
  ].join("\n");
  return (path, query) => {
    if (path === "/ready") return ready(sources);
    if (path === "/metrics") return metricsAnswer(metrics);
    if (path === "/" || path === "/debug" || path === debugPrefix) return textAnswer(200, index);
    const page = path.startsWith(debugPrefix) ? pages.get(path.slice(debugPrefix.length)) : undefined;
    return page === undefined ? textAnswer(404, index) : pageAnswer(page.page(query));
  };
}

/** `/metrics` alone, for who may not see the rest. */
export function metricsHandler(metrics: PilotMetrics): Handler {
  return (path) => (path === "/metrics" ? metricsAnswer(metrics) : textAnswer(404, "/metrics  for Prometheus\n"));
}

function ready({ snapshot }: StatusSources): Answer {
  return snapshot() === undefined ? textAnswer(503, "registries or configuration have not been read yet\n") : textAnswer(200, "ready\n");
}

async function metricsAnswer({ registry }: PilotMetrics): Promise<Answer> {
  return { status: 200, type: registry.contentType, body: await registry.metrics() };
}

function pageAnswer(content: Json | PageProblem): Answer {
  if (isProblem(content)) return textAnswer(content.status, `${content.message}\n`);
  return { status: 200, type: "application/json", body: `${JSON.stringify(content, undefined, 1)}\n` };
}
