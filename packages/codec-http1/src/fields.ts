import type { HeaderMap } from "@mesh/codec";
import { COLON, CR, equalsIgnoringCase, LF, sameIgnoringCase, SP } from "./ascii.ts";
import { bytesOfText, checkToken, checkValue, copyRange, readText, textOfBytes, writeText } from "./bytes.ts";
import { FIRST_EDIT, KIND, NAME_END, noSlots, REMOVED, shiftSlots, STRIDE, VALUE_END, VALUE_START } from "./slots.ts";
import type { Slots } from "./slots.ts";

/** `: ` and CRLF. */
const LINE_OVERHEAD = 4;
const NOTHING = Buffer.alloc(0);

/**
 * The fields of one section, read from its bytes when asked for. Edits are kept beside the bytes: what is not edited is written again as it came,
 * in one copy for each unbroken stretch.
 */
export class Fields implements HeaderMap {
  bytes: Buffer;
  slots: Slots;
  /** Index in `slots` after the last field. */
  readonly end: number;
  /** Counts changes, so that others can tell whether what they have read still holds. */
  edits: number = 0;
  /** A field was edited that frames the message or concerns the connection alone: Content-Length, Transfer-Encoding, Connection. */
  isFramingEdited: boolean = false;
  /** The state that `check` found right. */
  #checkedEdits: number = 0;
  /** Values that stand in place of those in the bytes; here and in `#added` with one character a byte. */
  #values: string[] | undefined = undefined;
  /** Names and values, in turn, of what was added. */
  #added: string[] | undefined = undefined;
  /** The buckets of the names in the bytes, as a set of bits; 0 until the first lookup. */
  #buckets: number = 0;
  /** By how much the edits change the length. */
  #growth: number = 0;

  constructor(bytes: Buffer, slots: Slots, end: number) {
    this.bytes = bytes;
    this.slots = slots;
    this.end = end;
  }

  get(name: string): string | undefined {
    let value: string | undefined;
    for (let at = this.#find(name, STRIDE); at !== 0; at = this.#find(name, at + STRIDE)) {
      value = value === undefined ? this.valueAt(at) : `${value}, ${this.valueAt(at)}`;
    }
    const added = this.#added;
    if (added === undefined) return value;
    for (let i = 0; i < added.length; i += 2) {
      if (!sameIgnoringCase(added[i]!, name)) continue;
      const more = textOfBytes(added[i + 1]!);
      value = value === undefined ? more : `${value}, ${more}`;
    }
    return value;
  }

  has(name: string): boolean {
    return this.#find(name, STRIDE) !== 0 || this.#findAdded(name, 0) >= 0;
  }

  forEach(visit: (name: string, value: string | null) => void): void {
    const { slots, end } = this;
    for (let at = STRIDE; at < end; at += STRIDE) {
      if (slots[at + VALUE_START] !== REMOVED) visit(this.nameAt(at), this.valueAt(at));
    }
    const added = this.#added;
    if (added === undefined) return;
    for (let i = 0; i < added.length; i += 2) visit(added[i]!, textOfBytes(added[i + 1]!));
  }

  set(name: string, value: string): void {
    if (isFraming(name)) this.isFramingEdited = true;
    const at = this.#find(name, STRIDE);
    if (at !== 0) {
      for (let other = this.#find(name, at + STRIDE); other !== 0; other = this.#find(name, other + STRIDE)) this.removeAt(other);
      this.#deleteAdded(name, 0);
      this.replaceAt(at, value);
      return;
    }
    const i = this.#findAdded(name, 0);
    if (i < 0) {
      this.append(name, value);
      return;
    }
    this.#deleteAdded(name, i + 2);
    const added = this.#added!;
    const bytes = bytesOfText(value);
    this.#growth += bytes.length - added[i + 1]!.length;
    added[i + 1] = bytes;
    this.edits++;
  }

  append(name: string, value: string): void {
    if (isFraming(name)) this.isFramingEdited = true;
    const bytes = bytesOfText(value);
    if (this.#added === undefined) this.#added = [name, bytes];
    else this.#added.push(name, bytes);
    this.#growth += name.length + bytes.length + LINE_OVERHEAD;
    this.edits++;
  }

  delete(name: string): boolean {
    if (isFraming(name)) this.isFramingEdited = true;
    const before = this.edits;
    for (let at = this.#find(name, STRIDE); at !== 0; at = this.#find(name, at + STRIDE)) this.removeAt(at);
    this.#deleteAdded(name, 0);
    return this.edits !== before;
  }

  /** The name of the field at an index of `slots`. */
  nameAt(at: number): string {
    return this.bytes.toString("latin1", this.slots[at], this.slots[at + NAME_END]);
  }

  /** The value of the field at an index of `slots`, which has not been removed. */
  valueAt(at: number): string {
    const start = this.slots[at + VALUE_START]!;
    return start < 0 ? textOfBytes(this.#values![FIRST_EDIT - start]!) : readText(this.bytes, start, this.slots[at + VALUE_END]!);
  }

  removeAt(at: number): void {
    this.#growth -= this.#lineLength(at);
    this.slots[at + VALUE_START] = REMOVED;
    this.edits++;
  }

  replaceAt(at: number, value: string): void {
    const { slots } = this;
    const before = this.#lineLength(at);
    const bytes = bytesOfText(value);
    if (this.#values === undefined) this.#values = [bytes];
    else this.#values.push(bytes);
    slots[at + VALUE_START] = FIRST_EDIT - (this.#values.length - 1);
    this.#growth += this.#lineLength(at) - before;
    this.edits++;
  }

  /** The index in `slots` of the first field of a kind, or 0. */
  findKind(kind: number): number {
    const { slots, end } = this;
    for (let at = STRIDE; at < end; at += STRIDE) {
      if (slots[at + KIND] === kind && slots[at + VALUE_START] !== REMOVED) return at;
    }
    return 0;
  }

  /** Bytes of all fields as they will be written, without the empty line at the end. Throws for edits that would break the message. */
  encodedLength(): number {
    if (this.#checkedEdits !== this.edits) this.#check();
    return this.slots[this.end]! - this.slots[STRIDE]! + this.#growth;
  }

  /** Writes bytes from `from`, which is at or before the first field, and all fields and the empty line. */
  writeFrom(from: number, target: Buffer, offset: number): number {
    if (this.#checkedEdits !== this.edits) this.#check();
    const { bytes, slots, end } = this;
    let out = offset;
    let start = from;
    if (this.edits !== 0) {
      for (let at = STRIDE; at < end; at += STRIDE) {
        const value = slots[at + VALUE_START]!;
        if (value >= 0) continue;
        if (value === REMOVED) {
          if (start < slots[at]!) out = copyRange(bytes, start, slots[at]!, target, out);
        } else {
          out = copyRange(bytes, start, slots[at + NAME_END]!, target, out);
          out = writeRestOfLine(this.#values![FIRST_EDIT - value]!, target, out);
        }
        start = slots[at + STRIDE]!;
      }
    }
    out = copyRange(bytes, start, slots[end]!, target, out);
    const added = this.#added;
    if (added !== undefined) {
      for (let i = 0; i < added.length; i += 2) {
        out = writeText(added[i]!, target, out);
        out = writeRestOfLine(added[i + 1]!, target, out);
      }
    }
    target[out] = CR;
    target[out + 1] = LF;
    return out + 2;
  }

  /** Copies the bytes of the section into memory of its own. */
  detach(): void {
    const { slots, end } = this;
    const start = slots[0]!;
    const length = slots[end]! + 2 - start;
    if (length <= 2) return;
    const own = Buffer.allocUnsafe(length);
    copyRange(this.bytes, start, start + length, own, 0);
    shiftSlots(slots, end, start);
    this.bytes = own;
  }

  #check(): void {
    const { slots, end } = this;
    const values = this.#values;
    if (values !== undefined) {
      for (let at = STRIDE; at < end; at += STRIDE) {
        const value = slots[at + VALUE_START]!;
        if (value <= FIRST_EDIT) checkValue(values[FIRST_EDIT - value]!, "unencodable-value", this.nameAt(at));
      }
    }
    const added = this.#added;
    if (added !== undefined) {
      for (let i = 0; i < added.length; i += 2) {
        checkToken(added[i]!, "unencodable-name");
        checkValue(added[i + 1]!, "unencodable-value", added[i]!);
      }
    }
    this.#checkedEdits = this.edits;
  }

  #lineLength(at: number): number {
    const { slots } = this;
    const start = slots[at + VALUE_START]!;
    if (start >= 0) return slots[at + STRIDE]! - slots[at]!;
    return slots[at + NAME_END]! - slots[at]! + this.#values![FIRST_EDIT - start]!.length + LINE_OVERHEAD;
  }

  /**
   * The index in `slots` of the first field of that name, at `from` or behind, or 0. Most lookups of a proxy are for fields that are not there:
   * the buckets halve the cost of the five in bench/exchange.ts.
   */
  #find(name: string, from: number): number {
    const { length } = name;
    if (this.#buckets === 0) this.#buckets = this.#findBuckets();
    if ((this.#buckets & bucket(length, name.charCodeAt(0))) === 0) return 0;
    const { bytes, slots, end } = this;
    for (let at = from; at < end; at += STRIDE) {
      const start = slots[at]!;
      if (slots[at + NAME_END]! - start === length && slots[at + VALUE_START] !== REMOVED && equalsIgnoringCase(bytes, start, name))
        return at;
    }
    return 0;
  }

  #findBuckets(): number {
    const { bytes, slots, end } = this;
    // A bit that no bucket has, so that an empty section is not looked at again.
    let buckets = NO_BUCKET;
    for (let at = STRIDE; at < end; at += STRIDE) {
      const start = slots[at]!;
      buckets |= bucket(slots[at + NAME_END]! - start, bytes[start]!);
    }
    return buckets;
  }

  #findAdded(name: string, from: number): number {
    const added = this.#added;
    if (added === undefined) return -1;
    for (let i = from; i < added.length; i += 2) {
      if (sameIgnoringCase(added[i]!, name)) return i;
    }
    return -1;
  }

  #deleteAdded(name: string, from: number): void {
    for (let i = this.#findAdded(name, from); i >= 0; i = this.#findAdded(name, i)) {
      const [gone, value] = this.#added!.splice(i, 2);
      this.#growth -= gone!.length + value!.length + LINE_OVERHEAD;
      this.edits++;
    }
  }
}

/** Asked for each edit: the length of the name tells nearly all others apart. */
function isFraming(name: string): boolean {
  switch (name.length) {
    case 10:
      return sameIgnoringCase("connection", name);
    case 14:
      return sameIgnoringCase("content-length", name);
    case 17:
      return sameIgnoringCase("transfer-encoding", name);
    default:
      return false;
  }
}

const NO_BUCKET = 1 << 29;
const BUCKETS = 29;

/** A bit for a name, by its length and its first letter without its case. */
function bucket(length: number, first: number): number {
  return 1 << ((length * 5 + (first & 0x1f)) % BUCKETS);
}

function writeRestOfLine(value: string, target: Buffer, offset: number): number {
  target[offset] = COLON;
  target[offset + 1] = SP;
  const out = writeText(value, target, offset + 2);
  target[out] = CR;
  target[out + 1] = LF;
  return out + 2;
}

/** Fields that came from no bytes. */
export function newFields(): Fields {
  return new Fields(NOTHING, noSlots, STRIDE);
}
