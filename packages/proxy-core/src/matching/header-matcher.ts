import type { Message } from "@mesh/xds-proto";
import type { ConfigPath } from "../config/index.ts";
import { fail, required, requiredString } from "../config/index.ts";
import type { HeaderReader } from "./headers.ts";
import { compileRegex } from "./regex.ts";
import { compileStringMatcher, matcherOf } from "./string-matcher.ts";
import type { StringMatcher } from "./string-matcher.ts";

/** A condition on one header. */
export interface HeaderMatcher {
  matches(headers: HeaderReader): boolean;
}

class PresentMatcher implements HeaderMatcher {
  readonly #name: string;
  /** The outcome for a header that is there, and for one that is not. */
  readonly #present: boolean;
  readonly #absent: boolean;

  constructor(name: string, present: boolean, absent: boolean) {
    this.#name = name;
    this.#present = present;
    this.#absent = absent;
  }

  matches(headers: HeaderReader): boolean {
    return headers.header(this.#name) === undefined ? this.#absent : this.#present;
  }
}

class ValueMatcher implements HeaderMatcher {
  readonly #name: string;
  readonly #value: StringMatcher;
  readonly #invert: boolean;
  readonly #missing: string | undefined;

  constructor(name: string, value: StringMatcher, invert: boolean, missing: string | undefined) {
    this.#name = name;
    this.#value = value;
    this.#invert = invert;
    this.#missing = missing;
  }

  matches(headers: HeaderReader): boolean {
    const value = headers.header(this.#name) ?? this.#missing;
    if (value === undefined) return false;
    return this.#matchesAny(headers, value) !== this.#invert;
  }

  /**
   * Whether one of the header's values matches. Envoy tests each field line by itself: joined, `x-role: user` after `x-role: admin` would slip by
   * a rule that forbids `admin`.
   */
  #matchesAny(headers: HeaderReader, joined: string): boolean {
    // Only a joined value can have been several ones, and joining puts a comma between them (RFC 9110 §5.3).
    if (headers.headerValues === undefined || !joined.includes(", ")) return this.#value.matches(joined);
    return headers.headerValues(this.#name).some((value) => this.#value.matches(value));
  }
}

const wholeNumber = /^\s*[-+]?\d+\s*$/u;

class RangeMatcher implements StringMatcher {
  readonly #start: number;
  readonly #end: number;

  constructor(start: number, end: number) {
    this.#start = start;
    this.#end = end;
  }

  matches(value: string): boolean {
    if (!wholeNumber.test(value)) return false;
    const number = Number(value);
    return number >= this.#start && number < this.#end;
  }
}

const anything: StringMatcher = { matches: () => true };

/**
 * Envoy's HeaderMatcher. A header that is missing matches nothing, inverted or not, unless it is treated as empty; only `present_match`
 * asks for it. Without a condition the header must be there.
 */
export function compileHeaderMatcher(message: Message<"envoy.config.route.v3.HeaderMatcher">, path: ConfigPath): HeaderMatcher {
  const name = requiredString(message.name, path.field("name")).toLowerCase();
  const { invertMatch: invert, treatMissingHeaderAsEmpty: treatAsEmpty } = message;
  if (message.headerMatchSpecifier === "presentMatch" || message.headerMatchSpecifier === undefined) {
    const wanted = message.headerMatchSpecifier === undefined || message.presentMatch;
    const present = wanted !== invert;
    return new PresentMatcher(name, present, treatAsEmpty ? present : !present);
  }
  return new ValueMatcher(name, compileValue(message, message.headerMatchSpecifier, path), invert, treatAsEmpty ? "" : undefined);
}

type HeaderMatcherMessage = Message<"envoy.config.route.v3.HeaderMatcher">;
type ValueSpecifier = Exclude<HeaderMatcherMessage["headerMatchSpecifier"], "presentMatch" | undefined>;

function compileValue(message: HeaderMatcherMessage, specifier: ValueSpecifier, path: ConfigPath): StringMatcher {
  switch (specifier) {
    case "exactMatch":
      // Envoy: the deprecated exact_match takes any value when it is empty.
      return message.exactMatch === "" ? anything : matcherOf("exact", message.exactMatch, false);
    case "prefixMatch":
      return matcherOf("prefix", requiredString(message.prefixMatch, path.field("prefix_match")), false);
    case "suffixMatch":
      return matcherOf("suffix", requiredString(message.suffixMatch, path.field("suffix_match")), false);
    case "containsMatch":
      return matcherOf("contains", requiredString(message.containsMatch, path.field("contains_match")), false);
    case "safeRegexMatch":
      return compileRegex(message.safeRegexMatch, path.field("safe_regex_match"));
    case "stringMatch":
      return compileStringMatcher(required(message.stringMatch, path.field("string_match")), path.field("string_match"));
    case "rangeMatch": {
      const { start, end } = required(message.rangeMatch, path.field("range_match"));
      if (end <= start) fail(path.field("range_match"), `is empty: it ends at ${end}, not included, and starts at ${start}`);
      return new RangeMatcher(start, end);
    }
  }
}

/** Several conditions, all of which must hold. */
export function compileHeaderMatchers(messages: readonly HeaderMatcherMessage[], path: ConfigPath): readonly HeaderMatcher[] {
  return messages.map((message, index) => compileHeaderMatcher(message, path.index(index)));
}

/** Whether all conditions hold. */
export function matchesAll(matchers: readonly HeaderMatcher[], headers: HeaderReader): boolean {
  for (let at = 0; at < matchers.length; at++) if (!matchers[at]?.matches(headers)) return false;
  return true;
}
