import { fromJson } from "@mesh/xds-proto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import { compileFormat, defaultFormat } from "./format.ts";
import { compileJsonFormat } from "./json-format.ts";
import { compileLogFormat } from "./log-format.ts";
import { operators } from "./operators.ts";
import { ResponseFlag, responseFlagShort } from "./response-flags.ts";
import type { StreamInfo } from "./stream-info.ts";
import { headersOf, streamInfo } from "./testing.ts";

const path = ConfigPath.of("text_format");
const facts = { hostname: "node-1", environment: { REGION: "eu" } };
const format = (text: string, parts: Partial<StreamInfo> = {}): string => compileFormat(text, path, { facts })(streamInfo(parts));

describe("text formats", () => {
  test("the default is Envoy's line", () => {
    expect(format(defaultFormat)).toBe(
      '[2018-04-05T01:02:03.045Z] "GET /a?b=c HTTP/1.1" 200 - 3 1024 12 7 "-" "curl" "-" "web.example" "10.0.0.7:8080"\n',
    );
  });

  test.each<[string, string]>([
    ["%PROTOCOL% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS%", "HTTP/1.1 200 via_upstream"],
    ["%BYTES_RECEIVED% %BYTES_SENT%", "3 1024"],
    ["%DURATION% %REQUEST_DURATION% %RESPONSE_DURATION% %RESPONSE_TX_DURATION%", "12 1 8 4"],
    ["%UPSTREAM_CLUSTER% %UPSTREAM_CLUSTER_RAW% %UPSTREAM_HOST%", "web web 10.0.0.7:8080"],
    ["%UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %UPSTREAM_REMOTE_PORT%", "10.0.0.7 8080"],
    ["%UPSTREAM_LOCAL_ADDRESS% %UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT% %UPSTREAM_LOCAL_PORT%", "10.0.0.1:40000 10.0.0.1 40000"],
    [
      "%DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %DOWNSTREAM_REMOTE_PORT%",
      "[2001:db8::1]:50000 2001:db8::1 50000",
    ],
    ["%DOWNSTREAM_DIRECT_REMOTE_ADDRESS% %DOWNSTREAM_DIRECT_REMOTE_PORT%", "127.0.0.1:50001 50001"],
    ["%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT% %DOWNSTREAM_LOCAL_PORT%", "127.0.0.1 80"],
    ["%CONNECTION_ID% %UPSTREAM_REQUEST_ATTEMPT_COUNT% %HOSTNAME% %ENVIRONMENT(REGION)% %ENVIRONMENT(NONE)%", "42 1 node-1 eu -"],
    ["%ROUTE_NAME% %REQUESTED_SERVER_NAME% %UPSTREAM_TRANSPORT_FAILURE_REASON% %CONNECTION_TERMINATION_DETAILS%", "- - - -"],
    ["%REQ(:METHOD)% %REQ(X-A?USER-AGENT)% %REQ(USER-AGENT?X-A)% %REQ(X-A?X-B)% %REQ(USER-AGENT):2%", "GET curl curl - cu"],
    ["%RESP(X-Envoy-Upstream-Service-Time)% %TRAILER(grpc-status)%", "7 -"],
    ["%REQ_WITHOUT_QUERY(X-ENVOY-ORIGINAL-PATH?:PATH)% %PATH% %PATH(NQ)% %PATH(WQ:ORIG)% %PATH(NQ:PATH):1%", "/a /a?b=c /a - /"],
    ["%START_TIME(%s.%3f)%", "1522890123.045"],
    ["100%% %RESPONSE_CODE%%%", "100% 200%"],
    ["no operator", "no operator"],
    ["", ""],
  ])("%s gives %s", (text, expected) => {
    expect(format(text)).toBe(expected);
  });

  test("a unix socket has no port", () => {
    const parts = { upstreamHost: "/run/app.sock", downstreamRemoteAddress: "@abstract:1" };
    expect(format("%UPSTREAM_HOST% %UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %UPSTREAM_REMOTE_PORT%", parts)).toBe(
      "/run/app.sock /run/app.sock -",
    );
    expect(format("%DOWNSTREAM_REMOTE_PORT%", parts)).toBe("-");
  });

  test("a TCP connection has no request: its parts are missing", () => {
    expect(
      format("%REQ(:METHOD)% %RESP(A)% %PROTOCOL% %PATH% %DURATION%", {
        request: undefined,
        response: undefined,
        protocol: undefined,
        duration: undefined,
      }),
    ).toBe("- - - - -");
  });

  test("response flags are written in Envoy's short and long forms, of requests that retries are used up first", () => {
    const responseFlags = ResponseFlag.UpstreamConnectionFailure | ResponseFlag.UpstreamRetryLimitExceeded;
    expect(format("%RESPONSE_FLAGS% %RESPONSE_FLAGS_LONG%", { responseFlags })).toBe(
      "URX,UF UpstreamRetryLimitExceeded,UpstreamConnectionFailure",
    );
    expect(format("%RESPONSE_FLAGS% %RESPONSE_FLAGS_LONG%", { responseFlags, protocol: undefined })).toBe(
      "UF,URX UpstreamConnectionFailure,UpstreamRetryLimitExceeded",
    );
    for (const [name, flag] of Object.entries(ResponseFlag)) {
      expect(format("%RESPONSE_FLAGS%", { responseFlags: flag })).toBe(
        Object.entries(responseFlagShort).find(([key]) => key === name)?.[1],
      );
    }
  });

  test("dynamic metadata is found by namespace and keys; objects are written as JSON", () => {
    const dynamicMetadata = new Map([["com.test", { test_key: "test_value", test_object: { inner_key: "inner", n: 1.5 }, "": 0 }]]);
    expect(format("%DYNAMIC_METADATA(com.test:test_key)%", { dynamicMetadata })).toBe("test_value");
    expect(format("%DYNAMIC_METADATA(com.test:test_object)%", { dynamicMetadata })).toBe('{"inner_key":"inner","n":1.5}');
    expect(format("%DYNAMIC_METADATA(com.test:test_object:inner_key):3%", { dynamicMetadata })).toBe("inn");
    expect(format("%DYNAMIC_METADATA(com.test:toString)% %DYNAMIC_METADATA(com.test:test_key:x)%", { dynamicMetadata })).toBe("- -");
    expect(format("%DYNAMIC_METADATA(other)% %DYNAMIC_METADATA(other:key)%")).toBe("- -");
  });

  test("omit_empty_values leaves out what is missing", () => {
    expect(compileFormat("[%REQ(X-A)%] %RESPONSE_FLAGS%", path, { omitEmptyValues: true })(streamInfo())).toBe("[] -");
  });

  test.each([
    ["%FOO%", "text_format: at character 1: there is no command operator %FOO%"],
    ["ab %RESPONSE_CODE", 'text_format: at character 4: "%RESPONSE_CODE" begins no command operator'],
    ["100% %PROTOCOL%", "text_format: at character 4: "],
    ["%REQ%", "needs something in parentheses"],
    ["%REQ()%", "needs the name of a header"],
    ["%REQ(A?)%", "needs the name of a header"],
    ["%REQ(A?B?C)%", "has more than one alternative"],
    ["%PROTOCOL(x)%", "takes nothing in parentheses"],
    ["%PROTOCOL:3%", "cannot be cut to a length"],
    ["%START_TIME(%Q)%", "has an unknown specifier %Q"],
    ["%DYNAMIC_METADATA(:a)%", "needs a namespace"],
    ["%PATH(XX)%", "use WQ or NQ"],
  ])("refuses %s and says why", (text, message) => {
    expect(() => format(text)).toThrow(message);
  });

  test("any text is understood or refused with a configuration error, and text without operators is kept", () => {
    const piece = fc.oneof(fc.string(), fc.constantFrom("%", "%%", "(", ")", ":", ...[...operators.keys()].map((name) => `%${name}%`)));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const text = pieces.join("");
        try {
          expect(typeof format(text)).toBe("string");
        } catch (error) {
          expect(error).toMatchObject({ code: "MESH_CONFIG_INVALID" });
        }
        const plain = text.replaceAll("%", "");
        expect(format(plain)).toBe(plain);
      }),
    );
  });
});

describe("JSON formats", () => {
  const json = (structure: object, parts: Partial<StreamInfo> = {}, options = {}): string =>
    compileJsonFormat(fromJson("google.protobuf.Struct", structure), ConfigPath.of("json_format"), { facts, ...options })(
      streamInfo(parts),
    );

  test("keeps the structure, and the types of what is a single operator", () => {
    const line = json({
      code: "%RESPONSE_CODE%",
      text: "code %RESPONSE_CODE%",
      method: "%REQ(:METHOD)%",
      missing: "%REQ(X-A)%",
      mixed: "a %REQ(X-A)%",
      port: "%UPSTREAM_REMOTE_PORT%",
      nested: { list: ["%BYTES_SENT%", { deep: "%PROTOCOL%" }, "x"], empty: {} },
      number: 1.5,
      yes: true,
      none: null,
      literal: 'a "quoted" text',
    });
    expect(line.endsWith("}\n")).toBe(true);
    expect(line.indexOf("\n")).toBe(line.length - 1);
    expect(JSON.parse(line)).toEqual({
      code: 200,
      text: "code 200",
      method: "GET",
      missing: null,
      mixed: "a -",
      port: 8080,
      nested: { list: [1024, { deep: "HTTP/1.1" }, "x"], empty: {} },
      number: 1.5,
      yes: true,
      none: null,
      literal: 'a "quoted" text',
    });
  });

  test("leaves out what is missing where omit_empty_values says so", () => {
    const structure = { a: "%REQ(X-A)%", b: ["%REQ(X-A)%", 1], c: "[%REQ(X-A)%]", d: null };
    expect(json(structure, {}, { omitEmptyValues: true })).toBe('{"b":[1],"c":"[]"}\n');
  });

  test("keeps the order of the configuration, or sorts", () => {
    expect(json({ b: 1, a: 2 })).toBe('{"b":1,"a":2}\n');
    expect(json({ b: { d: 1, c: 2 }, a: 2 }, {}, { sortProperties: true })).toBe('{"a":2,"b":{"c":2,"d":1}}\n');
  });

  test("whatever headers hold, a line is valid JSON without line breaks inside", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        const line = json({ [value]: "%REQ(A)%", mixed: "[%REQ(A)%]" }, { request: headersOf({ a: value }) });
        expect(line.slice(0, -1)).not.toMatch(/[\n\r]/u);
        expect(JSON.parse(line)).toMatchObject({ mixed: `[${value}]` });
      }),
    );
  });

  test("an error names the member", () => {
    expect(() => json({ a: { b: ["x", "%FOO%"] } })).toThrow(
      'json_format["a"]["b"][1]: at character 1: there is no command operator %FOO%',
    );
  });
});

describe("log_format", () => {
  const compile = (message: object): string =>
    compileLogFormat(fromJson("envoy.config.core.v3.SubstitutionFormatString", message), ConfigPath.of("log_format"), facts).write(
      streamInfo(),
    );

  test("takes text in either field, and JSON with its options", () => {
    expect(compile({ text_format: "%PROTOCOL%\n" })).toBe("HTTP/1.1\n");
    expect(compile({ text_format_source: { inline_string: "%REQ(X-A)%|" }, omit_empty_values: true })).toBe("|");
    expect(compile({ json_format: { b: "%PROTOCOL%", a: 1 }, json_format_options: { sort_properties: true } })).toBe(
      '{"a":1,"b":"HTTP/1.1"}\n',
    );
  });

  test("is Envoy's default where there is none, and must not be empty", () => {
    expect(compileLogFormat(null, path, facts).write(streamInfo())).toBe(format(defaultFormat));
    expect(() => compile({})).toThrow("log_format: one of text_format_source, json_format, text_format is required");
    expect(() => compile({ text_format_source: { inline_string: "%X%" } })).toThrow("log_format.text_format_source: at character 1");
  });
});
