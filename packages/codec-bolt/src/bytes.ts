/** The signed 32-bit integer at `at`, which the caller knows to be inside. Half the time of `Buffer.readInt32BE`, which checks again. */
export function int32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
}

/** The signed 16-bit integer at `at`, which the caller knows to be inside. */
export function int16(bytes: Uint8Array, at: number): number {
  return (((bytes[at] ?? 0) << 24) >> 16) | (bytes[at + 1] ?? 0);
}

export function writeInt32(target: Uint8Array, value: number, at: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}

export function writeInt16(target: Uint8Array, value: number, at: number): void {
  target[at] = value >>> 8;
  target[at + 1] = value;
}

/** Whether all of `expected` is at `at`. The ends of service and header names differ more than their beginnings: compares backwards. */
export function bytesAt(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let index = expected.length - 1; index >= 0; index -= 1) {
    if (bytes[at + index] !== expected[index]) return false;
  }
  return true;
}
