import { describe, expect, test } from "vitest";
import { localReplyCauses } from "@mesh/codec";
import { DubboStatus, RpcExceptionCode } from "./constants.ts";
import { type DubboAnswer, dubboAnswerOfReply, httpStatusOfDubboStatus, httpStatusOfRpcException } from "./status.ts";

/**
 * What Java consumers of 2.7.23, 3.2.19 and 3.3.6 were seen to throw: for a status, an `RpcException` of this code once they have tried as
 * often as they are told (3.x three times by default); for an exception reply, the exception itself, after one try.
 */
function seen(answer: DubboAnswer): string {
  if ("exception" in answer) return `at once, ${answer.exception}`;
  if ("value" in answer) return "a result";
  const isTimeout = answer.status === DubboStatus.ClientTimeout || answer.status === DubboStatus.ServerTimeout;
  return `retried, ${isTimeout ? RpcExceptionCode.Timeout : RpcExceptionCode.Network}`;
}

describe("a Java caller sees", () => {
  test("for each cause an RpcException of the code that fits, and tries again where that may help", () => {
    const all = localReplyCauses.map((cause) => [cause, seen(dubboAnswerOfReply({ cause, httpStatus: 0, message: "" }))]);
    expect(Object.fromEntries(all)).toEqual({
      route_not_found: "at once, 6",
      cluster_not_found: "at once, 6",
      no_healthy_upstream: "at once, 6",
      upstream_overflow: "at once, 7",
      drop_overload: "at once, 7",
      unconditional_drop_overload: "at once, 7",
      upstream_connection_failure: "retried, 1",
      upstream_reset: "retried, 1",
      response_timeout: "retried, 2",
      request_timeout: "retried, 2",
      upstream_protocol_error: "retried, 1",
      direct_response: "at once, 0",
      fault_filter_abort: "at once, 0",
      denied: "at once, 4",
      rate_limited: "at once, 7",
      request_too_large: "at once, 7",
      bad_request: "at once, 5",
      draining: "retried, 1",
      internal_error: "at once, 0",
    });
  });

  test.for<[number, string, string]>([
    [200, "a result", "a result"],
    [204, "a result", "a result"],
    [301, "at once, 0", "at once, 0"],
    [400, "at once, 5", "at once, 5"],
    [401, "at once, 4", "at once, 4"],
    [403, "at once, 4", "at once, 4"],
    [404, "at once, 6", "retried, 1"],
    [408, "at once, 2", "retried, 2"],
    [413, "at once, 7", "at once, 7"],
    [418, "at once, 0", "at once, 0"],
    [429, "at once, 7", "at once, 7"],
    [500, "at once, 0", "retried, 1"],
    [501, "at once, 6", "retried, 1"],
    [502, "at once, 1", "retried, 1"],
    [503, "at once, 1", "retried, 1"],
    [504, "at once, 2", "retried, 2"],
    [600, "at once, 0", "at once, 0"],
  ])("for HTTP status %i what it means, in a direct response and in a fault", ([httpStatus, direct, fault]) => {
    expect(seen(dubboAnswerOfReply({ cause: "direct_response", httpStatus, message: "" }))).toBe(direct);
    expect(seen(dubboAnswerOfReply({ cause: "fault_filter_abort", httpStatus, message: "" }))).toBe(fault);
    expect(seen(dubboAnswerOfReply({ cause: "denied", httpStatus, message: "" }))).toBe("at once, 4");
  });
});

describe("an HTTP status that means the same", () => {
  test("is there for every status", () => {
    const all = Object.entries(DubboStatus).map(([name, status]) => [name, httpStatusOfDubboStatus(status)]);
    expect(Object.fromEntries(all)).toEqual({
      Ok: 200,
      SerializationError: 500,
      ClientTimeout: 504,
      ServerTimeout: 504,
      ChannelInactive: 502,
      BadRequest: 400,
      BadResponse: 502,
      ServiceNotFound: 404,
      ServiceError: 500,
      ServerError: 500,
      ClientError: 500,
      ServerThreadpoolExhausted: 503,
    });
    expect(httpStatusOfDubboStatus(0)).toBe(500);
  });

  test("is there for every code of an RpcException", () => {
    const all = Object.entries(RpcExceptionCode).map(([name, code]) => [name, httpStatusOfRpcException(code)]);
    expect(Object.fromEntries(all)).toEqual({
      Unknown: 500,
      Network: 502,
      Timeout: 504,
      Biz: 200,
      Forbidden: 403,
      Serialization: 400,
      NoInvokerAvailableAfterFilter: 503,
      LimitExceeded: 429,
      TimeoutTerminate: 504,
      Registry: 500,
      RouterCacheNotBuilt: 503,
      MethodNotFound: 404,
      Validation: 400,
      Authorization: 403,
    });
    expect(httpStatusOfRpcException(99)).toBe(500);
  });
});
