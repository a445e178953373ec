import { expect, test } from "vitest";
import type { MeshSnapshot } from "../hub/index.ts";
import type { MeshEndpoint, MeshService } from "../model/index.ts";
import { testEndpoint, testService } from "../testing/index.ts";
import { Unusable } from "./unusable.ts";

const changed: MeshSnapshot["change"] = { services: true, endpoints: true, rules: false };

function harness() {
  const lines: string[] = [];
  const unusable = new Unusable((level, message) => lines.push(`${level} ${message}`));
  return {
    lines,
    see: (service: MeshService, endpoints: readonly MeshEndpoint[] = [], change = changed): string[] => {
      const listed = new Map([["http", endpoints]]);
      unusable.onSnapshot({ services: { all: [service] }, endpoints: { of: () => listed }, change });
      return lines.splice(0);
    },
  };
}

test("names that cannot be called are told once, as long as they are there and when they come back", () => {
  const { see } = harness();
  const service = testService({
    hostname: "com.acme.Evil\u0001",
    aliases: ["fine"],
    variants: [{ authority: "com.acme.Echo:\n", name: "@\n" }],
    source: "zookeeper",
  });
  expect(see(service)).toEqual([
    expect.stringMatching(/^warn "com\.acme\.Evil\\u0001", of zookeeper, cannot be called: /),
    expect.stringMatching(/^warn "com\.acme\.Echo:\\n", of zookeeper, cannot be called: /),
  ]);
  expect(see(service)).toEqual([]);
  expect(see({ ...service })).toEqual([]);
});

test("endpoints that nobody could connect to are told once; names of hosts are none of them", () => {
  const { see } = harness();
  const service = testService({ hostname: "com.acme.Echo" });
  const bad = testEndpoint({ address: "no host!", port: 20880, source: "zookeeper" });
  const endpoints = [bad, testEndpoint(), testEndpoint({ address: "localhost" })];
  expect(see(service, endpoints)).toEqual([
    'warn "no host!:20880", of zookeeper, is not called for "com.acme.Echo": it is neither an address nor a host\'s name',
  ]);
  expect(see(service, [...endpoints])).toEqual([]);
  expect(see(service, [testEndpoint({ address: "x".repeat(5000) })])[0]?.length).toBeLessThan(400);
});

test("rules alone are not looked at", () => {
  expect(harness().see(testService({ hostname: "\0" }), [], { services: false, endpoints: false, rules: true })).toEqual([]);
});
