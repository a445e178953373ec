import { readFileSync, globSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { ConfigStore } from "./directory/store.ts";
import { parse } from "./testing.ts";

type Value = string | number | boolean | null | Value[] | { [key: string]: Value };

const folder = join(import.meta.dirname, "examples");
const good: Value[] = globSync("*.yaml", { cwd: folder })
  .sort()
  .flatMap((name) => [...parseAllDocuments(readFileSync(join(folder, name), "utf8"))].map((document) => document.toJS() as Value));

type Path = (string | number)[];

/** Every place of a document, the document itself left out. */
function placesOf(value: Value, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const parts: [string | number, Value][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [...(path.length === 0 ? [] : [path]), ...parts.flatMap(([key, part]) => placesOf(part, [...path, key]))];
}

function at(value: Value, path: Path): Value | undefined {
  return path.reduce<Value | undefined>(
    (part, key) => (typeof part === "object" && part !== null ? (part as Record<string, Value>)[key] : undefined),
    value,
  );
}

/** A copy with another value at a place; without one, the place is gone. */
function withValue(value: Value, [key, ...rest]: Path, replacement: Value | undefined): Value {
  if (key === undefined) return replacement ?? null;
  const copy = structuredClone(value) as Record<string, Value> | Value[];
  const container = copy as Record<string | number, Value>;
  if (rest.length > 0) container[key] = withValue(container[key] ?? null, rest, replacement);
  else if (replacement !== undefined) container[key] = replacement;
  else if (Array.isArray(copy)) copy.splice(Number(key), 1);
  else delete copy[key];
  return copy;
}

/** Fields whose keys are the user's own: nothing is unknown there. */
const freeMaps = new Set([
  "labels",
  "matchLabels",
  "annotations",
  "headers",
  "set",
  "add",
  "queryParams",
  "ports",
  "to",
  "proxyMetadata",
  "selector",
]);

const isMap = (value: Value | undefined): value is { [key: string]: Value } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Ways to break a document that always break it. */
const mutations: Record<string, (document: Value, path: Path) => Value | undefined> = {
  "gives a field a value of another type": (document, path) => {
    const value = at(document, path);
    if (path.length === 0 || value === undefined || path[0] === "kind" || path[0] === "apiVersion") return undefined;
    if (typeof value === "string") return withValue(document, path, { a: "b" });
    return withValue(document, path, typeof value === "object" ? "text" : [value]);
  },
  "adds an unknown field": (document, path) => {
    const value = at(document, path);
    const last = path.at(-1);
    if (!isMap(value) || (typeof last === "string" && freeMaps.has(last))) return undefined;
    return withValue(document, [...path, "zzUnknown"], 1);
  },
  "misspells a field": (document, path) => {
    const last = path.at(-1);
    const parent = path.at(-2);
    if (typeof last !== "string" || path.length < 2 || (typeof parent === "string" && freeMaps.has(parent))) return undefined;
    const value = at(document, path);
    return value === undefined ? undefined : withValue(withValue(document, path, undefined), [...path.slice(0, -1), `${last}z`], value);
  },
  "empties a value": (document, path) => (path.length === 0 || path[0] === "kind" ? undefined : withValue(document, path, null)),
  "breaks an enumeration": (document, path) => {
    const value = at(document, path);
    const last = String(path.at(-1));
    const isEnum = [
      "mode",
      "location",
      "resolution",
      "captureMode",
      "simple",
      "protocol",
      "minProtocolVersion",
      "accessLogEncoding",
    ].includes(last);
    return isEnum && typeof value === "string" ? withValue(document, path, `${value}_X`) : undefined;
  },
  "breaks a duration": (document, path) => {
    const value = at(document, path);
    return typeof value === "string" && /^[\d.]+(?:ms|s|m|h)$/.test(value) ? withValue(document, path, `${value}ec`) : undefined;
  },
  "makes a number negative": (document, path) => {
    const value = at(document, path);
    return typeof value === "number" && value > 0 ? withValue(document, path, -value) : undefined;
  },
  "removes a required field": (document, path) => {
    const last = String(path.at(-1));
    const isRequired = ["host", "destination", "kind", "apiVersion", "metadata", "address", "status", "fixedDelay", "hosts"].includes(last);
    const isDelegate = last === "hosts" && isMap(document) && document["kind"] === "VirtualService";
    if (!isRequired || isDelegate || at(document, path) === undefined) return undefined;
    return withValue(document, path, undefined);
  },
  "writes a host that is none": (document, path) => {
    const isHost = path.at(-1) === "host" || path.at(-2) === "hosts";
    return isHost && typeof at(document, path) === "string" ? withValue(document, path, "not a host") : undefined;
  },
};

interface Broken {
  readonly how: string;
  readonly index: number;
  readonly path: Path;
  readonly text: string;
}

const broken: Broken[] = good.flatMap((document, index) =>
  Object.entries(mutations).flatMap(([how, mutate]) =>
    [[], ...placesOf(document)].flatMap((path) => {
      const result = mutate(document, path);
      return result === undefined ? [] : [{ how, index, path, text: stringify(result) }];
    }),
  ),
);

/** The one that stands beside broken ones: the VirtualService `shop`. */
const goodIndex = 1;

describe("broken configurations", () => {
  test("are made of good ones, in hundreds and in every way", () => {
    expect(broken.length).toBeGreaterThan(1000);
    const rare = Object.keys(mutations).filter((how) => broken.filter((each) => each.how === how).length < 5);
    expect(rare).toEqual([]);
  });

  test("always give an error with file, line, column, field and rule, and leave the others of their file", () => {
    const failures: string[] = [];
    for (const { how, index, path, text } of broken) {
      if (index === goodIndex) continue;
      const { configs, problems } = parse(`${text}---\n${stringify(good[goodIndex])}`);
      const errors = problems.filter(({ severity }) => severity === "error");
      const lines = text.split("\n");
      const areGood = errors.every(
        ({ file, line, column, rule, message }) =>
          file === "test.yaml" &&
          line > 0 &&
          line <= lines.length &&
          column > 0 &&
          column <= (lines[line - 1]?.length ?? 0) + 1 &&
          /^[a-z-]+\/[a-z0-9-]+$/.test(rule) &&
          message !== "",
      );
      const hasField = errors.some(({ field }) => field !== "" || path.length <= 1);
      const isRestThere = configs.length === 1 && configs[0]?.name === "shop";
      if (errors.length === 0 || !areGood || !hasField || !isRestThere) failures.push(`${how} at ${path.join(".")}:\n${text}`);
    }
    expect(failures).toEqual([]);
  });

  test("never take down what was good before", () => {
    for (const [index, { text }] of broken.entries()) {
      if (index % 20 !== 0) continue;
      const store = new ConfigStore(undefined);
      const before = good.map((document, index) => [`${index}.yaml`, { text: stringify(document) }] as const);
      const first = store.update(new Map(before.slice(0, 4)));
      store.update(new Map([...before.slice(0, 4), ["new.yaml", { text }]]));
      for (const config of first?.snapshot.configs ?? []) expect(store.snapshot.configs).toContain(config);
    }
  });

  test("written over a good file leave its last good version in force, unless they name another resource", () => {
    for (const { how, index, path, text } of broken) {
      const store = new ConfigStore(undefined);
      const file = (content: string): Map<string, { text: string }> => new Map([["a.yaml", { text: content }]]);
      const before = store.update(file(stringify(good[index])))?.snapshot.configs ?? [];
      expect(before).toHaveLength(1);
      store.update(file(text));
      const isRenamed = path[0] === "metadata" || path[0] === "kind" || path[0] === "apiVersion" || path.length === 0;
      if (!isRenamed) expect({ how, path, configs: store.snapshot.configs }).toEqual({ how, path, configs: before });
      store.update(file(stringify(good[index])));
      expect(store.snapshot.configs).toEqual(before);
      expect(store.snapshot.problems).toEqual([]);
    }
  });
});

test("no text whatever makes the reader throw", () => {
  const pieces = fc.constantFrom(
    "a: 1\n",
    "kind: Gateway\n",
    "---\n",
    "- x\n",
    "{",
    "}",
    "[",
    "]",
    '"',
    "'",
    "&a ",
    "*a ",
    "<<: ",
    "!!int x\n",
    "? ",
    "|\n",
    ">-\n",
    "\t",
    "%YAML 1.2\n",
    "spec:\n  ",
    "metadata: {name: a}\n",
    "apiVersion: networking.istio.io/v1\n",
    "#",
    "\u0000",
    "😀",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join("")),
      ),
      (text) => {
        for (const { line, column, rule } of parse(text).problems) expect(line > 0 && column > 0 && rule.length > 0).toBe(true);
      },
    ),
    { numRuns: 2000 },
  );
});

test("no value whatever in place of a spec makes the reader throw", () => {
  const kinds = fc.constantFrom(
    "VirtualService",
    "DestinationRule",
    "ServiceEntry",
    "WorkloadEntry",
    "Gateway",
    "Sidecar",
    "PeerAuthentication",
    "MeshConfig",
  );
  fc.assert(
    fc.property(kinds, fc.jsonValue({ maxDepth: 6 }), (kind, spec) => {
      const text = JSON.stringify({ apiVersion: "networking.istio.io/v1", kind, metadata: { name: "a" }, spec });
      const { configs, problems } = parse(text);
      expect(configs.length === 1 || problems.length > 0).toBe(true);
    }),
  );
});

test("random damage to characters of a good file never throws, and every error has a place", () => {
  const text = good.map((document) => stringify(document)).join("---\n");
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 1 })), { minLength: 1, maxLength: 5 }),
      (edits) => {
        let damaged = text;
        for (const [index, character] of edits) damaged = `${damaged.slice(0, index)}${character}${damaged.slice(index + 1)}`;
        for (const { line, column } of parse(damaged).problems) expect(line > 0 && column > 0).toBe(true);
      },
    ),
    { numRuns: 200 },
  );
});
