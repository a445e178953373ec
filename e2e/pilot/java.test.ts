/**
 * Java applications that know a ZooKeeper and nothing of a mesh: their providers register, and their consumers call a sidecar that pilot configures.
 * What is routed where; `java-failures.test.ts` has what happens when something dies.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { echoInterface, java } from "../peers/java.ts";
import { envoy } from "../peers/envoy.ts";
import { freePort } from "../peers/ports.ts";
import { endAllPeers } from "../peers/process.ts";
import { requirePeer } from "../peers/tools.ts";
import { zookeeper } from "../peers/zookeeper.ts";
import { refusedBy, startConfiguredEnvoy } from "./configured.ts";
import {
  registeringFrameworks,
  tagged,
  type Caller,
  type CallingConsumer,
  type RegisteredProvider,
  type RegisteringOptions,
} from "./registering.ts";
import { answersOf, answersSince, startRpcMesh, to, untilAnswers, type RpcMesh } from "./rpc-mesh.ts";

const found = requirePeer(java, zookeeper);
const hasEnvoy = requirePeer(envoy);

describe.runIf(found).for(registeringFrameworks)("$name registers itself, and is called through a sidecar", (framework) => {
  const { failures, service } = framework;
  let mesh: RpcMesh;
  let consumer: CallingConsumer;
  let echo: Caller;

  const provide = (id: string, options: Omit<RegisteringOptions, "registry" | "id"> = {}): Promise<RegisteredProvider> =>
    framework.startProvider({ registry: mesh.zookeeper, id, ...options });

  /** Who answered, and how often. */
  async function answers(count: number, caller: Caller = echo, options = {}): Promise<Readonly<Record<string, number>>> {
    const load = await caller.load("id", [], { repeat: count, concurrency: 4, ...options });
    expect(load.failures).toEqual([]);
    return answersOf(load);
  }

  beforeAll(async () => {
    mesh = await startRpcMesh();
    consumer = await framework.startConsumer();
  });

  afterEach(async () => {
    expect(await refusedBy(mesh.mosn)).toEqual([]);
    await mesh.unfollow();
  });

  afterAll(async () => {
    await mesh.stop();
    await endAllPeers();
  });

  test("providers are called from registering to stopping, without a failed call", async () => {
    echo = await consumer.refer({ port: mesh.port });
    await expect(echo.call("id", [])).rejects.toMatchObject(failures.noRoute);
    const first = await provide("p1", { release: "v1" });
    await mesh.untilPorts([first.port]);
    await called(echo);
    const load = await echo.start("id", [], { concurrency: 4, pauseMs: 2 });
    await untilAnswers(load, "p1");
    await provide("p2", { release: "v2" });
    await untilAnswers(load, "p2");
    const last = await provide("p3");
    await untilAnswers(load, "p3");
    await last.stop();
    const stopped = await load.progress();
    await load.succeed(100);
    const all = await load.stop();
    expect(all.failures.filter(({ message }) => !whileStopping.test(message))).toEqual([]);
    expect(Object.keys(answersSince(stopped, all)).sort()).toEqual(["p1", "p2"]);
  });

  test("a canary gets its fifth of the calls, then all, and none is lost on the way", async () => {
    const weights = (v1: number, v2: number): string =>
      `  - {route: [{destination: {host: ${echoInterface}, subset: v1}, weight: ${v1}}, {destination: {host: ${echoInterface}, subset: v2}, weight: ${v2}}]}`;
    const load = await echo.start("id", [], { concurrency: 2, pauseMs: 2 });
    await mesh.follow(weights(80, 20));
    const { p1 = 0, p2 = 0 } = await answers(400);
    expect(p1 + p2).toBe(400);
    // Five standard deviations of 8 calls to either side of 80.
    expect(p2).toBeGreaterThan(40);
    expect(p2).toBeLessThan(120);
    await mesh.follow(weights(0, 100));
    expect(await answers(100)).toEqual({ p2: 100 });
    await mesh.follow(weights(100, 0));
    expect(await answers(100)).toEqual({ p1: 100 });
    expect((await load.stop()).failures).toEqual([]);
  });

  test("calls are routed by a header, and by their method", async () => {
    await mesh.follow(
      `  - {match: [{headers: {tag: {exact: beta}}}], route: [${to("v2")}]}
  - {match: [{uri: {exact: /${service}/served}}], route: [${to("v2")}]}
  - {route: [${to("v1")}]}`,
    );
    expect(await answers(20, echo, tagged("beta"))).toEqual({ p2: 20 });
    expect(await answers(20, echo, tagged("gamma"))).toEqual({ p1: 20 });
    // What the second provider counts are the calls that it got itself.
    const before = await echo.call("served", ["id"]);
    await answers(20);
    expect(await echo.call("served", ["id"])).toBe(before);
    await answers(20, echo, tagged("beta"));
    expect(await echo.call("served", ["id"])).toBe((before ?? 0) + 20);
  });

  test("faults are what callers know: a busy server, and their own timeout", async () => {
    await mesh.follow(
      `  - {match: [{headers: {tag: {exact: abort}}}], fault: {abort: {percentage: {value: 100}, httpStatus: 503}}, route: [${to("v1")}]}
  - {match: [{headers: {tag: {exact: delay}}}], fault: {delay: {percentage: {value: 100}, fixedDelay: 60s}}, route: [${to("v1")}]}
  - {match: [{headers: {tag: {exact: late}}}], fault: {delay: {percentage: {value: 100}, fixedDelay: 0.1s}}, route: [${to("v1")}]}
  - {route: [${to("v1")}]}`,
    );
    await expect(echo.call("id", [], tagged("abort"))).rejects.toMatchObject(failures.busy);
    expect(await answers(5)).toEqual({ p1: 5 });
    const hasty = await consumer.refer({ port: mesh.port, timeout: 1500 });
    await called(hasty);
    await expect(hasty.call("id", [], tagged("delay"))).rejects.toMatchObject(failures.timeout);
    expect(await answers(5, echo, tagged("late"))).toEqual({ p1: 5 });
    await hasty.release();
    const statistics = await (await mesh.mosn.admin("/stats?filter=fault")).text();
    expect(statistics).toMatch(/aborts_injected: 1$/m);
    expect(statistics).toMatch(/delays_injected: 6$/m);
  });

  test.runIf(hasEnvoy)("a real Envoy refuses nothing of it, and passes bytes on to all", async () => {
    const port = await freePort();
    mesh.write(
      "envoy.yaml",
      `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: bytes}
spec:
  egress:
  - {port: {number: ${port}, protocol: ${framework.protocol}, name: rpc}, bind: 127.0.0.1, captureMode: NONE, hosts: ["*/*"]}
`,
    );
    const peer = await startConfiguredEnvoy({ pilot: mesh.pilot.grpcAddress, namespace: "bytes", ports: [port] });
    const caller = await consumer.refer({ port });
    await called(caller);
    expect(await refusedBy(peer)).toEqual([]);
    await caller.release();
    await peer.stop();
  });

  test("versions and groups of an interface stand side by side, without a rule", async () => {
    await Promise.all([provide("blue", { variant: "blue" }), provide("green", { variant: "green" })]);
    for (const variant of ["blue", "green"] as const) {
      const caller = await consumer.refer({ port: mesh.port, variant });
      await called(caller);
      expect(await answers(50, caller)).toEqual({ [variant]: 50 });
      await caller.release();
    }
    const plain = await answers(50);
    expect(Object.keys(plain).sort()).toEqual(["p1", "p2"]);
  });
});

/** What a SOFARPC server answers, as a result, to calls that come after it has unregistered and before it is gone. Its consumers see it without a mesh, too. */
const whileStopping = /^RPC-019990009: RPC server stopped/;

/** Calls until one succeeds: what was registered takes its time to the sidecar. */
async function called(caller: Caller): Promise<void> {
  const load = await caller.start("id", [], { pauseMs: 10 });
  await load.succeed(1);
  await load.stop();
}
