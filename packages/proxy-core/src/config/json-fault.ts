/** Where a text stops being JSON (RFC 8259), and what stands there. `JSON.parse` does not tell the place of every fault. */
export interface JsonFault {
  /** From 0. */
  readonly offset: number;
  readonly message: string;
}

const whitespace = /[ \t\n\r]*/y;
const scalar =
  /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9a-zA-Z_.])|(?:true|false|null)(?![0-9a-zA-Z_])/y;

/** What may come next: `value or ]` after `[`, and so on. */
type Expected = "value" | "value or ]" | "name" | "name or }" | ":" | ", or ]" | ", or }" | "end";

/** The first fault of a text; `undefined` for JSON. */
export function findJsonFault(text: string): JsonFault | undefined {
  const open: ("[" | "{")[] = [];
  let expected: Expected = "value";
  for (let offset = skip(text, 0); ; offset = skip(text, offset)) {
    const character = text[offset];
    const length: number = character === undefined ? 0 : tokenLength(text, offset);
    if (expected === "end" && character === undefined) return undefined;
    const isText = character === '"' && length > 0;
    if (expected.startsWith("value") && (character === "[" || character === "{")) {
      open.push(character);
      expected = character === "[" ? "value or ]" : "name or }";
    } else if ((character === "]" || character === "}") && expected.endsWith(character)) {
      open.pop();
      expected = after(open);
    } else if (character === "," && expected.startsWith(",")) {
      expected = open.at(-1) === "[" ? "value" : "name";
    } else if (character === ":" && expected === ":") {
      expected = "value";
    } else if (expected.startsWith("name") && isText) {
      expected = ":";
    } else if (expected.startsWith("value") && length > 0 && !isMark(character)) {
      expected = after(open);
    } else {
      return {
        offset,
        message: character === undefined ? `ends where ${describe(expected)} is expected` : describeFault(text, offset, expected),
      };
    }
    offset += length;
  }
}

const after = (open: readonly ("[" | "{")[]): Expected => (open.length === 0 ? "end" : open.at(-1) === "[" ? ", or ]" : ", or }");

const isMark = (character: string | undefined): boolean => character !== undefined && "[]{},:".includes(character);

function skip(text: string, offset: number): number {
  whitespace.lastIndex = offset;
  whitespace.test(text);
  return whitespace.lastIndex;
}

/** 0 where there is no token. */
function tokenLength(text: string, offset: number): number {
  if (isMark(text[offset])) return 1;
  scalar.lastIndex = offset;
  return scalar.test(text) ? scalar.lastIndex - offset : 0;
}

const describe = (expected: Expected): string =>
  expected === "end"
    ? "its end"
    : expected.startsWith("name")
      ? expected.replace("name", "a name in double quotes")
      : expected.replace("value", "a value");

function describeFault(text: string, offset: number, expected: Expected): string {
  if (text[offset] === '"' && tokenLength(text, offset) === 0)
    return "a text that does not end, or that has an escape or a control character that JSON does not";
  const word = /^(?:[\w.+-]+|[^])/.exec(text.slice(offset, offset + 20));
  return `${describe(expected)} is expected, not ${word?.[0] ?? ""}`;
}
