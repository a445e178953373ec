import { createMessage, type MessageInit } from "@mesh/xds-proto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import { pathEnd } from "./path-matcher.ts";
import { compileQueryMatcher, queryParameter } from "./query-matcher.ts";

/** As Envoy parses a query: split at `&`, the first `=` ends the name, nothing is decoded, the first value of a name counts. */
function slowly(path: string, name: string): string | undefined {
  const [withoutFragment = ""] = path.split("#");
  const query = withoutFragment.split("?").slice(1).join("?");
  if (!withoutFragment.includes("?") || query === "") return undefined;
  const pairs = query.split("&").map((pair) => ({ name: pair.split("=")[0], value: pair.split("=").slice(1).join("=") }));
  // Nothing follows an ampersand at the end.
  if (query.endsWith("&")) pairs.pop();
  return pairs.find((pair) => pair.name === name)?.value;
}

test("a query parameter is the one that splitting the query finds", () => {
  const path = fc.tuple(fc.stringMatching(/^\/[a&=]{0,2}$/), fc.stringMatching(/^(\?[ab=&%?]{0,10})?(#[?a=&]{0,4})?$/));
  fc.assert(
    fc.property(
      path.map((parts) => parts.join("")),
      fc.stringMatching(/^[ab?%&#]{0,3}$/),
      (text, name) => {
        expect(queryParameter(text, pathEnd(text), name)).toBe(slowly(text, name));
      },
    ),
    { numRuns: 3000 },
  );
});

describe("a condition on a query parameter", () => {
  test.each<[MessageInit<"envoy.config.route.v3.QueryParameterMatcher">, string, boolean]>([
    [{ name: "a" }, "/?a=1", true],
    [{ name: "a" }, "/?a", true],
    [{ name: "a" }, "/?b=a", false],
    [{ name: "a" }, "/", false],
    [{ name: "a", presentMatch: true }, "/?a=", true],
    [{ name: "a", presentMatch: true }, "/?b", false],
    [{ name: "a", presentMatch: false }, "/?a", false],
    [{ name: "a", presentMatch: false }, "/?b", true],
    [{ name: "a", stringMatch: { exact: "1" } }, "/?a=1", true],
    [{ name: "a", stringMatch: { exact: "1" } }, "/?a=2&a=1", false],
    [{ name: "a", stringMatch: { exact: "1" } }, "/?A=1", false],
    [{ name: "a", stringMatch: { exact: "" } }, "/?a", true],
    [{ name: "a", stringMatch: { exact: "" } }, "/?b", false],
    [{ name: "a", stringMatch: { prefix: "x%20" } }, "/?b&a=x%20y", true],
    [{ name: "a", stringMatch: { safeRegex: { regex: "[0-9]+" } } }, "/?a=12#f", true],
    [{ name: "a", stringMatch: { safeRegex: { regex: "[0-9]+" } } }, "/?a=12x", false],
  ])("%j on %j is %j", (init, path, outcome) => {
    const matcher = compileQueryMatcher(createMessage("envoy.config.route.v3.QueryParameterMatcher", init), ConfigPath.of("q"));
    expect(matcher.matches(path, pathEnd(path))).toBe(outcome);
  });
});
