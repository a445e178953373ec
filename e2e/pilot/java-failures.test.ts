/**
 * Java applications that register in a ZooKeeper and call a sidecar that pilot configures, while providers die, ZooKeeper is away, and pilot, too.
 * `java.test.ts` has what is routed where.
 */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { until } from "../mesh/xds-mosn.ts";
import { isRecord, readList, readNumber } from "../peers/echo-service.ts";
import { echoInterface, java } from "../peers/java.ts";
import { freePort } from "../peers/ports.ts";
import { endAllPeers } from "../peers/process.ts";
import { requirePeer } from "../peers/tools.ts";
import { zookeeper } from "../peers/zookeeper.ts";
import { refusedBy } from "./configured.ts";
import { registeringFrameworks, type Caller, type CallingConsumer, type RegisteredProvider } from "./registering.ts";
import { answersSince, portsOf, sessionMs, startRpcMesh, untilAnswers, type RpcMesh } from "./rpc-mesh.ts";

const concurrency = 4;
const consecutiveErrors = 3;

const ejection = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: policy, namespace: shop}
spec:
  host: ${echoInterface}
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: ${consecutiveErrors}, interval: 1s, baseEjectionTime: 3m, maxEjectionPercent: 50}
`;

/** 3.2 does as 3.3 here. */
const frameworks = registeringFrameworks.filter(({ name }) => name !== "Dubbo 3.2");

describe.runIf(requirePeer(java, zookeeper)).for(frameworks)("$name through a sidecar", (framework) => {
  const { failures } = framework;
  let mesh: RpcMesh;
  let consumer: CallingConsumer;
  let echo: Caller;
  let first: RegisteredProvider;
  let second: RegisteredProvider;

  const provide = (id: string): Promise<RegisteredProvider> =>
    framework.startProvider({ registry: { connectString: mesh.zookeeper.connectString, sessionMs }, id });

  beforeAll(async () => {
    mesh = await startRpcMesh();
    [consumer, first, second] = await Promise.all([framework.startConsumer(), provide("p1"), provide("p2")]);
    await mesh.untilPorts([first.port, second.port]);
    echo = await consumer.refer({ port: mesh.port });
  });

  afterEach(async () => {
    expect(await refusedBy(mesh.mosn)).toEqual([]);
  });

  afterAll(async () => {
    await mesh.stop();
    await endAllPeers();
  });

  test("a provider is killed: only calls that it had fail, and its session's end moves the others away", async () => {
    const load = await echo.start("id", [], { concurrency, pauseMs: 2 });
    await Promise.all(["p1", "p2"].map((id) => untilAnswers(load, id)));
    await first.kill();
    // Answers that it gave before may still be on their way to the consumer.
    await load.succeed(10 * concurrency);
    const killed = await load.progress();
    await mesh.tree.until(framework.providers, (children) => children.length === 1);
    await mesh.untilPorts([second.port]);
    const gone = await load.progress();
    await load.succeed(200);
    const all = await load.stop();
    // Meanwhile nobody listened there: calls were tried again with the other.
    expect(answersSince(killed, all)).toEqual({ p2: expect.any(Number) });
    // Those that it had, and those of a connection that it accepted while it was dying.
    expect(all.failed).toBeLessThanOrEqual(2 * concurrency);
    for (const failure of all.failures) expect(failure).toMatchObject(failures.lost);
    expect(all.failed).toBe(gone.failed);
    first = await provide("p1");
    await mesh.untilPorts([first.port, second.port]);
  });

  test.runIf(framework.protocol === "bolt")(
    "a provider that an operator takes off line gets no calls, and none fails when it stops",
    async () => {
      const load = await echo.start("id", [], { concurrency, pauseMs: 2 });
      const names = await mesh.tree.children(framework.providers);
      const name = names.find((each) => decodeURIComponent(each).includes(`:${first.port}?`));
      if (name === undefined) throw new Error(`${framework.providers} has no node of port ${first.port}: ${names.join(", ")}`);
      await mesh.tree.write(`${framework.providers}/${name}`, "\u0000");
      let isLeft = false;
      while (!isLeft) {
        const before = await load.progress();
        await load.succeed(100);
        isLeft = answersSince(before, await load.progress())["p1"] === undefined;
      }
      await first.stop();
      await mesh.untilPorts([second.port]);
      expect((await load.stop()).failures).toEqual([]);
      first = await provide("p1");
      await mesh.untilPorts([first.port, second.port]);
    },
  );

  test("a provider that refuses calls is ejected, and then no call fails", async () => {
    mesh.write("policy.yaml", ejection);
    await mesh.follow(`  - {route: [{destination: {host: ${echoInterface}}}], retries: {attempts: 0}}`);
    const small = await framework.startProvider({
      registry: { connectString: mesh.zookeeper.connectString, sessionMs },
      id: "small",
      isSmall: true,
    });
    const direct = await consumer.refer({ port: small.port, timeout: 100_000 });
    const occupying = direct.start("slow", [90_000]);
    await small.line(/BEGIN slow/);
    await mesh.untilPorts([first.port, second.port, small.port]);
    const load = await echo.start("id", [], { concurrency, pauseMs: 2 });
    await mesh.clusterStatReaches("outlier_detection.ejections_enforced_total", 1);
    // Calls that it had been sent before are over, too.
    await load.succeed(100);
    const ejected = await load.progress();
    await load.succeed(300);
    const all = await load.stop();
    expect(ejected.failed).toBeGreaterThanOrEqual(consecutiveErrors);
    for (const failure of all.failures) expect(failure).toMatchObject(failures.busy);
    expect(all.failed).toBe(ejected.failed);
    await small.kill();
    await occupying;
    mesh.remove("policy.yaml");
    await mesh.unfollow();
    await mesh.tree.until(framework.providers, (children) => children.length === 2);
  });

  test.runIf(framework.protocol === "bolt")(
    "pilot starts anew while ZooKeeper is away: it waits, and the sidecar keeps what it has",
    async () => {
      const load = await echo.start("id", [], { concurrency, pauseMs: 2 });
      await mesh.zookeeper.stop();
      await mesh.pilot.stop();
      const statusPort = await freePort();
      const starting = mesh.startPilotAgain(["--http-address", `127.0.0.1:${statusPort}`]);
      await until(async () => (await readiness(statusPort)) === 503);
      await load.succeed(200);
      expect(await readiness(statusPort)).toBe(503);
      await mesh.zookeeper.restart();
      await starting;
      await mesh.untilPorts([first.port, second.port]);
      const before = await load.progress();
      await load.succeed(200);
      const all = await load.stop();
      expect(all.failures).toEqual([]);
      expect(Object.keys(answersSince(before, all)).sort()).toEqual(["p1", "p2"]);
    },
  );

  test("ZooKeeper is away for longer than sessions last: no call fails, no endpoint vanishes, and who has come meanwhile appears", async () => {
    const load = await echo.start("id", [], { concurrency, pauseMs: 2 });
    const known = [first.port, second.port];
    const watch = watchPorts(mesh, known);
    await mesh.zookeeper.stop();
    await delay(sessionMs * 1.25);
    await load.succeed(100);
    // Dubbo's give up when they find no server for some seconds.
    const coming = provide("p3");
    await mesh.zookeeper.restart();
    const third = await coming;
    await mesh.untilPorts([...known, third.port]);
    await untilAnswers(load, "p3");
    // Of the sessions from before none is left.
    await untilAlive(mesh, framework.providers, framework.registersAgain ? 3 : 1);
    await until(async () => (await held(mesh)) === (framework.registersAgain ? 0 : 2));
    expect(await watch.stop()).toEqual([]);
    const before = await load.progress();
    await Promise.all(["p1", "p2", "p3"].map((id) => untilAnswers(load, id, before)));
    await mesh.untilPorts([...known, third.port]);
    expect(before.failures).toEqual([]);
    expect((await load.stop()).failures).toEqual([]);
    await third.kill();
  });
});

/** How many instances pilot keeps that the registry has no more. */
async function held({ pilot }: RpcMesh): Promise<number> {
  const page = await pilot.debug("registryz");
  const [registry] = isRecord(page) ? readList(page["registries"], (each) => each) : [];
  return isRecord(registry) ? readNumber(registry["held"]) : 0;
}

/** The status of `/ready`; undefined where nobody listens. */
const readiness = async (port: number): Promise<number | undefined> =>
  fetch(`http://127.0.0.1:${port}/ready`).then(
    ({ status }) => status,
    () => undefined,
  );

/** Looks at pilot's endpoints again and again; tells what it saw that had not all of these. */
function watchPorts(mesh: RpcMesh, ports: readonly number[]): { stop(): Promise<readonly string[]> } {
  const fewer = new Set<string>();
  const end = new AbortController();
  const watching = (async () => {
    while (!end.signal.aborted) {
      const seen = portsOf(await mesh.endpoints());
      if (!ports.every((port) => seen.includes(port))) fewer.add(seen.join());
      await delay(20);
    }
  })();
  return {
    stop: async () => {
      end.abort();
      await watching;
      return [...fewer];
    },
  };
}

/** Resolves once there are so many providers, all of sessions that have a connection: no session that is left is about to take one away. */
async function untilAlive({ zookeeper: server }: RpcMesh, providers: string, count: number): Promise<void> {
  await until(async () => {
    const [dump, connections] = await Promise.all([server.ask("dump"), server.ask("cons")]);
    const owners = dump
      .split(/^(?=0x)/m)
      .flatMap((session) => session.split("\n").flatMap((line) => (line.startsWith(`\t${providers}/`) ? [session.split(":")[0]] : [])));
    return owners.length === count && owners.every((id) => connections.includes(`sid=${id},`));
  });
}
