import { fail } from "../config/index.ts";
import { detailField, field, oneOf } from "./operator.ts";
import type { Operator } from "./operator.ts";
import type { StreamDetail } from "./stream-detail.ts";
import type { StreamInfo } from "./stream-info.ts";
import { compileTimeFormat, isoTimeFormat } from "./time-format.ts";

/** Whole milliseconds. */
const duration = (read: (info: StreamInfo) => number | undefined): Operator =>
  field((info) => {
    const ms = read(info);
    return ms === undefined ? undefined : Math.trunc(ms);
  });

function wholeMs(from: number, to: number): number | undefined {
  return from < 0 || to < 0 ? undefined : Math.trunc(to - from);
}

function moment(local: boolean, read: (info: StreamInfo, now: () => number) => number): Operator {
  return {
    argument: "optional",
    compile: (pattern, { path, facts }) => {
      const format =
        pattern === undefined || pattern === ""
          ? local
            ? compileTimeFormat("%Y-%m-%dT%H:%M:%E3S%z", true, path)
            : isoTimeFormat()
          : compileTimeFormat(pattern, local, path);
      const now = facts.now ?? Date.now;
      return (info) => format(read(info, now));
    },
  };
}

/** Envoy's names of time points. Handshakes are TLS's. */
const points: Readonly<Record<string, (detail: StreamDetail) => number>> = {
  DS_CX_BEG: (detail) => detail.downstreamConnectedAt,
  DS_HS_END: () => -1,
  DS_RX_BEG: (detail) => detail.startedAt,
  DS_RX_END: (detail) => detail.requestReceivedAt,
  US_CX_BEG: (detail) => detail.upstreamConnectStartedAt,
  US_CX_END: (detail) => detail.upstreamConnectedAt,
  US_HS_END: () => -1,
  US_TX_BEG: (detail) => detail.requestSendingAt,
  US_TX_END: (detail) => detail.requestSentAt,
  US_RX_BEG: (detail) => detail.responseReceivingAt,
  US_RX_BODY_BEG: (detail) => detail.responseBodyReceivingAt,
  US_RX_END: (detail) => detail.responseReceivedAt,
  DS_TX_BEG: (detail) => detail.responseSendingAt,
  DS_TX_END: (detail) => detail.responseSentAt,
};

const perMs = { ms: 1, us: 1000, ns: 1_000_000 } as const;

/** Envoy's `%COMMON_DURATION(START:END:PRECISION)%`: a whole number of milli-, micro- or nanoseconds from one point to another. */
const commonDuration: Operator = {
  argument: "required",
  needsDetail: true,
  compile: (argument = "", context) => {
    const [start = "", end = "", precision = "", more] = argument.split(":");
    if (more !== undefined || precision === "") fail(context.path, `%COMMON_DURATION(${argument})%: needs START:END:PRECISION`);
    const names = Object.keys(points);
    const from = points[oneOf(start, names, context)];
    const to = points[oneOf(end, names, context)];
    const factor = perMs[oneOf(precision, ["ms", "us", "ns"], context)];
    return ({ detail }) => {
      const [began = -1, ended = -1] = detail === undefined ? [] : [from?.(detail), to?.(detail)];
      // Envoy: nothing where the end came first; a connection may be older than its request.
      return began < 0 || ended < began ? undefined : Math.trunc((ended - began) * factor);
    };
  },
};

export const timeOperators: Readonly<Record<string, Operator>> = {
  START_TIME: moment(false, (info) => info.startTime),
  START_TIME_LOCAL: moment(true, (info) => info.startTime),
  EMIT_TIME: moment(false, (_info, now) => now()),
  EMIT_TIME_LOCAL: moment(true, (_info, now) => now()),
  DURATION: duration((info) => info.duration),
  REQUEST_DURATION: duration((info) => info.requestDuration),
  REQUEST_TX_DURATION: detailField((detail) => wholeMs(detail.startedAt, detail.requestSentAt)),
  RESPONSE_DURATION: duration((info) => info.responseDuration),
  RESPONSE_TX_DURATION: duration((info) =>
    info.duration === undefined || info.responseDuration === undefined ? undefined : info.duration - info.responseDuration,
  ),
  UPSTREAM_CONNECTION_POOL_READY_DURATION: detailField((detail) =>
    detail.attemptStartedAt < 0 ? undefined : (wholeMs(detail.attemptStartedAt, detail.poolReadyAt) ?? 0),
  ),
  COMMON_DURATION: commonDuration,
};
