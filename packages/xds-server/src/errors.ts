import { status } from "@grpc/grpc-js";

/** What a stream is ended for. */
export const XdsServerErrorCode = {
  /** The source does not serve this client; the status is the source's own choice. */
  MESH_XDS_SERVER_REFUSED: "MESH_XDS_SERVER_REFUSED",
  /** Too many new streams at once, or too many streams. The client comes back after its back-off: RESOURCE_EXHAUSTED. */
  MESH_XDS_SERVER_OVERLOADED: "MESH_XDS_SERVER_OVERLOADED",
  /** Bytes that are no request: INVALID_ARGUMENT. */
  MESH_XDS_SERVER_MALFORMED: "MESH_XDS_SERVER_MALFORMED",
  /** A request for what this server does not do, or that contradicts its stream: INVALID_ARGUMENT. */
  MESH_XDS_SERVER_UNSUPPORTED: "MESH_XDS_SERVER_UNSUPPORTED",
  /** A request, or what is subscribed to, beyond a limit: RESOURCE_EXHAUSTED. */
  MESH_XDS_SERVER_LIMIT: "MESH_XDS_SERVER_LIMIT",
  /** A client that does not read: DEADLINE_EXCEEDED. */
  MESH_XDS_SERVER_STALLED: "MESH_XDS_SERVER_STALLED",
  /** The source has thrown: INTERNAL. */
  MESH_XDS_SERVER_SOURCE: "MESH_XDS_SERVER_SOURCE",
  /** The server is closed: UNAVAILABLE. */
  MESH_XDS_SERVER_CLOSED: "MESH_XDS_SERVER_CLOSED",
} as const;

export type XdsServerErrorCode = (typeof XdsServerErrorCode)[keyof typeof XdsServerErrorCode];

/** The error of everything in this package. Check `code`; the message is also told to the client. */
export interface XdsServerError extends Error {
  readonly name: "XdsServerError";
  readonly code: XdsServerErrorCode;
  /** The gRPC status that the stream ends with. */
  readonly status: number;
}

const statuses: Readonly<Record<XdsServerErrorCode, number>> = {
  MESH_XDS_SERVER_REFUSED: status.PERMISSION_DENIED,
  MESH_XDS_SERVER_OVERLOADED: status.RESOURCE_EXHAUSTED,
  MESH_XDS_SERVER_MALFORMED: status.INVALID_ARGUMENT,
  MESH_XDS_SERVER_UNSUPPORTED: status.INVALID_ARGUMENT,
  MESH_XDS_SERVER_LIMIT: status.RESOURCE_EXHAUSTED,
  MESH_XDS_SERVER_STALLED: status.DEADLINE_EXCEEDED,
  MESH_XDS_SERVER_SOURCE: status.INTERNAL,
  MESH_XDS_SERVER_CLOSED: status.UNAVAILABLE,
};

class XdsServerErrorImplementation extends Error implements XdsServerError {
  override readonly name = "XdsServerError";
  readonly code: XdsServerErrorCode;
  readonly status: number;

  constructor(code: XdsServerErrorCode, grpcStatus: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.status = grpcStatus;
  }
}

export function xdsServerError(code: XdsServerErrorCode, message: string, cause?: unknown): XdsServerError {
  return new XdsServerErrorImplementation(code, statuses[code], message, cause === undefined ? undefined : { cause });
}

/**
 * What a source throws to refuse a client: the stream ends with that status and message.
 *
 * @param grpcStatus of gRPC: 14 (UNAVAILABLE) while the source is not ready, 16 (UNAUTHENTICATED), 7 (PERMISSION_DENIED)
 */
export function refusal(grpcStatus: number, message: string): XdsServerError {
  return new XdsServerErrorImplementation("MESH_XDS_SERVER_REFUSED", grpcStatus, message);
}

/** Whether something thrown or reported is an error of this package. */
export function isXdsServerError(error: unknown): error is XdsServerError {
  return error instanceof Error && error.name === "XdsServerError" && "code" in error;
}
