import { CodecError, CodecErrorCode } from "@mesh/codec";
import type { HessianDialect } from "./dialect.ts";
import type { HessianLimits } from "./limits.ts";
import { HessianReader } from "./reader.ts";
import type { HessianValue } from "./values.ts";
import { HessianWriter, type HessianWriterOptions } from "./writer.ts";

/**
 * All values of a message.
 *
 * @throws CodecError for bytes that are not values of the dialect, or over a limit.
 */
export function decodeHessian(dialect: HessianDialect, bytes: Uint8Array, limits: Partial<HessianLimits> = {}): HessianValue[] {
  const reader = new HessianReader(dialect, bytes, limits);
  const values: HessianValue[] = [];
  while (!reader.done) {
    const value = reader.read();
    if (value === undefined) throw reader.error ?? new CodecError(CodecErrorCode.Malformed, "no value", reader.offset);
    values.push(value);
  }
  return values;
}

/**
 * A message of these values.
 *
 * @throws CodecError `MESH_CODEC_UNENCODABLE` for what the dialect cannot say: see `HessianWriter.write`.
 */
export function encodeHessian(dialect: HessianDialect, values: Iterable<HessianValue>, options: HessianWriterOptions = {}): Buffer {
  const writer = new HessianWriter(dialect, options);
  for (const value of values) writer.write(value);
  return writer.take();
}

/** Packages of the classes as which the Java libraries write what has no Hessian form of its own: Locale, Calendar, java.time. */
const handlePackages: Readonly<Record<HessianDialect, string>> = {
  v3: "com.caucho.hessian.io.",
  v4: "com.alibaba.com.caucho.hessian.io.",
};

export interface ConvertOptions {
  /** Limits for reading. */
  readonly limits?: Partial<HessianLimits>;
  /**
   * The name that a class has on the other side. Default: the handles of sofa-hessian and hessian-lite (`LocaleHandle`,
   * `java8.InstantHandle`, …), which differ in their package only, are translated; other classes keep their names.
   */
  readonly renameClass?: (name: string) => string;
}

/**
 * A message with the same meaning in another dialect: Java types, names of fields, the order of entries, and what is referred to from
 * several places stay. Open-ended lists come to v4 with a length, since Dubbo's readers fail at the open-ended form.
 *
 * @throws CodecError for bytes that are not values of `from`, or over a limit; `MESH_CODEC_UNENCODABLE` for what `to` cannot say. From v4
 * to v3 that is a type name of more than 65535 units, from v3 to v4 a remote object.
 */
export function convertHessian(from: HessianDialect, to: HessianDialect, bytes: Uint8Array, options: ConvertOptions = {}): Buffer {
  const renameClass = options.renameClass ?? ((name) => renameHandle(name, from, to));
  return encodeHessian(to, decodeHessian(from, bytes, options.limits), { countsLists: to === "v4", renameClass });
}

function renameHandle(name: string, from: HessianDialect, to: HessianDialect): string {
  const prefix = handlePackages[from];
  return name.startsWith(prefix) && name.endsWith("Handle") ? handlePackages[to] + name.slice(prefix.length) : name;
}
