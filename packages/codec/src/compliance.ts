/**
 * What every codec must keep, as properties that any test runner can execute. Needs fast-check 4, a peer dependency.
 *
 * ```ts
 * import { test } from "vitest";
 * import { decoderProperties } from "@mesh/codec/compliance";
 *
 * for (const { name, run } of decoderProperties(subject)) test(name, run);
 * ```
 *
 * @packageDocumentation
 */
export { decoderProperties } from "./compliance/decoder.ts";
export type { DecoderSubject, RefusedBytes, WireMessage } from "./compliance/decoder.ts";
export { mutate, mutations } from "./compliance/mutation.ts";
export type { Mutations } from "./compliance/mutation.ts";
export type { Property, PropertyRunOptions } from "./compliance/property.ts";
export { describeRpcFrame, rpcCodecProperties } from "./compliance/rpc.ts";
export type { RpcArbitraries, RpcMessage } from "./compliance/rpc.ts";
