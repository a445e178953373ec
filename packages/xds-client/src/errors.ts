/** What can go wrong for who watches resources. */
export type XdsErrorCode =
  /** A resource that was not accepted. The last good one stays in use, and the control plane has been told (NACK). */
  | "MESH_XDS_REFUSED"
  /** A stream that could not be opened, or that ended before its first response. It is opened again after a back-off. */
  | "MESH_XDS_UNAVAILABLE"
  /** No answer within the time of the watch, while the control plane could not be reached. The watch goes on. */
  | "MESH_XDS_TIMEOUT"
  /** A file, or its directory, that cannot be read or watched. What was read before stays in use. */
  | "MESH_XDS_FILE"
  /** A name of the form `xdstp://` that cannot be read, or whose type is not the watch's. */
  | "MESH_XDS_INVALID_NAME"
  /** An `xdstp://` name of an authority that the client has no server for. */
  | "MESH_XDS_UNKNOWN_AUTHORITY"
  /** Options that contradict each other, or that ask for what this client does not do. */
  | "MESH_XDS_INVALID_OPTIONS"
  /** A call on a client that is closed. */
  | "MESH_XDS_CLOSED";

/** The error of everything in this package. Check `code`; the message tells people where and what to do. */
export interface XdsError extends Error {
  readonly name: "XdsError";
  readonly code: XdsErrorCode;
  /** With MESH_XDS_REFUSED: what is wrong with the resource. Otherwise empty. */
  readonly errors: readonly FieldError[];
}

/** What is wrong with one field of a resource. */
export interface FieldError {
  /** The field, in the names of the .proto files: `load_assignment.endpoints[0].priority`. Empty for the resource itself. */
  readonly path: string;
  readonly message: string;
}

class XdsErrorImplementation extends Error implements XdsError {
  override readonly name = "XdsError";
  readonly code: XdsErrorCode;
  readonly errors: readonly FieldError[];

  constructor(code: XdsErrorCode, message: string, errors: readonly FieldError[], options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.errors = errors;
  }
}

export function xdsError(code: XdsErrorCode, message: string, details: { cause?: unknown; errors?: readonly FieldError[] } = {}): XdsError {
  return new XdsErrorImplementation(
    code,
    message,
    details.errors ?? [],
    details.cause === undefined ? undefined : { cause: details.cause },
  );
}

/** Whether something thrown or reported is an error of this package. */
export function isXdsError(error: unknown): error is XdsError {
  return error instanceof Error && error.name === "XdsError" && "code" in error;
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
