import type { CodecError } from "./error.ts";

/**
 * The state of a decoder:
 * - `open`: reads on;
 * - `paused`: the sink asked to stop at a message boundary; `push` consumes nothing until `resume`;
 * - `handed-over`: what follows is another protocol (HTTP Upgrade, CONNECT) and belongs to the caller;
 * - `failed`: `error` says why; nothing more is read.
 */
export type DecoderState = "open" | "paused" | "handed-over" | "failed";

/**
 * A decoder turns the bytes of one direction of one connection into messages. It does no I/O, never throws for bad bytes,
 * never reads past a declared length and allocates nothing from a length that it has not checked. Any way of cutting the
 * bytes into chunks gives the same messages.
 */
export interface Decoder {
  readonly state: DecoderState;
  /** Set when `state` is `failed`. */
  readonly error: CodecError | undefined;
  /** Bytes held of a message that is not complete yet. */
  readonly buffered: number;

  /**
   * Reads `chunk` from `start`, and reports what is complete to the sink. The decoder keeps what is left of an incomplete
   * message, so the caller need not keep the chunk; messages may refer to the chunk's memory, so the caller must not write to it.
   *
   * @returns the offset in `chunk` after the last byte taken. It is less than `chunk.length` only when `state` is not `open` any more.
   */
  push(chunk: Buffer, start?: number): number;

  /** The peer will send nothing more. Returns an error of code `MESH_CODEC_TRUNCATED` when that cuts a message in two. */
  end(): CodecError | undefined;

  /** Stops at the next message boundary; to be called from within the sink. */
  pause(): void;

  /** Lets `push` read again. */
  resume(): void;
}

/**
 * What the first bytes of a connection say about its protocol: it is this one, it is not, or more bytes are needed.
 * A detector that was given as many bytes as its `detectBytes` must not answer `more`.
 */
export type Detection = "match" | "mismatch" | "more";

/** Tells one protocol from others by the first bytes that a client sends. */
export interface Detector {
  /** The protocol's name in logs, statistics and configuration: `bolt`, `dubbo`, `http1`. */
  readonly name: string;
  /** The most bytes that `detect` needs for a final answer. */
  readonly detectBytes: number;
  detect(bytes: Buffer): Detection;
}
