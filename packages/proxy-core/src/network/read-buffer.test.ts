import { describe, expect, test } from "vitest";
import { ReadBuffer } from "./read-buffer.ts";

describe("the memory that a connection reads into", () => {
  test("is the same again, unless somebody keeps bytes of it", () => {
    const read = new ReadBuffer();
    const first = read.next();
    read.received(100, true);
    expect(read.next()).toBe(first);
    read.received(100, false);
    const second = read.next();
    expect([second === first, second.length]).toEqual([false, first.length]);
  });

  test("begins small, grows when a read fills it, and no further than libuv reads", () => {
    const read = new ReadBuffer();
    const sizes = Array.from({ length: 5 }, () => {
      const { length } = read.next();
      read.received(length, true);
      return length;
    });
    expect(sizes).toEqual([4096, 16_384, 65_536, 65_536, 65_536]);
  });

  test("becomes small again when reads in a row need little of it", () => {
    const read = new ReadBuffer();
    for (let times = 0; times < 2; times++) read.received(read.next().length, true);
    const sizes: number[] = [];
    const small = (times: number): void => {
      for (let at = 0; at < times; at++) read.received(1000, true);
      sizes.push(read.next().length);
    };
    small(15);
    // One that needs more of it, and all begins anew.
    read.received(20_000, true);
    small(15);
    small(1);
    small(16);
    small(100);
    expect(sizes).toEqual([65_536, 65_536, 16_384, 4096, 4096]);
  });
});
