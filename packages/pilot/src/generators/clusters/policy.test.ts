import { expect, test } from "vitest";
import { testRule } from "../../testing/index.ts";
import { policyFor } from "./policy.ts";

const random = { loadBalancer: { simple: "RANDOM" } } as const;
const roundRobin = { loadBalancer: { simple: "ROUND_ROBIN" } } as const;
const limited = { connectionPool: { tcp: { maxConnections: 7 } } } as const;
const noTls = { tls: { mode: "DISABLE", subjectAltNames: [] } } as const;

const subsetOf = (rule: ReturnType<typeof testRule>): (typeof rule.subsets)[number] | undefined => rule.subsets[0];

test("without a rule nothing is said", () => {
  expect(policyFor(undefined, 80, undefined)).toEqual({});
  expect(policyFor(testRule(undefined), 80, undefined)).toEqual({});
});

test("settings of a port replace the whole policy of the host, also what they do not say", () => {
  const rule = testRule({ ...random, ...limited, portLevelSettings: [{ port: 80, ...roundRobin }] });
  expect(policyFor(rule, 80, undefined)).toMatchObject(roundRobin);
  expect(policyFor(rule, 80, undefined).connectionPool).toBeUndefined();
  expect(policyFor(rule, 81, undefined)).toMatchObject({ ...random, ...limited });
});

test("a subset replaces what it says, part by part", () => {
  const rule = testRule({ ...random, ...limited }, [{ name: "v1", trafficPolicy: roundRobin }]);
  expect(policyFor(rule, 80, subsetOf(rule))).toMatchObject({ ...roundRobin, ...limited });
});

test("a subset without a policy has that of the host at the port", () => {
  const rule = testRule({ ...random, portLevelSettings: [{ port: 80, ...limited }] }, [{ name: "v1" }]);
  expect(policyFor(rule, 80, subsetOf(rule))).toMatchObject(limited);
  expect(policyFor(rule, 80, subsetOf(rule)).loadBalancer).toBeUndefined();
});

test("a subset's settings of the port replace everything but PROXY protocol, which no port has", () => {
  const rule = testRule({ ...random, ...noTls, proxyProtocol: { version: "V1" } }, [
    { name: "v1", trafficPolicy: { ...roundRobin, portLevelSettings: [{ port: 80, ...limited }] } },
  ]);
  expect(policyFor(rule, 80, subsetOf(rule))).toEqual({
    ...limited,
    loadBalancer: undefined,
    outlierDetection: undefined,
    tls: undefined,
    proxyProtocol: { version: "V1" },
  });
  expect(policyFor(rule, 81, subsetOf(rule))).toMatchObject({ ...roundRobin, ...noTls });
});

test("a subset's policy stands alone where the host has none", () => {
  const rule = testRule(undefined, [{ name: "v1", trafficPolicy: roundRobin }]);
  expect(policyFor(rule, 80, subsetOf(rule))).toMatchObject(roundRobin);
});
