import fc from "fast-check";

/** One way to damage bytes. Positions are taken modulo the length, so that a mutation fits any input and shrinks well. */
interface Mutation {
  readonly kind: "byte" | "int16" | "int32" | "delete" | "insert" | "repeat" | "cut";
  readonly position: number;
  readonly value: number;
}

/** Lengths that parsers get wrong: none, one, null, the ends of the signed ranges, and what only an unsigned reading makes huge. */
const lengths = [0, 1, -1, -2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, -0x80000000, 0x00ffffff];

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom("byte", "int16", "int32", "delete", "insert", "repeat", "cut"),
  // Fixed headers are at the front: half of the damage goes there.
  position: fc.oneof(fc.nat(31), fc.nat()),
  value: fc.oneof(fc.constantFrom(...lengths), fc.integer()),
});

/** Damage to apply with `mutate`. */
export type Mutations = readonly Mutation[];

export const mutations: fc.Arbitrary<Mutations> = fc.array(mutation, { minLength: 1, maxLength: 4 });

/** A damaged copy of `bytes`. */
export function mutate(bytes: Buffer, damage: Mutations): Buffer {
  return damage.reduce(applied, Buffer.from(bytes));
}

function applied(bytes: Buffer, { kind, position, value }: Mutation): Buffer {
  const at = bytes.length === 0 ? 0 : position % bytes.length;
  const span = (value & 7) + 1;
  switch (kind) {
    case "byte":
      return overwritten(bytes, at, Buffer.of(value & 0xff));
    case "int16":
      return overwritten(bytes, at, Buffer.of((value >> 8) & 0xff, value & 0xff));
    case "int32":
      return overwritten(bytes, at, Buffer.of((value >> 24) & 0xff, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff));
    case "delete":
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + span)]);
    case "insert":
      return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(span, value & 0xff), bytes.subarray(at)]);
    case "repeat":
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + span), bytes.subarray(at)]);
    case "cut":
      return bytes.subarray(0, at);
  }
}

function overwritten(bytes: Buffer, at: number, by: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  by.copy(copy, at);
  return copy;
}
