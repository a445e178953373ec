import { FieldKind } from "./field-kind.ts";
import { parseConnection, parseLength, REPEATED_LENGTH, transferEncodingFault } from "./framing.ts";
import type { SectionScanner } from "./section-scanner.ts";
import { KIND, START_META, STRIDE, VALUE_END, VALUE_START } from "./slots.ts";

/** What the fields of a head say about framing and connection. One object a decoder, filled anew for each head. */
export class HeadSummary {
  /** Indices in the scanner's slots; 0 where there is no such field. */
  hostAt: number = 0;
  expectAt: number = 0;
  upgradeAt: number = 0;
  lengthAt: number = 0;
  codingAt: number = 0;
  /** Bits of `ConnectionOption`. */
  connection: number = 0;
  /** -1 without Content-Length. */
  contentLength: number = -1;

  /** Reads the fields; false after it refused the section. */
  read(scanner: SectionScanner): boolean {
    this.hostAt = 0;
    this.expectAt = 0;
    this.upgradeAt = 0;
    this.lengthAt = 0;
    this.codingAt = 0;
    this.connection = 0;
    this.contentLength = -1;
    const { slots, end } = scanner;
    for (let at = STRIDE; at < end; at += STRIDE) {
      if (slots[at + KIND] !== FieldKind.Other && !this.#readField(scanner, at)) return false;
    }
    if (this.codingAt === 0) return true;
    if (this.lengthAt !== 0) return refuse(scanner, "length-and-transfer-encoding", Math.max(this.lengthAt, this.codingAt));
    return (slots[START_META]! & 1) === 1 || refuse(scanner, "transfer-encoding-in-http10", this.codingAt);
  }

  #readField(scanner: SectionScanner, at: number): boolean {
    const { bytes, slots } = scanner;
    const start = slots[at + VALUE_START]!;
    const end = slots[at + VALUE_END]!;
    switch (slots[at + KIND]) {
      case FieldKind.Host:
        if (this.hostAt !== 0) return refuse(scanner, "repeated-host", at);
        this.hostAt = at;
        return true;
      case FieldKind.ContentLength: {
        // RFC 9110 §8.6 lets a recipient accept identical repetitions; whoever forwards one of two must be sure that all others see the same one.
        if (this.lengthAt !== 0) return refuse(scanner, "repeated-length", at);
        this.lengthAt = at;
        this.contentLength = parseLength(bytes, start, end);
        return (
          this.contentLength >= 0 || refuse(scanner, this.contentLength === REPEATED_LENGTH ? "repeated-length" : "invalid-length", at)
        );
      }
      case FieldKind.TransferEncoding: {
        const fault = this.codingAt !== 0 ? "invalid-transfer-encoding" : transferEncodingFault(bytes, start, end);
        this.codingAt = at;
        return fault === undefined || refuse(scanner, fault, at);
      }
      case FieldKind.Connection:
        this.connection |= parseConnection(bytes, start, end);
        return true;
      case FieldKind.Upgrade:
        this.upgradeAt = at;
        return true;
      case FieldKind.Expect:
        this.expectAt = at;
        return true;
      default:
        return true;
    }
  }
}

/** Refuses the section for the field at an index of `slots`. */
export function refuse(scanner: SectionScanner, fault: Parameters<SectionScanner["fail"]>[0], at: number): false {
  scanner.fail(fault, scanner.slots[at]!);
  return false;
}
