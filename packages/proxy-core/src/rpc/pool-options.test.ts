import { expect, test } from "vitest";
import { assignment, testClusters } from "../cluster/testing.ts";
import { poolOptionsOf, rpcProtocolOptions, type RpcPoolOptions } from "./pool-options.ts";

function optionsOf(fields?: object): RpcPoolOptions {
  const options = { "@type": "type.googleapis.com/mesh.extensions.upstreams.rpc.v3.RpcProtocolOptions", ...fields };
  const cluster = {
    load_assignment: assignment(),
    ...(fields === undefined ? {} : { typed_extension_protocol_options: { rpc: options } }),
  };
  return poolOptionsOf(testClusters([cluster], { others: [rpcProtocolOptions] }).cluster());
}

const defaults = { connectionsPerHost: 1, heartbeatIntervalMs: undefined, reconnectBaseMs: 500, reconnectMaxMs: 5000 };

test("a cluster without options has one connection to each host, as the Java clients have it", () => {
  expect(optionsOf()).toEqual(defaults);
  expect(optionsOf({})).toEqual(defaults);
});

test("the longest wait is ten times the shortest unless it is configured", () => {
  expect(optionsOf({ reconnect_base_interval: "2s" })).toEqual({ ...defaults, reconnectBaseMs: 2000, reconnectMaxMs: 20_000 });
  expect(optionsOf({ reconnect_base_interval: "2s", reconnect_max_interval: "2s" })).toMatchObject({
    reconnectBaseMs: 2000,
    reconnectMaxMs: 2000,
  });
});

test("zero for the heartbeat is none, and not the codec's", () => {
  expect(optionsOf({ heartbeat_interval: "0s" }).heartbeatIntervalMs).toBe(0);
  expect(optionsOf({ heartbeat_interval: "1.5s" }).heartbeatIntervalMs).toBe(1500);
});

test.for([
  [{ connections_per_host: 0 }, "connections_per_host: must be from 1 to 64, is 0"],
  [{ connections_per_host: 65 }, "connections_per_host: must be from 1 to 64, is 65"],
  [{ reconnect_base_interval: "0s" }, "reconnect_base_interval: must be 0.001s or longer"],
  [{ reconnect_base_interval: "2s", reconnect_max_interval: "1s" }, "reconnect_max_interval: must be 2s or longer, is 1s"],
  [{ heartbeat_interval: "-1s" }, "heartbeat_interval: must be 0s or longer"],
] as const)("%j is refused", ([fields, message]) => {
  expect(() => optionsOf(fields)).toThrow(`typed_extension_protocol_options["rpc"].${message}`);
});
