import { describe, expect, test } from "vitest";
import { pairs } from "../../route/testing.ts";
import { FakeResponse, testStreams, type FakeStream, type TestStreams } from "../testing.ts";

const typeUrl = "type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors";
const origin = "https://shop.example";
type Headers = readonly (readonly [string, string])[];

const policy = (fields: object): object => ({ typed_per_filter_config: { cors: { "@type": `${typeUrl}Policy`, ...fields } } });
const from = (exact: string): object => ({ allow_origin_string_match: [{ exact }] });

/** What each level of the routes says. */
interface Levels {
  readonly route?: object;
  readonly virtualHost?: object;
  readonly configuration?: object;
  readonly action?: object;
}

function streams({ route, virtualHost, configuration, action = { route: { cluster: "a" } } }: Levels): TestStreams {
  return testStreams({
    httpFilters: [{ name: "cors", typed_config: { "@type": typeUrl } }],
    routes: [{ match: { prefix: "/" }, ...action, ...(route && policy(route)) }],
    ...(virtualHost && { virtualHost: policy(virtualHost) }),
    ...(configuration && { configuration: policy(configuration) }),
  });
}

/** The fields of a response to a request with an origin. */
function answered(levels: Levels, headers: Headers = [["origin", origin]]): Headers {
  const stream = streams(levels).begin({ headers });
  stream.answer(200, [["access-control-allow-origin", "the host's"]]);
  return fieldsOf(stream);
}

/** The fields of the answer to a preflight; undefined where the host is asked. */
function preflight(levels: Levels, headers: Headers = []): Headers | undefined {
  const asked: Headers = [["origin", origin], ["access-control-request-method", "PUT"], ...headers];
  const stream = streams(levels).begin({ method: "OPTIONS", headers: asked, slowReplies: true });
  if (stream.attempts.length > 0) return undefined;
  expect(stream.written).toEqual(["local 200 "]);
  expect(stream.responseCodeDetails).toBe("cors_response");
  stream.response = new FakeResponse(200, []);
  stream.responseComplete = true;
  stream.continueResponse();
  return fieldsOf(stream);
}

const fieldsOf = (stream: FakeStream): Headers =>
  (stream.response === undefined ? [] : pairs(stream.response.headers)).flatMap(([name, value]) =>
    value === null ? [] : [[name, value] as const],
  );

const untouched: Headers = [["access-control-allow-origin", "the host's"]];

describe("a response", () => {
  test("may be read by an origin that the policy allows", () => {
    expect(answered({ route: from(origin) })).toEqual([["access-control-allow-origin", origin]]);
    expect(answered({ route: { ...from(origin), allow_credentials: true, expose_headers: "x-a,x-b" } })).toEqual([
      ["access-control-allow-origin", origin],
      ["access-control-allow-credentials", "true"],
      ["access-control-expose-headers", "x-a,x-b"],
    ]);
    expect(answered({ route: from("*") })).toEqual([["access-control-allow-origin", origin]]);
    const regex = { allow_origin_string_match: [{ exact: "x" }, { safe_regex: { regex: "https://.*\\.example" } }] };
    expect(answered({ route: regex })).toEqual([["access-control-allow-origin", origin]]);
  });

  test("is left as it is for others, and where nothing is said", () => {
    expect(answered({ route: { ...from("https://else.where"), allow_credentials: true } })).toEqual(untouched);
    expect(answered({ route: {} })).toEqual(untouched);
    expect(answered({})).toEqual(untouched);
    expect(answered({ route: from(origin) }, [])).toEqual(untouched);
    expect(answered({ route: from(origin) }, [["origin", ""]])).toEqual(untouched);
  });

  test("is not touched where the route forwards nothing", () => {
    const stream = streams({ route: from(origin), action: { direct_response: { status: 200 } } }).begin({ headers: [["origin", origin]] });
    expect(stream.written).toEqual(["local 200 "]);
  });
});

describe("a preflight", () => {
  test("is answered with what the policy allows", () => {
    const all = {
      ...from(origin),
      allow_methods: "GET,PUT",
      allow_headers: "x-a",
      max_age: "600",
      expose_headers: "x-b",
      allow_credentials: true,
    };
    expect(preflight({ route: all })).toEqual([
      ["access-control-allow-origin", origin],
      ["access-control-allow-credentials", "true"],
      ["access-control-allow-methods", "GET,PUT"],
      ["access-control-allow-headers", "x-a"],
      ["access-control-max-age", "600"],
      ["access-control-expose-headers", "x-b"],
    ]);
    expect(preflight({ route: from(origin) })).toEqual([["access-control-allow-origin", origin]]);
  });

  test("is granted whatever it asks for where all is allowed", () => {
    const asked: Headers = [["access-control-request-headers", "x-c,x-d"]];
    expect(preflight({ route: { ...from("*"), allow_methods: "*", allow_headers: "*" } }, asked)).toEqual([
      ["access-control-allow-origin", origin],
      ["access-control-allow-methods", "PUT"],
      ["access-control-allow-headers", "x-c,x-d"],
    ]);
  });

  test("of a private network is allowed where it asks for that, and may", () => {
    const asked: Headers = [["access-control-request-private-network", "true"]];
    const allowed = ["access-control-allow-private-network", "true"];
    expect(preflight({ route: { ...from(origin), allow_private_network_access: true } }, asked)).toContainEqual(allowed);
    expect(preflight({ route: { ...from(origin), allow_private_network_access: true } })).not.toContainEqual(allowed);
    expect(preflight({ route: from(origin) }, asked)).not.toContainEqual(allowed);
  });

  test("of an origin that is not allowed is the host's to answer, unless the policy says otherwise", () => {
    const other = { ...from("https://else.where"), allow_methods: "GET" };
    expect(preflight({ route: other })).toBeUndefined();
    expect(preflight({ route: { ...other, forward_not_matching_preflights: true } })).toBeUndefined();
    expect(preflight({ route: { ...other, forward_not_matching_preflights: false } })).toEqual([["access-control-allow-methods", "GET"]]);
  });

  test("is an OPTIONS request that says which method is to follow", () => {
    const make = (method: string, headers: Headers): FakeStream => streams({ route: from(origin) }).begin({ method, headers });
    expect(make("OPTIONS", [["origin", origin]]).attempts).toHaveLength(1);
    const asked: Headers = [
      ["origin", origin],
      ["access-control-request-method", "PUT"],
    ];
    expect(make("GET", asked).attempts).toHaveLength(1);
    expect(make("OPTIONS", asked).attempts).toHaveLength(0);
  });
});

test("of each thing the most specific level that says something of it counts", () => {
  const levels = {
    route: { max_age: "1" },
    virtualHost: { ...from(origin), max_age: "2", allow_methods: "GET", allow_credentials: false },
    configuration: { ...from("*"), allow_methods: "PUT", allow_headers: "x-a", allow_credentials: true },
  };
  expect(preflight(levels)).toEqual([
    ["access-control-allow-origin", origin],
    ["access-control-allow-methods", "GET"],
    ["access-control-allow-headers", "x-a"],
    ["access-control-max-age", "1"],
  ]);
  expect(preflight({ ...levels, virtualHost: from("https://else.where") })).toBeUndefined();
});

describe("a policy", () => {
  const share = (numerator: number): object => ({ default_value: { numerator, denominator: "HUNDRED" } });

  test("may be off, or only be counted", () => {
    for (const [fields, valid, isTouched] of [
      [{}, 1, true],
      [{ filter_enabled: share(100) }, 1, true],
      [{ filter_enabled: share(0) }, 0, false],
      [{ filter_enabled: share(0), shadow_enabled: share(100) }, 1, false],
      [{ filter_enabled: share(100), shadow_enabled: share(100) }, 1, true],
      [{ shadow_enabled: share(0) }, 1, true],
    ] as const) {
      const { begin, stat } = streams({ route: { ...from(origin), ...fields } });
      const stream = begin({ headers: [["origin", origin]] });
      stream.answer(200);
      expect(stat("fake.cors.origin_valid")).toBe(valid);
      expect(stream.response?.header("access-control-allow-origin")).toBe(isTouched ? origin : undefined);
    }
  });

  test("counts the origins that it does not allow", () => {
    const { begin, stat } = streams({ route: from(origin) });
    for (const other of ["https://else.where", "null"]) begin({ headers: [["origin", other]] });
    expect([stat("fake.cors.origin_valid"), stat("fake.cors.origin_invalid")]).toEqual([0, 2]);
  });

  test("is refused where a value cannot stand in a header", () => {
    expect(() => streams({ route: { max_age: "1\r\nx: y" } })).toThrow("max_age");
    expect(() => streams({ route: { allow_origin_string_match: [{ prefix: "" }] } })).toThrow("allow_origin_string_match[0].prefix");
  });
});
