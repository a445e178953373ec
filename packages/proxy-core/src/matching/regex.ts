import type { Message } from "@mesh/xds-proto";
import { RE2JS } from "re2js";
import type { ConfigPath } from "../config/index.ts";
import { fail, required, requiredString } from "../config/index.ts";

/** A regular expression of RE2, which takes time linear in the value's length. */
export interface Regex {
  /** Whether the whole value matches. */
  matches(value: string): boolean;
}

class FullMatch implements Regex {
  readonly #pattern: RE2JS;

  constructor(pattern: RE2JS) {
    this.#pattern = pattern;
  }

  matches(value: string): boolean {
    return this.#pattern.matches(value);
  }
}

/** `abc`, `abc.*`, `.*abc`, `.*abc.*`: 5 to 20 ns where RE2 takes 300. A dot is any character but a line feed. */
class LiteralMatch implements Regex {
  readonly #text: string;
  readonly #openStart: boolean;
  readonly #openEnd: boolean;

  constructor(text: string, openStart: boolean, openEnd: boolean) {
    this.#text = text;
    this.#openStart = openStart;
    this.#openEnd = openEnd;
  }

  matches(value: string): boolean {
    const text = this.#text;
    if (this.#openStart) return (this.#openEnd ? value.includes(text) : value.endsWith(text)) && !value.includes("\n");
    if (this.#openEnd) return value.startsWith(text) && !value.includes("\n", text.length);
    return value === text;
  }
}

const literalShape = /^\^?(?<start>\.\*)?(?<text>(?:[^\\.+*?()|[\]{}^$\n]|\\[^A-Za-z0-9\s])*)(?<end>\.\*)?\$?$/u;

/** The matcher of a pattern's plain shape; undefined where it has none. */
export function literalRegex(pattern: string): Regex | undefined {
  const groups = literalShape.exec(pattern)?.groups;
  if (groups === undefined) return undefined;
  const text = (groups["text"] ?? "").replace(/\\(.)/gu, "$1");
  return new LiteralMatch(text, groups["start"] !== undefined, groups["end"] !== undefined);
}

/** Compiles a pattern, or refuses it with RE2's reason. */
export function compilePattern(pattern: string, path: ConfigPath): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    return fail(path, `is no regular expression of RE2: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

/** Envoy's `safe_regex`: the whole value must match. Its path is that of the RegexMatcher. */
export function compileRegex(message: Message<"envoy.type.matcher.v3.RegexMatcher"> | null, path: ConfigPath): Regex {
  const pattern = requiredString(required(message, path).regex, path.field("regex"));
  const compiled = compilePattern(pattern, path.field("regex"));
  return literalRegex(pattern) ?? new FullMatch(compiled);
}
