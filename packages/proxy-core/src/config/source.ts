import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Pair } from "yaml";
import { findJsonFault } from "./json-fault.ts";
import { ConfigPath } from "./path.ts";
import type { ConfigProblem, SourcePosition } from "./problems.ts";

/** A value of a YAML or JSON document that knows where it stands. An alias is the value of its anchor. */
export type SourceValue = SourceScalar | SourceList | SourceObject;

export interface SourceScalar {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  /** Of the first character, from 0. */
  readonly offset: number;
}

export interface SourceList {
  readonly kind: "list";
  readonly items: readonly SourceValue[];
  readonly offset: number;
}

export interface SourceObject {
  readonly kind: "object";
  readonly entries: readonly SourceEntry[];
  readonly offset: number;
}

export interface SourceEntry {
  readonly key: string;
  /** Of the key. */
  readonly offset: number;
  readonly value: SourceValue;
}

export type SourceFormat = "yaml" | "json";

/** A document, or what is wrong with its syntax. */
export interface ParsedSource {
  readonly fileName: string;
  /** Absent where the text is no document. */
  readonly root: SourceValue | undefined;
  readonly problems: readonly ConfigProblem[];
  /** Nothing for a document without a name: its lines mean nothing to the user. */
  position(offset: number): SourcePosition | undefined;
}

/** How many values aliases may add. Documents that repeat themselves exponentially have more after a few lines. */
const maxAliasedValues = 100_000;
/** More than messages may be nested. */
const maxDepth = 200;
/** After a few faults of syntax the rest follows from them: an open bracket is a fault in each line below. */
const maxSyntaxFaults = 10;

/** Parses YAML 1.2 (without merge keys, as Envoy does) or JSON. Does not throw. */
export function parseSource(text: string, fileName: string, format: SourceFormat): ParsedSource {
  const content = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const lines = new LineCounter();
  const position = (offset: number): SourcePosition | undefined => {
    const { line, col } = lines.linePos(offset);
    return fileName === "" ? undefined : { file: fileName, line, column: col };
  };
  if (format === "json") {
    // YAML reads nearly all JSON, but also much that is not JSON.
    const fault = findJsonFault(content);
    if (fault) {
      findLines(content, lines);
      return {
        fileName,
        root: undefined,
        problems: [{ path: "", message: `is no JSON: ${fault.message}`, ...position(fault.offset) }],
        position,
      };
    }
  }
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, version: "1.2" });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    // Where the text is nested too deep, the parser complains of every level that it did not reach.
    const told = faults.find(isTooDeep);
    const problems = (told ? [told] : faults.slice(0, maxSyntaxFaults)).map(({ code, message, pos: [offset] }) => ({
      path: "",
      message: told ? "is nested too deep to be read" : advise(code, message),
      ...position(offset),
    }));
    return { fileName, root: undefined, problems, position };
  }
  const converter = new Converter(position);
  const root = converter.convert(document.contents, ConfigPath.root, 0).value;
  return { fileName, root, problems: converter.problems, position };
}

/** Does for a text that is not parsed what the parser does for others. */
function findLines(text: string, lines: LineCounter): void {
  lines.addNewLine(0);
  for (const { index } of text.matchAll(/\n/g)) lines.addNewLine(index + 1);
}

/** The parser's message, or a better one. */
const advise = (code: string, message: string): string =>
  code === "MULTIPLE_DOCS" ? "there is more than one document: keep one" : message;

const isTooDeep = ({ message }: { readonly message: string }): boolean => /call stack|stack overflow/i.test(message);

/** A value and how many values it is made of, aliases counted as what they stand for. */
interface Sized {
  readonly value: SourceValue;
  readonly size: number;
}

class Converter {
  readonly problems: ConfigProblem[] = [];
  readonly #position: (offset: number) => SourcePosition | undefined;
  /** Absent while the anchored value is being read: an alias inside it would have no end. */
  readonly #anchors = new Map<string, Sized | undefined>();
  #aliased = 0;

  constructor(position: (offset: number) => SourcePosition | undefined) {
    this.#position = position;
  }

  convert(node: unknown, path: ConfigPath, depth: number): Sized {
    const offset = offsetOf(node);
    if (depth > maxDepth) return this.#refuse(path, offset, `is nested deeper than ${maxDepth} levels`);
    if (isAlias(node)) return this.#alias(node.source, path, offset);
    const anchor = isScalar(node) || isSeq(node) || isMap(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    const sized = this.#value(node, path, depth, offset);
    if (anchor !== undefined) this.#anchors.set(anchor, sized);
    return sized;
  }

  #value(node: unknown, path: ConfigPath, depth: number, offset: number): Sized {
    if (isSeq(node)) return this.#list(node.items, path, depth, offset);
    if (isMap(node)) return this.#object(node.items, path, depth, offset);
    const value: unknown = isScalar(node) ? node.value : null;
    if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      return { value: { kind: "scalar", value, offset }, size: 1 };
    }
    return this.#refuse(path, offset, "is neither text, a number, true or false, a list nor an object");
  }

  #list(nodes: readonly unknown[], path: ConfigPath, depth: number, offset: number): Sized {
    const items = nodes.map((item, index) => this.convert(item, path.index(index), depth + 1));
    return { value: { kind: "list", items: items.map(({ value }) => value), offset }, size: sizeOf(items) };
  }

  #object(pairs: readonly Pair[], path: ConfigPath, depth: number, offset: number): Sized {
    const values: Sized[] = [];
    const entries = new Map<string, SourceEntry>();
    for (const pair of pairs) {
      const keyOffset = offsetOf(pair.key);
      const key = keyOf(pair.key);
      if (key === undefined) {
        this.#refuse(path, keyOffset, "has a key that is no text");
        continue;
      }
      const at = entryPath(path, key);
      const first = entries.get(key);
      if (first) {
        const place = this.#position(first.offset);
        this.#refuse(at, keyOffset, place ? `is given twice: first in line ${place.line}` : "is given twice");
        continue;
      }
      const sized = this.convert(pair.value ?? null, at, depth + 1);
      values.push(sized);
      entries.set(key, { key, offset: keyOffset, value: sized.value });
    }
    return { value: { kind: "object", entries: [...entries.values()], offset }, size: sizeOf(values) };
  }

  #alias(name: string, path: ConfigPath, offset: number): Sized {
    const anchored = this.#anchors.get(name);
    if (!anchored) return this.#refuse(path, offset, `the alias *${name} stands for a value that it is part of, or that is not there`);
    this.#aliased += anchored.size;
    if (this.#aliased <= maxAliasedValues) return anchored;
    this.#aliased = 0; // one complaint is enough: its replacement is small
    return this.#refuse(path, offset, `the document's aliases stand for more than ${maxAliasedValues} values`);
  }

  #refuse(path: ConfigPath, offset: number, message: string): Sized {
    this.problems.push({ path: String(path), message, ...this.#position(offset) });
    return { value: { kind: "scalar", value: null, offset }, size: 1 };
  }
}

/** A key as text, as JSON has it: `200: x` has the key "200". */
function keyOf(node: unknown): string | undefined {
  const value: unknown = isScalar(node) ? node.value : undefined;
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

const sizeOf = (parts: readonly Sized[]): number => parts.reduce((sum, { size }) => sum + size, 1);

/** The path of a key of which it is not known yet whether it is a field. */
export const entryPath = (path: ConfigPath, key: string): ConfigPath => (/^\w+$/.test(key) ? path.field(key) : path.key(key));

function offsetOf(node: unknown): number {
  if (!isAlias(node) && !isScalar(node) && !isMap(node) && !isSeq(node)) return 0;
  return node.range?.[0] ?? 0;
}

/** The plain value. */
export function toPlain(source: SourceValue): unknown {
  if (source.kind === "scalar") return source.value;
  if (source.kind === "list") return source.items.map(toPlain);
  // Object.fromEntries makes own properties, of "__proto__" too.
  return Object.fromEntries(source.entries.map(({ key, value }) => [key, toPlain(value)]));
}
