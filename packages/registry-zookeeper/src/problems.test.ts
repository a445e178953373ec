import { expect, test } from "vitest";
import { type Problem, Problems } from "./problems.ts";

const wrong: Problem = { code: "MESH_REGISTRY_MALFORMED", message: "is wrong" };
const worse: Problem = { code: "MESH_REGISTRY_REFUSED", message: "is worse", retryInMs: 5 };

function open(): { readonly problems: Problems; readonly told: unknown[] } {
  const told: unknown[] = [];
  const problems = new Problems({
    name: "zk",
    onError: ({ code, message, path }, retryInMs) => told.push([code, message, path, retryInMs]),
    onRecovered: (path) => told.push(path),
  });
  return { problems, told };
}

test("a problem is told once, and its end", () => {
  const { problems, told } = open();
  problems.listen();
  problems.set("/a", 1, wrong);
  problems.set("/a", 1, wrong);
  problems.set("/a", 1, undefined);
  problems.set("/a", 1, undefined);
  expect(told).toEqual([["MESH_REGISTRY_MALFORMED", "zk: /a: is wrong", "/a", undefined], "/a"]);
});

test("an entry is well when nobody says anything else, and another problem takes the place of the first", () => {
  const { problems, told } = open();
  problems.listen();
  problems.set("/a", 1, wrong);
  problems.set("/a", 2, wrong);
  problems.set("/a", 3, worse);
  problems.set("/a", 1, undefined);
  problems.set("/a", 2, undefined);
  problems.set("/b", 1, undefined);
  problems.set("/a", 3, undefined);
  expect(told).toEqual([
    ["MESH_REGISTRY_MALFORMED", "zk: /a: is wrong", "/a", undefined],
    ["MESH_REGISTRY_REFUSED", "zk: /a: is worse", "/a", 5],
    "/a",
  ]);
});

test("what was wrong before anybody listened is told then, what is over by then is not", () => {
  const { problems, told } = open();
  problems.set("/a", 1, wrong);
  problems.set("/b", 1, wrong);
  problems.set("/b", 1, undefined);
  expect(told).toEqual([]);
  problems.listen();
  expect(told).toEqual([["MESH_REGISTRY_MALFORMED", "zk: /a: is wrong", "/a", undefined]]);
});
