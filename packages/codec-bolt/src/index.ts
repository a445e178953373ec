/**
 * SOFARPC's Bolt protocol.
 *
 * ```ts
 * import { boltCodec, encodeBoltRequest } from "@mesh/codec-bolt";
 *
 * const session = boltCodec().open({ onFrame: (frame) => console.log(frame.service, frame.bodyLength) }, { role: "server" });
 * session.push(encodeBoltRequest({ id: 1, headers: [["service", "com.acme.Echo:1.0"]], content: Buffer.from("hi") }));
 * ```
 *
 * @packageDocumentation
 */
export { boltCodec } from "./codec.ts";
export type { BoltCodec, BoltCodecOptions } from "./codec.ts";
export { BoltCodecId, BoltStatus, SofaHeader, sofaRequestClass, sofaResponseClass } from "./constants.ts";
export { encodeBoltRequest, encodeBoltResponse } from "./encode.ts";
export type { BoltDialect, BoltRequest, BoltResponse } from "./encode.ts";
export { BoltFrame } from "./frame.ts";
export { boltStatusOfCause, boltStatusOfHttpStatus, boltStatusOfReply, httpStatusOfBoltStatus } from "./status.ts";
