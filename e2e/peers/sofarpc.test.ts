import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "./ports.ts";
import { java, startSofaConsumer, startSofaProvider } from "./java.ts";
import type { Person, SofaConsumer, SofaInvokeType, SofaProvider } from "./java.ts";
import { startRecorder } from "./recorder.ts";
import { requirePeer } from "./tools.ts";

/**
 * What a Java caller sees without a mesh between it and the provider: the measure for what it may see with one.
 * SOFARPC maps failures of calls with a future or a callback less finely than those of plain calls: 199 for most of them.
 */
const sofaRpcException = "com.alipay.sofa.rpc.core.exception.SofaRpcException";
const sofaTimeout = "com.alipay.sofa.rpc.core.exception.SofaTimeOutException";
const sofaRoute = "com.alipay.sofa.rpc.core.exception.SofaRouteException";
const serverBusy = 100;
const serverUndeclared = 199;
const clientTimeout = 200;
const clientRouter = 210;
const clientNetwork = 250;

const ann: Person = { name: "Ann", age: 30, serial: 2 ** 40, notes: { a: "ä" }, tags: ["x"] };

describe.runIf(requirePeer(java))("SOFARPC in Java, without a mesh", () => {
  let provider: SofaProvider;
  let consumer: SofaConsumer;

  beforeAll(async () => {
    [provider, consumer] = await Promise.all([startSofaProvider({ id: "p1" }), startSofaConsumer({ heartbeatMs: 200 })]);
  });

  afterAll(async () => {
    await Promise.all([provider, consumer].map((peer) => peer?.stop()));
  });

  test("every method can be called", async () => {
    const echo = await consumer.refer({ url: provider.url });
    expect(await echo.call("echo", ["hé你😀"])).toBe("hé你😀");
    expect(await echo.call("greet", [ann, 2, ["y", "z"]])).toEqual({ ...ann, age: 32, notes: { a: "ä", by: "p1" }, tags: ["x", "y", "z"] });
    expect(await echo.call("slow", [1])).toBe("slept 1");
    expect(await echo.call("big", [1000])).toMatchObject({ length: 1000 });
    expect(await echo.call("size", [{ $bytes: 1024 * 1024 }])).toBe(1024 * 1024);
    expect(await echo.call("length", [{ $text: 1024 * 1024 }])).toBe(1024 * 1024);
    expect(await echo.call("echo", [{ $text: 1024 * 1024 }])).toMatchObject({ length: 1024 * 1024 });
    expect(await echo.call("fire", ["sync"])).toBeNull();
    expect(await echo.call("id", [])).toBe("p1");
    const served = await echo.call("served", ["id"]);
    await echo.call("id", [], { headers: { "x-any": "1" } });
    expect(await echo.call("served", ["id"])).toBe((served ?? 0) + 1);
    await echo.release();
  });

  test.for<[SofaInvokeType, { class: string; errorType?: number }, { class: string; errorType?: number }, string]>([
    ["sync", { class: "mesh.e2e.RefusedException" }, { class: "java.lang.IllegalStateException" }, sofaTimeout],
    ["callback", { class: "mesh.e2e.RefusedException" }, { class: "java.lang.IllegalStateException" }, sofaTimeout],
    [
      "future",
      { class: sofaRpcException, errorType: serverUndeclared },
      { class: sofaRpcException, errorType: serverUndeclared },
      sofaRpcException,
    ],
  ])("%s calls return, throw what the service throws, and time out", async ([invokeType, checked, unchecked, timeout]) => {
    const echo = await consumer.refer({ url: provider.url, invokeType });
    expect(await echo.call("echo", ["x"])).toBe("x");
    await expect(echo.call("boom", ["checked"])).rejects.toMatchObject({ ...checked, message: "refused by p1" });
    await expect(echo.call("boom", ["unchecked"])).rejects.toMatchObject({ ...unchecked, message: "boom by p1" });
    await echo.release();

    const impatient = await consumer.refer({ url: provider.url, invokeType, timeout: 200 });
    await expect(impatient.call("slow", [400])).rejects.toMatchObject({
      class: timeout,
      errorType: invokeType === "future" ? serverUndeclared : clientTimeout,
      causes: [{ class: "com.alipay.remoting.rpc.exception.InvokeTimeoutException" }],
    });
    await impatient.release();
  });

  test("one-way calls arrive, and nothing of what becomes of them is seen", async () => {
    const echo = await consumer.refer({ url: provider.url, invokeType: "oneway" });
    expect(await echo.call("fire", ["one-way"])).toBeNull();
    await provider.line(/^FIRED one-way$/);
    expect(await echo.call("boom", ["checked"])).toBeNull();
    expect(await echo.call("echo", ["x"])).toBeNull();
    await echo.release();
  });

  test("a service that the provider does not export is an error of the server", async () => {
    const echo = await consumer.refer({ url: provider.url, uniqueId: "nobody" });
    await expect(echo.call("echo", ["x"])).rejects.toMatchObject({
      class: sofaRpcException,
      errorType: serverUndeclared,
      message: expect.stringContaining("RPC cannot find service: [mesh.e2e.EchoService:1.0:nobody]"),
    });
    await echo.release();
  });

  test("JSON in place of Hessian works, too", async () => {
    const echo = await consumer.refer({ url: provider.url, serialization: "json" });
    expect(await echo.call("greet", [ann, 1, []])).toMatchObject({ name: "Ann", age: 31 });
    await echo.release();
  });

  test("200 calls at once get each its own answer", async () => {
    const echo = await consumer.refer({ url: provider.url });
    const summary = await echo.load("echo", ["x"], { repeat: 2000, concurrency: 200, distinct: true });
    expect(summary).toMatchObject({ calls: 2000, succeeded: 2000, failed: 0, mixedUp: 0 });
    expect(await echo.load("boom", ["checked"], { repeat: 10, concurrency: 2 })).toMatchObject({
      failed: 10,
      failures: [{ class: "mesh.e2e.RefusedException", count: 10 }],
    });
    await echo.release();
  });

  test("load goes on until it is stopped", async () => {
    const echo = await consumer.refer({ url: provider.url });
    const load = await echo.start("id", [], { concurrency: 2, pauseMs: 1 });
    await load.succeed(50);
    expect((await load.progress()).succeeded).toBeGreaterThanOrEqual(50);
    const summary = await load.stop();
    expect(summary).toMatchObject({ failed: 0, results: [{ value: "p1", count: summary.calls }] });
    await echo.release();
  });

  test("a full thread pool is SERVER_BUSY to a plain call, and 199 with a future or a callback", async () => {
    const busy = await startSofaProvider({ coreThreads: 1, maxThreads: 1, queues: 0, uniqueId: "busy" });
    const options = { url: busy.url, uniqueId: "busy", timeout: 10_000 };
    const [echo, callback, future] = await Promise.all([
      consumer.refer(options),
      consumer.refer({ ...options, invokeType: "callback" }),
      consumer.refer({ ...options, invokeType: "future" }),
    ]);
    const occupying = echo.call("slow", [2000]);
    await busy.line(/^BEGIN slow 2000$/);
    const cause = "com.alipay.remoting.rpc.exception.InvokeServerBusyException";
    await expect(echo.call("echo", ["x"])).rejects.toMatchObject({
      class: sofaRpcException,
      errorType: serverBusy,
      causes: [{ class: cause }],
    });
    const undeclared = { class: sofaRpcException, errorType: serverUndeclared, causes: [{ class: cause }] };
    await expect(callback.call("echo", ["x"])).rejects.toMatchObject(undeclared);
    await expect(future.call("echo", ["x"])).rejects.toMatchObject(undeclared);
    expect(await occupying).toBe("slept 2000");
    await busy.stop();
  });

  test("retries follow timeouts", async () => {
    const recorder = await startRecorder(provider.port);
    const echo = await consumer.refer({ url: `bolt://127.0.0.1:${recorder.port}`, timeout: 200, retries: 2 });
    await expect(echo.call("slow", [400])).rejects.toMatchObject({ class: sofaTimeout, errorType: clientTimeout });
    // Counted on the wire: a provider drops a request whose time was up before it came to it.
    const requests = recorder.connections[0]?.requests().toString("latin1") ?? "";
    expect(requests.split("sofa_head_method_name\0\0\0\x04slow").length - 1).toBe(3);
    await echo.release();
    await recorder.close();
  });

  test("a provider that nobody can reach is a route error", async () => {
    const echo = await consumer.refer({ url: `bolt://127.0.0.1:${await freePort()}` });
    await expect(echo.call("echo", ["x"])).rejects.toMatchObject({ class: sofaRoute, errorType: clientRouter, causes: [] });
    await echo.release();
  });

  test.for<[SofaInvokeType, number]>([
    ["sync", clientNetwork],
    ["callback", serverUndeclared],
    ["future", serverUndeclared],
  ])("a provider that dies in a %s call fails it, and then there is no route", async ([invokeType, errorType]) => {
    const victim = await startSofaProvider();
    const echo = await consumer.refer({ url: victim.url, invokeType });
    await expect(echo.call("crash", [])).rejects.toMatchObject({
      class: sofaRpcException,
      errorType,
      causes: [{ class: "com.alipay.remoting.exception.ConnectionClosedException" }],
    });
    expect(await victim.exited).toMatchObject({ code: 137 });
    await expect(echo.call("echo", ["x"])).rejects.toMatchObject({ class: sofaRoute, errorType: clientRouter });
    await echo.release();
  });

  test("a provider that comes back is found at the next reconnect", async () => {
    const first = await startSofaProvider();
    const echo = await consumer.refer({ url: first.url, reconnectPeriod: 100 });
    await first.kill();
    const second = await startSofaProvider({ port: first.port, id: "second" });
    const load = await echo.start("id", [], { pauseMs: 10 });
    await load.succeed(1);
    expect(await load.stop()).toMatchObject({ results: [{ value: "second" }] });
    await echo.release();
    await second.stop();
  });

  test("a provider that is told to stop ends the call under way first", async () => {
    const leaving = await startSofaProvider();
    const echo = await consumer.refer({ url: leaving.url });
    const call = echo.call("slow", [500]);
    await leaving.line(/^BEGIN slow 500$/);
    const stopped = leaving.stop();
    expect(await call).toBe("slept 500");
    // 128 + SIGTERM.
    expect(await stopped).toMatchObject({ code: 143 });
    await echo.release();
  });

  test("a provider that hangs is a timeout", async () => {
    const hanging = await startSofaProvider();
    const echo = await consumer.refer({ url: hanging.url, timeout: 300 });
    hanging.signal("SIGSTOP");
    await expect(echo.call("echo", ["x"])).rejects.toMatchObject({ class: sofaTimeout, errorType: clientTimeout });
    hanging.signal("SIGCONT");
    const load = await echo.start("echo", ["x"], { pauseMs: 10 });
    await load.succeed(1);
    await load.stop();
    await echo.release();
    await hanging.stop();
  });

  test("a silent connection carries heartbeats, as often as the consumer was told", async () => {
    const recorder = await startRecorder(provider.port);
    const echo = await consumer.refer({ url: `bolt://127.0.0.1:${recorder.port}` });
    // Two requests of 22 bytes with command 0, their two answers of 20, and nothing else.
    await recorder.until(({ connections: [first] }) => (first?.responses().length ?? 0) >= 40);
    const requests = recorder.connections[0]?.requests() ?? Buffer.alloc(0);
    expect(requests.subarray(0, 5).toString("hex")).toBe("0101000001");
    expect(requests.subarray(22, 27).toString("hex")).toBe("0101000001");
    await echo.release();
    await recorder.close();
  });

  test("a provider closes a connection that is silent for longer than it was told, and the consumer comes back by itself", async () => {
    const strict = await startSofaProvider({ serverIdleMs: 300 });
    const recorder = await startRecorder(strict.port);
    const quiet = await startSofaConsumer();
    await quiet.refer({ url: `bolt://127.0.0.1:${recorder.port}`, reconnectPeriod: 100 });
    await recorder.until(({ connections }) => connections.length === 2);
    expect(recorder.connections[0]?.requests().length).toBe(0);
    await Promise.all([strict.stop(), quiet.stop()]);
    await recorder.close();
  });

  test("a command that cannot be carried out is an error, and so is a consumer that is gone", async () => {
    const other = await startSofaConsumer();
    const echo = await other.refer({ url: provider.url });
    await expect(echo.load("fire", ["x"], { repeat: 1, distinct: true })).resolves.toMatchObject({ mixedUp: 1 });
    await expect(echo.load("id", [], { repeat: 1, distinct: true })).rejects.toThrow("distinct needs a text as first argument");
    const [pending] = await Promise.allSettled([echo.call("slow", [60_000]), other.kill()]);
    expect(pending).toMatchObject({ status: "rejected", reason: { message: expect.stringContaining("the Java consumer has ended") } });
    await expect(echo.call("id", [])).rejects.toThrow("the Java consumer has ended");
  });
});
