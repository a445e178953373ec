import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { constants, createServer as createHttp2Server, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { Server, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
import { encodeMessage } from "@mesh/xds-proto";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createXdsClient, type XdsClient } from "../client/client.ts";
import { cluster, endpoints, priorities, timeouts } from "../client/test-harness.ts";
import { clusterType, endpointsType } from "../resource/types.ts";
import { createFakeControlPlane, type FakeControlPlane, type FakeControlPlaneOptions } from "../testing.ts";
import { testCa, testCertificate, testKey } from "../testing/test-certificates.ts";
import type { XdsObserver } from "../source/source.ts";
import { grpcTransport } from "./grpc.ts";
import type { XdsServerOptions } from "./options.ts";

const fast = { baseMs: 20, maxMs: 50 };

async function start(options: FakeControlPlaneOptions = {}): Promise<FakeControlPlane> {
  const plane = await createFakeControlPlane(options);
  onTestFinished(() => plane.close());
  return plane;
}

function open(ads: XdsServerOptions, observer: XdsObserver = {}): XdsClient {
  const client = createXdsClient({ node: { id: "me" }, ads, observer });
  onTestFinished(() => client.close());
  return client;
}

/** What a watch of all clusters has, and a way to wait for it. */
function view(client: XdsClient): { readonly clusters: Map<string, number>; readonly until: (condition: () => boolean) => Promise<void> } {
  const clusters = new Map<string, number>();
  let wake = (): void => undefined;
  client.watchAll(timeouts(), {
    onChanged: ({ changed, removed }) => {
      for (const name of removed) clusters.delete(name);
      for (const { name, value } of changed) clusters.set(name, value);
      wake();
    },
    onError: () => wake(),
  });
  return {
    clusters,
    until: async (condition) => {
      while (!condition()) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

describe.each(["sotw", "delta"] as const)("over gRPC and %s", (protocol) => {
  test("updates arrive and are answered", async () => {
    const plane = await start();
    plane.set(clusterType, [cluster("a", 1)]);
    const { clusters, until } = view(open({ address: plane.address, protocol }));
    await until(() => clusters.get("a") === 1);
    plane.set(clusterType, [cluster("a", 2), cluster("bad", 99)]);
    await until(() => clusters.get("a") === 2);
    const nack = await plane.waitFor(({ kind }) => kind === "nack");
    expect(nack.error).toContain("bad: connect_timeout: 99s is too long");
  });

  test.each(["same", "other"] as const)("a server that comes back with the %s nonces and versions is asked again", async (kind) => {
    const plane = await start();
    plane.set(clusterType, [cluster("a", 1), cluster("b", 1)]);
    const { clusters, until } = view(open({ address: plane.address, protocol, backOff: fast }));
    await until(() => clusters.size === 2);
    plane.stop();
    plane.batch(() => {
      plane.remove(clusterType, ["a"]);
      plane.set(clusterType, [cluster("b", 5)]);
    });
    plane.restart(kind);
    plane.start();
    await until(() => clusters.get("b") === 5 && !clusters.has("a"));
  });

  test("a server that refuses streams with RESOURCE_EXHAUSTED is asked until it takes one", async () => {
    const plane = await start();
    plane.set(clusterType, [cluster("a", 1)]);
    plane.refuse(8, "too many streams", 3);
    const codes: number[] = [];
    const { clusters, until } = view(
      open({ address: plane.address, protocol, backOff: fast }, { onStreamClose: (_, __, { code }) => codes.push(code) }),
    );
    await until(() => clusters.get("a") === 1);
    expect([codes, plane.streams]).toEqual([[8, 8, 8], 4]);
  });

  test("a server that is gone without a word is found by pings", async () => {
    const plane = await start();
    plane.set(clusterType, [cluster("a", 1)]);
    const keepAlive = { timeMs: 50, timeoutMs: 50 };
    let closed = (): void => undefined;
    const lost = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const { clusters, until } = view(
      open({ address: plane.address, protocol, keepAlive, backOff: fast }, { onStreamClose: () => closed() }),
    );
    await until(() => clusters.get("a") === 1);
    plane.hang();
    await lost;
    expect(clusters.get("a")).toBe(1);
    plane.set(clusterType, [cluster("a", 2)]);
    plane.resume();
    await until(() => clusters.get("a") === 2);
  });

  test("ten thousand names and responses of megabytes pass", async () => {
    const plane = await start();
    const count = 10_000;
    const names = Array.from({ length: count }, (_, at) => `${"outbound|8080||service-of-a-rather-long-name-".repeat(3)}${at}`);
    plane.batch(() =>
      plane.set(
        endpointsType,
        names.map((name, at) => endpoints(name, at)),
      ),
    );
    const client = open({ address: plane.address, protocol });
    const kind = priorities();
    let left = count;
    let sum = 0;
    await new Promise<void>((resolve) => {
      for (const name of names) {
        client.watch(kind, name, {
          onChanged: ({ value }) => {
            sum += value;
            if (--left === 0) resolve();
          },
          onError: () => undefined,
          onDoesNotExist: () => undefined,
        });
      }
    });
    expect(sum).toBe((count * (count - 1)) / 2);
    await plane.waitFor(({ kind: each }) => each === "ack");
    expect(plane.requests.filter(({ kind: each }) => each === "request")).toHaveLength(1);
  });
});

test("a server that does not read makes the stream say so, and is not read from either until it does", async () => {
  const PATH = "/test.Slow/Stream";
  const identity = (bytes: Buffer): Buffer => bytes;
  const server = new Server({ "grpc.max_receive_message_length": -1 });
  const opened = new Promise<ServerDuplexStream<Buffer, Buffer>>((resolve) => {
    const method = { path: PATH, requestStream: true, responseStream: true };
    const codec = { requestSerialize: identity, requestDeserialize: identity, responseSerialize: identity, responseDeserialize: identity };
    server.addService({ Stream: { ...method, ...codec } }, { Stream: resolve });
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  onTestFinished(() => server.forceShutdown());
  const transport = grpcTransport({ address: `127.0.0.1:${port}` });
  onTestFinished(() => transport.close());

  const received: string[] = [];
  const { promise: isOpen, resolve: open } = Promise.withResolvers<void>();
  const { promise: isDrained, resolve: drain } = Promise.withResolvers<void>();
  const { promise: isFinished, resolve: finish } = Promise.withResolvers<void>();
  const stream = transport.open(PATH, {
    onOpen: open,
    onMessage: (bytes) => {
      received.push(Buffer.from(bytes).toString());
      if (received.length === 3) finish();
    },
    onDrain: () => {
      received.push("drained");
      drain();
    },
    onClose: () => undefined,
  });
  await isOpen;
  let sent = 1;
  while (stream.send(Buffer.alloc(100_000))) sent++;
  const call = await opened;
  call.write(Buffer.from("answer"));
  let count = 0;
  await new Promise<void>((resolve) => call.on("data", () => ++count === sent && resolve()));
  await isDrained;
  call.write(Buffer.from("another"));
  call.end();
  await isFinished;
  expect(received).toEqual(["drained", "answer", "another"]);
});

test("metadata that a function gives are asked for anew for each stream, and the authority is the one that is given", async () => {
  const plane = await start();
  let count = 0;
  plane.set(clusterType, [cluster("a", 1)]);
  const metadata = { "x-fixed": "f", "x-count": () => Promise.resolve(String(++count)) };
  const { clusters, until } = view(open({ address: plane.address, metadata, authority: "xds_cluster", backOff: fast }));
  await until(() => clusters.get("a") === 1);
  const seen = (): unknown[] => ["x-fixed", "x-count", ":authority"].map((name) => plane.metadata.get(name));
  expect(seen()).toEqual(["f", "1", "xds_cluster"]);
  plane.breakStreams();
  plane.set(clusterType, [cluster("a", 2)]);
  await until(() => clusters.get("a") === 2);
  expect(seen()).toEqual(["f", "2", "xds_cluster"]);
});

describe("TLS", () => {
  const tls = { certificate: testCertificate, key: testKey };

  test("with a token from a function, asked for each stream", async () => {
    const plane = await start({ tls });
    let count = 0;
    const server = {
      address: plane.address,
      tls: { ca: { pem: testCa }, serverName: "xds.test" },
      token: () => Promise.resolve(`t${++count}`),
      metadata: { "x-tenant": "shop" },
      backOff: fast,
    };
    plane.set(clusterType, [cluster("a", 1)]);
    const { clusters, until } = view(open(server));
    await until(() => clusters.get("a") === 1);
    expect([plane.metadata.get("authorization"), plane.metadata.get("x-tenant")]).toEqual(["Bearer t1", "shop"]);
    plane.breakStreams();
    plane.set(clusterType, [cluster("a", 2)]);
    await until(() => clusters.get("a") === 2);
    expect(plane.metadata.get("authorization")).toBe("Bearer t2");
  });

  test("with files for a token, the authority and the client's certificate, read anew for each stream", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mesh-xds-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = (name: string): string => join(folder, name);
    await Promise.all([
      writeFile(file("token"), "t1\n"),
      writeFile(file("ca"), "no certificate"),
      writeFile(file("cert"), testCertificate),
      writeFile(file("key"), testKey),
    ]);
    const plane = await start({ tls: { ...tls, clientCa: testCa } });
    plane.set(clusterType, [cluster("a", 1)]);
    let failed = (): void => undefined;
    const failure = new Promise<void>((resolve) => {
      failed = resolve;
    });
    const client = open(
      {
        address: plane.address,
        tls: { ca: { file: file("ca") }, certificate: { file: file("cert") }, key: { file: file("key") }, serverName: "xds.test" },
        token: { file: file("token") },
        backOff: fast,
      },
      { onStreamClose: () => failed() },
    );
    const { clusters, until } = view(client);
    await failure;
    await Promise.all([writeFile(file("ca"), testCa), writeFile(file("token"), "t2\n")]);
    await until(() => clusters.get("a") === 1);
    expect(plane.metadata.get("authorization")).toBe("Bearer t2");
  });

  test("a server of an authority that is not trusted is not talked to", async () => {
    const plane = await start({ tls });
    const client = open({ address: plane.address, tls: { serverName: "xds.test" } });
    const error = await new Promise<{ code: string; message: string }>((resolve) => {
      client.watchAll(timeouts(), { onChanged: () => undefined, onError: resolve });
    });
    expect(error.code).toBe("MESH_XDS_UNAVAILABLE");
    expect(plane.requests).toEqual([]);
  });

  test.each([
    [{ address: "" }, "address"],
    [{ address: "a:1", token: () => "t" }, "token"],
    [{ address: "a:1", tls: { certificate: { pem: "" } } }, "tls"],
  ] satisfies [XdsServerOptions, string][])("options %j are refused", (options, field) => {
    expect(() => grpcTransport(options)).toThrow(
      expect.objectContaining({ code: "MESH_XDS_INVALID_OPTIONS", message: expect.stringContaining(`${field}:`) }),
    );
  });

  test("a token that cannot be read is reported, and tried again", async () => {
    const plane = await start({ tls });
    const client = open({
      address: plane.address,
      tls: { ca: { pem: testCa }, serverName: "xds.test" },
      token: { file: "/nonexistent/token" },
      backOff: fast,
    });
    const error = await new Promise<{ message: string }>((resolve) => {
      client.watchAll(timeouts(), { onChanged: () => undefined, onError: resolve });
    });
    expect(error.message).toContain("/nonexistent/token");
  });
});

test("a stream that is paused brings nothing, and then all in its order", async () => {
  const plane = await start();
  const transport = grpcTransport({ address: plane.address });
  onTestFinished(() => transport.close());
  const sizes: number[] = [];
  let wake = (): void => undefined;
  const until = async (count: number): Promise<void> => {
    while (sizes.length < count) await new Promise<void>((resolve) => (wake = resolve));
  };
  const request = (nonce: string): Uint8Array =>
    encodeMessage("envoy.service.discovery.v3.DiscoveryRequest", { typeUrl: clusterType.typeUrl, responseNonce: nonce });
  plane.set(clusterType, [cluster("a", 1)]);
  const path = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";
  const stream = transport.open(path, {
    onOpen: () => stream.send(request("")),
    onMessage: (bytes) => {
      sizes.push(bytes.length);
      if (sizes.length === 1) stream.pause?.();
      wake();
    },
    onDrain: () => undefined,
    onClose: () => undefined,
  });
  await until(1);
  for (let size = 1; size <= 20; size++) plane.set(clusterType, [cluster(`b${"b".repeat(size)}`, 1)]);
  // What the plane sends after this is behind the others: it has passed the connection when the request is here.
  stream.send(request("1"));
  await plane.waitFor(({ nonce }) => nonce === "1");
  for (let turn = 0; turn < 20; turn++) await setImmediate();
  expect(sizes.length).toBe(1);
  stream.resume?.();
  await until(21);
  expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
  stream.cancel();
});

test("the environment's proxy is not used", async () => {
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const name of ["grpc_proxy", "https_proxy", "http_proxy"]) vi.stubEnv(name, "http://127.0.0.1:1");
  for (const name of ["no_grpc_proxy", "no_proxy"]) vi.stubEnv(name, "");
  const plane = await start();
  plane.set(clusterType, [cluster("a", 1)]);
  const { clusters, until } = view(open({ address: plane.address, backOff: fast }));
  await until(() => clusters.get("a") === 1);
});

test("a server that finds pings too frequent gets none for minutes", async () => {
  const pings = { calm: 0, strict: 0, clock: 0 };
  let wake = (): void => undefined;
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise<void>((resolve) => (wake = resolve));
  };
  let sessions = 0;
  const listen = async (onPing: (session: ServerHttp2Session, nth: number) => void): Promise<string> => {
    const server = createHttp2Server();
    const open = new Set<ServerHttp2Session>();
    let count = 0;
    server.on("session", (session) => {
      const nth = ++count;
      open.add(session);
      session.on("close", () => open.delete(session));
      session.on("ping", () => {
        onPing(session, nth);
        wake();
      });
    });
    server.on("stream", (stream) => {
      stream.on("error", () => undefined);
      sessions = Math.max(sessions, count);
      wake();
    });
    onTestFinished(() => {
      for (const session of open) session.destroy();
      server.close();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    return `127.0.0.1:${port}`;
  };
  const keepAlive = { timeMs: 50, timeoutMs: 60_000 };
  const strict = await listen((session, nth) => {
    if (nth > 1) {
      pings.calm++;
      return;
    }
    pings.strict++;
    session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from("too_many_pings"));
    session.destroy();
  });
  view(open({ address: strict, keepAlive, backOff: fast }));
  await until(() => sessions === 2);
  const clock = await listen(() => pings.clock++);
  view(open({ address: clock, keepAlive, backOff: fast }));
  await until(() => pings.clock === 10);
  expect(pings).toEqual({ strict: 1, calm: 0, clock: 10 });
});
