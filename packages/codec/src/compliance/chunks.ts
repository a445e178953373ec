import fc from "fast-check";

/** Where to cut a byte stream: positions modulo its length, or after every byte. */
export interface Cuts {
  readonly at: readonly number[] | "every byte";
  /** What surrounds each chunk in its memory. A decoder that looks there gives different messages for different surroundings. */
  readonly surrounding: number;
  /** Bytes before `start` in each chunk. */
  readonly lead: number;
}

export const cuts: fc.Arbitrary<Cuts> = fc.record({
  at: fc.oneof(fc.array(fc.nat(), { maxLength: 8 }), fc.constant<"every byte">("every byte")),
  surrounding: fc.nat(255),
  lead: fc.nat(5),
});

/** A chunk to be pushed from `start`. */
export interface Chunk {
  readonly bytes: Buffer;
  readonly start: number;
}

/** All in one chunk. */
export function uncut(bytes: Buffer): readonly Chunk[] {
  return [{ bytes: Buffer.from(bytes), start: 0 }];
}

export function chunksOf(bytes: Buffer, { at, surrounding, lead }: Cuts): readonly Chunk[] {
  const ends = at === "every byte" ? Array.from(bytes.keys()) : at.map((position) => position % (bytes.length + 1)).sort((a, b) => a - b);
  const chunks: Chunk[] = [];
  let from = 0;
  for (const to of [...ends, bytes.length]) {
    chunks.push({ bytes: embedded(bytes.subarray(from, to), surrounding, lead), start: lead });
    from = to;
  }
  return chunks;
}

const margin = 32;

/** A copy of `bytes` with `lead` bytes before it, amid memory that is filled with `surrounding`. */
function embedded(bytes: Buffer, surrounding: number, lead: number): Buffer {
  const memory = Buffer.alloc(margin + lead + bytes.length + margin, surrounding);
  bytes.copy(memory, margin + lead);
  return memory.subarray(margin, margin + lead + bytes.length);
}
