/**
 * What Istio's documentation teaches its users to write, as a real Envoy understands it from this pilot: beside an application and as a gateway,
 * in state of the world and delta. No update is refused.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ask, startHttpOrigin, startTcpOrigin, type HttpAnswer, type HttpAsk, type Origin } from "../mesh/origin.ts";
import { until } from "../mesh/xds-mosn.ts";
import { envoy, type EnvoyPeer } from "../peers/envoy.ts";
import { makeCertificate, openssl } from "../peers/openssl.ts";
import { startPilot, type PilotPeer } from "../peers/pilot.ts";
import { freePort } from "../peers/ports.ts";
import { makeScratch, removeScratch } from "../peers/scratch.ts";
import { requirePeer } from "../peers/tools.ts";
import { refusedBy, startConfiguredEnvoy } from "./configured.ts";

const versions = ["v1", "v2", "v3"] as const;

const protocols = requirePeer(envoy) ? (["sotw", "delta"] as const) : [];

describe.each(protocols)("Envoy beside an application, by %s", (protocol) => {
  const origins = new Map<string, Origin>();
  const seen = new Map<string, number>();
  let folder: string;
  let pilot: PilotPeer;
  let sidecar: EnvoyPeer;
  let port: number;

  /** The application's services: `reviews` in three versions, as in Istio's bookinfo. */
  const services = (): string => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{number: ${port}, name: http, protocol: HTTP}]
  endpoints:
${versions.map((version) => `  - {address: 127.0.0.1, ports: {http: ${origins.get(version)?.port}}, labels: {version: ${version}}}`).join("\n")}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets:
${versions.map((version) => `  - {name: ${version}, labels: {version: ${version}}}`).join("\n")}
`;

  const virtualService = (http: string): string => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
${http}`;

  const write = (file: string, text: string): void => writeFileSync(join(folder, file), text);
  const askReviews = (options: HttpAsk = {}): Promise<HttpAnswer> =>
    ask(port, { ...options, headers: { host: "reviews", ...options.headers } });

  let written = 0;

  /** Resolves once the sidecar has the rule. */
  async function follows(http: string): Promise<void> {
    const mark = `rule ${++written}`;
    write(
      "rule.yaml",
      virtualService(`  - {match: [{uri: {exact: /which-rule}}], directResponse: {status: 299, body: {string: ${mark}}}}\n${http}`),
    );
    await until(async () => (await askReviews({ path: "/which-rule" })).body === mark);
  }

  /** The versions that answered, with how often. */
  async function answers(count: number, options: HttpAsk = {}): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (let at = 0; at < count; at++) {
      const { body, status } = await askReviews(options);
      const key = status === 200 ? body : String(status);
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  }

  const to = (subset: string): string => `{destination: {host: reviews, subset: ${subset}}}`;

  /** The first statistic that a pattern has. */
  async function stat(pattern: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${sidecar.adminPort}/stats?filter=${encodeURIComponent(pattern)}`)).text();
    return Number(/: (\d+)$/m.exec(text)?.[1] ?? 0);
  }

  beforeAll(async () => {
    folder = makeScratch("istio-docs");
    for (const version of versions) {
      const origin = await startHttpOrigin((incoming, response) => {
        seen.set(version, (seen.get(version) ?? 0) + 1);
        response.setHeader("x-path", incoming.url ?? "");
        response.setHeader("x-host", incoming.headers.host ?? "");
        response.setHeader("x-added", incoming.headers["x-added"] ?? "");
        const status = /^\/status\/(\d+)/.exec(incoming.url ?? "")?.[1];
        if (status !== undefined) response.statusCode = Number(status);
        const delay = /^\/delay\/(\d+)/.exec(incoming.url ?? "")?.[1];
        if (delay === undefined) response.end(version);
        else setTimeout(() => response.end(version), Number(delay));
      });
      origins.set(version, origin);
    }
    port = await freePort();
    write("services.yaml", services());
    pilot = await startPilot({ configDir: folder });
    sidecar = await startConfiguredEnvoy({ pilot: pilot.grpcAddress, protocol, ports: [port] });
  });

  afterAll(async () => {
    await sidecar.stop();
    await pilot.stop();
    await Promise.all([...origins.values()].map((origin) => origin.close()));
    removeScratch(folder);
  });

  afterEach(async () => {
    expect(await refusedBy(sidecar)).toEqual([]);
    rmSync(join(folder, "rule.yaml"), { force: true });
    await until(async () => (await askReviews({ path: "/which-rule" })).status === 200);
  });

  test("without a rule all versions answer", async () => {
    await until(
      async () =>
        Object.keys(await answers(30))
          .sort()
          .join() === "v1,v2,v3",
    );
  });

  test("request routing: one user gets v2, all others v1", async () => {
    await follows(`  - {match: [{headers: {end-user: {exact: jason}}}], route: [${to("v2")}]}\n  - {route: [${to("v1")}]}`);
    expect(await answers(5, { headers: { "end-user": "jason" } })).toEqual({ v2: 5 });
    expect(await answers(5, { headers: { "end-user": "other" } })).toEqual({ v1: 5 });
  });

  test("traffic shifting: half, then all to v3", async () => {
    const weights = (v1: number, v3: number): string =>
      `  - {route: [{destination: {host: reviews, subset: v1}, weight: ${v1}}, {destination: {host: reviews, subset: v3}, weight: ${v3}}]}`;
    await follows(weights(50, 50));
    const half = await answers(400);
    expect(half["v1"]).toBeGreaterThan(120);
    expect(half["v3"]).toBeGreaterThan(120);
    await follows(weights(0, 100));
    expect(await answers(5)).toEqual({ v3: 5 });
  });

  test("fault injection: a share of a user's requests is aborted, the delay of another's is added", async () => {
    await follows(
      `  - {match: [{headers: {end-user: {exact: jason}}}], fault: {abort: {percentage: {value: 100}, httpStatus: 418}}, route: [${to("v1")}]}
  - {match: [{headers: {end-user: {exact: slow}}}], fault: {delay: {percentage: {value: 100}, fixedDelay: 0.3s}}, route: [${to("v1")}]}
  - {route: [${to("v1")}]}`,
    );
    expect(await answers(3, { headers: { "end-user": "jason" } })).toEqual({ 418: 3 });
    expect(await answers(3)).toEqual({ v1: 3 });
    expect(await answers(1, { headers: { "end-user": "slow" } })).toEqual({ v1: 1 });
    expect(await stat("fault.delays_injected")).toBe(1);
  });

  test("request timeouts: what takes longer is answered 504", async () => {
    await follows(`  - {route: [${to("v1")}], timeout: 0.2s}`);
    expect(await askReviews({ path: "/delay/3000" })).toMatchObject({ status: 504 });
  });

  test("retries: a failing status is tried again", async () => {
    await follows(`  - {route: [${to("v1")}], retries: {attempts: 3, perTryTimeout: 2s, retryOn: 5xx, backoff: 25ms}}`);
    seen.clear();
    expect(await askReviews({ path: "/status/503" })).toMatchObject({ status: 503 });
    expect(seen.get("v1")).toBe(4);
  });

  test("mirroring: another version sees a copy of each request", async () => {
    await follows(`  - {route: [${to("v1")}], mirror: {host: reviews, subset: v2}, mirrorPercentage: {value: 100}}`);
    seen.clear();
    expect(await answers(10)).toEqual({ v1: 10 });
    await until(() => seen.get("v2") === 10);
  });

  test("rewrite, redirect, direct response and header operations", async () => {
    await follows(
      `  - {match: [{uri: {prefix: /old/}}], rewrite: {uri: /new/, authority: other.example}, route: [${to("v1")}]}
  - {match: [{uri: {regex: "/regex/.*"}}], rewrite: {uriRegexRewrite: {match: "/regex/(.*)", rewrite: "/\\\\1/done"}}, route: [${to("v1")}]}
  - {match: [{uri: {exact: /moved}}], redirect: {uri: /there, authority: new.example, redirectCode: 302}}
  - {match: [{uri: {exact: /teapot}}], directResponse: {status: 418, body: {string: short and stout}}}
  - {headers: {request: {set: {x-added: by-rule}}, response: {add: {x-answered: by-rule}, remove: [x-host]}}, route: [${to("v1")}]}`,
    );
    expect((await askReviews({ path: "/old/a" })).headers).toMatchObject({ "x-path": "/new/a", "x-host": "other.example" });
    expect((await askReviews({ path: "/regex/a" })).headers).toMatchObject({ "x-path": "/a/done" });
    expect(await askReviews({ path: "/moved" })).toMatchObject({ status: 302, headers: { location: "http://new.example/there" } });
    expect(await askReviews({ path: "/teapot" })).toMatchObject({ body: "short and stout" });
    const { headers } = await askReviews();
    expect(headers).toMatchObject({ "x-added": "by-rule", "x-answered": "by-rule" });
    expect(headers).not.toHaveProperty("x-host");
  });

  test("CORS: preflights of allowed origins are answered", async () => {
    await follows(
      `  - {route: [${to("v1")}], corsPolicy: {allowOrigins: [{exact: "https://shop.example"}], allowMethods: [POST, GET], allowCredentials: false, allowHeaders: [x-foo], maxAge: 24h}}`,
    );
    expect((await preflight("https://shop.example")).headers).toMatchObject({
      "access-control-allow-origin": "https://shop.example",
      "access-control-allow-methods": "POST,GET",
      "access-control-allow-headers": "x-foo",
      "access-control-max-age": "86400",
    });
    expect((await preflight("https://evil.example")).headers).not.toHaveProperty("access-control-allow-origin");
  });

  const preflight = (origin: string): Promise<HttpAnswer> =>
    askReviews({ method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } });

  test("delegates: another VirtualService says what becomes of a part", async () => {
    write(
      "delegate.yaml",
      `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: part, namespace: shop}
spec:
  http:
  - {match: [{headers: {x-beta: {}}}], route: [${to("v3")}]}
  - {route: [${to("v2")}]}
`,
    );
    await follows(`  - {match: [{uri: {prefix: /part}}], delegate: {name: part, namespace: shop}}\n  - {route: [${to("v1")}]}`);
    expect(await answers(3, { path: "/part/x" })).toEqual({ v2: 3 });
    expect(await answers(3, { path: "/part/x", headers: { "x-beta": "yes" } })).toEqual({ v3: 3 });
  });

  test("circuit breaking and outlier detection: a version that fails is ejected", async () => {
    write(
      "policy.yaml",
      `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: policy, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    connectionPool: {tcp: {maxConnections: 100}, http: {http1MaxPendingRequests: 100, maxRequestsPerConnection: 10}}
    outlierDetection: {consecutive5xxErrors: 1, interval: 0.1s, baseEjectionTime: 3m, maxEjectionPercent: 100}
`,
    );
    const cluster = `outbound\\|${port}\\|\\|reviews.*ejections_active`;
    await follows("  - {route: [{destination: {host: reviews}}], retries: {attempts: 0}}");
    await until(async () => (await askReviews({ path: "/status/503" })).status === 503 && (await stat(cluster)) > 0);
    rmSync(join(folder, "policy.yaml"));
  });

  test("a broken file changes nothing, and says where it is broken", async () => {
    await follows(`  - {route: [${to("v2")}]}`);
    write("rule.yaml", virtualService(`  - {route: [{destination: {host: reviews, subset: v1}, weigth: 3}]}`));
    await until(() => pilot.output().includes("weigth"));
    expect(pilot.output()).toMatch(/rule\.yaml:\d+/);
    expect(await answers(5)).toEqual({ v2: 5 });
  });
});

describe.runIf(requirePeer(envoy, openssl))("Envoy as a gateway", () => {
  let folder: string;
  let pilot: PilotPeer;
  let gateway: EnvoyPeer;
  let web: Origin;
  let bytes: Origin;
  const ports = { http: 0, https: 0, tls: 0, tcp: 0 };

  const get = (host: string, path = "/"): Promise<HttpAnswer> => ask(ports.http, { path, headers: { host } });

  beforeAll(async () => {
    folder = makeScratch("istio-gateway");
    mkdirSync(join(folder, "config"));
    const { key, certificate } = await makeCertificate("secure.example", folder);
    web = await startHttpOrigin((incoming, response) => response.end(`web ${incoming.url}`));
    bytes = await startTcpOrigin((socket) => socket.end("bytes"));
    for (const name of ["http", "https", "tls", "tcp"] as const) ports[name] = await freePort();
    writeFileSync(
      join(folder, "config/gateway.yaml"),
      `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: front, namespace: edge}
spec:
  selector: {istio: ingressgateway}
  servers:
  - {port: {number: ${ports.http}, name: http, protocol: HTTP}, hosts: [httpbin.example, "shop/*.shop.example"]}
  - {port: {number: ${ports.https}, name: https, protocol: HTTPS}, hosts: [secure.example], tls: {mode: SIMPLE, serverCertificate: ${certificate}, privateKey: ${key}}}
  - {port: {number: ${ports.tls}, name: tls, protocol: TLS}, hosts: [passed.example], tls: {mode: PASSTHROUGH}}
  - {port: {number: ${ports.tcp}, name: tcp, protocol: TCP}, hosts: ["*"]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: httpbin, namespace: shop}
spec:
  hosts: [httpbin.example, secure.example]
  gateways: [edge/front]
  http:
  - {match: [{uri: {prefix: /status}}, {uri: {prefix: /delay}}], route: [{destination: {host: web, port: {number: 8000}}}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: cart, namespace: shop}
spec:
  hosts: [cart.shop.example]
  gateways: [edge/front]
  http: [{route: [{destination: {host: web}}]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: stranger, namespace: elsewhere}
spec:
  hosts: [stranger.shop.example]
  gateways: [edge/front]
  http: [{route: [{destination: {host: web.shop.svc.cluster.local}}]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: l4, namespace: shop}
spec:
  hosts: ["*"]
  gateways: [edge/front]
  tcp: [{match: [{port: ${ports.tcp}}], route: [{destination: {host: bytes}}]}]
  tls: [{match: [{port: ${ports.tls}, sniHosts: [passed.example]}], route: [{destination: {host: bytes}}]}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: web, namespace: shop}
spec:
  hosts: [web.shop.svc.cluster.local]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{number: 8000, name: http, protocol: HTTP}]
  endpoints: [{address: 127.0.0.1, ports: {http: ${web.port}}}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: bytes, namespace: shop}
spec:
  hosts: [bytes.shop.svc.cluster.local]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{number: 9000, name: tcp, protocol: TCP}]
  endpoints: [{address: 127.0.0.1, ports: {tcp: ${bytes.port}}}]
`,
    );
    pilot = await startPilot({ configDir: join(folder, "config") });
    gateway = await startConfiguredEnvoy({
      pilot: pilot.grpcAddress,
      role: "router",
      namespace: "edge",
      labels: { istio: "ingressgateway" },
      ports: Object.values(ports),
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await pilot.stop();
    await Promise.all([web.close(), bytes.close()]);
    removeScratch(folder);
  });

  afterEach(async () => {
    expect(await refusedBy(gateway)).toEqual([]);
  });

  test("routes by host and path, and knows no other", async () => {
    expect(await get("httpbin.example", "/status/200")).toMatchObject({ status: 200, body: "web /status/200" });
    expect(await get("httpbin.example", "/headers")).toMatchObject({ status: 404 });
    expect(await get("cart.shop.example")).toMatchObject({ status: 200 });
    expect(await get("unknown.example")).toMatchObject({ status: 404 });
  });

  test("takes rules for a host only from the namespaces that its server names", async () => {
    expect(await get("stranger.shop.example")).toMatchObject({ status: 404 });
  });

  test("ends TLS with certificates from files", async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const request = httpsRequest(
        {
          host: "127.0.0.1",
          port: ports.https,
          path: "/status/1",
          servername: "secure.example",
          headers: { host: "secure.example" },
          rejectUnauthorized: false,
          agent: false,
        },
        (response) => {
          let text = "";
          response.on("data", (chunk: Buffer) => (text += chunk.toString()));
          response.once("end", () => resolve(`${response.statusCode} ${text}`));
        },
      );
      request.once("error", reject).end();
    });
    expect(answer).toBe("200 web /status/1");
  });

  test("passes TCP on", async () => {
    const text = await new Promise<string>((resolve, reject) => {
      let read = "";
      connect(ports.tcp, "127.0.0.1")
        .on("data", (chunk) => (read += chunk.toString()))
        .once("end", () => resolve(read))
        .once("error", reject);
    });
    expect(text).toBe("bytes");
  });
});
