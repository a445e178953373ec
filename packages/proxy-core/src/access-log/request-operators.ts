import { fail } from "../config/index.ts";
import { detailField, field, oneOf } from "./operator.ts";
import type { Extract, Operator } from "./operator.ts";
import type { HeaderReader, StreamInfo } from "./stream-info.ts";

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

function queryOf(path: string | undefined): string | undefined {
  const start = path === undefined ? -1 : path.indexOf("?");
  return start < 0 ? undefined : path?.slice(start + 1);
}

/** Percent signs that begin no escape stay, as in Envoy. */
function percentDecoded(text: string): string {
  if (!text.includes("%")) return text;
  const bytes = Buffer.from(text)
    .toString("latin1")
    .replaceAll(escape, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}

const escape = /%([0-9a-f]{2})/giu;

/** Envoy: what cannot stand in a URL stays escaped, and a percent sign before two characters that are no escape is dropped. */
const decodedQuery = (query: string): string =>
  query.replaceAll(/%(?:([0-9a-f]{2})|(?=..))/giu, (all: string, hex: string | undefined) => {
    if (hex === undefined) return "";
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return visible.test(character) ? character : all;
  });

const visible = /[!#-;=?-[\]_-z~]/u;

/** Envoy's `%QUERY_PARAM(X)%`: the value of the first parameter of that name, both decoded. */
const queryParam: Operator = {
  argument: "required",
  truncates: true,
  compile: (argument = "", { path }) => {
    if (argument === "") fail(path, "%QUERY_PARAM(…)% needs the name of a parameter");
    return (info) => {
      for (const pair of queryOf(info.request?.header(":path"))?.split("&") ?? []) {
        const equals = pair.indexOf("=");
        const name = equals < 0 ? pair : pair.slice(0, equals);
        if (percentDecoded(name) === argument) return equals < 0 ? "" : percentDecoded(pair.slice(equals + 1));
      }
      return undefined;
    };
  },
};

/** Envoy's `%QUERY_PARAMS(ORIG|DECODED)%`: all of the query. */
const queryParams: Operator = {
  argument: "optional",
  truncates: true,
  compile: (argument = "", context) => {
    const isDecoded = argument !== "" && oneOf(argument, ["ORIG", "DECODED"], context) === "DECODED";
    return (info) => {
      const query = queryOf(info.request?.header(":path"));
      return query !== undefined && isDecoded ? decodedQuery(query) : query;
    };
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

/** Envoy's `%REQUESTED_SERVER_NAME(SNI_ONLY|SNI_FIRST|HOST_FIRST:ORIG|HOST|ORIG_OR_HOST)%`. */
const requestedServerName: Operator = {
  argument: "optional",
  compile: (argument = "", context): Extract => {
    const [order = "", source = ""] = argument.split(":");
    const first = order === "" ? "SNI_ONLY" : oneOf(order, ["SNI_ONLY", "SNI_FIRST", "HOST_FIRST"], context);
    const from = source === "" ? "ORIG_OR_HOST" : oneOf(source, ["ORIG", "HOST", "ORIG_OR_HOST"], context);
    const host = ({ request }: StreamInfo): string | undefined => {
      const original = from === "HOST" ? undefined : request?.header("x-envoy-original-host");
      return original ?? (from === "ORIG" ? undefined : request?.header(":authority"));
    };
    return (info) => {
      const sni = info.requestedServerName || undefined;
      if (first === "SNI_ONLY") return sni;
      return first === "SNI_FIRST" ? (sni ?? host(info)) : (host(info) ?? sni);
    };
  },
};

const codes: readonly (readonly [camel: string, snake: string])[] = [
  ["OK", "OK"],
  ["Canceled", "CANCELLED"],
  ["Unknown", "UNKNOWN"],
  ["InvalidArgument", "INVALID_ARGUMENT"],
  ["DeadlineExceeded", "DEADLINE_EXCEEDED"],
  ["NotFound", "NOT_FOUND"],
  ["AlreadyExists", "ALREADY_EXISTS"],
  ["PermissionDenied", "PERMISSION_DENIED"],
  ["ResourceExhausted", "RESOURCE_EXHAUSTED"],
  ["FailedPrecondition", "FAILED_PRECONDITION"],
  ["Aborted", "ABORTED"],
  ["OutOfRange", "OUT_OF_RANGE"],
  ["Unimplemented", "UNIMPLEMENTED"],
  ["Internal", "INTERNAL"],
  ["Unavailable", "UNAVAILABLE"],
  ["DataLoss", "DATA_LOSS"],
  ["Unauthenticated", "UNAUTHENTICATED"],
];

/** `grpc-status` of the trailers, or of a response that has no others, of a gRPC request. */
function grpcStatus(info: StreamInfo): number | undefined {
  if (!isGrpc.test(info.request?.header("content-type") ?? "")) return undefined;
  const text = info.responseTrailers?.header("grpc-status") ?? info.response?.header("grpc-status");
  return text !== undefined && /^\d{1,9}$/u.test(text) ? Number(text) : undefined;
}

const isGrpc = /^application\/grpc(?:[+;]|$)/iu;

/** Envoy's `%GRPC_STATUS(CAMEL_STRING|SNAKE_STRING|NUMBER)%`. */
const grpcStatusName: Operator = {
  argument: "optional",
  compile: (argument = "", context) => {
    const form = argument === "" ? "CAMEL_STRING" : oneOf(argument, ["CAMEL_STRING", "SNAKE_STRING", "NUMBER"], context);
    if (form === "NUMBER") return grpcStatus;
    return (info) => {
      const status = grpcStatus(info);
      return status === undefined ? undefined : (codes[status]?.[form === "CAMEL_STRING" ? 0 : 1] ?? String(status));
    };
  },
};

const requestHeader = header((info) => info.request);
const responseHeader = header((info) => info.response);
const responseTrailer = header((info) => info.responseTrailers);

export const requestOperators: Readonly<Record<string, Operator>> = {
  REQ: requestHeader,
  REQUEST_HEADER: requestHeader,
  REQ_WITHOUT_QUERY: header((info) => info.request, withoutQuery),
  RESP: responseHeader,
  RESPONSE_HEADER: responseHeader,
  TRAILER: responseTrailer,
  RESPONSE_TRAILER: responseTrailer,
  PATH: path,
  QUERY_PARAM: queryParam,
  QUERY_PARAMS: queryParams,
  REQUESTED_SERVER_NAME: requestedServerName,
  GRPC_STATUS: grpcStatusName,
  GRPC_STATUS_NUMBER: field(grpcStatus),
  BYTES_RECEIVED: field((info) => info.bytesReceived),
  BYTES_SENT: field((info) => info.bytesSent),
  REQUEST_HEADERS_BYTES: field((info) => info.requestHeadersBytes),
  RESPONSE_HEADERS_BYTES: field((info) => info.responseHeadersBytes),
  RESPONSE_TRAILERS_BYTES: field((info) => info.responseTrailersBytes),
  DOWNSTREAM_WIRE_BYTES_RECEIVED: detailField((detail) => detail.downstreamBytesReceived),
  DOWNSTREAM_WIRE_BYTES_SENT: detailField((detail) => detail.downstreamBytesSent),
  UPSTREAM_WIRE_BYTES_RECEIVED: detailField((detail) => detail.upstreamBytesReceived),
  UPSTREAM_WIRE_BYTES_SENT: detailField((detail) => detail.upstreamBytesSent),
  // Nothing here compresses headers.
  DOWNSTREAM_HEADER_BYTES_RECEIVED: detailField((detail) => detail.downstreamHeaderBytesReceived),
  DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED: detailField((detail) => detail.downstreamHeaderBytesReceived),
  DOWNSTREAM_HEADER_BYTES_SENT: detailField((detail) => detail.downstreamHeaderBytesSent),
  DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_SENT: detailField((detail) => detail.downstreamHeaderBytesSent),
  UPSTREAM_HEADER_BYTES_RECEIVED: detailField((detail) => detail.upstreamHeaderBytesReceived),
  UPSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED: detailField((detail) => detail.upstreamHeaderBytesReceived),
  UPSTREAM_HEADER_BYTES_SENT: detailField((detail) => detail.upstreamHeaderBytesSent),
  UPSTREAM_DECOMPRESSED_HEADER_BYTES_SENT: detailField((detail) => detail.upstreamHeaderBytesSent),
};
