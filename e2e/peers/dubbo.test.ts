import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { captureDubbo, capturedOrder, capturedPerson } from "./dubbo-capture.ts";
import type { DubboCapture } from "./dubbo-capture.ts";
import { splitDubboFrames } from "./dubbo-frames.ts";
import type { RawDubboFrame } from "./dubbo-frames.ts";
import { dubboReleases, echoInterface, java, startDubboConsumer, startDubboProvider, twinInterface } from "./java.ts";
import type { DubboConsumer, DubboProvider, DubboRelease, DubboSerialization } from "./java.ts";
import { listening } from "./listening.ts";
import { startRecorder } from "./recorder.ts";
import { requirePeer } from "./tools.ts";

/** What a Java caller sees without a mesh between it and the provider: the measure for what it may see with one. */
const rpcException = "org.apache.dubbo.rpc.RpcException";
const network = 1;
const timedOut = 2;
const serializationFailed = 5;
const noProvider = 6;

const serializationIds: Readonly<Record<DubboSerialization, number>> = { hessian2: 2, fastjson2: 23 };

interface Pair {
  readonly from: DubboRelease;
  readonly to: DubboRelease;
}

const pairs: readonly Pair[] = dubboReleases.flatMap((from) => dubboReleases.map((to) => ({ from, to })));
const has3 = ({ from, to }: Pair): boolean => from !== "2.7" && to !== "2.7";
const conversations = [
  ...pairs.map((pair) => ({ ...pair, serialization: "hessian2" as const })),
  ...pairs.filter(has3).map((pair) => ({ ...pair, serialization: "fastjson2" as const })),
];

describe.runIf(requirePeer(java))("Dubbo in Java, without a mesh", () => {
  const providers = new Map<DubboRelease, DubboProvider>();
  const consumers = new Map<DubboRelease, DubboConsumer>();

  const provider = (release: DubboRelease): DubboProvider => {
    const found = providers.get(release);
    if (found === undefined) throw new Error(`no provider of ${release}`);
    return found;
  };

  const consumer = (release: DubboRelease): DubboConsumer => {
    const found = consumers.get(release);
    if (found === undefined) throw new Error(`no consumer of ${release}`);
    return found;
  };

  beforeAll(async () => {
    await Promise.all(
      dubboReleases.flatMap((release) => [
        startDubboProvider(release, {
          id: `p${release}`,
          services: [{}, { version: "2.0.0", group: "blue", id: "blue" }, { interface: twinInterface, id: "twin" }],
        }).then((peer) => providers.set(release, peer)),
        startDubboConsumer(release).then((peer) => consumers.set(release, peer)),
      ]),
    );
  });

  afterAll(async () => {
    await Promise.all([...providers.values(), ...consumers.values()].map((peer) => peer.kill()));
  });

  test.for(conversations)("$from calls $to in $serialization: every method", async ({ from, to, serialization }) => {
    const echo = await consumer(from).refer({ url: provider(to).url, serialization });
    expect(await echo.call("echo", ["hé你😀"])).toBe("hé你😀");
    expect(await echo.call("greet", [capturedPerson, 2, ["y"]])).toEqual({
      ...capturedPerson,
      age: capturedPerson.age + 2,
      notes: { ...capturedPerson.notes, by: `p${to}` },
      tags: [...capturedPerson.tags, "y"],
    });
    expect(await echo.call("order", [capturedOrder])).toEqual({ ...capturedOrder, receiver: capturedPerson });
    const sparse = { ...capturedOrder, state: null, seal: null, witnesses: null, lines: [] };
    expect(await echo.call("order", [sparse])).toEqual({ ...sparse, receiver: capturedPerson });
    expect(await echo.call("slow", [1])).toBe("slept 1");
    expect(await echo.call("big", [1000])).toMatchObject({ length: 1000 });
    expect(await echo.call("size", [{ $bytes: 1024 * 1024 }])).toBe(1024 * 1024);
    expect(await echo.call("echo", [{ $text: 1024 * 1024 }])).toMatchObject({ length: 1024 * 1024 });
    expect(await echo.call("fire", ["sync"])).toBeNull();
    const served = (await echo.call("served", ["id"])) ?? 0;
    expect(await echo.call("id", [])).toBe(`p${to}`);
    expect(await echo.call("served", ["id"])).toBe(served + 1);
    await expect(echo.call("boom", ["checked"])).rejects.toMatchObject({
      class: "mesh.e2e.RefusedException",
      message: `refused by p${to}`,
    });
    await expect(echo.call("boom", ["unchecked"])).rejects.toMatchObject({
      class: "java.lang.IllegalStateException",
      message: `boom by p${to}`,
    });
    await echo.release();
  });

  test.for(conversations)("$from calls $to in $serialization: attachments go both ways", async ({ from, to, serialization }) => {
    const { url } = provider(to);
    // A single URL makes no cluster in 2.7, and that is what takes the attachments out of an answer.
    const echo = await consumer(from).refer({ url: `${url};${url}`, cluster: "failover", serialization });
    const headers = { "x-tag": "blue" };
    const answer = await echo.exchange("headers", [{ "x-reply": "green" }], { headers });
    expect(answer.result).toMatchObject({ ...headers, "remote.application": "java-consumer" });
    expect(answer.headers).toMatchObject({ "x-reply": "green", dubbo: "2.0.2" });
    expect((await echo.call("headers", [{}])) ?? {}).not.toHaveProperty("x-tag");
    await echo.release();
  });

  test.for(conversations)("$from calls $to in $serialization: with a future, generically, one-way", async ({ from, to, serialization }) => {
    const target = { url: provider(to).url, serialization };
    const future = await consumer(from).refer({ ...target, invokeType: "async" });
    expect(await future.call("size", [{ $bytes: 1000 }])).toBe(1000);
    await expect(future.call("boom", ["checked"])).rejects.toMatchObject({ class: "mesh.e2e.RefusedException" });

    const generic = await consumer(from).refer({ ...target, invokeType: "generic" });
    expect(await generic.call("order", [capturedOrder])).toEqual({ ...capturedOrder, receiver: capturedPerson });
    expect(await generic.call("size", [{ $bytes: 1000 }])).toBe(1000);
    await expect(generic.call("boom", ["checked"])).rejects.toMatchObject({
      class: expect.stringMatching(/\.GenericException$/),
      message: expect.stringContaining(`mesh.e2e.RefusedException: refused by p${to}`),
    });

    const oneWay = await consumer(from).refer({ ...target, invokeType: "oneway" });
    const text = `one-way from ${from} in ${serialization}`;
    expect(await oneWay.call("fire", [text])).toBeNull();
    await provider(to).line(new RegExp(`^FIRED ${text}$`));
    expect(await oneWay.call("boom", ["checked"])).toBeNull();
    await Promise.all([future, generic, oneWay].map((reference) => reference.release()));
  });

  test.for(pairs)("$from finds services of $to by interface, version and group", async ({ from, to }) => {
    const { url } = provider(to);
    const idOf = async (service: object): Promise<string | null> => {
      const echo = await consumer(from).refer({ url, ...service });
      const id = await echo.call("id", []);
      await echo.release();
      return id;
    };
    expect(await idOf({ interface: echoInterface })).toBe(`p${to}`);
    expect(await idOf({ interface: twinInterface })).toBe("twin");
    expect(await idOf({ version: "2.0.0", group: "blue" })).toBe("blue");
    await expect(idOf({ version: "2.0.0" })).rejects.toMatchObject({ class: rpcException });
  });

  // Side by side: most of the time goes by in starts and stops.
  describe.for(dubboReleases.map((release) => ({ release })))("$release", { concurrent: true }, ({ release }) => {
    test("200 calls at once get each its own answer", async () => {
      const echo = await consumer(release).refer({ url: provider(release).url });
      const summary = await echo.load("echo", ["x"], { repeat: 2000, concurrency: 200, distinct: true });
      expect(summary).toMatchObject({ calls: 2000, succeeded: 2000, failed: 0, mixedUp: 0 });
      const load = await echo.start("id", [], { concurrency: 2, pauseMs: 1 });
      await load.succeed(50);
      expect(await load.stop()).toMatchObject({ failed: 0, results: [{ value: `p${release}` }] });
      await echo.release();
    });

    test("retries need a cluster, which 2.7 makes only of several URLs", async () => {
      const { url } = provider(release);
      const options = { retries: 2, timeout: 200, cluster: "failover" };
      const [plain, single, twice] = await Promise.all([
        consumer(release).refer({ url }),
        consumer(release).refer({ ...options, url }),
        consumer(release).refer({ ...options, url: `${url};${url}` }),
      ]);
      const timeout = { class: rpcException, errorType: timedOut };
      const served = async (): Promise<number> => (await plain.call("served", ["slow"])) ?? 0;
      const before = await served();
      await expect(single.call("slow", [400])).rejects.toMatchObject(timeout);
      const between = await served();
      expect(between - before).toBe(release === "2.7" ? 1 : 3);
      await expect(twice.call("slow", [400])).rejects.toMatchObject(timeout);
      expect((await served()) - between).toBe(3);
      await Promise.all([plain, single, twice].map((reference) => reference.release()));
    });

    test("each failure has its number", async () => {
      // Two providers: a thread that has just answered may not be free yet, so the one with a single thread serves nothing but the call that holds it.
      const [small, busy] = await Promise.all([
        startDubboProvider(release, { payload: 10_000 }),
        startDubboProvider(release, { threads: 1, queues: 0 }),
      ]);
      const echo = await consumer(release).refer({ url: small.url, timeout: 10_000 });
      const impatient = await consumer(release).refer({ url: small.url, timeout: 700 });
      const thrown = (errorType: number, message = ""): object => ({
        class: rpcException,
        errorType,
        causes: expect.arrayContaining([expect.objectContaining({ message: expect.stringContaining(message) })]),
      });
      const is2 = release === "2.7";
      // 2.7 does not answer a request that is too long.
      const size = (is2 ? impatient : echo).call("size", [{ $bytes: 20_000 }]);
      await expect(size).rejects.toMatchObject(thrown(is2 ? timedOut : network));
      await expect(echo.call("big", [20_000])).rejects.toMatchObject(thrown(is2 ? network : serializationFailed, "Data length too large"));
      const modest = await consumer(release).refer({ url: small.url, payload: 2000, connections: 1 });
      await expect(modest.call("size", [{ $bytes: 5000 }])).rejects.toMatchObject(thrown(network, "Data length too large"));
      await expect(modest.call("big", [5000])).rejects.toMatchObject(thrown(network, "Data length too large"));
      expect(await modest.call("big", [1000])).toMatchObject({ length: 1000 });

      const crowd = await consumer(release).refer({ url: busy.url, timeout: 10_000 });
      const occupying = crowd.call("slow", [500]);
      await busy.line(/^BEGIN slow 500$/);
      await expect(crowd.call("id", [])).rejects.toMatchObject(thrown(network, "thread pool is exhausted"));
      expect(await occupying).toBe("slept 500");

      // 3.x learns of a closed connection, but has the calls under way on it wait for their timeouts.
      const crash = (is2 ? echo : impatient).call("crash", []);
      await expect(crash).rejects.toMatchObject(thrown(is2 ? network : timedOut));
      expect(await small.exited).toMatchObject({ code: 137 });
      await Promise.all([echo, impatient, modest, crowd].map((reference) => reference.release()));
      await busy.kill();
    });

    test("a provider that is told to stop says so on its connections; its address is lost to 3.x for a while", async () => {
      // In each case not the release's own favourite.
      const favourite = { "2.7": {}, "3.2": { serialization: "hessian2" }, "3.3": { preferSerialization: "fastjson2,hessian2" } } as const;
      const leaving = await startDubboProvider(release, { stopTimeoutMs: 1000, ...favourite[release] });
      const recorder = await startRecorder(leaving.port);
      const echo = await consumer(release).refer({ url: `dubbo://127.0.0.1:${recorder.port}` });
      // 2.7 interrupts the calls under way.
      const call = echo.call("slow", [release === "2.7" ? 2500 : 300]);
      await leaving.line(/^BEGIN slow \d+$/);
      const [outcome, exit] = await Promise.all([Promise.allSettled([call]), leaving.stop()]);
      expect(outcome).toMatchObject([
        release === "2.7" ? { status: "rejected", reason: { class: "java.lang.InterruptedException" } } : { value: "slept 300" },
      ]);
      // 128 + SIGTERM.
      expect(exit).toMatchObject({ code: 143 });
      const notices = splitDubboFrames(recorder.connections[0]?.responses() ?? Buffer.alloc(0)).filter((frame) => frame.isEvent);
      expect(notices.length).toBeGreaterThan(0);
      for (const { body, ...notice } of notices) {
        expect(notice).toMatchObject({ isRequest: true, isTwoWay: false, serializationId: release === "3.3" ? 23 : 2 });
        expect(body.toString("hex")).toBe(release === "3.3" ? "000000024a52" : "0152");
      }

      await expect(echo.call("id", [])).rejects.toMatchObject({ class: rpcException });
      const next = await startDubboProvider(release, { port: leaving.port, id: "next" });
      const again = echo.call("id", []);
      if (release === "2.7") expect(await again).toBe("next");
      else await expect(again).rejects.toMatchObject({ class: rpcException, errorType: noProvider });
      await echo.release();
      await Promise.all([next.kill(), recorder.close()]);
    });

    test.runIf(process.platform === "linux")("a provider listens on its port of loopback alone, a consumer on none", () => {
      const port = provider(release).port.toString(16).toUpperCase().padStart(4, "0");
      expect(listening(provider(release).pid)).toEqual([`0100007F:${port}`]);
      expect(listening(consumer(release).pid)).toEqual([]);
    });
  });

  describe.for(conversations)("what $from and $to say in $serialization", ({ from, to, serialization }) => {
    let capture: DubboCapture;
    let requests: RawDubboFrame[];
    let responses: RawDubboFrame[];

    beforeAll(async () => {
      capture = await captureDubbo(consumer(from), provider(to), serialization);
      requests = splitDubboFrames(capture.requests[0] ?? Buffer.alloc(0));
      responses = splitDubboFrames(capture.responses[0] ?? Buffer.alloc(0));
    });

    test("every request but the one-way one is answered under its id, all but one with status 20", () => {
      expect(requests.length).toBe(18);
      for (const frame of requests) expect(frame).toMatchObject({ isRequest: true, isEvent: false, status: 0 });
      expect(requests.filter((frame) => !frame.isTwoWay).map((frame) => frame.id)).toEqual([requests.at(-1)?.id]);
      expect(responses.map((frame) => frame.id)).toEqual(requests.slice(0, -1).map((frame) => frame.id));
      expect(responses.filter((frame) => frame.status !== 20).map((frame) => frame.status)).toEqual([to === "2.7" ? 70 : 40]);
    });

    test("all are in the serialization that was asked for, but that 3.x refuses in its own favourite", () => {
      const id = serializationIds[serialization];
      expect(new Set(requests.map((frame) => frame.serializationId))).toEqual(new Set([id]));
      for (const { status, serializationId } of responses) {
        const favourite = { "2.7": id, "3.2": 23, "3.3": 2 }[to];
        expect(serializationId).toBe(status === 20 ? id : favourite);
      }
    });

    test("a silent connection carries heartbeats and their answers", () => {
      const nothing = serialization === "hessian2" ? "4e" : "00000001af";
      const beats = splitDubboFrames(capture.requests[1] ?? Buffer.alloc(0));
      const answers = splitDubboFrames(capture.responses[1] ?? Buffer.alloc(0));
      expect(answers.length).toBeGreaterThanOrEqual(2);
      expect(beats.slice(0, answers.length).map((frame) => frame.id)).toEqual(answers.map((frame) => frame.id));
      for (const beat of beats) expect(beat).toMatchObject({ isRequest: true, isTwoWay: true, isEvent: true, status: 0 });
      for (const answer of answers) expect(answer).toMatchObject({ isRequest: false, isEvent: true, status: 20 });
      for (const { body } of [...beats, ...answers]) expect(body.toString("hex")).toBe(nothing);
    });
  });
});
