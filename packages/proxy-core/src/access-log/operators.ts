import { hostname } from "node:os";
import { randomUUID } from "node:crypto";
import { fail } from "../config/index.ts";
import { absentOperators } from "./absent-operators.ts";
import { addressOperators } from "./address-operators.ts";
import { metadataOperators } from "./metadata-operators.ts";
import { field, oneOf } from "./operator.ts";
import type { Extract, Operator } from "./operator.ts";
import { requestOperators } from "./request-operators.ts";
import { formatResponseFlags, formatResponseFlagsLong } from "./response-flags.ts";
import type { StreamInfo } from "./stream-info.ts";
import { timeOperators } from "./time-operators.ts";

/** Streams that have no request id, and whose id was asked for. */
const streamIds = new WeakMap<StreamInfo, string>();

/** Envoy: the request id, or for a connection an id of its own, the same in all its logs. */
const streamId: Operator = {
  compile: (_argument, { facts }) => {
    const uuid = facts.uuid ?? randomUUID;
    return (info) => {
      if (info.protocol !== undefined) return info.request?.header("x-request-id");
      let id = streamIds.get(info);
      if (id === undefined) streamIds.set(info, (id = uuid()));
      return id;
    };
  },
};

const environment: Operator = {
  argument: "required",
  truncates: true,
  compile: (argument = "", { facts }) => {
    const value = (facts.environment ?? process.env)[argument];
    return () => value;
  },
};

/** Envoy: white space becomes `_`, so that columns stay columns, unless it is allowed. */
const responseCodeDetails: Operator = {
  argument: "optional",
  compile: (argument = "", context): Extract => {
    if (argument !== "") {
      oneOf(argument, ["ALLOW_WHITESPACES"], context);
      return (info) => info.responseCodeDetails;
    }
    return (info) => info.responseCodeDetails?.replaceAll(whiteSpace, "_");
  },
};

const whiteSpace = /[ \f\v]/gu;

/** Envoy's types: logs are written at the end, and formats that are not logs' have none. */
function accessLogType(info: StreamInfo): string {
  if (info.duration === undefined) return "NotSet";
  return info.protocol === undefined ? "TcpConnectionEnd" : "DownstreamEnd";
}

/** Envoy's `%COALESCE({"operators": […]})%`: the first that has a value. An operator is a name, or `{command, param, max_length}`. */
const coalesce: Operator = {
  argument: "required",
  truncates: true,
  compile: (argument = "", context) => {
    const parts = coalesced(argument, context.path).map((entry) => {
      const { command, param, max_length: length } = typeof entry === "string" ? { command: entry } : entry;
      return context.compile(command, param, length);
    });
    return (info) => {
      for (const part of parts) {
        const value = part(info);
        if (value !== undefined) return value;
      }
      return undefined;
    };
  },
};

interface CoalescedOperator {
  readonly command: string;
  readonly param?: string;
  readonly max_length?: number;
}

function coalesced(argument: string, path: Parameters<Operator["compile"]>[1]["path"]): (string | CoalescedOperator)[] {
  let value: unknown;
  try {
    value = JSON.parse(argument);
  } catch (error) {
    fail(path, `%COALESCE(…)%: ${error instanceof Error ? error.message : String(error)}`);
  }
  const operators: unknown = typeof value === "object" && value !== null && "operators" in value ? value.operators : undefined;
  if (!Array.isArray(operators) || operators.length === 0) fail(path, '%COALESCE(…)%: needs {"operators": […]} with one or more');
  return operators.map((entry: unknown) =>
    isCoalesced(entry) ? entry : fail(path, "%COALESCE(…)%: an operator is a name, or {command, param, max_length}"),
  );
}

function isCoalesced(entry: unknown): entry is string | CoalescedOperator {
  if (typeof entry === "string") return true;
  if (typeof entry !== "object" || entry === null || !("command" in entry) || typeof entry.command !== "string") return false;
  if ("param" in entry && typeof entry.param !== "string") return false;
  return !("max_length" in entry) || (typeof entry.max_length === "number" && Number.isInteger(entry.max_length) && entry.max_length >= 0);
}

const upstreamIds = (info: StreamInfo): string | undefined =>
  info.upstreamConnectionId === 0 ? undefined : String(info.upstreamConnectionId);

/** Envoy's command operators. */
export const operators: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    ...requestOperators,
    ...addressOperators,
    ...timeOperators,
    ...metadataOperators,
    ...absentOperators,
    ACCESS_LOG_TYPE: field(accessLogType),
    PROTOCOL: field((info) => info.protocol),
    RESPONSE_CODE: field((info) => info.responseCode),
    RESPONSE_CODE_DETAILS: responseCodeDetails,
    RESPONSE_FLAGS: field((info) => formatResponseFlags(info.responseFlags, info.protocol !== undefined)),
    RESPONSE_FLAGS_LONG: field((info) => formatResponseFlagsLong(info.responseFlags, info.protocol !== undefined)),
    CONNECTION_TERMINATION_DETAILS: field((info) => info.connectionTerminationDetails),
    CONNECTION_ID: field((info) => info.connectionId),
    STREAM_ID: streamId,
    UNIQUE_ID: { compile: (_argument, { facts }) => facts.uuid ?? (() => randomUUID()) },
    ROUTE_NAME: field((info) => info.routeName || undefined),
    FILTER_CHAIN_NAME: field((info) => info.filterChainName || undefined),
    UPSTREAM_CLUSTER: field((info) => info.upstreamCluster),
    UPSTREAM_CLUSTER_RAW: field((info) => info.upstreamCluster),
    UPSTREAM_PROTOCOL: field((info) => info.upstreamProtocol),
    UPSTREAM_CONNECTION_ID: field((info) => info.upstreamConnectionId),
    UPSTREAM_CONNECTION_IDS_ATTEMPTED: field(upstreamIds),
    UPSTREAM_REQUEST_ATTEMPT_COUNT: field((info) => info.upstreamRequestAttemptCount),
    UPSTREAM_TRANSPORT_FAILURE_REASON: field((info) => info.upstreamTransportFailureReason?.replaceAll(whiteSpace, "_") || undefined),
    DOWNSTREAM_DETECTED_CLOSE_TYPE: field((info) => info.downstreamCloseType),
    UPSTREAM_DETECTED_CLOSE_TYPE: field((info) => info.upstreamCloseType),
    HOSTNAME: {
      compile: (_argument: string | undefined, { facts }: { readonly facts: { readonly hostname?: string } }): Extract => {
        const name = facts.hostname ?? hostname();
        return () => name;
      },
    },
    ENVIRONMENT: environment,
    COALESCE: coalesce,
  } satisfies Record<string, Operator>),
);
