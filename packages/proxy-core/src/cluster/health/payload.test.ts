import fc from "fast-check";
import { createMessage } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../../config/index.ts";
import { PayloadMatcher, readPayload } from "./payload.ts";

const matches = (blocks: readonly string[], chunks: readonly string[]): boolean => {
  const matcher = new PayloadMatcher(blocks.map((block) => Buffer.from(block)));
  for (const chunk of chunks) matcher.push(Buffer.from(chunk));
  return matcher.done;
};

describe("payloads of health checks", () => {
  test("match when all blocks come in their order, with anything in between", () => {
    expect(matches(["ab", "cd"], ["xxabyycdzz"])).toBe(true);
    expect(matches(["ab", "cd"], ["cdab"])).toBe(false);
    expect(matches(["aa", "a"], ["aa"])).toBe(false);
    expect(matches([], [])).toBe(true);
  });

  test("match however the stream is cut", () => {
    const blocks = fc.array(fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 3 }), { maxLength: 3 });
    const chunks = fc.array(fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 4 }), { maxLength: 6 });
    fc.assert(
      fc.property(blocks, chunks, (expected, stream) => {
        const pattern = new RegExp(expected.join(".*?"), "u");
        expect(matches(expected, stream)).toBe(pattern.test(stream.join("")));
      }),
    );
  });

  const read = (payload: object): Buffer =>
    readPayload(createMessage("envoy.config.core.v3.HealthCheck.Payload", payload), ConfigPath.of("send"));

  test("are read from hexadecimal digits or bytes", () => {
    expect(read({ text: "00fF10" })).toEqual(Buffer.from([0, 255, 16]));
    expect(read({ binary: new Uint8Array([1, 2]) })).toEqual(Buffer.from([1, 2]));
  });

  test.each(["", "0", "0g", "0x00"])("are refused where they are no hexadecimal digits: %j", (text) => {
    expect(() => read({ text })).toThrow("send.text: not bytes in hexadecimal digits");
  });
});
