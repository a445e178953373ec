/**
 * HTTP/1.1 messages in both directions (RFC 9112): decoders that report to a sink, heads that are read lazily and written with few copies, and the
 * framing of bodies. Nothing here does I/O.
 *
 * @packageDocumentation
 */
export { createRequestDecoder } from "./request-decoder.ts";
export type { RequestDecoder, RequestDecoderOptions } from "./request-decoder.ts";
export { createResponseDecoder } from "./response-decoder.ts";
export type { ResponseDecoder, ResponseDecoderOptions } from "./response-decoder.ts";
export type { MessageSink } from "./sink.ts";
export type { HttpVersion, MessageHead, RequestHead, RequestHeadInit, ResponseHead, ResponseHeadInit } from "./head.ts";
export type { BodyKind } from "./framing.ts";
export type { TargetForm } from "./target.ts";
export { createRequestHead } from "./request-head.ts";
export { createResponseHead } from "./response-head.ts";
export { reasonOf } from "./reason.ts";
export { chunkOverhead, lastChunkLength, writeChunkEnd, writeChunkStart, writeLastChunk } from "./encode.ts";
export { faultOf, httpStatusOf } from "./error.ts";
export type { Http1Fault } from "./error.ts";
export { defaultHttp1Limits } from "./limits.ts";
export type { Http1Limits } from "./limits.ts";
export { http1Detector } from "./detector.ts";
