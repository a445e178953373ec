import { Http1Error } from "./error.ts";
import type { Fields } from "./fields.ts";
import { FieldKind, FIRST_HOP_BY_HOP } from "./field-kind.ts";
import { ConnectionOption, parseConnection } from "./framing.ts";
import type { BodyKind } from "./framing.ts";
import { KIND, REMOVED, STRIDE, VALUE_END, VALUE_START } from "./slots.ts";

/** Framing and routing are not for a peer to switch off by naming them in Connection (RFC 9110 §7.6.1 forbids it to name them). */
const neverNominated: ReadonlySet<string> = new Set(["host", "content-length", "transfer-encoding", "trailer", "expect"]);

/**
 * Removes what concerns the connection it came on and not the next (RFC 9110 §7.6.1): Connection, every field that it names, Keep-Alive, Proxy-Connection, TE and Upgrade.
 * Transfer-Encoding and Content-Length stay: they describe the body, and change with `setFraming` only. Trailer stays, as trailers are forwarded.
 */
export function removeHopByHop(fields: Fields, keepUpgrade: boolean): void {
  const { slots, end } = fields;
  let keptConnection = false;
  for (let at = STRIDE; at < end; at += STRIDE) {
    const kind = slots[at + KIND]!;
    if (kind < FIRST_HOP_BY_HOP || slots[at + VALUE_START] === REMOVED) continue;
    if (kind === FieldKind.Connection) {
      const options = connectionOptions(fields, at);
      if ((options & ConnectionOption.Other) !== 0) removeNominated(fields, fields.valueAt(at));
      if (keepUpgrade && !keptConnection) {
        keptConnection = true;
        if (options !== ConnectionOption.Upgrade) fields.replaceAt(at, "upgrade");
        continue;
      }
    } else if (kind === FieldKind.Upgrade && keepUpgrade) {
      continue;
    }
    fields.removeAt(at);
  }
}

function connectionOptions(fields: Fields, at: number): number {
  const start = fields.slots[at + VALUE_START]!;
  return start >= 0 ? parseConnection(fields.bytes, start, fields.slots[at + VALUE_END]!) : ConnectionOption.Other;
}

function removeNominated(fields: Fields, connection: string): void {
  for (const item of connection.split(",")) {
    const name = item.trim().toLowerCase();
    if (name !== "" && name !== "upgrade" && name !== "connection" && !neverNominated.has(name)) fields.delete(name);
  }
}

/** Makes Content-Length and Transfer-Encoding say how the body will be framed, whatever they said. Costs nothing where they say so already. */
export function setFraming(fields: Fields, kind: BodyKind, contentLength: number): void {
  if (kind === "length") {
    if (!Number.isSafeInteger(contentLength) || contentLength < 0) throw new Http1Error("unencodable-framing", 0);
    fields.delete("transfer-encoding");
    const value = String(contentLength);
    if (fields.get("content-length") !== value) fields.set("content-length", value);
    return;
  }
  fields.delete("content-length");
  if (kind !== "chunked") fields.delete("transfer-encoding");
  else if (fields.get("transfer-encoding")?.toLowerCase() !== "chunked") fields.set("transfer-encoding", "chunked");
}

/**
 * Undoes edits of Content-Length, Transfer-Encoding and Connection.
 *
 * @param contentLength of the body that the fields are to describe, even where it is left out (`none`); -1: none
 */
export function restoreFraming(fields: Fields, kind: BodyKind, contentLength: number, keepUpgrade: boolean): void {
  if (keepUpgrade) fields.set("connection", "upgrade");
  else fields.delete("connection");
  if (contentLength >= 0) setFraming(fields, "length", contentLength);
  else setFraming(fields, kind, 0);
  fields.isFramingEdited = false;
}
