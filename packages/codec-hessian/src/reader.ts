import { CodecError, CodecErrorCode } from "@mesh/codec";
import { hexByte, int16, int32, uint16 } from "./bytes.ts";
import type { HessianDialect } from "./dialect.ts";
import { type CodeTable, codeTables, HessianKind } from "./kind.ts";
import { completeLimits, type HessianLimits } from "./limits.ts";
import { decodeText, textEnd, textTruncated } from "./text.ts";
import {
  HessianClass,
  type HessianContainer,
  HessianDate,
  HessianDouble,
  HessianList,
  HessianMap,
  HessianObject,
  HessianRemote,
  type HessianValue,
} from "./values.ts";

/** States of an open container; a state above zero is the number of values that are still to come. */
const complete = 0;
const openList = -1;
/** What is put next is a key. */
const openMapAtKey = -2;
/** What is put next is the value of the last key. */
const openMapAtValue = -3;

/**
 * Reads values with their Java types, and with the identity of what is referred to. All values of a message share their class definitions,
 * types and references, so one reader reads them all, one after the other.
 */
export class HessianReader {
  readonly dialect: HessianDialect;
  readonly #limits: HessianLimits;
  readonly #table: CodeTable;
  readonly #isV3: boolean;
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #end: number;
  #at: number;
  #error: CodecError | undefined;
  #values: number;
  readonly #objects: HessianContainer[];
  readonly #definitions: HessianClass[];
  readonly #types: string[];
  // What is open, by depth.
  readonly #states: number[];
  /** Where the values go; of a map, the keys. */
  readonly #sinks: HessianValue[][];
  readonly #mapValues: HessianValue[][];
  readonly #marked: boolean[];
  // Of the container opened last: its state, and whether an end mark follows a known number of values.
  #state: number;
  #isMarked: boolean;

  /** Reads what is in `bytes`. Binaries that are read refer to `bytes`. */
  constructor(dialect: HessianDialect, bytes: Uint8Array, limits: Partial<HessianLimits> = {}) {
    this.dialect = dialect;
    this.#limits = completeLimits(limits);
    this.#table = codeTables[dialect];
    this.#isV3 = dialect === "v3";
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.length;
    this.#at = 0;
    this.#error = undefined;
    this.#values = 0;
    this.#objects = [];
    this.#definitions = [];
    this.#types = [];
    this.#states = [];
    this.#sinks = [];
    this.#mapValues = [];
    this.#marked = [];
    this.#state = complete;
    this.#isMarked = false;
  }

  /** Where the next value begins. After a failure, somewhere in the value that is wrong. */
  get offset(): number {
    return this.#at;
  }

  /** Whether all values were read. */
  get done(): boolean {
    return this.#at >= this.#end && this.#error === undefined;
  }

  /** Why `read` returned undefined. */
  get error(): CodecError | undefined {
    return this.#error;
  }

  /** Reads the next value. Undefined, with the reason in `error`, if there is none or it is wrong; then no more can be read. */
  read(): HessianValue | undefined {
    if (this.#error !== undefined) return undefined;
    try {
      return this.#readValue();
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      this.#error = error;
      return undefined;
    }
  }

  #readValue(): HessianValue {
    const { maxValues } = this.#limits;
    let depth = 0;
    let root: HessianValue | undefined;
    for (;;) {
      while (this.#peek() === this.#table.definition) this.#readDefinition();
      this.#values += 1;
      if (this.#values > maxValues) this.#refuse(`more than ${maxValues} values`, CodecErrorCode.LimitExceeded);
      const begins = this.#at;
      const code = this.#byte();
      const container = this.#openContainer(code, begins, depth);
      const value = container === undefined ? this.#readScalar(code, begins) : container;
      if (root === undefined) root = value;
      else this.#put(depth, value);
      if (container !== undefined) {
        depth += 1;
        this.#open(depth, container);
      }
      while (depth > 0 && this.#isComplete(depth)) depth -= 1;
      if (depth === 0) return root;
    }
  }

  #open(depth: number, container: HessianContainer): void {
    this.#states[depth] = this.#state;
    this.#marked[depth] = this.#isMarked;
    if (container instanceof HessianMap) {
      this.#sinks[depth] = container.keys;
      this.#mapValues[depth] = container.values;
    } else {
      this.#sinks[depth] = container instanceof HessianList ? container.items : container.values;
    }
  }

  #put(depth: number, value: HessianValue): void {
    (this.#states[depth] === openMapAtValue ? this.#mapValues : this.#sinks)[depth]?.push(value);
  }

  /** Whether the container at `depth` has all its values; if not, its state is that for the next one. */
  #isComplete(depth: number): boolean {
    const state = this.#states[depth] ?? complete;
    if (state > complete) {
      this.#states[depth] = state - 1;
      return false;
    }
    if (state === openMapAtKey) {
      this.#states[depth] = openMapAtValue;
      return false;
    }
    if (state === complete && this.#marked[depth] !== true) return true;
    if (this.#peek() === this.#table.end) {
      this.#at += 1;
      return true;
    }
    if (state === complete) this.#refuse("a list goes on behind its last element");
    const size = this.#sinks[depth]?.length ?? 0;
    if (size >= this.#limits.maxCount) this.#refuse(`more than ${this.#limits.maxCount} entries`, CodecErrorCode.LimitExceeded);
    if (state === openMapAtValue) this.#states[depth] = openMapAtKey;
    return false;
  }

  /** The list, map or object that begins with `code`, without what is in it; `#state` and `#isMarked` tell how much that is. */
  #openContainer(code: number, begins: number, depth: number): HessianContainer | undefined {
    const kind = this.#table.kinds[code];
    if (kind !== HessianKind.Object && kind !== HessianKind.Map && kind !== HessianKind.List) return undefined;
    const { maxDepth } = this.#limits;
    if (depth >= maxDepth) this.#refuse(`more than ${maxDepth} values inside each other`, CodecErrorCode.LimitExceeded, begins);
    let container: HessianContainer;
    if (kind === HessianKind.Object) container = this.#openObject(code, begins);
    else if (kind === HessianKind.Map) container = this.#openMap(code);
    else container = this.#isV3 ? this.#openV3List(code) : this.#openV4List(code);
    this.#objects.push(container);
    return container;
  }

  #openObject(code: number, begins: number): HessianObject {
    const index = this.#isV3 || code < 0x60 ? this.#int() : code & 0x0f;
    const definition = this.#definitions[index];
    if (definition === undefined) this.#refuse(`class definition ${index} is not there`, CodecErrorCode.Malformed, begins);
    this.#state = definition.fields.length;
    this.#isMarked = false;
    return new HessianObject(definition, []);
  }

  #openMap(code: number): HessianMap {
    let type: string | undefined;
    if (this.#isV3) type = this.#v3Type();
    else if (code === 0x4d) type = this.#v4Type();
    this.#state = openMapAtValue;
    this.#isMarked = false;
    return new HessianMap([], type);
  }

  #openV3List(code: number): HessianList {
    if (code === 0x76) {
      const type = this.#typeReference();
      this.#setCount(this.#int());
      return new HessianList([], type);
    }
    const type = this.#v3Type();
    const form = this.#at < this.#end ? this.#peek() : undefined;
    if (form !== 0x6e && form !== 0x6c) {
      this.#state = openList;
      this.#isMarked = false;
      return new HessianList([], type, true);
    }
    this.#at += 1;
    this.#setCount(form === 0x6e ? this.#byte() : int32(this.#bytes, this.#take(4)));
    this.#isMarked = true;
    return new HessianList([], type);
  }

  #openV4List(code: number): HessianList {
    const type = code < 0x57 || (code >= 0x70 && code < 0x78) ? this.#v4Type() : undefined;
    if (code === 0x55 || code === 0x57) {
      this.#state = openList;
      this.#isMarked = false;
      return new HessianList([], type, true);
    }
    this.#setCount(code < 0x70 ? this.#int() : code & 0x07);
    return new HessianList([], type);
  }

  /** Sets the number of values that the container being opened has. Each has at least a byte. */
  #setCount(count: number): void {
    if (count < 0) this.#refuse("a list of negative length");
    if (count > this.#limits.maxCount) this.#refuse(`more than ${this.#limits.maxCount} elements`, CodecErrorCode.LimitExceeded);
    if (count > this.#end - this.#at) this.#refuseCut();
    this.#state = count;
    this.#isMarked = false;
  }

  #readDefinition(): void {
    const { maxDefinitions, maxCount } = this.#limits;
    if (this.#definitions.length >= maxDefinitions) {
      this.#refuse(`more than ${maxDefinitions} class definitions`, CodecErrorCode.LimitExceeded);
    }
    this.#at += 1;
    const name = this.#isV3 ? this.#lengthFirstText() : this.#name();
    const count = this.#int();
    if (count < 0) this.#refuse("a negative number of fields");
    if (count > maxCount) this.#refuse(`more than ${maxCount} fields`, CodecErrorCode.LimitExceeded);
    const fields: string[] = [];
    for (let field = 0; field < count; field += 1) fields.push(this.#name());
    this.#definitions.push(new HessianClass(name, fields));
  }

  #readScalar(code: number, begins: number): HessianValue {
    switch (this.#table.kinds[code]) {
      case HessianKind.Null:
        return null;
      case HessianKind.Boolean:
        return code === 0x54;
      case HessianKind.Int:
        return this.#intOf(code);
      case HessianKind.Long:
        return this.#longOf(code);
      case HessianKind.Double:
        return new HessianDouble(this.#isV3 ? this.#v3DoubleOf(code) : this.#v4DoubleOf(code));
      case HessianKind.Date:
        // v4 has a form in minutes.
        if (code === 0x4b) return new HessianDate(BigInt(int32(this.#bytes, this.#take(4))) * 60_000n);
        return new HessianDate(this.#view.getBigInt64(this.#take(8)));
      case HessianKind.String:
        return this.#stringOf(code);
      case HessianKind.Binary:
        return this.#binaryOf(code);
      case HessianKind.Reference:
        return this.#referenceOf(code, begins);
      case HessianKind.Remote: {
        const type = this.#v3Type();
        return new HessianRemote(type, this.#name());
      }
      default:
        return this.#refuse(`no value begins with ${hexByte(code)}`, CodecErrorCode.Malformed, begins);
    }
  }

  #int(): number {
    const code = this.#byte();
    if (this.#table.kinds[code] === HessianKind.Int) return this.#intOf(code);
    return this.#refuse(`expected an int, found ${hexByte(code)}`, CodecErrorCode.Malformed, this.#at - 1);
  }

  #intOf(code: number): number {
    if (code === 0x49) return int32(this.#bytes, this.#take(4));
    if (code < 0xc0) return code - 0x90;
    if (code < 0xd0) return ((code - 0xc8) << 8) + this.#byte();
    return ((code - 0xd4) << 16) + uint16(this.#bytes, this.#take(2));
  }

  #longOf(code: number): bigint {
    if (code === 0x4c) return this.#view.getBigInt64(this.#take(8));
    if (code >= 0xf0) return BigInt(((code - 0xf8) << 8) + this.#byte());
    if (code >= 0xd8) return BigInt(code - 0xe0);
    if (code < 0x40) return BigInt(((code - 0x3c) << 16) + uint16(this.#bytes, this.#take(2)));
    return BigInt(int32(this.#bytes, this.#take(4)));
  }

  #v3DoubleOf(code: number): number {
    switch (code) {
      case 0x67:
        return 0;
      case 0x68:
        return 1;
      case 0x69:
        return (this.#byte() << 24) >> 24;
      case 0x6a:
        return int16(this.#bytes, this.#take(2));
      case 0x6b:
        return this.#view.getFloat32(this.#take(4));
      default:
        return this.#view.getFloat64(this.#take(8));
    }
  }

  #v4DoubleOf(code: number): number {
    switch (code) {
      case 0x5b:
        return 0;
      case 0x5c:
        return 1;
      case 0x5d:
        return (this.#byte() << 24) >> 24;
      case 0x5e:
        return int16(this.#bytes, this.#take(2));
      case 0x5f:
        // Thousandths, and not the float that the specification has: all implementations do so.
        return 0.001 * int32(this.#bytes, this.#take(4));
      default:
        return this.#view.getFloat64(this.#take(8));
    }
  }

  #referenceOf(code: number, begins: number): HessianContainer {
    let index = 0;
    if (!this.#isV3) index = this.#int();
    else if (code === 0x4a) index = this.#byte();
    else if (code === 0x4b) index = uint16(this.#bytes, this.#take(2));
    else index = int32(this.#bytes, this.#take(4));
    return this.#objects[index] ?? this.#refuse(`object ${index} is not there`, CodecErrorCode.Malformed, begins);
  }

  /** A string that is a name, and not a value. */
  #name(): string {
    return this.#stringOf(this.#byte());
  }

  #stringOf(first: number): string {
    if (first < 0x20) return this.#text(first);
    const begins = this.#at;
    let code = first;
    let text = "";
    let length = 0;
    for (;;) {
      if (this.#table.kinds[code] !== HessianKind.String) {
        this.#refuse(`expected a string, found ${hexByte(code)}`, CodecErrorCode.Malformed, this.#at - 1);
      }
      let units = code;
      if (code >= 0x34) units = uint16(this.#bytes, this.#take(2));
      else if (code >= 0x30) units = ((code - 0x30) << 8) | this.#byte();
      const from = this.#at;
      text += this.#text(units);
      length += this.#at - from;
      if (length > this.#limits.maxLength) this.#refuseLength(begins);
      if (code !== (this.#isV3 ? 0x73 : 0x52)) return text;
      code = this.#byte();
    }
  }

  #lengthFirstText(): string {
    const units = this.#int();
    if (units < 0) this.#refuse("a name of negative length");
    return this.#text(units);
  }

  /** A text of `units` units. */
  #text(units: number): string {
    const at = this.#at;
    const end = textEnd(this.#view, at, this.#end, units);
    if (end < 0) {
      if (end === textTruncated) this.#refuseCut();
      this.#refuse("a text is not in CESU-8");
    }
    if (end - at > this.#limits.maxLength) this.#refuseLength(at);
    this.#at = end;
    return decodeText(this.#bytes, at, end, units);
  }

  #binaryOf(first: number): Buffer {
    const begins = this.#at;
    const chunks: Buffer[] = [];
    let code = first;
    let length = 0;
    for (;;) {
      if (this.#table.kinds[code] !== HessianKind.Binary) {
        this.#refuse(`expected bytes, found ${hexByte(code)}`, CodecErrorCode.Malformed, this.#at - 1);
      }
      let size = code & 0x0f;
      if (code >= 0x38) size = uint16(this.#bytes, this.#take(2));
      else if (code >= 0x34) size = ((code - 0x34) << 8) | this.#byte();
      length += size;
      if (length > this.#limits.maxLength) this.#refuseLength(begins);
      const from = this.#take(size);
      const chunk = this.#bytes.subarray(from, from + size);
      const isLast = code !== (this.#isV3 ? 0x62 : 0x41);
      if (isLast && chunks.length === 0) return chunk;
      chunks.push(chunk);
      if (isLast) return Buffer.concat(chunks);
      code = this.#byte();
    }
  }

  /** The type that comes next, if one does. */
  #v3Type(): string | undefined {
    const code = this.#at < this.#end ? this.#peek() : undefined;
    if (code !== 0x74 && code !== 0x75) return undefined;
    this.#at += 1;
    if (code === 0x75) return this.#typeReference();
    this.#checkTypes();
    const type = this.#text(uint16(this.#bytes, this.#take(2)));
    this.#types.push(type);
    return type;
  }

  /** The type that comes next: a string, or the number of one that came before. */
  #v4Type(): string {
    const code = this.#peek();
    if (this.#table.kinds[code] !== HessianKind.String) return this.#typeReference();
    this.#checkTypes();
    this.#at += 1;
    const type = this.#stringOf(code);
    this.#types.push(type);
    return type;
  }

  #checkTypes(): void {
    const { maxTypes } = this.#limits;
    if (this.#types.length >= maxTypes) this.#refuse(`more than ${maxTypes} types`, CodecErrorCode.LimitExceeded);
  }

  #typeReference(): string {
    const index = this.#int();
    return this.#types[index] ?? this.#refuse(`type ${index} is not there`);
  }

  #peek(): number {
    return this.#at < this.#end ? (this.#bytes[this.#at] ?? 0) : this.#refuseCut();
  }

  #byte(): number {
    return this.#bytes[this.#take(1)] ?? 0;
  }

  /** Goes past `size` bytes, and returns where they begin. */
  #take(size: number): number {
    const at = this.#at;
    if (size > this.#end - at) this.#refuseCut();
    this.#at = at + size;
    return at;
  }

  #refuseLength(at: number): never {
    return this.#refuse(`a string or binary of more than ${this.#limits.maxLength} bytes`, CodecErrorCode.LimitExceeded, at);
  }

  #refuseCut(): never {
    return this.#refuse("the bytes end inside a value", CodecErrorCode.Truncated, this.#end);
  }

  #refuse(message: string, code: CodecErrorCode = CodecErrorCode.Malformed, at: number = this.#at): never {
    throw new CodecError(code, `Hessian ${this.dialect}: ${message}`, at);
  }
}
