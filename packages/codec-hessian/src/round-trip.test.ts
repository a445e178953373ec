import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hessianDifference, hessianMessage, hessianV3Message } from "./arbitraries.ts";
import { convertHessian, decodeHessian, encodeHessian } from "./convert.ts";
import type { HessianDialect } from "./dialect.ts";
import { SkippingReader } from "./skipping-reader.ts";

const dialects: readonly HessianDialect[] = ["v3", "v4"];
const messages = { v3: hessianV3Message, v4: hessianMessage };

describe.for(dialects)("%s", (dialect) => {
  test("reads what it wrote, with types, order and references", () => {
    fc.assert(
      fc.property(messages[dialect], (message) => {
        expect(hessianDifference(decodeHessian(dialect, encodeHessian(dialect, message)), message)).toBeUndefined();
      }),
    );
  });

  test("writes the same bytes for what it read", () => {
    fc.assert(
      fc.property(messages[dialect], (message) => {
        const bytes = encodeHessian(dialect, message);
        expect(encodeHessian(dialect, decodeHessian(dialect, bytes))).toEqual(bytes);
      }),
    );
  });

  test("is skipped value by value to where each value ends", () => {
    const reader = new SkippingReader(dialect);
    fc.assert(
      fc.property(messages[dialect], fc.nat(5), (message, before) => {
        const ends = message.map((_, index) => encodeHessian(dialect, message.slice(0, index + 1)).length);
        const bytes = Buffer.concat([Buffer.alloc(before), encodeHessian(dialect, message), Buffer.alloc(3)]);
        reader.reset(bytes, before, bytes.length - 3);
        const skipped = message.map(() => (reader.skip() ? reader.offset - before : -1));
        expect(skipped).toEqual(ends);
        expect(reader.done).toBe(true);
      }),
    );
  });
});

test("a message keeps its meaning from v4 to v3 and back", () => {
  fc.assert(
    fc.property(hessianMessage, (message) => {
      const v4 = encodeHessian("v4", message);
      const v3 = convertHessian("v4", "v3", v4);
      expect(hessianDifference(decodeHessian("v3", v3), message)).toBeUndefined();
      expect(convertHessian("v3", "v4", v3)).toEqual(convertHessian("v4", "v4", v4));
    }),
  );
});
