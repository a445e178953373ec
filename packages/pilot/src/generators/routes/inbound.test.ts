import { encodeMessage, toJson } from "@mesh/xds-proto";
import { expect, test } from "vitest";
import { testScope } from "../../testing/index.ts";
import { inboundRouteConfiguration } from "./inbound.ts";

const configuration = "envoy.config.route.v3.RouteConfiguration";
const json = (dialect: "envoy" | "mosn"): unknown =>
  toJson(configuration, inboundRouteConfiguration(testScope({ proxy: { dialect } }), "inbound|8080||", 80), {
    preserveProtoFieldNames: true,
  });

test("all that comes in goes to the application, without a time limit", () => {
  const limits = { max_stream_duration: "0s", grpc_timeout_header_max: "0s" };
  const route = { cluster: "inbound|8080||", timeout: "0s", retry_policy: { retry_on: "reset-before-request", num_retries: 2 } };
  const expected = (action: object): object => ({
    name: "inbound|8080||",
    virtual_hosts: [{ name: "inbound|http|80", domains: ["*"], routes: [{ name: "default", match: { prefix: "/" }, route: action }] }],
    validate_clusters: false,
    max_direct_response_body_size_bytes: 1048576,
  });
  expect(json("envoy")).toEqual(expected({ ...route, max_stream_duration: limits }));
  expect(json("mosn")).toEqual(expected(route));
});

test("it can be written into a listener", () => {
  expect(encodeMessage(configuration, inboundRouteConfiguration(testScope(), "inbound|8080||", 80)).length).toBeGreaterThan(0);
});
