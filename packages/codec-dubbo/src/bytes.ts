/** The signed 32-bit integer at `at`, which the caller knows to be inside. Half the time of `Buffer.readInt32BE`, which checks again. */
export function int32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
}

export function writeInt32(target: Uint8Array, value: number, at: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}

/** Whether all of `expected` is at `at`. The ends of what is compared differ more than the beginnings: compares backwards. */
export function bytesAt(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let index = expected.length - 1; index >= 0; index -= 1) {
    if (bytes[at + index] !== expected[index]) return false;
  }
  return true;
}

export function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) > 0x7f) return false;
  }
  return true;
}

/** Whether the bytes from `from` to `to` are `name`, an ASCII text, but for the case of letters. */
export function isNameAt(bytes: Uint8Array, from: number, to: number, name: string): boolean {
  if (to - from !== name.length) return false;
  for (let index = 0; index < name.length; index += 1) {
    if (foldedCode(bytes[from + index] ?? 0) !== foldedCode(name.charCodeAt(index))) return false;
  }
  return true;
}

/** Whether the bytes from `from` to `to` are `text`, which is ASCII. */
export function isTextAt(bytes: Uint8Array, from: number, to: number, text: string): boolean {
  if (to - from !== text.length) return false;
  for (let index = 0; index < text.length; index += 1) {
    if (bytes[from + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

/** `text` with the case of ASCII letters, and of those only, made one. */
export function folded(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function foldedCode(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code | 0x20 : code;
}
