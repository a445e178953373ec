/** The same bootstrap in `mosn` and in Envoy: callers, hosts, logs and statistics must not tell them apart, but for what is listed here. */
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { envoy, startEnvoy } from "../peers/envoy.ts";
import { httpListener, routeTo, startMosn, staticCluster, streamFilter, tcpListener, type Json } from "../peers/mosn.ts";
import { freePort } from "../peers/ports.ts";
import { runProgram, type Peer } from "../peers/process.ts";
import { makeScratch, removeScratch } from "../peers/scratch.ts";
import { requirePeer, toolPath } from "../peers/tools.ts";
import { startHttpOrigin, startTcpOrigin, type Origin } from "./origin.ts";
import { exchange } from "./raw.ts";

/** One of the two, with the ports that it was given. */
interface Proxy {
  readonly peer: Peer;
  readonly httpPort: number;
  readonly edgePort: number;
  readonly tcpPort: number;
  readonly adminPort: number;
}

interface Backends {
  readonly http: number;
  readonly garbage: number;
  readonly nobody: number;
}

const typeUrl = (name: string): string => `type.googleapis.com/${name}`;
const answer = (status: number, body: string): Json => ({ direct_response: { status, body: { inline_string: body } } });
const metadata = (values: Json): Json => ({ filter_metadata: { ns: values } });
const fileLog = (path: string, fields: Json = {}): Json => ({
  name: "envoy.access_loggers.file",
  typed_config: { "@type": typeUrl("envoy.extensions.access_loggers.file.v3.FileAccessLog"), path, ...fields },
});

const jsonFormat = {
  method: "%REQ(:METHOD)%",
  path: "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
  authority: "%REQ(:AUTHORITY)%",
  status: "%RESPONSE_CODE%",
  details: "%RESPONSE_CODE_DETAILS%",
  flags: "%RESPONSE_FLAGS%",
  received: "%BYTES_RECEIVED%",
  sent: "%BYTES_SENT%",
  cluster: "%UPSTREAM_CLUSTER%",
  route: "%ROUTE_NAME%",
  attempts: "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
  remote: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
  network: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(8)% %DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT%",
  failure: "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
  query: "%QUERY_PARAMS% %QUERY_PARAM(b)%",
  type: "%ACCESS_LOG_TYPE%",
  chain: "%FILTER_CHAIN_NAME% %METADATA(LISTENER_FILTER_CHAIN:ns:key)%",
  spoken: "%PROTOCOL% %UPSTREAM_PROTOCOL%",
  reached: "%UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT% %UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %UPSTREAM_HOST_NAME_WITHOUT_PORT%",
  closed: "%DOWNSTREAM_DETECTED_CLOSE_TYPE% %UPSTREAM_DETECTED_CLOSE_TYPE%",
  metadata: "%METADATA(ROUTE:ns:key)% %METADATA(VIRTUAL_HOST:ns)% %CLUSTER_METADATA(ns:key)% %UPSTREAM_METADATA(ns:key)%",
  requestBytes: "%REQUEST_HEADERS_BYTES% %DOWNSTREAM_WIRE_BYTES_RECEIVED% %DOWNSTREAM_HEADER_BYTES_RECEIVED%",
  upstreamBytes: "%UPSTREAM_WIRE_BYTES_SENT% %UPSTREAM_HEADER_BYTES_SENT% %UPSTREAM_WIRE_BYTES_RECEIVED% %UPSTREAM_HEADER_BYTES_RECEIVED%",
  first: '%COALESCE({"operators": [{"command": "REQ", "param": "x-none"}, "RESPONSE_CODE"]})%',
  tls: "%DOWNSTREAM_TLS_VERSION% %DOWNSTREAM_PEER_SUBJECT% %UPSTREAM_TLS_CIPHER%",
  points: "%COMMON_DURATION(DS_RX_BEG:US_HS_END:ms)% %ROUNDTRIP_DURATION% %GRPC_STATUS%",
  mixed: "to %UPSTREAM_CLUSTER%, %REQ(X-NONE)%",
};

function resources(
  httpPort: number,
  edgePort: number,
  tcpPort: number,
  backends: Backends,
  logs: string,
): { listeners: Json[]; clusters: Json[] } {
  const retry_policy = { retry_on: "5xx", num_retries: 1, retry_back_off: { base_interval: "0.001s" } };
  const virtualHosts: Json[] = [
    { name: "empty", domains: ["empty.example"], routes: [] },
    {
      name: "all",
      domains: ["*"],
      metadata: metadata({ host: [1, "a"] }),
      ...responseFields,
      routes: [
        { name: "direct", match: { prefix: "/direct" }, ...answer(200, "direct\n") },
        { name: "teapot", match: { prefix: "/teapot" }, ...answer(418, "") },
        { name: "redirect", match: { prefix: "/redirect" }, redirect: { path_redirect: "/elsewhere", response_code: "FOUND" } },
        {
          name: "rewrite",
          match: { prefix: "/rewrite/" },
          route: { cluster: "backend", prefix_rewrite: "/", host_rewrite_literal: "inner" },
        },
        { name: "slow", match: { prefix: "/hang" }, route: { cluster: "backend", timeout: "0.3s" } },
        { name: "retried", match: { prefix: "/status/503" }, route: { cluster: "backend", retry_policy } },
        { name: "nobody", match: { prefix: "/nobody" }, route: { cluster: "nobody" } },
        { name: "garbage", match: { prefix: "/garbage" }, route: { cluster: "garbage" } },
        { name: "none", match: { prefix: "/none" }, route: { cluster: "none" } },
        { name: "missing", match: { prefix: "/missing" }, route: { cluster_header: "x-cluster" } },
        {
          name: "mutated",
          match: { prefix: "/mutated" },
          route: { cluster: "backend" },
          request_headers_to_add: [{ header: { key: "x-added", value: "%PROTOCOL% %REQ(:METHOD)%" } }],
          response_headers_to_add: [{ header: { key: "x-added", value: "%RESPONSE_CODE%" } }],
          response_headers_to_remove: ["x-remove-me"],
        },
        { name: "rest", metadata: metadata({ key: "of the route" }), ...routeTo("backend") },
      ],
    },
  ];
  const filters = [
    streamFilter("envoy.filters.http.fault", "envoy.extensions.filters.http.fault.v3.HTTPFault", {
      abort: { header_abort: {}, percentage: { numerator: 100 } },
    }),
  ];
  const accessLog = [
    fileLog(join(logs, "text.log")),
    fileLog(join(logs, "json.log"), { log_format: { json_format: jsonFormat, json_format_options: { sort_properties: true } } }),
  ];
  const edge = {
    stat_prefix: "edge",
    use_remote_address: true,
    internal_address_config: { cidr_ranges: [{ address_prefix: "127.0.0.0", prefix_len: 8 }] },
    normalize_path: true,
    merge_slashes: true,
  };
  const upgrades = { upgrade_configs: [{ upgrade_type: "websocket" }] };
  const main = httpListener(httpPort, { virtualHosts, filters, accessLog, more: upgrades });
  return {
    listeners: [
      {
        ...main,
        filter_chains: (main["filter_chains"] as Json[]).map((chain) => ({ ...chain, name: "main", metadata: metadata({ key: true }) })),
      },
      httpListener(edgePort, { routes: [routeTo("backend")], more: edge }),
      tcpListener(tcpPort, "backend"),
    ],
    clusters: [
      staticCluster("backend", [backends.http], { metadata: metadata({ key: 1.5 }) }),
      staticCluster("nobody", [backends.nobody]),
      staticCluster("garbage", [backends.garbage]),
      staticCluster("none", []),
    ],
  };
}

/** Envoy puts this machine's address in the place of a caller's loopback address; we leave it. */
const ownAddresses = Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));

/** What stands in the place of what no two requests have in common. */
const volatile: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uuid>"],
  [/^(date|x-envoy-upstream-service-time): .*$/gim, "$1: <varies>"],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>"],
  // What is left of the time depends on the back-off.
  [/^x-envoy-expected-rq-timeout-ms: 1[45]\d{3}$/gm, "x-envoy-expected-rq-timeout-ms: <15 s>"],
  [
    new RegExp(`^(x-forwarded-for: (?:.*,)?)(?:${ownAddresses.map((address) => address.replaceAll(".", "\\.")).join("|")})$`, "gm"),
    "$1<own>",
  ],
];

const settled = (text: string): string => volatile.reduce((rest, [pattern, replacement]) => rest.replaceAll(pattern, replacement), text);

/** Field names in any case and order are the same (RFC 9110 §5.1, §5.3), and so are chunks of any size. */
function comparable(message: string): string {
  const end = message.indexOf("\r\n\r\n");
  if (end < 0) return message;
  const [line = "", ...fields] = message.slice(0, end).split("\r\n");
  const rest = message.slice(end + 4);
  if (line.startsWith("HTTP/1.1 100 ")) return [line, ...fields, comparable(rest)].join("\n");
  const sorted = fields.map((field) => field.replace(/^[^:]+/, (name) => name.toLowerCase())).sort();
  const body = sorted.includes("transfer-encoding: chunked") ? rest.replaceAll(/[0-9a-f]+\r\n(.*)\r\n/g, "$1") : rest;
  return settled([line, ...sorted, "", body].join("\n"));
}

/** The same in all replies, wherever they come from. */
const responseFields: Json = { response_headers_to_add: [{ header: { key: "x-from", value: "the virtual host" } }] };

const get = (path: string, ...more: readonly string[]): string => request("GET", path, more);
const request = (method: string, path: string, more: readonly string[] = [], body = ""): string =>
  [`${method} ${path} HTTP/1.1`, "Host: acme.example", "Connection: close", ...more, "", body].join("\r\n");

/** Every request is sent to both, on a connection of its own. */
const requests: Readonly<Record<string, string>> = {
  "a GET": get("/a?b=c"),
  "a HEAD": request("HEAD", "/a"),
  "a POST with a length": request("POST", "/a", ["Content-Length: 5"], "hello"),
  "a POST in chunks": request("POST", "/a", ["Transfer-Encoding: chunked"], "5\r\nhello\r\n0\r\n\r\n"),
  "a response in chunks": get("/chunks"),
  "a 204": get("/status/204"),
  "a 304": get("/status/304"),
  "a 404 of the host": get("/status/404"),
  "a 503 that is tried again": get("/status/503"),
  "fields that hop": get("/a", "Keep-Alive: 5", "Proxy-Connection: x", "X-Kept: y"),
  "TE: trailers": get("/a", "TE: trailers"),
  "a field that Connection names": "GET /a HTTP/1.1\r\nHost: acme.example\r\nConnection: close, x-secret\r\nX-Secret: y\r\n\r\n",
  "fields twice": get("/a", "X-Twice: one", "X-Twice: two"),
  "forwarding fields": get("/a", "X-Forwarded-For: 203.0.113.7, 10.0.0.1", "X-Forwarded-Proto: https"),
  "a request id": get("/a", "X-Request-Id: mine"),
  "fields for Envoy from outside": get("/a", "x-envoy-upstream-rq-timeout-ms: 100", "x-envoy-max-retries: 3", "x-envoy-internal: true"),
  "an expectation": request("POST", "/a", ["Expect: 100-continue", "Content-Length: 5"], "hello"),
  "absolute-form": "GET http://other.example/a HTTP/1.1\r\nHost: acme.example\r\nConnection: close\r\n\r\n",
  "no route": "GET / HTTP/1.1\r\nHost: empty.example\r\nConnection: close\r\n\r\n",
  "a direct response": get("/direct"),
  "a direct response to HEAD": request("HEAD", "/direct"),
  "a direct response without a body": get("/teapot"),
  "a redirect": get("/redirect?a=b"),
  "a rewrite": get("/rewrite/x?y"),
  mutations: get("/mutated"),
  "a timeout": get("/hang"),
  "no hosts": get("/none"),
  "a host where nobody listens": get("/nobody"),
  "a host that is no HTTP server": get("/garbage"),
  "an unknown cluster": get("/missing", "X-Cluster: unknown"),
  "no cluster": get("/missing"),
  "a fault": get("/a", "x-envoy-fault-abort-request: 429"),
  "HTTP/1.0 with keep-alive": "GET /a HTTP/1.0\r\nHost: acme.example\r\nConnection: keep-alive\r\n\r\n",
  "CONNECT without a route for it": "CONNECT acme.example:80 HTTP/1.1\r\nHost: acme.example\r\n\r\n",
  "TE with more than trailers": get("/a", "TE: gzip, trailers"),
  "an empty request id": get("/a", "X-Request-Id:"),
  "HTTP/1.0": "GET /a HTTP/1.0\r\nHost: acme.example\r\n\r\n",
  "an upgrade that the host does not take":
    "GET /a HTTP/1.1\r\nHost: acme.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-End: close\r\n\r\n",
  "an upgrade that is not allowed": "GET /a HTTP/1.1\r\nHost: acme.example\r\nConnection: Upgrade, close\r\nUpgrade: other\r\n\r\n",
};

/** The same for the listener at the edge of the mesh. */
const edgeRequests: Readonly<Record<string, string>> = {
  "a try again that the caller asks for": get("/status/503", "x-envoy-retry-on: 5xx"),
  "as many tries again as the caller asks for": get("/status/409", "x-envoy-retry-on: what,retriable-4xx", "x-envoy-max-retries: 2"),
  "status codes to try again on": get(
    "/status/404",
    "x-envoy-retry-on: retriable-status-codes",
    "x-envoy-retriable-status-codes: none, 404",
  ),
  "no condition, only a number": get("/status/503", "x-envoy-max-retries: 2"),
  "a condition, and no try": get("/status/503", "x-envoy-retry-on: 5xx", "x-envoy-max-retries: 0"),
  "conditions from outside": get("/status/503", "x-envoy-retry-on: 5xx", "X-Forwarded-For: 203.0.113.7"),
  "a timeout that the caller wants answered with 204": get(
    "/hang",
    "x-envoy-upstream-rq-timeout-ms: 100",
    "x-envoy-upstream-rq-timeout-alt-response: 204",
  ),
  "numbers that are none": get("/a", "x-envoy-upstream-rq-timeout-ms: abc", "x-envoy-upstream-rq-per-try-timeout-ms: -1"),
  "a GET": get("/a"),
  "forwarding fields": get("/a", "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https"),
  "a path to be normalized": get("/a/./b/../c//d"),
  "a path that leads out": get("/../a"),
};

/** Where we differ from Envoy, in `requests`, and how. */
const differences: Readonly<Record<string, string>> = {
  "an upgrade that the host does not take": "Envoy drops the body of the host's answer",
};

/** Those that only the logs tell apart, and how. */
const loggedDifferently: Readonly<Record<string, string>> = {
  "HTTP/1.0": "Envoy's codec refuses it: there is no request yet of which the log could tell",
  "HTTP/1.0 with keep-alive": "the same",
};

/** Fields of the JSON log that differ, by Envoy's response code details. */
const logDifferences: Readonly<Record<string, readonly string[]>> = {
  // Here it is said what broke the protocol.
  "upstream_reset_before_response_started{protocol_error}": ["failure"],
  // The cluster is known from the router on, the route from the filters on.
  fault_filter_abort: ["cluster", "mixed", "metadata"],
  // Envoy removes later what concerns the connection alone.
  upgrade_failed: ["cluster", "mixed", "metadata", "requestBytes"],
  // The virtual host is known with the route.
  route_not_found: ["metadata"],
};

/** Statistics that Envoy does not have. */
const ownStatistics: readonly string[] = ["cluster.*.upstream_rq_drop_overload", "tcp.in.downstream_cx_active"];

/** Statistics of Envoy's, for what is not here: names, or what they begin with. */
const absentStatistics: readonly RegExp[] = [
  // xDS, subsets, zones, HTTP/2 and HTTP/3, TLS, runtime and overload, tracing.
  /^cluster\.\*\.(assignment_|version$|lb_(local_cluster|recalculate_zone|subsets|zone)_)/,
  /(_http2_|_http3_|http3_broken$|_ssl_|_0rtt$|_0_rtt$|\.tracing\.|overload_|overloaded$)/,
  // Features that are refused: internal redirects, underscores in names, rate-limited retries, longest times, pre-connecting, sockets bound to addresses.
  /(internal_redirect|underscores_in_headers|dropped_headers_with_underscores|rejected_via_ip_detection|premature_resets)/,
  /^cluster\.\*\.(upstream_rq_retry_backoff_ratelimited|upstream_(cx|rq)_max_duration_reached|upstream_cx_preconnect_skipped|bind_errors)$/,
  /^cluster\.\*\.(upstream_cx_pool_overflow|upstream_rq_active_overflow|upstream_rq_per_try_idle_timeout|upstream_rq_rx_reset_no_error)$/,
  // Envoy's own insides: its codecs, buffers, workers, route trees and extension discovery.
  /^cluster\.\*\.(http1\.|default\.total_match_count$)/,
  /(_bytes_buffered$|\.worker_\d+\.|extension_config_missing$|_http1_soft_drain$)/,
  /^http\.(admin|async-client)\.|^listener\.admin\./,
  /^http\.\w+\.(downstream_rq_too_large|rs_too_large|rq_reset_after_downstream_response_started|fault\.response_rl_injected)$/,
  /^listener\..+\.(connections_accepted_per_socket_event|downstream_(global_)?cx_overflow|downstream_cx_transport_socket_connect_timeout)$/,
  /^tcp\.in\.(downstream_cx_drain_close|early_data_received_count_total|route_delayed_total|upstream_flush_(active|total))$/,
];

test.runIf(requirePeer(envoy)).for(["http", "tcp", "xds"])("docs/examples/%s.yaml is a configuration of Envoy's", async (name) => {
  const path = fileURLToPath(new URL(`../../docs/examples/${name}.yaml`, import.meta.url));
  expect(await runProgram(toolPath(envoy), ["--mode", "validate", "--log-level", "warn", "-c", path])).toMatchObject({ exit: { code: 0 } });
});

describe.runIf(requirePeer(envoy))("mosn beside Envoy", () => {
  let backend: Origin;
  let garbage: Origin;
  let mosn: Proxy;
  let other: Proxy;
  let logs: { readonly mosn: string; readonly envoy: string };
  /** What the back end was sent, since it was last asked. */
  const seen: string[] = [];

  beforeAll(async () => {
    backend = await startHttpOrigin((message, response) => {
      const fields: string[] = [];
      for (let at = 0; at < message.rawHeaders.length; at += 2) fields.push(`${message.rawHeaders[at]}: ${message.rawHeaders[at + 1]}`);
      let body = "";
      message.setEncoding("latin1").on("data", (chunk: string) => (body += chunk));
      message.on("end", () => {
        seen.push(comparable([`${message.method} ${message.url} HTTP/${message.httpVersion}`, ...fields, "", body].join("\r\n")));
        const status = /^\/status\/(\d+)/.exec(message.url ?? "")?.[1];
        response
          .setHeader("x-remove-me", "here")
          .setHeader("X-Backend", "b")
          .setHeader("server", "origin")
          .setHeader("keep-alive", "timeout=9");
        if (message.url === "/hang") return;
        if (message.url === "/chunks") {
          response.write("one,");
          response.end("two");
        } else if (message.headers["x-end"] !== undefined) {
          response.setHeader("connection", "close").end("no upgrade");
        } else {
          response.writeHead(Number(status ?? 200), status === "204" || status === "304" ? {} : { "content-length": "2" }).end("ok");
        }
      });
    });
    garbage = await startTcpOrigin((socket) => socket.once("data", () => socket.end("SSH-2.0-OpenSSH_9\r\n")));
    const backends: Backends = { http: backend.port, garbage: garbage.port, nobody: await freePort() };
    logs = { mosn: makeScratch("logs"), envoy: makeScratch("logs") };
    // Envoy's statistics and logs carry ports: they are taken out by name when things are compared.
    const ports = async (): Promise<readonly [number, number, number]> => [await freePort(), await freePort(), await freePort()];
    const mine = await ports();
    const theirs = await ports();
    const peer = await startMosn(resources(...mine, backends, logs.mosn));
    mosn = { peer, httpPort: mine[0], edgePort: mine[1], tcpPort: mine[2], adminPort: peer.adminPort };
    const reference = await startEnvoy({ bootstrap: { static_resources: resources(...theirs, backends, logs.envoy) }, ports: theirs });
    other = { peer: reference, httpPort: theirs[0], edgePort: theirs[1], tcpPort: theirs[2], adminPort: reference.adminPort };
  });

  afterAll(async () => {
    await Promise.all([mosn?.peer.stop(), other?.peer.stop(), backend?.close(), garbage?.close()]);
    if (logs !== undefined) for (const folder of Object.values(logs)) removeScratch(folder);
  });

  /** What the caller gets and the back end sees. */
  async function observe(port: number, bytes: string): Promise<{ readonly response: string; readonly seen: readonly string[] }> {
    seen.length = 0;
    const { text } = await exchange(port, bytes);
    return { response: comparable(text), seen: [...seen] };
  }

  const all = Object.entries(requests);
  const unlike = all.filter(([name]) => name in differences);
  const unlikeInLogs = all.filter(([name]) => name in loggedDifferently);
  const alike = all.filter(([name]) => !(name in differences) && !(name in loggedDifferently));

  test.for([...alike, ...unlikeInLogs])("%s: the same response, and the same request to the host", async ([, bytes]) => {
    expect(await observe(mosn.httpPort, bytes)).toEqual(await observe(other.httpPort, bytes));
  });

  test.for(unlike)("%s: the difference that is listed is there", async ([, bytes]) => {
    expect(await observe(mosn.httpPort, bytes)).not.toEqual(await observe(other.httpPort, bytes));
  });

  test.for(Object.entries(edgeRequests))("at the edge, %s: the same response, and the same request to the host", async ([, bytes]) => {
    expect(await observe(mosn.edgePort, bytes)).toEqual(await observe(other.edgePort, bytes));
  });

  test("the names of statistics of clusters, connection managers and listeners are Envoy's, but for what is listed", async () => {
    await Promise.all([mosn, other].map(({ tcpPort }) => exchange(tcpPort, get("/a"))));
    const names = async ({ adminPort, httpPort, edgePort, tcpPort }: Proxy): Promise<Set<string>> => {
      const text = await (await fetch(`http://127.0.0.1:${adminPort}/stats`)).text();
      const neutral = [httpPort, edgePort, tcpPort].reduce((rest, port, index) => rest.replaceAll(String(port), `<port ${index}>`), text);
      const lines = neutral.split("\n").filter((line) => /^(cluster|http|listener|tcp)\./.test(line));
      // Some appear with the first value: what one cluster of Envoy's has, all may have.
      return new Set(lines.map((line) => line.slice(0, line.indexOf(": ")).replace(/^cluster\.\w+/, "cluster.*")));
    };
    const [ours, theirs] = await Promise.all([names(mosn), names(other)]);
    expect(ours.size).toBeGreaterThan(150);
    expect([...ours].filter((name) => !theirs.has(name)).sort()).toEqual(ownStatistics);
    const missing = [...theirs].filter((name) => !ours.has(name) && !absentStatistics.some((pattern) => pattern.test(name)));
    expect(missing.sort()).toEqual([]);
    for (const pattern of absentStatistics) expect([...ours].filter((name) => pattern.test(name))).toEqual([]);
  });

  test("the access logs say the same, as text in Envoy's default format and as JSON", async () => {
    // Both write what they hold when they end.
    await Promise.all([mosn.peer.stop(), other.peer.stop()]);
    // Those that are listed as different came last.
    const lines = (folder: string, name: string): string[] => readFileSync(join(folder, name), "utf8").split("\n").slice(0, alike.length);
    const text = (folder: string): string[] =>
      lines(folder, "text.log").map((line) => settled(line).replace(/(\d+ \d+) \d+ (\d+|-) "/, '$1 <duration> "'));
    expect(text(logs.mosn)).toEqual(text(logs.envoy));
    const entries = (folder: string): Record<string, unknown>[] =>
      lines(folder, "json.log").map((line) => JSON.parse(line) as Record<string, unknown>);
    const [ours, theirs] = [entries(logs.mosn), entries(logs.envoy)];
    for (const [index, entry] of theirs.entries()) {
      for (const field of logDifferences[String(entry["details"])] ?? []) {
        for (const log of [ours, theirs]) Object.assign(log[index] ?? {}, { [field]: "differs" });
      }
    }
    expect(ours).toEqual(theirs);
  });
});
