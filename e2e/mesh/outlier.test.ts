/** Hosts that fail are left alone for a while: in `mosn` as in Envoy for HTTP, and the same for RPC. */
import { BoltStatus } from "@mesh/codec-bolt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { envoy, startEnvoy } from "../peers/envoy.ts";
import { java } from "../peers/java.ts";
import { httpListener, routeTo, rpcListener, startMosn, staticCluster, type Json, type MosnPeer } from "../peers/mosn.ts";
import { freePort } from "../peers/ports.ts";
import type { Peer } from "../peers/process.ts";
import { requirePeer } from "../peers/tools.ts";
import { callBolt, startBoltOrigin } from "./bolt-ends.ts";
import { frameworks, type RpcConsumer, type RpcProvider } from "./frameworks.ts";
import { ask, startHttpOrigin, startTcpOrigin, type Origin } from "./origin.ts";

const detection: Json = { interval: "0.1s", base_ejection_time: "1s", max_ejection_percent: 50 };

/** Statistics of the cluster's outlier detection, and `host flags` of those that are not healthy. */
interface Findings {
  readonly stats: Readonly<Record<string, number>>;
  readonly flags: readonly string[];
}

async function findingsOf(adminPort: number, cluster: string): Promise<Findings> {
  const text = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${adminPort}${path}`)).text();
  const stats = [...(await text("/stats")).matchAll(/^cluster\.(\w+)\.outlier_detection\.(\w+): (\d+)$/gm)];
  const flags = [...(await text("/clusters")).matchAll(/^(\w+)::([^:]+:\d+)::health_flags::(\S+)$/gm)];
  return {
    stats: Object.fromEntries(stats.filter(([, name]) => name === cluster).map(([, , name, value]) => [name ?? "", Number(value)])),
    flags: flags.filter(([, name, , value]) => name === cluster && value !== "healthy").map(([, , host, value]) => `${host} ${value}`),
  };
}

async function activeReaches(adminPort: number, cluster: string, wanted: number): Promise<Findings> {
  for (;;) {
    const findings = await findingsOf(adminPort, cluster);
    if (findings.stats["ejections_active"] === wanted) return findings;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The first host answers as it is told, the others well. */
class Backends {
  status = 200;
  readonly origins: Origin[] = [];
  readonly seen = [0, 0, 0];

  async startHttp(): Promise<void> {
    for (const index of this.seen.keys()) {
      this.origins.push(
        await startHttpOrigin((_request, response) => {
          this.seen[index]!++;
          response.writeHead(index === 0 ? this.status : 200).end(String(index));
        }),
      );
    }
  }

  get ports(): readonly number[] {
    return this.origins.map(({ port }) => port);
  }

  async close(): Promise<void> {
    await Promise.all(this.origins.map((origin) => origin.close()));
  }
}

describe.runIf(requirePeer(envoy)).each(["mosn", "Envoy"])("%s", (which) => {
  const backends = new Backends();
  let refusing = 0;
  let peer: Peer;
  let [httpPort, splitPort, adminPort] = [0, 0, 0];

  beforeAll(async () => {
    await backends.startHttp();
    // Accepts, and closes: a reset after the connection stood.
    const resetting = await startTcpOrigin((socket) => socket.once("data", () => socket.destroy()));
    backends.origins.push(resetting);
    [httpPort, splitPort, refusing] = [await freePort(), await freePort(), await freePort()];
    const [good, other, third, reset] = backends.ports as [number, number, number, number];
    const split = { ...detection, split_external_local_origin_errors: true, consecutive_local_origin_failure: 2 };
    const listeners = [
      httpListener(httpPort, { routes: [routeTo("web")] }),
      httpListener(splitPort, {
        routes: [{ match: { prefix: "/reset" }, route: { cluster: "resetting" } }, routeTo("split")],
      }),
    ];
    const clusters = [
      staticCluster("web", [good, other, third], { outlier_detection: detection }),
      staticCluster("split", [other, refusing], { outlier_detection: { ...split, base_ejection_time: "60s" } }),
      staticCluster("resetting", [other, reset], { outlier_detection: { ...detection, base_ejection_time: "60s" } }),
    ];
    if (which === "mosn") {
      const mosn = await startMosn({ listeners, clusters });
      adminPort = mosn.adminPort;
      peer = mosn;
    } else {
      const started = await startEnvoy({ bootstrap: { static_resources: { listeners, clusters } }, ports: [httpPort, splitPort] });
      adminPort = started.adminPort;
      peer = started;
    }
  });

  afterAll(async () => {
    await peer.stop();
    await backends.close();
  });

  test("ejects a host after five 500s in a row, leaves it alone, and takes it back", async () => {
    backends.status = 500;
    const statuses: number[] = [];
    while (backends.seen[0]! < 5) statuses.push((await ask(httpPort)).status);
    expect(statuses.filter((status) => status === 500)).toHaveLength(5);
    const ejected = await activeReaches(adminPort, "web", 1);
    expect(ejected.flags).toEqual([`127.0.0.1:${backends.ports[0]} /failed_outlier_check`]);
    expect(ejected.stats).toEqual({
      ejections_active: 1,
      ejections_consecutive_5xx: 1,
      ejections_detected_consecutive_5xx: 1,
      ejections_detected_consecutive_gateway_failure: 0,
      ejections_detected_consecutive_local_origin_failure: 0,
      ejections_detected_degradation: 0,
      ejections_detected_failure_percentage: 0,
      ejections_detected_local_origin_failure_percentage: 0,
      ejections_detected_local_origin_success_rate: 0,
      ejections_detected_success_rate: 0,
      ejections_enforced_consecutive_5xx: 1,
      ejections_enforced_consecutive_gateway_failure: 0,
      ejections_enforced_consecutive_local_origin_failure: 0,
      ejections_enforced_failure_percentage: 0,
      ejections_enforced_local_origin_failure_percentage: 0,
      ejections_enforced_local_origin_success_rate: 0,
      ejections_enforced_success_rate: 0,
      ejections_enforced_total: 1,
      ejections_overflow: 0,
      ejections_success_rate: 0,
      ejections_total: 1,
    });
    backends.status = 200;
    expect((await activeReaches(adminPort, "web", 0)).flags).toEqual([]);
    const before = backends.seen[0]!;
    for (let count = 0; count < 6; count++) await ask(httpPort);
    expect(backends.seen[0]).toBe(before + 2);
  });

  test("ejects a host that cannot be reached, with failures of local origin counted apart", async () => {
    const before = await findingsOf(adminPort, "split");
    expect(before.flags).toEqual([]);
    const statuses = [];
    for (let count = 0; count < 4; count++) statuses.push((await ask(splitPort)).status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 200, 503, 503]);
    const { flags, stats } = await activeReaches(adminPort, "split", 1);
    expect(flags).toEqual([`127.0.0.1:${refusing} /failed_outlier_check`]);
    expect(stats).toMatchObject({ ejections_enforced_consecutive_local_origin_failure: 1, ejections_detected_consecutive_5xx: 0 });
    for (let count = 0; count < 4; count++) expect((await ask(splitPort)).status).toBe(200);
  });

  test("ejects a host that resets connections: each counts as a 503", async () => {
    for (let count = 0; count < 10; count++) await ask(splitPort, { path: "/reset" });
    const { stats } = await activeReaches(adminPort, "resetting", 1);
    expect(stats).toMatchObject({
      ejections_enforced_consecutive_5xx: 1,
      ejections_detected_consecutive_gateway_failure: 1,
      ejections_enforced_total: 1,
    });
  });
});

test("a Bolt provider that fails is left alone for a while, and others are not", async () => {
  let [failing, status] = [0, BoltStatus.ServerException as BoltStatus];
  const origins = [
    await startBoltOrigin(() => (failing++, status)),
    await startBoltOrigin(() => BoltStatus.Success),
    await startBoltOrigin(() => BoltStatus.Success),
  ];
  const port = await freePort();
  const mosn = await startMosn({
    listeners: [rpcListener(port, { routes: [routeTo("provider")] })],
    clusters: [
      staticCluster(
        "provider",
        origins.map((origin) => origin.port),
        { outlier_detection: detection },
      ),
    ],
  });
  const statuses = await callBolt(port, 24);
  expect(statuses.filter((answer) => answer === BoltStatus.ServerException)).toHaveLength(5);
  expect(failing).toBe(5);
  const { flags, stats } = await findingsOf(mosn.adminPort, "provider");
  expect(flags).toEqual([`127.0.0.1:${origins[0]!.port} /failed_outlier_check`]);
  expect(stats).toMatchObject({ ejections_active: 1, ejections_enforced_consecutive_5xx: 1 });
  status = BoltStatus.Success;
  await activeReaches(mosn.adminPort, "provider", 0);
  expect(await callBolt(port, 6)).toEqual(Array.from({ length: 6 }, () => BoltStatus.Success));
  expect(failing).toBe(7);
  await mosn.stop();
  await Promise.all(origins.map((origin) => origin.close()));
});

describe.runIf(requirePeer(java)).each(frameworks)("Java providers of $name", (framework) => {
  const providers: RpcProvider[] = [];
  let consumer: RpcConsumer;
  let mosn: MosnPeer;
  let port = 0;

  beforeAll(async () => {
    const [first, second, caller] = await Promise.all([
      framework.startProvider({ id: "p1" }),
      framework.startProvider({ id: "p2" }),
      framework.startConsumer(),
    ]);
    providers.push(first, second);
    consumer = caller;
    port = await freePort();
    const ports = providers.map((provider) => provider.port);
    mosn = await startMosn({
      listeners: [rpcListener(port, { codec: framework.codec(), routes: [routeTo("provider", { timeout: "0.3s" })] })],
      clusters: [staticCluster("provider", ports, { outlier_detection: { ...detection, base_ejection_time: "5s" } })],
    });
  });

  afterAll(async () => {
    await Promise.all([...providers, consumer, mosn].map((peer) => peer?.stop()));
  });

  test("are well though their application throws exceptions", async () => {
    const service = await consumer.refer({ url: framework.url(port), timeout: 5000 });
    for (const kind of ["checked", "unchecked"] as const)
      expect(await service.load("boom", [kind], { repeat: 12 })).toMatchObject({ failed: 12 });
    const { flags, stats } = await findingsOf(mosn.adminPort, "provider");
    expect(flags).toEqual([]);
    expect(stats["ejections_detected_consecutive_5xx"]).toBe(0);
    await service.release();
  });

  test("that hang are left alone after five calls, and called again when they are awake", async () => {
    const service = await consumer.refer({ url: framework.url(port), timeout: 5000 });
    const [hanging, well] = providers as [RpcProvider, RpcProvider];
    hanging.signal("SIGSTOP");
    expect(await service.load("id", [], { repeat: 10 })).toMatchObject({ failed: 5, succeeded: 5 });
    const { flags } = await findingsOf(mosn.adminPort, "provider");
    expect(flags).toEqual([`127.0.0.1:${hanging.port} /failed_outlier_check`]);
    expect(await service.load("id", [], { repeat: 10 })).toMatchObject({ failed: 0, results: [{ value: well.id, count: 10 }] });
    hanging.signal("SIGCONT");
    await activeReaches(mosn.adminPort, "provider", 0);
    const { results } = await service.load("id", [], { repeat: 10 });
    expect(new Set(results.map(({ value }) => value))).toEqual(new Set([hanging.id, well.id]));
    await service.release();
  });
});
