import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CodecErrorCode } from "@mesh/codec";
import { encodeHessian } from "./convert.ts";
import { KeptText } from "./kept-text.ts";
import { KeptTexts } from "./kept-texts.ts";
import { Opening } from "./opening.ts";
import { SkippingReader } from "./skipping-reader.ts";

/** More messages than it takes to learn what they begin with. */
const many = 1200;
const head = ["2.0.2", "com.acme.Shop", "1.0.0", "buy!"];
/** Where each string of the head begins, and where the last one ends. */
const bounds = [0, 6, 20, 26, 31];

/** A reader that has learned the head. */
function readerOf(dialect: "v3" | "v4", limits = {}): SkippingReader {
  const reader = new SkippingReader(dialect, limits);
  const bytes = encodeHessian(dialect, [...head, 1]);
  for (let message = 0; message < many; message += 1) {
    reader.reset(bytes);
    expect(head.map(() => reader.readString())).toEqual(head);
  }
  return reader;
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The texts that `kept` finds at once at `at` of `view`. */
function opened(kept: KeptTexts, view: DataView, at: number, end: number): string[] {
  const texts: string[] = [];
  for (let ready = kept.open(view, at, end); ready !== undefined; ready = ready.following) texts.push(ready.text);
  return texts;
}

describe("an opening", () => {
  const view = viewOf(Buffer.from("com.acme.Shopbuy!sell"));

  function keptTexts(): KeptTexts {
    const kept = new KeptTexts();
    for (const [at, text] of [
      [0, "com.acme.Shop"],
      [13, "buy!"],
      [17, "sell"],
    ] as const) {
      for (let time = 0; time < 2; time += 1) kept.keep(view, at, text.length, text);
    }
    return kept;
  }

  /** Reads messages that begin at `at` with strings of these sizes, until they are known together or there were many. */
  function read(kept: KeptTexts, at: number, sizes: readonly number[]): void {
    for (let message = 0; message < many; message += 1) {
      if (opened(kept, view, at, 21).length === sizes.length) return;
      let start = at;
      for (const size of sizes) {
        expect(kept.find(view, start, size)).toBeDefined();
        start += size;
      }
    }
  }

  test("is learned after many that were others, and found as a whole", () => {
    const kept = keptTexts();
    expect(opened(kept, view, 0, 21)).toEqual([]);
    read(kept, 0, [13, 4]);
    expect(opened(kept, view, 0, 21)).toEqual(["com.acme.Shop", "buy!"]);
    expect(opened(kept, view, 0, 17)).toEqual(["com.acme.Shop", "buy!"]);
    expect(opened(kept, view, 0, 16)).toEqual([]);
    expect(opened(kept, view, 1, 21)).toEqual([]);
  });

  test("is not a single text, and gives way to another", () => {
    const kept = keptTexts();
    read(kept, 13, [4]);
    expect(opened(kept, view, 13, 21)).toEqual([]);
    read(kept, 13, [4, 4]);
    expect(opened(kept, view, 13, 21)).toEqual(["buy!", "sell"]);
    read(kept, 0, [13, 4, 4]);
    expect(opened(kept, view, 0, 21)).toEqual(["com.acme.Shop", "buy!", "sell"]);
    expect(opened(kept, view, 13, 21)).toEqual([]);
  });

  test("is learned from one message, and not from parts of two", () => {
    const opening = new Opening();
    const buy = new KeptText(view, 13, 4, "buy!");
    for (const end of [() => opening.hit(), () => opening.miss(4)]) {
      while (opening.learnsAt !== 13) opening.miss(13);
      opening.learn(view, buy);
      expect(opening.learnsAt).toBe(17);
      end();
      expect(opening.learnsAt).toBe(-1);
    }
  });

  test("is of some hundred bytes at most", () => {
    const long = viewOf(Buffer.alloc(400, "abcd"));
    const opening = new Opening();
    while (opening.learnsAt !== 0) opening.miss(0);
    for (let at = 0; opening.learnsAt === at; at += 80) opening.learn(long, new KeptText(long, at, 80, "a".repeat(80)));
    expect(opening.learnsAt).toBe(-1);
    expect(opening.whole.size).toBe(240);
  });
});

describe.for(["v3", "v4"] as const)("messages of %s that begin like many before", (dialect) => {
  test("are told from those that differ in any byte, or end before", () => {
    const reader = readerOf(dialect);
    const fresh = new SkippingReader(dialect);
    const bytes = encodeHessian(dialect, head);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 0xff }), fc.nat(bytes.length), (at, flip, end) => {
        const other = Buffer.from(bytes);
        other[at] = (other[at] ?? 0) ^ flip;
        reader.reset(other);
        fresh.reset(other);
        expect(head.map(() => reader.readString())).toEqual(head.map(() => fresh.readString()));
        expect(reader.error).toEqual(fresh.error);
        expect(reader.offset).toBe(fresh.offset);
        reader.reset(bytes, 0, end);
        expect(head.map(() => reader.readString())).toEqual(head.map((text, index) => (end < (bounds[index + 1] ?? 0) ? undefined : text)));
        expect(reader.error?.code).toBe(end < bytes.length ? CodecErrorCode.Truncated : undefined);
      }),
    );
  });

  test("may be gone through in any way", () => {
    const reader = readerOf(dialect);
    const bytes = encodeHessian(dialect, head);
    const ways = fc.array(fc.constantFrom("readString", "skipString", "skip", "reset"), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(ways, (steps) => {
        reader.reset(bytes);
        let next = 0;
        for (const step of steps) {
          if (step === "reset") {
            reader.reset(bytes);
            next = 0;
            continue;
          }
          const text = head[next];
          const expected = step === "readString" ? text : text !== undefined;
          expect(reader[step]() ?? undefined).toBe(expected);
          if (text === undefined) break;
          next += 1;
          expect(reader.offset).toBe(bounds[next]);
        }
      }),
    );
  });

  test.for(["readInt", "enterMap"] as const)("fail in the middle for what is not there: %s", (ask) => {
    const reader = readerOf(dialect);
    reader.reset(encodeHessian(dialect, head));
    expect([reader.readString(), reader.leaveMap(), reader.readString()]).toEqual(["2.0.2", false, "com.acme.Shop"]);
    expect(reader[ask]() || undefined).toBeUndefined();
    expect(reader.error).toMatchObject({ code: CodecErrorCode.Malformed, offset: 20 });
    expect([reader.readString(), reader.skipString(), reader.skip()]).toEqual([undefined, false, false]);
  });
});

test("a message is not taken for the rest of the one before it", () => {
  const reader = new SkippingReader("v4");
  const one = encodeHessian("v4", head);
  const bytes = Buffer.concat([one, one]);
  for (let message = 0; message < many; message += 1) {
    for (const start of [0, one.length]) {
      reader.reset(bytes, start, start + one.length);
      expect(head.map(() => reader.readString())).toEqual(head);
      expect(reader.done).toBe(true);
    }
  }
  // Only the first two are asked for, and what comes next is another.
  const other = encodeHessian("v4", ["2.0.2", "com.acme.Shop", "1.0.0", "sell"]);
  reader.reset(one);
  expect([reader.readString(), reader.readString()]).toEqual(head.slice(0, 2));
  reader.reset(other);
  expect(head.map(() => reader.readString())).toEqual(["2.0.2", "com.acme.Shop", "1.0.0", "sell"]);
});
