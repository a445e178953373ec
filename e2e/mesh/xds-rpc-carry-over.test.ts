/** RPC connections that are never silent live through every replacement of their listener. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clusterType, listenerType } from "@mesh/xds-client";
import { createFakeControlPlane, type FakeControlPlane } from "@mesh/xds-client/testing";
import { fromJson } from "@mesh/xds-proto";
import { java } from "../peers/java.ts";
import { httpListener, rpcListener, startMosn, staticCluster, type Json, type MosnPeer } from "../peers/mosn.ts";
import { freePort } from "../peers/ports.ts";
import { requirePeer } from "../peers/tools.ts";
import { frameworks, type RpcConsumer, type RpcProvider } from "./frameworks.ts";
import { until } from "./xds-mosn.ts";
import { byAds, C, listenerOf, type ListenerMessage } from "./xds-resources.ts";

const wanted: readonly string[] = ["SOFARPC", "Dubbo 3.2"];
const replacements = 10;
/** Far shorter than the load: whoever drains would be ended in the middle of it. */
const drainTime = "0.1";

describe.runIf(requirePeer(java)).each(frameworks.filter(({ name }) => wanted.includes(name)))(
  "a Java consumer of $name that calls without a pause",
  (framework) => {
    let providers: readonly [RpcProvider, RpcProvider];
    let consumer: RpcConsumer;
    let plane: FakeControlPlane;
    let mosn: MosnPeer;
    let port: number;

    beforeAll(async () => {
      const [one, two, caller] = await Promise.all([
        framework.startProvider({ id: "p1" }),
        framework.startProvider({ id: "p2" }),
        framework.startConsumer(),
      ]);
      providers = [one, two];
      consumer = caller;
      plane = await createFakeControlPlane();
      port = await freePort();
      plane.set(
        clusterType,
        providers.map(({ id, port: host }) => fromJson(C, staticCluster(id, [host]))),
      );
      plane.set(listenerType, [rpc("p1")]);
      const source = {
        api_type: "DELTA_GRPC",
        transport_api_version: "V3",
        grpc_services: [{ google_grpc: { target_uri: plane.address, stat_prefix: "control-plane" } }],
      };
      const resources = { ads_config: source, cds_config: byAds, lds_config: byAds };
      const bootstrap = { node: { id: "sidecar", cluster: "e2e" }, dynamic_resources: resources };
      mosn = await startMosn({ args: ["--drain-time-s", drainTime, "--config-yaml", JSON.stringify(bootstrap)] });
    });

    afterAll(async () => {
      await Promise.all([mosn, ...providers, consumer].map((peer) => peer?.stop()));
      await plane.close();
    });

    const options = (cluster: string): { readonly routes: readonly Json[] } => ({
      routes: [{ match: { prefix: "/" }, route: { cluster, timeout: "20s" } }],
    });
    const rpc = (cluster: string, more: Json = {}): ListenerMessage =>
      listenerOf("in", rpcListener(port, { codec: framework.codec(), ...options(cluster) }), more);
    const http = (cluster: string): ListenerMessage =>
      listenerOf("in", httpListener(port, { ...options(cluster), more: { codec_type: "AUTO" } }));

    /** Until connections come to it. */
    const replace = async (listener: ListenerMessage): Promise<void> => {
      const made = await mosn.stat("listener_manager.listener_create_success");
      plane.set(listenerType, [listener]);
      await mosn.statReaches("listener_manager.listener_create_success", made + 1);
    };

    test("keeps its connections, and loses no call, while listeners are replaced", async () => {
      const echo = await consumer.refer({ url: framework.url(port), timeout: 20_000 });
      const load = await echo.start("id", [], { concurrency: 8 });
      await load.succeed(200);
      const connections = await mosn.stat("rpc.in.downstream_cx_total");
      expect(connections).toBeGreaterThan(0);
      for (let round = 1; round <= replacements; round++) {
        const cluster = round % 2 === 1 ? "p2" : "p1";
        // Every third is another listener; the others have another filter chain.
        if (round % 5 === 4) await replace(http(cluster));
        else await replace(rpc(cluster, round % 3 === 0 ? { per_connection_buffer_limit_bytes: 1_000_000 + round } : {}));
        const before = await load.progress();
        const answers = (summary: typeof before): number => summary.results.find(({ value }) => value === cluster)?.count ?? 0;
        await until(async () => answers(await load.progress()) > answers(before) + 200);
      }
      const { failures, failed, results } = await load.stop();
      expect(failures).toEqual([]);
      expect(failed).toBe(0);
      expect(results.map(({ value }) => String(value)).sort()).toEqual(["p1", "p2"]);
      expect(await mosn.stat("rpc.in.downstream_cx_total")).toBe(connections);
      expect(await mosn.stat("rpc.in.downstream_cx_destroy")).toBe(0);
      expect(await mosn.stat("rpc.in.downstream_cx_drain_close")).toBe(0);
      await until(async () => (await mosn.stat("listener_manager.total_listeners_draining")) === 0);
      await until(async () => (await mosn.stat("listener_manager.total_filter_chains_draining")) === 0);
      await echo.release();
    });
  },
);
