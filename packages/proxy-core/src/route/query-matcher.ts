import type { Message } from "@mesh/xds-proto";
import { required, requiredString, type ConfigPath } from "../config/index.ts";
import { compileStringMatcher, type StringMatcher } from "../matching/index.ts";

/**
 * The first value of a query parameter, as it is written: nothing is decoded. Empty for a parameter without `=`, `undefined` for one that
 * is not there.
 *
 * @param start the index of the `?`, or of where there is none
 */
export function queryParameter(path: string, start: number, name: string): string | undefined {
  if (path.charAt(start) !== "?") return undefined;
  const fragment = path.indexOf("#", start);
  const end = fragment < 0 ? path.length : fragment;
  for (let at = start + 1; at < end;) {
    const ampersand = path.indexOf("&", at);
    const next = ampersand < 0 || ampersand > end ? end : ampersand;
    const nameEnd = at + name.length;
    if (path.startsWith(name, at) && nameEnd <= next) {
      if (nameEnd === next) return "";
      if (path.charAt(nameEnd) === "=") return path.slice(nameEnd + 1, next);
    }
    at = next + 1;
  }
  return undefined;
}

/** A condition on one query parameter. */
export class QueryMatcher {
  readonly #name: string;
  /** Undefined: any value. */
  readonly #value: StringMatcher | undefined;
  readonly #wanted: boolean;

  constructor(name: string, value: StringMatcher | undefined, wanted: boolean) {
    this.#name = name;
    this.#value = value;
    this.#wanted = wanted;
  }

  matches(path: string, start: number): boolean {
    const value = queryParameter(path, start, this.#name);
    return (value !== undefined && (this.#value === undefined || this.#value.matches(value))) === this.#wanted;
  }
}

/** Envoy's QueryParameterMatcher; one that says no more than the name asks for the parameter to be there. */
export function compileQueryMatcher(message: Message<"envoy.config.route.v3.QueryParameterMatcher">, path: ConfigPath): QueryMatcher {
  const name = requiredString(message.name, path.field("name"));
  switch (message.queryParameterMatchSpecifier) {
    case "stringMatch":
      return new QueryMatcher(
        name,
        compileStringMatcher(required(message.stringMatch, path.field("string_match")), path.field("string_match")),
        true,
      );
    case "presentMatch":
      return new QueryMatcher(name, undefined, message.presentMatch);
    case undefined:
      return new QueryMatcher(name, undefined, true);
  }
}
