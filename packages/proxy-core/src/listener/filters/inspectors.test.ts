import { encodeBoltRequest } from "@mesh/codec-bolt";
import { describe, expect, test } from "vitest";
import { boltProtocol } from "../../extensions/bolt/index.ts";
import { rpcExtensions } from "../../rpc/index.ts";
import { chain, testListeners, type TestListeners } from "../testing.ts";

const filter = (name: string, fields: object = {}): object => ({
  name,
  typed_config: { "@type": `type.googleapis.com/${name}`, ...fields },
});
const http = filter("envoy.extensions.filters.listener.http_inspector.v3.HttpInspector");
const rpc = filter("mesh.extensions.filters.listener.rpc_inspector.v3.RpcInspector");

const names = ["http/1.0", "http/1.1", "h2c", "bolt"];

/** A listener with a chain for each protocol, and one for all others. */
async function listening(filters: readonly object[]): Promise<TestListeners> {
  const proxy = testListeners(
    [
      {
        listener_filters: filters,
        filter_chains: names.map((name) => chain(name, { application_protocols: [name] })),
        default_filter_chain: chain("other"),
      },
    ],
    { extensions: [...rpcExtensions, boltProtocol] },
  );
  await proxy.manager.start();
  return proxy;
}

/** The chain that a connection with these bytes comes to, and what it is given. */
async function arrivalOf(proxy: TestListeners, pieces: readonly Buffer[]): Promise<{ readonly chain: string; readonly bytes: string }> {
  const arriving = Promise.race([...names, "other"].map(async (name) => ({ name, arrival: await proxy.chain(name).next() })));
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
  return { chain: name, bytes: `${arrival.initial?.toString("latin1") ?? ""}${arrival.handler.text}` };
}

const bolt = encodeBoltRequest({ id: 1, content: Buffer.from("x") });
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

const cases: readonly (readonly [what: string, bytes: Buffer, chain: string])[] = [
  ["a request of HTTP/1.1", Buffer.from("GET /a?b HTTP/1.1\r\nhost: a\r\n\r\n"), "http/1.1"],
  ["a request of HTTP/1.0", Buffer.from("POST http://a/ HTTP/1.0\r\n\r\n"), "http/1.0"],
  ["CONNECT", Buffer.from("CONNECT a:80 HTTP/1.1\r\n\r\n"), "http/1.1"],
  ["HTTP/2's preface", preface, "h2c"],
  ["a preface that goes another way", Buffer.from("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"), "other"],
  ["a request line of another version", Buffer.from("GET / HTTP/3.0\r\n\r\n"), "other"],
  ["Bolt", bolt, "bolt"],
  ["anything else", Buffer.from([0x16, 3, 1, 0, 5, 1, 0, 0, 0, 0]), "other"],
];

describe("the HTTP and RPC inspectors together", () => {
  test.for(cases)("%s comes to its filter chain with all its bytes", async ([, bytes, expected]) => {
    for (const filters of [
      [http, rpc],
      [rpc, http],
    ]) {
      await using proxy = await listening(filters);
      expect(await arrivalOf(proxy, [bytes])).toEqual({ chain: expected, bytes: bytes.toString("latin1") });
    }
  });

  test.for(cases)("%s does so when the bytes come one by one", async ([, bytes, expected]) => {
    await using proxy = await listening([http, rpc]);
    const pieces = Array.from(bytes, (byte) => Buffer.from([byte]));
    expect(await arrivalOf(proxy, pieces)).toEqual({ chain: expected, bytes: bytes.toString("latin1") });
  });

  test("count what they found", async () => {
    await using proxy = await listening([http, rpc]);
    for (const [, bytes] of cases) await arrivalOf(proxy, [bytes]);
    const found = ["http10_found", "http11_found", "http2_found", "http_not_found"].map((name) => proxy.stat(`http_inspector.${name}`));
    expect(found).toEqual([1, 2, 1, 4]);
    expect([proxy.stat("rpc_inspector.bolt_found"), proxy.stat("rpc_inspector.rpc_not_found")]).toEqual([1, 3]);
  });
});

test("a request line that does not end is no HTTP once it has 64 KiB", async () => {
  await using proxy = await listening([http]);
  const line = Buffer.alloc(64 * 1024 + 10, "a");
  line.write("GET /");
  expect((await arrivalOf(proxy, [line])).chain).toBe("other");
});

test("the RPC inspector needs a codec", () => {
  const inspect = (extensions: typeof rpcExtensions, fields: object): (() => unknown) => {
    const named = filter("mesh.extensions.filters.listener.rpc_inspector.v3.RpcInspector", fields);
    return () => testListeners([{ listener_filters: [named], filter_chains: [chain("a")] }], { extensions });
  };
  expect(inspect(rpcExtensions, {})).toThrow(
    "listeners[0].listener_filters[0].typed_config.codecs: this proxy is composed with no RPC codecs",
  );
  const codecs = [filter("mesh.extensions.codecs.bolt.v3.Bolt")];
  expect(inspect([...rpcExtensions, boltProtocol], { codecs })).not.toThrow();
  expect(inspect(rpcExtensions, { codecs })).toThrow("codecs[0]");
});
