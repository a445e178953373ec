/** The path and the query of a request target; the query with its `?`. */
function splitQuery(target: string): readonly [path: string, query: string] {
  const at = target.indexOf("?");
  return at < 0 ? [target, ""] : [target.slice(0, at), target.slice(at)];
}

const SLASH = "/";
const unreserved = /[A-Za-z0-9\-._~]/u;
/** What a URL's path shows only percent-encoded (WHATWG URL: the path percent-encode set, without `?` and `#`, which end a path). */
const mustEscape = /[\u0000-\u0020"<>`{}\u007f-\u00ff]/u;

const percentEncode = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;

/** Decodes what need not be encoded, encodes what must be; `undefined` for an encoded NUL. */
function canonicalCharacters(path: string): string | undefined {
  let out = "";
  for (let i = 0; i < path.length; i++) {
    const character = path.charAt(i);
    if (character === "\\") {
      out += SLASH;
    } else if (character === "%" && /^[0-9A-Fa-f]{2}$/u.test(path.slice(i + 1, i + 3))) {
      const byte = Number.parseInt(path.slice(i + 1, i + 3), 16);
      if (byte === 0) return undefined;
      const decoded = String.fromCharCode(byte);
      out += unreserved.test(decoded) ? decoded : path.slice(i, i + 3);
      i += 2;
    } else {
      out += mustEscape.test(character) ? percentEncode(character.charCodeAt(0)) : character;
    }
  }
  return out;
}

/** RFC 3986 §5.2.4. */
function removeDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.slice(1).split(SLASH);
  segments.forEach((segment, index) => {
    const isLast = index === segments.length - 1;
    if (segment === "..") kept.pop();
    else if (segment !== ".") kept.push(segment);
    // A dot segment at the end stands for a directory.
    if (isLast && (segment === "." || segment === "..")) kept.push("");
  });
  return SLASH + kept.join(SLASH);
}

/**
 * The path in its canonical form, as Envoy's `normalize_path`: dot segments are resolved (encoded ones too), unreserved characters decoded
 * (RFC 3986 §6.2.2, without case normalization), backslashes are slashes. The query stays as it is. `undefined` where that cannot be done.
 */
export function normalizePath(target: string): string | undefined {
  const [path, query] = splitQuery(target);
  if (!path.startsWith(SLASH)) return undefined;
  const canonical = canonicalCharacters(path);
  return canonical === undefined ? undefined : removeDotSegments(canonical) + query;
}

/** Makes one slash of several in a row; not in the query. */
export function mergeSlashes(target: string): string {
  if (!target.includes("//")) return target;
  const [path, query] = splitQuery(target);
  return path.replace(/\/{2,}/gu, SLASH) + query;
}

/** Decodes `%2F` and `%5C` in the path; the same string where there are none. */
export function unescapeSlashes(target: string): string {
  const [path, query] = splitQuery(target);
  const decoded = path.replace(/%(2f|5c)/giu, (escape) => (escape.charAt(1) === "2" ? SLASH : "\\"));
  return decoded === path ? target : decoded + query;
}

/** The authority without its port. */
export function withoutPort(authority: string): string {
  const port = portStart(authority);
  return port < 0 ? authority : authority.slice(0, port);
}

/** The port of an authority, or -1. */
export function portOf(authority: string): number {
  const start = portStart(authority);
  return start < 0 || start + 1 === authority.length ? -1 : Number(authority.slice(start + 1));
}

/** Where the `:` before the port stands, or -1: an IPv6 address has colons of its own. */
function portStart(authority: string): number {
  const colon = authority.lastIndexOf(":");
  return colon > authority.lastIndexOf("]") ? colon : -1;
}
