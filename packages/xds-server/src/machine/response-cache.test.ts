import { describe, expect, test } from "vitest";
import { createResource } from "../resource/resource-set.ts";
import { ResponseCache } from "./response-cache.ts";

const selection = {
  typeUrl: "t",
  version: "1",
  resources: [createResource("envoy.config.cluster.v3.Cluster", "a", { name: "x".repeat(1000) })],
  lists: [],
  removed: [],
};

describe("kept responses", () => {
  test("stay within their bytes; the one that was not used for longest goes", () => {
    const cache = new ResponseCache({ noncePrefix: "n", identifier: "", maxBytes: 4000 });
    const first = cache.make("sotw", "1", selection);
    cache.make("sotw", "2", selection);
    expect(cache.get("1")).toBe(first);
    cache.make("sotw", "3", selection);
    expect(cache.get("1")).toBe(first);
    expect(cache.get("2")).toBeUndefined();
    expect(cache.bytes).toBeLessThanOrEqual(4000);
    expect(cache.bytes).toBeGreaterThan(2000);
  });

  test("have nonces of their own", () => {
    const cache = new ResponseCache({ noncePrefix: "n", identifier: "", maxBytes: 0 });
    expect(cache.make("sotw", "1", selection).nonce).not.toBe(cache.make("sotw", "1", selection).nonce);
    expect(cache.get("1")).toBeUndefined();
    expect(cache.bytes).toBe(0);
  });

  test("share the encoding of a list that they have, which counts once, as long as one of them is kept", () => {
    const list = [createResource("envoy.config.cluster.v3.Cluster", "b", { name: "y".repeat(10_000) })];
    const cache = new ResponseCache({ noncePrefix: "n", identifier: "", maxBytes: 20_000 });
    const with1000 = { ...selection, lists: [list] };
    const first = cache.make("delta", "1", with1000);
    const alone = cache.bytes;
    const second = cache.make("delta", "2", with1000);
    expect(second.frame[1]).toBe(first.frame[1]);
    expect(first.frame[1]?.length).toBeGreaterThan(10_000);
    expect(cache.bytes - alone).toBeLessThan(3000);
    expect([first.resourceCount, first.bytes]).toEqual([2, Buffer.concat(first.frame).length - 5]);
    expect(cache.make("sotw", "3", with1000).frame[1]).not.toBe(first.frame[1]);
    expect([cache.get("1"), cache.get("2")]).toEqual([undefined, undefined]);
    expect(cache.bytes).toBe(alone - (first.bytes - cache.get("3")!.bytes));
  });
});
