import { describe, expect, test } from "vitest";
import { ResponseFlag } from "../access-log/index.ts";
import { connectRaw, startProxy, startRawBackend, until } from "./testing.ts";

describe("bodies", () => {
  test("stream in both directions before either has ended", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const client = await connectRaw(proxy.port);
    client.write("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    const host = await backend.accept();
    expect(await host.readTo("5\r\nhello\r\n")).toContain("Transfer-Encoding: chunked");
    host.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n");
    await client.readTo("2\r\nhi\r\n");
    client.write("6\r\n world\r\n");
    await host.readTo("6\r\n world\r\n");
    host.write("5\r\nthere\r\n");
    await client.readTo("5\r\nthere\r\n");
    client.write("0\r\n\r\n");
    await host.readTo("0\r\n\r\n");
    host.write("0\r\n\r\n");
    await client.readTo("0\r\n\r\n");
    await until(() => proxy.logged.length === 1);
    expect(proxy.logged[0]).toMatchObject({ bytesReceived: 11, bytesSent: 7 });
  });

  test("keep their bytes, whatever their size and framing", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const client = await connectRaw(proxy.port);
    const host = backend.accept();
    for (const size of [1, 1000, 16_384, 16_385, 70_000, 1_000_000]) {
      const up = "u".repeat(size);
      const down = "d".repeat(size);
      client.write(`POST /${size} HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n${up}`);
      const peer = await host;
      expect(await peer.readHead()).toContain(`Content-Length: ${size}`);
      expect(await peer.readBytes(size)).toBe(up);
      peer.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${size.toString(16)}\r\n${down}\r\n0\r\n\r\n`);
      await client.readHead();
      const chunks = await client.readTo("\r\n0\r\n\r\n");
      expect(withoutChunks(chunks)).toBe(down);
    }
  });

  test("that the host ends by closing are chunked for the client", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const client = await connectRaw(proxy.port);
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const host = await backend.accept();
    await host.readHead();
    host.write("HTTP/1.0 200 OK\r\n\r\nall of it");
    host.socket.end();
    const head = await client.readHead();
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n(?:.*\r\n)*transfer-encoding: chunked\r\n/u);
    expect(head).not.toMatch(/connection: close/u);
    expect(withoutChunks(await client.readTo("0\r\n\r\n"))).toBe("all of it");
  });

  test.each([
    ["HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", /Content-Length: 5\r\n/u],
    ["HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", /Transfer-Encoding: chunked\r\n/u],
    ["GET", "HTTP/1.1 204 No Content\r\n\r\n", /^HTTP\/1\.1 204/u],
    ["GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", /Content-Length: 5\r\n/u],
  ])("that %s has none of end with the head", async (method, response, expected) => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const client = await connectRaw(proxy.port);
    client.write(`${method} /1 HTTP/1.1\r\nHost: a\r\n\r\n`);
    const host = await backend.accept();
    await host.readHead();
    host.write(response);
    expect(await client.readHead()).toMatch(expected);
    client.write("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await host.readHead()).toContain("GET /2 ");
  });

  test("lose their trailers unless both sides take them", async () => {
    for (const enabled of [false, true]) {
      await using backend = await startRawBackend();
      const options = { http_protocol_options: { enable_trailers: enabled } };
      const typeName = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
      await using proxy = await startProxy({
        hosts: [backend.port],
        manager: options,
        cluster: {
          typed_extension_protocol_options: { [typeName]: { "@type": `type.googleapis.com/${typeName}`, explicit_http_config: options } },
        },
      });
      const client = await connectRaw(proxy.port);
      client.write("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: 1\r\n\r\n");
      const host = await backend.accept();
      await host.readHead();
      expect(await host.readTo("\r\n\r\n")).toBe(enabled ? "0\r\nX-Sum: 1\r\n\r\n" : "0\r\n\r\n");
      host.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: 2\r\n\r\n");
      await client.readHead();
      expect(await client.readTo("\r\n\r\n")).toBe(enabled ? "0\r\nX-Sum: 2\r\n\r\n" : "0\r\n\r\n");
    }
  });
});

describe("a client that expects a 100", () => {
  test("gets it from the proxy, and the host is not asked", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const client = await connectRaw(proxy.port);
    client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    expect(await client.readHead()).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    client.write("hello");
    const host = await backend.accept();
    expect(await host.readTo("hello")).not.toMatch(/\nexpect:/iu);
    // What the host says of its own accord is not passed on.
    host.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    expect(await client.readHead()).toMatch(/^HTTP\/1\.1 200 OK/u);
  });

  test("gets no 100 where the request is answered without its body", async () => {
    await using proxy = await startProxy({ routes: [{ match: { prefix: "/" }, direct_response: { status: 403 } }] });
    const client = await connectRaw(proxy.port);
    client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    expect(await client.readAll()).toMatch(/^HTTP\/1\.1 403 (?:.*\r\n)*connection: close\r\n/u);
  });

  test("has its expectation passed on where that is configured", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], manager: { proxy_100_continue: true } });
    const client = await connectRaw(proxy.port);
    client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    const host = await backend.accept();
    expect(await host.readHead()).toContain("Expect: 100-continue\r\n");
    expect(client.received).toBe("");
    host.write("HTTP/1.1 100 Continue\r\n\r\n");
    expect(await client.readHead()).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    client.write("hello");
    await host.readTo("hello");
  });
});

test("other interim responses are passed on", async () => {
  await using backend = await startRawBackend();
  await using proxy = await startProxy({ hosts: [backend.port] });
  const client = await connectRaw(proxy.port);
  client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const host = await backend.accept();
  await host.readHead();
  host.write("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n");
  expect(await client.readHead()).toBe("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n");
  host.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  expect(await client.readHead()).toMatch(/^HTTP\/1\.1 200 OK/u);
});

test("a response that comes before the request has ended ends the connection after it", async () => {
  await using backend = await startRawBackend();
  await using proxy = await startProxy({ hosts: [backend.port] });
  const client = await connectRaw(proxy.port);
  client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhello");
  const host = await backend.accept();
  await host.readTo("hello");
  host.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 8\r\n\r\ntoo long");
  expect(await client.readAll()).toMatch(/^HTTP\/1\.1 413 (?:.*\r\n)*connection: close\r\n\r\ntoo long$/u);
  // The host's connection has half a request on it.
  await host.readAll();
  expect(proxy.stat("downstream_rq_response_before_rq_complete")).toBe(1);
  // The client may go on sending for a while: its response must not be lost to a reset.
  client.write("more");
  await until(() => proxy.connections[0]?.bytesReceived === 59);
  expect(client.closed).toBe(false);
  proxy.runtime.advance(1100);
  await until(() => proxy.filter.activeConnections === 0);
  expect(proxy.stat("downstream_cx_delayed_close_timeout")).toBe(1);
});

describe("a response that breaks off", () => {
  test.each([
    ["with a length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"],
    ["in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"],
  ])("%s breaks off for the client", async (_, response) => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const client = await connectRaw(proxy.port);
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const host = await backend.accept();
    await host.readHead();
    host.write(response);
    await client.readTo("half");
    host.socket.destroy();
    const rest = await client.readAll();
    expect(rest).not.toContain("0\r\n");
    await until(() => proxy.logged.length === 1);
    expect(proxy.logged[0]).toMatchObject({ code: 200, flags: ResponseFlag.UpstreamProtocolError });
    expect(proxy.stat("downstream_rq_tx_reset")).toBe(1);
  });

  test("is a reset for a client that would take the end for the body's", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], manager: { http_protocol_options: { accept_http_10: true } } });
    const client = await connectRaw(proxy.port);
    client.write("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
    const host = await backend.accept();
    await host.readHead();
    host.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
    await client.readTo("half");
    host.socket.destroy();
    await client.waitForClose();
    expect(client.wasReset).toBe(true);
  });
});

describe("back-pressure", () => {
  const limit = 64 * 1024;
  const total = 16 * 1024 * 1024;

  test("a client that does not read stops the host from sending", async () => {
    await using backend = await startRawBackend();
    const perConnection = { per_connection_buffer_limit_bytes: limit };
    await using proxy = await startProxy({ hosts: [backend.port], bufferLimitBytes: limit, cluster: perConnection });
    const client = await connectRaw(proxy.port);
    client.socket.pause();
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const host = await backend.accept();
    await host.readHead();
    host.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
    host.write("x".repeat(total));
    const [downstream] = proxy.connections;
    await until(() => downstream?.aboveHighWatermark === true);
    const most = await highest(() => downstream?.pendingBytes ?? 0);
    // A read of 64 KiB may be under way when the limit is reached.
    expect(most).toBeLessThan(limit + 3 * 64 * 1024);
    expect(host.socket.writableLength).toBeGreaterThan(0);
    client.socket.resume();
    await client.readHead();
    expect((await client.readBytes(total)).length).toBe(total);
    const paused = proxy.clusterStat("upstream_flow_control_paused_reading_total");
    expect(paused).toBeGreaterThan(0);
    expect(proxy.clusterStat("upstream_flow_control_resumed_reading_total")).toBe(paused);
  });

  test("a host that does not read stops the client from sending", async () => {
    await using backend = await startRawBackend();
    const perConnection = { per_connection_buffer_limit_bytes: limit };
    await using proxy = await startProxy({ hosts: [backend.port], bufferLimitBytes: limit, cluster: perConnection });
    const client = await connectRaw(proxy.port);
    client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${total}\r\n\r\n`);
    const host = await backend.accept();
    await host.readHead();
    host.socket.pause();
    client.write("x".repeat(total));
    await until(() => proxy.stat("downstream_flow_control_paused_reading_total") === 1);
    const [downstream] = proxy.connections;
    const received = downstream?.bytesReceived ?? 0;
    const most = await highest(() => downstream?.bytesReceived ?? 0);
    expect(most).toBe(received);
    expect(client.socket.writableLength).toBeGreaterThan(0);
    host.socket.resume();
    expect((await host.readBytes(total)).length).toBe(total);
    expect(proxy.stat("downstream_flow_control_resumed_reading_total")).toBeGreaterThan(0);
    const backedUp = proxy.clusterStat("upstream_flow_control_backed_up_total");
    expect(backedUp).toBeGreaterThan(0);
    expect(proxy.clusterStat("upstream_flow_control_drained_total")).toBe(backedUp);
  });

  test("a body that waits for a connection is held up to the limit", async () => {
    await using backend = await startRawBackend();
    const oneConnection = { circuit_breakers: { thresholds: [{ max_connections: 1 }] } };
    await using proxy = await startProxy({ hosts: [backend.port], bufferLimitBytes: limit, cluster: oneConnection });
    const first = await connectRaw(proxy.port);
    first.write("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
    const host = await backend.accept();
    await host.readHead();
    const second = await connectRaw(proxy.port);
    second.write(`POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: ${total}\r\n\r\n`);
    second.write("x".repeat(total));
    await until(() => proxy.stat("downstream_flow_control_paused_reading_total") === 1);
    expect(proxy.connections[1]?.bytesReceived).toBeLessThan(limit + 3 * 64 * 1024);
    host.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    expect(await host.readHead()).toContain("POST /2 ");
    expect((await host.readBytes(total)).length).toBe(total);
  });

  test("a client that reads no responses gets no new ones", async () => {
    const body = "x".repeat(4096);
    await using proxy = await startProxy({
      bufferLimitBytes: limit,
      routes: [{ match: { prefix: "/" }, direct_response: { status: 200, body: { inline_string: body } } }],
    });
    const client = await connectRaw(proxy.port);
    client.socket.pause();
    const count = 4000;
    const requests = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(count);
    client.write(requests);
    const [downstream] = proxy.connections;
    await until(() => downstream?.aboveHighWatermark === true);
    const most = await highest(() => downstream?.pendingBytes ?? 0);
    // One read holds at most 64 KiB of requests, which are answered together.
    expect(most).toBeLessThan(limit + ((64 * 1024) / 27) * 4300);
    expect(downstream?.bytesReceived).toBeLessThan(requests.length + 1);
    client.socket.resume();
    await until(() => proxy.logged.length === count);
  });
});

/** The highest of the values that something has in a number of turns. */
async function highest(value: () => number): Promise<number> {
  let most = 0;
  for (let turn = 0; turn < 200; turn++) {
    most = Math.max(most, value());
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
  return most;
}

/** The data of a chunked body without trailers and extensions. */
function withoutChunks(text: string): string {
  let data = "";
  for (let at = 0; at < text.length;) {
    const end = text.indexOf("\r\n", at);
    const size = Number.parseInt(text.slice(at, end), 16);
    data += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
  return data;
}
