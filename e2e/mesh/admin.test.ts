/** The admin port: each page as Envoy has it, what it changes, and who may. */
import { Agent } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromium, renderPage } from "../peers/chromium.ts";
import { curl } from "../peers/curl.ts";
import { httpListener, routeTo, rpcListener, startMosn, staticCluster, tcpListener, type MosnPeer } from "../peers/mosn.ts";
import { freePort } from "../peers/ports.ts";
import { checkMetrics, promtool } from "../peers/promtool.ts";
import { requirePeer } from "../peers/tools.ts";
import { ask, startHttpOrigin, type Origin } from "./origin.ts";
import { parseExposition } from "./exposition.ts";
import { dial } from "./raw.ts";

/** Parsed JSON, looked into without knowing its shape. */
function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value;
  for (const key of path) here = typeof here === "object" && here !== null ? Reflect.get(here, key) : undefined;
  return here;
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

describe("the pages of a running proxy", () => {
  let origin: Origin;
  let mosn: MosnPeer;
  let httpPort: number;
  let tcpPort: number;
  let rpcPort: number;

  beforeAll(async () => {
    origin = await startHttpOrigin((request, response) => response.writeHead(request.url === "/bad" ? 500 : 200).end("ok"));
    [httpPort, tcpPort, rpcPort] = [await freePort(), await freePort(), await freePort()];
    const secretive = { metadata: { filter_metadata: { "com.acme": { region: "eu", api_key: "sesame-open" } } } };
    mosn = await startMosn({
      listeners: [
        httpListener(httpPort, { routes: [routeTo("backend")] }),
        tcpListener(tcpPort, "backend"),
        rpcListener(rpcPort, { routes: [routeTo("backend")] }),
      ],
      clusters: [staticCluster("backend", [origin.port]), staticCluster("other", [origin.port], secretive)],
      args: ["--service-node", "n1", "--service-cluster", "c1"],
    });
    for (let round = 0; round < 20; round++) await ask(httpPort);
    await ask(httpPort, { path: "/bad" });
  });

  afterAll(async () => {
    await mosn?.stop();
    await origin?.close();
  });

  const text = async (path: string): Promise<string> => {
    const response = await mosn.admin(path);
    expect([path, response.status, response.headers.get("content-type")]).toEqual([path, 200, "text/plain; charset=UTF-8"]);
    return response.text();
  };

  const json = async (path: string): Promise<unknown> => {
    const response = await mosn.admin(path);
    expect([path, response.status, response.headers.get("content-type")]).toEqual([path, 200, "application/json"]);
    return response.json();
  };

  test("/ready", async () => {
    expect(await text("/ready")).toBe("LIVE\n");
  });

  test("/server_info", async () => {
    const info = await json("/server_info");
    expect(at(info, "state")).toBe("LIVE");
    expect(at(info, "version")).toMatch(/\d+\.\d+\.\d+/);
    expect(at(info, "uptime_current_epoch")).toMatch(/^\d+(\.\d+)?s$/);
    expect([at(info, "node", "id"), at(info, "node", "cluster")]).toEqual(["n1", "c1"]);
  });

  test("/stats: a line for each, with filter, type and usedonly", async () => {
    const lines = (await text("/stats")).trimEnd().split("\n");
    for (const line of lines) expect(line).toMatch(/^[\w.:-]+: (\d+|No recorded values|(P[\d.]+\((nan|[\d.e+]+),(nan|[\d.e+]+)\) ?)+)$/);
    const histogramsFrom = lines.findIndex((line) => !/: \d+$/.test(line));
    const names = lines.slice(0, histogramsFrom).map((line) => line.slice(0, line.indexOf(": ")));
    expect(names).toEqual(names.toSorted());
    expect(lines).toContain("http.in.downstream_rq_total: 21");
    expect(lines).toContain("http.in.downstream_rq_2xx: 20");
    expect(lines).toContain("cluster.backend.upstream_rq_500: 1");
    expect(lines).toContain("server.live: 1");
    expect(lines).toContain("listener_manager.total_listeners_active: 3");

    const filtered = (await text("/stats?filter=^cluster\\.backend\\.upstream_rq_(200|500)$")).trimEnd().split("\n");
    expect(filtered).toEqual(["cluster.backend.upstream_rq_200: 20", "cluster.backend.upstream_rq_500: 1"]);
    const used = (await text("/stats?usedonly")).trimEnd().split("\n");
    expect(used.length).toBeLessThan(lines.length / 2);
    expect(used.filter((line) => line.endsWith("No recorded values"))).toEqual([]);
    expect(await text("/stats?type=Counters")).not.toContain("downstream_cx_active");
    expect(await text("/stats?type=Gauges")).not.toContain("downstream_cx_total");
    expect(await text("/stats?type=Histograms&usedonly")).toContain("http.in.downstream_rq_time: P0(");
    expect(await mosn.admin("/stats?filter=(")).toMatchObject({ status: 400 });
    expect(await mosn.admin("/stats?format=xml")).toMatchObject({ status: 400 });
  });

  test("/stats?format=json: the same numbers, and the histograms' quantiles", async () => {
    const stats = list(at(await json("/stats?format=json"), "stats"));
    expect(stats).toContainEqual({ name: "http.in.downstream_rq_2xx", value: 20 });
    const histograms = at(stats.at(-1), "histograms");
    expect(at(histograms, "supported_quantiles")).toEqual([0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 100]);
    const times = list(at(histograms, "computed_quantiles")).find((entry) => at(entry, "name") === "http.in.downstream_rq_time");
    expect(list(at(times, "values"))).toHaveLength(10);
  });

  test("/stats/prometheus: valid exposition; names and labels as Envoy's", async () => {
    const response = await mosn.admin("/stats/prometheus");
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=UTF-8");
    const body = await response.text();
    const families = parseExposition(body);
    expect(families.get("envoy_http_downstream_rq_total")?.samples).toContainEqual({
      name: "envoy_http_downstream_rq_total",
      labels: { envoy_http_conn_manager_prefix: "in" },
      value: 21,
    });
    expect(families.get("envoy_cluster_upstream_rq")?.samples).toContainEqual({
      name: "envoy_cluster_upstream_rq",
      labels: { envoy_cluster_name: "backend", envoy_response_code: "500" },
      value: 1,
    });
    expect(families.get("envoy_cluster_upstream_rq_xx")?.type).toBe("counter");
    expect(families.get("envoy_server_live")).toMatchObject({ type: "gauge", samples: [{ labels: {}, value: 1 }] });
    const times = families.get("envoy_http_downstream_rq_time");
    expect(times?.type).toBe("histogram");
    const buckets =
      times?.samples.filter(({ name, labels }) => name.endsWith("_bucket") && labels["envoy_http_conn_manager_prefix"] === "in") ?? [];
    expect(buckets.at(-1)).toMatchObject({ labels: { le: "+Inf" }, value: 21 });
    const counts = buckets.map(({ value }) => value);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(times?.samples).toContainEqual({
      name: "envoy_http_downstream_rq_time_count",
      labels: { envoy_http_conn_manager_prefix: "in" },
      value: 21,
    });
  });

  test.runIf(requirePeer(curl, promtool))("/stats/prometheus: promtool has nothing against its syntax", async () => {
    const { exit, stderr } = await checkMetrics(`http://127.0.0.1:${mosn.adminPort}/stats/prometheus`);
    // 3: its taste in names, which are Envoy's.
    expect([0, 3]).toContain(exit.code);
    expect(stderr).not.toContain("error while linting");
  });

  test("/clusters", async () => {
    const lines = (await text("/clusters")).split("\n");
    for (const line of [
      "backend::observability_name::backend",
      "backend::default_priority::max_connections::1024",
      "backend::high_priority::max_retries::3",
      "backend::added_via_api::false",
      `backend::127.0.0.1:${origin.port}::rq_total::21`,
      `backend::127.0.0.1:${origin.port}::rq_success::20`,
      `backend::127.0.0.1:${origin.port}::rq_error::1`,
      `backend::127.0.0.1:${origin.port}::health_flags::healthy`,
      `backend::127.0.0.1:${origin.port}::weight::1`,
    ]) {
      expect(lines).toContain(line);
    }
    const statuses = list(at(await json("/clusters?format=json"), "cluster_statuses"));
    const backend = statuses.find((status) => at(status, "name") === "backend");
    expect(at(backend, "host_statuses", 0, "address", "socket_address", "port_value")).toBe(origin.port);
    expect(at(backend, "host_statuses", 0, "stats")).toContainEqual({ name: "rq_total", value: "21" });
  });

  test("/listeners", async () => {
    expect(await text("/listeners")).toBe([httpPort, tcpPort, rpcPort].map((port) => `in-${port}::127.0.0.1:${port}\n`).join(""));
    const statuses = list(at(await json("/listeners?format=json"), "listener_statuses"));
    expect(statuses.map((status) => at(status, "local_address", "socket_address", "port_value"))).toEqual([httpPort, tcpPort, rpcPort]);
  });

  test("/config_dump: the whole configuration, secrets redacted; one list by resource", async () => {
    const dump = await json("/config_dump");
    const types = list(at(dump, "configs")).map((config) => String(at(config, "@type")).replace("type.googleapis.com/envoy.admin.v3.", ""));
    expect(types).toEqual(["BootstrapConfigDump", "ClustersConfigDump", "ListenersConfigDump", "RoutesConfigDump"]);
    const whole = JSON.stringify(dump);
    expect(whole).not.toContain("sesame-open");
    expect(whole).toContain("[redacted]");
    expect(whole).toContain('"region":"eu"');
    const clusters = list(at(await json("/config_dump?resource=static_clusters"), "configs"));
    expect(clusters.map((config) => at(config, "cluster", "name"))).toEqual(["backend", "other"]);
    expect(await mosn.admin("/config_dump?resource=nonsense")).toMatchObject({ status: 404 });
  });

  test("/help lists the pages; a page that there is not is 404", async () => {
    const help = await text("/help");
    for (const page of ["/clusters", "/config_dump", "/listeners", "/logging", "/ready", "/server_info", "/stats", "/stats/prometheus"]) {
      expect(help).toContain(`  ${page}`);
    }
    expect(await mosn.admin("/nonsense")).toMatchObject({ status: 404 });
  });

  test("/ is a page for people: everything at a glance, changes only by buttons, no scripts", async () => {
    const response = await mosn.admin("/");
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/html; charset=UTF-8"]);
    const page = await response.text();
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toMatch(/<script|\son\w+=|https?:\/\/(?!127)/);
    for (const word of ["LIVE", "n1", "c1", "backend", `127.0.0.1:${origin.port}`, `in-${httpPort}`]) expect(page).toContain(word);
    for (const [, link] of page.matchAll(/href="([^"]*)"/g)) expect([link, (await mosn.admin(link ?? "")).status]).toEqual([link, 200]);
    const buttons = [...page.matchAll(/<form method="post" action="([^"]*)"/g)].map(([, action]) => action);
    expect(buttons).toContain("/healthcheck/fail");
    expect(buttons).toContain("/quitquitquit");
  });

  test.runIf(requirePeer(chromium))("/ is what a browser shows", async () => {
    const page = await renderPage(`http://127.0.0.1:${mosn.adminPort}/`);
    expect(page).toContain("<h2>Clusters</h2>");
    expect(page).toContain("backend");
  });

  test("nothing is changed by GET: 405, and what is asked for is not done", async () => {
    for (const path of [
      "/healthcheck/fail",
      "/healthcheck/ok",
      "/drain_listeners",
      "/quitquitquit",
      "/logging?level=trace",
      "/reset_counters",
    ]) {
      const response = await mosn.admin(path);
      expect([path, response.status, response.headers.get("allow")]).toEqual([path, 405, "POST"]);
    }
    expect(await text("/ready")).toBe("LIVE\n");
    expect(await mosn.stat("http.in.downstream_rq_total")).toBe(21);
  });

  test("/logging reads and changes the level of the log", async () => {
    const level = async (path: string): Promise<string> => (await mosn.admin(path, "POST")).text();
    expect(await level("/logging")).toContain("debug");
    expect(await level("/logging?level=warning")).toContain("warning");
    expect(await level("/logging")).toContain("warning");
    expect(await mosn.admin("/logging?level=loud", "POST")).toMatchObject({ status: 400 });
    await level("/logging?level=debug");
  });

  test("/healthcheck/fail is seen in server.live, and undone by /healthcheck/ok; requests go on meanwhile", async () => {
    expect(await (await mosn.admin("/healthcheck/fail", "POST")).text()).toBe("OK\n");
    expect(await mosn.stat("server.live")).toBe(0);
    const agent = new Agent({ keepAlive: true });
    const answer = await ask(httpPort, { agent });
    expect(answer).toMatchObject({ status: 200, body: "ok" });
    expect(answer.headers.connection).toBe("close");
    await mosn.admin("/healthcheck/ok", "POST");
    expect(await mosn.stat("server.live")).toBe(1);
    expect((await ask(httpPort, { agent })).headers.connection).not.toBe("close");
    agent.destroy();
  });

  test("/reset_counters", async () => {
    await mosn.admin("/reset_counters", "POST");
    expect(await mosn.stat("http.in.downstream_rq_2xx")).toBe(0);
  });
});

describe("pages that end something", () => {
  async function startOne(...args: readonly string[]): Promise<{ mosn: MosnPeer; port: number; origin: Origin }> {
    const origin = await startHttpOrigin((_request, response) => response.end("ok"));
    const port = await freePort();
    const mosn = await startMosn({
      listeners: [httpListener(port, { routes: [routeTo("backend")] })],
      clusters: [staticCluster("backend", [origin.port])],
      args,
    });
    return { mosn, port, origin };
  }

  test("/drain_listeners takes no new connections; those there are go on", async () => {
    const { mosn, port, origin } = await startOne();
    const socket = await dial(port);
    await mosn.statReaches("http.in.downstream_cx_active", 1);
    expect(await mosn.admin("/drain_listeners", "POST")).toMatchObject({ status: 200 });
    await expect(dial(port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    const answered = new Promise<string>((resolve) => socket.setEncoding("latin1").once("data", resolve));
    socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    expect(await answered).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    socket.destroy();
    await mosn.stop();
    await origin.close();
  });

  test("/drain_listeners?graceful takes new connections until the drain time is over, and tells clients to go", async () => {
    const { mosn, port, origin } = await startOne("--drain-time-s", "1");
    const idle = await dial(port);
    await mosn.statReaches("http.in.downstream_cx_active", 1);
    await mosn.admin("/drain_listeners?graceful", "POST");
    (await dial(port)).destroy();
    const isRefused = (): Promise<boolean> =>
      dial(port).then(
        (socket) => {
          socket.destroy();
          return false;
        },
        () => true,
      );
    while (!(await isRefused())) await new Promise((resolve) => setTimeout(resolve, 50));
    const answered = new Promise<string>((resolve) => idle.setEncoding("latin1").once("data", resolve));
    idle.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    expect(await answered).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n/);
    idle.destroy();
    await mosn.stop();
    await origin.close();
  });

  test("/drain_listeners?graceful ends the others at once with --drain-strategy immediate", async () => {
    const { mosn, port, origin } = await startOne("--drain-strategy", "immediate");
    const socket = await dial(port);
    await mosn.statReaches("http.in.downstream_cx_active", 1);
    const ended = new Promise((resolve) => socket.resume().once("end", resolve));
    await mosn.admin("/drain_listeners?graceful", "POST");
    await ended;
    socket.destroy();
    expect(await (await mosn.admin("/ready")).text()).toBe("DRAINING\n");
    await mosn.stop();
    await origin.close();
  });

  test("/quitquitquit ends the process with 0", async () => {
    const { mosn, origin } = await startOne();
    expect(await (await mosn.admin("/quitquitquit", "POST")).text()).toBe("OK\n");
    expect(await mosn.exited).toEqual({ code: 0, signal: null });
    await origin.close();
  });
});

test("pages of other sites cannot make a browser change anything", async () => {
  const mosn = await startMosn({ listeners: [], clusters: [] });
  const response = await ask(mosn.adminPort, { path: "/quitquitquit", method: "POST", headers: { origin: "http://evil.example" } });
  expect(response.status).toBe(403);
  expect(await (await mosn.admin("/ready")).text()).toBe("LIVE\n");
  await mosn.stop();
});
