/** HTTPFaultInjection. */
import type { HttpFaultAbort, HttpFaultInjection } from "../kinds/index.ts";
import { fractionMessage } from "./common.ts";
import { httpStatus } from "./direct-response.ts";
import { describe } from "./issues.ts";
import { message, normalisedMessage, type MessageSchema } from "./message.ts";
import { checked, countSet, duration, may, percent, text } from "./scalars.ts";

const deprecatedPercent = { percent: "use percentage" };

const delay: MessageSchema<NonNullable<HttpFaultInjection["delay"]>> = normalisedMessage(
  "HTTPFaultInjection.Delay",
  { fixedDelay: may(duration), percentage: may(fractionMessage), percent: may(percent) },
  ({ fixedDelay = 0, percentage, percent: whole = 0 }) => ({ fixedDelay, percentage: percentage ?? whole }),
  {
    deprecated: deprecatedPercent,
    rules({ fixedDelay }, report) {
      if (fixedDelay === undefined) report([], "virtual-service/fault", "must have a fixedDelay");
    },
  },
);

/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const grpcStatuses = new Set([
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
]);

const abort: MessageSchema<HttpFaultAbort> = normalisedMessage(
  "HTTPFaultInjection.Abort",
  {
    httpStatus: may(httpStatus),
    grpcStatus: may(
      checked(text, "virtual-service/grpc-status", (value) =>
        grpcStatuses.has(value) ? undefined : `must be the name of a gRPC status such as UNAVAILABLE, but is ${describe(value)}`,
      ),
    ),
    percentage: may(fractionMessage),
    percent: may(percent),
  },
  ({ httpStatus: status, grpcStatus, percentage, percent: whole = 0 }) => ({
    ...(status === undefined ? {} : { httpStatus: status }),
    ...(grpcStatus === undefined ? {} : { grpcStatus }),
    percentage: percentage ?? whole,
  }),
  {
    deprecated: deprecatedPercent,
    rules({ httpStatus: status, grpcStatus }, report) {
      const set = countSet(status, grpcStatus);
      if (set === 0) report([], "virtual-service/fault", "must have an httpStatus or a grpcStatus");
      if (set === 2) report(["grpcStatus"], "schema/one-of", "must not be set together with httpStatus");
    },
  },
);

export const fault: MessageSchema<HttpFaultInjection> = message(
  "HTTPFaultInjection",
  { delay: may(delay), abort: may(abort) },
  {
    rules({ delay: late, abort: broken }, report) {
      if (countSet(late, broken) === 0) report([], "virtual-service/fault", "must have a delay or an abort");
    },
  },
);
