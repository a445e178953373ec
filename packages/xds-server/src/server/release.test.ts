import { describe, expect, test } from "vitest";
import { FRAME_HEADER } from "../wire/responses.ts";
import { release } from "./release.ts";

const messageOf = (bytes: number): Buffer => Buffer.concat([Buffer.alloc(FRAME_HEADER), Buffer.alloc(bytes, 1)]).subarray(FRAME_HEADER);

describe("a message that was dealt with", () => {
  test("gives its memory back at once if it is large", () => {
    const message = messageOf(100_000);
    release(message);
    expect(message.length).toBe(0);
  });

  test("keeps it if others have part of it", () => {
    const small = messageOf(100);
    const pooled = Buffer.allocUnsafe(20_000).fill(1);
    const large = Buffer.alloc(100_000, 1);
    for (const part of [small, pooled, large.subarray(0, 50_000), large.subarray(FRAME_HEADER, 50_000), large.subarray(10)]) {
      const { length } = part;
      release(part);
      expect([part.length, part[0], large.length]).toEqual([length, 1, 100_000]);
    }
  });
});
