import type { Message } from "@mesh/xds-proto";
import type { ConfigPath } from "../config/index.ts";
import { fail, requiredString } from "../config/index.ts";
import { compileRegex } from "./regex.ts";

/** A condition on a string. */
export interface StringMatcher {
  matches(value: string): boolean;
}

class Exact implements StringMatcher {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  matches(value: string): boolean {
    return value === this.#text;
  }
}

class Prefix implements StringMatcher {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  matches(value: string): boolean {
    return value.startsWith(this.#text);
  }
}

class Suffix implements StringMatcher {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  matches(value: string): boolean {
    return value.endsWith(this.#text);
  }
}

class Contains implements StringMatcher {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  matches(value: string): boolean {
    return value.includes(this.#text);
  }
}

/** Compares without regard to ASCII case; the inner matcher has its text in lower case. */
class LowerCased implements StringMatcher {
  readonly #inner: StringMatcher;

  constructor(inner: StringMatcher) {
    this.#inner = inner;
  }

  matches(value: string): boolean {
    return this.#inner.matches(toAsciiLowerCase(value));
  }
}

const upperCase = /[A-Z]/u;
const upperCases = /[A-Z]+/gu;
const beyondAscii = /[^\u0000-\u007F]/u;

/** Changes ASCII letters only: other ones may change a string's length, and Envoy leaves them alone. */
export function toAsciiLowerCase(text: string): string {
  if (!upperCase.test(text)) return text;
  return beyondAscii.test(text) ? text.replaceAll(upperCases, (letters) => letters.toLowerCase()) : text.toLowerCase();
}

export type StringMatchKind = "exact" | "prefix" | "suffix" | "contains";

/** A matcher of plain text, without or with regard to case. */
export function matcherOf(kind: StringMatchKind, text: string, ignoreCase: boolean): StringMatcher {
  if (ignoreCase) return new LowerCased(matcherOf(kind, toAsciiLowerCase(text), false));
  switch (kind) {
    case "exact":
      return new Exact(text);
    case "prefix":
      return new Prefix(text);
    case "suffix":
      return new Suffix(text);
    case "contains":
      return new Contains(text);
  }
}

/** Envoy: only `exact` may be empty, and `safe_regex`, which says itself what case means, takes no `ignore_case`. */
export function compileStringMatcher(message: Message<"envoy.type.matcher.v3.StringMatcher">, path: ConfigPath): StringMatcher {
  switch (message.matchPattern) {
    case "exact":
      return matcherOf("exact", message.exact, message.ignoreCase);
    case "prefix":
      return matcherOf("prefix", requiredString(message.prefix, path.field("prefix")), message.ignoreCase);
    case "suffix":
      return matcherOf("suffix", requiredString(message.suffix, path.field("suffix")), message.ignoreCase);
    case "contains":
      return matcherOf("contains", requiredString(message.contains, path.field("contains")), message.ignoreCase);
    case "safeRegex":
      if (message.ignoreCase) fail(path.field("ignore_case"), "has no effect on safe_regex: begin the pattern with (?i)");
      return compileRegex(message.safeRegex, path.field("safe_regex"));
    case "custom":
      return fail(path.field("custom"), "is not supported: extensions that match strings are the next step");
    case undefined:
      return fail(path, "one of exact, prefix, suffix, contains, safe_regex is required");
  }
}
