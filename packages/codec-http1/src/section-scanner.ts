import { COLON, CR, DIGIT_0, DIGIT_1, DIGIT_9, FIELD_VALUE, LF, SP, TAB, TARGET, TARGET_OR_OBS_TEXT, TOKEN } from "./ascii.ts";
import type { Http1Fault } from "./error.ts";
import { fieldKind } from "./field-kind.ts";
import type { Http1Limits } from "./limits.ts";
import {
  firstRecords,
  KIND,
  METHOD_END,
  NAME_END,
  newSlots,
  noSlots,
  REASON_END,
  REASON_START,
  shiftSlots,
  START_META,
  STRIDE,
  TARGET_END,
  VALUE_END,
  VALUE_START,
} from "./slots.ts";
import type { Slots } from "./slots.ts";

/** What a section begins with. */
export const SectionType = { Request: 0, Response: 1, Trailers: 2 } as const;
export type SectionType = (typeof SectionType)[keyof typeof SectionType];

// The phases in the order in which a section passes them.
const LEAD = 0; // before a section: a request line may follow empty lines
const LEAD_LF = 1;
const METHOD = 2;
const TARGET_BYTES = 3;
const REQUEST_VERSION = 4;
const STATUS_VERSION = 5;
const STATUS_CODE = 6;
const REASON_SPACE = 7;
const REASON = 8;
const START_LINE_LF = 9;
const LINE = 10;
const NAME = 11;
const VALUE_SPACE = 12;
const VALUE = 13;
const LINE_LF = 14;
const LAST_LF = 15;
const DONE = 16;
const FAILED = 17;

const VERSION = Buffer.from("HTTP/1.x", "latin1");
const MAJOR_AT = 5;
const MINOR_AT = 7;
/** ` ddd` */
const STATUS_LENGTH = 4;
const NOTHING = Buffer.alloc(0);
/** A start and an end: hardly any chunked body has trailers. */
const trailerRecords = 2;

/**
 * Finds the parts of a head or a trailer section in one pass that looks at every byte once, however the bytes are cut. A section that lies in one
 * chunk is not copied; of one that does not, the bytes are gathered in memory of its own.
 */
export class SectionScanner {
  bytes: Buffer = NOTHING;
  slots: Slots = noSlots;
  /** Index in `slots` after the last field. */
  end: number = 0;
  fault: Http1Fault | undefined = undefined;
  /** Where the fault is, in bytes from the start of the connection's input. */
  faultOffset: number = 0;
  /** How many bytes are held of an incomplete section. */
  held: number = 0;

  readonly #limits: Http1Limits;
  readonly #targetBytes: Uint8Array;
  #phase: number = DONE;
  #type: SectionType = SectionType.Request;
  #minor: number = 0;
  #status: number = 0;
  #emptyLines: number = 0;
  /** Stream offset of `bytes[0]`. */
  #origin: number = 0;
  /** The most bytes of the section and of its start line, and the most entries of `slots`. */
  #maxBytes: number = 0;
  #maxLineBytes: number = 0;
  readonly #maxEnd: number;
  /** How many records the next head is given room for: one more than the last had, since those of a connection are alike. */
  #records: number = firstRecords;

  constructor(limits: Http1Limits, obsTextInTarget: boolean) {
    this.#limits = limits;
    this.#targetBytes = obsTextInTarget ? TARGET_OR_OBS_TEXT : TARGET;
    this.#maxEnd = (limits.maxHeaderCount + 1) * STRIDE;
  }

  begin(type: SectionType): void {
    this.#type = type;
    this.#emptyLines = 0;
    this.held = 0;
    this.fault = undefined;
    this.#phase = LEAD;
    this.#maxBytes = type === SectionType.Trailers ? this.#limits.maxTrailerBytes : this.#limits.maxHeadBytes;
    this.#maxLineBytes = Math.min(this.#limits.maxStartLineBytes, this.#maxBytes);
  }

  /** Lets go of the bytes of the last section. */
  release(): void {
    this.bytes = NOTHING;
    this.slots = noSlots;
    this.held = 0;
  }

  /** Whether the section is complete. */
  get isDone(): boolean {
    return this.#phase === DONE;
  }

  /** Whether bytes of the section have been seen and more are wanted. */
  get isPartial(): boolean {
    return this.#phase > LEAD_LF && this.#phase < DONE;
  }

  /**
   * Reads on. `streamOffset` is that of `chunk[0]`.
   *
   * @returns the offset after the last byte taken: all of the chunk, unless `isDone` or `fault` is now set.
   */
  read(chunk: Buffer, start: number, streamOffset: number): number {
    if (this.held === 0) {
      this.bytes = chunk;
      this.#origin = streamOffset;
      const pos = this.#scan(chunk, start, chunk.length);
      if (this.#phase > LEAD_LF && this.#phase < DONE) this.#hold(chunk, this.slots[0]!);
      return pos;
    }
    const before = this.held;
    const taken = Math.min(chunk.length - start, this.#maxBytes - before);
    this.#append(chunk, start, taken);
    return start + this.#scan(this.bytes, before, this.held) - before;
  }

  #hold(chunk: Buffer, from: number): void {
    const length = chunk.length - from;
    const own = Buffer.allocUnsafe(Math.max(1024, length * 2));
    chunk.copy(own, 0, from);
    shiftSlots(this.slots, this.end, from);
    this.bytes = own;
    this.#origin += from;
    this.held = length;
  }

  #append(chunk: Buffer, start: number, length: number): void {
    const total = this.held + length;
    if (total > this.bytes.length) {
      const grown = Buffer.allocUnsafe(total * 2);
      this.bytes.copy(grown, 0, 0, this.held);
      this.bytes = grown;
    }
    chunk.copy(this.bytes, this.held, start, start + length);
    this.held = total;
  }

  /** Refuses the section for what stands at `position` in its bytes. */
  fail(fault: Http1Fault, position: number): void {
    this.#phase = FAILED;
    this.fault = fault;
    this.faultOffset = this.#origin + position;
  }

  #scan(bytes: Buffer, start: number, end: number): number {
    let pos = start;
    if (this.#phase <= LEAD_LF) pos = this.#scanLead(bytes, pos, end);
    if (this.#phase > LEAD_LF && this.#phase < LINE) {
      const limit = this.slots[0]! + this.#maxLineBytes;
      const stop = Math.min(end, limit);
      pos = this.#type === SectionType.Request ? this.#scanRequestLine(bytes, pos, stop) : this.#scanStatusLine(bytes, pos, stop);
      if (this.#phase < LINE && pos >= limit) return this.#refuse("start-line-too-long", limit);
    }
    if (this.#phase >= LINE && this.#phase < DONE) {
      const limit = this.slots[0]! + this.#maxBytes;
      pos = this.#scanFields(bytes, pos, Math.min(end, limit));
      if (this.#phase < DONE && pos >= limit) {
        return this.#refuse(this.#type === SectionType.Trailers ? "trailer-bytes" : "header-bytes", limit);
      }
    }
    return pos;
  }

  #scanLead(bytes: Buffer, start: number, end: number): number {
    let pos = start;
    while (pos < end) {
      const byte = bytes[pos]!;
      if (this.#phase === LEAD_LF) {
        if (byte !== LF) return this.#refuse("bare-cr", pos);
        this.#phase = LEAD;
      } else if (byte === CR && this.#type === SectionType.Request) {
        if (this.#emptyLines++ === this.#limits.maxLeadingEmptyLines) return this.#refuse("leading-line", pos);
        this.#phase = LEAD_LF;
      } else {
        this.slots = newSlots(this.#type === SectionType.Trailers ? trailerRecords : this.#records);
        this.slots[0] = pos;
        this.end = STRIDE;
        this.#phase = this.#type === SectionType.Request ? METHOD : this.#type === SectionType.Response ? STATUS_VERSION : LINE;
        return pos;
      }
      pos++;
    }
    return pos;
  }

  #scanRequestLine(bytes: Buffer, start: number, stop: number): number {
    const slots = this.slots;
    let pos = start;
    if (this.#phase === METHOD) {
      while (pos < stop && TOKEN[bytes[pos]!] === 1) pos++;
      if (pos === stop) return pos;
      if (bytes[pos] !== SP || pos === slots[0]) return this.#refuse(bytes[pos] === LF ? "bare-lf" : "invalid-method", pos);
      slots[METHOD_END] = pos++;
      this.#phase = TARGET_BYTES;
    }
    if (this.#phase === TARGET_BYTES) {
      const allowed = this.#targetBytes;
      while (pos < stop && allowed[bytes[pos]!] === 1) pos++;
      if (pos === stop) return pos;
      const byte = bytes[pos]!;
      if (byte !== SP || pos === slots[METHOD_END]! + 1) {
        return this.#refuse(byte === LF ? "bare-lf" : byte === CR ? "invalid-version" : "invalid-target", pos);
      }
      slots[TARGET_END] = pos++;
      this.#phase = REQUEST_VERSION;
    }
    if (this.#phase === REQUEST_VERSION) {
      const versionStart = slots[TARGET_END]! + 1;
      pos = this.#scanVersion(bytes, pos, versionStart, stop);
      if (pos === stop || this.fault !== undefined) return pos;
      if (bytes[pos] !== CR) return this.#refuse(bytes[pos] === LF ? "bare-lf" : "invalid-version", pos);
      slots[START_META] = this.#minor;
      this.#phase = START_LINE_LF;
      pos++;
    }
    return this.#scanStartLineEnd(bytes, pos, stop);
  }

  #scanStatusLine(bytes: Buffer, start: number, stop: number): number {
    const slots = this.slots;
    let pos = start;
    if (this.#phase === STATUS_VERSION) {
      pos = this.#scanVersion(bytes, pos, slots[0]!, stop);
      if (pos === stop || this.fault !== undefined) return pos;
      this.#phase = STATUS_CODE;
      this.#status = 0;
    }
    if (this.#phase === STATUS_CODE) {
      const spaceAt = slots[0]! + VERSION.length;
      for (; pos < spaceAt + STATUS_LENGTH; pos++) {
        if (pos === stop) return pos;
        const byte = bytes[pos]!;
        const isRight = pos === spaceAt ? byte === SP : byte >= (pos === spaceAt + 1 ? DIGIT_1 : DIGIT_0) && byte <= DIGIT_9;
        if (!isRight) return this.#refuse(byte === LF ? "bare-lf" : "invalid-status", pos);
        if (pos !== spaceAt) this.#status = this.#status * 10 + byte - DIGIT_0;
      }
      slots[START_META] = this.#status * 2 + this.#minor;
      this.#phase = REASON_SPACE;
    }
    if (this.#phase === REASON_SPACE) {
      if (pos === stop) return pos;
      // RFC 9112 §4 wants the space even before an empty reason; servers that leave it out are too many, and nothing hangs on it.
      if (bytes[pos] === SP) pos++;
      else if (bytes[pos] !== CR) return this.#refuse(bytes[pos] === LF ? "bare-lf" : "invalid-status", pos);
      slots[REASON_START] = pos;
      this.#phase = REASON;
    }
    if (this.#phase === REASON) {
      while (pos < stop && FIELD_VALUE[bytes[pos]!] === 1) pos++;
      if (pos === stop) return pos;
      if (bytes[pos] !== CR) return this.#refuse(bytes[pos] === LF ? "bare-lf" : "invalid-status", pos);
      slots[REASON_END] = pos++;
      this.#phase = START_LINE_LF;
    }
    return this.#scanStartLineEnd(bytes, pos, stop);
  }

  #scanVersion(bytes: Buffer, start: number, versionStart: number, stop: number): number {
    for (let pos = start; pos < stop; pos++) {
      const at = pos - versionStart;
      if (at === VERSION.length) return pos;
      const byte = bytes[pos]!;
      if (at === MINOR_AT && (byte === DIGIT_0 || byte === DIGIT_1)) {
        this.#minor = byte - DIGIT_0;
      } else if (byte !== VERSION[at]) {
        const isOther = (at === MAJOR_AT || at === MINOR_AT) && byte >= DIGIT_0 && byte <= DIGIT_9;
        return this.#refuse(isOther ? "unsupported-version" : byte === LF ? "bare-lf" : "invalid-version", pos);
      }
    }
    return stop;
  }

  #scanStartLineEnd(bytes: Buffer, pos: number, stop: number): number {
    if (pos === stop) return pos;
    if (bytes[pos] !== LF) return this.#refuse("bare-cr", pos);
    this.#phase = LINE;
    return pos + 1;
  }

  #scanFields(bytes: Buffer, start: number, stop: number): number {
    const slots = this.slots;
    let pos = start;
    let at = this.end;
    let phase = this.#phase;
    // One turn a line. Within a turn the phases follow each other, so that a line that lies wholly in the chunk takes each branch once.
    while (pos < stop) {
      if (phase === LINE) {
        if (at === slots.length) slots.push(0, 0, 0, 0, 0);
        slots[at] = pos;
        if (bytes[pos] === CR) {
          pos++;
          phase = LAST_LF;
        } else {
          if (at >= this.#maxEnd) return this.#refuse("header-count", pos);
          phase = NAME;
        }
      }
      if (phase === NAME) {
        while (pos < stop && TOKEN[bytes[pos]!] === 1) pos++;
        if (pos === stop) break;
        const nameStart = slots[at]!;
        if (bytes[pos] !== COLON || pos === nameStart) return this.#refuse(nameFault(bytes[pos]!, pos === nameStart), pos);
        slots[at + NAME_END] = pos;
        slots[at + KIND] = fieldKind(bytes, nameStart, pos - nameStart);
        pos++;
        phase = VALUE_SPACE;
      }
      if (phase === VALUE_SPACE) {
        while (pos < stop && (bytes[pos] === SP || bytes[pos] === TAB)) pos++;
        if (pos === stop) break;
        slots[at + VALUE_START] = pos;
        phase = VALUE;
      }
      if (phase === VALUE) {
        while (pos < stop && FIELD_VALUE[bytes[pos]!] === 1) pos++;
        if (pos === stop) break;
        if (bytes[pos] !== CR) return this.#refuse(bytes[pos] === LF ? "bare-lf" : "invalid-value", pos);
        let valueEnd = pos;
        const valueStart = slots[at + VALUE_START]!;
        while (valueEnd > valueStart && (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === TAB)) valueEnd--;
        slots[at + VALUE_END] = valueEnd;
        pos++;
        phase = LINE_LF;
        if (pos === stop) break;
      }
      if (phase === LINE_LF) {
        if (bytes[pos] !== LF) return this.#refuse("bare-cr", pos);
        pos++;
        at += STRIDE;
        phase = LINE;
      } else if (pos < stop) {
        if (bytes[pos] !== LF) return this.#refuse("bare-cr", pos);
        pos++;
        phase = DONE;
        if (this.#type !== SectionType.Trailers) this.#records = Math.min(at / STRIDE + 2, firstRecords);
        break;
      }
    }
    this.end = at;
    this.#phase = phase;
    return pos;
  }

  #refuse(fault: Http1Fault, position: number): number {
    this.fail(fault, position);
    return position;
  }
}

function nameFault(byte: number, isFirst: boolean): Http1Fault {
  switch (byte) {
    case SP:
    case TAB:
      return isFirst ? "folded-line" : "space-before-colon";
    case COLON:
      return "empty-name";
    case LF:
      return "bare-lf";
    default:
      return "invalid-name";
  }
}
