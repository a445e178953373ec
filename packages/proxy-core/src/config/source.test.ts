import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { createLocator } from "./locate.ts";
import { formatProblem } from "./problems.ts";
import { parseSource, toPlain, type SourceFormat } from "./source.ts";

const parse = (text: string, format: SourceFormat = "yaml") => parseSource(text, "a.yaml", format);
const plain = (text: string, format: SourceFormat = "yaml"): unknown => {
  const { root, problems } = parse(text, format);
  expect(problems).toEqual([]);
  return root && toPlain(root);
};
const complaints = (text: string, format: SourceFormat = "yaml"): readonly string[] => parse(text, format).problems.map(formatProblem);

describe("YAML", () => {
  test("is read as version 1.2: yes and on are text", () => {
    expect(plain("a: yes\nb: true\nc: 0x10\nd:\ne: [1, two]")).toEqual({ a: "yes", b: true, c: 16, d: null, e: [1, "two"] });
  });

  test("may have a byte order mark, and keys that are numbers", () => {
    expect(plain("\uFEFF200: ok\ntrue: 1")).toEqual({ 200: "ok", true: 1 });
  });

  test("keeps keys that mean something to JavaScript", () => {
    expect(Object.entries(plain("__proto__: {a: 1}\nconstructor: 2") ?? {})).toEqual([
      ["__proto__", { a: 1 }],
      ["constructor", 2],
    ]);
  });

  test("gives an alias the value of its anchor, and the latest of that name", () => {
    expect(plain("a: &x {b: 1}\nc: *x\nd: &x 2\ne: *x")).toEqual({ a: { b: 1 }, c: { b: 1 }, d: 2, e: 2 });
  });

  test("is refused with its line where it is malformed", () => {
    expect(complaints("a: [1\nb: 2")[0]).toMatch(/^a\.yaml:2:1: Flow sequence/);
    expect(complaints("a: 1\n---\nb: 2")).toEqual(["a.yaml:2:1: there is more than one document: keep one"]);
    expect(complaints("a: !secret x")[0]).toMatch(/^a\.yaml:1:4: Unresolved tag/);
  });

  test("is refused where a key is given twice or is no text", () => {
    expect(complaints("a:\n  b: 1\n  c: 2\n  b: 3")).toEqual(["a.yaml:4:3: a.b: is given twice: first in line 2"]);
    expect(complaints('x:\n  "a.b": 1\n  "a.b": 2')).toEqual(['a.yaml:3:3: x["a.b"]: is given twice: first in line 2']);
    expect(complaints("a:\n  ? [1]\n  : 2")).toEqual(["a.yaml:2:5: a: has a key that is no text"]);
  });

  test("knows no merge keys, as Envoy does not", () => {
    expect(plain("a: &a {x: 1}\nb: {<<: *a}")).toEqual({ a: { x: 1 }, b: { "<<": { x: 1 } } });
  });

  test("does not follow aliases without end", () => {
    expect(complaints("a: &a [1, *a]")).toEqual([
      "a.yaml:1:11: a[1]: the alias *a stands for a value that it is part of, or that is not there",
    ]);
    const lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 9; level++)
      lines.push(
        `l${level}: &l${level} [${Array(10)
          .fill(`*l${level - 1}`)
          .join(", ")}]`,
      );
    expect(complaints(lines.join("\n"))[0]).toMatch(/l\d\[\d\]: the document's aliases stand for more than 100000 values$/);
  });

  test("does not nest without end", () => {
    expect(complaints(`${"[".repeat(300)}${"]".repeat(300)}`)[0]).toMatch(/: is nested deeper than 200 levels$/);
    expect(complaints(`${"[".repeat(20_000)}${"]".repeat(20_000)}`)).toEqual([expect.stringMatching(/: is nested too deep to be read$/)]);
    expect(complaints("[".repeat(300)).length).toBeLessThanOrEqual(10);
  });
});

describe("JSON", () => {
  test("is held to JSON's own rules, with the place where it breaks them", () => {
    expect(complaints('{"a": 1,\n "b": tru}', "json")).toEqual(["a.yaml:2:7: is no JSON: a value is expected, not tru"]);
    expect(complaints("{a: 1}", "json")).toEqual(["a.yaml:1:2: is no JSON: a name in double quotes or } is expected, not a"]);
    expect(complaints('{"a": [1, 2,]}', "json")).toEqual(["a.yaml:1:13: is no JSON: a value is expected, not ]"]);
    expect(complaints("", "json")).toEqual(["a.yaml:1:1: is no JSON: ends where a value is expected"]);
  });

  test("may not have a key twice either", () => {
    expect(complaints('{"a": 1,\n "a": 2}', "json")).toEqual(["a.yaml:2:2: a: is given twice: first in line 1"]);
  });

  test("may be indented with tabs", () => {
    expect(plain('{\n\t"a": [\n\t\t1,\n\t\t{"b": "\\u00e4\\/"}\n\t]\n}', "json")).toEqual({ a: [1, { b: "ä/" }] });
  });
});

describe("any JSON value", () => {
  const values = fc.json({ maxDepth: 4 }).map((text): unknown => JSON.parse(text));

  test("is read from JSON as JSON.parse reads it, however it is indented", () => {
    fc.assert(
      fc.property(values, fc.constantFrom(undefined, 2, "\t"), (value, indent) => {
        expect(plain(JSON.stringify(value, null, indent), "json")).toEqual(value);
      }),
    );
  });

  test("is read from YAML as it was written", () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(plain(stringify(value, { aliasDuplicateObjects: false }))).toEqual(value);
      }),
    );
  });
});

describe("the place of a path", () => {
  const text = [
    "static_resources:",
    "  clusters:",
    "  - name: a",
    "    connectTimeout: 1s",
    '    metadata: {"x.y": {z: 1}}',
    "  - name: b",
  ];
  const base = parseSource(text.join("\n"), "base.yaml", "yaml");
  const place = (path: string, sources = [base]) => {
    const at = createLocator(sources)(path);
    return at && `${at.file}:${at.line}:${at.column}`;
  };

  test("is that of its key, or of an element of a list", () => {
    expect(place("static_resources.clusters[0].name")).toBe("base.yaml:3:5");
    expect(place("static_resources.clusters[1]")).toBe("base.yaml:6:5");
    expect(place('static_resources.clusters[0].metadata["x.y"].z')).toBe("base.yaml:5:24");
  });

  test("is found whatever the spelling of a field's name", () => {
    expect(place("static_resources.clusters[0].connect_timeout")).toBe("base.yaml:4:5");
  });

  test("is that of the nearest value around it where there is none", () => {
    expect(place("static_resources.clusters[1].load_assignment.endpoints[0]")).toBe("base.yaml:6:5");
    expect(place("admin.address")).toBe("base.yaml:1:1");
    expect(place("")).toBe("base.yaml:1:1");
    expect(place("a", [parseSource("[", "x", "yaml")])).toBeUndefined();
  });

  test("is found in documents that are merged: lists one after the other, else the last", () => {
    const over = parseSource("static_resources: {clusters: [{name: c}]}\nadmin: {}", "over", "yaml");
    expect(place("static_resources.clusters[2].name", [base, over])).toBe("over:1:32");
    expect(place("static_resources.clusters[1].name", [base, over])).toBe("base.yaml:6:5");
    expect(place("admin", [base, over])).toBe("over:2:1");
    expect(place("static_resources.listeners", [base, over])).toBe("over:1:1");
  });
});
