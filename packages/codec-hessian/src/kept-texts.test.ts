import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KeptTexts } from "./kept-texts.ts";

function viewOf(text: string): DataView {
  const bytes = Uint8Array.from(Buffer.from(text, "latin1"));
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Reads a text twice: the first time, it is not worth keeping. */
function keep(kept: KeptTexts, text: string): void {
  for (let time = 0; time < 2; time += 1) kept.keep(viewOf(text), 0, text.length, text);
}

describe("kept texts", () => {
  test("are found by their bytes, wherever these are", () => {
    const kept = new KeptTexts();
    keep(kept, "sayHello");
    expect(kept.find(viewOf("sayHello"), 0, 8)).toBe("sayHello");
    expect(kept.find(viewOf("-sayHello-"), 1, 8)).toBe("sayHello");
    expect(kept.find(viewOf("sayHellO"), 0, 8)).toBeUndefined();
    expect(kept.find(viewOf("sayHello"), 0, 7)).toBeUndefined();
  });

  test("differ in each byte from those found", () => {
    const text = fc.string({
      minLength: 4,
      maxLength: 96,
      unit: fc.integer({ min: 1, max: 0x7f }).map((unit) => String.fromCharCode(unit)),
    });
    fc.assert(
      fc.property(text, fc.nat(), fc.integer({ min: 1, max: 0xff }), (one, at, flip) => {
        const kept = new KeptTexts();
        keep(kept, one);
        const index = at % one.length;
        const other = one.slice(0, index) + String.fromCharCode(one.charCodeAt(index) ^ flip) + one.slice(index + 1);
        for (let time = 0; time < 2; time += 1) expect(kept.find(viewOf(one), 0, one.length)).toBe(one);
        expect(kept.find(viewOf(other), 0, other.length)).toBeUndefined();
        // It was found after itself, and is the guess now.
        expect(kept.follow(viewOf(one), 0, one.length)?.text).toBe(one);
        expect(kept.follow(viewOf(one), 0, one.length - 1)).toBeUndefined();
        expect(kept.follow(viewOf(other), 0, other.length)).toBeUndefined();
      }),
    );
  });

  test("make room for newer ones, and are right after that", () => {
    const kept = new KeptTexts();
    const texts = Array.from({ length: 5000 }, (_, index) => `com.acme.Service${index}`);
    for (let round = 0; round < 3; round += 1) {
      for (const text of texts) {
        const view = viewOf(text);
        const found = kept.find(view, 0, text.length);
        expect(found === undefined || found === text).toBe(true);
        if (found === undefined) keep(kept, text);
        expect(kept.find(view, 0, text.length)).toBe(text);
      }
    }
    // None pushed out more than it took the place of.
    expect(texts.filter((text) => kept.find(viewOf(text), 0, text.length) !== undefined).length).toBe(512);
  });

  test("are kept when they come a second time, and those that come once push nothing out", () => {
    const kept = new KeptTexts();
    keep(kept, "com.acme.Shop");
    for (let id = 0; id < 5000; id += 1) {
      const text = `trace ${id}`;
      kept.keep(viewOf(text), 0, text.length, text);
      expect(kept.find(viewOf(text), 0, text.length)).toBeUndefined();
    }
    expect(kept.find(viewOf("com.acme.Shop"), 0, 13)).toBe("com.acme.Shop");
  });

  test("two of them have room beside each other, whichever they are", () => {
    for (let id = 0; id < 2000; id += 1) {
      const kept = new KeptTexts();
      const texts = ["com.acme.Shop", `method${id}`];
      for (const text of texts) keep(kept, text);
      expect(texts.map((text) => kept.find(viewOf(text), 0, text.length))).toEqual(texts);
    }
  });

  test("are forgotten, also by what was read before them", () => {
    const kept = new KeptTexts();
    const look = (text: string): boolean => kept.find(viewOf(text), 0, text.length) !== undefined;
    const pairs = Array.from({ length: 2000 }, (_, index) => [`first ${index}`, `second ${index}`] as const);
    for (const [first, second] of pairs) {
      for (const text of [first, second]) keep(kept, text);
      expect([look(first), look(second)]).toEqual([true, true]);
    }
    const found = pairs.flatMap(([first, second]) => [look(first), look(second)]);
    expect(found.filter((isFound) => isFound).length).toBeLessThanOrEqual(512);
  });

  test("are neither very short nor long, and have no NUL", () => {
    const kept = new KeptTexts();
    for (const text of ["abc", "a".repeat(100), "abcd\0efghij", "\0".repeat(8)]) {
      keep(kept, text);
      expect(kept.find(viewOf(text), 0, text.length)).toBeUndefined();
    }
  });
});
