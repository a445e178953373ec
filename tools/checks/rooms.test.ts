import { expect, test } from "vitest";
import { tempTree } from "../lib/testing.ts";
import { checkRooms } from "./rooms.ts";

function check(path: string, ...specifiers: string[]): string[] {
  const text = specifiers.map((specifier) => `import "${specifier}";\n`).join("");
  return checkRooms(tempTree({ [`packages/proxy-core/src/${path}`]: text }));
}

test("a room may import rooms to its right, its own files, and packages", () => {
  expect(
    check("http/codec.ts", "../stream/index.ts", "../stats/index.ts", "../runtime/index.ts", "./a.ts", "@mesh/codec", "re2js"),
  ).toEqual([]);
  expect(check("stats/a.ts", "../runtime/index.ts")).toEqual([]);
  expect(check("index.ts", "./proxy/index.ts", "./runtime/index.ts")).toEqual([]);
});

test("a room may not import rooms to its left", () => {
  expect(check("cluster/pools/a.ts", "../../route/index.ts")).toEqual([
    'packages/proxy-core/src/cluster/pools/a.ts:1: "cluster" must not import "route", which stands before it',
  ]);
  expect(check("runtime/a.ts", "../stats/index.ts")).toHaveLength(1);
});

test("rooms of one group may not import each other", () => {
  expect(check("http/a.ts", "../rpc/index.ts")).toEqual([
    'packages/proxy-core/src/http/a.ts:1: "http" must not import "rpc", which stands beside it',
  ]);
  expect(check("config/a.ts", "../stats/index.ts")).toHaveLength(1);
  expect(check("access-log/a.ts", "../stats/index.ts", "../matching/index.ts")).toEqual([]);
});

test("a room is entered through its index.ts", () => {
  expect(check("proxy/a.ts", "../listener/index.ts", "../listener/match.ts")).toEqual([
    "packages/proxy-core/src/proxy/a.ts:2: imports src/listener/match.ts; other rooms are imported through src/listener/index.ts",
  ]);
  expect(check("index.ts", "./listener/match.ts")).toHaveLength(1);
});

test("extensions know what calls them, not each other and not the proxy", () => {
  expect(check("extensions/fault/a.ts", "../../stream/index.ts", "../../runtime/index.ts", "./b.ts")).toEqual([]);
  expect(check("extensions/fault/a.ts", "../router/index.ts")).toEqual([
    'packages/proxy-core/src/extensions/fault/a.ts:1: "extensions/fault" must not import "extensions/router", which stands beside it',
  ]);
  expect(check("extensions/fault/a.ts", "../../proxy/index.ts")).toHaveLength(1);
  expect(check("proxy/a.ts", "../extensions/fault/index.ts")).toEqual([]);
  expect(check("stream/a.ts", "../extensions/fault/index.ts")).toHaveLength(1);
});

test("a test may put any rooms together, through their index.ts", () => {
  expect(check("cluster/a.test.ts", "../listener/index.ts")).toEqual([]);
  expect(check("cluster/a.test.ts", "../listener/match.ts")).toHaveLength(1);
});

test("a room's testing.ts is for tests and for what helps them", () => {
  expect(check("cluster/a.test.ts", "../runtime/testing.ts")).toEqual([]);
  expect(check("cluster/testing.ts", "../runtime/testing.ts")).toEqual([]);
  expect(check("cluster/testing.ts", "../proxy/index.ts")).toEqual([]);
  expect(check("cluster/balancer-compliance.ts", "../runtime/testing.ts")).toEqual([]);
  expect(check("cluster/a.ts", "../runtime/testing.ts")).toHaveLength(1);
});

test("every folder is a room, and what rooms share is in one", () => {
  expect(check("utils/a.ts")).toEqual(["packages/proxy-core/src/utils/a.ts: is in no room; name its folder in tools/checks/rooms.ts"]);
  expect(check("stream/a.ts", "../helpers.ts")).toEqual([
    "packages/proxy-core/src/stream/a.ts:1: imports src/helpers.ts: what rooms share belongs to a room",
  ]);
});
