import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultRegistry, fromJson, packAny } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ConfigPath, ExtensionSet, loadBootstrap } from "../config/index.ts";
import { boltProtocol } from "../extensions/bolt/index.ts";
import { rpcExtensions } from "./index.ts";
import { compileProtocols } from "./protocols.ts";
import { rpcProxyFilter } from "./rpc-proxy.ts";
import { autoConfig, boltConfig, echo, proxyJson, startHost, startRpc, testExtensions, typedConfig, until } from "./testing.ts";

const refused = (proxy: object): Promise<unknown> => startRpc({ proxy }).then((rpc) => rpc[Symbol.asyncDispose]());

describe("RpcProxy's configuration", () => {
  test.for([
    ["no prefix for statistics", { stat_prefix: "" }, "proxy.stat_prefix: is required"],
    ["no routes", { route_config: null }, "proxy.route_config: is required"],
    ["no filters", { filters: [] }, "proxy.filters: needs the router"],
    ["frames that are too small", { max_frame_bytes: 1000 }, "proxy.max_frame_bytes: must be from 1024"],
    ["a negative time", { idle_timeout: "-1s" }, "proxy.idle_timeout: must be 0s or longer"],
    ["a codec without configuration", { codec: { name: "bolt" } }, "proxy.codec.typed_config: is required"],
    [
      "something that is no codec",
      { codec: typedConfig("google.protobuf.BoolValue", { value: true }) },
      "proxy.codec.typed_config: there is no",
    ],
    ["no failures to wait for", { codec: boltConfig({ heartbeat_failures: 0 }) }, "heartbeat_failures: must be from 1 to 100"],
    ["a choice of nothing known", { codec: autoConfig({ codecs: [{ name: "x" }] }) }, "codecs[0].typed_config: is required"],
    ["a choice in a choice", { codec: autoConfig({ codecs: [autoConfig()] }) }, "codecs[0].typed_config: there is no"],
  ] as const)("is refused with %s", async ([, proxy, message]) => {
    await expect(refused(proxy)).rejects.toThrow(message);
  });

  test("is refused where it asks for routes over xDS and does not say from where", () => {
    const json = { ...proxyJson({ proxy: { access_log: [] } }), route_config: undefined, rds: { route_config_name: "r" } };
    const bootstrap = {
      static_resources: {
        listeners: [
          {
            name: "l",
            address: { socket_address: { address: "127.0.0.1", port_value: 0 } },
            filter_chains: [
              {
                filters: [
                  {
                    name: "rpc",
                    typed_config: { "@type": "type.googleapis.com/mesh.extensions.filters.network.rpc_proxy.v3.RpcProxy", ...json },
                  },
                ],
              },
            ],
          },
        ],
      },
    };
    const load = (): unknown => loadBootstrap(JSON.stringify(bootstrap), { fileName: "b.json", extensions: testExtensions() });
    expect(load).toThrow(/rds\.config_source: is required/);
  });

  test("needs a codec in the proxy's composition", () => {
    const extensions = new ExtensionSet(defaultRegistry(), rpcExtensions);
    const limits = { maxFrameBytes: 1, maxHeaderBytes: 1, maxHeaderCount: 1 };
    expect(() => compileProtocols(null, ConfigPath.of("codec"), extensions, limits)).toThrow(
      "codec: this proxy is composed with no RPC codecs",
    );
  });

  test("sets habits of the protocol, SOFABolt's own where it does not", () => {
    const extensions = new ExtensionSet(defaultRegistry(), [boltProtocol]);
    const habits = (fields: object): object => {
      const any = packAny("mesh.extensions.codecs.bolt.v3.Bolt", fromJson("mesh.extensions.codecs.bolt.v3.Bolt", fields));
      const { codec, ...rest } = boltProtocol.create(extensions.decode("mesh.codecs", any, ConfigPath.root));
      expect(codec.name).toBe("bolt");
      return rest;
    };
    expect(habits({})).toEqual({ heartbeatIntervalMs: 15_000, heartbeatFailures: 3, defaultTimeoutMs: 3_000, idleTimeoutMs: 90_000 });
    expect(habits({ heartbeat_interval: "1.5s", heartbeat_failures: 5, default_timeout: "0s" })).toEqual({
      heartbeatIntervalMs: 1_500,
      heartbeatFailures: 5,
      defaultTimeoutMs: 0,
      idleTimeoutMs: 90_000,
    });
  });

  test("shares a protocol's pools on hosts among the connections of one filter only", () => {
    const limits = { maxFrameBytes: 1024, maxHeaderBytes: 1, maxHeaderCount: 1 };
    const compile = (): number => {
      const [protocol] = compileProtocols(null, ConfigPath.of("codec"), testExtensions(), limits).protocols;
      expect(protocol?.limits).toBe(limits);
      return protocol?.slots[0]?.slot ?? -1;
    };
    expect(compile()).not.toBe(compile());
  });
});

test("the extension says what it is", () => {
  expect(rpcProxyFilter).toMatchObject({ name: "mesh.filters.network.rpc_proxy", category: "envoy.filters.network" });
});

test("a call makes a line of the access log, in Envoy's format", async () => {
  const directory = mkdtempSync(join(tmpdir(), "rpc-"));
  try {
    const path = join(directory, "access.log");
    await using host = await startHost((call, peer) => peer.answer(call, { content: Buffer.from("four") }));
    const format =
      "%PROTOCOL% %REQ(:METHOD)% %REQ(:AUTHORITY)% %REQ(:PATH)% %REQ(APP)% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS% " +
      "%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %UPSTREAM_CLUSTER% %UPSTREAM_HOST% %ROUTE_NAME% %RESP(K)% %CONNECTION_ID%\n";
    const accessLog = typedConfig("envoy.extensions.access_loggers.file.v3.FileAccessLog", {
      path,
      log_format: { text_format_source: { inline_string: format } },
    });
    await using rpc = await startRpc({
      hosts: [host.port],
      routes: [{ name: "everything", match: { prefix: "/" }, route: { cluster: "echo" } }],
      proxy: { access_log: [accessLog] },
    });
    const caller = await rpc.connect();
    await caller.call({ headers: [["app", "shop"]], content: Buffer.from("123") });
    await rpc.flushLogs();
    expect(readFileSync(path, "utf8")).toBe(
      `bolt POST com.acme.Echo:1.0 /com.acme.Echo:1.0/echo shop 200 via_upstream - 3 4 0 echo 127.0.0.1:${host.port} everything - ` +
        `${rpc.connections[0]?.id}\n`,
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("statistics have Envoy's names, under rpc.<stat_prefix>", async () => {
  await using host = await startHost(echo);
  await using rpc = await startRpc({ hosts: [host.port] });
  const caller = await rpc.connect();
  await caller.call();
  caller.reset();
  await until(() => rpc.stat("downstream_cx_active") === 0);
  const { counters, gauges, histograms } = rpc.stats.snapshot();
  const named = new Map([...counters, ...gauges].map(({ name, value }) => [name, value]));
  const expected = {
    "rpc.test.downstream_cx_total": 1,
    "rpc.test.downstream_cx_active": 0,
    "rpc.test.downstream_cx_destroy": 1,
    "rpc.test.downstream_cx_destroy_remote": 1,
    "rpc.test.downstream_rq_total": 1,
    "rpc.test.downstream_rq_active": 0,
    "rpc.test.downstream_rq_completed": 1,
    "rpc.test.downstream_rq_2xx": 1,
    "cluster.echo.upstream_cx_total": 1,
    "cluster.echo.upstream_cx_active": 1,
    "cluster.echo.upstream_rq_total": 1,
    "cluster.echo.upstream_rq_active": 0,
    "cluster.echo.upstream_rq_pending_total": 1,
    "cluster.echo.upstream_rq_completed": 1,
    "cluster.echo.upstream_rq_2xx": 1,
    "cluster.echo.upstream_rq_200": 1,
  };
  expect(Object.fromEntries(Object.keys(expected).map((name) => [name, named.get(name)]))).toEqual(expected);
  const recorded = histograms.filter(({ cumulative }) => cumulative.count > 0).map(({ name }) => name);
  expect(recorded).toEqual(
    expect.arrayContaining([
      "rpc.test.downstream_cx_length_ms",
      "rpc.test.downstream_rq_time",
      "cluster.echo.upstream_cx_connect_ms",
      "cluster.echo.upstream_rq_time",
    ]),
  );
});
