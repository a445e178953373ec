import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findJsonFault } from "./json-fault.ts";

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe("a fault in JSON", () => {
  test.each([
    ["", 0, "ends where a value is expected"],
    ["[1 2]", 3, ", or ] is expected, not 2"],
    ['{"a" 1}', 5, ": is expected, not 1"],
    ['{"a": 1,}', 8, "a name in double quotes is expected, not }"],
    ['{"a": 1} x', 9, "its end is expected, not x"],
    ["[01]", 1, "a value or ] is expected, not 01"],
    ["[1}", 2, ", or ] is expected, not }"],
    ["['a']", 1, "a value or ] is expected, not '"],
    ['["a\nb"]', 1, "a text that does not end, or that has an escape or a control character that JSON does not"],
    ["// note\n{}", 0, "a value is expected, not /"],
  ])("of %j is found", (text, offset, message) => {
    expect(findJsonFault(text)).toEqual({ offset, message });
  });

  test("is found exactly where JSON.parse fails", () => {
    const pieces = fc.constantFrom(
      "[",
      "]",
      "{",
      "}",
      ",",
      ":",
      '"a"',
      '"\\u00e4"',
      '"\\x"',
      "1",
      "-0.5e+3",
      "01",
      "true",
      "nul",
      "null",
      " ",
      "\n",
      '"',
    );
    const broken = fc.tuple(fc.json(), fc.nat(), fc.nat(3), pieces).map(([text, at, length, piece]) => {
      const cut = at % (text.length + 1);
      return text.slice(0, cut) + piece + text.slice(cut + length);
    });
    const texts = fc.oneof(
      fc.json(),
      broken,
      fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(findJsonFault(text) === undefined).toBe(isJson(text));
      }),
      { numRuns: 1000 },
    );
  });
});
