import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { RpcFrameKind } from "@mesh/codec";
import {
  dubboCodec,
  DubboSerialization,
  encodeDubboRequest,
  encodeDubboResponse,
  type DubboFrame,
  type DubboRequest,
} from "@mesh/codec-dubbo";
import { describe, expect, test } from "vitest";
import { HostHealth } from "../../cluster/index.ts";
import { openBooks, rpcOptions, startRpc, typedConfig, until, type TestRpc, type TestRpcOptions } from "../../rpc/testing.ts";
import { FilterStatus, type StreamFilter } from "../../stream/index.ts";
import { atOnce } from "../../stream/testing.ts";
import { dubboProtocol } from "./dubbo-protocol.ts";

const codec = (fields: object = {}): object => typedConfig("mesh.extensions.codecs.dubbo.v3.Dubbo", fields);

const startDubbo = ({ proxy, ...options }: TestRpcOptions = {}): Promise<TestRpc> =>
  startRpc({ ...options, extensions: [dubboProtocol], proxy: { codec: codec(), ...proxy } });

const readOnly = Buffer.from("dabba2000000000000000000000000020152", "hex");
const writable = Buffer.from("dabba2000000000000000000000000020157", "hex");

/** One end of a connection. */
class DubboPeer implements AsyncDisposable {
  readonly socket: Socket;
  readonly frames: DubboFrame[] = [];
  #nextId = 1n;

  constructor(socket: Socket, onFrame?: (frame: DubboFrame, peer: DubboPeer) => void) {
    this.socket = socket;
    const session = dubboCodec().open(
      {
        onFrame: (frame) => {
          this.frames.push(frame);
          onFrame?.(frame, this);
        },
      },
      { role: "server" },
    );
    socket.on("data", (chunk: Buffer) => session.push(chunk));
    socket.on("error", () => {});
  }

  static async connect(port: number): Promise<DubboPeer> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new DubboPeer(socket);
  }

  /** Calls `com.acme.Echo`, and waits for the answer. */
  async call(request: Partial<DubboRequest> = {}): Promise<DubboFrame> {
    const id = this.#nextId++;
    this.socket.write(encodeDubboRequest({ path: "com.acme.Echo", version: "1.0.0", method: "echo", ...request, id }));
    await until(() => this.answer(id) !== undefined);
    const answer = this.answer(id);
    if (answer === undefined) throw new Error("no answer");
    return answer;
  }

  answer(id: bigint): DubboFrame | undefined {
    return this.frames.find((frame) => frame.kind === RpcFrameKind.Response && BigInt.asIntN(64, id) === idOf(frame));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    return Promise.resolve();
  }
}

const idOf = (frame: DubboFrame): bigint => (BigInt(frame.idHigh) << 32n) | BigInt(frame.idLow >>> 0);

interface Provider extends AsyncDisposable {
  readonly port: number;
  readonly connections: readonly DubboPeer[];
}

/** Answers each call with its own body's length as text. */
async function startProvider(onRequest: (frame: DubboFrame, peer: DubboPeer) => void = answer): Promise<Provider> {
  const connections: DubboPeer[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    connections.push(
      new DubboPeer(socket, (frame, peer) => {
        if (frame.kind === RpcFrameKind.Request) onRequest(frame, peer);
      }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    connections,
    [Symbol.asyncDispose]: async () => {
      for (const { socket } of connections) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function answer(frame: DubboFrame, peer: DubboPeer): void {
  peer.socket.write(encodeDubboResponse({ id: idOf(frame), serialization: DubboSerialization.Hessian2 }));
}

const oneRoute = (domain: string, match: object): Pick<TestRpcOptions, "virtualHosts"> => ({
  virtualHosts: [{ name: "only", domains: [domain], routes: [{ match, route: { cluster: "echo" } }] }],
});

describe("calls of Dubbo", () => {
  test("keep ids of 64 bits, which are rewritten on the way to the host", async () => {
    await using provider = await startProvider();
    await using rpc = await startDubbo({ hosts: [provider.port] });
    await using caller = await DubboPeer.connect(rpc.port);
    const ids = [-1n, 2n ** 62n + 5n, -(2n ** 63n)];
    for (const id of ids) caller.socket.write(encodeDubboRequest({ id, path: "com.acme.Echo", method: "echo" }));
    await until(() => ids.every((id) => caller.answer(id)?.status === 20));
    expect(provider.connections).toHaveLength(1);
    expect(openBooks(rpc)).toEqual({});
  });

  test.for<[string, string, Partial<DubboRequest>]>([
    ["com.acme.Echo:1.0.0:blue", "/com.acme.Echo/echo", { attachments: [["group", "blue"]] }],
    ["com.acme.Echo:1.0.0", "/com.acme.Echo/echo", {}],
    ["com.acme.Echo", "/com.acme.Echo/echo", { attachments: [["group", "blue"]] }],
    ["com.acme.Echo::blue", "/com.acme.Echo/echo", { version: "0.0.0", attachments: [["group", "blue"]] }],
    ["com.acme.Echo", "/com.acme.Echo/$invoke", { version: "0.0.0", method: "$invoke" }],
  ])("have the authority %s and the path %s", async ([domain, path, request]) => {
    await using provider = await startProvider();
    await using rpc = await startDubbo({ hosts: [provider.port], ...oneRoute(domain, { path }) });
    await using caller = await DubboPeer.connect(rpc.port);
    for (let count = 0; count < 2; count++) expect((await caller.call(request)).status).toBe(20);
    expect((await caller.call({ ...request, path: "com.acme.Other" })).httpStatus).not.toBe(200);
    expect(rpc.logged.at(0)).toMatchObject({ code: 200, path });
  });

  test("of one method and several groups each have their own route, though it is remembered", async () => {
    await using blue = await startProvider();
    await using green = await startProvider();
    await using rpc = await startDubbo({
      hosts: [blue.port],
      other: ["green", green.port],
      virtualHosts: [
        { name: "green", domains: ["com.acme.Echo:1.0.0:green"], routes: [{ match: { prefix: "/" }, route: { cluster: "green" } }] },
        { name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "echo" } }] },
      ],
    });
    await using caller = await DubboPeer.connect(rpc.port);
    const groups = ["blue", "green", undefined, "green", "blue", undefined];
    for (const group of groups) await caller.call(group === undefined ? {} : { attachments: [["group", group]] });
    const requestsOf = (provider: Provider): number => provider.connections.flatMap(({ frames }) => frames).length;
    expect([requestsOf(blue), requestsOf(green)]).toEqual([4, 2]);
  });

  test("have the time that their attachment says, and the route's if that is shorter", async () => {
    await using provider = await startProvider(() => {});
    await using rpc = await startDubbo({ hosts: [provider.port], route: { timeout: "2s" } });
    await using caller = await DubboPeer.connect(rpc.port);
    const short = caller.call({ attachments: [["timeout", "500"]] });
    const long = caller.call({ attachments: [["timeout", "30000"]] });
    await until(() => rpc.clusterStat("upstream_rq_active") === 2);
    rpc.runtime.advance(600);
    expect((await short).httpStatus).toBe(504);
    expect(rpc.clusterStat("upstream_rq_active")).toBe(1);
    rpc.runtime.advance(1500);
    expect((await long).httpStatus).toBe(504);
  });

  test("of unknown serializations go where everything goes, as they came", async () => {
    await using provider = await startProvider((frame, peer) => {
      const bytes = Buffer.alloc(frame.encodedLength());
      frame.writeTo(bytes, 0, frame.idHigh, frame.idLow);
      // The request's own bytes, as a response of status 20.
      bytes[2] = frame.serialization;
      bytes[3] = 20;
      peer.socket.write(bytes);
    });
    const headers = { request_headers_to_add: [{ header: { key: "x-a", value: "b" } }] };
    const routes = [{ match: { prefix: "/" }, route: { cluster: "echo" }, ...headers }];
    await using rpc = await startDubbo({ hosts: [provider.port], routes });
    await using caller = await DubboPeer.connect(rpc.port);
    const body = Buffer.from("any bytes of Kryo");
    const head = Buffer.from("dabbc800000000000000000700000000", "hex");
    head.writeInt32BE(body.length, 12);
    caller.socket.write(Buffer.concat([head, body]));
    await until(() => caller.answer(7n) !== undefined);
    expect(caller.answer(7n)?.body()).toEqual(body);
  });
});

describe("a call whose attachments cannot be read", () => {
  /** The last byte, the end of the attachments, is missing. */
  const cut = (request: Partial<DubboRequest>, id = 77): Buffer => {
    const whole = encodeDubboRequest({ path: "com.acme.Echo", version: "1.0.0", method: "echo", ...request, id });
    const bytes = Buffer.from(whole.subarray(0, -1));
    bytes.writeInt32BE(bytes.length - 16, 12);
    return bytes;
  };
  const denied = {
    match: { prefix: "/", headers: [{ name: "x-role", string_match: { exact: "guest" } }] },
    direct_response: { status: 403 },
  };
  const open = { match: { prefix: "/" }, route: { cluster: "echo" } };
  const everywhere = { virtualHosts: [{ name: "all", domains: ["*"], routes: [open] }] };
  const readsRole: StreamFilter = {
    onRequest: (stream) => (stream.request.header("x-role") === "guest" ? FilterStatus.Stop : FilterStatus.Continue),
  };
  const guest: DubboRequest["attachments"] = [["x-role", "guest"]];

  test.for<[string, TestRpcOptions, Partial<DubboRequest>]>([
    ["a route matches headers", { routes: [denied, open] }, { attachments: guest }],
    ["a route removes headers", { routes: [{ ...open, request_headers_to_remove: ["x-role"] }] }, { attachments: guest }],
    ["a filter reads headers", { filters: [readsRole] }, { attachments: guest }],
    ["it may have a group", everywhere, { attachments: [["group", "blue"]] }],
    ["its service is among them", everywhere, { path: "", attachments: [["interface", "com.acme.Echo"]] }],
  ])("does not reach the host where %s", async ([, options, request]) => {
    await using provider = await startProvider();
    await using shadow = await startProvider();
    await using rpc = await startDubbo({ hosts: [provider.port], other: ["shadow", shadow.port], ...options });
    await using caller = await DubboPeer.connect(rpc.port);
    caller.socket.write(cut(request));
    await until(() => caller.answer(77n) !== undefined);
    expect(caller.answer(77n)).toMatchObject({ status: 20, httpStatus: 400, exceptionClass: "org.apache.dubbo.rpc.RpcException" });
    expect(rpc.logged.at(-1)).toMatchObject({ code: 400, details: "bad_request" });
    expect(rpc.clusterStat("upstream_rq_cancelled")).toBe(0);
    // The connection goes on.
    expect((await caller.call()).status).toBe(20);
    expect([...provider.connections, ...shadow.connections].flatMap(({ frames }) => frames)).toHaveLength(1);
    expect(openBooks(rpc)).toEqual({});
  });

  test("has no copy either", async () => {
    await using provider = await startProvider();
    await using shadow = await startProvider();
    const route = { cluster: "echo", request_mirror_policies: [{ cluster: "shadow" }] };
    await using rpc = await startDubbo({
      hosts: [provider.port],
      other: ["shadow", shadow.port],
      routes: [{ match: { prefix: "/" }, route, request_headers_to_remove: ["x-role"] }],
    });
    await using caller = await DubboPeer.connect(rpc.port);
    caller.socket.write(cut({}));
    expect((await caller.call()).status).toBe(20);
    await until(() => shadow.connections.flatMap(({ frames }) => frames).length === 1);
    expect(caller.answer(77n)?.httpStatus).toBe(400);
    expect(openBooks(rpc)).toEqual({});
  });

  test("goes its way where nobody asks for them, and so does one-way", async () => {
    await using provider = await startProvider();
    await using rpc = await startDubbo({ hosts: [provider.port], ...everywhere });
    await using caller = await DubboPeer.connect(rpc.port);
    caller.socket.write(cut({ attachments: [["timeout", "500"]] }));
    caller.socket.write(cut({ oneWay: true }, 78));
    await until(() => caller.answer(77n) !== undefined);
    expect(caller.answer(77n)?.status).toBe(20);
    await until(() => provider.connections[0]?.frames.length === 2);
  });

  test("is dropped if it is one-way and somebody asks", async () => {
    await using provider = await startProvider();
    await using rpc = await startDubbo({ hosts: [provider.port], routes: [denied, open] });
    await using caller = await DubboPeer.connect(rpc.port);
    caller.socket.write(cut({ oneWay: true }));
    expect((await caller.call()).status).toBe(20);
    expect(caller.frames).toHaveLength(1);
    expect(provider.connections.flatMap(({ frames }) => frames)).toHaveLength(1);
    expect(openBooks(rpc)).toEqual({});
  });
});

test.for([
  ["path", "com.acme.Echo", "com.acme.Admin"],
  ["version", "1.0.0", "2.0.0"],
  ["group", "blue", "red"],
])("the header %s is what the attachments say, by which Java finds the service", async ([name = "", open = "", closed = ""]) => {
  await using provider = await startProvider();
  const denied = { match: { prefix: "/", headers: [{ name, string_match: { exact: closed } }] }, direct_response: { status: 403 } };
  await using rpc = await startDubbo({ hosts: [provider.port], routes: [denied, { match: { prefix: "/" }, route: { cluster: "echo" } }] });
  await using caller = await DubboPeer.connect(rpc.port);
  for (const [value, httpStatus] of [
    [open, 200],
    [closed, 403],
  ] as const) {
    expect((await caller.call({ attachments: [[name, value]] })).httpStatus).toBe(httpStatus);
  }
});

describe("frames over the limit", () => {
  const proxy = { max_frame_bytes: 4096 };
  const long = (id: number): Buffer => encodeDubboRequest({ id, path: "com.acme.Echo", method: "x".repeat(5000) });

  test("are requests that are answered, while calls before and behind them go on", async () => {
    const held: (() => void)[] = [];
    await using provider = await startProvider((frame, peer) => void held.push(() => answer(frame, peer)));
    await using rpc = await startDubbo({ hosts: [provider.port], proxy });
    await using caller = await DubboPeer.connect(rpc.port);
    const before = caller.call();
    await until(() => held.length === 1);
    caller.socket.write(long(77));
    const behind = caller.call();
    await until(() => held.length === 2);
    expect(caller.answer(77n)).toMatchObject({ httpStatus: 429, exceptionClass: "org.apache.dubbo.rpc.RpcException" });
    for (const give of held) give();
    expect([(await before).status, (await behind).status]).toEqual([20, 20]);
    expect(rpc.logged.map(({ code, details }) => [code, details])).toContainEqual([413, "request_too_large"]);
    expect(rpc.stat("downstream_cx_protocol_error")).toBe(0);
    expect(openBooks(rpc)).toEqual({});
  });

  test("are responses of which the one caller learns that they were too long, as in Java", async () => {
    let count = 0;
    await using provider = await startProvider((frame, peer) => {
      count++;
      if (count === 2) peer.socket.write(encodeDubboResponse({ id: idOf(frame), status: 70, message: "x".repeat(5000) }));
      else answer(frame, peer);
    });
    await using rpc = await startDubbo({ hosts: [provider.port], proxy });
    await using caller = await DubboPeer.connect(rpc.port);
    const answers = await Promise.all([caller.call(), caller.call(), caller.call()]);
    expect(answers.map(({ status }) => status)).toEqual([20, 90, 20]);
    expect(answers[1]?.body().toString()).toContain("over the limit of 4096");
    expect(provider.connections).toHaveLength(1);
    expect(rpc.clusterStat("upstream_rq_500")).toBe(1);
    expect(openBooks(rpc)).toEqual({});
  });
});

describe("a host's read-only event", () => {
  test("takes its connection out of choice until it is writable again; calls under way are answered", async () => {
    const held: (() => void)[] = [];
    await using first = await startProvider((frame, peer) => void held.push(() => answer(frame, peer)));
    await using second = await startProvider();
    await using rpc = await startDubbo({ hosts: [first.port, second.port] });
    await using caller = await DubboPeer.connect(rpc.port);
    const [host] = rpc.cluster.hosts;
    // One goes to each host.
    const waiting = Promise.all([caller.call(), caller.call()]);
    await until(() => held.length === 1);
    const [upstream] = first.connections;
    upstream?.socket.write(readOnly);
    await until(() => host?.health === HostHealth.Draining);
    for (let count = 0; count < 4; count++) expect((await caller.call()).status).toBe(20);
    expect(held).toHaveLength(1);
    held[0]?.();
    expect((await waiting).map(({ status }) => status)).toEqual([20, 20]);
    // No back-off brings another connection meanwhile: a host that shuts down would take it.
    rpc.runtime.advance(30_000);
    upstream?.socket.write(writable);
    await until(() => host?.health === 0);
    expect(first.connections).toHaveLength(1);
    const more = [caller.call(), caller.call()];
    await until(() => held.length === 2);
    held[1]?.();
    await Promise.all(more);
    expect(openBooks(rpc)).toEqual({});
  });

  test("and the end of that connection: it is made again, and the host is back once it stands", async () => {
    await using first = await startProvider();
    await using second = await startProvider();
    await using rpc = await startDubbo({ hosts: [first.port, second.port] });
    await using caller = await DubboPeer.connect(rpc.port);
    await Promise.all([caller.call(), caller.call()]);
    const [host] = rpc.cluster.hosts;
    const [upstream] = first.connections;
    upstream?.socket.write(readOnly);
    await until(() => host?.health === HostHealth.Draining);
    upstream?.socket.end();
    await until(() => rpc.clusterStat("upstream_cx_destroy") === 1);
    expect(host?.health).toBe(HostHealth.Draining);
    rpc.runtime.advance(600);
    await until(() => host?.health === 0);
    expect(first.connections).toHaveLength(2);
  });

  test("of the only host: calls have a new connection", async () => {
    await using provider = await startProvider();
    await using rpc = await startDubbo({ hosts: [provider.port] });
    await using caller = await DubboPeer.connect(rpc.port);
    await caller.call();
    provider.connections[0]?.socket.write(Buffer.concat([readOnly, readOnly]));
    const request = encodeDubboRequest({ id: 1, path: "com.acme.Echo", method: "echo" });
    // The event has been read once what was sent after it has an answer.
    provider.connections[0]?.socket.write(request);
    await until(() => provider.connections[0]?.answer(1n) !== undefined);
    expect((await caller.call()).status).toBe(20);
    expect(provider.connections).toHaveLength(2);
    // It is writable again, and not needed any more.
    provider.connections[0]?.socket.write(writable);
    await until(() => rpc.clusterStat("upstream_cx_active") === 1);
    expect((await caller.call()).status).toBe(20);
    expect(provider.connections[1]?.frames).toHaveLength(2);
  });
});

describe("heartbeats", () => {
  test("of callers are answered, and hosts are sent some after 60 s of silence", async () => {
    await using provider = await startProvider();
    await using rpc = await startDubbo({ hosts: [provider.port] });
    await using caller = await DubboPeer.connect(rpc.port);
    caller.socket.write(Buffer.from("dabbe2000000000000000009000000014e", "hex"));
    await until(() => caller.frames.some(({ kind, idLow }) => kind === RpcFrameKind.HeartbeatAck && idLow === 9));
    await caller.call();
    rpc.runtime.advance(59_000);
    expect(provider.connections[0]?.frames).toHaveLength(1);
    rpc.runtime.advance(2_000);
    await until(() => provider.connections[0]?.frames.at(-1)?.kind === RpcFrameKind.Heartbeat);
  });

  test("may come more often, and a silent caller is given up after 180 s", async () => {
    await using provider = await startProvider();
    await using rpc = await startDubbo({ hosts: [provider.port], cluster: rpcOptions({ heartbeat_interval: "1s" }) });
    await using caller = await DubboPeer.connect(rpc.port);
    await caller.call();
    rpc.runtime.advance(1_100);
    await until(() => provider.connections[0]?.frames.at(-1)?.kind === RpcFrameKind.Heartbeat);
    const closed = once(caller.socket, "close");
    rpc.runtime.advance(181_000);
    await closed;
    expect(rpc.stat("downstream_cx_idle_timeout")).toBe(1);
  });
});

test("read_only_on_drain tells callers before their connection is closed", async () => {
  await using provider = await startProvider();
  await using rpc = await startDubbo({ hosts: [provider.port], proxy: { codec: codec({ read_only_on_drain: true }) } });
  await using caller = await DubboPeer.connect(rpc.port);
  await caller.call();
  rpc.filter.drain(atOnce);
  await until(() => caller.frames.at(-1)?.kind === RpcFrameKind.GoAway);
  expect((await caller.call()).status).toBe(20);
  const closed = once(caller.socket, "close");
  rpc.runtime.advance(1_100);
  await closed;
});

test("exceptions of the application are counted, and are no failures", async () => {
  await using provider = await startProvider((frame, peer) => {
    // The object of the class `E`, without fields.
    const exception = Buffer.from("C\x01E\x90\x60", "latin1");
    peer.socket.write(encodeDubboResponse({ id: idOf(frame), exception }));
  });
  await using rpc = await startDubbo({ hosts: [provider.port] });
  await using caller = await DubboPeer.connect(rpc.port);
  expect((await caller.call()).isApplicationError).toBe(true);
  expect(rpc.stat("downstream_rq_application_error")).toBe(1);
  expect(rpc.clusterStat("upstream_rq_200")).toBe(1);
});

test("a caller that leaves with calls under way harms nobody", async () => {
  const held: (() => void)[] = [];
  await using provider = await startProvider((frame, peer) => void held.push(() => answer(frame, peer)));
  await using rpc = await startDubbo({ hosts: [provider.port] });
  const leaving = await DubboPeer.connect(rpc.port);
  for (let id = 1; id <= 50; id++) leaving.socket.write(encodeDubboRequest({ id, path: "com.acme.Echo", method: "echo" }));
  await until(() => held.length === 50);
  leaving.socket.resetAndDestroy();
  await until(() => rpc.stat("downstream_cx_active") === 0);
  for (const give of held) give();
  await using caller = await DubboPeer.connect(rpc.port);
  const answered = caller.call();
  await until(() => held.length === 51);
  held[50]?.();
  expect((await answered).status).toBe(20);
  expect(openBooks(rpc)).toEqual({});
});
