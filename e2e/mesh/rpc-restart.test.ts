/** How a sidecar is exchanged for another without its RPC callers noticing. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { java } from "../peers/java.ts";
import { routeTo, rpcListener, startMosn, staticCluster, type MosnPeer } from "../peers/mosn.ts";
import { freePort } from "../peers/ports.ts";
import { requirePeer } from "../peers/tools.ts";
import { frameworks, type RpcConsumer, type RpcProvider } from "./frameworks.ts";

describe.runIf(requirePeer(java)).each(frameworks)("a Java consumer of $name whose sidecar is exchanged", (framework) => {
  let provider: RpcProvider;
  let consumer: RpcConsumer;

  beforeAll(async () => {
    [provider, consumer] = await Promise.all([framework.startProvider({ id: "p1" }), framework.startConsumer()]);
  });

  afterAll(async () => {
    await Promise.all([provider, consumer].map((peer) => peer?.stop()));
  });

  const startSidecar = (port: number): Promise<MosnPeer> =>
    startMosn({
      listeners: [{ ...rpcListener(port, { codec: framework.codec(), routes: [routeTo("provider")] }), enable_reuse_port: true }],
      clusters: [staticCluster("provider", [provider.port])],
    });

  test("takeover: a new sidecar listens on the same port, then the old one is told to go; a consumer between two calls connects to the new one by itself", async () => {
    const port = await freePort();
    const first = await startSidecar(port);
    const echo = await consumer.refer({ url: framework.url(port), timeout: 20_000 });
    expect(await echo.call("echo", ["before"])).toBe("before");
    const second = await startSidecar(port);
    first.signal("SIGTERM");
    expect(await first.exited).toEqual({ code: 0, signal: null });
    await second.statReaches("rpc.in.downstream_cx_active", 1);
    expect(await echo.load("echo", ["x"], { repeat: 100 })).toMatchObject({ failed: 0 });
    await echo.release();
    await second.stop();
  });

  test("takeover under calls without a pause: the old sidecar stays for as long as they come, and loses none", async () => {
    const port = await freePort();
    const first = await startSidecar(port);
    const echo = await consumer.refer({ url: framework.url(port), timeout: 20_000 });
    const load = await echo.start("echo", ["x"], { concurrency: 10 });
    await load.succeed(200);
    const second = await startSidecar(port);
    first.signal("SIGTERM");
    await first.line(/draining for up to/);
    await load.succeed(2000);
    expect(await load.stop()).toMatchObject({ failed: 0 });
    expect(await first.exited).toEqual({ code: 0, signal: null });
    await second.statReaches("rpc.in.downstream_cx_active", 1);
    expect(await echo.call("echo", ["after"])).toBe("after");
    expect(await second.stat("rpc.in.downstream_rq_total")).toBe(1);
    await echo.release();
    await second.stop();
  });
});
