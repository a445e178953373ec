import { describe, expect, test } from "vitest";
import { localReplyCauses } from "@mesh/codec";
import { BoltStatus } from "./constants.ts";
import { boltStatusOfHttpStatus, boltStatusOfReply, httpStatusOfBoltStatus } from "./status.ts";

/** SOFARPC's error types that a Java caller of 5.13 was seen to throw at an empty response of each status. */
const errorTypes: Readonly<Record<number, string>> = {
  [BoltStatus.ServerException]: "199",
  [BoltStatus.Unknown]: "299",
  [BoltStatus.ServerThreadPoolBusy]: "100",
  [BoltStatus.NoProcessor]: "299",
  [BoltStatus.Timeout]: "SofaTimeOutException",
  [BoltStatus.CodecException]: "299",
  [BoltStatus.ConnectionClosed]: "250",
  [BoltStatus.ServerDeserialException]: "130",
};

describe("a Java caller sees", () => {
  test("for each cause the error type that it would see without a mesh", () => {
    const seen = localReplyCauses.map((cause) => [cause, errorTypes[boltStatusOfReply({ cause, httpStatus: 0, message: "" })]]);
    expect(Object.fromEntries(seen)).toEqual({
      route_not_found: "299",
      cluster_not_found: "299",
      no_healthy_upstream: "250",
      upstream_overflow: "100",
      drop_overload: "100",
      unconditional_drop_overload: "100",
      upstream_connection_failure: "250",
      upstream_reset: "250",
      response_timeout: "SofaTimeOutException",
      request_timeout: "SofaTimeOutException",
      upstream_protocol_error: "299",
      direct_response: "299",
      fault_filter_abort: "299",
      denied: "199",
      rate_limited: "100",
      request_too_large: "199",
      bad_request: "130",
      draining: "250",
      internal_error: "199",
    });
  });

  test("for a fault or a direct response what its HTTP status means, and for other causes the cause alone", () => {
    const reply = { httpStatus: 503, message: "" };
    expect(boltStatusOfReply({ ...reply, cause: "fault_filter_abort" })).toBe(BoltStatus.ServerThreadPoolBusy);
    expect(boltStatusOfReply({ ...reply, cause: "direct_response" })).toBe(BoltStatus.ServerThreadPoolBusy);
    expect(boltStatusOfReply({ ...reply, cause: "no_healthy_upstream" })).toBe(BoltStatus.ConnectionClosed);
  });
});

describe("HTTP statuses", () => {
  test.for<[number, BoltStatus | undefined]>([
    [100, undefined],
    [200, BoltStatus.Success],
    [204, BoltStatus.Success],
    [302, undefined],
    [400, BoltStatus.ServerException],
    [403, BoltStatus.ServerException],
    [404, BoltStatus.NoProcessor],
    [408, BoltStatus.Timeout],
    [429, BoltStatus.ServerThreadPoolBusy],
    [500, BoltStatus.ServerException],
    [501, BoltStatus.NoProcessor],
    [502, BoltStatus.ConnectionClosed],
    [503, BoltStatus.ServerThreadPoolBusy],
    [504, BoltStatus.Timeout],
    [600, undefined],
  ])("%i is Bolt's %o", ([httpStatus, status]) => {
    expect(boltStatusOfHttpStatus(httpStatus)).toBe(status);
  });

  test("come back for those that gateways give", () => {
    for (const httpStatus of [200, 502, 503, 504])
      expect(httpStatusOfBoltStatus(boltStatusOfHttpStatus(httpStatus) ?? -1)).toBe(httpStatus);
    for (const status of [1, 2, 3, 5, 6, 8, 9, 0x11, 0x12, 99, -1]) expect(httpStatusOfBoltStatus(status)).toBe(500);
  });
});
