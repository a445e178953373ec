/** Enough for the services, methods and attachment names of one process; a peer that fills them with nonsense only makes reading slower. */
const pairs = 256;
const pairShift = 24;
const shortestKept = 4;
const longestKept = 99;
/** Fits in no message. */
const forgotten = 0x3fff_ffff;

/** A text, and the string that it was read from: its bytes, head included. */
class KeptText {
  /** Bytes of the string; `forgotten` when it is no longer kept. */
  size: number;
  /** Of a string of less than eight bytes: its first four bytes, and its last four, as little-endian words. */
  readonly head: number;
  readonly tail: number;
  /** Of a longer one: all its doubles but the last one, which ends with the string. */
  readonly words: readonly number[];
  readonly lastWord: number;
  readonly text: string;
  /** What was found after this the last time. */
  next: KeptText | undefined;

  /** The string is `size` bytes at `at` of `view`. */
  constructor(size: number, view: DataView, at: number, text: string) {
    const isShort = size < 8;
    this.size = size;
    this.head = isShort ? view.getInt32(at, true) : 0;
    this.tail = isShort ? view.getInt32(at + size - 4, true) : 0;
    const words: number[] = [];
    for (let index = 0; index + 8 < size; index += 8) words.push(view.getFloat64(at + index, true));
    this.words = words;
    this.lastWord = isShort ? 0.5 : view.getFloat64(at + size - 8, true);
    this.text = text;
    this.next = undefined;
  }
}

/**
 * Short ASCII texts that were read before, found by the bytes of the strings that they were. The routing strings of a proxy's requests are
 * nearly always the same few: reading the four of a Dubbo request takes about 35 ns with those kept, and 190 ns where each is made anew.
 *
 * - Each text knows the one that followed it the last time, which is the first guess. It is compared together with its head, so that where
 *   it is right nothing need be decoded (45 ns for the four without that).
 * - Bytes are compared as doubles: 45 bytes take 7 ns, as words of typed arrays 16 ns, byte by byte 30 ns. Doubles are equal where their
 *   bytes are, and nowhere else: their upper two bytes are of a text, and ASCII makes no NaN; texts with NUL, which could make a zero and be
 *   equal to minus zero, are not kept.
 */
export class KeptTexts {
  /** Two for each pair, the newer one first. */
  readonly #slots: (KeptText | undefined)[];
  /** By pair, the hash of what was not found there the last time. */
  readonly #missed: Int32Array;
  /** What was found or kept last: never a text that is no longer kept, so that those do not hold each other. */
  #last: KeptText;

  constructor() {
    this.#slots = new Array<KeptText | undefined>(2 * pairs).fill(undefined);
    this.#missed = new Int32Array(pairs);
    this.#last = new KeptText(8, new DataView(new ArrayBuffer(8)), 0, "");
  }

  /** The string at `at` of `view`, if it is the one that came after the last one the last time, and ends at `end` or before. */
  follow(view: DataView, at: number, end: number): KeptText | undefined {
    const guess = this.#last.next;
    if (guess === undefined) return undefined;
    // As `isSame`, which now and then is not inlined here: 46 ns for the four then.
    const { size } = guess;
    if (at + size > end) return undefined;
    if (size < 8) {
      if (view.getInt32(at, true) !== guess.head || view.getInt32(at + size - 4, true) !== guess.tail) return undefined;
    } else {
      if (view.getFloat64(at + size - 8, true) !== guess.lastWord) return undefined;
      const { words } = guess;
      for (let index = 0; index < words.length; index += 1) {
        if (view.getFloat64(at + (index << 3), true) !== words[index]) return undefined;
      }
    }
    this.#last = guess;
    return guess;
  }

  /** The text of the string that is `size` bytes at `at` of `view`, which the caller knows to be inside, if it is kept. */
  find(view: DataView, at: number, size: number): string | undefined {
    if (size < shortestKept || size > longestKept) return undefined;
    const slot = (hashOf(view, at, size) >>> pairShift) << 1;
    let kept = this.#slots[slot];
    if (kept === undefined || kept.size !== size || !isSame(view, at, kept)) {
      kept = this.#slots[slot + 1];
      if (kept === undefined || kept.size !== size || !isSame(view, at, kept)) return undefined;
    }
    this.#last.next = kept;
    this.#last = kept;
    return kept.text;
  }

  /**
   * Keeps `text` in ASCII, whose string is `size` bytes at `at` of `view`, in place of another, the older of two. It does so the second time
   * that it is asked to: texts that come only once, as ids of traces do, cost 0.3 µs less so, and push nothing out.
   */
  keep(view: DataView, at: number, size: number, text: string): void {
    if (size < shortestKept || size > longestKept || text.includes("\0")) return;
    const hash = hashOf(view, at, size);
    const pair = hash >>> pairShift;
    if (this.#missed[pair] !== hash) {
      this.#missed[pair] = hash;
      return;
    }
    const slot = pair << 1;
    const older = this.#slots[slot + 1];
    if (older !== undefined) {
      older.size = forgotten;
      older.next = undefined;
    }
    const kept = new KeptText(size, view, at, text);
    this.#slots[slot + 1] = this.#slots[slot];
    this.#slots[slot] = kept;
    this.#last = kept;
  }
}

/** Whether the bytes at `at` are those of `kept`. */
function isSame(view: DataView, at: number, kept: KeptText): boolean {
  const { size, words } = kept;
  if (size < 8) return view.getInt32(at, true) === kept.head && view.getInt32(at + size - 4, true) === kept.tail;
  // Names differ at their ends more often than at their beginnings.
  if (view.getFloat64(at + size - 8, true) !== kept.lastWord) return false;
  for (let index = 0; index < words.length; index += 1) {
    if (view.getFloat64(at + (index << 3), true) !== words[index]) return false;
  }
  return true;
}

/** Of the last four bytes and one in the middle: names of the same length often begin and end alike. */
function hashOf(view: DataView, at: number, size: number): number {
  const mixed = view.getInt32(at + size - 4, true) ^ (view.getInt8(at + (size >> 1)) << 7) ^ (size << 15);
  return Math.imul(mixed, 0x9e3779b1);
}
