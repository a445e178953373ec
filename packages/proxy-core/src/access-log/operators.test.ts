import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import { refusedOperators } from "./absent-operators.ts";
import { compileFormat, DetailDemand } from "./format.ts";
import { operators } from "./operators.ts";
import { StreamDetail } from "./stream-detail.ts";
import type { StreamInfo } from "./stream-info.ts";
import { headersOf, streamInfo } from "./testing.ts";

const path = ConfigPath.of("text_format");
let made = 0;
const facts = { hostname: "node-1", now: () => Date.UTC(2020, 0, 2, 3, 4, 5, 678), uuid: () => `uuid-${++made}` };
const format = (text: string, parts: Partial<StreamInfo> = {}): string =>
  compileFormat(text, path, { facts, demand: new DetailDemand() })(streamInfo(parts));
const at = (target: string, more: Readonly<Record<string, string>> = {}): Partial<StreamInfo> => ({
  request: headersOf({ ":path": target, ...more }),
});
const detailOf = (values: Partial<StreamDetail>): StreamDetail => Object.assign(new StreamDetail(), values);

describe("operators", () => {
  test.each<[string, string]>([
    ["%REQUEST_HEADER(:METHOD)% %RESPONSE_HEADER(X-A?X-ENVOY-UPSTREAM-SERVICE-TIME)% %RESPONSE_TRAILER(X)%", "GET 7 -"],
    ["%EMIT_TIME% %EMIT_TIME(%s)%", "2020-01-02T03:04:05.678Z 1577934245"],
    ["%ACCESS_LOG_TYPE% %FILTER_CHAIN_NAME% %UPSTREAM_PROTOCOL% %UPSTREAM_CONNECTION_ID%", "DownstreamEnd web-chain HTTP/1.1 7"],
    ["%REQUEST_HEADERS_BYTES% %RESPONSE_HEADERS_BYTES% %RESPONSE_TRAILERS_BYTES%", "101 102 0"],
    ["%DOWNSTREAM_DIRECT_LOCAL_ADDRESS% %DOWNSTREAM_DIRECT_LOCAL_PORT%", "127.0.0.1:15001 15001"],
    ["[%DOWNSTREAM_LOCAL_ADDRESS_ENDPOINT_ID%] [%CUSTOM_FLAGS%] [%LOCAL_REPLY_BODY%]", "[] [] []"],
    ["%UPSTREAM_HOST_NAME% %UPSTREAM_HOST_NAME_WITHOUT_PORT%", "10.0.0.7:8080 10.0.0.7"],
    ["%UPSTREAM_HOSTS_ATTEMPTED% %UPSTREAM_CONNECTION_IDS_ATTEMPTED%", "10.0.0.7:8080 7"],
    ["%DOWNSTREAM_DETECTED_CLOSE_TYPE% %UPSTREAM_DETECTED_CLOSE_TYPE%", "Normal Normal"],
    ["%DOWNSTREAM_TLS_VERSION% %DOWNSTREAM_PEER_CERT_V_START(%s)% %TRACE_ID% %VIRTUAL_CLUSTER_NAME% %ROUNDTRIP_DURATION%", "- - - - -"],
  ])("%s gives %s", (text, expected) => {
    expect(format(text)).toBe(expected);
  });

  test("ids are the request's, or made: one for each place, and one for all logs of a connection", () => {
    const uuids = compileFormat("%UNIQUE_ID% %UNIQUE_ID%", path, { facts })(streamInfo()).split(" ");
    expect(new Set(uuids).size).toBe(2);
    expect(format("%STREAM_ID%", at("/", { "x-request-id": "mine" }))).toBe("mine");
    expect(format("%STREAM_ID%", at("/"))).toBe("-");
    const connection = streamInfo({ protocol: undefined });
    const [first, second] = [1, 2].map(() => compileFormat("%STREAM_ID%", path, { facts })(connection));
    expect(first).toMatch(/^uuid-\d+$/u);
    expect(second).toBe(first);
    expect(compileFormat("%STREAM_ID%", path, { facts })(streamInfo({ protocol: undefined }))).not.toBe(first);
  });

  test("a format that is no log's has no log type, a connection's log its own", () => {
    expect(format("%ACCESS_LOG_TYPE%", { duration: undefined })).toBe("NotSet");
    expect(format("%ACCESS_LOG_TYPE%", { protocol: undefined })).toBe("TcpConnectionEnd");
  });

  test("white space in response code details becomes underscores, unless it is allowed", () => {
    const parts = { responseCodeDetails: "a b{c d}", upstreamTransportFailureReason: "x y" };
    expect(format("%RESPONSE_CODE_DETAILS% %RESPONSE_CODE_DETAILS(ALLOW_WHITESPACES)%", parts)).toBe("a_b{c_d} a b{c d}");
    expect(format("%UPSTREAM_TRANSPORT_FAILURE_REASON%", parts)).toBe("x_y");
  });

  // What Envoy 1.40 writes for each.
  test.each([
    ["/a?x=%41b%20c+d&Y&empty=&x=2", "x", "Ab c+d"],
    ["/a?x=%41&Y", "Y", ""],
    ["/a?X=1", "x", "-"],
    ["/a?a%20b=q", "a b", "q"],
    ["/a?%C3%A9=1", "é", "1"],
    ["/a?x=1=2&x=3", "x", "1=2"],
    ["/a?x=%4g%41&y", "x", "%4gA"],
    ["/a?x=%%41", "x", "%A"],
    ["/a", "x", "-"],
  ])("of %s, the parameter %s is %s", (target, name, expected) => {
    expect(format(`%QUERY_PARAM(${name})%`, at(target))).toBe(expected);
  });

  test.each([
    ["/a?b=%41%20%7e%3c%C3%A9", "b=%41%20%7e%3c%C3%A9", "b=A%20~%3c%C3%A9"],
    ["/a?x=%zz%41&y=%", "x=%zz%41&y=%", "x=zzA&y=%"],
    ["/a?", "", ""],
    ["/a", "-", "-"],
  ])("of %s, the query is %s, decoded %s", (target, original, decoded) => {
    expect(format("%QUERY_PARAMS% %QUERY_PARAMS(ORIG)%", at(target))).toBe(`${original} ${original}`);
    expect(format("%QUERY_PARAMS(DECODED)%", at(target))).toBe(decoded);
    expect(format("%QUERY_PARAMS:3% %QUERY_PARAM(x):1%", at("/?x=yz"))).toBe("x=y y");
  });

  test.each([
    ["1.2.3.4:5", "16", "1.2.0.0/16"],
    ["1.2.3.4:5", "0", "0.0.0.0/0"],
    ["1.2.3.4:5", "31", "1.2.3.4/31"],
    ["255.255.255.255:5", "1", "128.0.0.0/1"],
    ["1.2.3.4:5", "128", "1.2.3.4/32"],
    ["[2001:db8:abcd::1]:5", "40", "2001:db8:ab00::/40"],
    ["[2001:db8::1%eth0]:5", "128", "2001:db8::1/128"],
    ["[::ffff:1.2.3.4]:5", "112", "::ffff:102:0/112"],
    ["/run/a.sock", "8", "/run/a.sock"],
  ])("the network of %s with %s bits is %s", (downstreamRemoteAddress, bits, expected) => {
    expect(format(`%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(${bits})%`, { downstreamRemoteAddress })).toBe(expected);
  });

  test("a network holds its address, whatever the prefix", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.nat(32), (address, bits) => {
        const value = (text: string): number => text.split(".").reduce((all, byte) => all * 256 + Number(byte), 0);
        const text = format(`%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(${bits})%`, { downstreamRemoteAddress: `${address}:1` });
        const network = value(text.split("/")[0] ?? "");
        expect(network % 2 ** (32 - bits)).toBe(0);
        expect(value(address) - network).toBeLessThan(2 ** (32 - bits));
        expect(value(address)).toBeGreaterThanOrEqual(network);
      }),
    );
  });

  test("hosts that were tried are all of a connection's, and of a request the one that was connected to", () => {
    const upstreamHostsFailed = [{ addressText: "10.0.0.5:80", hostname: "five" }];
    const text = "%UPSTREAM_HOSTS_ATTEMPTED% %UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT% %UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT%";
    expect(format(text, { protocol: undefined, upstreamHostsFailed, upstreamConnectionId: 0 })).toBe(
      "10.0.0.5:80,10.0.0.7:8080 10.0.0.5,10.0.0.7 five,10.0.0.7",
    );
    const unreached = { upstreamConnectionId: 0, upstreamProtocol: undefined };
    expect(format("%UPSTREAM_HOSTS_ATTEMPTED% %UPSTREAM_REMOTE_ADDRESS% %UPSTREAM_HOST%", unreached)).toBe("- - 10.0.0.7:8080");
    expect(format("%UPSTREAM_CONNECTION_ID% %UPSTREAM_CONNECTION_IDS_ATTEMPTED% %UPSTREAM_PROTOCOL%", unreached)).toBe("0 - -");
    expect(format("%UPSTREAM_HOST_NAME%", { upstreamHostname: "seven" })).toBe("seven");
  });

  test("metadata is that of the source that is named", () => {
    const parts = {
      listenerMetadata: { ns: { key: "listener" } },
      filterChainMetadata: { ns: { key: "chain" } },
      routeMetadata: { ns: { key: "route" } },
      virtualHostMetadata: { ns: { key: "virtual host" } },
      clusterMetadata: { ns: { deep: { key: 1.5 } } },
      upstreamMetadata: { ns: { list: [1, "a"] } },
      dynamicMetadata: new Map([["ns", { key: true }]]),
    };
    expect(format("%METADATA(ROUTE:ns:key)% %METADATA(VIRTUAL_HOST:ns:key):7% %METADATA(DYNAMIC:ns:key)%", parts)).toBe(
      "route virtual true",
    );
    expect(format("%METADATA(LISTENER:ns:key)% %METADATA(LISTENER_FILTER_CHAIN:ns:key)%", parts)).toBe("listener chain");
    expect(format("%METADATA(CLUSTER:ns:deep:key)% %CLUSTER_METADATA(ns)% %UPSTREAM_METADATA(ns:list)%", parts)).toBe(
      '1.5 {"deep":{"key":1.5}} [1,"a"]',
    );
    expect(format("%METADATA(UPSTREAM_HOST:ns:none)% %METADATA(ROUTE:other)% %CLUSTER_METADATA(ns:toString)%", parts)).toBe("- - -");
  });

  test("the name that was asked for is SNI's, or the host's", () => {
    const parts = {
      ...at("/", { ":authority": "b.example:81", "x-envoy-original-host": "a.example" }),
      requestedServerName: "sni.example",
    };
    expect(format("%REQUESTED_SERVER_NAME% %REQUESTED_SERVER_NAME(SNI_FIRST)%", parts)).toBe("sni.example sni.example");
    expect(format("%REQUESTED_SERVER_NAME(HOST_FIRST)% %REQUESTED_SERVER_NAME(HOST_FIRST:HOST)%", parts)).toBe("a.example b.example:81");
    expect(format("%REQUESTED_SERVER_NAME(SNI_FIRST:ORIG)%", { ...parts, requestedServerName: undefined })).toBe("a.example");
  });

  test("the status of gRPC is that of the trailers, and of gRPC requests only", () => {
    const text = "%GRPC_STATUS% %GRPC_STATUS(SNAKE_STRING)% %GRPC_STATUS(NUMBER)% %GRPC_STATUS_NUMBER%";
    const request = headersOf({ "content-type": "application/grpc+proto" });
    expect(format(text, { request, responseTrailers: headersOf({ "grpc-status": "7" }) })).toBe("PermissionDenied PERMISSION_DENIED 7 7");
    expect(format(text, { request, response: headersOf({ "grpc-status": "99" }) })).toBe("99 99 99 99");
    expect(format(text, { response: headersOf({ "grpc-status": "7" }) })).toBe("- - - -");
  });

  test("the first of several that has a value stands for all", () => {
    const all =
      '%COALESCE({"operators": [{"command": "REQ", "param": "x-none"}, {"command": "REQ", "param": "user-agent", "max_length": 2}]})%';
    expect(format(all)).toBe("cu");
    expect(format('%COALESCE({"operators": ["ROUTE_NAME", "UPSTREAM_CLUSTER"]}):1%')).toBe("w");
    expect(format('%COALESCE({"operators": ["ROUTE_NAME"]})%')).toBe("-");
  });
});

describe("what is recorded only where it is asked for", () => {
  test("is told to whoever compiles a log, and refused to those who cannot record it", () => {
    const demand = new DetailDemand();
    compileFormat("%PROTOCOL% %DURATION%", path, { demand });
    expect(demand.needsDetail).toBe(false);
    compileFormat('%COALESCE({"operators": ["UPSTREAM_WIRE_BYTES_SENT"]})%', path, { demand });
    expect(demand.needsDetail).toBe(true);
    expect(() => compileFormat("a %REQUEST_TX_DURATION%", path)).toThrow(
      "text_format: at character 3: %REQUEST_TX_DURATION% is known to access logs alone",
    );
  });

  test("are bytes on the wire, and durations between points in time", () => {
    const detail = detailOf({
      downstreamBytesReceived: 1,
      downstreamBytesSent: 2,
      upstreamBytesReceived: 3,
      upstreamBytesSent: 4,
      downstreamHeaderBytesSent: 5,
      downstreamConnectedAt: 90,
      startedAt: 100,
      attemptStartedAt: 101,
      poolReadyAt: 103.6,
      upstreamConnectStartedAt: 50,
      upstreamConnectedAt: 51.25,
      requestSentAt: 104.9,
      responseReceivingAt: 120,
    });
    expect(format("%DOWNSTREAM_WIRE_BYTES_RECEIVED% %DOWNSTREAM_WIRE_BYTES_SENT%", { detail })).toBe("1 2");
    expect(format("%UPSTREAM_WIRE_BYTES_RECEIVED% %UPSTREAM_WIRE_BYTES_SENT%", { detail })).toBe("3 4");
    expect(format("%DOWNSTREAM_HEADER_BYTES_SENT% %DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_SENT%", { detail })).toBe("5 5");
    expect(format("%REQUEST_TX_DURATION% %UPSTREAM_CONNECTION_POOL_READY_DURATION%", { detail })).toBe("4 2");
    const duration = (argument: string): string => format(`%COMMON_DURATION(${argument})%`, { detail });
    expect([duration("DS_RX_BEG:US_RX_BEG:ms"), duration("US_CX_BEG:US_CX_END:us"), duration("US_CX_BEG:US_CX_END:ns")]).toEqual([
      "20",
      "1250",
      "1250000",
    ]);
    expect(duration("DS_CX_BEG:DS_RX_BEG:ms")).toBe("10");
    // What has not happened, or happened the other way round.
    expect([duration("DS_RX_BEG:DS_TX_END:ms"), duration("DS_RX_BEG:US_CX_BEG:ms"), duration("DS_RX_BEG:US_HS_END:ms")]).toEqual([
      "-",
      "-",
      "-",
    ]);
    expect(format("%UPSTREAM_WIRE_BYTES_SENT% %COMMON_DURATION(DS_RX_BEG:DS_RX_BEG:ms)%")).toBe("- -");
  });

  test("an attempt that got no connection has not that of the one before", () => {
    const detail = detailOf({
      attemptStartedAt: 10,
      poolReadyAt: 5,
      upstreamConnectStartedAt: 1,
      upstreamConnectedAt: 2,
      requestSentAt: 6,
    });
    detail.forgetEarlierAttempt();
    expect(detail).toMatchObject({ poolReadyAt: -1, upstreamConnectStartedAt: -1, upstreamConnectedAt: -1, requestSentAt: -1 });
    expect(format("%UPSTREAM_CONNECTION_POOL_READY_DURATION%", { detail })).toBe("0");
  });
});

describe("refused", () => {
  test.each([
    ["%QUERY_PARAM%", "needs something in parentheses"],
    ["%QUERY_PARAM()%", "needs the name of a parameter"],
    ["%QUERY_PARAMS(RAW)%", "%QUERY_PARAMS(RAW)%: use one of ORIG, DECODED"],
    ["%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(129)%", "a number from 0 to 128"],
    ["%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(x)%", "a number from 0 to 128"],
    ["%COMMON_DURATION(DS_RX_BEG:X:ms)%", "use one of DS_CX_BEG"],
    ["%COMMON_DURATION(DS_RX_BEG:DS_TX_END:s)%", "use one of ms, us, ns"],
    ["%COMMON_DURATION(DS_RX_BEG:DS_TX_END)%", "needs START:END:PRECISION"],
    ["%REQUESTED_SERVER_NAME(X)%", "use one of SNI_ONLY"],
    ["%GRPC_STATUS(X)%", "use one of CAMEL_STRING"],
    ["%METADATA(X:a)%", "use one of DYNAMIC, LISTENER, LISTENER_FILTER_CHAIN, CLUSTER"],
    ["%METADATA(CLUSTER)%", "needs a namespace"],
    ["%COALESCE(x)%", "%COALESCE(…)%: "],
    ['%COALESCE({"operators": []})%', "with one or more"],
    ['%COALESCE({"operators": [1]})%', "an operator is a name, or"],
    ['%COALESCE({"operators": ["FOO"]})%', "there is no command operator %FOO%"],
    ['%COALESCE({"operators": [{"command": "PROTOCOL", "max_length": 1}]})%', "cannot be cut to a length"],
  ])("%s: %s", (text, message) => {
    expect(() => format(text)).toThrow(message);
  });

  test.each([...refusedOperators])("%s, with the reason: %s", (name, reason) => {
    expect(operators.has(name)).toBe(false);
    expect(() => format(`%${name}%`)).toThrow(`text_format: at character 1: %${name}% is not there: ${reason}`);
  });
});
