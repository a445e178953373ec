/**
 * The contract of all wire codecs. Codecs do no I/O: bytes are pushed in, messages come out, and encoders write into memory of the caller.
 *
 * @packageDocumentation
 */
export { CodecError, CodecErrorCode } from "./error.ts";
export type { Decoder, DecoderState, Detection, Detector } from "./decoder.ts";
export { FrameDecoder, passedOverLength, undecidedLength, wrongLength } from "./frame-decoder.ts";
export type { HeaderMap, HeaderView } from "./headers.ts";
export { localReplyCauses } from "./local-reply.ts";
export type { LocalReply, LocalReplyCause } from "./local-reply.ts";
export { defaultRpcLimits, RpcFrameKind } from "./rpc.ts";
export type { RpcCodec, RpcFrame, RpcFrameSink, RpcLimits, RpcRouteKey, RpcSession, RpcSessionOptions } from "./rpc.ts";
