import { describe, expect, test } from "vitest";
import { harness, endpoints, priorities, recorder, settle } from "../client/test-harness.ts";
import { endpointsType } from "../resource/types.ts";
import { RequestRate } from "./request-rate.ts";

test("a bucket gives what is in it, then one token for each so many milliseconds, and never holds more than it may", () => {
  let now = 0;
  const rate = new RequestRate({ maxTokens: 2, perSecond: 4 }, () => now);
  expect([rate.take(), rate.take(), rate.take()]).toEqual([0, 0, 250]);
  now = 200;
  expect(rate.take()).toBe(50);
  now = 250;
  expect([rate.take(), rate.take()]).toEqual([0, 250]);
  now = 100_000;
  expect([rate.take(), rate.take(), rate.take()]).toEqual([0, 0, 250]);
});

test.each([{ maxTokens: 0 }, { perSecond: 0 }, { perSecond: Number.NaN }])("%j is refused", (options) => {
  expect(() => new RequestRate(options, () => 0)).toThrow(expect.objectContaining({ code: "MESH_XDS_INVALID_OPTIONS" }));
});

describe.each(["sotw", "delta"] as const)("over %s", (protocol) => {
  test("requests above the rate wait for it, and say what there is to say by then", async () => {
    const waiting: number[] = [];
    const { plane, runtime, client } = await harness(
      { protocol, requestRate: { maxTokens: 2, perSecond: 1 } },
      { observer: { onRequestsWaiting: (_, __, count) => waiting.push(count) } },
    );
    const log: string[] = [];
    const kind = priorities();
    plane.set(endpointsType, [endpoints("a", 1), endpoints("b", 2), endpoints("c", 3)]);
    client.watch(kind, "a", recorder(log));
    await settle();
    expect(plane.requests.map((request) => request.kind)).toEqual(["request", "ack"]);
    client.watch(kind, "b", recorder(log));
    await settle();
    client.watch(kind, "c", recorder(log));
    await settle();
    expect([plane.requests.length, waiting, log]).toEqual([2, [1], ["a=1"]]);
    runtime.advance(1000);
    await settle();
    expect([plane.requests.length, waiting, log]).toEqual([3, [1, 0, 1], ["a=1", "b=2"]]);
    runtime.advance(2000);
    await settle();
    runtime.advance(2000);
    await settle();
    expect(log).toEqual(["a=1", "b=2", "c=3"]);
    expect(plane.requests.at(-1)?.kind).toBe("ack");
  });

  test("a stream that is lost takes its waiting requests with it", async () => {
    const { plane, runtime, client } = await harness({
      protocol,
      requestRate: { maxTokens: 2, perSecond: 1 },
      backOff: { baseMs: 10_000 },
    });
    const log: string[] = [];
    const kind = priorities();
    plane.set(endpointsType, [endpoints("a", 1), endpoints("b", 2)]);
    client.watch(kind, "a", recorder(log));
    await settle();
    client.watch(kind, "b", recorder(log));
    await settle();
    plane.breakStreams();
    await settle();
    runtime.advance(4999);
    await settle();
    expect(plane.requests.length).toBe(2);
    runtime.advance(1);
    await settle();
    expect(plane.requests[2]?.names).toEqual(["a", "b"]);
    expect(log).toEqual(["a=1", "b=2"]);
  });
});
