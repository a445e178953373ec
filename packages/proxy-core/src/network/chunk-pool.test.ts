import { expect, test } from "vitest";
import { chunkBytes, ChunkPool } from "./chunk-pool.ts";

test("a chunk that is given back is taken again", () => {
  const pool = new ChunkPool();
  const chunk = pool.take(10);
  expect(chunk).toHaveLength(chunkBytes);
  expect(pool.take(10)).not.toBe(chunk);
  pool.give(chunk);
  expect(pool.take(chunkBytes)).toBe(chunk);
});

test("what is longer than a chunk is made as long as asked, and not kept", () => {
  const pool = new ChunkPool();
  const long = pool.take(chunkBytes + 1);
  expect(long).toHaveLength(chunkBytes + 1);
  pool.give(long);
  expect(pool.take(1)).not.toBe(long);
});

test("no more than eight megabytes are kept", () => {
  const pool = new ChunkPool();
  const chunks = Array.from({ length: 300 }, () => pool.take(1));
  for (const chunk of chunks) pool.give(chunk);
  const again = Array.from({ length: 300 }, () => pool.take(1));
  expect(again.filter((chunk) => chunks.includes(chunk))).toHaveLength(256);
});
