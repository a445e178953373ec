/**
 * What makes a sidecar, in `mosn` and in Envoy with the same configuration: original destinations, listeners that only get connections handed
 * on, inspectors of first bytes, CORS. The PROXY protocol says where a connection was going, so that no redirection is needed.
 */
import type { Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { envoy, startEnvoy } from "../peers/envoy.ts";
import { httpListener, routeTo, startMosn, staticCluster, streamFilter, tcpListener, type Json } from "../peers/mosn.ts";
import { freePort } from "../peers/ports.ts";
import type { Peer } from "../peers/process.ts";
import { requirePeer } from "../peers/tools.ts";
import { startHttpOrigin, startTcpOrigin, type Origin } from "./origin.ts";
import { exchange } from "./raw.ts";

const typed = (name: string, fields: Json = {}): Json => ({ "@type": `type.googleapis.com/envoy.${name}`, ...fields });
const listenerFilter = (name: string, message: string, fields: Json = {}): Json => ({
  name: `envoy.filters.listener.${name}`,
  typed_config: typed(`extensions.filters.listener.${name}.v3.${message}`, fields),
});
const proxyProtocol = listenerFilter("proxy_protocol", "ProxyProtocol");
const inspectors = [listenerFilter("tls_inspector", "TlsInspector"), listenerFilter("http_inspector", "HttpInspector")];

const chainsOf = (listener: Json): readonly Json[] => listener["filter_chains"] as readonly Json[];
const filtersOf = (listener: Json): Json => ({ filters: chainsOf(listener)[0]?.["filters"] });
/** Clients here do not go by themselves. */
const soon: Json = { delayed_close_timeout: "0.02s" };
const answering = (body: string): Json =>
  filtersOf(
    httpListener(1, { routes: [{ match: { prefix: "/" }, direct_response: { status: 200, body: { inline_string: body } } }], more: soon }),
  );

/** One that binds nothing. */
const virtual = (address: string, port: number, fields: Json): Json => ({
  name: `${address}_${port}`,
  address: { socket_address: { address, port_value: port } },
  bind_to_port: false,
  ...fields,
});

const passthrough = { type: "ORIGINAL_DST", lb_policy: "CLUSTER_PROVIDED", connect_timeout: "1s" };
/** What comes from there is known to have come through the proxy. */
const source = { upstream_bind_config: { source_address: { address: "127.0.0.6", port_value: 0 } } };

interface Ports {
  readonly tcp: number;
  readonly http: number;
  readonly header: number;
  readonly inspecting: number;
  readonly cors: number;
}

const share = (numerator: number): Json => ({ default_value: { numerator, denominator: "HUNDRED" } });
const cors = (fields: Json): Json => ({ typed_per_filter_config: { cors: typed("extensions.filters.http.cors.v3.CorsPolicy", fields) } });
const shop = { allow_origin_string_match: [{ exact: "https://shop.example" }, { suffix: ".shop.example" }] };
const everything = { allow_methods: "GET, PUT", allow_headers: "x-a", expose_headers: "x-b", max_age: "600", allow_credentials: true };

const corsRoutes: Readonly<Record<string, Json>> = {
  plain: shop,
  all: { ...shop, ...everything },
  any: {
    allow_origin_string_match: [{ safe_regex: { regex: ".*" } }],
    allow_methods: "*",
    allow_headers: "*",
    allow_private_network_access: true,
  },
  strict: { ...shop, ...everything, forward_not_matching_preflights: false },
  off: { ...shop, ...everything, filter_enabled: share(0) },
  shadow: { ...shop, ...everything, filter_enabled: share(0), shadow_enabled: share(100) },
  inherits: {},
  overrides: { max_age: "1", allow_credentials: false },
};

function corsListener(port: number): Json {
  const routes = Object.entries(corsRoutes).map(([name, fields]) => ({
    match: { prefix: `/${name}` },
    route: { cluster: "web" },
    ...cors(fields),
  }));
  const direct = { match: { prefix: "/direct" }, direct_response: { status: 200 }, ...cors(shop) };
  const none = { ...routeTo("web"), match: { prefix: "/none" } };
  const added = { response_headers_to_add: [{ header: { key: "x-route", value: "adds" } }] };
  const hosts: Json[] = [
    { name: "levels", domains: ["levels.example"], ...cors({ ...shop, ...everything }), ...added, routes: [...routes, direct, none] },
    { name: "all", domains: ["*"], ...added, routes: [...routes, direct, none] },
  ];
  return httpListener(port, {
    virtualHosts: hosts,
    filters: [streamFilter("cors", "envoy.extensions.filters.http.cors.v3.Cors", {})],
    more: soon,
  });
}

function resources(ports: Ports, backends: { readonly web: number; readonly wild: number }): { listeners: Json[]; clusters: Json[] } {
  const before = { use_original_dst: true, listener_filters: [proxyProtocol] };
  const inspected = {
    listener_filters: inspectors,
    listener_filters_timeout: "0.2s",
    continue_on_listener_filters_timeout: true,
    filter_chains: [
      { filter_chain_match: { server_names: ["a.example"] }, ...filtersOf(tcpListener(1, "tls-a")) },
      { filter_chain_match: { server_names: ["*.example"], application_protocols: ["h2"] }, ...filtersOf(tcpListener(1, "tls-h2")) },
      { filter_chain_match: { transport_protocol: "tls" }, ...filtersOf(tcpListener(1, "tls-rest")) },
      { filter_chain_match: { application_protocols: ["http/1.1"] }, ...answering("http/1.1") },
      { filter_chain_match: { application_protocols: ["http/1.0"] }, ...filtersOf(tcpListener(1, "http-10")) },
    ],
    default_filter_chain: filtersOf(tcpListener(1, "rest")),
  };
  return {
    listeners: [
      { ...tcpListener(ports.tcp, "passthrough"), ...before },
      { ...httpListener(ports.http, { routes: [routeTo("passthrough")], more: soon }), listener_filters: [proxyProtocol] },
      httpListener(ports.header, { routes: [routeTo("by-header")], more: soon }),
      { ...tcpListener(ports.inspecting, "rest"), ...inspected },
      virtual("127.0.0.1", 1001, { filter_chains: [answering("exact")] }),
      virtual("0.0.0.0", 1001, { filter_chains: [answering("any address")] }),
      virtual("0.0.0.0", 1002, inspected),
      corsListener(ports.cors),
    ],
    clusters: [
      { name: "passthrough", ...passthrough, ...source },
      { name: "by-header", ...passthrough, cleanup_interval: "60s", original_dst_lb_config: { use_http_header: true } },
      staticCluster("web", [backends.web]),
      ...["tls-a", "tls-h2", "tls-rest", "http-10", "rest"].map((name, index) =>
        staticCluster(name, [backends.wild], {
          upstream_bind_config: { source_address: { address: `127.0.1.${index + 1}`, port_value: 0 } },
        }),
      ),
    ],
  };
}

interface Proxy {
  readonly peer: Peer;
  readonly ports: Ports;
  readonly adminPort: number;
}

/** What is never the same twice. */
const settled = (text: string): string =>
  text
    .replaceAll(/^(date|x-envoy-upstream-service-time): .*$/gim, "$1: <varies>")
    .split("\r\n")
    .map((line) => line.replace(/^[A-Za-z0-9-]+:/, (name) => name.toLowerCase()))
    .sort()
    .join("\n");

const get = (path: string, ...fields: readonly string[]): string =>
  [`GET ${path} HTTP/1.1`, "host: a.example", "connection: close", ...fields, "", ""].join("\r\n");

describe.runIf(requirePeer(envoy))("a sidecar", () => {
  let origins: readonly [web: Origin, wild: Origin];
  let subjects: readonly Proxy[] = [];

  beforeAll(async () => {
    const web = await startHttpOrigin((request, response) => {
      const { remoteAddress } = request.socket;
      response.setHeader("x-host", "a").end(`${request.method} ${request.url} from ${remoteAddress}\n`);
    });
    // Says from where it is asked, and what came first.
    const wild = await startTcpOrigin((socket: Socket) => {
      socket.once("data", (bytes: Buffer) =>
        socket.end(`${socket.remoteAddress} sent ${bytes.length} bytes: ${bytes.toString("hex", 0, 20)}`),
      );
      socket.on("end", () => socket.end());
    });
    origins = [web, wild];
    const start = async (run: (ports: Ports) => Promise<Peer & { readonly adminPort: number }>): Promise<Proxy> => {
      const [tcp, http, header, inspecting, corsPort] = await Promise.all(Array.from({ length: 5 }, () => freePort()));
      const ports = { tcp: tcp ?? 0, http: http ?? 0, header: header ?? 0, inspecting: inspecting ?? 0, cors: corsPort ?? 0 };
      const peer = await run(ports);
      return { peer, ports, adminPort: peer.adminPort };
    };
    const backends = { web: web.port, wild: wild.port };
    subjects = [
      await start((ports) => startMosn(resources(ports, backends))),
      await start((ports) => startEnvoy({ bootstrap: { static_resources: resources(ports, backends) }, ports: Object.values(ports) })),
    ];
  });

  afterAll(async () => {
    await Promise.all([...subjects.map(({ peer }) => peer.stop()), ...(origins ?? []).map((origin) => origin.close())]);
  });

  /** What both answer; the same, or the test fails. */
  async function answer(listener: keyof Ports, bytes: string): Promise<string> {
    const texts: string[] = [];
    for (const { ports } of subjects) {
      const { text, end } = await exchange(ports[listener], bytes);
      texts.push(`${end}\n${settled(text)}`);
    }
    const [ours, theirs] = texts;
    expect(ours).toBe(theirs);
    return ours ?? "";
  }

  async function stat(name: string): Promise<readonly number[]> {
    return Promise.all(
      subjects.map(async ({ adminPort }) => {
        const text = await (await fetch(`http://127.0.0.1:${adminPort}/stats?filter=${encodeURIComponent(`^${name}$`)}`)).text();
        return Number(/: (\d+)$/m.exec(text)?.[1] ?? -1);
      }),
    );
  }

  const towards = (address: string, port: number): string => `PROXY TCP4 10.0.0.1 ${address} 1000 ${port}\r\n`;

  describe("takes a connection on to where it was going", () => {
    test("over TCP, from the address that it is told to use", async () => {
      const text = await answer("tcp", `${towards("127.0.0.1", origins[1].port)}hello`);
      expect(text).toContain("127.0.0.6 sent 5 bytes");
    });

    test("over HTTP", async () => {
      expect(await answer("http", towards("127.0.0.1", origins[0].port) + get("/x"))).toContain("GET /x from 127.0.0.6");
    });

    test("unless nobody is there, or it was going nowhere else", async () => {
      const nobody = await freePort();
      expect(await answer("http", towards("127.0.0.1", nobody) + get("/"))).toContain("503 Service Unavailable");
      expect(await answer("http", `PROXY UNKNOWN\r\n${get("/")}`)).toContain("no healthy upstream");
    });

    test("as a header field says, and counts those that say nothing of use", async () => {
      const [web] = origins;
      expect(await answer("header", get("/h", `x-envoy-original-dst-host: 127.0.0.1:${web.port}`))).toContain("GET /h from 127.0.0.1");
      expect(await answer("header", get("/h", "x-envoy-original-dst-host: localhost:80"))).toContain("no healthy upstream");
      expect(await answer("header", get("/h", "x-envoy-original-dst-host:"))).toContain("no healthy upstream");
      expect(await answer("header", get("/h"))).toContain("no healthy upstream");
      const [ours, theirs] = await stat("cluster.by-header.original_dst_host_invalid");
      expect(ours).toBe(theirs);
      expect(ours).toBeGreaterThan(0);
    });

    test("with a host that is shown, and counted", async () => {
      const line = (text: string): string[] =>
        text.split("\n").filter((entry) => /^by-header::127.*::(hostname|health_flags|weight|cx_total|rq_total)::/.test(entry));
      const [ours, theirs] = await Promise.all(
        subjects.map(async ({ adminPort }) => line(await (await fetch(`http://127.0.0.1:${adminPort}/clusters`)).text())),
      );
      expect(ours?.slice().sort()).toEqual(theirs?.slice().sort());
      expect(ours?.length).toBe(5);
      for (const name of ["membership_total", "membership_healthy", "membership_change", "max_host_weight"]) {
        const [mine, envoys] = await stat(`cluster.by-header.${name}`);
        expect([name, mine]).toEqual([name, envoys]);
      }
    });
  });

  describe("hands a connection on", () => {
    test("to the listener of its destination, else to that of the port on all addresses, else to none", async () => {
      expect(await answer("tcp", towards("127.0.0.1", 1001) + get("/"))).toContain("exact");
      expect(await answer("tcp", towards("127.0.0.9", 1001) + get("/"))).toContain("any address");
      expect(await answer("tcp", towards("127.0.0.1", origins[0].port) + get("/x"))).toContain("from 127.0.0.6");
    });

    test("to one that looks at it anew", async () => {
      expect(await answer("tcp", towards("127.0.0.1", 1002) + get("/"))).toContain("http/1.1");
      expect(await answer("tcp", `${towards("127.0.0.1", 1002)}SSH-2.0-x\r\n`)).toContain("127.0.1.5 sent 11 bytes");
    });
  });

  describe("looks at first bytes", () => {
    const extension = (type: number, data: Buffer): Buffer => Buffer.concat([Buffer.from([0, type]), sized(2, data)]);
    const sized = (lengthBytes: number, data: Buffer): Buffer => {
      const length = Buffer.alloc(lengthBytes);
      length.writeUIntBE(data.length, 0, lengthBytes);
      return Buffer.concat([length, data]);
    };
    const name = (text: string): Buffer => extension(0, sized(2, Buffer.concat([Buffer.from([0]), sized(2, Buffer.from(text))])));
    const offer = (...names: string[]): Buffer => extension(16, sized(2, Buffer.concat(names.map((text) => sized(1, Buffer.from(text))))));
    const curves = Buffer.concat([extension(10, Buffer.from([0, 2, 0, 29])), extension(13, Buffer.from([0, 2, 4, 3]))]);
    const body = (...extensions: Buffer[]): Buffer =>
      Buffer.concat([
        Buffer.from([3, 3]),
        Buffer.alloc(32, 7),
        Buffer.from([0, 0, 2, 0xc0, 0x2f, 1, 0]),
        sized(2, Buffer.concat([curves, ...extensions])),
      ]);
    const hello = (message: Buffer, size = 16_000): string => {
      const whole = Buffer.concat([Buffer.from([1]), sized(3, message)]);
      const parts: Buffer[] = [];
      for (let at = 0; at < whole.length; at += size) parts.push(Buffer.from([22, 3, 1]), sized(2, whole.subarray(at, at + size)));
      return Buffer.concat(parts).toString("latin1");
    };

    test.each<[string, string, string]>([
      ["a server that is named", hello(body(name("A.example"))), "127.0.1.1 "],
      ["a server of a domain, and a protocol", hello(body(name("b.example"), offer("x", "h2"))), "127.0.1.2 "],
      ["another server", hello(body(name("b.else"), offer("h2"))), "127.0.1.3 "],
      ["no server", hello(body()), "127.0.1.3 "],
      ["a ClientHello in small records", hello(body(name("a.example")), 9), "127.0.1.1 "],
      ["protocols that cannot be read", hello(body(name("b.else"), extension(16, Buffer.from([0, 9])))), "127.0.1.3 "],
      ["a server of a domain without the protocol", hello(body(name("b.example"))), "127.0.1.5 "],
      ["a server whose name cannot be one", hello(body(name("a\0.example"))), "127.0.1.5 "],
      ["two names", hello(body(name("a.example"), name("a.example"))), "127.0.1.5 "],
      ["a ClientHello that is too long", hello(body(extension(99, Buffer.alloc(20_000)), name("a.example"))), "127.0.1.5 "],
      ["another message", `\u0016\u0003\u0001\u0000\u0005\u0002\u0000\u0000\u0001\u0000`, "127.0.1.5 "],
      ["HTTP/1.1", get("/"), "http/1.1"],
      ["HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "127.0.1.4 "],
      ["something else", "SSH-2.0-OpenSSH\r\n", "127.0.1.5 "],
      ["too little, for too long", "\u0016\u0003", "127.0.1.5 "],
      ["half a request line, for too long", "GET /", "127.0.1.5 "],
    ])("%s", async (_, bytes, expected) => {
      expect(await answer("inspecting", bytes)).toContain(expected);
    });

    test("and counts what it found", async () => {
      for (const counter of [
        "tls_found",
        "tls_not_found",
        "sni_found",
        "sni_not_found",
        "alpn_found",
        "alpn_not_found",
        "client_hello_too_large",
      ]) {
        const [ours, theirs] = await stat(`tls_inspector.${counter}`);
        expect([counter, ours]).toEqual([counter, theirs]);
      }
    });

    test("of a ClientHello whose records are too long, and closes the connection", async () => {
      const bytes = hello(body(extension(99, Buffer.alloc(20_000)), name("a.example")), 16_384);
      // What was not read makes Envoy's end a reset.
      for (const { ports } of subjects) expect(await exchange(ports.inspecting, bytes)).toMatchObject({ text: "" });
      expect(await stat("tls_inspector.client_hello_too_large")).toEqual([1, 1]);
    });
  });

  describe("tells browsers what other origins may do", () => {
    const origins_ = ["https://shop.example", "https://b.shop.example", "https://else.where"];
    const preflight = [
      "access-control-request-method: PUT",
      "access-control-request-headers: x-a,x-b",
      "access-control-request-private-network: true",
    ];
    const ask = (method: string, host: string, path: string, fields: readonly string[]): string =>
      [`${method} ${path} HTTP/1.1`, `host: ${host}`, "connection: close", "content-length: 0", ...fields, "", ""].join("\r\n");
    const paths = [...Object.keys(corsRoutes), "direct", "none"];

    test.each(paths)("%s", async (path) => {
      for (const host of ["levels.example", "a.example"]) {
        for (const origin of origins_) {
          await answer("cors", ask("GET", host, `/${path}`, [`origin: ${origin}`]));
          await answer("cors", ask("OPTIONS", host, `/${path}`, [`origin: ${origin}`, ...preflight]));
          await answer("cors", ask("OPTIONS", host, `/${path}`, [`origin: ${origin}`, "access-control-request-method: GET"]));
          await answer("cors", ask("OPTIONS", host, `/${path}`, [`origin: ${origin}`]));
        }
        await answer("cors", ask("GET", host, `/${path}`, []));
      }
    });

    test("and counts the origins", async () => {
      for (const counter of ["origin_valid", "origin_invalid"]) {
        const [ours, theirs] = await stat(`http.in.cors.${counter}`);
        expect(ours).toBe(theirs);
        expect(ours).toBeGreaterThan(10);
      }
    });
  });

  test("shows of its configuration what a mask chooses", async () => {
    for (const query of [
      "resource=static_clusters&mask=cluster.name",
      "resource=static_clusters&mask=cluster.connect_timeout,cluster.load_assignment.cluster_name",
      "resource=static_clusters&mask=cluster.load_assignment.endpoints.lb_endpoints",
      "resource=static_clusters&mask=nothing",
      "mask=nothing",
      "mask=static_clusters.cluster",
    ]) {
      const [ours, theirs] = await Promise.all(
        subjects.map(async ({ adminPort }) => {
          const response = await fetch(`http://127.0.0.1:${adminPort}/config_dump?${query}`);
          const text = await response.text();
          const { configs = [] } = response.status === 200 ? (JSON.parse(text) as { configs?: unknown[] }) : {};
          // Envoy's clusters are in no order.
          return { query, status: response.status, configs: configs.map((config) => JSON.stringify(config)).sort() };
        }),
      );
      expect(ours).toEqual(theirs);
    }
    const dumps = await Promise.all(subjects.map(async ({ adminPort }) => (await fetch(`http://127.0.0.1:${adminPort}/init_dump`)).json()));
    expect(dumps).toEqual([{}, {}]);
  });
});
