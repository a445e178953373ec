import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { analyze } from "../analyze/analyze.ts";
import { summaries, yamlOf } from "../testing.ts";
import { ConfigStore, type FileContent } from "./store.ts";

const entry = (name: string, address = "10.0.0.1"): string => yamlOf("WorkloadEntry", `address: ${address}`, `{ name: ${name} }`);

/** A store that is told whole directories, and what is in force then: `name address`. */
function directory(): { put: (files: Record<string, string | FileContent>) => string[]; store: ConfigStore } {
  const store = new ConfigStore(undefined);
  return {
    store,
    put(files) {
      store.update(
        new Map(Object.entries(files).map(([file, content]) => [file, typeof content === "string" ? { text: content } : content])),
      );
      return store.snapshot.configs.map(({ name, spec }) => `${name} ${"address" in spec ? spec.address : ""}`);
    },
  };
}

describe("a document that breaks", () => {
  test("leaves its last good version in force, and a problem beside that of its error says so", () => {
    const { put, store } = directory();
    put({ "a.yaml": `${entry("a")}---\n${entry("b")}` });
    expect(put({ "a.yaml": `${entry("a", "a_b")}---\n${entry("b", "10.0.0.2")}` })).toEqual(["b 10.0.0.2", "a 10.0.0.1"]);
    expect(summaries(store.snapshot.problems)).toEqual(["workload-entry/address at spec.address", "file/kept at "]);
    expect(put({ "a.yaml": `${entry("a", "10.0.0.3")}---\n${entry("b", "10.0.0.2")}` })).toEqual(["a 10.0.0.3", "b 10.0.0.2"]);
    expect(store.snapshot.problems).toEqual([]);
  });

  test("stays broken over several changes", () => {
    const { put } = directory();
    put({ "a.yaml": entry("a") });
    put({ "a.yaml": entry("a", "a_b") });
    expect(put({ "a.yaml": entry("a", "a_c") })).toEqual(["a 10.0.0.1"]);
  });

  test("so that nothing of it can be read keeps all that is missing from its file", () => {
    const { put } = directory();
    put({ "a.yaml": `${entry("a")}---\n${entry("b")}---\n${entry("c")}` });
    expect(put({ "a.yaml": `${entry("b")}---\nkind: [` })).toEqual(["b 10.0.0.1", "a 10.0.0.1", "c 10.0.0.1"]);
  });

  test("does not keep what another file has taken over", () => {
    const { put } = directory();
    put({ "a.yaml": entry("a") });
    expect(put({ "a.yaml": entry("a", "a_b"), "b.yaml": entry("a", "10.0.0.9") })).toEqual(["a 10.0.0.9"]);
  });

  test("does not keep a neighbour that was removed on purpose", () => {
    const { put } = directory();
    put({ "a.yaml": `${entry("a")}---\n${entry("b")}` });
    expect(put({ "a.yaml": entry("a", "a_b") })).toEqual(["a 10.0.0.1"]);
  });
});

describe("a file", () => {
  test("that is removed takes its configurations away, kept ones too", () => {
    const { put } = directory();
    put({ "a.yaml": entry("a"), "b.yaml": entry("b") });
    put({ "a.yaml": entry("a", "a_b"), "b.yaml": entry("b") });
    expect(put({ "b.yaml": entry("b") })).toEqual(["b 10.0.0.1"]);
  });

  test("that cannot be read leaves everything of it in force", () => {
    const { put, store } = directory();
    put({ "a.yaml": entry("a") });
    expect(put({ "a.yaml": { problem: "cannot be read: EACCES" } })).toEqual(["a 10.0.0.1"]);
    expect(store.snapshot.problems).toMatchObject([{ rule: "file/read", file: "a.yaml", line: 1, severity: "error" }]);
    expect(put({ "a.yaml": entry("a") })).toEqual(["a 10.0.0.1"]);
    expect(store.snapshot.problems).toEqual([]);
  });
});

describe("a document that moves to another file", () => {
  const files = (store: ConfigStore): string[] => store.snapshot.problems.map(({ rule, file, line }) => `${rule} ${file}:${line}`);

  test("and breaks in the same step leaves its last good version in force", () => {
    const { put, store } = directory();
    put({ "a.yaml": entry("a") });
    expect(put({ "b.yaml": `# moved\n${entry("a", "a_b")}` })).toEqual(["a 10.0.0.1"]);
    expect(files(store)).toEqual(["workload-entry/address b.yaml:6", "file/kept b.yaml:6"]);
    expect(put({ "b.yaml": entry("a", "10.0.0.2") })).toEqual(["a 10.0.0.2"]);
    expect(put({})).toEqual([]);
  });

  test("broken, before or after the good one goes", () => {
    const { put } = directory();
    put({ "a.yaml": entry("a") });
    put({ "a.yaml": entry("a"), "b.yaml": entry("a", "a_b") });
    expect(put({ "b.yaml": entry("a", "a_b") })).toEqual(["a 10.0.0.1"]);
    expect(put({ "c.yaml": entry("a", "a_c") })).toEqual(["a 10.0.0.1"]);
    expect(put({ "c.yaml": "" })).toEqual([]);
  });

  test("is in force too where nothing can be read of the new file, as long as that is so", () => {
    const { put, store } = directory();
    const broken = "kind: [\n";
    put({ "a.yaml": `${entry("a")}---\n${entry("b")}`, "c.yaml": entry("c") });
    expect(put({ "b.yaml": broken, "c.yaml": entry("c") })).toEqual(["c 10.0.0.1", "a 10.0.0.1", "b 10.0.0.1"]);
    expect(put({ "d.yaml": broken, "c.yaml": entry("c") })).toEqual(["c 10.0.0.1", "a 10.0.0.1", "b 10.0.0.1"]);
    expect(put({ "d.yaml": { problem: "cannot be read: EACCES" }, "c.yaml": entry("c") })).toHaveLength(3);
    expect(files(store)).toEqual(["file/read d.yaml:1"]);
    expect(put({ "d.yaml": entry("a"), "c.yaml": entry("c") })).toEqual(["c 10.0.0.1", "a 10.0.0.1"]);
    expect(store.snapshot.problems).toEqual([]);
  });

  test("does not make an old broken file keep what is removed elsewhere", () => {
    const { put } = directory();
    put({ "a.yaml": entry("a"), "b.yaml": "kind: [" });
    expect(put({ "b.yaml": "kind: [" })).toEqual([]);
  });
});

test("a file that is no UTF-8 leaves everything of it in force", () => {
  const { put, store } = directory();
  put({ "a.yaml": entry("a") });
  expect(put({ "a.yaml": { undecodable: { byte: 0xe9, line: 3, column: 7 } } })).toEqual(["a 10.0.0.1"]);
  expect(store.snapshot.problems).toMatchObject([
    { rule: "file/utf-8", file: "a.yaml", line: 3, column: 7, message: expect.stringContaining("0xe9") },
    { rule: "file/kept" },
  ]);
});

describe("one name in two files", () => {
  test("counts where it comes first, and the problem names both places", () => {
    const { put, store } = directory();
    expect(put({ "b.yaml": `# b\n${entry("a", "10.0.0.2")}`, "a.yaml": entry("a") })).toEqual(["a 10.0.0.1"]);
    expect(store.snapshot.problems).toMatchObject([
      { rule: "document/duplicate", file: "b.yaml", line: 2, message: expect.stringContaining("a.yaml:1") },
    ]);
  });

  test("stays where it is in force when a file before it gets the name, and moves when its own file goes", () => {
    const { put } = directory();
    put({ "b.yaml": entry("a", "10.0.0.2") });
    expect(put({ "a.yaml": entry("a"), "b.yaml": entry("a", "10.0.0.2") })).toEqual(["a 10.0.0.2"]);
    expect(put({ "a.yaml": entry("a") })).toEqual(["a 10.0.0.1"]);
  });
});

describe("changes", () => {
  const names = (configs: readonly { name: string }[] | undefined): string[] | undefined => configs?.map(({ name }) => name);
  const update = (store: ConfigStore, text: string): Record<string, string[] | undefined> | undefined => {
    const result = store.update(new Map([["a.yaml", { text }]]));
    return result && { added: names(result.changes.added), changed: names(result.changes.changed), removed: names(result.changes.removed) };
  };

  test("tell what came, what is different and what is gone", () => {
    const store = new ConfigStore(undefined);
    expect(update(store, `${entry("a")}---\n${entry("b")}`)).toEqual({ added: ["a", "b"], changed: [], removed: [] });
    expect(update(store, `${entry("a", "10.0.0.2")}---\n${entry("c")}`)).toEqual({ added: ["c"], changed: ["a"], removed: ["b"] });
  });

  test("are none where a configuration only moved, and nothing at all is told where nothing is different", () => {
    const store = new ConfigStore(undefined);
    update(store, entry("a"));
    expect(update(store, `# moved\n${entry("a")}`)).toEqual({ added: [], changed: [], removed: [] });
    expect(store.snapshot.configs[0]?.origin.line).toBe(2);
    expect(update(store, `# moved\n${entry("a")}`)).toBeUndefined();
  });

  test("leave unchanged configurations the same objects", () => {
    const store = new ConfigStore(undefined);
    update(store, `${entry("a")}---\n${entry("b")}`);
    const [a] = store.snapshot.configs;
    update(store, `${entry("a")}---\n${entry("b", "10.0.0.2")}`);
    expect(store.snapshot.configs[0]).toBe(a);
  });
});

test("snapshots are frozen and are not changed by later ones", () => {
  const { put, store } = directory();
  put({ "a.yaml": entry("a") });
  const { snapshot } = store;
  put({});
  expect(Object.isFrozen(snapshot) && Object.isFrozen(snapshot.configs)).toBe(true);
  expect(snapshot.configs).toHaveLength(1);
  expect(store.snapshot.configs).toEqual([]);
});

test("documents that moved within their file have new lines, in configurations and problems", () => {
  const { put, store } = directory();
  const text = `${entry("a", "a_b")}---\n${entry("b")}`;
  put({ "a.yaml": text });
  put({ "a.yaml": `# one\n---\n# two\n---\n${text}` });
  expect(store.snapshot.configs.map(({ origin }) => origin.line)).toEqual([11]);
  expect(store.snapshot.problems.map(({ line }) => line)).toEqual([9]);
  put({ "a.yaml": text });
  expect(store.snapshot.configs.map(({ origin }) => origin.line)).toEqual([7]);
});

test("a comment that is added moves the fields of a configuration that stays the same object", () => {
  const { put, store } = directory();
  const rule = (comment: string): string => yamlOf("DestinationRule", `${comment}host: none`, "{ name: a }");
  put({ "a.yaml": rule("") });
  const [before] = store.snapshot.configs;
  put({ "a.yaml": rule("# why\n") });
  expect(store.snapshot.configs[0]).toBe(before);
  expect(analyze(store.snapshot.configs).map(({ line }) => line)).toEqual([6]);
});

test("what was good once stays in force as it was good last, however it moves and breaks", () => {
  const names = ["a", "b", "c"];
  const place = fc.record({ file: fc.constantFrom("1.yaml", "2.yaml", "3.yaml"), number: fc.nat(99), isGood: fc.boolean() });
  const step = fc.tuple(place, place, place);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const { put } = directory();
      const good = new Map<string, string>();
      for (const places of steps) {
        const files: Record<string, string> = {};
        for (const [index, { file, number, isGood }] of places.entries()) {
          const name = names[index] ?? "";
          const address = isGood ? `10.0.0.${number}` : `no_${number}`;
          files[file] = `${files[file] ?? ""}---\n${entry(name, address)}`;
          if (isGood) good.set(name, address);
        }
        expect(put(files).toSorted()).toEqual([...good].map(([name, address]) => `${name} ${address}`).toSorted());
      }
    }),
  );
});
