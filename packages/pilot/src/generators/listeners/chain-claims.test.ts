import fc from "fast-check";
import { expect, test } from "vitest";
import { ChainClaims, describeLosses, filterChainMatchOf, type ChainMatch } from "./chain-claims.ts";
import { canonicalBlock } from "./addresses.ts";

test("what nobody has is as it was asked for, in one spelling", () => {
  const { free, lost } = new ChainClaims().claim(
    { subnets: ["10.1.2.3/8", "10.0.0.0/8"], serverNames: ["A.com", "a.com", "*.B.com"] },
    "x",
  );
  expect(free).toEqual([{ subnets: ["10.0.0.0/8"], serverNames: ["a.com", "*.b.com"], isHttp: false }]);
  expect(lost).toEqual([]);
});

test("what is left around what another has may be several conditions", () => {
  const claims = new ChainClaims();
  claims.claim({ subnets: ["10.0.0.0/8"], serverNames: ["a.com"] }, "first");
  const { free, lost } = claims.claim({ subnets: ["10.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8"], serverNames: ["a.com", "b.com"] }, "second");
  expect(free.map(({ subnets, serverNames }) => [subnets, serverNames])).toEqual([
    [["10.0.0.0/8"], ["b.com"]],
    [
      ["11.0.0.0/8", "12.0.0.0/8"],
      ["a.com", "b.com"],
    ],
  ]);
  expect(describeLosses("0.0.0.0_1", "second", lost)).toBe("listener 0.0.0.0_1: second goes without a.com at 10.0.0.0/8 (first has it)");
});

test("nothing is left of a condition whose names nobody can tell apart", () => {
  const claims = new ChainClaims();
  expect(claims.claim({ serverNames: ["*x.com", "a.*.com", "*."] }, "x").free).toEqual([]);
  expect(claims.claim({ serverNames: ["*x.com", "a.com"] }, "x")).toEqual({
    free: [{ subnets: [], serverNames: ["a.com"], isHttp: false }],
    lost: [{ what: "*x.com", owner: undefined }],
  });
});

test("any, a name, a block and HTTP are different conditions", () => {
  const claims = new ChainClaims();
  const all: readonly ChainMatch[] = [{}, { serverNames: ["a.com"] }, { subnets: ["10.0.0.0/8"] }, { isHttp: true }];
  for (const match of all) expect(claims.claim(match, "one").lost).toEqual([]);
  expect(all.map((match) => claims.claim(match, "other").lost[0]?.what)).toEqual(["all connections", "a.com", "10.0.0.0/8", "HTTP"]);
});

test("what an owner claims again is neither there twice nor lost", () => {
  const claims = new ChainClaims();
  claims.claim({ serverNames: ["a.com"] }, "one");
  expect(claims.claim({ serverNames: ["a.com", "b.com"] }, "one")).toEqual({
    free: [{ subnets: [], serverNames: ["b.com"], isHttp: false }],
    lost: [],
  });
});

/** As Envoy unfolds conditions: FilterChainManagerImpl. */
function unfold({
  prefixRanges = [],
  serverNames = [],
  applicationProtocols = [],
}: NonNullable<ReturnType<typeof filterChainMatchOf>>): string[] {
  const or = (texts: readonly string[]): readonly string[] => (texts.length === 0 ? [""] : texts);
  const blocks = prefixRanges.map(({ addressPrefix = "", prefixLen }) => canonicalBlock(`${addressPrefix}/${prefixLen?.value ?? 0}`));
  return or(blocks).flatMap((block) =>
    or(serverNames).flatMap((name) => or(applicationProtocols).map((protocol) => `${block} ${name} ${protocol}`)),
  );
}

test("no two chains are for the same connections, and what was asked for is somebody's", () => {
  const match = fc.record({
    subnets: fc.uniqueArray(fc.constantFrom("10.0.0.0/8", "10.1.0.0/8", "10.1.1.1", "10.1.1.1/32", "::1", "0:0::1/128"), { maxLength: 3 }),
    serverNames: fc.uniqueArray(fc.constantFrom("a.com", "A.com", "b.com", "*.com", "*.Com"), { maxLength: 3 }),
    isHttp: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(match, { maxLength: 8 }), (wanted) => {
      const claims = new ChainClaims();
      const chains = wanted.flatMap((each, at) => claims.claim(each, `owner ${at}`).free);
      const unfolded = chains.flatMap((each) => unfold(filterChainMatchOf(each) ?? {}));
      expect(new Set(unfolded).size).toBe(unfolded.length);
      const asked = wanted.flatMap((each) => unfold(filterChainMatchOf(each) ?? {}).map((condition) => condition.toLowerCase()));
      expect(new Set(unfolded)).toEqual(new Set(asked));
    }),
  );
});
