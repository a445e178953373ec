/** Bytes that are meant to do harm, and peers that are slow on purpose. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { httpListener, routeTo, startMosn, staticCluster, type MosnPeer } from "../peers/mosn.ts";
import { nginx, startNginxBackend } from "../peers/nginx.ts";
import { freePort } from "../peers/ports.ts";
import { requirePeer } from "../peers/tools.ts";
import { readUsage } from "../peers/usage.ts";
import { startHttpPair } from "./http-pair.ts";
import { ask, startHttpOrigin, startTcpOrigin, type Origin } from "./origin.ts";
import { dial, exchange } from "./raw.ts";

const smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

/** A request head with these lines after the Host. */
const post = (...lines: string[]): string => ["POST / HTTP/1.1", "Host: h", ...lines].join("\r\n") + "\r\n\r\n";

/** Refused by the head alone: RFC 9112 §2.2, §3, §5, §6.1, §6.3, §11.2, and the public literature on request smuggling. */
const wrongHeads: Readonly<Record<string, string>> = {
  "Content-Length and Transfer-Encoding": post("Content-Length: 6", "Transfer-Encoding: chunked") + "0\r\n\r\n",
  "Transfer-Encoding and Content-Length": post("Transfer-Encoding: chunked", "Content-Length: 4") + "5c\r\n\r\n",
  "two different Content-Lengths": post("Content-Length: 3", "Content-Length: 4") + "abc",
  "the same Content-Length twice": post("Content-Length: 3", "Content-Length: 3") + "abc",
  "a list of Content-Lengths": post("Content-Length: 3, 3") + "abc",
  "a Content-Length with a sign": post("Content-Length: +3") + "abc",
  "a negative Content-Length": post("Content-Length: -3"),
  "a hexadecimal Content-Length": post("Content-Length: 0x3") + "abc",
  "a Content-Length with a space inside": post("Content-Length: 3 0"),
  "an empty Content-Length": post("Content-Length:"),
  "a Content-Length above 2⁶⁴": post("Content-Length: 18446744073709551619") + "abc",
  "a space before the colon": post("Transfer-Encoding : chunked") + "0\r\n\r\n",
  "a tab before the colon": post("Content-Length\t: 3") + "abc",
  "an unknown transfer coding": post("Transfer-Encoding: xchunked"),
  identity: post("Transfer-Encoding: identity"),
  "chunked that is not the last coding": post("Transfer-Encoding: chunked, identity") + "0\r\n\r\n",
  "chunked twice in a line": post("Transfer-Encoding: chunked, chunked") + "0\r\n\r\n",
  "chunked twice in two lines": post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + "0\r\n\r\n",
  "chunked with a vertical tab": post("Transfer-Encoding: \x0bchunked") + "0\r\n\r\n",
  "chunked in quotes": post('Transfer-Encoding: "chunked"') + "0\r\n\r\n",
  "Transfer-Encoding in a folded line": post("X: y", " Transfer-Encoding: chunked") + "0\r\n\r\n",
  "a folded value": post("X: y", "\tz"),
  "a folded first line": "GET / HTTP/1.1\r\n Host: h\r\n\r\n",
  "a bare line feed after a field": "POST / HTTP/1.1\r\nHost: h\nContent-Length: 3\r\n\r\nabc",
  "bare line feeds only": "GET / HTTP/1.1\nHost: h\n\n",
  "a bare carriage return in a value": post("X: y\rTransfer-Encoding: chunked"),
  "NUL in a value": post("X: y\0z"),
  "a control character in a value": post("X: y\x01z"),
  "NUL in a name": post("X\0: y"),
  "a field without a colon": post("X y"),
  "an empty name": post(": y"),
  "a name with a space": post("X y: z"),
  "no Host": "GET / HTTP/1.1\r\n\r\n",
  "two Hosts": "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
  "a Host with a space": "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
  "a Host with a slash": "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
  "no method": " / HTTP/1.1\r\nHost: h\r\n\r\n",
  "a method that is no token": "G(T / HTTP/1.1\r\nHost: h\r\n\r\n",
  "two spaces in the request line": "GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
  "a tab in the request line": "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n",
  "a space in the target": "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
  "a control character in the target": "GET /a\x01 HTTP/1.1\r\nHost: h\r\n\r\n",
  "no version": "GET /\r\nHost: h\r\n\r\n",
  "a version in small letters": "GET / http/1.1\r\nHost: h\r\n\r\n",
  "a version of two digits": "GET / HTTP/1.10\r\nHost: h\r\n\r\n",
  TLS: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
};

/** Refused where the body is read: its head may have gone up already, the request never does as a whole. */
const wrongBodies: Readonly<Record<string, string>> = {
  "a hexadecimal prefix": "0x3\r\nabc\r\n0\r\n\r\n",
  "a sign": "+3\r\nabc\r\n0\r\n\r\n",
  "a negative size": "-1\r\nabc\r\n0\r\n\r\n",
  "no size": "\r\nabc\r\n0\r\n\r\n",
  "a size above 2⁶⁴": "10000000000000003\r\nabc\r\n0\r\n\r\n",
  "a space before the size": " 3\r\nabc\r\n0\r\n\r\n",
  "a space inside the size": "3 0\r\nabc\r\n0\r\n\r\n",
  "a bare line feed after the size": "3\nabc\r\n0\r\n\r\n",
  "a bare line feed in an extension": "3;x=\ny\r\nabc\r\n0\r\n\r\n",
  "a bare carriage return in an extension": "3;x=\ry\r\nabc\r\n0\r\n\r\n",
  "no line end after the data": "3\r\nabcd\r\n0\r\n\r\n",
  "a bare line feed after the data": "3\r\nabc\n0\r\n\r\n",
  "a trailer with a space before its colon": "3\r\nabc\r\n0\r\nX : y\r\n\r\n",
  "a folded trailer": "3\r\nabc\r\n0\r\nX: y\r\n z\r\n\r\n",
};

describe("requests that would be understood differently by whoever is next", () => {
  let origin: Origin;
  let port: number;
  let mosn: MosnPeer;
  /** Requests that came to the back end whole. */
  const served: string[] = [];

  beforeAll(async () => {
    origin = await startHttpOrigin((request, response) => {
      request.resume().once("end", () => {
        served.push(request.url ?? "");
        response.end();
      });
    });
    port = await freePort();
    mosn = await startMosn({
      listeners: [httpListener(port, { routes: [routeTo("backend")] })],
      clusters: [staticCluster("backend", [origin.port])],
    });
  });

  afterAll(async () => {
    await mosn?.stop();
    await origin?.close();
  });

  test.for(Object.entries(wrongHeads))("%s: 400, the connection is closed and nothing goes up", async ([, bytes]) => {
    const before = await mosn.stat("cluster.backend.upstream_rq_total");
    const { text } = await exchange(port, bytes + smuggled);
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(text.toLowerCase()).toContain("\r\nconnection: close\r\n");
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(await mosn.stat("cluster.backend.upstream_rq_total")).toBe(before);
    expect(served).toEqual([]);
  });

  test.for(Object.entries(wrongBodies))(
    "a chunked body with %s: the request does not go up whole, and the connection is closed",
    async ([, body]) => {
      const { text } = await exchange(port, post("Transfer-Encoding: chunked") + body + smuggled);
      expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
      expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
      expect(served).toEqual([]);
    },
  );

  test("a body shorter than its length is no request", async () => {
    const socket = await dial(port);
    socket.end(post("Content-Length: 10") + "abc");
    await new Promise((resolve) => socket.resume().once("close", resolve));
    expect(served).toEqual([]);
  });

  test("another version of HTTP: 505", async () => {
    expect((await exchange(port, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).text).toMatch(/^HTTP\/1\.1 505 /);
    expect((await exchange(port, `GET / HTTP/3.0\r\nHost: h\r\n\r\n${smuggled}`)).text).toMatch(/^HTTP\/1\.1 505 /);
    expect(served).toEqual([]);
  });

  test("heads that are too long or have too many fields: 431", async () => {
    const long = await exchange(port, `GET / HTTP/1.1\r\nHost: h\r\nX: ${"x".repeat(100 * 1024)}\r\n\r\n`);
    expect(long.text).toMatch(/^HTTP\/1\.1 431 /);
    const many = await exchange(port, `GET / HTTP/1.1\r\nHost: h\r\n${"X: y\r\n".repeat(200)}\r\n`);
    expect(many.text).toMatch(/^HTTP\/1\.1 431 /);
    expect(served).toEqual([]);
  });

  test("all of them were counted, and a sound request is served as before", async () => {
    expect(await mosn.stat("http.in.downstream_cx_protocol_error")).toBeGreaterThanOrEqual(Object.keys(wrongHeads).length);
    expect(await ask(port, { path: "/sound" })).toMatchObject({ status: 200 });
    expect(served).toEqual(["/sound"]);
  });
});

describe("answers that would be understood differently by the caller", () => {
  const ok = "HTTP/1.1 200 OK\r\n";

  test.for([
    ["Content-Length and Transfer-Encoding", `${ok}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`],
    ["two different Content-Lengths", `${ok}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc`],
    ["a folded field", `${ok}X: y\r\n z\r\nContent-Length: 0\r\n\r\n`],
    ["a space before the colon", `${ok}Content-Length : 3\r\n\r\nabc`],
    ["a bare carriage return in a value", `${ok}X: y\rz\r\nContent-Length: 0\r\n\r\n`],
    ["a status of two digits", "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n"],
  ] as const)("%s: 502, and the host's connection is closed", async ([, bytes]) => {
    const closed = Promise.withResolvers<void>();
    const origin = await startTcpOrigin((socket) => {
      socket.once("end", () => {
        socket.end();
        closed.resolve();
      });
      socket.once("data", () => socket.write(bytes, "latin1"));
    });
    const port = await freePort();
    const mosn = await startMosn({
      listeners: [httpListener(port, { routes: [routeTo("backend")] })],
      clusters: [staticCluster("backend", [origin.port])],
    });
    expect(await ask(port)).toMatchObject({ status: 502 });
    await closed.promise;
    await mosn.stop();
    await origin.close();
  });

  test("bytes after an answer are not the answer to the next request", async () => {
    let connections = 0;
    const origin = await startTcpOrigin((socket) => {
      connections++;
      socket.once("data", () => {
        socket.write(`${ok}Content-Length: 2\r\n\r\nok${ok}Content-Length: 6\r\n\r\npoison`);
      });
    });
    const port = await freePort();
    const mosn = await startMosn({
      listeners: [httpListener(port, { routes: [routeTo("backend")] })],
      clusters: [staticCluster("backend", [origin.port])],
    });
    for (let round = 0; round < 3; round++) expect(await ask(port)).toMatchObject({ status: 200, body: "ok" });
    expect(connections).toBe(3);
    await mosn.stop();
    await origin.close();
  });
});

const total = 200 * 1024 * 1024;
const step = 1024 * 1024;
/** What a sidecar may grow by, of the 200 MiB that pass it: buffers, and garbage that is not collected yet. */
const mostGrowthKiB = 100 * 1024;

describe.runIf(requirePeer(nginx))("200 MiB that one side takes slowly are not held in memory", () => {
  test("a download", async () => {
    const backend = await startNginxBackend({ bodyBytes: [1024, total] });
    const pair = await startHttpPair([backend.port]);
    await ask(pair.port, { path: "/bytes/1024" });
    const sidecars = [pair.near, pair.far];
    const before = sidecars.map(({ pid }) => readUsage(pid).rssKiB);
    const most = [...before];
    const socket = await dial(pair.port);
    socket.write(`GET /bytes/${total} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
    let received = 0;
    let sinceStep = 0;
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      received += chunk.length;
      sinceStep += chunk.length;
      if (sinceStep < step) continue;
      sinceStep = 0;
      // While nothing is read here, both answer the admin port several times: time enough to take in what the next one sends.
      for (const [index, sidecar] of sidecars.entries()) {
        await sidecar.stat("server.uptime");
        most[index] = Math.max(most[index] ?? 0, readUsage(sidecar.pid).rssKiB);
      }
    }
    expect(received).toBeGreaterThan(total);
    for (const [index, rssKiB] of most.entries()) expect(rssKiB - (before[index] ?? 0)).toBeLessThan(mostGrowthKiB);
    await pair.stop();
    await backend.stop();
  });

  test("an upload", async () => {
    const arrived = { bytes: 0 };
    const resume: (() => void)[] = [];
    const origin = await startHttpOrigin((request, response) => {
      let sinceStep = 0;
      request.on("data", (chunk: Buffer) => {
        arrived.bytes += chunk.length;
        sinceStep += chunk.length;
        if (sinceStep < step) return;
        sinceStep = 0;
        request.pause();
        resume.push(() => request.resume());
      });
      request.once("end", () => {
        resume.push(() => {});
        response.end("done");
      });
    });
    const pair = await startHttpPair([origin.port]);
    await ask(pair.port, { method: "POST", body: "warm" });
    resume.length = 0;
    arrived.bytes = 0;
    const sidecars = [pair.near, pair.far];
    const before = sidecars.map(({ pid }) => readUsage(pid).rssKiB);
    const most = [...before];
    const socket = await dial(pair.port);
    let text = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.write(`POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: ${total}\r\n\r\n`);
    const piece = Buffer.alloc(step, "x");
    const send = async (): Promise<void> => {
      for (let sent = 0; sent < total; sent += step) {
        if (!socket.write(piece)) await new Promise((resolve) => socket.once("drain", resolve));
      }
    };
    socket.once("end", () => socket.end());
    const sending = send();
    while (arrived.bytes < total) {
      for (const [index, sidecar] of sidecars.entries()) {
        await sidecar.stat("server.uptime");
        most[index] = Math.max(most[index] ?? 0, readUsage(sidecar.pid).rssKiB);
      }
      resume.shift()?.();
    }
    await sending;
    await closed;
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    for (const [index, rssKiB] of most.entries()) expect(rssKiB - (before[index] ?? 0)).toBeLessThan(mostGrowthKiB);
    await pair.stop();
    await origin.close();
  });
});
