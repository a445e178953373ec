import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Connection } from "../network/index.ts";
import { networkContext, RecordingHandler, socketPair } from "../network/testing.ts";
import { testRuntime } from "../runtime/testing.ts";
import { Inspection } from "./inspection.ts";
import type { InspectResult, ListenerFilter } from "./listener-filter.ts";
import { acceptedConnection } from "./testing.ts";

/** Needs a length in the first byte and so many bytes after it, and takes them. */
class Prefixed implements ListenerFilter {
  readonly maxBytes = 256;
  readonly taken: Buffer[] = [];
  calls = 0;

  inspect(_: unknown, bytes: Buffer): InspectResult {
    this.calls++;
    const length = bytes[0];
    if (length === undefined) return { kind: "more", needed: 1 };
    if (bytes.length < 1 + length) return { kind: "more", needed: 1 + length };
    this.taken.push(bytes.subarray(1, 1 + length));
    return { kind: "done", consumed: 1 + length };
  }
}

interface Outcome {
  rest: Buffer | undefined;
  outcome: string | undefined;
}

async function inspect(filters: readonly ListenerFilter[]) {
  const pair = await socketPair();
  const runtime = testRuntime();
  const connection = new Connection(pair.near, networkContext(), new RecordingHandler(), { bufferLimitBytes: 1024 });
  const result: Outcome = { rest: undefined, outcome: undefined };
  const settle = (outcome: string): void => {
    expect(result.outcome, "ends once").toBeUndefined();
    result.outcome = outcome;
  };
  const inspection = new Inspection(connection, acceptedConnection({ address: "::1", port: 1 }, { address: "::1", port: 2 }), {
    filters,
    timers: runtime.timers,
    timeoutMs: 1000,
    continueOnTimeout: false,
    onDone: (rest) => {
      result.rest = rest;
      settle("done");
    },
    onTimeout: () => settle("timeout"),
    onRejected: (reason) => settle(reason),
    onGone: () => settle("gone"),
  });
  return { pair, runtime, inspection, result, connection };
}

describe("an inspection", () => {
  test("gives each filter what the one before left, however the bytes are cut", async () => {
    const message = fc.uint8Array({ maxLength: 20 });
    const cuts = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(message, message, message, cuts, async (first, second, rest, sizes) => {
        const [one, two] = [new Prefixed(), new Prefixed()];
        const { pair, inspection, result } = await inspect([one, two]);
        await using _ = pair;
        inspection.begin();
        const bytes = Buffer.concat([Buffer.of(first.length), first, Buffer.of(second.length), second, rest]);
        let at = 0;
        // Straight into the handler: what the socket makes of cuts is not to be relied on.
        for (let index = 0; at < bytes.length && result.outcome === undefined; index++) {
          const size = sizes[index % sizes.length] ?? 1;
          inspection.onData(bytes.subarray(at, at + size));
          at += size;
        }
        expect(result.outcome).toBe("done");
        expect(Buffer.concat(one.taken)).toEqual(Buffer.from(first));
        expect(Buffer.concat(two.taken)).toEqual(Buffer.from(second));
        const left = Buffer.concat([result.rest ?? Buffer.alloc(0), bytes.subarray(at)]);
        expect(Buffer.compare(left, rest)).toBe(0);
        // At the beginning, for the length, and for what it announces.
        expect(one.calls).toBeLessThanOrEqual(3);
      }),
      { numRuns: 50 },
    );
  });

  test("with filters that need no bytes is over at once", async () => {
    const { pair, inspection, result } = await inspect([{ maxBytes: 0, inspect: () => ({ kind: "done", consumed: 0 }) }]);
    await using _ = pair;
    inspection.begin();
    expect(result).toEqual({ outcome: "done", rest: undefined });
  });

  test("ends where a filter wants more than it said", async () => {
    const { pair, inspection, result } = await inspect([{ maxBytes: 3, inspect: () => ({ kind: "more", needed: 4 }) }]);
    await using _ = pair;
    inspection.begin();
    expect(result.outcome).toContain("more than its 3");
  });

  test("ends with the client, in whatever way it goes", async () => {
    const half = await inspect([new Prefixed()]);
    await using _ = half.pair;
    half.inspection.begin();
    half.inspection.onEnd();
    expect(half.result.outcome).toBe("gone");
    const gone = await inspect([new Prefixed()]);
    await using __ = gone.pair;
    gone.inspection.begin();
    gone.inspection.onClose();
    gone.inspection.onEnd();
    expect(gone.result.outcome).toBe("gone");
    gone.runtime.advance(2000);
    gone.inspection.onData(Buffer.of(0));
    expect(gone.result.outcome).toBe("gone");
  });

  test("has a time, which begins at once", async () => {
    const { pair, inspection, result, runtime } = await inspect([new Prefixed()]);
    await using _ = pair;
    inspection.begin();
    runtime.advance(900);
    inspection.onData(Buffer.of(5));
    runtime.advance(200);
    expect(result.outcome).toBe("timeout");
  });
});
