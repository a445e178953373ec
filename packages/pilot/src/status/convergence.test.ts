import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Convergence } from "./convergence.ts";

describe("the time from a change to a proxy's answer", () => {
  test("is measured from the change, until all types that were pushed are accepted", () => {
    const convergence = new Convergence();
    convergence.onPublished(900, 1000);
    convergence.onSent("a", "cds", false, 1000);
    convergence.onSent("a", "eds", false, 1000);
    expect(convergence.onAnswered("a", "cds", true, 1300)).toBeUndefined();
    expect(convergence.onAnswered("a", "eds", true, 1400)).toBe(500);
  });

  test("is not measured for what a proxy has asked for: it only connects", () => {
    const convergence = new Convergence();
    convergence.onPublished(0, 100);
    convergence.onSent("a", "cds", true, 50_000);
    expect(convergence.onAnswered("a", "cds", true, 50_010)).toBeUndefined();
  });

  test("is not measured where something was refused, and is again for the next change", () => {
    const convergence = new Convergence();
    convergence.onPublished(0, 100);
    convergence.onSent("a", "cds", false, 100);
    convergence.onSent("a", "eds", false, 100);
    expect(convergence.onAnswered("a", "cds", false, 110)).toBeUndefined();
    expect(convergence.onAnswered("a", "eds", true, 120)).toBeUndefined();
    convergence.onPublished(1000, 1100);
    convergence.onSent("a", "cds", false, 1100);
    expect(convergence.onAnswered("a", "cds", true, 1150)).toBe(150);
  });

  test("begins with the first of the changes that came while a response was in flight", () => {
    const convergence = new Convergence();
    convergence.onPublished(0, 100);
    convergence.onSent("a", "cds", false, 100);
    convergence.onPublished(1000, 1100);
    convergence.onPublished(2000, 2100);
    expect(convergence.onAnswered("a", "cds", true, 3000)).toBe(3000);
    convergence.onSent("a", "cds", false, 3000);
    expect(convergence.onAnswered("a", "cds", true, 3050)).toBe(2050);
  });

  test("counts what a response that was asked for has kept back", () => {
    const convergence = new Convergence();
    convergence.onSent("a", "cds", true, 500);
    convergence.onPublished(1000, 1100);
    expect(convergence.onAnswered("a", "cds", true, 1200)).toBeUndefined();
    convergence.onSent("a", "cds", false, 1200);
    expect(convergence.onAnswered("a", "cds", true, 1210)).toBe(210);
  });

  test("forgets a change that came while a response was in flight and had nothing for the proxy", () => {
    const convergence = new Convergence();
    convergence.onPublished(0, 100);
    convergence.onSent("a", "cds", false, 100);
    convergence.onPublished(1000, 1100);
    convergence.onAnswered("a", "cds", true, 1200);
    convergence.onPublished(60_000, 60_100);
    convergence.onSent("a", "cds", false, 60_100);
    expect(convergence.onAnswered("a", "cds", true, 60_110)).toBe(110);
  });

  test("is measured from the change for which the proxy was queued, though another one came before its turn", () => {
    const convergence = new Convergence();
    convergence.onPublished(0, 100);
    convergence.onPublished(1000, 1100);
    convergence.onSent("a", "cds", false, 100);
    expect(convergence.onAnswered("a", "cds", true, 2000)).toBe(2000);
  });

  test("is measured from the oldest change that is remembered where the proxy waited longer", () => {
    const convergence = new Convergence();
    for (let at = 1; at <= 1000; at++) convergence.onPublished(at * 10, at * 10 + 5);
    convergence.onSent("a", "cds", false, 3);
    expect(convergence.onAnswered("a", "cds", true, 10_010)).toBe(10_010 - 9370);
  });

  test("says nothing of answers to what was never sent, or of proxies that are gone", () => {
    const convergence = new Convergence();
    convergence.onPublished(0, 0);
    expect(convergence.onAnswered("a", "cds", true, 1)).toBeUndefined();
    convergence.onSent("a", "cds", false, 0);
    convergence.onGone("a");
    expect(convergence.onAnswered("a", "cds", true, 1)).toBeUndefined();
    expect(convergence.size).toBe(0);
  });

  test("is never negative, and never longer than since the first change, whatever happens", () => {
    const step = fc.record({
      client: fc.constantFrom("a", "b"),
      type: fc.constantFrom("cds", "eds", "rds"),
      what: fc.constantFrom("publish", "push", "ask", "ack", "nack", "gone"),
      waitMs: fc.nat(200),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const convergence = new Convergence();
        let now = 1000;
        let first = Number.POSITIVE_INFINITY;
        for (const { client, type, what, waitMs } of steps) {
          now += waitMs;
          if (what === "publish") {
            first = Math.min(first, now - waitMs);
            convergence.onPublished(now - waitMs, now);
          } else if (what === "push" || what === "ask") convergence.onSent(client, type, what === "ask", now - waitMs);
          else if (what === "gone") convergence.onGone(client);
          else {
            const took = convergence.onAnswered(client, type, what === "ack", now);
            if (took !== undefined) {
              expect(took).toBeGreaterThanOrEqual(0);
              expect(took).toBeLessThanOrEqual(now - first);
            }
          }
        }
        convergence.onGone("a");
        convergence.onGone("b");
        expect(convergence.size).toBe(0);
      }),
    );
  });
});
