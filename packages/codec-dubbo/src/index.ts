/**
 * Dubbo's protocol.
 *
 * ```ts
 * import { dubboCodec, encodeDubboRequest } from "@mesh/codec-dubbo";
 *
 * const session = dubboCodec().open({ onFrame: (frame) => console.log(frame.service, frame.method) }, { role: "server" });
 * session.push(encodeDubboRequest({ id: 1, path: "com.acme.Echo", version: "1.0", method: "echo" }));
 * ```
 *
 * @packageDocumentation
 */
export { defaultDubboLimits, dubboCodec } from "./codec.ts";
export type { DubboCodec, DubboCodecOptions } from "./codec.ts";
export { DubboSerialization, DubboStatus, RpcExceptionCode } from "./constants.ts";
export { encodeDubboRequest, encodeDubboResponse } from "./encode.ts";
export type { DubboAttachments, DubboRequest, DubboResponse, KnownSerialization } from "./encode.ts";
export { DubboFrame } from "./frame.ts";
export { dubboAnswerOfCause, dubboAnswerOfReply, httpStatusOfDubboStatus, httpStatusOfRpcException } from "./status.ts";
export type { DubboAnswer } from "./status.ts";
