/** TcpProxy: bytes of any protocol, both ways, to their ends. */
import { createHash, randomBytes, type Hash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { curl, runCurl } from "../peers/curl.ts";
import { startMosn, staticCluster, tcpListener, type Json, type MosnPeer } from "../peers/mosn.ts";
import { nginx, startNginxBackend } from "../peers/nginx.ts";
import { freePort } from "../peers/ports.ts";
import { makeScratch, removeScratch } from "../peers/scratch.ts";
import { requirePeer } from "../peers/tools.ts";
import { readUsage } from "../peers/usage.ts";
import { startTcpOrigin } from "./origin.ts";
import { dial, exchange, readAll } from "./raw.ts";

const mebibyte = 1024 * 1024;

/** Two sidecars in a row before some ports; the first one's filter may have more fields. */
async function startTcpPair(
  ports: readonly number[],
  more: Json = {},
): Promise<{ port: number; near: MosnPeer; far: MosnPeer; stop(): Promise<void> }> {
  const [port, farPort] = [await freePort(), await freePort()];
  const far = await startMosn({ listeners: [tcpListener(farPort, "backend")], clusters: [staticCluster("backend", ports)] });
  const near = await startMosn({ listeners: [tcpProxy(port, { cluster: "next", ...more })], clusters: [staticCluster("next", [farPort])] });
  return { port, near, far, stop: async () => void (await Promise.all([near.stop(), far.stop()])) };
}

/** A listener whose TcpProxy has these fields. */
function tcpProxy(port: number, fields: Json): Json {
  const typed = { "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", stat_prefix: "in", ...fields };
  return { ...tcpListener(port, ""), filter_chains: [{ filters: [{ name: "tcp", typed_config: typed }] }] };
}

/** Sends pieces of random bytes as fast as they are taken, then says that nothing follows. Returns their hash. */
async function sendRandom(socket: Socket, bytes: number): Promise<string> {
  const hash = createHash("sha256");
  const piece = randomBytes(mebibyte);
  for (let sent = 0; sent < bytes; sent += piece.length) {
    piece.writeUInt32BE(sent, 0);
    const copy = Buffer.from(piece);
    hash.update(copy);
    if (!socket.write(copy)) await new Promise((resolve) => socket.once("drain", resolve));
  }
  socket.end();
  return hash.digest("hex");
}

/** The hash of all that comes. */
function receive(socket: Socket): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash: Hash = createHash("sha256");
  let bytes = 0;
  return new Promise((resolve, reject) => {
    socket.on("data", (chunk: Buffer) => {
      hash.update(chunk);
      bytes += chunk.length;
    });
    socket.once("end", () => resolve({ sha256: hash.digest("hex"), bytes }));
    socket.once("error", reject);
  });
}

describe("through two mosn", () => {
  test("100 MiB each way at once arrive as they were sent", async () => {
    const size = 100 * mebibyte;
    const atServer = Promise.withResolvers<{ sent: string; received: { sha256: string; bytes: number } }>();
    const origin = await startTcpOrigin((socket) => {
      void Promise.all([sendRandom(socket, size), receive(socket)]).then(
        ([sent, received]) => atServer.resolve({ sent, received }),
        atServer.reject,
      );
    });
    const pair = await startTcpPair([origin.port]);
    const socket = await dial(pair.port);
    const [sent, received] = await Promise.all([sendRandom(socket, size), receive(socket)]);
    const server = await atServer.promise;
    expect(server.received).toEqual({ sha256: sent, bytes: size });
    expect(received).toEqual({ sha256: server.sent, bytes: size });
    expect(await pair.far.stat("cluster.backend.upstream_cx_rx_bytes_total")).toBe(size);
    expect(await pair.far.stat("cluster.backend.upstream_cx_tx_bytes_total")).toBe(size);
    await pair.stop();
    await origin.close();
  });

  test("200 MiB that are read slowly are not held in memory", async () => {
    const size = 200 * mebibyte;
    const origin = await startTcpOrigin((socket) => void sendRandom(socket, size));
    const pair = await startTcpPair([origin.port]);
    const sidecars = [pair.near, pair.far];
    const before = sidecars.map(({ pid }) => readUsage(pid).rssKiB);
    const most = [...before];
    const socket = await dial(pair.port);
    let bytes = 0;
    let sinceStep = 0;
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      sinceStep += chunk.length;
      if (sinceStep < mebibyte) continue;
      sinceStep = 0;
      for (const [index, sidecar] of sidecars.entries()) {
        await sidecar.stat("server.uptime");
        most[index] = Math.max(most[index] ?? 0, readUsage(sidecar.pid).rssKiB);
      }
    }
    expect(bytes).toBe(size);
    for (const [index, rssKiB] of most.entries()) expect(rssKiB - (before[index] ?? 0)).toBeLessThan(100 * 1024);
    await pair.stop();
    await origin.close();
  });

  test("half-closed connections: the answer that begins once the question has ended arrives whole", async () => {
    const origin = await startTcpOrigin((socket) => {
      let question = "";
      socket.setEncoding("utf8").on("data", (text: string) => (question += text));
      socket.once("end", () => socket.end(question.toUpperCase()));
    });
    const pair = await startTcpPair([origin.port]);
    const socket = await dial(pair.port);
    socket.end("what is this");
    expect(await readAll(socket)).toEqual({ text: "WHAT IS THIS", end: "closed" });
    await pair.stop();
    await origin.close();
  });

  test("the server's end is passed on while the client still sends", async () => {
    const received = Promise.withResolvers<string>();
    const origin = await startTcpOrigin((socket) => {
      let text = "";
      socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      socket.once("end", () => received.resolve(text));
      socket.end("goodbye");
    });
    const pair = await startTcpPair([origin.port]);
    const socket = await dial(pair.port);
    const { text } = await new Promise<{ text: string }>((resolve) => {
      let greeting = "";
      socket.setEncoding("utf8").on("data", (chunk: string) => (greeting += chunk));
      socket.once("end", () => resolve({ text: greeting }));
    });
    expect(text).toBe("goodbye");
    socket.end("the last word");
    expect(await received.promise).toBe("the last word");
    await pair.stop();
    await origin.close();
  });

  test("resets are passed on as resets, both ways", async () => {
    const accepted: ((socket: Socket) => void)[] = [];
    const next = (): Promise<Socket> => new Promise((resolve) => accepted.push(resolve));
    const origin = await startTcpOrigin((socket) => {
      // A reset before the first byte could meet a proxy that is not yet connected.
      socket.once("data", () => accepted.shift()?.(socket));
    });
    const pair = await startTcpPair([origin.port]);

    const firstAccepted = next();
    const first = await dial(pair.port);
    first.write("x");
    const server = await firstAccepted;
    const seenByServer = new Promise<string | undefined>((resolve) => {
      server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
      server.once("end", () => resolve("end"));
    });
    first.resetAndDestroy();
    expect(await seenByServer).toBe("ECONNRESET");

    const secondAccepted = next();
    const second = await dial(pair.port);
    second.write("x");
    const seenByClient = readAll(second);
    (await secondAccepted).resetAndDestroy();
    expect(await seenByClient).toMatchObject({ end: "reset" });
    await pair.stop();
    await origin.close();
  });

  test.runIf(requirePeer(nginx, curl))("curl and nginx do not notice", async () => {
    const backend = await startNginxBackend({ id: "b1" });
    const pair = await startTcpPair([backend.port]);
    for (const path of ["/", "/bytes/1048576", "/chunked/1048576", "/status/204"]) {
      const [direct, through] = await Promise.all(
        [`http://127.0.0.1:${backend.port}${path}`, `http://127.0.0.1:${pair.port}${path}`].map((url) => runCurl(url)),
      );
      const withoutDate = (result: typeof direct): unknown => ({ ...result, headers: result?.headers.filter(([name]) => name !== "Date") });
      expect(withoutDate(through)).toEqual(withoutDate(direct));
    }
    await pair.stop();
    await backend.stop();
  });
});

describe("one mosn", () => {
  test("shares connections among clusters by weight", async () => {
    const [blue, green] = await Promise.all(["blue", "green"].map((name) => startTcpOrigin((socket) => socket.end(name))));
    if (blue === undefined || green === undefined) throw new Error("no origins");
    const port = await freePort();
    const weighted_clusters = {
      clusters: [
        { name: "blue", weight: 80 },
        { name: "green", weight: 20 },
      ],
    };
    const mosn = await startMosn({
      listeners: [tcpProxy(port, { weighted_clusters })],
      clusters: [staticCluster("blue", [blue.port]), staticCluster("green", [green.port])],
    });
    let blues = 0;
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all(Array.from({ length: 25 }, () => exchange(port, "")));
      blues += answers.filter(({ text }) => text === "blue").length;
    }
    // Ten standard deviations to either side: a fair coin of 0.8 does not leave that range.
    expect(blues / 500).toBeGreaterThan(0.62);
    expect(blues / 500).toBeLessThan(0.98);
    expect(await mosn.stat("cluster.blue.upstream_cx_total")).toBe(blues);
    expect(await mosn.stat("tcp.in.downstream_cx_total")).toBe(500);
    await mosn.stop();
    await Promise.all([blue.close(), green.close()]);
  });

  test("tries another host where one cannot be connected to, as often as configured; with none left it closes", async () => {
    const origin = await startTcpOrigin((socket) => socket.end("served"));
    const [port, lonely] = [await freePort(), await freePort()];
    const mosn = await startMosn({
      listeners: [
        tcpProxy(port, { cluster: "backend", max_connect_attempts: 2 }),
        tcpProxy(lonely, { cluster: "nobody", stat_prefix: "lonely" }),
      ],
      clusters: [staticCluster("backend", [await freePort(), origin.port]), staticCluster("nobody", [await freePort()])],
    });
    for (let round = 0; round < 4; round++) expect((await exchange(port, "")).text).toBe("served");
    expect(await mosn.stat("cluster.backend.upstream_cx_connect_fail")).toBeGreaterThan(0);
    expect((await exchange(lonely, "")).text).toBe("");
    expect(await mosn.stat("cluster.nobody.upstream_cx_connect_fail")).toBe(1);
    await mosn.stop();
    await origin.close();
  });

  test("turns connections away above max_connections", async () => {
    const origin = await startTcpOrigin((socket) => void socket.pipe(socket));
    const port = await freePort();
    const mosn = await startMosn({
      listeners: [tcpListener(port, "backend")],
      clusters: [staticCluster("backend", [origin.port], { circuit_breakers: { thresholds: [{ max_connections: 1 }] } })],
    });
    const first = await dial(port);
    const echoed = new Promise((resolve) => first.once("data", resolve));
    first.write("x");
    await echoed;
    expect((await exchange(port, "x")).text).toBe("");
    expect(await mosn.stat("cluster.backend.upstream_cx_overflow")).toBe(1);
    first.destroy();
    await mosn.stop();
    await origin.close();
  });

  test("ends a connection that is silent for the idle timeout, and logs each when it ends", async () => {
    const origin = await startTcpOrigin((socket) => void socket.pipe(socket));
    const scratch = makeScratch("tcp-log");
    const path = join(scratch, "access.log");
    const log = {
      name: "envoy.access_loggers.file",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
        path,
        log_format: {
          text_format_source: { inline_string: "%RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %UPSTREAM_CLUSTER% %UPSTREAM_HOST%\n" },
        },
      },
    };
    const port = await freePort();
    const mosn = await startMosn({
      listeners: [tcpProxy(port, { cluster: "backend", idle_timeout: "0.3s", access_log: [log] })],
      clusters: [staticCluster("backend", [origin.port])],
    });
    expect((await exchange(port, "four")).text).toBe("four");
    expect(await mosn.stat("tcp.in.idle_timeout")).toBe(1);
    await mosn.stop();
    expect(readFileSync(path, "utf8")).toBe(`SI 4 4 backend 127.0.0.1:${origin.port}\n`);
    await origin.close();
    removeScratch(scratch);
  });

  test("chooses among filter chains by where a connection comes from", async () => {
    const [one, rest] = await Promise.all(["one", "rest"].map((name) => startTcpOrigin((socket) => socket.end(name))));
    if (one === undefined || rest === undefined) throw new Error("no origins");
    const port = await freePort();
    const chain = (cluster: string): Json => (tcpListener(port, cluster)["filter_chains"] as Json[])[0] ?? {};
    const match = { filter_chain_match: { source_prefix_ranges: [{ address_prefix: "127.0.0.2", prefix_len: 32 }] } };
    const mosn = await startMosn({
      listeners: [{ ...tcpListener(port, ""), filter_chains: [{ ...chain("one"), ...match }], default_filter_chain: chain("rest") }],
      clusters: [staticCluster("one", [one.port]), staticCluster("rest", [rest.port])],
    });
    expect((await readAll(await dial(port, "127.0.0.2"))).text).toBe("one");
    expect((await readAll(await dial(port))).text).toBe("rest");
    await mosn.stop();
    await Promise.all([one.close(), rest.close()]);
  });
});
