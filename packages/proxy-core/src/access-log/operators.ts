import { hostname } from "node:os";
import type { ConfigPath } from "../config/index.ts";
import { fail } from "../config/index.ts";
import { formatResponseFlags, formatResponseFlagsLong } from "./response-flags.ts";
import type { HeaderReader, StreamInfo } from "./stream-info.ts";
import { compileTimeFormat, isoTimeFormat } from "./time-format.ts";

/** What an operator stands for: text, a number, for metadata any JSON value; undefined where there is nothing. */
export type Extract = (info: StreamInfo) => unknown;

/** What formats may ask of the machine. */
export interface HostFacts {
  /** Default: the machine's name. */
  readonly hostname?: string;
  /** Variables for `%ENVIRONMENT(X)%`. Default: the process's. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** An operator's place in a format, for messages, and what it may use. */
export interface OperatorContext {
  readonly name: string;
  readonly path: ConfigPath;
  readonly facts: HostFacts;
}

interface Operator {
  /** What stands in parentheses: nothing may (default), something may, something must. */
  readonly argument?: "optional" | "required";
  /** Whether the text may be cut with `:LENGTH`. */
  readonly truncates?: boolean;
  /** `argument` is undefined where there are no parentheses. */
  compile(argument: string | undefined, context: OperatorContext): Extract;
}

const field = (extract: Extract): Operator => ({ compile: () => extract });

/** Whole milliseconds. */
const duration = (read: (info: StreamInfo) => number | undefined): Operator =>
  field((info) => {
    const ms = read(info);
    return ms === undefined ? undefined : Math.trunc(ms);
  });

/** The three forms of an address: with port, without, the port alone. */
function address(name: string, read: (info: StreamInfo) => string | undefined): Record<string, Operator> {
  const base = name.replace(/_ADDRESS$/u, "");
  return {
    [name]: field(read),
    [`${name}_WITHOUT_PORT`]: field((info) => withoutPort(read(info))),
    [`${base}_PORT`]: field((info) => portOf(read(info))),
  };
}

/** Where the port begins in `1.2.3.4:80` or `[::1]:80`; -1 in the path of a unix socket. */
function portStart(text: string): number {
  const colon = text.lastIndexOf(":");
  return colon > 0 && !text.includes("/") && !text.startsWith("@") ? colon : -1;
}

function withoutPort(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const colon = portStart(text);
  const bare = colon < 0 ? text : text.slice(0, colon);
  return bare.startsWith("[") && bare.endsWith("]") ? bare.slice(1, -1) : bare;
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const colon = portStart(text);
  return colon < 0 ? undefined : Number(text.slice(colon + 1));
}

/** `X` or `X?Y`: the first header, or where it is missing the second. */
function header(select: (info: StreamInfo) => HeaderReader | undefined, map: (value: string) => string = (value) => value): Operator {
  return {
    argument: "required",
    truncates: true,
    compile: (argument = "", { name, path }) => {
      const [main = "", alternative, more] = argument.toLowerCase().split("?");
      if (main === "" || alternative === "") fail(path, `%${name}(…)% needs the name of a header`);
      if (more !== undefined) fail(path, `%${name}(${argument})% has more than one alternative`);
      return (info) => {
        const headers = select(info);
        if (headers === undefined) return undefined;
        const value = headers.header(main) ?? (alternative === undefined ? undefined : headers.header(alternative));
        return value === undefined ? undefined : map(value);
      };
    },
  };
}

function withoutQuery(path: string): string {
  const query = path.indexOf("?");
  return query < 0 ? path : path.slice(0, query);
}

function time(local: boolean): Operator {
  return {
    argument: "optional",
    compile: (pattern, { path }) => {
      const format =
        pattern === undefined || pattern === ""
          ? local
            ? compileTimeFormat("%Y-%m-%dT%H:%M:%E3S%Ez", true, path)
            : isoTimeFormat()
          : compileTimeFormat(pattern, local, path);
      return (info) => format(info.startTime);
    },
  };
}

const dynamicMetadata: Operator = {
  argument: "required",
  truncates: true,
  compile: (argument = "", { path }) => {
    const [namespace = "", ...keys] = argument.split(":");
    if (namespace === "") fail(path, "%DYNAMIC_METADATA(…)% needs a namespace");
    return (info) => {
      let value: unknown = info.dynamicMetadata?.get(namespace);
      for (const key of keys) {
        if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
        value = Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
      }
      return value ?? undefined;
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

/** Envoy's `%PATH(WQ|NQ:ORIG|PATH|ORIG_OR_PATH)%`. */
const path: Operator = {
  argument: "optional",
  truncates: true,
  compile: (argument = "", { path: place }) => {
    const [query = "", source = ""] = argument.split(":");
    if (!["", "WQ", "NQ"].includes(query) || !["", "ORIG", "PATH", "ORIG_OR_PATH"].includes(source)) {
      fail(place, `%PATH(${argument})%: use WQ or NQ, and after a colon ORIG, PATH or ORIG_OR_PATH`);
    }
    return (info) => {
      const original = source === "PATH" ? undefined : info.request?.header("x-envoy-original-path");
      const value = original ?? (source === "ORIG" ? undefined : info.request?.header(":path"));
      return value !== undefined && query === "NQ" ? withoutQuery(value) : value;
    };
  },
};

/** Envoy's command operators. */
export const operators: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    START_TIME: time(false),
    START_TIME_LOCAL: time(true),
    BYTES_RECEIVED: field((info) => info.bytesReceived),
    BYTES_SENT: field((info) => info.bytesSent),
    PROTOCOL: field((info) => info.protocol),
    RESPONSE_CODE: field((info) => info.responseCode),
    RESPONSE_CODE_DETAILS: field((info) => info.responseCodeDetails),
    CONNECTION_TERMINATION_DETAILS: field((info) => info.connectionTerminationDetails),
    DURATION: duration((info) => info.duration),
    REQUEST_DURATION: duration((info) => info.requestDuration),
    RESPONSE_DURATION: duration((info) => info.responseDuration),
    RESPONSE_TX_DURATION: duration((info) =>
      info.duration === undefined || info.responseDuration === undefined ? undefined : info.duration - info.responseDuration,
    ),
    RESPONSE_FLAGS: field((info) => formatResponseFlags(info.responseFlags)),
    RESPONSE_FLAGS_LONG: field((info) => formatResponseFlagsLong(info.responseFlags)),
    ROUTE_NAME: field((info) => info.routeName || undefined),
    UPSTREAM_HOST: field((info) => info.upstreamHost),
    UPSTREAM_CLUSTER: field((info) => info.upstreamCluster),
    UPSTREAM_CLUSTER_RAW: field((info) => info.upstreamCluster),
    ...address("UPSTREAM_LOCAL_ADDRESS", (info) => info.upstreamLocalAddress),
    ...address("UPSTREAM_REMOTE_ADDRESS", (info) => info.upstreamHost),
    UPSTREAM_TRANSPORT_FAILURE_REASON: field((info) => info.upstreamTransportFailureReason || undefined),
    UPSTREAM_REQUEST_ATTEMPT_COUNT: field((info) => info.upstreamRequestAttemptCount),
    ...address("DOWNSTREAM_REMOTE_ADDRESS", (info) => info.downstreamRemoteAddress),
    ...address("DOWNSTREAM_DIRECT_REMOTE_ADDRESS", (info) => info.downstreamDirectRemoteAddress),
    ...address("DOWNSTREAM_LOCAL_ADDRESS", (info) => info.downstreamLocalAddress),
    CONNECTION_ID: field((info) => info.connectionId),
    REQUESTED_SERVER_NAME: field((info) => info.requestedServerName || undefined),
    HOSTNAME: {
      compile: (_argument: string | undefined, { facts }: OperatorContext): Extract => {
        const name = facts.hostname ?? hostname();
        return () => name;
      },
    },
    REQ: header((info) => info.request),
    REQ_WITHOUT_QUERY: header((info) => info.request, withoutQuery),
    RESP: header((info) => info.response),
    TRAILER: header((info) => info.responseTrailers),
    PATH: path,
    DYNAMIC_METADATA: dynamicMetadata,
    ENVIRONMENT: environment,
  }),
);
