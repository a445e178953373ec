/**
 * A Java consumer calls a Java provider of its own framework through two `mosn`, as it would without them: the same for SOFARPC and for each
 * generation of Dubbo. For every failure it states the exception that the application must see.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { java, type Person } from "../peers/java.ts";
import { autoCodec, routeTo, rpcOptions, startMosn, staticCluster, rpcListener, streamFilter } from "../peers/mosn.ts";
import { freePort } from "../peers/ports.ts";
import { requirePeer } from "../peers/tools.ts";
import { frameworks, type RpcConsumer, type RpcProvider } from "./frameworks.ts";
import { startRpcPair, type RpcPair, type RpcPairOptions } from "./rpc-pair.ts";

const ann: Person = { name: "Ann", age: 30, serial: 2 ** 40, notes: { a: "ä" }, tags: ["x"] };

describe.runIf(requirePeer(java)).each(frameworks)("a Java consumer of $name calls through two mosn", (framework) => {
  const { failures } = framework;
  let provider: RpcProvider;
  let consumer: RpcConsumer;
  let pair: RpcPair;

  const startPair = (providerPorts: readonly number[], options: RpcPairOptions = {}): Promise<RpcPair> =>
    startRpcPair(framework, providerPorts, options);

  beforeAll(async () => {
    [provider, consumer] = await Promise.all([framework.startProvider({ id: "p1" }), framework.startConsumer()]);
    pair = await startPair([provider.port]);
  });

  afterAll(async () => {
    await pair?.stop();
    await Promise.all([provider, consumer].map((peer) => peer?.stop()));
  });

  test("every method, as without a mesh", async () => {
    const echo = await consumer.refer({ url: pair.url });
    expect(await echo.call("echo", ["hé你😀"])).toBe("hé你😀");
    expect(await echo.call("greet", [ann, 2, ["y", "z"]])).toEqual({ ...ann, age: 32, notes: { a: "ä", by: "p1" }, tags: ["x", "y", "z"] });
    expect(await echo.call("id", [])).toBe("p1");
  });

  test("1 MiB there and 1 MiB back", async () => {
    const echo = await consumer.refer({ url: pair.url });
    expect(await echo.call("size", [{ $bytes: 1024 * 1024 }])).toBe(1024 * 1024);
    expect(await echo.call("length", [{ $text: 1024 * 1024 }])).toBe(1024 * 1024);
    expect(await echo.call("big", [1024 * 1024])).toMatchObject({ length: 1024 * 1024 });
  });

  test("200 calls at once, each with its own answer", async () => {
    const echo = await consumer.refer({ url: pair.url, timeout: 30_000 });
    const summary = await echo.load("echo", ["x"], { repeat: 4000, concurrency: 200, distinct: true });
    expect(summary).toMatchObject({ succeeded: 4000, failed: 0, mixedUp: 0 });
  });

  test("one-way calls arrive and are not answered", async () => {
    const echo = await consumer.refer({ url: pair.url, oneWay: true });
    expect(await echo.call("fire", ["through-the-mesh"])).toBeNull();
    await provider.line(/^FIRED through-the-mesh$/);
    await pair.near.statReaches("rpc.in.downstream_rq_total", 1);
    expect(await pair.near.stat("cluster.next.upstream_rq_active")).toBe(0);
  });

  test("a business exception is the application's own, and no fault of the host", async () => {
    const echo = await consumer.refer({ url: pair.url });
    const errors = await pair.far.stat("cluster.provider.upstream_rq_5xx");
    const exceptions = await pair.far.stat("rpc.in.downstream_rq_application_error");
    await expect(echo.call("boom", ["checked"])).rejects.toMatchObject({ class: "mesh.e2e.RefusedException" });
    await expect(echo.call("boom", ["unchecked"])).rejects.toMatchObject({ class: "java.lang.IllegalStateException" });
    expect(await pair.far.stat("cluster.provider.upstream_rq_5xx")).toBe(errors);
    expect(await pair.far.stat("rpc.in.downstream_rq_application_error")).toBe(exceptions + 2);
  });

  test("a call that takes too long: the framework's timeout", async () => {
    const failed = await pair.near.stat("rpc.in.downstream_rq_5xx");
    const echo = await consumer.refer({ url: pair.url, timeout: 300 });
    await expect(echo.call("slow", [3000])).rejects.toMatchObject(failures.timeout);
    // Whichever of the two notices first: the near one has answered with what means a timeout, if it was told how long the caller waits.
    if (framework.sendsTimeout) await pair.near.statReaches("rpc.in.downstream_rq_5xx", failed + 1);
  });

  test("a route's timeout that is shorter than the caller's: the framework's timeout", async () => {
    const short = await startPair([provider.port], { near: { routes: [routeTo("next", { timeout: "0.3s" })] } });
    const echo = await consumer.refer({ url: short.url, timeout: 30_000 });
    await expect(echo.call("slow", [5000])).rejects.toMatchObject(failures.timeout);
    await echo.release();
    await short.stop();
  });

  test("no route: asked once", async () => {
    const strict = await startPair([provider.port], {
      near: { virtualHosts: [{ name: "other", domains: ["com.acme.Other"], routes: [routeTo("next")] }] },
    });
    const echo = await consumer.refer({ url: strict.url, retries: 2 });
    await expect(echo.call("echo", ["x"])).rejects.toMatchObject(failures.noRoute);
    expect(await strict.near.stat("rpc.in.no_route")).toBe(1);
    await echo.release();
    await strict.stop();
  });

  test("an overloaded cluster", async () => {
    const limited = await startPair([provider.port], {
      cluster: { circuit_breakers: { thresholds: [{ max_requests: 1 }] } },
    });
    const echo = await consumer.refer({ url: limited.url, timeout: 10_000 });
    const slow = echo.call("slow", [1500]);
    await limited.far.statReaches("cluster.provider.upstream_rq_active", 1);
    await expect(echo.call("echo", ["x"])).rejects.toMatchObject(failures.overload);
    expect(await slow).toBe("slept 1500");
    expect(await limited.far.stat("cluster.provider.upstream_rq_pending_overflow")).toBe(1);
    await echo.release();
    await limited.stop();
  });

  test("nobody listens where the provider should be", async () => {
    const nowhere = await startPair([await freePort()]);
    const echo = await consumer.refer({ url: nowhere.url });
    await expect(echo.call("echo", ["x"])).rejects.toMatchObject(failures.network);
    await echo.release();
    await nowhere.stop();
  });

  test("a host of which the heartbeat check says that it is gone is not asked", async () => {
    const checked = await startPair([await freePort()], {
      cluster: {
        common_lb_config: { healthy_panic_threshold: { value: 0 } },
        health_checks: [
          {
            timeout: "1s",
            interval: "0.2s",
            unhealthy_threshold: 1,
            healthy_threshold: 1,
            custom_health_check: {
              name: "heartbeat",
              typed_config: {
                "@type": "type.googleapis.com/mesh.extensions.health_checkers.rpc.v3.RpcHeartbeat",
                codec: framework.codec(),
              },
            },
          },
        ],
      },
    });
    await checked.far.statReaches("cluster.provider.health_check.failure", 1);
    const echo = await consumer.refer({ url: checked.url });
    await expect(echo.call("echo", ["x"])).rejects.toMatchObject(failures.noHost);
    expect(await checked.far.stat("cluster.provider.upstream_rq_total")).toBe(0);
    await echo.release();
    await checked.stop();
  });

  test("a provider that dies in a call; once it is back, calls succeed over the same connection", async () => {
    const port = await freePort();
    const mortal = await framework.startProvider({ id: "mortal", port });
    const own = await startPair([port]);
    const echo = await consumer.refer({ url: own.url, timeout: 20_000 });
    expect(await echo.call("id", [])).toBe("mortal");
    await expect(echo.call("crash", [])).rejects.toMatchObject(failures.network);
    await mortal.exited;
    const reborn = await framework.startProvider({ id: "reborn", port });
    expect(await echo.call("id", [])).toBe("reborn");
    expect(await own.near.stat("rpc.in.downstream_cx_total")).toBe(1);
    await echo.release();
    await own.stop();
    await reborn.stop();
  });

  test("one of two providers restarts under load, and with retries no call fails", async () => {
    const ports = [await freePort(), await freePort()];
    const [first, second] = await Promise.all(ports.map((port, index) => framework.startProvider({ id: `r${index}`, port })));
    const retry_policy = {
      retry_on: "connect-failure,reset",
      num_retries: 3,
      // Not on the host that has just failed.
      retry_host_predicate: [
        {
          name: "envoy.retry_host_predicates.previous_hosts",
          typed_config: { "@type": "type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate" },
        },
      ],
      host_selection_retry_max_attempts: 3,
    };
    const own = await startPair(ports, {
      far: { routes: [routeTo("provider", { retry_policy })] },
      // Envoy's default allows three retries at once, fewer than calls are lost when a provider dies.
      cluster: { circuit_breakers: { thresholds: [{ max_retries: 100 }] } },
    });
    const echo = await consumer.refer({ url: own.url, timeout: 20_000 });
    const load = await echo.start("echo", ["x"], { concurrency: 10 });
    await load.succeed(200);
    await first?.kill();
    await load.succeed(500);
    const back = await framework.startProvider({ id: "r0", port: ports[0] ?? 0 });
    await load.succeed(500);
    expect(await load.stop()).toMatchObject({ failed: 0 });
    await echo.release();
    await own.stop();
    await Promise.all([second?.stop(), back.stop()]);
  });

  test("heartbeats keep a silent connection: the consumer's are answered by the first mosn, and each mosn sends its own", async () => {
    const own = await startPair([provider.port], {
      near: { routes: [routeTo("next")], codec: framework.codec({ heartbeat_interval: "0.2s" }) },
      cluster: rpcOptions({ heartbeat_interval: "0.2s" }),
    });
    const echo = await consumer.refer({ url: own.url });
    await echo.call("echo", ["x"]);
    const sent = await own.far.stat("cluster.provider.upstream_cx_tx_bytes_total");
    // Ten heartbeats are two seconds of silence.
    await own.far.statReaches("cluster.provider.upstream_cx_tx_bytes_total", sent + 10 * framework.heartbeatBytes);
    expect(await own.near.stat("rpc.in.downstream_cx_total")).toBe(1);
    expect(await own.near.stat("cluster.next.upstream_cx_total")).toBe(1);
    expect(await own.far.stat("cluster.provider.upstream_cx_total")).toBe(1);
    expect(await echo.call("echo", ["still here"])).toBe("still here");
    await echo.release();
    await own.stop();
  });

  test("SIGTERM to a sidecar: calls that it has are answered before it goes", async () => {
    const own = await startPair([provider.port]);
    const echo = await consumer.refer({ url: own.url, timeout: 20_000 });
    const calls = Array.from({ length: 20 }, () => echo.call("slow", [1000]));
    await own.near.statReaches("rpc.in.downstream_rq_active", 20);
    own.near.signal("SIGTERM");
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 20 }, () => "slept 1000"));
    expect(await own.near.exited).toMatchObject({ code: 0 });
    await echo.release();
    await own.stop();
  });

  test("routes by interface, by method and by header; weights share the calls", async () => {
    const [blue, green] = await Promise.all(["blue", "green"].map((id) => framework.startProvider({ id })));
    if (blue === undefined || green === undefined) throw new Error("no providers");
    const port = await freePort();
    const mosn = await startMosn({
      listeners: [
        rpcListener(port, {
          codec: autoCodec,
          virtualHosts: [
            {
              name: "echo",
              domains: ["mesh.e2e.EchoService"],
              routes: [
                {
                  match: { prefix: "/", headers: [{ name: framework.tagHeader, string_match: { exact: "beta-user" } }] },
                  route: { cluster: "green" },
                },
                { match: { path: `/${framework.service}/served` }, route: { cluster: "green" } },
                {
                  match: { prefix: "/" },
                  route: {
                    weighted_clusters: {
                      clusters: [
                        { name: "blue", weight: 80 },
                        { name: "green", weight: 20 },
                      ],
                    },
                  },
                },
              ],
            },
          ],
        }),
      ],
      clusters: [staticCluster("blue", [blue.port]), staticCluster("green", [green.port])],
    });
    const url = framework.url(port);
    const beta = await consumer.refer({ url, tag: "beta-user" });
    expect((await beta.load("id", [], { repeat: 20, ...beta.callOptions })).results).toEqual([{ value: "green", count: 20 }]);
    const echo = await consumer.refer({ url });
    const shares = (await echo.load("id", [], { repeat: 2000, concurrency: 8 })).results;
    const blueShare = (shares.find(({ value }) => value === "blue")?.count ?? 0) / 2000;
    // Ten standard deviations to either side: a fair coin of 0.8 does not leave that range.
    expect(blueShare).toBeGreaterThan(0.71);
    expect(blueShare).toBeLessThan(0.89);
    const served = await echo.call("served", ["id"]);
    expect(served).toBe(20 + (shares.find(({ value }) => value === "green")?.count ?? 0));
    await beta.release();
    await echo.release();
    await mosn.stop();
    await Promise.all([blue.stop(), green.stop()]);
  });

  test("faults: an abort and a delay, seen as the framework's own errors", async () => {
    const abort = { abort: { http_status: 503, percentage: { numerator: 100 } } };
    const fault = streamFilter("envoy.filters.http.fault", "envoy.extensions.filters.http.fault.v3.HTTPFault", abort);
    const own = await startPair([provider.port], { near: { routes: [routeTo("next")], filters: [fault] } });
    const echo = await consumer.refer({ url: own.url });
    await expect(echo.call("echo", ["x"])).rejects.toMatchObject(failures.fault);
    expect(await own.near.stat("rpc.in.fault.aborts_injected")).toBe(1);
    await echo.release();
    await own.stop();
  });
});
