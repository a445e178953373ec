import { X509Certificate } from "node:crypto";
import { Client, credentials, Server, ServerCredentials, ServerInterceptingCall, status, type ServerOptions } from "@grpc/grpc-js";
import { clusterType, createXdsClient, endpointsType, listenerType, resourceKind } from "@mesh/xds-client";
import { ManualRuntime, testCa, testCertificate, testKey } from "@mesh/xds-client/testing";
import { encodeMessage } from "@mesh/xds-proto";
import { afterEach, describe, expect, test } from "vitest";
import { refusal } from "../errors.ts";
import { clusterTypeUrl, endpointsTypeUrl } from "../resource/types.ts";
import { RawClient } from "../testing/raw-client.ts";
import { cluster, endpoints, listener } from "../testing/resources.ts";
import { TestPlane } from "../testing/test-plane.ts";
import { http2StreamOf } from "./grpc-stream.ts";
import type { XdsServerOptions } from "./options.ts";

const closing: { close(): void }[] = [];
afterEach(() => {
  for (const each of closing.splice(0).reverse()) each.close();
});

async function startPlane(options: Partial<XdsServerOptions> = {}, serverOptions: ServerOptions = {}): Promise<TestPlane> {
  const plane = new TestPlane(options, serverOptions);
  closing.push(plane);
  plane.source.set("cluster", cluster("a"), cluster("b"));
  plane.source.set("endpoints", endpoints("a"), endpoints("b"));
  await plane.listen();
  return plane;
}

function connect(plane: TestPlane, path?: string): RawClient {
  const client = new RawClient(plane.address, path);
  closing.push(client);
  return client;
}

/** Connects, asks for all clusters and has the answer. */
async function subscribe(plane: TestPlane, id: string = "n"): Promise<RawClient> {
  const client = connect(plane);
  client.read();
  client.send({ node: { id }, typeUrl: clusterTypeUrl });
  await client.response(0);
  return client;
}

/** Events in the order in which they come, waited for by number. */
class Seen {
  readonly events: string[] = [];
  #wake: () => void = () => undefined;

  add(...events: readonly string[]): void {
    this.events.push(...events);
    this.#wake();
  }

  async until(count: number): Promise<readonly string[]> {
    while (this.events.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.events;
  }
}

describe.each(["sotw", "delta"] as const)("a client over gRPC in %s", (protocol) => {
  test.each([true, false])("gets clusters, their endpoints, and what changes (aggregated: %s)", async (isAggregated) => {
    const plane = await startPlane();
    const server = { address: plane.address, protocol };
    const client = createXdsClient({ node: { id: "n" }, ...(isAggregated ? { ads: server } : {}) });
    closing.push(client);
    const source = isAggregated ? {} : { source: { server } };
    const seen = new Seen();
    const onError = (error: Error): void => seen.add(error.message);
    client.watchAll(
      resourceKind(clusterType),
      {
        onChanged: ({ changed, removed }) => seen.add(...changed.map(({ name }) => `+${name}`), ...removed.map((name) => `-${name}`)),
        onError,
      },
      source,
    );
    await seen.until(2);
    client.watch(
      resourceKind(endpointsType),
      "a",
      {
        onChanged: ({ value }) => seen.add(`a ${value.endpoints[0]?.priority}`),
        onError,
        onDoesNotExist: () => seen.add("none"),
      },
      source,
    );
    expect(await seen.until(3)).toEqual(["+a", "+b", "a 0"]);
    plane.source.set("cluster", cluster("c"));
    plane.source.remove("cluster", "b");
    plane.server.push();
    await seen.until(5);
    plane.source.set("endpoints", endpoints("a", 1));
    plane.server.push(new Set([endpointsTypeUrl]));
    expect((await seen.until(6)).slice(3)).toEqual(["+c", "-b", "a 1"]);
  });

  test("has its refusal recorded, and is sent what is right afterwards", async () => {
    const plane = await startPlane();
    const client = createXdsClient({ node: { id: "n" }, ads: { address: plane.address, protocol } });
    closing.push(client);
    const seen = new Seen();
    const kind = resourceKind<number>(listenerType, (name) =>
      name === "bad" ? { errors: [{ path: "name", message: "is bad" }] } : { value: 1 },
    );
    plane.source.set("listener", listener("bad"));
    client.watchAll(kind, { onChanged: ({ changed }) => seen.add(...changed.map(({ name }) => name)), onError: () => undefined });
    const { request } = await plane.event("request", ({ request: { kind: each } }) => each === "nack");
    expect(request.refusal?.message).toContain("bad: name: is bad");
    expect(plane.server.clients()[0]?.types[0]).toMatchObject({ ackedVersion: "", refusal: { code: 13 } });
    plane.source.set("listener", listener("good"));
    plane.source.remove("listener", "bad");
    plane.server.push();
    await seen.until(1);
    await plane.event("request", ({ request: { kind: each } }) => each === "ack");
    expect(seen.events).toEqual(["good"]);
    expect(plane.server.clients()[0]?.types[0]).toMatchObject({ refusal: undefined, isInFlight: false });
  });
});

describe("a server", () => {
  test("knows its clients", async () => {
    const plane = await startPlane();
    const client = await subscribe(plane, "sidecar~1");
    const [known] = plane.server.clients();
    expect(known?.client).toMatchObject({ id: "sidecar~1-1", protocol: "sotw", node: { id: "sidecar~1" } });
    expect(known?.client.peer).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(known?.types).toMatchObject([{ typeUrl: clusterTypeUrl, isWildcard: true, isInFlight: true }]);
    expect(plane.opened).toBe(1);
    client.close();
    const { error } = await plane.event("disconnected");
    expect(error).toBeUndefined();
    expect([plane.opened, plane.server.clients(), plane.server.streamCount]).toEqual([0, [], 0]);
  });

  test("tells the source what a client has shown of itself", async () => {
    const plane = new TestPlane();
    closing.push(plane);
    const pair = { cert_chain: Buffer.from(testCertificate), private_key: Buffer.from(testKey) };
    await plane.listen(ServerCredentials.createSsl(Buffer.from(testCa), [pair], true));
    const tls = { ca: { pem: testCa }, certificate: { pem: testCertificate }, key: { pem: testKey }, serverName: "xds.test" };
    const client = createXdsClient({ node: { id: "n" }, ads: { address: plane.address, tls, token: () => "t0", metadata: { a: "b" } } });
    closing.push(client);
    client.watchAll(resourceKind(clusterType), { onChanged: () => undefined, onError: () => undefined });
    const { client: known } = await plane.event("connected");
    expect(known.certificate?.raw.toString("base64")).toBe(new X509Certificate(testCertificate).raw.toString("base64"));
    expect(known.metadata.get("authorization")).toBe("Bearer t0");
    expect(known.metadata.get("a")).toBe("b");
  });

  test("tells of what it sends", async () => {
    const plane = await startPlane({ identifier: "pilot-1" });
    const client = await subscribe(plane);
    const { versionInfo, nonce, controlPlane } = await client.response(0);
    const { response } = await plane.event("response");
    expect(response).toMatchObject({ version: versionInfo, nonce, resourceCount: 2, removedCount: 0, isAsked: true });
    expect(response.bytes).toBeGreaterThan(100);
    expect(controlPlane?.identifier).toBe("pilot-1");
  });

  test("takes a client that half-closes for gone", async () => {
    const plane = await startPlane();
    const client = await subscribe(plane);
    client.call.end();
    expect(await client.ended).toMatchObject({ code: status.OK });
    await plane.event("disconnected");
  });

  test("ends streams when it is closed, and refuses new ones", async () => {
    const plane = await startPlane();
    const client = await subscribe(plane);
    plane.server.close();
    expect(await client.ended).toMatchObject({ code: status.UNAVAILABLE, details: "the server is closed" });
    const late = connect(plane);
    late.read();
    expect(await late.ended).toMatchObject({ code: status.UNAVAILABLE });
  });

  test("leaves messages to gRPC where the owner of the gRPC server looks at them", async () => {
    let count = 0;
    const plane = await startPlane(
      {},
      {
        interceptors: [
          (_, call) =>
            new ServerInterceptingCall(call, {
              sendMessage: (message, next) => {
                count++;
                next(message);
              },
            }),
        ],
      },
    );
    const client = await subscribe(plane);
    expect((await client.response(0)).resources).toHaveLength(2);
    expect(count).toBe(1);
  });

  test("sends the memory that it keeps, and has no copy of it for each stream", async () => {
    const grpc = new Server();
    const identity = (bytes: Buffer): Buffer => bytes;
    const method = {
      path: "/t/m",
      requestStream: true,
      responseStream: true,
      requestSerialize: identity,
      requestDeserialize: identity,
      responseSerialize: identity,
      responseDeserialize: identity,
    };
    const found = new Promise((resolve) => grpc.addService({ m: method }, { m: (call: object) => resolve(http2StreamOf(call)) }));
    const port = await new Promise<number>((resolve) => {
      grpc.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (_, bound) => resolve(bound));
    });
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    const call = client.makeBidiStreamRequest("/t/m", identity, identity);
    call.on("error", () => undefined);
    // A version of grpc-js in which it is not found costs two thirds more.
    expect(await found).toBeDefined();
    call.cancel();
    client.close();
    grpc.forceShutdown();
  });
});

describe("a source", () => {
  test("may refuse a client with a status", async () => {
    const plane = await startPlane({
      source: {
        open: () => {
          throw refusal(status.UNAUTHENTICATED, "who are you?");
        },
      },
    });
    const client = connect(plane);
    client.read();
    client.send({ node: { id: "n" }, typeUrl: clusterTypeUrl });
    expect(await client.ended).toMatchObject({ code: status.UNAUTHENTICATED, details: "who are you?" });
    const { error } = await plane.event("refused");
    expect(error.code).toBe("MESH_XDS_SERVER_REFUSED");
  });

  test("may take its time, and requests wait", async () => {
    const { promise: ready, resolve: open } = Promise.withResolvers<void>();
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    const plane = await startPlane({
      source: {
        open: async () => {
          ask();
          await ready;
          return { resources: (typeUrl) => plane.source.sets.get(typeUrl), close: () => undefined };
        },
      },
    });
    const client = connect(plane);
    client.read();
    client.send({ node: { id: "n" }, typeUrl: clusterTypeUrl });
    client.send({ typeUrl: endpointsTypeUrl, resourceNames: ["a"] });
    await asked;
    expect(plane.server.clients()).toEqual([]);
    open();
    expect([(await client.response(0)).typeUrl, (await client.response(1)).typeUrl]).toEqual([clusterTypeUrl, endpointsTypeUrl]);
  });

  test("that throws ends the stream of the client that it throws for", async () => {
    const plane = await startPlane({
      source: {
        open: ({ node }) => ({
          resources: (typeUrl) => {
            if (node.id === "bad") throw new Error("no such thing");
            return plane.source.sets.get(typeUrl);
          },
          close: () => undefined,
        }),
      },
    });
    const good = await subscribe(plane, "good");
    const bad = connect(plane);
    bad.read();
    bad.send({ node: { id: "bad" }, typeUrl: clusterTypeUrl });
    expect(await bad.ended).toMatchObject({ code: status.INTERNAL, details: "no such thing" });
    good.send({ typeUrl: endpointsTypeUrl, resourceNames: ["a"] });
    expect((await good.response(1)).typeUrl).toBe(endpointsTypeUrl);
  });
});

describe("a broken client", () => {
  test.each([
    ["sends what is no message", Buffer.from([0xff]), status.INVALID_ARGUMENT, "no message"],
    ["sends no node", encodeMessage("envoy.service.discovery.v3.DiscoveryRequest", { typeUrl: "t" }), status.INVALID_ARGUMENT, "node"],
    ["sends no type", encodeMessage("envoy.service.discovery.v3.DiscoveryRequest", { node: { id: "n" } }), status.INVALID_ARGUMENT, "type"],
    [
      "asks for too many names",
      encodeMessage("envoy.service.discovery.v3.DiscoveryRequest", { node: { id: "n" }, typeUrl: "t", resourceNames: ["a", "b", "c"] }),
      status.RESOURCE_EXHAUSTED,
      "3 names",
    ],
    ["sends too much", Buffer.alloc(1001), status.RESOURCE_EXHAUSTED, "1001 bytes"],
  ])("that %s is told so, and no other is harmed", async (_, bytes, code, details) => {
    const plane = await startPlane({ limits: { maxNames: 2, maxRequestBytes: 1000 } });
    const good = await subscribe(plane);
    const bad = connect(plane);
    bad.read();
    bad.sendRaw(bytes);
    const ended = await bad.ended;
    expect(ended.code).toBe(code);
    expect(ended.details).toContain(details);
    good.send({ typeUrl: endpointsTypeUrl, resourceNames: ["a"] });
    expect((await good.response(1)).typeUrl).toBe(endpointsTypeUrl);
    expect(plane.server.streamCount).toBe(1);
  });

  test("that asks a service of one type for another is told so", async () => {
    const plane = await startPlane();
    const bad = connect(plane, "/envoy.service.cluster.v3.ClusterDiscoveryService/StreamClusters");
    bad.read();
    bad.send({ node: { id: "n" }, typeUrl: endpointsTypeUrl });
    expect(await bad.ended).toMatchObject({ code: status.INVALID_ARGUMENT });
  });

  test("that does not read is ended, and others have their turn meanwhile", async () => {
    const runtime = new ManualRuntime();
    const plane = await startPlane({ runtime, limits: { maxConcurrentPushes: 1, pushTurnMs: 500, writeTimeoutMs: 2000 } });
    // More than HTTP/2's window and gRPC's buffers take.
    plane.source.set("cluster", cluster("huge", 1, "x".repeat(20_000_000)));
    const lazy = connect(plane);
    lazy.send({ node: { id: "lazy" }, typeUrl: clusterTypeUrl });
    await plane.event("response");
    const good = connect(plane);
    good.read();
    good.send({ node: { id: "good" }, typeUrl: endpointsTypeUrl, resourceNames: ["a"] });
    await plane.event("request", ({ client }) => client.node.id === "good");
    expect(good.responses).toEqual([]);
    runtime.advance(500);
    await good.response(0);
    runtime.advance(1500);
    const { client, error } = await plane.event("disconnected");
    expect([client.node.id, error?.code]).toEqual(["lazy", "MESH_XDS_SERVER_STALLED"]);
    lazy.read();
    expect((await lazy.ended).code).not.toBe(status.OK);
    expect(plane.server.streamCount).toBe(1);
  });

  test("that sends request after request is read from at its rate", async () => {
    const runtime = new ManualRuntime();
    const plane = await startPlane({ runtime, limits: { requestsPerSecond: 2 } });
    const client = connect(plane);
    client.read();
    client.send({ node: { id: "n" }, typeUrl: clusterTypeUrl });
    for (const name of ["a", "b", "c"]) client.send({ typeUrl: `t/${name}`, resourceNames: [name] });
    await plane.event("request", ({ request }) => request.typeUrl === "t/b");
    expect(plane.events.some((event) => event.kind === "request" && event.request.typeUrl === "t/c")).toBe(false);
    expect(runtime.timers).toContain(500);
    runtime.advance(500);
    await plane.event("request", ({ request }) => request.typeUrl === "t/c");
  });
});

describe("admission", () => {
  test("refuses streams beyond the cap, until one ends", async () => {
    const plane = await startPlane({ limits: { maxStreams: 1 } });
    const first = await subscribe(plane);
    const second = connect(plane);
    second.read();
    expect(await second.ended).toMatchObject({ code: status.RESOURCE_EXHAUSTED, details: "there are 1 streams already" });
    first.close();
    await plane.event("disconnected");
    await subscribe(plane);
  });

  test("lets streams wait for their turn, and refuses who would wait too long", async () => {
    const runtime = new ManualRuntime();
    const plane = await startPlane({ runtime, admission: { perSecond: 1, burst: 1, maxWaitMs: 1000 } });
    await subscribe(plane);
    const waiting = connect(plane);
    waiting.read();
    waiting.send({ node: { id: "waiting" }, typeUrl: clusterTypeUrl });
    while (plane.server.streamCount < 2) await new Promise((resolve) => setImmediate(resolve));
    const refused = connect(plane);
    refused.read();
    expect(await refused.ended).toMatchObject({ code: status.RESOURCE_EXHAUSTED, details: "too many new streams at a time" });
    const { error } = await plane.event("refused");
    expect(error.code).toBe("MESH_XDS_SERVER_OVERLOADED");
    expect(waiting.responses).toEqual([]);
    runtime.advance(1000);
    await waiting.response(0);
  });

  test("forgets who goes while waiting", async () => {
    const runtime = new ManualRuntime();
    const plane = await startPlane({ runtime, admission: { perSecond: 1, burst: 1, maxWaitMs: 1000 } });
    await subscribe(plane);
    const waiting = connect(plane);
    waiting.read();
    while (plane.server.streamCount < 2) await new Promise((resolve) => setImmediate(resolve));
    waiting.close();
    while (plane.server.streamCount > 1) await new Promise((resolve) => setImmediate(resolve));
    const next = connect(plane);
    next.read();
    next.send({ node: { id: "next" }, typeUrl: clusterTypeUrl });
    while (plane.server.streamCount < 2) await new Promise((resolve) => setImmediate(resolve));
    runtime.advance(1000);
    await next.response(0);
  });

  test("ends who waits when the server is closed", async () => {
    const runtime = new ManualRuntime();
    const plane = await startPlane({ runtime, admission: { perSecond: 1, burst: 1, maxWaitMs: 1000 } });
    await subscribe(plane);
    const waiting = connect(plane);
    waiting.read();
    while (plane.server.streamCount < 2) await new Promise((resolve) => setImmediate(resolve));
    plane.server.close();
    expect(await waiting.ended).toMatchObject({ code: status.UNAVAILABLE });
  });
});

describe("a stream of age", () => {
  test("ends with OK once nothing is under way", async () => {
    const runtime = new ManualRuntime();
    const plane = await startPlane({ runtime, connectionAge: { maxMs: 60_000, jitter: 0.1, graceMs: 5000 } });
    const client = await subscribe(plane);
    const { nonce, versionInfo } = await client.response(0);
    runtime.advance(60_000);
    expect(plane.server.streamCount).toBe(1);
    client.send({ typeUrl: clusterTypeUrl, responseNonce: nonce, versionInfo });
    expect(await client.ended).toMatchObject({ code: status.OK });
    const { error } = await plane.event("disconnected");
    expect(error).toBeUndefined();
  });

  test("does not wait for an answer for ever", async () => {
    const runtime = new ManualRuntime();
    const plane = await startPlane({ runtime, connectionAge: { maxMs: 60_000, graceMs: 5000 } });
    const client = await subscribe(plane);
    runtime.advance(65_000);
    expect(await client.ended).toMatchObject({ code: status.OK });
  });

  test("is older or younger by chance", async () => {
    const runtime = new ManualRuntime(0, 0);
    const plane = await startPlane({ runtime, connectionAge: { maxMs: 60_000, jitter: 0.1 } });
    const client = await subscribe(plane);
    expect(runtime.timers).toContain(54_000);
    client.close();
    await plane.event("disconnected");
    expect(runtime.timers).toEqual([]);
  });
});
