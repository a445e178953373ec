import { describe, expect, test } from "vitest";
import { ResponseFlag } from "../access-log/index.ts";
import { connectRaw, startProxy, startRawBackend, until } from "./testing.ts";

/** What follows each: were it taken for a request of its own, the back end would see it. */
const smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

const headers = (...lines: string[]): string => ["POST / HTTP/1.1", "Host: a", ...lines, "", ""].join("\r\n");

const refused: readonly (readonly [name: string, bytes: string, status: number])[] = [
  ["Content-Length and Transfer-Encoding", headers("Content-Length: 6", "Transfer-Encoding: chunked") + "0\r\n\r\n", 400],
  ["Transfer-Encoding and Content-Length", headers("Transfer-Encoding: chunked", "Content-Length: 6") + "0\r\n\r\n", 400],
  ["two different lengths", headers("Content-Length: 0", "Content-Length: 39"), 400],
  ["two equal lengths", headers("Content-Length: 0", "Content-Length: 0"), 400],
  ["a list of lengths", headers("Content-Length: 0, 0"), 400],
  ["a signed length", headers("Content-Length: +0"), 400],
  ["a hexadecimal length", headers("Content-Length: 0x0"), 400],
  ["an empty length", headers("Content-Length: "), 400],
  ["two codings that are both chunked", headers("Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + "0\r\n\r\n", 400],
  ["chunked twice", headers("Transfer-Encoding: chunked, chunked") + "0\r\n\r\n", 400],
  ["chunked not last", headers("Transfer-Encoding: chunked, identity") + "0\r\n\r\n", 400],
  ["an unknown coding", headers("Transfer-Encoding: xchunked") + "0\r\n\r\n", 400],
  ["a coding with a vertical tab", headers("Transfer-Encoding: \vchunked") + "0\r\n\r\n", 400],
  ["a coding in quotes", headers('Transfer-Encoding: "chunked"') + "0\r\n\r\n", 400],
  ["another coding before chunked", headers("Transfer-Encoding: gzip, chunked") + "0\r\n\r\n", 501],
  ["white space before the colon", headers("Transfer-Encoding : chunked") + "0\r\n\r\n", 400],
  ["a folded line", headers("X: y", " Transfer-Encoding: chunked") + "0\r\n\r\n", 400],
  ["a line that begins with white space", "POST / HTTP/1.1\r\n Host: a\r\n\r\n", 400],
  ["a bare LF between fields", "POST / HTTP/1.1\r\nHost: a\nContent-Length: 0\r\n\r\n", 400],
  ["a bare CR in a value", headers("X: y\rContent-Length: 0"), 400],
  ["a NUL in a value", headers("X: y\0"), 400],
  ["a field without a name", headers(": y"), 400],
  ["a name with a space", headers("Content Length: 0"), 400],
  ["no Host", "POST / HTTP/1.1\r\n\r\n", 400],
  ["two Hosts", headers("Host: b"), 400],
  ["a Host that is a list", "POST / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400],
  ["a Host with a path", "POST / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400],
  ["a target with a space", "POST /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["a target with a fragment", "POST /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["user information in the target", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["HTTP/0.9", "GET /\r\n\r\n", 400],
  ["HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505],
  ["Transfer-Encoding in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400],
  ["too many fields", headers(...Array.from({ length: 101 }, (_, i) => `X-${i}: y`)), 431],
  ["too long a field", headers(`X: ${"y".repeat(70_000)}`), 431],
];

/** Bodies that go wrong after their head has been forwarded. */
const brokenBodies: readonly (readonly [name: string, body: string])[] = [
  ["a chunk size with a sign", "+0\r\n\r\n"],
  ["a chunk size in 0x", "0x5\r\nhello\r\n0\r\n\r\n"],
  ["a chunk size over 2^53", "FFFFFFFFFFFFFFFFFF\r\n"],
  ["a negative chunk size", "-1\r\n"],
  ["a chunk size with an underscore", "1_0\r\n"],
  ["a chunk that is longer than it says", "3\r\nhello\r\n0\r\n\r\n"],
  ["a bare LF after a chunk size", "5\nhello\r\n0\r\n\r\n"],
  ["a bare LF in a chunk extension", "5;a\nhello\r\n0\r\n\r\n"],
  ["a bare CR in a chunk extension", "5;a\rb\r\nhello\r\n0\r\n\r\n"],
  ["Content-Length in a trailer", "0\r\nContent-Length: 5\r\n\r\n"],
  ["Transfer-Encoding in a trailer", "0\r\nTransfer-Encoding: chunked\r\n\r\n"],
  ["Host in a trailer", "0\r\nHost: b\r\n\r\n"],
];

describe("through the whole proxy", () => {
  test.each(refused)("%s is refused, and nothing reaches the host", async (_, bytes, status) => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const client = await connectRaw(proxy.port);
    client.write(bytes + smuggled);
    expect(await client.readAll()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} (?:.*\\r\\n)*connection: close\\r\\n`, "u"));
    expect(backend.connections).toHaveLength(0);
    expect(proxy.stat("downstream_cx_protocol_error")).toBe(1);
    expect(proxy.logged).toEqual([expect.objectContaining({ code: status, flags: ResponseFlag.DownstreamProtocolError, path: undefined })]);
  });

  test.each(brokenBodies)("%s ends request and connection, and what follows reaches no host", async (_, body) => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const client = await connectRaw(proxy.port);
    client.write(headers("Transfer-Encoding: chunked") + body + smuggled);
    expect(await client.readAll()).toMatch(/^HTTP\/1\.1 400 (?:.*\r\n)*connection: close\r\n/u);
    // Whatever was sent to a host is there before the request of another client.
    const other = await connectRaw(proxy.port);
    other.write("GET /barrier HTTP/1.1\r\nHost: a\r\n\r\n");
    await until(() => backend.connections.some(({ received }) => received.includes("/barrier")));
    for (const host of backend.connections) expect(host.received).not.toContain("smuggled");
    expect(proxy.logged).toEqual([expect.objectContaining({ code: 400, flags: ResponseFlag.DownstreamProtocolError })]);
  });

  test.each([
    ["Content-Length and Transfer-Encoding", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"],
    ["a bare LF", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"],
    ["no status", "HTTP/1.1 OK\r\n\r\n"],
    ["another protocol", "SSH-2.0-OpenSSH_9.0\r\n"],
    ["an upgrade that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"],
  ])("a response with %s becomes a 502", async (_, response) => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const client = await connectRaw(proxy.port);
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const host = await backend.accept();
    await host.readHead();
    host.write(response);
    expect(await client.readHead()).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/u);
    await host.readAll();
    expect(proxy.clusterStat("upstream_cx_protocol_error")).toBe(1);
    expect(proxy.logged[0]?.flags).toBe(ResponseFlag.UpstreamProtocolError);
  });

  test("a second response to one request reaches nobody, and ends the connection", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const client = await connectRaw(proxy.port);
    client.write("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    const host = await backend.accept();
    await host.readHead();
    host.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirstHTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned");
    await client.readTo("first");
    await host.readAll();
    const other = await backend.accept();
    expect(await other.readHead()).toContain("GET /2 ");
    other.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond");
    expect(await client.readTo("second")).not.toContain("poisoned");
    expect(proxy.clusterStat("upstream_cx_protocol_error")).toBe(1);
  });
});
