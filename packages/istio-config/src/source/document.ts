/** YAML with positions: documents of a file, and where each field of them stands. */
import { isAlias, isCollection, isMap, isNode, isScalar, isSeq, LineCounter, parseAllDocuments, type Document } from "yaml";
import type { FieldPath } from "../problem.ts";
import type { RuleId } from "../rules.ts";

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a document before anything is known of its contents. */
export interface SyntaxProblem extends Position {
  readonly rule: RuleId;
  readonly message: string;
  readonly path: FieldPath;
}

/** One document of a file: either a value, or what is wrong with it. */
export interface SourceDocument {
  readonly value: unknown;
  readonly problems: readonly SyntaxProblem[];
  /** Where a field stands, or the nearest thing around it that is there. */
  locate(path: FieldPath): Position;
  /** Where a field's own name stands. */
  locateKey(path: FieldPath): Position;
}

/** More aliases than any hand wrote; it stops documents that unfold to gigabytes. */
const maxAliasCount = 1000;

/** YAML 1.2 whatever a directive says, so that `on` is a text and no tag makes a Date or a Set. */
const yamlOptions = { schema: "core", merge: true, stringKeys: true, resolveKnownTags: false, prettyErrors: false } as const;

/** Keys that do something in JavaScript. */
const unsafeKeys = new Set(["__proto__", "constructor", "prototype"]);

/** The documents of a part of a file, as `cutDocuments` gives it, that are not empty. */
export function readDocuments(text: string): SourceDocument[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { ...yamlOptions, lineCounter: lines });
  return [...documents].filter((document) => !isEmpty(document)).map((document) => readDocument(document, lines));
}

function isEmpty({ contents, errors }: Document.Parsed): boolean {
  return errors.length === 0 && (contents === null || (isScalar(contents) && contents.value === null));
}

/** A document of a file, as text. */
export interface DocumentText {
  readonly text: string;
  /** How many lines stand above it. */
  readonly line: number;
}

/** Cuts a file at its `---` lines, so that a bracket or quote that is never closed ends with its document. */
export function cutDocuments(text: string): DocumentText[] {
  const parts: DocumentText[] = [];
  let start = 0;
  let line = 0;
  for (const { index } of text.matchAll(/^---(?=\s|$)/gm)) {
    const above = text.slice(start, index);
    // Directives belong to the document below them.
    if (index === 0 || /^%/m.test(above)) continue;
    parts.push({ text: above, line });
    line += above.split("\n").length - 1;
    start = index;
  }
  return [...parts, { text: text.slice(start), line }];
}

function readDocument(document: Document.Parsed, lines: LineCounter): SourceDocument {
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const locate = (path: FieldPath): Position => at(offsetOf(document, path, false));
  const locateKey = (path: FieldPath): Position => at(offsetOf(document, path, true));
  const problems: SyntaxProblem[] = [...document.errors, ...document.warnings].map(({ message, pos }) => ({
    rule: "yaml/syntax",
    message: `is no valid YAML: ${message.split("\n")[0] ?? message}`,
    path: [],
    ...at(pos[0]),
  }));
  if (problems.length > 0) return { value: undefined, problems, locate, locateKey };
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount });
  } catch (error) {
    const message = `unfolds too far: ${error instanceof Error ? error.message : String(error)}`;
    return { value: undefined, problems: [{ rule: "yaml/aliases", message, path: [], ...locate([]) }], locate, locateKey };
  }
  const unsafe = findUnsafeKeys(document.contents, []);
  const unsafeProblems = unsafe.map((path): SyntaxProblem => ({
    rule: "yaml/key",
    message: "has a key that is not allowed",
    path,
    ...locate(path),
  }));
  return { value, problems: unsafeProblems, locate, locateKey };
}

function findUnsafeKeys(node: unknown, path: FieldPath): FieldPath[] {
  if (isSeq(node)) return node.items.flatMap((item, index) => findUnsafeKeys(item, [...path, index]));
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key, value }) => {
    const name = String(isScalar(key) ? key.value : key);
    const below = [...path, name];
    return unsafeKeys.has(name) ? [below] : findUnsafeKeys(value, below);
  });
}

/** A scalar is shown by its value; a list, a map or a missing value by its key; what is not there by what is around it. */
function offsetOf(document: Document.Parsed, path: FieldPath, wantsKey: boolean): number {
  let node: unknown = document.contents;
  let offset = startOf(document.contents) ?? document.range[0];
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isSeq(node) && typeof part === "number") {
      const item: unknown = node.items[part];
      if (item === undefined) return offset;
      node = item;
      offset = startOf(node) ?? offset;
      continue;
    }
    if (!isMap(node)) return offset;
    const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(part));
    if (pair === undefined) return offset;
    node = pair.value;
    const isPlain = !wantsKey && isScalar(node) && node.value !== null;
    offset = (isPlain || (!wantsKey && isFlow(node)) ? startOf(node) : undefined) ?? startOf(pair.key) ?? offset;
  }
  return offset;
}

function isFlow(node: unknown): boolean {
  return isCollection(node) && node.flow === true;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
