/** An HttpConnectionManager with `codec_type: AUTO` serves RPC clients too. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { RpcFrameKind } from "@mesh/codec";
import { boltCodec, encodeBoltRequest, encodeBoltResponse } from "@mesh/codec-bolt";
import { describe, expect, test } from "vitest";
import { boltProtocol } from "../extensions/bolt/index.ts";
import { dubboProtocol } from "../extensions/dubbo/index.ts";
import { statValue } from "../stats/testing.ts";
import { createProxy, type Proxy } from "./create-proxy.ts";

const typed = (name: string, fields: object = {}): object => ({ "@type": `type.googleapis.com/${name}`, ...fields });
const address = (port: number): object => ({ socket_address: { address: "127.0.0.1", port_value: port } });

/** A provider that answers every call with success. */
async function startProvider(): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    const session = boltCodec().open(
      {
        onFrame: (frame) => {
          if (frame.kind === RpcFrameKind.Request) socket.write(encodeBoltResponse({ id: frame.idLow }));
        },
      },
      { role: "server" },
    );
    socket.on("data", (chunk: Buffer) => session.push(chunk));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

interface Managed extends AsyncDisposable {
  readonly proxy: Proxy;
  readonly port: number;
}

async function startManager(upstreamPort: number, more: object = {}): Promise<Managed> {
  const manager = typed("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
    stat_prefix: "all",
    route_config: {
      virtual_hosts: [
        { name: "echo", domains: ["com.acme.Echo"], routes: [{ match: { prefix: "/com.acme.Echo" }, route: { cluster: "echo" } }] },
        { name: "moved", domains: ["com.acme.Moved"], routes: [{ match: { prefix: "/" }, redirect: { host_redirect: "elsewhere" } }] },
        { name: "rest", domains: ["*"], routes: [{ match: { prefix: "/" }, direct_response: { status: 418 } }] },
      ],
    },
    http_filters: [{ name: "router", typed_config: typed("envoy.extensions.filters.http.router.v3.Router") }],
    ...more,
  });
  const endpoint = { endpoint: { address: address(upstreamPort) } };
  const proxy = createProxy({
    extensions: [boltProtocol, dubboProtocol],
    bootstrap: {
      admin: { address: address(0) },
      static_resources: {
        listeners: [{ name: "in", address: address(0), filter_chains: [{ filters: [{ name: "http", typed_config: manager }] }] }],
        clusters: [{ name: "echo", type: "STATIC", load_assignment: { cluster_name: "echo", endpoints: [{ lb_endpoints: [endpoint] }] } }],
      },
    },
  });
  await proxy.start();
  const bound = proxy.listeners[0]?.address;
  return { proxy, port: bound?.kind === "ip" ? bound.port : 0, [Symbol.asyncDispose]: () => proxy.stop() };
}

/** What a Bolt call is answered with. */
async function call(port: number, service: string, cut: number = Infinity): Promise<number> {
  const socket = connect(port, "127.0.0.1");
  const status = new Promise<number>((resolve, reject) => {
    socket.once("error", reject).once("close", () => reject(new Error("closed")));
    const session = boltCodec().open({ onFrame: (frame) => resolve(frame.status) }, { role: "client" });
    socket.on("data", (chunk: Buffer) => session.push(chunk));
  });
  // It may come before the request is written.
  status.catch(() => {});
  const request = encodeBoltRequest({ id: 7, timeoutMs: 3000, headers: [["service", service]] });
  socket.setNoDelay(true);
  for (let at = 0; at < request.length; at += cut) {
    await new Promise((resolve) => void socket.write(request.subarray(at, at + cut), resolve));
    await new Promise(setImmediate);
  }
  try {
    return await status;
  } finally {
    socket.removeAllListeners("close").destroy();
  }
}

describe("an HttpConnectionManager that chooses its codec", () => {
  test("routes Bolt calls by its own routes, the service being the authority", async () => {
    await using provider = await startProvider();
    await using managed = await startManager(provider.port);
    expect(await call(managed.port, "com.acme.Echo:1.0")).toBe(0);
    expect(await call(managed.port, "com.acme.Echo:1.0", 1)).toBe(0);
    const stat = (name: string): number => statValue(managed.proxy.stats, name);
    expect(stat("rpc.all.downstream_rq_total")).toBe(2);
    expect(stat("http.all.downstream_rq_total")).toBe(0);
    expect(stat("http.all.downstream_cx_total")).toBe(2);
    expect(stat("http.all.downstream_cx_active")).toBe(0);
  });

  test("serves HTTP on the same port, whatever its first bytes come in", async () => {
    await using managed = await startManager(1);
    expect((await fetch(`http://127.0.0.1:${managed.port}/`)).status).toBe(418);
    const socket = connect(managed.port, "127.0.0.1").setEncoding("latin1");
    for (const byte of "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n") {
      await new Promise((resolve) => void socket.write(byte, resolve));
    }
    let text = "";
    for await (const chunk of socket) text += String(chunk);
    expect(text).toMatch(/^HTTP\/1\.1 418 /);
    expect(statValue(managed.proxy.stats, "http.all.downstream_cx_http1_total")).toBe(2);
  });

  test("answers RPC calls with an error where their route is for HTTP only", async () => {
    await using managed = await startManager(1);
    expect(await call(managed.port, "com.acme.Moved:1.0")).not.toBe(0);
    expect(await call(managed.port, "com.acme.Else:1.0")).not.toBe(0);
  });

  test("lets the calls under way end when it drains", async () => {
    await using provider = await startProvider();
    await using managed = await startManager(provider.port);
    expect(await call(managed.port, "com.acme.Echo:1.0")).toBe(0);
    await managed.proxy.shutdown(5000);
    await expect(call(managed.port, "com.acme.Echo:1.0")).rejects.toThrow("ECONNREFUSED");
  });

  test("speaks HTTP alone with codec_type HTTP1", async () => {
    await using managed = await startManager(1, { codec_type: "HTTP1" });
    await expect(call(managed.port, "com.acme.Echo:1.0")).rejects.toThrow();
    expect(statValue(managed.proxy.stats, "http.all.downstream_cx_protocol_error")).toBe(1);
  });
});
