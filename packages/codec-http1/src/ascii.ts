export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const COMMA = 0x2c;
export const SLASH = 0x2f;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const QUESTION = 0x3f;
export const DIGIT_0 = 0x30;
export const DIGIT_1 = 0x31;
export const DIGIT_9 = 0x39;

/** Tables are indexed by a byte; 1 says that the byte belongs to the class. An index over 255 gives `undefined`: not in the class. */
type ByteClass = Uint8Array;

function byteClass(belongs: (byte: number) => boolean): ByteClass {
  return Uint8Array.from({ length: 256 }, (_, byte) => (belongs(byte) ? 1 : 0));
}

const isIn =
  (characters: string) =>
  (byte: number): boolean =>
    characters.includes(String.fromCharCode(byte));
const isAlphanumeric = isIn("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
const isTokenMark = isIn("!#$%&'*+-.^_`|~");
const isHostMark = isIn("-._~!$&'()*+;=%");

/** `tchar`: RFC 9110 §5.6.2. */
export const TOKEN: ByteClass = byteClass((byte) => isAlphanumeric(byte) || isTokenMark(byte));

/** What may stand in a field value: HTAB, SP, VCHAR, obs-text (RFC 9110 §5.5). */
export const FIELD_VALUE: ByteClass = byteClass((byte) => byte === TAB || (byte >= SP && byte !== 0x7f));

/** What may stand in a request target: visible ASCII without `#`, as a fragment is never sent (RFC 9112 §3.2). */
export const TARGET: ByteClass = byteClass((byte) => byte > SP && byte < 0x7f && byte !== 0x23);

/** The same, with bytes above 0x7f: many clients send UTF-8 that they should have percent-encoded. */
export const TARGET_OR_OBS_TEXT: ByteClass = byteClass((byte) => byte > SP && byte !== 0x7f && byte !== 0x23);

/**
 * `reg-name` of RFC 3986 §3.2.2; the two digits after `%` are looked at elsewhere. The comma is left out: no host's name has one, and two Host
 * fields that someone joined look just so.
 */
export const HOST: ByteClass = byteClass((byte) => isAlphanumeric(byte) || isHostMark(byte));

/** ASCII letters in lower case, all else as it is. */
export const LOWER: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte));

const NOT_HEX = 255;

/** The value of a hexadecimal digit, or 255. */
export const HEX: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  const value = "0123456789abcdef".indexOf(String.fromCharCode(LOWER[byte]!));
  return value < 0 ? NOT_HEX : value;
});

export function isHex(byte: number | undefined): boolean {
  return byte !== undefined && HEX[byte] !== NOT_HEX;
}

/** Whether the bytes from `start` are `text`, apart from the case of ASCII letters. The caller has compared the lengths. */
export function equalsIgnoringCase(bytes: Uint8Array, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const byte = bytes[start + i]!;
    const char = text.charCodeAt(i);
    if (byte !== char && LOWER[byte] !== LOWER[char]) return false;
  }
  return true;
}

/** Whether two strings are the same apart from the case of ASCII letters. */
export function sameIgnoringCase(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y && (LOWER[x] === undefined || LOWER[x] !== LOWER[y])) return false;
  }
  return true;
}
