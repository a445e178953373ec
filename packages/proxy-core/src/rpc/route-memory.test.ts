import { boltCodec, type BoltFrame } from "@mesh/codec-bolt";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Route, RouteTable } from "../route/index.ts";
import { RouteMemory } from "./route-memory.ts";
import { request } from "./testing.ts";

function frameOf(service: string, method: string): BoltFrame {
  const frames: BoltFrame[] = [];
  boltCodec()
    .open({ onFrame: (frame) => frames.push(frame) }, { role: "server" })
    .push(request({ service, method }));
  return frames[0] as BoltFrame;
}

const table = (): RouteTable => ({ name: "", httpOnly: [], isPure: true, match: () => undefined });
const routeNamed = (name: string): Route => ({
  name,
  virtualHostName: "",
  metadata: undefined,
  virtualHostMetadata: undefined,
  action: { kind: "respond", status: 200, body: "" },
  requestMutation: undefined,
  responseMutation: undefined,
  filterConfig: () => undefined,
  filterConfigs: () => [],
  filterSwitches: undefined,
  includeRequestAttemptCount: false,
});

describe("the memory of routes", () => {
  test("knows a route by service and method together", () => {
    const memory = new RouteMemory();
    const routes = table();
    memory.keep(routes, frameOf("a", "bc"), routeNamed("first"));
    expect(memory.recall(routes, frameOf("a", "bc"))).toBe(true);
    expect(memory.route?.name).toBe("first");
    for (const [service, method] of [
      ["a", "b"],
      ["ab", "c"],
      ["bc", "a"],
      ["a", ""],
      ["", "bc"],
    ] as const) {
      expect(memory.recall(routes, frameOf(service, method))).toBe(false);
    }
  });

  test("knows too that there is no route", () => {
    const memory = new RouteMemory();
    const routes = table();
    memory.keep(routes, frameOf("a", "b"), undefined);
    expect(memory.recall(routes, frameOf("a", "b"))).toBe(true);
    expect(memory.route).toBeUndefined();
  });

  test("forgets all of a table when another takes its place", () => {
    const memory = new RouteMemory();
    const [old, fresh] = [table(), table()];
    memory.keep(old, frameOf("a", "b"), routeNamed("old"));
    memory.keep(old, frameOf("c", "d"), routeNamed("old"));
    expect(memory.recall(fresh, frameOf("a", "b"))).toBe(false);
    memory.keep(fresh, frameOf("a", "b"), routeNamed("fresh"));
    expect(memory.recall(fresh, frameOf("a", "b"))).toBe(true);
    expect(memory.route?.name).toBe("fresh");
    expect(memory.recall(fresh, frameOf("c", "d"))).toBe(false);
  });

  test("never answers for another call, however many there are", () => {
    const name = fc.constantFrom("", "a", "b", "ab", "com.acme.A:1.0", "com.acme.B:1.0", "x".repeat(100));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, name), { maxLength: 60 }), (calls) => {
        const memory = new RouteMemory();
        const routes = table();
        for (const [service, method] of calls) {
          const frame = frameOf(service, method);
          const wanted = `${service}|${method}`;
          if (!memory.recall(routes, frame)) memory.keep(routes, frame, routeNamed(wanted));
          expect(memory.route?.name).toBe(wanted);
        }
      }),
    );
  });

  test("keeps a handful of ways that are gone in turn", () => {
    const memory = new RouteMemory();
    const routes = table();
    const frames = Array.from({ length: 32 }, (_, index) => frameOf(`service${index}`, "call"));
    for (const frame of frames) memory.keep(routes, frame, routeNamed("r"));
    for (let round = 0; round < 3; round++) for (const frame of frames) expect(memory.recall(routes, frame)).toBe(true);
  });
});
