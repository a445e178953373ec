/** What can be wrong with a message, its JSON or its bytes. */
export type ProtoErrorCode =
  /** A message, enumeration or service that the registry does not hold, by name or in the `@type` of an Any. */
  | "MESH_PROTO_UNKNOWN_TYPE"
  /** A JSON field that its message does not have. */
  | "MESH_PROTO_UNKNOWN_FIELD"
  /** A field that is given twice: in snake case and in camel case. */
  | "MESH_PROTO_DUPLICATE_FIELD"
  /** Two fields of one oneof. */
  | "MESH_PROTO_ONEOF_CONFLICT"
  /** A value of the wrong type, form or range. */
  | "MESH_PROTO_INVALID_VALUE"
  /** An enumeration's name or number that the descriptor does not have. */
  | "MESH_PROTO_UNKNOWN_ENUM_VALUE"
  /** Bytes that are not a message of the type. */
  | "MESH_PROTO_MALFORMED"
  /** Messages nested deeper than 100. */
  | "MESH_PROTO_TOO_DEEP"
  /** A descriptor given to `createTypeRegistry` that cannot be loaded. */
  | "MESH_PROTO_INVALID_DESCRIPTOR";

/** The error of everything in this package. Check `code`; the message tells people where and what to do. */
export interface ProtoError extends Error {
  readonly name: "ProtoError";
  readonly code: ProtoErrorCode;
  /** The field in question, as in `static_resources.listeners[0].metadata.filter_metadata["a"]`; empty for the message itself. */
  readonly path: string;
}

class ProtoErrorImplementation extends Error implements ProtoError {
  override readonly name = "ProtoError";
  readonly code: ProtoErrorCode;
  readonly path: string;

  constructor(code: ProtoErrorCode, path: string, problem: string, options?: ErrorOptions) {
    super(path === "" ? problem : `${path}: ${problem}`, options);
    this.code = code;
    this.path = path;
  }
}

export function protoError(code: ProtoErrorCode, path: string, problem: string, cause?: unknown): ProtoError {
  return new ProtoErrorImplementation(code, path, problem, cause === undefined ? undefined : { cause });
}

/** Whether something thrown is an error of this package. */
export function isProtoError(error: unknown): error is ProtoError {
  return error instanceof Error && error.name === "ProtoError" && "code" in error;
}
