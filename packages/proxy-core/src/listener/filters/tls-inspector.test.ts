import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { chain, testListeners, type TestListeners } from "../testing.ts";
import { clientHelloOf, extension, helloMessage, protocols, records, serverName } from "./client-hello-bytes.ts";

const filter = (name: string, fields: object = {}): object => ({
  name,
  typed_config: { "@type": `type.googleapis.com/envoy.extensions.filters.listener.${name}`, ...fields },
});
const tls = filter("tls_inspector.v3.TlsInspector");
const http = filter("http_inspector.v3.HttpInspector");
const prefix = "listener.127.0.0.1_0";

const matches = {
  shop: { server_names: ["shop.example"] },
  wild: { server_names: ["*.example"] },
  h2: { transport_protocol: "tls", application_protocols: ["h2"] },
  tls: { transport_protocol: "tls" },
  plain: { transport_protocol: "raw_buffer", application_protocols: ["http/1.1"] },
};
const names = [...Object.keys(matches), "rest"];

async function listening(fields: object = {}): Promise<TestListeners> {
  const proxy = testListeners([
    {
      listener_filters: [tls, http],
      filter_chains: Object.entries(matches).map(([name, match]) => chain(name, match)),
      default_filter_chain: chain("rest"),
      ...fields,
    },
  ]);
  await proxy.manager.start();
  return proxy;
}

/** The chain that a connection with these bytes comes to, what is known of its server, and what the chain is given. */
async function arrivalOf(
  proxy: TestListeners,
  pieces: readonly Buffer[],
): Promise<readonly [chain: string, serverName: string | undefined]> {
  const arriving = Promise.race(names.map(async (name) => ({ name, arrival: await proxy.chain(name).next() })));
  const client = await proxy.connect();
  client.setNoDelay(true);
  for (const piece of pieces) {
    client.write(piece);
    await new Promise(setImmediate);
  }
  client.end();
  const { name, arrival } = await arriving;
  await arrival.handler.untilEvent("end");
  arrival.connection.close();
  expect(`${arrival.initial?.toString("latin1") ?? ""}${arrival.handler.text}`).toBe(Buffer.concat(pieces).toString("latin1"));
  return [name, arrival.info.requestedServerName];
}

const hello = (...extensions: Buffer[]): Buffer => records(helloMessage({ extensions }));

describe("the TLS inspector", () => {
  test("leads a connection by the server and the protocols that its ClientHello names, with all its bytes", async () => {
    await using proxy = await listening();
    const nodes = await clientHelloOf({ servername: "SHOP.example", ALPNProtocols: ["h2"] });
    expect(await arrivalOf(proxy, [nodes])).toEqual(["shop", "shop.example"]);
    expect(await arrivalOf(proxy, [hello(serverName("other.example"), protocols("h2"))])).toEqual(["wild", "other.example"]);
    expect(await arrivalOf(proxy, [hello(protocols("spdy", "h2"))])).toEqual(["h2", undefined]);
    expect(await arrivalOf(proxy, [hello(serverName("else.where"), protocols("http/1.1"))])).toEqual(["tls", "else.where"]);
    expect(await arrivalOf(proxy, [Buffer.from("GET / HTTP/1.1\r\n\r\n")])).toEqual(["plain", undefined]);
    expect(await arrivalOf(proxy, [Buffer.from("SSH-2.0-x\r\n")])).toEqual(["rest", undefined]);
    const counted = ["tls_found", "tls_not_found", "sni_found", "sni_not_found", "alpn_found", "alpn_not_found"];
    expect(counted.map((name) => proxy.stat(`tls_inspector.${name}`))).toEqual([4, 2, 3, 1, 4, 0]);
    // What is encrypted is nothing for the HTTP inspector.
    expect([proxy.stat("http_inspector.http11_found"), proxy.stat("http_inspector.http_not_found")]).toEqual([1, 1]);
  });

  test("does so however the bytes are cut", async () => {
    await using proxy = await listening();
    const message = helloMessage({ extensions: [serverName("shop.example")] });
    for (const bytes of [records(message), records(message, 7)]) {
      const pieces = Array.from(bytes, (byte) => Buffer.from([byte]));
      expect(await arrivalOf(proxy, pieces)).toEqual(["shop", "shop.example"]);
    }
  });

  test("closes connections whose ClientHello is longer than 16 KiB", async () => {
    await using proxy = await listening();
    const client = await proxy.connect();
    client.write(records(helloMessage({ extensions: [extension(100, Buffer.alloc(17_000)), serverName("shop.example")] })));
    client.resume();
    await once(client, "end");
    expect(proxy.stat("tls_inspector.client_hello_too_large")).toBe(1);
    expect(names.map((name) => proxy.chain(name).arrivals.length)).toEqual(names.map(() => 0));
  });

  test("takes one of almost 16 KiB", async () => {
    await using proxy = await listening();
    const bytes = hello(extension(100, Buffer.alloc(16_000)), serverName("shop.example"));
    expect(await arrivalOf(proxy, [bytes])).toEqual(["shop", "shop.example"]);
  });

  test("waits for the rest for as long as the listener says, and then goes on without it, if it says that", async () => {
    for (const goesOn of [false, true]) {
      await using proxy = await listening({ listener_filters_timeout: "1s", continue_on_listener_filters_timeout: goesOn });
      const arriving = proxy.chain("rest").next();
      const client = await proxy.connect();
      client.write(hello(serverName("shop.example")).subarray(0, 20));
      client.resume();
      while (proxy.stat(`${prefix}.downstream_pre_cx_active`) === 0) await new Promise(setImmediate);
      // The bytes are there, too.
      await new Promise((resolve) => client.write("", resolve));
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      const closed = once(client, "end");
      proxy.runtime.advance(1100);
      if (goesOn) {
        const { initial, info } = await arriving;
        expect(initial).toEqual(hello(serverName("shop.example")).subarray(0, 20));
        expect(info.requestedServerName).toBeUndefined();
      } else {
        await closed;
        expect(proxy.stat(`${prefix}.downstream_pre_cx_timeout`)).toBe(1);
      }
    }
  });

  test("counts a client that ends before its ClientHello does", async () => {
    await using proxy = await listening();
    const client = await proxy.connect();
    client.end(hello().subarray(0, 20));
    client.resume();
    await once(client, "end");
    expect(proxy.stat(`${prefix}.downstream_listener_filter_remote_close`)).toBe(1);
    expect(proxy.stat(`${prefix}.downstream_pre_cx_active`)).toBe(0);
  });

  test("is refused with a fingerprint that it does not take, and a buffer out of range", () => {
    const refused = (fields: object): (() => unknown) => {
      const listener = { listener_filters: [filter("tls_inspector.v3.TlsInspector", fields)], filter_chains: [chain("a")] };
      return () => testListeners([listener]);
    };
    expect(refused({ initial_read_buffer_size: 255 })).toThrow("typed_config.initial_read_buffer_size");
  });
});
