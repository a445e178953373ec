import { describe, expect, test } from "vitest";
import { createResource } from "../resource/resource-set.ts";
import { ResponseCache } from "./response-cache.ts";

const selection = {
  typeUrl: "t",
  version: "1",
  resources: [createResource("envoy.config.cluster.v3.Cluster", "a", { name: "x".repeat(1000) })],
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
});
