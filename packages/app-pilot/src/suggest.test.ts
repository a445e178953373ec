import fc from "fast-check";
import { expect, test } from "vitest";
import { didYouMean } from "./suggest.ts";

const known = ["grpc-address", "http-address", "log-level"];

test("what is nearly a known name is told", () => {
  expect(didYouMean("grpc-adress", known)).toBe(', did you mean "grpc-address"?');
  expect(didYouMean("loglevel", known)).toBe(', did you mean "log-level"?');
  expect(didYouMean("something else", known)).toBe("");
});

test("one slip of any kind is forgiven", () => {
  const slip = fc.record({ name: fc.constantFrom(...known), at: fc.nat(8), letter: fc.constantFrom("x", ""), keeps: fc.boolean() });
  fc.assert(
    fc.property(slip, ({ name, at, letter, keeps }) => {
      const slipped = name.slice(0, at) + letter + name.slice(keeps ? at : at + 1);
      expect(didYouMean(slipped, known)).toContain(name);
    }),
  );
});
