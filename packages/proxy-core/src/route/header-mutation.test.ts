import { fromJson } from "@mesh/xds-proto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StreamInfo } from "../access-log/index.ts";
import { streamInfo } from "../access-log/testing.ts";
import { ConfigPath } from "../config/index.ts";
import { compileHeaderMutation, inSequence } from "./header-mutation.ts";
import type { HeaderMutation } from "./contract.ts";
import { pairs, TestRequest } from "./testing.ts";

interface Level {
  readonly add?: readonly object[];
  readonly remove?: readonly string[];
}

function compile({ add = [], remove = [] }: Level): HeaderMutation | undefined {
  const options = add.map((option) => fromJson("envoy.config.core.v3.HeaderValueOption", option));
  return compileHeaderMutation(options, remove, ConfigPath.of("route"), "request");
}

type Entries = readonly (readonly [string, string])[];

/** The headers that such a level makes of others. */
function changed(level: Level, before: Entries, info: Partial<StreamInfo> = {}): Entries {
  const request = new TestRequest({ authority: "h", headers: before });
  compile(level)?.apply(request.headers, streamInfo({ request, ...info }));
  return pairs(request.headers)
    .slice(1)
    .map(([name, value]) => [name, value ?? ""]);
}

const option = (key: string, value: string, rest: object = {}): object => ({ header: { key, value }, ...rest });

describe("a level's header mutation", () => {
  test.each([
    [
      "APPEND_IF_EXISTS_OR_ADD",
      [
        ["a", "1"],
        ["a", "2"],
      ],
      [["a", "2"]],
    ],
    ["ADD_IF_ABSENT", [["a", "1"]], [["a", "2"]]],
    ["OVERWRITE_IF_EXISTS_OR_ADD", [["a", "2"]], [["a", "2"]]],
    ["OVERWRITE_IF_EXISTS", [["a", "2"]], []],
  ])("%s: over one that is there %j, else %j", (action, there, absent) => {
    const level = { add: [option("a", "2", { append_action: action })] };
    expect(changed(level, [["a", "1"]])).toEqual(there);
    expect(changed(level, [])).toEqual(absent);
  });

  test("takes the deprecated `append` for the two actions that it can say", () => {
    expect(changed({ add: [option("a", "2", { append: true })] }, [["a", "1"]])).toEqual([
      ["a", "1"],
      ["a", "2"],
    ]);
    expect(changed({ add: [option("a", "2", { append: false })] }, [["a", "1"]])).toEqual([["a", "2"]]);
  });

  test("removes first, then overwrites, then adds, whatever the order in the configuration", () => {
    const level = {
      add: [option("a", "added"), option("b", "first", { append_action: "OVERWRITE_IF_EXISTS_OR_ADD" }), option("b", "more")],
      remove: ["A", "absent"],
    };
    expect(
      changed(level, [
        ["a", "1"],
        ["b", "2"],
        ["B", "3"],
        ["c", "4"],
      ]),
    ).toEqual([
      ["b", "first"],
      ["c", "4"],
      ["a", "added"],
      ["b", "more"],
    ]);
  });

  test("makes all values and conditions from what is there after the removals", () => {
    const level = {
      add: [
        option("a", "new", { append_action: "OVERWRITE_IF_EXISTS_OR_ADD" }),
        option("copy", "%REQ(a)%|%REQ(gone)%"),
        option("d", "1", { append_action: "ADD_IF_ABSENT" }),
        option("d", "2", { append_action: "ADD_IF_ABSENT" }),
      ],
      remove: ["gone"],
    };
    expect(
      changed(level, [
        ["a", "old"],
        ["gone", "x"],
      ]),
    ).toEqual([
      ["a", "new"],
      ["copy", "old|"],
      ["d", "1"],
      ["d", "2"],
    ]);
  });

  test("leaves empty values out unless they are kept, and missing ones are empty", () => {
    expect(changed({ add: [option("a", ""), option("b", "%REQ(absent)%")] }, [])).toEqual([]);
    const keep = { keep_empty_value: true };
    expect(changed({ add: [option("a", "", keep), option("b", "%REQ(absent)%", keep)] }, [])).toEqual([
      ["a", ""],
      ["b", ""],
    ]);
  });

  test("fills in what is known of the stream", () => {
    const add = [option("x", "100%% %UPSTREAM_CLUSTER% %PROTOCOL%"), option("y", "50%%")];
    expect(changed({ add }, [], { upstreamCluster: "web" })).toEqual([
      ["x", "100% web HTTP/1.1"],
      ["y", "50%"],
    ]);
  });

  test("takes raw values as they are", () => {
    const level = { add: [{ header: { key: "x", raw_value: Buffer.from("%é中").toString("base64") } }] };
    expect(changed(level, [])).toEqual([["x", "%é中"]]);
  });

  test("is nothing where there is nothing to do", () => {
    expect(compile({})).toBeUndefined();
    expect(compile({ add: [option("a", "")] })).toBeUndefined();
  });

  test("does what a simple reading of Envoy's rules does", () => {
    const name = fc.constantFrom("a", "b", "c");
    const add = fc.record({
      key: name,
      value: fc.constantFrom("", "1", "2", "%REQ(a)%", "x%REQ(b)%"),
      action: fc.constantFrom("APPEND_IF_EXISTS_OR_ADD", "ADD_IF_ABSENT", "OVERWRITE_IF_EXISTS_OR_ADD", "OVERWRITE_IF_EXISTS"),
      keep: fc.boolean(),
    });
    const before = fc.array(fc.tuple(name, fc.constantFrom("p", "q")), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(add, { maxLength: 5 }), fc.array(name, { maxLength: 2 }), before, (additions, remove, headers) => {
        const level = {
          add: additions.map(({ key, value, action, keep }) => option(key, value, { append_action: action, keep_empty_value: keep })),
          remove,
        };
        const left: (readonly [string, string])[] = headers.filter(([header]) => !remove.includes(header));
        const get = (key: string): string =>
          left
            .filter(([header]) => header === key)
            .map(([, value]) => value)
            .join(", ");
        const made = additions
          .filter(({ key, action }) => !(action === "ADD_IF_ABSENT" && left.some(([header]) => header === key)))
          .filter(({ key, action }) => !(action === "OVERWRITE_IF_EXISTS" && !left.some(([header]) => header === key)))
          .map(({ key, value, action, keep }) => ({
            key,
            action,
            keep,
            value: value.replace(/%REQ\((.)\)%/, (_, header: string) => get(header)),
          }))
          .filter(({ value, keep }) => value !== "" || keep);
        let result: (readonly [string, string])[] = [...left];
        for (const { key, value } of made.filter(({ action }) => action.startsWith("OVERWRITE"))) {
          const at = result.findIndex(([header]) => header === key);
          if (at < 0) result.push([key, value]);
          else
            result = result
              .map((entry, index): readonly [string, string] => (index === at ? [key, value] : entry))
              .filter(([header], index) => index === at || header !== key);
        }
        for (const { key, value } of made.filter(({ action }) => !action.startsWith("OVERWRITE"))) result.push([key, value]);
        expect(changed(level, headers)).toEqual(result);
      }),
    );
  });

  test.each<[Level, string]>([
    [{ add: [option(":path", "/")] }, "route.request_headers_to_add[0].header.key: :-prefixed or host headers may not be modified"],
    [{ add: [option("a", "1"), option("Host", "x")] }, "route.request_headers_to_add[1].header.key: :-prefixed or host"],
    [{ remove: [":authority"] }, "route.request_headers_to_remove[0]: :-prefixed or host headers may not be removed"],
    [{ remove: ["a", "HOST"] }, "route.request_headers_to_remove[1]: :-prefixed"],
    [{ remove: [""] }, "route.request_headers_to_remove[0]: is required"],
    [{ add: [{}] }, "route.request_headers_to_add[0].header: is required"],
    [{ add: [option("", "1")] }, "route.request_headers_to_add[0].header.key: is required"],
    [{ add: [option("a b", "1")] }, 'route.request_headers_to_add[0].header.key: "a b" is no header name'],
    [{ add: [option("a", "1\r\nb: 2")] }, "route.request_headers_to_add[0].header.value: a header's value cannot have control"],
    [{ add: [option("a", "\x01")] }, "route.request_headers_to_add[0].header.value: a header's value cannot have control"],
    [
      { add: [{ header: { key: "a", raw_value: Buffer.from([0xe9]).toString("base64") } }] },
      "route.request_headers_to_add[0].header.raw_value: is no UTF-8",
    ],
    [
      { add: [option("a", "%NO_SUCH%")] },
      "route.request_headers_to_add[0].header.value: at character 1: there is no command operator %NO_SUCH%",
    ],
    [{ add: [option("a", "%")] }, "route.request_headers_to_add[0].header.value: at character 1:"],
    [
      { add: [{ header: { key: "a", value: "1", raw_value: "Mg==" } }] },
      "route.request_headers_to_add[0].header: has both value and raw_value",
    ],
    [{ add: [option("a", "1", { append: true, append_action: "ADD_IF_ABSENT" })] }, "route.request_headers_to_add[0]: has both append and"],
    [{ add: [option("a", "x".repeat(16_385))] }, "route.request_headers_to_add[0].header.value: must be 16384 bytes or less, is 16385"],
    [
      { add: Array.from({ length: 1001 }, () => option("a", "1")) },
      "route.request_headers_to_add: must have 1000 entries or less, has 1001",
    ],
  ])("refuses what Envoy refuses: %j", (level, message) => {
    expect(() => compile(level)).toThrow(message);
  });
});

test("mutations in sequence see what those before them did", () => {
  const overwrite = (value: string): HeaderMutation | undefined => compile({ add: [option("a", value, { append: false })] });
  const request = new TestRequest();
  inSequence([overwrite("1"), undefined, compile({ add: [option("b", "%REQ(a)%")] }), overwrite("2")])?.apply(
    request.headers,
    streamInfo({ request }),
  );
  expect(request.headers.get("a")).toBe("2");
  expect(request.headers.get("b")).toBe("1");
  expect(inSequence([undefined, undefined])).toBeUndefined();
});
