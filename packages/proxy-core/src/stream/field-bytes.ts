import type { HeaderView } from "@mesh/codec";

/**
 * Bytes of names and values. Host is not counted, as logs count the authority, which it says; nor is Transfer-Encoding, which says nothing but
 * how a connection is used.
 */
export function fieldBytes(fields: HeaderView): number {
  let bytes = 0;
  fields.forEach((name, value) => {
    if (value !== null && !notCounted.has(name.toLowerCase())) bytes += name.length + Buffer.byteLength(value);
  });
  return bytes;
}

/** A response's, its status with them. */
export function responseBytes(fields: HeaderView): number {
  return ":status200".length + fieldBytes(fields);
}

/** The same, with what stands around each field in HTTP/1: Envoy counts `name:value` and the line's end, and where it writes a space too. */
export function lineBytes(fields: HeaderView, around: 3 | 4): number {
  let bytes = 0;
  fields.forEach((name, value) => {
    if (value !== null) bytes += name.length + Buffer.byteLength(value) + around;
  });
  return bytes;
}

const notCounted: ReadonlySet<string> = new Set(["host", "transfer-encoding"]);
