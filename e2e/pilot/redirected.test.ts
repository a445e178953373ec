/** A sidecar of pilot's that connections are redirected to, as Istio's nftables or iptables rules do, in a network namespace of its own. */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { envoy } from "../peers/envoy.ts";
import { iproute, mayMakeNamespaces, nftables, runInNamespace } from "../peers/namespace.ts";
import { requirePeer } from "../peers/tools.ts";

const expected = {
  "a service by its address": "/x at 10.1.0.1:8080",
  "a service that others share the port with": "/x at 10.2.0.1:8080",
  "a host that nobody knows": "/x at 10.1.0.1:8080",
  "bytes, by an allotted address": "5 bytes at 10.1.0.1:9090",
  "a port of an unknown protocol": "/x at 10.1.0.1:8080",
  "an address that nobody knows": "5 bytes at 10.1.0.1:9090",
  "the application": "/x at 127.0.0.1:8080",
  "another port of this machine": "5 bytes at 10.2.0.1:9090",
  "the sidecar itself": "",
  refused: [],
};

const observe = async (subject: "mosn" | "envoy"): Promise<unknown> =>
  JSON.parse(await runInNamespace(fileURLToPath(new URL("./redirected.ts", import.meta.url)), [subject]));

describe.runIf(requirePeer(nftables, iproute) && (await mayMakeNamespaces()))("redirected connections", () => {
  test("go where pilot says, in mosn", { timeout: 90_000 }, async () => {
    expect(await observe("mosn")).toEqual(expected);
  });

  test.runIf(requirePeer(envoy))("and in Envoy", { timeout: 90_000 }, async () => {
    expect(await observe("envoy")).toEqual(expected);
  });
});
