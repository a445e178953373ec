/**
 * The name of a resource without decoding it. In all resource types of xDS it is field 1, a string; only the outermost fields are
 * walked, so that the name of an unchanged cluster of some kilobytes costs next to nothing.
 */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const START_GROUP = 3;
const END_GROUP = 4;
const FIXED32 = 5;

/** Groups in groups, which no message of xDS has. */
const maxGroupDepth = 32;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export interface FirstField {
  /** The string in field 1, `""` where there is none. */
  readonly text: string;
  /** Whether the bytes are no message, from some point on. */
  readonly isMalformed: boolean;
}

export function readFirstField(bytes: Uint8Array): FirstField {
  const reader = new FieldReader(bytes);
  let text = "";
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    if (tag === undefined || tag < 8) return { text, isMalformed: true };
    const wireType = tag % 8;
    if (Math.floor(tag / 8) === 1 && wireType === LENGTH_DELIMITED) {
      const value = reader.delimited();
      if (!value) return { text, isMalformed: true };
      text = decoder.decode(value);
    } else if (!reader.skip(wireType)) {
      return { text, isMalformed: true };
    }
  }
  return { text, isMalformed: false };
}

class FieldReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Exact to 2^53, which is more than a tag or a length may be. */
  varint(): number | undefined {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) return undefined;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  }

  delimited(): Uint8Array | undefined {
    const length = this.varint();
    if (length === undefined || length > this.#bytes.length - this.#at) return undefined;
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  skip(wireType: number, depth: number = 0): boolean {
    if (wireType === START_GROUP) return depth < maxGroupDepth && this.#skipGroup(depth + 1);
    if (wireType === VARINT) return this.varint() !== undefined;
    if (wireType === LENGTH_DELIMITED) return this.delimited() !== undefined;
    if (wireType !== FIXED64 && wireType !== FIXED32) return false;
    this.#at += wireType === FIXED64 ? 8 : 4;
    return this.#at <= this.#bytes.length;
  }

  /** To the end of a group, a form of unknown fields that old writers may still use. */
  #skipGroup(depth: number): boolean {
    for (;;) {
      const tag = this.varint();
      if (tag === undefined) return false;
      if (tag % 8 === END_GROUP) return true;
      if (!this.skip(tag % 8, depth)) return false;
    }
  }
}
