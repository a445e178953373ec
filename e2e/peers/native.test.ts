import { describe, expect, test } from "vitest";
import { curl, headerOf, runCurl } from "./curl.ts";
import { envoy, envoyHttpProxy, envoyTcpProxy, startEnvoy, validateWithEnvoy } from "./envoy.ts";
import { haproxy, startHaproxy } from "./haproxy.ts";
import { nginx, startNginxBackend, startNginxProxy } from "./nginx.ts";
import { freePort } from "./ports.ts";
import { requirePeer } from "./tools.ts";
import { runWrk, wrk } from "./wrk.ts";

describe.runIf(requirePeer(nginx, curl))("nginx as a back end, asked by curl", () => {
  test("answers with bodies of a length, chunked bodies and statuses", async () => {
    const backend = await startNginxBackend({ id: "b1", bodyBytes: [1000] });
    try {
      const plain = await runCurl(`${backend.url}/bytes/1000`);
      expect(plain).toMatchObject({ exitCode: 0, status: 200, error: "" });
      expect(plain.body.toString()).toBe("x".repeat(1000));
      expect(headerOf(plain, "content-length")).toBe("1000");
      expect(headerOf(plain, "X-Backend")).toBe("b1");

      const chunked = await runCurl(`${backend.url}/chunked/1000`);
      expect(headerOf(chunked, "transfer-encoding")).toBe("chunked");
      expect(chunked.body.length).toBe(1000);

      expect(await runCurl(`${backend.url}/status/503`)).toMatchObject({ exitCode: 0, status: 503 });
      expect(await runCurl(`${backend.url}/bytes/1000`, { method: "HEAD" })).toMatchObject({ exitCode: 0, status: 200 });
      expect(headerOf(await runCurl(`${backend.url}/close`), "connection")).toBe("close");
    } finally {
      await backend.stop();
    }
  });

  test("tells the request that it got", async () => {
    const backend = await startNginxBackend();
    try {
      const { body } = await runCurl(`${backend.url}/head`, { headers: { host: "acme.example", "x-request-id": "r1" } });
      expect(body.toString().split("\n").slice(0, 3)).toEqual(["GET /head HTTP/1.1", "acme.example", "r1"]);
      const posted = await runCurl(`${backend.url}/head`, { body: "a=b" });
      expect(posted.body.toString()).toMatch(/^POST \/head HTTP\/1\.1\n/);
    } finally {
      await backend.stop();
    }
  });

  test("curl tells why there was no answer", async () => {
    const result = await runCurl(`http://127.0.0.1:${await freePort()}/`);
    expect(result).toMatchObject({ exitCode: 7, status: 0 });
    expect(result.error).toContain("Failed to connect");
  });
});

describe.runIf(requirePeer(envoy))("Envoy", () => {
  test("accepts a configuration that it knows, and says what it does not know", async () => {
    expect(await validateWithEnvoy(envoyTcpProxy(10_000, 10_001))).toMatchObject({ isValid: true });
    const wrong = await validateWithEnvoy({ static_resources: { listenerz: [] } });
    expect(wrong.isValid).toBe(false);
    expect(wrong.output).toContain("listenerz");
  });
});

describe.runIf(requirePeer(nginx, curl, envoy, haproxy))("proxies to compare with", () => {
  test("nginx, HAProxy and Envoy carry HTTP", async () => {
    const backend = await startNginxBackend({ id: "b1" });
    const envoyPort = await freePort();
    const proxies = await Promise.all([
      startNginxProxy(backend.port),
      startHaproxy({ mode: "http", upstreamPorts: [backend.port] }),
      startEnvoy({ bootstrap: envoyHttpProxy(envoyPort, backend.port), ports: [envoyPort] }).then((peer) =>
        Object.assign(peer, { port: envoyPort }),
      ),
    ]);
    try {
      for (const proxy of proxies) {
        const result = await runCurl(`http://127.0.0.1:${proxy.port}/bytes/1024`);
        expect({
          proxy: proxy.name,
          status: result.status,
          bytes: result.body.length,
          backend: headerOf(result, "x-backend"),
        }).toEqual({ proxy: proxy.name, status: 200, bytes: 1024, backend: "b1" });
      }
    } finally {
      await Promise.all([backend, ...proxies].map((peer) => peer.stop()));
    }
  });

  test("HAProxy and Envoy carry bytes", async () => {
    const backend = await startNginxBackend();
    const envoyPort = await freePort();
    const tcp = await startHaproxy({ mode: "tcp", upstreamPorts: [backend.port] });
    const envoyPeer = await startEnvoy({ bootstrap: envoyTcpProxy(envoyPort, tcp.port), ports: [envoyPort] });
    try {
      expect((await runCurl(`http://127.0.0.1:${envoyPort}/`)).body.toString()).toBe("ok\n");
      const admin = await runCurl(`http://127.0.0.1:${envoyPeer.adminPort}/ready`);
      expect(admin.body.toString()).toBe("LIVE\n");
    } finally {
      await Promise.all([backend, tcp, envoyPeer].map((peer) => peer.stop()));
    }
  });
});

describe.runIf(requirePeer(nginx, wrk))("wrk", () => {
  test("loads and measures", async () => {
    const backend = await startNginxBackend();
    try {
      const result = await runWrk(`${backend.url}/bytes/1024`, { connections: 4, seconds: 1 });
      expect(result).toMatchObject({ failedStatuses: 0, socketErrors: 0 });
      expect(result.requests).toBeGreaterThan(100);
      expect(result.latency.p99).toBeGreaterThanOrEqual(result.latency.p50);

      const failing = await runWrk(`${backend.url}/status/503`, { connections: 1, seconds: 1 });
      expect(failing.failedStatuses).toBe(failing.requests);
    } finally {
      await backend.stop();
    }
  });
});
