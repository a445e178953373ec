/** Messages of every shape through two `mosn`: curl → mosn → mosn → nginx, or a server of Node's where nginx cannot answer so. */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { curl, headerOf, runCurl } from "../peers/curl.ts";
import { httpListener, routeTo, startMosn, staticCluster } from "../peers/mosn.ts";
import { nginx, startNginxBackend, type NginxPeer } from "../peers/nginx.ts";
import { freePort } from "../peers/ports.ts";
import { makeScratch, removeScratch } from "../peers/scratch.ts";
import { requirePeer } from "../peers/tools.ts";
import { runWrk, wrk } from "../peers/wrk.ts";
import { startHttpPair, type HttpPair } from "./http-pair.ts";
import { ask, echo, startHttpOrigin, type Origin } from "./origin.ts";
import { dial, exchange, readAll } from "./raw.ts";

const mebibyte = 1024 * 1024;
const sha = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

describe.runIf(requirePeer(nginx, curl))("curl asks nginx through two mosn", () => {
  let backend: NginxPeer;
  let pair: HttpPair;

  beforeAll(async () => {
    backend = await startNginxBackend({ id: "b1", bodyBytes: [0, 1024, mebibyte, 8 * mebibyte] });
    pair = await startHttpPair([backend.port]);
  });

  afterAll(async () => {
    await pair?.stop();
    await backend?.stop();
  });

  test.for([0, 1024, mebibyte, 8 * mebibyte])("a body of %i bytes with its length, and the fields of nginx", async (bytes) => {
    const direct = await runCurl(`${backend.url}/bytes/${bytes}`);
    const through = await runCurl(`${pair.url}/bytes/${bytes}`);
    expect(through).toMatchObject({ exitCode: 0, status: 200, error: "" });
    for (const name of ["content-length", "content-type", "etag", "last-modified", "accept-ranges", "x-backend"]) {
      expect([name, headerOf(through, name)]).toEqual([name, headerOf(direct, name)]);
    }
    expect(sha(through.body)).toBe(sha(direct.body));
  });

  test.for([1024, mebibyte, 8 * mebibyte])("a chunked body of %i bytes", async (bytes) => {
    const through = await runCurl(`${pair.url}/chunked/${bytes}`);
    expect(through).toMatchObject({ exitCode: 0, status: 200, error: "" });
    expect(headerOf(through, "transfer-encoding")).toBe("chunked");
    expect(headerOf(through, "content-length")).toBeUndefined();
    expect(through.body.length).toBe(bytes);
    expect(through.body.every((byte) => byte === 0x78)).toBe(true);
  });

  test("HEAD: the length of what GET would send, and no body", async () => {
    const head = await runCurl(`${pair.url}/bytes/1024`, { method: "HEAD" });
    expect(head).toMatchObject({ exitCode: 0, status: 200 });
    expect(headerOf(head, "content-length")).toBe("1024");
  });

  test("204 and 304 have no body", async () => {
    const none = await runCurl(`${pair.url}/status/204`);
    expect(none).toMatchObject({ exitCode: 0, status: 204 });
    expect(none.body.length).toBe(0);
    expect(headerOf(none, "transfer-encoding")).toBeUndefined();
    const etag = headerOf(await runCurl(`${pair.url}/bytes/1024`), "etag") ?? "";
    expect(etag).not.toBe("");
    const unchanged = await runCurl(`${pair.url}/bytes/1024`, { headers: { "if-none-match": etag } });
    expect(unchanged).toMatchObject({ exitCode: 0, status: 304 });
    expect(unchanged.body.length).toBe(0);
    expect(headerOf(unchanged, "etag")).toBe(etag);
  });

  test("a range of a body", async () => {
    const part = await runCurl(`${pair.url}/bytes/1024`, { headers: { range: "bytes=10-19" } });
    expect(part).toMatchObject({ exitCode: 0, status: 206 });
    expect(headerOf(part, "content-range")).toBe("bytes 10-19/1024");
    expect(part.body.toString()).toBe("x".repeat(10));
  });

  test("answers without bodies leave the connection in step: all of them over one, and the one after them is right", async () => {
    const before = await pair.near.stat("http.in.downstream_cx_total");
    const upstreamBefore = await pair.far.stat("cluster.backend.upstream_cx_total");
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const etag = String((await ask(pair.port, { path: "/bytes/1024", agent })).headers.etag);
    for (let round = 0; round < 5; round++) {
      expect(await ask(pair.port, { path: "/bytes/1024", method: "HEAD", agent })).toMatchObject({ status: 200, body: "" });
      expect(await ask(pair.port, { path: "/status/204", agent })).toMatchObject({ status: 204, body: "" });
      expect(await ask(pair.port, { path: "/bytes/1024", headers: { "if-none-match": etag }, agent })).toMatchObject({
        status: 304,
        body: "",
      });
      expect(await ask(pair.port, { path: "/bytes/0", agent })).toMatchObject({ status: 200, body: "" });
      expect(await ask(pair.port, { path: "/chunked/0", agent })).toMatchObject({ status: 200, body: "" });
      expect(await ask(pair.port, { path: "/bytes/1024", agent })).toMatchObject({ status: 200, body: "x".repeat(1024) });
    }
    agent.destroy();
    expect(await pair.near.stat("http.in.downstream_cx_total")).toBe(before + 1);
    expect((await pair.far.stat("cluster.backend.upstream_cx_total")) - upstreamBefore).toBeLessThanOrEqual(1);
  });

  test("a response after which nginx closes is complete, and the caller's connection goes on", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const before = await pair.near.stat("http.in.downstream_cx_total");
    for (let round = 0; round < 3; round++) {
      const answer = await ask(pair.port, { path: "/close", agent });
      expect(answer).toMatchObject({ status: 200, body: "bye\n" });
      expect(answer.headers.connection).not.toBe("close");
    }
    agent.destroy();
    expect(await pair.near.stat("http.in.downstream_cx_total")).toBe(before + 1);
  });

  test("the caller's `Connection: close` is honoured", async () => {
    const { text, end } = await exchange(pair.port, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text.toLowerCase()).toContain("\r\nconnection: close\r\n");
    expect(text.endsWith("ok\n")).toBe(true);
    expect(end).toBe("closed");
  });

  test("pipelined requests are answered in their order", async () => {
    const socket = await dial(pair.port);
    const get = (path: string, more = ""): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n${more}\r\n`;
    socket.write(get("/bytes/1024") + get("/status/204") + get("/chunked/1024") + get("/", "Connection: close\r\n"));
    const { text } = await readAll(socket);
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(["200", "204", "200", "200"]);
    expect(text.endsWith("\r\n\r\nok\n")).toBe(true);
  });

  test("absolute-form: its authority is the Host that nginx sees", async () => {
    const { text } = await exchange(pair.port, "GET http://acme.example/head HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n");
    expect(text).toContain("GET /head HTTP/1.1\nacme.example\n");
  });
});

describe.runIf(requirePeer(nginx, wrk))("connections", () => {
  test("are kept and used again: thousands of requests on as many connections as there are callers", async () => {
    const backend = await startNginxBackend();
    const pair = await startHttpPair([backend.port]);
    const result = await runWrk(`${pair.url}/bytes/1024`, { connections: 8, seconds: 2 });
    expect(result).toMatchObject({ failedStatuses: 0, socketErrors: 0 });
    expect(await pair.far.stat("cluster.backend.upstream_rq_total")).toBeGreaterThanOrEqual(result.requests);
    // wrk opens one connection more than it loads, to see whether somebody listens.
    expect(await pair.near.stat("http.in.downstream_cx_total")).toBeLessThanOrEqual(9);
    expect(await pair.near.stat("cluster.next.upstream_cx_total")).toBeLessThanOrEqual(8);
    expect(await pair.far.stat("cluster.backend.upstream_cx_total")).toBeLessThanOrEqual(8);
    await pair.stop();
    await backend.stop();
  });
});

describe.runIf(requirePeer(curl))("bodies of requests", () => {
  let origin: Origin;
  let pair: HttpPair;
  let scratch: string;

  beforeAll(async () => {
    scratch = makeScratch("bodies");
    origin = await startHttpOrigin(echo);
    pair = await startHttpPair([origin.port]);
  });

  afterAll(async () => {
    await pair?.stop();
    await origin?.close();
    removeScratch(scratch);
  });

  const file = (bytes: number): string => {
    const path = join(scratch, String(bytes));
    writeFileSync(path, randomBytes(bytes));
    return path;
  };

  test.for([0, 1, 65_537, 3 * mebibyte])("%i bytes with their length, there and back", async (bytes) => {
    const path = file(bytes);
    const result = await runCurl(`${pair.url}/up?q=1`, { args: ["--data-binary", `@${path}`] });
    expect(result).toMatchObject({ exitCode: 0, status: 200, error: "" });
    expect(headerOf(result, "x-seen-line")).toBe("POST /up?q=1 HTTP/1.1");
    expect(headerOf(result, "x-seen-length")).toBe(String(bytes));
    expect(headerOf(result, "x-seen-encoding")).toBe("none");
    expect(result.body.equals(readFileSync(path))).toBe(true);
  });

  test.for([0, 1, 65_537, 3 * mebibyte])("%i bytes chunked, there and back", async (bytes) => {
    const path = file(bytes);
    const args = ["--data-binary", `@${path}`];
    const result = await runCurl(`${pair.url}/up`, { headers: { "transfer-encoding": "chunked" }, args });
    expect(result).toMatchObject({ exitCode: 0, status: 200, error: "" });
    expect(headerOf(result, "x-seen-length")).toBe("none");
    expect(headerOf(result, "x-seen-encoding")).toBe("chunked");
    expect(result.body.equals(readFileSync(path))).toBe(true);
  });

  test("Expect: 100-continue is answered with 100, then the body goes up", async () => {
    const path = file(200_000);
    const result = await runCurl(`${pair.url}/up`, {
      headers: { expect: "100-continue" },
      args: ["--verbose", "--data-binary", `@${path}`],
    });
    expect(result).toMatchObject({ exitCode: 0, status: 200 });
    expect(result.error).toContain("< HTTP/1.1 100 Continue");
    expect(result.body.equals(readFileSync(path))).toBe(true);
  });

  test("methods and fields of all kinds arrive as they were sent", async () => {
    for (const method of ["PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"]) {
      const result = await runCurl(`${pair.url}/x`, { method });
      expect([method, result.status, headerOf(result, "x-seen-line")]).toEqual([method, 200, `${method} /x HTTP/1.1`]);
    }
  });
});

describe.runIf(requirePeer(nginx, curl))("HTTP/1.0", () => {
  test("is refused with 426 unless it is allowed; allowed, it gets bodies that end with the connection", async () => {
    const backend = await startNginxBackend();
    const [strictPort, laxPort] = [await freePort(), await freePort()];
    const routes = [routeTo("backend")];
    const options = { accept_http_10: true, default_host_for_http_10: "fallback.example" };
    const mosn = await startMosn({
      listeners: [
        httpListener(strictPort, { routes }),
        httpListener(laxPort, { routes, more: { stat_prefix: "lax", http_protocol_options: options } }),
      ],
      clusters: [staticCluster("backend", [backend.port])],
    });
    expect(await runCurl(`http://127.0.0.1:${strictPort}/`, { args: ["--http1.0"] })).toMatchObject({ exitCode: 0, status: 426 });
    const lax = `http://127.0.0.1:${laxPort}`;
    const fixed = await runCurl(`${lax}/bytes/1024`, { args: ["--http1.0"] });
    expect(fixed).toMatchObject({ exitCode: 0, status: 200 });
    expect(fixed.body.length).toBe(1024);
    const unknown = await runCurl(`${lax}/chunked/1024`, { args: ["--http1.0"] });
    expect(unknown).toMatchObject({ exitCode: 0, status: 200 });
    expect(headerOf(unknown, "transfer-encoding")).toBeUndefined();
    expect(unknown.body.length).toBe(1024);
    const hostless = await exchange(laxPort, "GET /head HTTP/1.0\r\n\r\n");
    expect(hostless.text).toContain("\nfallback.example\n");
    await mosn.stop();
    await backend.stop();
  });
});
