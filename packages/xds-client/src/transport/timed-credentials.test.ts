import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";
import { createXdsClient } from "../client/client.ts";
import { cluster, timeouts } from "../client/test-harness.ts";
import { clusterType } from "../resource/types.ts";
import { createFakeControlPlane } from "../testing.ts";
import { testCa, testCertificate, testKey } from "../testing/test-certificates.ts";
import { grpcTransport } from "./grpc.ts";
import type { XdsServerOptions } from "./options.ts";
import type { ConnectionObserver, XdsTransport } from "./transport.ts";
import type { StreamStatus } from "../machine/events.ts";

const PATH = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";
const HOUR_MS = 3_600_000;
const tls = { ca: { pem: testCa }, serverName: "xds.test" };

/** What happened, in its order, and a way to wait for it. */
function record(): {
  readonly seen: string[];
  readonly saw: (what: string) => void;
  readonly until: (what: string, count?: number) => Promise<void>;
} {
  const seen: string[] = [];
  let wake = (): void => undefined;
  return {
    seen,
    saw: (what) => {
      seen.push(what);
      wake();
    },
    until: async (what, count = 1) => {
      while (seen.filter((each) => each === what).length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

/** Listens, and lets go of everything when the test is over. */
async function listen(server: Server, saw: (what: string) => void = () => undefined, port = 0): Promise<string> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      sockets.delete(socket);
      saw("closed");
    });
  });
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return `127.0.0.1:${portOf(server)}`;
}

function portOf(server: Server): number {
  const { port } = server.address() as AddressInfo;
  return port;
}

/** A server that accepts connections and never says a word. */
function silent(saw: (what: string) => void): Server {
  return createServer((socket) => {
    saw("accepted");
    socket.resume();
  });
}

function silentTls(saw: (what: string) => void): Server {
  return createTlsServer({ cert: testCertificate, key: testKey, ALPNProtocols: ["h2"] }, (socket) => {
    saw("accepted");
    socket.resume();
    socket.on("error", () => undefined);
  });
}

describe.each([
  ["a server that is silent", silent, {}],
  ["a server that is silent where TLS should begin", silent, { tls }],
  ["a server that is silent after the handshake of TLS", silentTls, { tls }],
] as const)("%s", (_, create, options) => {
  test("is left in time, and its connection is closed", async () => {
    const { seen, saw, until } = record();
    const address = await listen(create(saw), saw);
    const transport = grpcTransport({ address, connectTimeoutMs: 500, ...options });
    onTestFinished(() => transport.close());
    const statuses: StreamStatus[] = [];
    const attempt = (): void => {
      transport.open(PATH, {
        onOpen: () => saw("open"),
        onMessage: () => undefined,
        onDrain: () => undefined,
        onClose: (status) => {
          statuses.push(status);
          saw("ended");
        },
      });
    };
    attempt();
    await until("ended");
    await until("closed");
    attempt();
    await until("ended", 2);
    await until("closed", 2);
    expect(statuses.map(({ code }) => code)).toEqual([14, 14]);
    expect(statuses[0]?.details).toContain("within 500 ms");
    expect(seen).not.toContain("open");
  });

  test("is left at once when the transport is closed", async () => {
    const { saw, until } = record();
    const address = await listen(create(saw), saw);
    const transport = grpcTransport({ address, connectTimeoutMs: HOUR_MS, ...options });
    transport.open(PATH, { onOpen: () => undefined, onMessage: () => undefined, onDrain: () => undefined, onClose: () => undefined });
    await until("accepted");
    transport.close();
    await until("closed");
  });
});

test("a server that refuses, then is silent and at last answers is found", async () => {
  const plane = await createFakeControlPlane();
  onTestFinished(() => plane.close());
  plane.set(clusterType, [cluster("a", 1)]);
  const { seen, saw, until } = record();
  const gone = createServer();
  const address = await listen(gone);
  const port = portOf(gone);
  await new Promise((resolve) => gone.close(resolve));
  const server: XdsServerOptions = { address, connectTimeoutMs: 300, backOff: { baseMs: 20, maxMs: 50 } };
  const client = createXdsClient({ node: { id: "me" }, ads: server, observer: { onStreamOpen: () => saw("open") } });
  onTestFinished(() => client.close());
  client.watchAll(timeouts(), { onChanged: () => saw("changed"), onError: ({ code }) => saw(code) });
  await until("MESH_XDS_UNAVAILABLE");

  let isSilent = true;
  const [host = "", target] = plane.address.split(":");
  const relay = createServer((socket) => {
    if (isSilent) {
      socket.resume();
      return;
    }
    const upstream = connect(Number(target), host);
    upstream.on("error", () => socket.destroy());
    socket.on("close", () => upstream.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  await listen(relay, saw, port);
  await until("closed", 2);
  expect(seen).not.toContain("open");
  isSilent = false;
  await until("changed");
  expect(seen).toContain("open");
});

test("a connection that was answered in time lives on when the time is over", async () => {
  const plane = await createFakeControlPlane();
  onTestFinished(() => plane.close());
  const { seen, saw, until } = record();
  // The time of the connection to the silent one begins later, and is over later.
  const client = createXdsClient({
    node: { id: "me" },
    ads: { address: plane.address, connectTimeoutMs: 2000 },
    observer: { onStreamClose: () => saw("ended") },
  });
  onTestFinished(() => client.close());
  client.watchAll(timeouts(), { onChanged: () => saw("changed"), onError: () => undefined });
  plane.set(clusterType, [cluster("a", 1)]);
  await until("changed");
  const other = grpcTransport({ address: await listen(silent(() => undefined)), connectTimeoutMs: 2000 });
  onTestFinished(() => other.close());
  other.open(PATH, {
    onOpen: () => undefined,
    onMessage: () => undefined,
    onDrain: () => undefined,
    onClose: () => saw("other ended"),
  });
  await until("other ended");
  plane.set(clusterType, [cluster("a", 2)]);
  await until("changed", 2);
  expect(seen).toEqual(["changed", "other ended", "changed"]);
});

describe("who observes connections is told", () => {
  /** Opens a stream, and gives what the observer was told; addresses are `there` where they are the server's. */
  function observe(options: XdsServerOptions): ReturnType<typeof record> & { readonly transport: XdsTransport } {
    const recorded = record();
    const { saw } = recorded;
    const observer: ConnectionObserver = {
      onConnecting: () => {
        saw("connecting");
        return {
          onConnected: (address, ms) => saw(`connected to ${address === options.address ? "there" : address}${ms >= 0 ? "" : " before"}`),
          onFailed: (isLocal) => saw(`failed${isLocal ? " by us" : ""}`),
          onEnded: ({ ms, isLocal, wasSilent, wasTooLate }) =>
            saw(
              ["ended", isLocal && "by us", wasSilent && "silent", wasTooLate && "too late", ms < 0 && "before"].filter(Boolean).join(" "),
            ),
        };
      },
    };
    const transport = grpcTransport(options, observer);
    onTestFinished(() => transport.close());
    const handlers = { onOpen: () => undefined, onMessage: () => undefined, onDrain: () => undefined, onClose: () => saw("no stream") };
    transport.open(PATH, { ...handlers, onOpen: () => saw("open") });
    return { ...recorded, transport };
  }

  test.each([
    ["in plain text", {}, {}],
    ["with TLS", { tls: { certificate: testCertificate, key: testKey } }, { tls }],
  ])("of one that is made, and ended by this side or by the server, %s", async (_, planeOptions, options) => {
    const plane = await createFakeControlPlane(planeOptions);
    onTestFinished(() => plane.close());
    const first = observe({ address: plane.address, ...options });
    await first.until("open");
    first.transport.close();
    await first.until("ended by us");
    expect(first.seen).toEqual(["connecting", "connected to there", "open", "ended by us"]);
    const second = observe({ address: plane.address, ...options });
    await second.until("open");
    plane.stop();
    await second.until("ended");
    expect(second.seen.slice(0, 4)).toEqual(["connecting", "connected to there", "open", "ended"]);
  });

  test("of one that is not made when the next one begins, or nobody wants it any more", async () => {
    const gone = createServer();
    const address = await listen(gone);
    await new Promise((resolve) => gone.close(resolve));
    const { seen, until, transport } = observe({ address });
    await until("failed", 2);
    const wanted = seen.filter((what) => what !== "no stream");
    expect(wanted.slice(0, 5)).toEqual(["connecting", "failed", "connecting", "failed", "connecting"]);
    transport.close();
    await until("failed by us");
    expect(seen.filter((what) => what === "connecting")).toHaveLength(seen.filter((what) => what.startsWith("failed")).length);
  });

  test("of one to a server that is silent", async () => {
    const address = await listen(silent(() => undefined));
    const { seen, until } = observe({ address, connectTimeoutMs: 200 });
    await until("ended by us silent too late");
    expect(seen.slice(0, 2)).toEqual(["connecting", "connected to there"]);
  });
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])("connectTimeoutMs: %d is refused", (connectTimeoutMs) => {
  expect(() => grpcTransport({ address: "a:1", connectTimeoutMs })).toThrow(
    expect.objectContaining({ code: "MESH_XDS_INVALID_OPTIONS", message: expect.stringContaining("connectTimeoutMs:") }),
  );
});
