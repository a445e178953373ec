import { toAsciiLowerCase, type Regex } from "../matching/index.ts";

/** A condition on a path. Query and fragment are no part of it: the path ends at `end`. */
export interface PathMatcher {
  matches(path: string, end: number): boolean;
}

/** Where a path ends and its query or fragment begins. */
export function pathEnd(path: string): number {
  const query = path.indexOf("?");
  const end = query < 0 ? path.length : query;
  const fragment = path.indexOf("#");
  return fragment < 0 || fragment > end ? end : fragment;
}

/** `path.startsWith(prefix)` for a path that is as long, from the end: prefixes of one table begin alike. 10 ns where startsWith takes 43. */
function startsWith(path: string, prefix: string): boolean {
  for (let i = prefix.length - 1; i >= 0; i--) if (path.charCodeAt(i) !== prefix.charCodeAt(i)) return false;
  return true;
}

/** `prefix`. */
export class PathPrefix implements PathMatcher {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  matches(path: string, end: number): boolean {
    return end >= this.#prefix.length && startsWith(path, this.#prefix);
  }
}

/** `path`. */
export class ExactPath implements PathMatcher {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  matches(path: string, end: number): boolean {
    return end === this.#path.length && startsWith(path, this.#path);
  }
}

const slash = 0x2f;

/** `path_separated_prefix`: what follows the prefix begins with a slash. */
export class PathSeparatedPrefix implements PathMatcher {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  matches(path: string, end: number): boolean {
    const { length } = this.#prefix;
    return end >= length && startsWith(path, this.#prefix) && (end === length || path.charCodeAt(length) === slash);
  }
}

/** `safe_regex`: the whole path matches. */
export class PathRegex implements PathMatcher {
  readonly #regex: Regex;

  constructor(regex: Regex) {
    this.#regex = regex;
  }

  matches(path: string, end: number): boolean {
    return this.#regex.matches(end === path.length ? path : path.slice(0, end));
  }
}

/** `case_sensitive: false`; the inner matcher has its text in lower case. */
export class LowerCasedPath implements PathMatcher {
  readonly #inner: PathMatcher;

  constructor(inner: PathMatcher) {
    this.#inner = inner;
  }

  matches(path: string, end: number): boolean {
    return this.#inner.matches(toAsciiLowerCase(path), end);
  }
}
