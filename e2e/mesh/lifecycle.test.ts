/** The end of a sidecar under load, and what it listens on: unix sockets, PROXY protocol. */
import { writeFileSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { curl, runCurl } from "../peers/curl.ts";
import { haproxy } from "../peers/haproxy.ts";
import { httpListener, routeTo, startMosn, staticCluster, tcpListener, type Json, type MosnPeer } from "../peers/mosn.ts";
import { nginx, startNginxBackend } from "../peers/nginx.ts";
import { freePort } from "../peers/ports.ts";
import { startPeer, type Peer } from "../peers/process.ts";
import { makeScratch, removeScratch } from "../peers/scratch.ts";
import { requirePeer, toolPath } from "../peers/tools.ts";
import { ask, startHttpOrigin, type HttpAnswer } from "./origin.ts";
import { dial, exchange } from "./raw.ts";

/** Answers to all requests of some callers, each of which asks again and again until it is turned away. */
interface Load {
  readonly completed: number;
  readonly lost: readonly string[];
  readonly done: Promise<unknown>;
}

/** Keep-alive callers in a closed loop. A request that was sent and not answered whole is lost; a refused connection ends a caller. */
function loadUntilRefused(port: number, callers: number, path: string, isComplete: (answer: HttpAnswer) => boolean): Load {
  const lost: string[] = [];
  const state = { completed: 0, lost };
  const call = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      for (;;) {
        const answer = await ask(port, { path, agent });
        if (isComplete(answer)) state.completed++;
        else lost.push(`incomplete: ${answer.status}, ${answer.body.length} bytes`);
      }
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ECONNREFUSED")) lost.push(String(error));
    } finally {
      agent.destroy();
    }
  };
  return Object.assign(state, { done: Promise.all(Array.from({ length: callers }, call)) });
}

describe.runIf(requirePeer(nginx))("SIGTERM under keep-alive load", () => {
  test("no request is lost: each one that was sent is answered whole, and the process ends with 0", async () => {
    const backend = await startNginxBackend();
    const port = await freePort();
    const mosn = await startMosn({
      listeners: [httpListener(port, { routes: [routeTo("backend")] })],
      clusters: [staticCluster("backend", [backend.port])],
    });
    const load = loadUntilRefused(port, 16, "/bytes/1024", ({ status, body }) => status === 200 && body.length === 1024);
    await mosn.statReaches("http.in.downstream_rq_completed", 500);
    mosn.signal("SIGTERM");
    await load.done;
    expect(load.lost).toEqual([]);
    expect(load.completed).toBeGreaterThanOrEqual(500);
    expect(await mosn.exited).toEqual({ code: 0, signal: null });
    await backend.stop();
  });
});

describe("SIGTERM", () => {
  const slow = async (): Promise<{ mosn: MosnPeer; port: number; release: () => void; close: () => Promise<void> }> => {
    const waiting: (() => void)[] = [];
    const origin = await startHttpOrigin((_request, response) => {
      response.writeHead(200, { "content-length": "8" });
      response.write("half");
      waiting.push(() => response.end("full"));
    });
    const port = await freePort();
    const mosn = await startMosn({
      listeners: [httpListener(port, { routes: [routeTo("backend")] })],
      clusters: [staticCluster("backend", [origin.port])],
    });
    return { mosn, port, release: () => waiting.forEach((end) => end()), close: () => origin.close() };
  };

  test("waits for responses that have begun; new connections are refused meanwhile", async () => {
    const { mosn, port, release, close } = await slow();
    const answers = Array.from({ length: 5 }, () => ask(port));
    await mosn.statReaches("cluster.backend.upstream_rq_active", 5);
    mosn.signal("SIGTERM");
    await mosn.line(/draining for up to/);
    await expect(ask(port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    release();
    for (const answer of await Promise.all(answers)) expect(answer).toMatchObject({ status: 200, body: "halffull" });
    expect(await mosn.exited).toEqual({ code: 0, signal: null });
    await close();
  });

  test("closes connections that wait for their next request", async () => {
    const backend = await startHttpOrigin((_request, response) => response.end("ok"));
    const port = await freePort();
    const mosn = await startMosn({
      listeners: [httpListener(port, { routes: [routeTo("backend")] })],
      clusters: [staticCluster("backend", [backend.port])],
    });
    const socket = await dial(port);
    const ended = new Promise((resolve) => socket.once("end", resolve));
    const answered = new Promise((resolve) => socket.once("data", resolve));
    socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await answered;
    mosn.signal("SIGTERM");
    await ended;
    socket.destroy();
    expect(await mosn.exited).toEqual({ code: 0, signal: null });
    await backend.close();
  });

  test("with --drain-strategy gradual it does not wait for clients that have nothing to say either", async () => {
    const port = await freePort();
    const mosn = await startMosn({
      listeners: [httpListener(port, { routes: [routeTo("backend")] })],
      clusters: [staticCluster("backend", [1])],
      args: ["--drain-strategy", "gradual", "--drain-time-s", "2"],
    });
    const sockets = await Promise.all([dial(port), dial(port), dial(port)]);
    await mosn.statReaches("http.in.downstream_cx_active", 3);
    const ended = sockets.map((socket) => new Promise((resolve) => socket.resume().once("end", resolve)));
    mosn.signal("SIGTERM");
    await Promise.all(ended);
    for (const socket of sockets) socket.destroy();
    expect(await mosn.exited).toEqual({ code: 0, signal: null });
  });

  test("a second one ends it at once", async () => {
    const { mosn, port, close } = await slow();
    const answer = ask(port);
    answer.catch(() => {});
    await mosn.statReaches("cluster.backend.upstream_rq_active", 1);
    mosn.signal("SIGTERM");
    await mosn.line(/draining for up to/);
    mosn.signal("SIGTERM");
    await expect(answer).rejects.toThrow();
    expect((await mosn.exited).signal).toBeNull();
    await close();
  });

  test("after it /quitquitquit ends it at once", async () => {
    const { mosn, port, close } = await slow();
    const answer = ask(port);
    answer.catch(() => {});
    await mosn.statReaches("cluster.backend.upstream_rq_active", 1);
    mosn.signal("SIGTERM");
    await mosn.line(/draining for up to/);
    expect(await (await mosn.admin("/quitquitquit", "POST")).text()).toBe("OK\n");
    await expect(answer).rejects.toThrow();
    expect(await mosn.exited).toEqual({ code: 0, signal: null });
    await close();
  });

  test("with --drain-time-s it does not wait longer than that", async () => {
    const origin = await startHttpOrigin(() => {});
    const port = await freePort();
    const mosn = await startMosn({
      listeners: [httpListener(port, { routes: [routeTo("backend", { timeout: "0s" })] })],
      clusters: [staticCluster("backend", [origin.port])],
      args: ["--drain-time-s", "0.2"],
    });
    const answer = ask(port);
    answer.catch(() => {});
    await mosn.statReaches("cluster.backend.upstream_rq_active", 1);
    mosn.signal("SIGTERM");
    await expect(answer).rejects.toThrow();
    expect(await mosn.exited).toEqual({ code: 0, signal: null });
    await origin.close();
  });
});

const pipe = (path: string): Json => ({ pipe: { path } });

describe.runIf(requirePeer(nginx, curl))("unix sockets", () => {
  test("a listener on one, and a cluster whose host is one", async () => {
    const backend = await startNginxBackend({ id: "b1" });
    const scratch = makeScratch("sockets");
    const [nearPath, farPath] = [join(scratch, "near.sock"), join(scratch, "far.sock")];
    const far = await startMosn({
      listeners: [{ ...httpListener(0, { routes: [routeTo("backend")] }), address: pipe(farPath) }],
      clusters: [staticCluster("backend", [backend.port])],
    });
    const overPipe = {
      ...staticCluster("next", []),
      load_assignment: { cluster_name: "next", endpoints: [{ lb_endpoints: [{ endpoint: { address: pipe(farPath) } }] }] },
    };
    const near = await startMosn({
      listeners: [{ ...httpListener(0, { routes: [routeTo("next")] }), address: pipe(nearPath) }],
      clusters: [overPipe],
    });
    const result = await runCurl("http://localhost/bytes/1048576", { args: ["--unix-socket", nearPath] });
    expect([result.exitCode, result.status, result.body.length]).toEqual([0, 200, 1024 * 1024]);
    await near.stop();

    // What a killed process leaves behind is no obstacle for its successor.
    await far.kill();
    const successor = await startMosn({
      listeners: [{ ...httpListener(0, { routes: [routeTo("backend")] }), address: pipe(farPath) }],
      clusters: [staticCluster("backend", [backend.port])],
    });
    expect(await runCurl("http://localhost/", { args: ["--unix-socket", farPath] })).toMatchObject({ exitCode: 0, status: 200 });
    await successor.stop();
    await backend.stop();
    removeScratch(scratch);
  });
});

/** An HAProxy that passes bytes on and tells in a PROXY protocol header where they come from. */
async function startSendProxy(port: number, upstreamPort: number, version: "send-proxy" | "send-proxy-v2"): Promise<Peer> {
  const scratch = makeScratch("haproxy");
  const path = join(scratch, "haproxy.cfg");
  writeFileSync(
    path,
    `defaults
  mode tcp
  timeout connect 1s
  timeout client 60s
  timeout server 60s
listen in
  bind 127.0.0.1:${port}
  server s 127.0.0.1:${upstreamPort} ${version}
`,
  );
  return startPeer({ name: "HAProxy", command: toolPath(haproxy), args: ["-db", "-f", path], cwd: scratch, scratch, ready: [port] });
}

describe.runIf(requirePeer(nginx, curl, haproxy))("PROXY protocol", () => {
  const listenerFilters = (fields: Json = {}): Json => ({
    listener_filters: [
      {
        name: "envoy.filters.listener.proxy_protocol",
        typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol", ...fields },
      },
    ],
  });

  test.for(["send-proxy", "send-proxy-v2"] as const)(
    "of HAProxy's %s: nginx learns the address of the caller behind it",
    async (version) => {
      const backend = await startNginxBackend();
      const [port, front] = [await freePort(), await freePort()];
      const mosn = await startMosn({
        listeners: [{ ...httpListener(port, { routes: [routeTo("backend")], more: { use_remote_address: true } }), ...listenerFilters() }],
        clusters: [staticCluster("backend", [backend.port])],
      });
      const proxy = await startSendProxy(front, port, version);
      const result = await runCurl(`http://127.0.0.1:${front}/head`, { args: ["--interface", "127.0.0.2"] });
      expect(result.status).toBe(200);
      expect(result.body.toString().split("\n")[3]).toBe("127.0.0.2");
      await Promise.all([proxy, mosn, backend].map((peer) => peer.stop()));
    },
  );

  test("is demanded of everybody, unless it is said that it need not be there", async () => {
    const backend = await startNginxBackend();
    const [strictPort, laxPort] = [await freePort(), await freePort()];
    const lax = listenerFilters({ allow_requests_without_proxy_protocol: true });
    const mosn = await startMosn({
      listeners: [
        { ...tcpListener(strictPort, "backend"), ...listenerFilters() },
        { ...tcpListener(laxPort, "backend"), ...lax },
      ],
      clusters: [staticCluster("backend", [backend.port])],
    });
    const get = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    expect((await exchange(strictPort, get)).text).toBe("");
    expect((await exchange(strictPort, `PROXY TCP4 192.0.2.1 192.0.2.2 1000 80\r\n${get}`)).text).toMatch(/^HTTP\/1\.1 200 OK/);
    expect((await exchange(laxPort, get)).text).toMatch(/^HTTP\/1\.1 200 OK/);
    await Promise.all([mosn, backend].map((peer) => peer.stop()));
  });
});
