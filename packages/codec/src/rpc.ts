import type { Decoder, Detector } from "./decoder.ts";
import type { CodecError } from "./error.ts";
import type { HeaderMap } from "./headers.ts";
import type { LocalReply } from "./local-reply.ts";

/** What a frame is for. */
export const RpcFrameKind = {
  /** Wants exactly one response of the same id. */
  Request: 0,
  /** Wants none, and must get none. */
  OneWay: 1,
  Response: 2,
  /** Wants a `HeartbeatAck` of the same id. */
  Heartbeat: 3,
  HeartbeatAck: 4,
  /** The peer will take no new requests on this connection; what is in flight is still answered. */
  GoAway: 5,
  /** Takes the peer's GoAway back. */
  Writable: 6,
} as const;

export type RpcFrameKind = (typeof RpcFrameKind)[keyof typeof RpcFrameKind];

/** The bytes of a frame that decide its route, kept to compare the next frame with. Opaque to all but its codec. */
export interface RpcRouteKey {
  readonly service: Buffer;
  readonly method: Buffer;
}

/**
 * One frame of an RPC protocol. It refers to the bytes it came in; everything but the fixed header is read when asked for.
 *
 * Ids are opaque bits: 64 for Dubbo, 32 (in `idLow`) for Bolt. A multiplexing proxy writes its own and restores the peer's.
 */
export interface RpcFrame {
  readonly kind: RpcFrameKind;
  /** Upper 32 bits of the id as a signed integer; 0 where ids have 32 bits. */
  readonly idHigh: number;
  /** Lower 32 bits of the id as a signed integer. */
  readonly idLow: number;
  /**
   * The variant of the protocol that the frame is in, from 0 to the codec's `dialects` - 1. A peer may answer all requests of a connection in
   * the dialect of its first one: requests of different dialects must not share an upstream connection.
   */
  readonly dialect: number;

  /** Milliseconds that the caller waits, 0 when the frame does not say. Requests only. */
  readonly timeoutMs: number;
  /** The service called, in its protocol's own spelling (`com.acme.Echo:1.0`); `""` when the frame does not say. Requests only. */
  readonly service: string;
  /** The method called; `""` when the frame does not say. Requests only. */
  readonly method: string;
  /** What routes see as the call's path: `/`, the service or what its protocol calls the interface, `/` and the method. Requests only. */
  readonly target: string;
  readonly headers: HeaderMap;
  /**
   * Why this must not be passed on: it is over the limits, or service or headers were asked for and could not be read, so that whoever asked
   * saw less than the callee may see. `undefined` until somebody asks; absent where such frames are refused when they come. Requests only.
   */
  readonly unreadable?: CodecError | undefined;

  /** The protocol's own status. Responses only. */
  readonly status: number;
  /** The HTTP status that means the same (200, 500, 502, 503, 504 …), for retries, outlier detection and statistics. Responses only. */
  readonly httpStatus: number;
  /** The call was carried out and the application threw: no fault of host or network, though `httpStatus` is 200. Responses only. */
  readonly isApplicationError: boolean;

  /** Bytes of content: arguments or result. */
  readonly bodyLength: number;
  /** A view of the content's bytes. */
  body(): Buffer;

  /** Whether service and method are, byte for byte, those that `key` was taken from. */
  matchesRoute(key: RpcRouteKey): boolean;
  /** Copies the bytes that `matchesRoute` compares. */
  routeKey(): RpcRouteKey;

  /** Bytes that `writeTo` writes, header edits included. Throws `CodecError` (`MESH_CODEC_UNENCODABLE`) when edits do not fit the protocol. */
  encodedLength(): number;
  /**
   * Writes the frame under another id into memory of the caller, which must have `encodedLength()` bytes at `offset`. Checksums are made anew.
   *
   * @returns the offset after the last byte written
   */
  writeTo(target: Buffer, offset: number, idHigh: number, idLow: number): number;

  /**
   * Makes the frame own its bytes, so that holding it does not hold the whole chunk it came in. To be called before
   * keeping a frame for longer than a request lives.
   */
  detach(): void;
}

/** Takes the frames of one connection in the order of their arrival. */
export interface RpcFrameSink<F extends RpcFrame = RpcFrame> {
  onFrame(frame: F): void;
}

export interface RpcLimits {
  /** The most bytes of one frame, header included. */
  readonly maxFrameBytes: number;
  /** The most bytes of one frame's header map or attachments. */
  readonly maxHeaderBytes: number;
  /** The most entries of one frame's header map or attachments. */
  readonly maxHeaderCount: number;
}

export const defaultRpcLimits: RpcLimits = { maxFrameBytes: 16 * 1024 * 1024, maxHeaderBytes: 32_767, maxHeaderCount: 1024 };

/**
 * One end of one connection: a decoder, and an encoder for the frames that are the connection's own. It remembers what the
 * peer speaks (Bolt v1 or v2, Dubbo's serialization) and answers in kind.
 */
export interface RpcSession extends Decoder {
  /** A heartbeat under an id of the caller's. */
  heartbeat(idHigh: number, idLow: number): Buffer;
  /** The answer to a heartbeat of the peer. */
  heartbeatAck(heartbeat: RpcFrame): Buffer;
  /** Tells the peer to send nothing new here; `undefined` where the protocol, or this peer, knows no such frame. */
  goAway(): Buffer | undefined;
  /** An answer made here, not by the service, in the protocol of the request; `undefined` for one-way requests. */
  localReply(request: RpcFrame, reply: LocalReply): Buffer | undefined;
}

export interface RpcSessionOptions {
  readonly limits?: RpcLimits;
  /**
   * Who opened the connection: `server` if the peer did (a downstream connection), `client` if this end did (an upstream one). Frames
   * of every kind are read in either role, since both ends may call.
   */
  readonly role: "client" | "server";
  /** The dialect of this end's own frames until the peer's first one has come. Absent: as the codec was made. */
  readonly dialect?: number;
}

/** A wire protocol of remote calls that multiplexes requests on connections by id. */
export interface RpcCodec extends Detector {
  /** How many dialects its frames may be in; 1 where each answer is in the form of its request. */
  readonly dialects: number;
  /** Whether nothing follows a GoAway but the connection's end. If not, `Writable` may take it back. */
  readonly goAwayIsFinal: boolean;
  open(sink: RpcFrameSink, options: RpcSessionOptions): RpcSession;
}
