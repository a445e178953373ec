/**
 * Why bytes were refused. The value is stable: code that reacts to an error compares `code`, never the message or the class.
 */
export const CodecErrorCode = {
  /** The bytes are not this protocol. */
  Malformed: "MESH_CODEC_MALFORMED",
  /** A declared length, a count or a depth is over its limit. */
  LimitExceeded: "MESH_CODEC_LIMIT_EXCEEDED",
  /** The checksum of a frame does not fit its bytes. */
  ChecksumMismatch: "MESH_CODEC_CHECKSUM_MISMATCH",
  /** The protocol is right, but this version or feature of it is not spoken. */
  Unsupported: "MESH_CODEC_UNSUPPORTED",
  /** The peer closed in the middle of a message. */
  Truncated: "MESH_CODEC_TRUNCATED",
  /** What should be written cannot be said in this protocol. */
  Unencodable: "MESH_CODEC_UNENCODABLE",
} as const;

export type CodecErrorCode = (typeof CodecErrorCode)[keyof typeof CodecErrorCode];

/** What a decoder found wrong, and where. Decoders return it; encoders throw it. */
export class CodecError extends Error {
  readonly code: CodecErrorCode;
  /** Bytes from the start of the connection's input (decoders) or of the message (encoders) to the fault. */
  readonly offset: number;

  constructor(code: CodecErrorCode, message: string, offset: number, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "CodecError";
    this.code = code;
    this.offset = offset;
  }
}
