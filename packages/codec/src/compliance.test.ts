import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DecoderSubject, decoderProperties, type WireMessage } from "./compliance.ts";
import type { Decoder, DecoderState } from "./decoder.ts";
import { CodecError, CodecErrorCode } from "./error.ts";

const maxBody = 1024 * 1024;
const headerBytes = 5;

/** What may be wrong with the toy below; each must be noticed. */
type Flaw =
  | "none"
  | "forgets bytes between chunks"
  | "allocates what is declared"
  | "throws"
  | "reads past the message"
  | "ignores pause"
  | "finds no truncation"
  | "has no limit"
  | "recovers from failure"
  | "changes with the chunks"
  | "counts a wrong offset";

/** Messages of a magic byte, a length of four bytes and a body: the smallest protocol that has all that the suite looks at. */
class ToyDecoder implements Decoder {
  state: DecoderState = "open";
  error: CodecError | undefined = undefined;
  #held: Buffer = Buffer.alloc(0);
  readonly #report: (body: Buffer) => void;
  readonly #flaw: Flaw;

  constructor(report: (body: Buffer) => void, flaw: Flaw) {
    this.#report = report;
    this.#flaw = flaw;
  }

  get buffered(): number {
    return this.#held.length;
  }

  push(chunk: Buffer, start = 0): number {
    if (this.state === "failed" && this.#flaw === "recovers from failure") this.state = "open";
    if (this.state !== "open") return start;
    const held = this.#flaw === "forgets bytes between chunks" ? 0 : this.#held.length;
    const input = Buffer.concat([this.#held.subarray(0, held), chunk.subarray(start)]);
    let from = 0;
    while (this.state === "open" && from < input.length) {
      if (input[from] !== 0x7e) return this.#fail(CodecErrorCode.Malformed, start);
      if (input.length - from < headerBytes) break;
      const length = input.readUInt32BE(from + 1);
      if (length > maxBody && this.#flaw !== "has no limit") return this.#fail(CodecErrorCode.LimitExceeded, start);
      if (this.#flaw === "throws" && length > 200) throw new RangeError("out of range");
      if (this.#flaw === "allocates what is declared") Buffer.alloc(length);
      if (input.length - from - headerBytes < length) break;
      const begin = from + headerBytes;
      from = begin + length;
      const seen = this.#flaw === "changes with the chunks" ? begin + Math.min(length, chunk.length) : from;
      this.#report(input.subarray(begin, this.#flaw === "reads past the message" ? seen + 1 : seen));
    }
    this.#held = this.state === "open" ? input.subarray(from) : Buffer.alloc(0);
    if (this.state === "open") return this.#flaw === "counts a wrong offset" ? from : chunk.length;
    return start + from - held;
  }

  end(): CodecError | undefined {
    if (this.#held.length === 0 || this.#flaw === "finds no truncation") return undefined;
    return new CodecError(CodecErrorCode.Truncated, "closed within a message", this.#held.length);
  }

  pause(): void {
    if (this.state === "open" && this.#flaw !== "ignores pause") this.state = "paused";
  }

  resume(): void {
    if (this.state === "paused") this.state = "open";
  }

  #fail(code: CodecErrorCode, offset: number): number {
    this.#held = Buffer.alloc(0);
    this.state = "failed";
    this.error = new CodecError(code, "no toy message", 0);
    return offset;
  }
}

function toyMessage(body: Buffer): WireMessage<string> {
  const header = Buffer.of(0x7e, 0, 0, 0, 0);
  header.writeUInt32BE(body.length, 1);
  return { bytes: Buffer.concat([header, body]), message: body.toString("hex") };
}

function subject(flaw: Flaw): DecoderSubject<Buffer, string> {
  return {
    open: (report) => new ToyDecoder(report, flaw),
    messages: (events) => events.map((body) => body.toString("hex")),
    wire: fc.uint8Array({ maxLength: 40 }).map((body) => toyMessage(Buffer.from(body))),
    refused: [
      { name: "a wrong first byte", bytes: Buffer.of(0), code: CodecErrorCode.Malformed },
      { name: "a body over the limit", bytes: Buffer.of(0x7e, 0x7f, 0xff, 0xff, 0xff), code: CodecErrorCode.LimitExceeded },
    ],
    promises: [{ name: "a body as large as allowed", bytes: Buffer.of(0x7e, 0x00, 0x10, 0x00, 0x00, 1, 2, 3) }],
    maxBuffered: maxBody + headerBytes,
  };
}

describe("a decoder that keeps the contract has every property", () => {
  for (const { name, run } of decoderProperties(subject("none"))) test(name, run);
});

describe("a decoder is found out that", () => {
  test.for<Flaw>([
    "forgets bytes between chunks",
    "allocates what is declared",
    "throws",
    "reads past the message",
    "ignores pause",
    "finds no truncation",
    "has no limit",
    "recovers from failure",
    "changes with the chunks",
    "counts a wrong offset",
  ])("%s", (flaw) => {
    const broken = decoderProperties(subject(flaw), { seed: 1 }).filter(({ run }) => fails(run));
    expect(broken.map(({ name }) => name)).not.toEqual([]);
  });
});

function fails(run: () => void): boolean {
  try {
    run();
    return false;
  } catch {
    return true;
  }
}
