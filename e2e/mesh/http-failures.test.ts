/** What callers see when hosts fail, are slow, are too busy or are not there; and what retries hide from them. */
import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { curl, headerOf, runCurl } from "../peers/curl.ts";
import { httpListener, routeTo, startMosn, staticCluster, streamFilter, type Json, type MosnPeer } from "../peers/mosn.ts";
import { nginx, startNginxBackend } from "../peers/nginx.ts";
import { freePort } from "../peers/ports.ts";
import { requirePeer } from "../peers/tools.ts";
import { runWrk, wrk } from "../peers/wrk.ts";
import { startHttpPair } from "./http-pair.ts";
import { ask, startHttpOrigin, startTcpOrigin } from "./origin.ts";

const resetBeforeHeaders = "upstream connect error or disconnect/reset before headers. reset reason: ";

/** One sidecar with one cluster `backend`. */
async function startOne(
  ports: readonly number[],
  action: Json = {},
  cluster: Json = {},
  filters: readonly Json[] = [],
): Promise<{ readonly port: number; readonly url: string; readonly mosn: MosnPeer }> {
  const port = await freePort();
  const mosn = await startMosn({
    listeners: [httpListener(port, { routes: [routeTo("backend", action)], filters })],
    clusters: [staticCluster("backend", ports, cluster)],
  });
  return { port, url: `http://127.0.0.1:${port}`, mosn };
}

describe.runIf(requirePeer(curl, nginx))("retries", () => {
  const retry_policy = { retry_on: "5xx", num_retries: 2, retry_back_off: { base_interval: "0.001s" } };

  test("of a 503: as often as allowed, then the caller gets it", async () => {
    const backend = await startNginxBackend();
    const { mosn, url } = await startOne([backend.port], { retry_policy });
    expect(await runCurl(`${url}/status/503`)).toMatchObject({ exitCode: 0, status: 503 });
    expect(await mosn.stat("cluster.backend.upstream_rq_total")).toBe(3);
    expect(await mosn.stat("cluster.backend.upstream_rq_retry")).toBe(2);
    expect(await mosn.stat("cluster.backend.upstream_rq_retry_limit_exceeded")).toBe(1);
    await mosn.stop();
    await backend.stop();
  });

  test("hide a 503 that goes away, and send the request's body again whole", async () => {
    const bodies: string[] = [];
    const origin = await startHttpOrigin((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      request.on("end", () => {
        bodies.push(body);
        response.writeHead(bodies.length < 3 ? 503 : 200).end(`answer ${bodies.length}`);
      });
    });
    const { mosn, port } = await startOne([origin.port], { retry_policy });
    const body = "0123456789".repeat(3000);
    expect(await ask(port, { method: "POST", body })).toMatchObject({ status: 200, body: "answer 3" });
    expect(bodies).toEqual([body, body, body]);
    expect(await mosn.stat("cluster.backend.upstream_rq_retry_success")).toBe(1);
    await mosn.stop();
    await origin.close();
  });

  test("hide a connection that breaks before an answer", async () => {
    let calls = 0;
    const origin = await startHttpOrigin((request, response) => {
      if (++calls < 3) request.socket.destroy();
      else response.end("at last");
    });
    const { mosn, port } = await startOne([origin.port], { retry_policy: { ...retry_policy, retry_on: "reset" } });
    expect(await ask(port)).toMatchObject({ status: 200, body: "at last" });
    expect(calls).toBe(3);
    await mosn.stop();
    await origin.close();
  });

  test("are not made without a policy", async () => {
    const backend = await startNginxBackend();
    const { mosn, url } = await startOne([backend.port]);
    expect(await runCurl(`${url}/status/503`)).toMatchObject({ status: 503 });
    expect(await mosn.stat("cluster.backend.upstream_rq_total")).toBe(1);
    await mosn.stop();
    await backend.stop();
  });

  test.runIf(requirePeer(wrk))("hide an nginx that is killed and started again under load: no request of wrk fails", async () => {
    const ports = [await freePort(), await freePort()];
    const [first, second] = await Promise.all(ports.map((port) => startNginxBackend({ port })));
    if (first === undefined || second === undefined) throw new Error("no back ends");
    const policy = {
      retry_on: "connect-failure,reset",
      num_retries: 3,
      retry_back_off: { base_interval: "0.001s" },
      // Without it a retry may meet the dead host again, and again.
      retry_host_predicate: [
        {
          name: "envoy.retry_host_predicates.previous_hosts",
          typed_config: { "@type": "type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate" },
        },
      ],
      host_selection_retry_max_attempts: 5,
    };
    const pair = await startHttpPair(ports, {
      far: { routes: [routeTo("backend", { retry_policy: policy })] },
      // Envoy's default lets three retries be under way at a time.
      cluster: { circuit_breakers: { thresholds: [{ max_retries: 100 }] } },
    });
    const load = runWrk(pair.url, { connections: 16, seconds: 5 });
    await pair.far.statReaches("cluster.backend.upstream_rq_total", 500);
    await first.kill();
    await pair.far.statReaches("cluster.backend.upstream_rq_total", (await pair.far.stat("cluster.backend.upstream_rq_total")) + 500);
    const again = await startNginxBackend({ port: first.port });
    await pair.far.statReaches("cluster.backend.upstream_rq_total", (await pair.far.stat("cluster.backend.upstream_rq_total")) + 500);
    expect(await load).toMatchObject({ failedStatuses: 0, socketErrors: 0 });
    expect(await pair.far.stat("cluster.backend.upstream_rq_retry")).toBeGreaterThan(0);
    await pair.stop();
    await Promise.all([second, again].map((peer) => peer.stop()));
  });
});

describe.runIf(requirePeer(curl))("timeouts", () => {
  test("of a route: 504, and the host's connection is given up", async () => {
    const gone = Promise.withResolvers<void>();
    const origin = await startHttpOrigin((request) => request.socket.once("close", () => gone.resolve()));
    const { mosn, url } = await startOne([origin.port], { timeout: "0.2s" });
    const result = await runCurl(url);
    expect([result.status, result.body.toString()]).toEqual([504, "upstream request timeout"]);
    await gone.promise;
    expect(await mosn.stat("cluster.backend.upstream_rq_timeout")).toBe(1);
    await mosn.stop();
    await origin.close();
  });

  test("that a caller of our own network sets in x-envoy-upstream-rq-timeout-ms; others cannot", async () => {
    const origin = await startHttpOrigin((request, response) => {
      if (request.url === "/fast") response.end(`asked for ${String(request.headers["x-envoy-expected-rq-timeout-ms"])}`);
    });
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const routes = [routeTo("backend", { timeout: "60s" })];
    const internal_address_config = { cidr_ranges: [{ address_prefix: "10.0.0.0", prefix_len: 8 }] };
    const mosn = await startMosn({
      listeners: [httpListener(port, { routes, more: { internal_address_config } })],
      clusters: [staticCluster("backend", [origin.port])],
    });
    const asked = { "x-envoy-upstream-rq-timeout-ms": "200" };
    expect(await runCurl(url, { headers: { ...asked, "x-forwarded-for": "10.0.0.1" } })).toMatchObject({ status: 504 });
    const foreign = await runCurl(`${url}/fast`, { headers: { ...asked, "x-forwarded-for": "203.0.113.1" } });
    expect(foreign.body.toString()).toBe("asked for 60000");
    await mosn.stop();
    await origin.close();
  });

  test("of one try: the next one may succeed", async () => {
    let calls = 0;
    const origin = await startHttpOrigin((_request, response) => {
      if (++calls > 1) response.end("second try");
    });
    const retry_policy = { retry_on: "5xx", num_retries: 1, per_try_timeout: "0.2s" };
    const { mosn, url } = await startOne([origin.port], { timeout: "60s", retry_policy });
    const result = await runCurl(url);
    expect([result.status, result.body.toString()]).toEqual([200, "second try"]);
    expect(await mosn.stat("cluster.backend.upstream_rq_per_try_timeout")).toBe(1);
    await mosn.stop();
    await origin.close();
  });
});

describe.runIf(requirePeer(curl))("hosts that cannot be had", () => {
  test("nobody listens: 503, connection failure", async () => {
    const { mosn, url } = await startOne([await freePort()]);
    const result = await runCurl(url);
    expect(result.status).toBe(503);
    expect(result.body.toString()).toContain(resetBeforeHeaders);
    expect(result.body.toString()).toContain("connection failure");
    expect(await mosn.stat("cluster.backend.upstream_cx_connect_fail")).toBe(1);
    await mosn.stop();
  });

  test("the cluster has no hosts: 503, no healthy upstream", async () => {
    const { mosn, url } = await startOne([]);
    const result = await runCurl(url);
    expect([result.status, result.body.toString()]).toEqual([503, "no healthy upstream"]);
    expect(await mosn.stat("cluster.backend.upstream_cx_none_healthy")).toBe(1);
    await mosn.stop();
  });

  test("the health check says that they are gone: 503, no healthy upstream, and they are not asked; healthy again, they are", async () => {
    let healthy = false;
    const origin = await startHttpOrigin((request, response) => {
      if (request.url === "/health") response.writeHead(healthy ? 200 : 500).end();
      else response.end("served");
    });
    const health = {
      common_lb_config: { healthy_panic_threshold: { value: 0 } },
      health_checks: [
        {
          timeout: "1s",
          interval: "0.1s",
          no_traffic_interval: "0.1s",
          unhealthy_threshold: 1,
          healthy_threshold: 1,
          http_health_check: { path: "/health" },
        },
      ],
    };
    const { mosn, url } = await startOne([origin.port], {}, health);
    await mosn.statReaches("cluster.backend.health_check.failure", 1);
    expect(await runCurl(url)).toMatchObject({ status: 503 });
    expect(await mosn.stat("cluster.backend.upstream_rq_total")).toBe(0);
    healthy = true;
    await mosn.statReaches("cluster.backend.membership_healthy", 1);
    expect((await runCurl(url)).body.toString()).toBe("served");
    await mosn.stop();
    await origin.close();
  });

  test("the answer is no HTTP: 502", async () => {
    const origin = await startTcpOrigin((socket) => socket.once("data", () => socket.end("SSH-2.0-OpenSSH_9\r\n")));
    const { mosn, url } = await startOne([origin.port]);
    const result = await runCurl(url);
    expect([result.status, result.body.toString()]).toEqual([502, `${resetBeforeHeaders}protocol error`]);
    expect(await mosn.stat("cluster.backend.upstream_cx_protocol_error")).toBe(1);
    await mosn.stop();
    await origin.close();
  });

  test("the answer breaks off: the caller sees that it is not whole", async () => {
    const origin = await startHttpOrigin((request, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("x".repeat(500), () => request.socket.destroy());
    });
    const { mosn, url } = await startOne([origin.port]);
    const result = await runCurl(url);
    expect(result.status).toBe(200);
    // curl: 18 a part of the body only, 56 reset.
    expect([18, 56]).toContain(result.exitCode);
    await mosn.stop();
    await origin.close();
  });
});

describe.runIf(requirePeer(curl))("circuit breakers", () => {
  const overflow = `${resetBeforeHeaders}overflow`;

  test("max_requests: what is above it gets 503 at once, with x-envoy-overloaded", async () => {
    const waiting: ServerResponse[] = [];
    const origin = await startHttpOrigin((_request, response) => void waiting.push(response));
    const { mosn, port, url } = await startOne([origin.port], {}, { circuit_breakers: { thresholds: [{ max_requests: 1 }] } });
    const first = ask(port);
    await mosn.statReaches("cluster.backend.upstream_rq_active", 1);
    const second = await runCurl(url);
    expect([second.status, second.body.toString(), headerOf(second, "x-envoy-overloaded")]).toEqual([503, overflow, "true"]);
    expect(await mosn.stat("cluster.backend.upstream_rq_pending_overflow")).toBe(1);
    while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
    waiting[0]?.end("first");
    expect(await first).toMatchObject({ status: 200, body: "first" });
    await mosn.stop();
    await origin.close();
  });

  test("max_connections and max_pending_requests: one is served, one waits, the next is turned away", async () => {
    const waiting: ServerResponse[] = [];
    const origin = await startHttpOrigin((_request, response) => void waiting.push(response));
    const breakers = { circuit_breakers: { thresholds: [{ max_connections: 1, max_pending_requests: 1 }] } };
    const { mosn, port } = await startOne([origin.port], {}, breakers);
    const first = ask(port, { path: "/1" });
    await mosn.statReaches("cluster.backend.upstream_rq_active", 1);
    while (waiting.length < 1) await new Promise((resolve) => setImmediate(resolve));
    const second = ask(port, { path: "/2" });
    await mosn.statReaches("cluster.backend.upstream_rq_pending_active", 1);
    expect(await ask(port, { path: "/3" })).toMatchObject({ status: 503, body: overflow });
    waiting[0]?.end("first");
    expect(await first).toMatchObject({ status: 200, body: "first" });
    while (waiting.length < 2) await new Promise((resolve) => setImmediate(resolve));
    waiting[1]?.end("second");
    expect(await second).toMatchObject({ status: 200, body: "second" });
    expect(await mosn.stat("cluster.backend.upstream_cx_total")).toBe(1);
    await mosn.stop();
    await origin.close();
  });
});

describe.runIf(requirePeer(curl))("faults", () => {
  const fault = (fields: Json): Json =>
    streamFilter("envoy.filters.http.fault", "envoy.extensions.filters.http.fault.v3.HTTPFault", fields);

  test("an abort answers in place of the host; a delay comes before it", async () => {
    const origin = await startHttpOrigin((_request, response) => response.end("served"));
    const all = { numerator: 100 };
    const aborting = await startOne([origin.port], {}, {}, [fault({ abort: { http_status: 418, percentage: all } })]);
    const result = await runCurl(aborting.url);
    expect([result.status, result.body.toString()]).toEqual([418, "fault filter abort"]);
    expect(await aborting.mosn.stat("cluster.backend.upstream_rq_total")).toBe(0);
    expect(await aborting.mosn.stat("http.in.fault.aborts_injected")).toBe(1);
    await aborting.mosn.stop();
    const delaying = await startOne([origin.port], {}, {}, [fault({ delay: { fixed_delay: "0.2s", percentage: all } })]);
    expect((await runCurl(delaying.url)).body.toString()).toBe("served");
    expect(await delaying.mosn.stat("http.in.fault.delays_injected")).toBe(1);
    await delaying.mosn.stop();
    await origin.close();
  });
});
