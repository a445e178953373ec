/** A sidecar that connections are redirected to, as Istio's nftables or iptables rules do, in a network namespace of its own. */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { envoy } from "../peers/envoy.ts";
import { iproute, mayMakeNamespaces, nftables, runInNamespace } from "../peers/namespace.ts";
import { requirePeer } from "../peers/tools.ts";

const observe = async (subject: "mosn" | "envoy"): Promise<unknown> =>
  JSON.parse(await runInNamespace(fileURLToPath(new URL("./redirected.ts", import.meta.url)), [subject]));

const expected = {
  "a service's address": "the service",
  "a port that HTTP is known of": "/x at 10.1.0.1:8080 from 127.0.0.6",
  "the same port, not HTTP": "HTTP/1.1 400",
  "an address that nobody knows": "5 bytes at 10.1.0.1:9090 from 127.0.0.6",
  "a service's other port": "",
  "this machine, over HTTP": "/x at 10.2.0.1:8080 from 127.0.0.6",
  "this machine, over TCP": "5 bytes at 10.2.0.1:9090 from 127.0.0.6",
  "the sidecar itself": "",
};

describe.runIf(requirePeer(nftables, iproute) && (await mayMakeNamespaces()))("redirected connections", () => {
  test("come to the listener of where they were going, or go on to there", { timeout: 90_000 }, async () => {
    expect(await observe("mosn")).toEqual(expected);
  });

  test.runIf(requirePeer(envoy))("do the same in Envoy", { timeout: 90_000 }, async () => {
    expect(await observe("envoy")).toEqual(expected);
  });
});
