import { equalsIgnoringCase } from "./ascii.ts";

/** The fields that steer framing, routing and the connection itself; a scanner marks them as it passes. */
export const FieldKind = {
  Other: 0,
  Host: 1,
  ContentLength: 2,
  TransferEncoding: 3,
  Expect: 4,
  Trailer: 5,
  Connection: 6,
  Upgrade: 7,
  KeepAlive: 8,
  ProxyConnection: 9,
  Te: 10,
} as const;

/** The kinds from here on concern one connection only and are not forwarded (RFC 9110 §7.6.1). */
export const FIRST_HOP_BY_HOP: number = FieldKind.Connection;

/** The kind of the field whose name, a token, stands at `start`. */
export function fieldKind(bytes: Uint8Array, start: number, length: number): number {
  switch (length) {
    case 2:
      return equalsIgnoringCase(bytes, start, "te") ? FieldKind.Te : FieldKind.Other;
    case 4:
      return equalsIgnoringCase(bytes, start, "host") ? FieldKind.Host : FieldKind.Other;
    case 6:
      return equalsIgnoringCase(bytes, start, "expect") ? FieldKind.Expect : FieldKind.Other;
    case 7:
      if (equalsIgnoringCase(bytes, start, "upgrade")) return FieldKind.Upgrade;
      return equalsIgnoringCase(bytes, start, "trailer") ? FieldKind.Trailer : FieldKind.Other;
    case 10:
      if (equalsIgnoringCase(bytes, start, "connection")) return FieldKind.Connection;
      return equalsIgnoringCase(bytes, start, "keep-alive") ? FieldKind.KeepAlive : FieldKind.Other;
    case 14:
      return equalsIgnoringCase(bytes, start, "content-length") ? FieldKind.ContentLength : FieldKind.Other;
    case 16:
      return equalsIgnoringCase(bytes, start, "proxy-connection") ? FieldKind.ProxyConnection : FieldKind.Other;
    case 17:
      return equalsIgnoringCase(bytes, start, "transfer-encoding") ? FieldKind.TransferEncoding : FieldKind.Other;
    default:
      return FieldKind.Other;
  }
}
