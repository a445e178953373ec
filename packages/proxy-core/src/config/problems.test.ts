import { describe, expect, test } from "vitest";
import { ConfigPath } from "./path.ts";
import { ConfigError, fail, formatProblem, isConfigError, ProblemList, withPositions } from "./problems.ts";

describe("a path", () => {
  test("reads as the configuration is written", () => {
    const path = ConfigPath.root.field("static_resources").field("clusters").index(2).field("metadata").key('a"b').field("x");
    expect(String(path)).toBe('static_resources.clusters[2].metadata["a\\"b"].x');
    expect(String(ConfigPath.root)).toBe("");
    expect(String(ConfigPath.of('cluster "echo"').field("name"))).toBe('cluster "echo".name');
  });
});

describe("a problem", () => {
  test("is told with as much of its place as is known", () => {
    expect(formatProblem({ path: "a.b", message: "is wrong" })).toBe("a.b: is wrong");
    expect(formatProblem({ path: "", message: "is wrong", file: "x.yaml" })).toBe("x.yaml: is wrong");
    expect(formatProblem({ path: "a", message: "is wrong", file: "x.yaml", line: 3, column: 7 })).toBe("x.yaml:3:7: a: is wrong");
  });
});

describe("a ConfigError", () => {
  test("tells all problems, one a line, under a stable code", () => {
    const error = new ConfigError([
      { path: "a", message: "is wrong" },
      { path: "b", message: "too" },
    ]);
    expect(error.message).toBe("a: is wrong\nb: too");
    expect(error.code).toBe("MESH_CONFIG_INVALID");
    expect(isConfigError(error)).toBe(true);
    expect(isConfigError(new Error("no"))).toBe(false);
  });

  test("gets the places of problems that only had paths", () => {
    const cause = new Error("cause");
    const error = new ConfigError(
      [
        { path: "a", message: "is wrong" },
        { path: "b", message: "too", file: "x.yaml", line: 1, column: 1 },
        { path: "c", message: "as well" },
      ],
      { cause },
    );
    const located = withPositions(error, (path) => (path === "a" ? { file: "y.yaml", line: 9, column: 3 } : undefined));
    expect(located.message).toBe("y.yaml:9:3: a: is wrong\nx.yaml:1:1: b: too\nc: as well");
    expect(located.cause).toBe(cause);
  });
});

describe("a list of problems", () => {
  test("collects what attempts fail with and goes on", () => {
    const problems = new ProblemList();
    expect(problems.collect(() => fail("a", "is wrong"))).toBeUndefined();
    expect(problems.collect(() => 1)).toBe(1);
    problems.add(ConfigPath.root.field("b"), "too");
    expect(() => problems.throwIfAny()).toThrow("a: is wrong\nb: too");
  });

  test("lets errors through that are not the configuration's", () => {
    const problems = new ProblemList();
    expect(() => problems.collect(() => JSON.parse("{"))).toThrow(SyntaxError);
    problems.throwIfAny();
  });
});
