import type { Message } from "@mesh/xds-proto";
import type { RE2JS } from "re2js";
import type { ConfigPath } from "../config/index.ts";
import { fail, required, requiredString } from "../config/index.ts";
import { compilePattern } from "./regex.ts";

/** Replaces all matches of a pattern, each by a text that may refer to its groups. */
export interface RegexRewrite {
  rewrite(value: string): string;
}

/** Text, or the number of a group. */
type Part = string | number;

class Substitution implements RegexRewrite {
  readonly #pattern: RE2JS;
  readonly #parts: readonly Part[];

  constructor(pattern: RE2JS, parts: readonly Part[]) {
    this.#pattern = pattern;
    this.#parts = parts;
  }

  rewrite(value: string): string {
    const matcher = this.#pattern.matcher(value);
    let result = "";
    let end = 0;
    let isFirst = true;
    while (matcher.find()) {
      const start = matcher.start();
      // RE2's GlobalReplace: no empty match right behind the match before.
      if (!isFirst && start === end && matcher.end() === end) continue;
      result += value.slice(end, start);
      for (const part of this.#parts) result += typeof part === "string" ? part : (matcher.group(part) ?? "");
      end = matcher.end();
      isFirst = false;
    }
    return isFirst ? value : result + value.slice(end);
  }
}

/** Envoy's RegexMatchAndSubstitute: `\1` to `\9` in the substitution are groups, `\0` the whole match, `\\` a backslash. */
export function compileRegexRewrite(
  message: Message<"envoy.type.matcher.v3.RegexMatchAndSubstitute"> | null,
  path: ConfigPath,
): RegexRewrite {
  const { pattern, substitution } = required(message, path);
  const at = path.field("pattern");
  const regex = requiredString(required(pattern, at).regex, at.field("regex"));
  if (/[\n\r\0]/u.test(substitution)) fail(path.field("substitution"), "must not contain line breaks or NUL");
  const compiled = compilePattern(regex, at.field("regex"));
  return new Substitution(compiled, parseSubstitution(substitution, compiled.groupCount(), path.field("substitution")));
}

function parseSubstitution(text: string, groups: number, path: ConfigPath): Part[] {
  const parts: Part[] = [];
  let literal = "";
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character !== "\\") {
      literal += character;
      continue;
    }
    at++;
    const escaped = text.charAt(at);
    if (escaped === "\\") {
      literal += escaped;
    } else if (/^\d$/u.test(escaped)) {
      if (Number(escaped) > groups) fail(path, `refers to group ${escaped}, but the pattern has ${groups}`);
      if (literal !== "") parts.push(literal);
      literal = "";
      parts.push(Number(escaped));
    } else {
      fail(path, "has a backslash that is followed neither by a digit nor by a backslash");
    }
  }
  if (literal !== "") parts.push(literal);
  return parts;
}
