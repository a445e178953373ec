import { describe, expect, test } from "vitest";
import { pairs } from "../../route/testing.ts";
import { testStreams, type FakeStream, type TestStreams, type TestStreamsOptions } from "../testing.ts";

const typeUrl = "type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation";
type Headers = readonly (readonly [string, string])[];

function mutating(config: object, options: TestStreamsOptions = {}): TestStreams {
  return testStreams({ httpFilters: [{ name: "mutate", typed_config: { "@type": typeUrl, ...config } }], ...options });
}

const append = (key: string, value: string, more: object = {}): object => ({ append: { header: { key, value }, ...more } });
const perRoute = (mutations: object): object => ({ typed_per_filter_config: { mutate: { "@type": `${typeUrl}PerRoute`, mutations } } });

/** Headers of a request after the filter, without `host`. */
function requestAfter(mutations: readonly object[], headers: Headers = []): Headers {
  const stream = mutating({ mutations: { request_mutations: mutations } }).begin({ headers });
  return own(stream);
}

const own = (stream: FakeStream): Headers =>
  pairs(stream.request.headers).flatMap(([name, value]) => (name === "host" || value === null ? [] : [[name, value] as const]));

describe("a mutation of the request", () => {
  test("removes all fields of a name", () => {
    const before = [
      ["x-a", "1"],
      ["X-B", "2"],
      ["x-b", "3"],
    ] as const;
    expect(requestAfter([{ remove: "x-b" }], before)).toEqual([["x-a", "1"]]);
    expect(requestAfter([{ remove: "x-c" }], before)).toEqual(before);
  });

  test("adds a field, as its action says", () => {
    const before = [["x-a", "1"]] as const;
    const with_ = (append_action: string, key: string = "x-a"): Headers => requestAfter([append(key, "2", { append_action })], before);
    expect(requestAfter([append("x-a", "2")], before)).toEqual([...before, ["x-a", "2"]]);
    expect(with_("APPEND_IF_EXISTS_OR_ADD")).toEqual([...before, ["x-a", "2"]]);
    expect(with_("ADD_IF_ABSENT")).toEqual(before);
    expect(with_("ADD_IF_ABSENT", "x-b")).toEqual([...before, ["x-b", "2"]]);
    expect(with_("OVERWRITE_IF_EXISTS_OR_ADD")).toEqual([["x-a", "2"]]);
    expect(with_("OVERWRITE_IF_EXISTS_OR_ADD", "x-b")).toEqual([...before, ["x-b", "2"]]);
    expect(with_("OVERWRITE_IF_EXISTS")).toEqual([["x-a", "2"]]);
    expect(with_("OVERWRITE_IF_EXISTS", "x-b")).toEqual(before);
  });

  test("comes after the one before it", () => {
    expect(requestAfter([append("x-a", "1"), { remove: "x-a" }, append("x-b", "2"), append("x-b", "3")])).toEqual([
      ["x-b", "2"],
      ["x-b", "3"],
    ]);
  });

  test("may take its value from the stream", () => {
    const mutations = [
      append("x-path", "%REQ(:PATH)% of %PROTOCOL% at 100%%"),
      append("x-none", "%REQ(X-MISSING)%"),
      append("x-kept", "%REQ(X-MISSING)%", { keep_empty_value: true }),
    ];
    expect(requestAfter(mutations)).toEqual([
      ["x-path", "/ of fake at 100%"],
      ["x-kept", ""],
    ]);
  });

  test("is seen by routes chosen anew, and by the host", () => {
    const stream = mutating({ mutations: { request_mutations: [append("x-a", "1")] } }).begin();
    expect(stream.attempts).toHaveLength(1);
    expect(stream.request.header("x-a")).toBe("1");
  });
});

test("a mutation of the response sees both heads", () => {
  const response_mutations = [{ remove: "server" }, append("x-for", "%REQ(X-ID)% %RESPONSE_CODE%")];
  const stream = mutating({ mutations: { response_mutations } }).begin({ headers: [["x-id", "7"]] });
  stream.answer(202, [
    ["server", "host"],
    ["x-kept", "1"],
  ]);
  expect(stream.response && pairs(stream.response.headers)).toEqual([
    ["x-kept", "1"],
    ["x-for", "7 202"],
  ]);
});

describe("mutations of routes", () => {
  const set = (value: string): object => {
    const mutation = append("x-level", value, { append_action: "OVERWRITE_IF_EXISTS_OR_ADD" });
    return { request_mutations: [mutation, append("x-all", value)], response_mutations: [mutation] };
  };
  const levels: TestStreamsOptions = {
    configuration: perRoute(set("table")),
    virtualHost: perRoute(set("host")),
    routes: [{ match: { prefix: "/" }, route: { cluster: "a" }, ...perRoute(set("route")) }],
  };

  test("come after the filter's own, the most specific first, so that the table's win", () => {
    const stream = mutating({ mutations: set("filter") }, levels).begin();
    const values = own(stream).flatMap(([name, value]) => (name === "x-all" ? [value] : []));
    expect(values).toEqual(["filter", "route", "host", "table"]);
    expect(stream.request.header("x-level")).toBe("table");
    stream.answer(200);
    expect(stream.response?.header("x-level")).toBe("table");
  });

  test("come the other way round where the most specific are to win", () => {
    const stream = mutating({ mutations: set("filter"), most_specific_header_mutations_wins: true }, levels).begin();
    const values = own(stream).flatMap(([name, value]) => (name === "x-all" ? [value] : []));
    expect(values).toEqual(["filter", "table", "host", "route"]);
    stream.answer(200);
    expect(stream.response?.header("x-level")).toBe("route");
  });
});

describe("a configuration is refused", () => {
  const at = "http_filters[0].typed_config.mutations.request_mutations[0]";
  const refused = (mutation: object): (() => unknown) => {
    return () => requestAfter([mutation]);
  };

  test("that changes what is no header", () => {
    expect(refused({ remove: ":path" })).toThrow(`${at}.remove`);
    expect(refused(append("Host", "x"))).toThrow(`${at}.append.header.key`);
    expect(refused(append("a b", "x"))).toThrow(`${at}.append.header.key`);
    expect(refused({})).toThrow(`${at}: one of remove, append is required`);
  });

  test("with a value that cannot be", () => {
    expect(refused(append("x", "a\r\nb"))).toThrow(`${at}.append.header.value`);
    expect(refused(append("x", "%NOTHING%"))).toThrow(`${at}.append.header.value`);
  });

  test("in a route, too", () => {
    const routes = [{ match: { prefix: "/" }, route: { cluster: "a" }, ...perRoute({ request_mutations: [{ remove: "" }] }) }];
    expect(() => mutating({}, { routes })).toThrow('typed_per_filter_config["mutate"].mutations.request_mutations[0].remove');
  });
});
