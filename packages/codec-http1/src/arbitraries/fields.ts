import fc from "fast-check";

/** Names that steer framing, routing or the connection; the messages add them on purpose. */
const steering: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "upgrade",
  "expect",
  "te",
  "trailer",
  "keep-alive",
  "proxy-connection",
]);

function characters(...ranges: readonly (readonly [first: number, last: number])[]): readonly string[] {
  return ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => String.fromCharCode(first + i)));
}

const tokenCharacters = [..."!#$%&'*+-.^_`|~".split(""), ...characters([0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a])];
const valueCharacters = ["\t", ...characters([0x20, 0x7e]), "\u0080", "\u00e9", "\u00ff", "\u4e2d", "\uffff", "\u{1f600}"];

/** Tokens (RFC 9110 §5.6.2). */
export const tokens: fc.Arbitrary<string> = fc.string({ unit: fc.constantFrom(...tokenCharacters), minLength: 1, maxLength: 18 });

/** Field names in any case that steer nothing. */
export const fieldNames: fc.Arbitrary<string> = fc
  .oneof(fc.constantFrom("Accept", "accept", "X-Request-Id", "x-request-id", "Cookie", "Set-Cookie", "VIA"), tokens)
  .filter((name) => !steering.has(name.toLowerCase()));

/** Field values as they are without the white space around them. On the wire they are UTF-8. */
export const fieldValues: fc.Arbitrary<string> = fc
  .string({ unit: fc.constantFrom(...valueCharacters), maxLength: 40 })
  .map((value) => value.replace(/^[ \t]+|[ \t]+$/g, ""));

/** What may stand around a value and is not part of it. */
export const whiteSpace: fc.Arbitrary<string> = fc.constantFrom("", " ", " ", " ", "\t", " \t ");

/** Reason phrases, empty ones too. */
export const reasons: fc.Arbitrary<string> = fc.oneof(fc.constantFrom("OK", "", "Not Found"), fieldValues);
