/**
 * Hessian 2 in the dialects of SOFA (`v3`) and of Dubbo (`v4`).
 *
 * ```ts
 * import { decodeHessian, encodeHessian, HessianDouble, HessianObject } from "@mesh/codec-hessian";
 *
 * const bytes = encodeHessian("v4", [HessianObject.of("com.acme.Price", { cents: 1999n, discount: new HessianDouble(0.1) })]);
 * const [price] = decodeHessian("v4", bytes);
 * if (price instanceof HessianObject) console.log(price.definition.name, price.get("cents"));
 * ```
 *
 * @packageDocumentation
 */
export { convertHessian, decodeHessian, encodeHessian } from "./convert.ts";
export type { ConvertOptions } from "./convert.ts";
export { detectDialect } from "./dialect.ts";
export type { HessianDialect } from "./dialect.ts";
export { HessianKind } from "./kind.ts";
export { defaultHessianLimits } from "./limits.ts";
export type { HessianLimits } from "./limits.ts";
export { HessianReader } from "./reader.ts";
export { SkippingReader } from "./skipping-reader.ts";
export { HessianClass, HessianDate, HessianDouble, HessianList, HessianMap, HessianObject, HessianRemote } from "./values.ts";
export type { HessianContainer, HessianValue } from "./values.ts";
export { HessianWriter } from "./writer.ts";
export type { HessianWriterOptions } from "./writer.ts";
