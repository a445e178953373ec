/** What only SOFARPC has, through two `mosn`; `rpc.test.ts` has what it shares with Dubbo, `peers/sofarpc.test.ts` what it does without a mesh. */
import { describe, expect, test } from "vitest";
import { java, startSofaConsumer, startSofaProvider } from "../peers/java.ts";
import { boltCodec, routeTo, rpcListener, startMosn, staticCluster, type MosnPeer } from "../peers/mosn.ts";
import { freePort } from "../peers/ports.ts";
import { requirePeer } from "../peers/tools.ts";
import { startRpcPair } from "./rpc-pair.ts";

const bolt = { codec: boltCodec, url: (port: number): string => `bolt://127.0.0.1:${port}` };

describe.runIf(requirePeer(java))("a Java SOFARPC consumer calls through two mosn", () => {
  test("with a future and with a callback", async () => {
    const [provider, consumer] = await Promise.all([startSofaProvider(), startSofaConsumer()]);
    const pair = await startRpcPair(bolt, [provider.port]);
    for (const invokeType of ["future", "callback"] as const) {
      const echo = await consumer.refer({ url: pair.url, invokeType });
      expect(await echo.call("echo", ["later"])).toBe("later");
      await echo.release();
    }
    await pair.stop();
    await Promise.all([provider.stop(), consumer.stop()]);
  });

  test.for(["v2", "v2-checksum"] as const)("in the dialect %s of Bolt", async (dialect) => {
    const [provider, consumer] = await Promise.all([startSofaProvider(), startSofaConsumer({ bolt: dialect, heartbeatMs: 200 })]);
    const pair = await startRpcPair(bolt, [provider.port]);
    const echo = await consumer.refer({ url: pair.url });
    expect(await echo.call("echo", ["hé你😀"])).toBe("hé你😀");
    expect(await echo.load("echo", ["x"], { repeat: 500, concurrency: 50, distinct: true })).toMatchObject({ succeeded: 500, mixedUp: 0 });
    await expect(echo.call("boom", ["checked"])).rejects.toMatchObject({ class: "mesh.e2e.RefusedException" });
    await echo.release();
    await pair.stop();
    await Promise.all([provider.stop(), consumer.stop()]);
  });

  test("in v1 and in v2 at the same time, each answered in its own", async () => {
    const [provider, old, young] = await Promise.all([
      startSofaProvider(),
      startSofaConsumer(),
      startSofaConsumer({ bolt: "v2-checksum" }),
    ]);
    const pair = await startRpcPair(bolt, [provider.port]);
    const references = await Promise.all([old, young].map((consumer) => consumer.refer({ url: pair.url })));
    const loads = await Promise.all(references.map((echo) => echo.load("echo", ["x"], { repeat: 500, concurrency: 20, distinct: true })));
    for (const load of loads) expect(load).toMatchObject({ succeeded: 500, mixedUp: 0 });
    expect(await pair.far.stat("cluster.provider.upstream_cx_total")).toBe(2);
    await Promise.all(references.map((echo) => echo.release()));
    await pair.stop();
    await Promise.all([provider, old, young].map((peer) => peer.stop()));
  });

  test("and its sidecar is away for a moment: calls fail with 210 until the consumer connects again, every `reconnectPeriod`", async () => {
    const [provider, consumer] = await Promise.all([startSofaProvider(), startSofaConsumer({ heartbeatMs: 200 })]);
    const port = await freePort();
    const startSidecar = (): Promise<MosnPeer> =>
      startMosn({
        listeners: [rpcListener(port, { routes: [routeTo("provider")] })],
        clusters: [staticCluster("provider", [provider.port])],
      });
    const first = await startSidecar();
    const echo = await consumer.refer({ url: `bolt://127.0.0.1:${port}`, timeout: 20_000, reconnectPeriod: 100 });
    const load = await echo.start("echo", ["x"], { pauseMs: 20 });
    await load.succeed(20);
    await first.kill();
    const second = await startSidecar();
    await load.succeed(20);
    const { failures } = await load.stop();
    expect(failures.map(({ errorType }) => errorType)).toContain(210);
    await echo.release();
    await second.stop();
    await Promise.all([provider.stop(), consumer.stop()]);
  });
});
