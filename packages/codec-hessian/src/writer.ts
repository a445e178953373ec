import { CodecError, CodecErrorCode } from "@mesh/codec";
import type { HessianDialect } from "./dialect.ts";
import { encodeText } from "./text.ts";
import {
  type HessianClass,
  type HessianContainer,
  HessianDate,
  HessianDouble,
  HessianList,
  HessianMap,
  HessianObject,
  HessianRemote,
  type HessianValue,
} from "./values.ts";

/** Java's writers cut strings and binaries into chunks of this length. */
const chunkLength = 0x8000;
const firstSize = 1024;

export interface HessianWriterOptions {
  /**
   * Whether open-ended lists are written with their length, too. Readers of v4 often fail at the open-ended forms: hessian-lite and
   * hessian.js do. Default false.
   */
  readonly countsLists?: boolean;
  /** The name under which a class is written. Default: its own. */
  readonly renameClass?: (name: string) => string;
}

/**
 * Writes values in the forms that Java's writers choose. All values of a message share class definitions, types and references, so one
 * writer writes them all, one after the other.
 */
export class HessianWriter {
  readonly dialect: HessianDialect;
  readonly #isV3: boolean;
  readonly #end: number;
  readonly #countsLists: boolean;
  readonly #renameClass: ((name: string) => string) | undefined;
  #bytes: Buffer;
  #length: number;
  readonly #objects: Map<HessianContainer, number>;
  readonly #definitions: Map<HessianClass, number>;
  /** Those written, by name: a class may be equal to another and not the same. */
  readonly #definitionsByName: Map<string, HessianClass[]>;
  #definitionCount: number;
  readonly #types: Map<string, number>;
  #typeCount: number;
  // What is open, from the outermost on, and how many values of it are written.
  readonly #open: HessianContainer[];
  readonly #written: number[];
  readonly #marked: boolean[];

  constructor(dialect: HessianDialect, options: HessianWriterOptions = {}) {
    this.dialect = dialect;
    this.#isV3 = dialect === "v3";
    this.#end = this.#isV3 ? 0x7a : 0x5a;
    this.#countsLists = options.countsLists ?? false;
    this.#renameClass = options.renameClass;
    this.#bytes = Buffer.allocUnsafe(firstSize);
    this.#length = 0;
    this.#objects = new Map();
    this.#definitions = new Map();
    this.#definitionsByName = new Map();
    this.#definitionCount = 0;
    this.#types = new Map();
    this.#typeCount = 0;
    this.#open = [];
    this.#written = [];
    this.#marked = [];
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** The bytes written since the start, or since the last `take`; with them, definitions, types and references are forgotten. */
  take(): Buffer {
    const bytes = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    this.#objects.clear();
    this.#definitions.clear();
    this.#definitionsByName.clear();
    this.#definitionCount = 0;
    this.#types.clear();
    this.#typeCount = 0;
    return bytes;
  }

  /**
   * Writes a value, with all that is in it.
   *
   * @throws CodecError `MESH_CODEC_UNENCODABLE` for what the dialect cannot say: a number that is not an int of 32 bits, a bigint of more
   * than 64 bits, an object with another number of values than its class has fields, in v3 a type name of more than 65535 units, in v4 a
   * remote object. What was written before the fault stays; the writer is then of no more use.
   */
  write(value: HessianValue): void {
    this.#writeOne(value);
    const open = this.#open;
    while (open.length > 0) {
      const depth = open.length - 1;
      const container = open[depth];
      const index = this.#written[depth] ?? 0;
      if (container === undefined || index === sizeOf(container)) {
        open.pop();
        if (this.#marked[depth] === true) this.#byte(this.#end);
        continue;
      }
      this.#written[depth] = index + 1;
      this.#writeOne(valueAt(container, index));
    }
  }

  /** Writes a value; of a container, only the head. */
  #writeOne(value: HessianValue | undefined): void {
    switch (typeof value) {
      case "string":
        return this.#string(value);
      case "number":
        return this.#int(value);
      case "bigint":
        return this.#long(value);
      case "boolean":
        return this.#byte(value ? 0x54 : 0x46);
      default:
        if (value === null) this.#byte(0x4e);
        else if (value instanceof HessianObject || value instanceof HessianList || value instanceof HessianMap) this.#container(value);
        else if (value instanceof HessianDouble) this.#double(value.value);
        else if (value instanceof HessianDate) this.#date(value.milliseconds);
        else if (value instanceof Uint8Array) this.#binary(value);
        else if (value instanceof HessianRemote) this.#remote(value);
        else this.#refuse("this is no Hessian value");
    }
  }

  #container(value: HessianContainer): void {
    const known = this.#objects.get(value);
    if (known !== undefined) return this.#reference(known);
    this.#objects.set(value, this.#objects.size);
    let isMarked = true;
    if (value instanceof HessianObject) {
      this.#objectHead(value);
      isMarked = false;
    } else if (value instanceof HessianMap) {
      this.#mapHead(value);
    } else {
      const isOpenEnded = value.isOpenEnded && !this.#countsLists;
      isMarked = this.#isV3 ? this.#v3ListHead(value, isOpenEnded) : this.#v4ListHead(value, isOpenEnded);
    }
    const depth = this.#open.push(value) - 1;
    this.#written[depth] = 0;
    this.#marked[depth] = isMarked;
  }

  #reference(index: number): void {
    if (!this.#isV3) {
      this.#byte(0x51);
      this.#int(index);
    } else if (index < 0x100) {
      this.#byte(0x4a);
      this.#byte(index);
    } else if (index < 0x10000) {
      this.#byte(0x4b);
      this.#uint16(index);
    } else {
      this.#byte(0x52);
      this.#int32(index);
    }
  }

  #objectHead({ definition, values }: HessianObject): void {
    const { name, fields } = definition;
    if (values.length !== fields.length) this.#refuse(`${values.length} values for the ${fields.length} fields of ${name}`);
    const index = this.#definitions.get(definition) ?? this.#define(definition);
    if (this.#isV3) {
      this.#byte(0x6f);
      this.#int(index);
    } else if (index < 0x10) {
      this.#byte(0x60 | index);
    } else {
      this.#byte(0x4f);
      this.#int(index);
    }
  }

  /** The index of a definition that was not met before, written unless an equal one was. */
  #define(definition: HessianClass): number {
    const { fields } = definition;
    const name = this.#renameClass === undefined ? definition.name : this.#renameClass(definition.name);
    const namesakes = this.#definitionsByName.get(name);
    const equal = namesakes?.find((other) => isSame(other.fields, fields));
    const index = equal === undefined ? this.#definitionCount : (this.#definitions.get(equal) ?? 0);
    this.#definitions.set(definition, index);
    if (equal !== undefined) return index;
    if (namesakes === undefined) this.#definitionsByName.set(name, [definition]);
    else namesakes.push(definition);
    this.#definitionCount += 1;
    if (this.#isV3) {
      this.#byte(0x4f);
      this.#int(name.length);
      this.#text(name, 0, name.length);
    } else {
      this.#byte(0x43);
      this.#string(name);
    }
    this.#int(fields.length);
    for (const field of fields) this.#string(field);
    return index;
  }

  #mapHead(map: HessianMap): void {
    if (map.keys.length !== map.values.length) this.#refuse(`${map.values.length} values for the ${map.keys.length} keys of a map`);
    if (this.#isV3) {
      this.#byte(0x4d);
      this.#v3Type(map.type, map.keys[0]);
    } else if (map.type === undefined) {
      this.#byte(0x48);
    } else {
      this.#byte(0x4d);
      this.#v4Type(map.type);
    }
  }

  /** Writes the head of a list, and tells whether its end is marked. */
  #v3ListHead({ items, type }: HessianList, isOpenEnded: boolean): boolean {
    const known = type === undefined || isOpenEnded ? undefined : this.#types.get(type);
    if (known !== undefined) {
      this.#byte(0x76);
      this.#int(known);
      this.#int(items.length);
      return false;
    }
    this.#byte(0x56);
    this.#v3Type(type, isOpenEnded ? items[0] : undefined);
    if (isOpenEnded) return true;
    if (items.length < 0x100) {
      this.#byte(0x6e);
      this.#byte(items.length);
    } else {
      this.#byte(0x6c);
      this.#int32(items.length);
    }
    return true;
  }

  #v4ListHead({ items, type }: HessianList, isOpenEnded: boolean): boolean {
    const { length } = items;
    const isShort = !isOpenEnded && length < 8;
    if (isShort) this.#byte((type === undefined ? 0x78 : 0x70) | length);
    else if (isOpenEnded) this.#byte(type === undefined ? 0x57 : 0x55);
    else this.#byte(type === undefined ? 0x58 : 0x56);
    if (type !== undefined) this.#v4Type(type);
    if (!isShort && !isOpenEnded) this.#int(length);
    return isOpenEnded;
  }

  /** Writes a type, if there is one. `next` is the value behind it. */
  #v3Type(type: string | undefined, next: HessianValue | undefined): void {
    if (type === undefined) {
      // Java takes a true here for the mark of a type, and skips an empty type.
      if (next === true) this.#newV3Type("");
      return;
    }
    const known = this.#types.get(type);
    if (known === undefined) return this.#newV3Type(type);
    this.#byte(0x75);
    this.#int(known);
  }

  #newV3Type(type: string): void {
    if (type.length > 0xffff) this.#refuse("a type name of more than 65535 units");
    this.#types.set(type, this.#typeCount);
    this.#typeCount += 1;
    this.#byte(0x74);
    this.#uint16(type.length);
    this.#text(type, 0, type.length);
  }

  #v4Type(type: string): void {
    const known = this.#types.get(type);
    if (known !== undefined) return this.#int(known);
    this.#types.set(type, this.#typeCount);
    this.#typeCount += 1;
    this.#string(type);
  }

  #remote({ type, url }: HessianRemote): void {
    if (!this.#isV3) this.#refuse("a remote object cannot be said in v4");
    this.#byte(0x72);
    this.#v3Type(type, undefined);
    this.#string(url);
  }

  #int(value: number): void {
    if ((value | 0) !== value || Object.is(value, -0))
      this.#refuse(`${value} is no int of 32 bits: long is a bigint, double a HessianDouble`);
    if (value >= -0x10 && value < 0x30) {
      this.#byte(value + 0x90);
    } else if (value >= -0x800 && value < 0x800) {
      this.#byte((value >> 8) + 0xc8);
      this.#byte(value);
    } else if (value >= -0x40000 && value < 0x40000) {
      this.#byte((value >> 16) + 0xd4);
      this.#uint16(value);
    } else {
      this.#byte(0x49);
      this.#int32(value);
    }
  }

  #long(value: bigint): void {
    if (value < -0x8000_0000n || value > 0x7fff_ffffn) {
      if (BigInt.asIntN(64, value) !== value) this.#refuse(`${value} is no long of 64 bits`);
      this.#byte(0x4c);
      this.#int64(value);
      return;
    }
    const number = Number(value);
    if (number >= -0x08 && number < 0x10) {
      this.#byte(number + 0xe0);
    } else if (number >= -0x800 && number < 0x800) {
      this.#byte((number >> 8) + 0xf8);
      this.#byte(number);
    } else if (number >= -0x40000 && number < 0x40000) {
      this.#byte((number >> 16) + 0x3c);
      this.#uint16(number);
    } else {
      this.#byte(this.#isV3 ? 0x77 : 0x59);
      this.#int32(number);
    }
  }

  #double(value: number): void {
    const forms = this.#isV3 ? v3DoubleForms : v4DoubleForms;
    // Java's writers lose the sign of minus zero; the long form keeps it.
    const integer = Object.is(value, -0) ? Number.NaN : Math.trunc(value);
    if (integer === value && (integer === 0 || integer === 1)) {
      this.#byte(forms.zero + integer);
    } else if (integer === value && integer >= -0x80 && integer < 0x80) {
      this.#byte(forms.byte);
      this.#byte(integer);
    } else if (integer === value && integer >= -0x8000 && integer < 0x8000) {
      this.#byte(forms.short);
      this.#uint16(integer);
    } else if (this.#isV3) {
      this.#longV3Double(value);
    } else {
      this.#longV4Double(value);
    }
  }

  #longV3Double(value: number): void {
    if (Math.fround(value) === value && value !== 0) {
      this.#byte(0x6b);
      this.#length = this.#room(4).writeFloatBE(value, this.#length);
    } else {
      this.#fullDouble(value);
    }
  }

  #longV4Double(value: number): void {
    const thousandths = Math.trunc(value * 1000);
    if ((thousandths | 0) === thousandths && 0.001 * thousandths === value && value !== 0) {
      this.#byte(0x5f);
      this.#int32(thousandths);
    } else {
      this.#fullDouble(value);
    }
  }

  #fullDouble(value: number): void {
    this.#byte(0x44);
    this.#length = this.#room(8).writeDoubleBE(value, this.#length);
  }

  #date(milliseconds: bigint): void {
    if (BigInt.asIntN(64, milliseconds) !== milliseconds) this.#refuse(`${milliseconds} are no milliseconds of 64 bits`);
    const minutes = milliseconds / 60_000n;
    if (!this.#isV3 && minutes * 60_000n === milliseconds && BigInt.asIntN(32, minutes) === minutes) {
      this.#byte(0x4b);
      this.#int32(Number(minutes));
    } else {
      this.#byte(this.#isV3 ? 0x64 : 0x4a);
      this.#int64(milliseconds);
    }
  }

  #string(value: string): void {
    let from = 0;
    while (value.length - from > chunkLength) {
      let to = from + chunkLength;
      // A surrogate pair stays in one chunk, as in Java: other readers decode each by itself.
      if (isHighSurrogate(value.charCodeAt(to - 1))) to -= 1;
      this.#byte(this.#isV3 ? 0x73 : 0x52);
      this.#uint16(to - from);
      this.#text(value, from, to);
      from = to;
    }
    const length = value.length - from;
    if (length < 0x20) {
      this.#byte(length);
    } else if (!this.#isV3 && length < 0x400) {
      this.#byte(0x30 | (length >> 8));
      this.#byte(length);
    } else {
      this.#byte(0x53);
      this.#uint16(length);
    }
    this.#text(value, from, value.length);
  }

  #text(value: string, from: number, to: number): void {
    const bytes = this.#room(3 * (to - from));
    this.#length = encodeText(bytes, this.#length, value, from, to);
  }

  #binary(value: Uint8Array): void {
    let from = 0;
    for (; value.length - from > chunkLength; from += chunkLength) {
      this.#byte(this.#isV3 ? 0x62 : 0x41);
      this.#uint16(chunkLength);
      this.#copy(value.subarray(from, from + chunkLength));
    }
    const length = value.length - from;
    if (length < 0x10) {
      this.#byte(0x20 | length);
    } else if (!this.#isV3 && length < 0x400) {
      this.#byte(0x34 | (length >> 8));
      this.#byte(length);
    } else {
      this.#byte(0x42);
      this.#uint16(length);
    }
    this.#copy(value.subarray(from));
  }

  #copy(value: Uint8Array): void {
    this.#room(value.length).set(value, this.#length);
    this.#length += value.length;
  }

  #byte(value: number): void {
    this.#room(1)[this.#length] = value;
    this.#length += 1;
  }

  #uint16(value: number): void {
    const bytes = this.#room(2);
    bytes[this.#length] = value >> 8;
    bytes[this.#length + 1] = value;
    this.#length += 2;
  }

  #int32(value: number): void {
    this.#length = this.#room(4).writeInt32BE(value, this.#length);
  }

  #int64(value: bigint): void {
    this.#length = this.#room(8).writeBigInt64BE(value, this.#length);
  }

  /** The bytes written to, with room for `size` more. */
  #room(size: number): Buffer {
    const needed = this.#length + size;
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    return this.#bytes;
  }

  #refuse(message: string): never {
    throw new CodecError(CodecErrorCode.Unencodable, `Hessian ${this.dialect}: ${message}`, this.#length);
  }
}

/** First bytes of the short forms of doubles; that of 1 follows that of 0. */
const v3DoubleForms = { zero: 0x67, byte: 0x69, short: 0x6a } as const;
const v4DoubleForms = { zero: 0x5b, byte: 0x5d, short: 0x5e } as const;

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

/** How many values are in a container. */
function sizeOf(container: HessianContainer): number {
  if (container instanceof HessianList) return container.items.length;
  return container instanceof HessianObject ? container.values.length : 2 * container.size;
}

function valueAt(container: HessianContainer, index: number): HessianValue | undefined {
  if (container instanceof HessianList) return container.items[index];
  if (container instanceof HessianObject) return container.values[index];
  return ((index & 1) === 0 ? container.keys : container.values)[index >> 1];
}
