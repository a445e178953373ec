import { CodecError, CodecErrorCode } from "@mesh/codec";
import type { HessianDialect } from "./dialect.ts";

const noBytes = Buffer.alloc(0);
const noView = new DataView(new ArrayBuffer(0));

/**
 * Where a reader is in the bytes of a message, and why it failed.
 *
 * What changes is given a value of its kind where it is declared, here and in all that reads strings: a field begins as `undefined`
 * otherwise, and each use checks what it finds (four strings take 38 ns then, and 33 ns so).
 */
export class Cursor {
  readonly dialect: HessianDialect;
  bytes: Buffer = noBytes;
  view: DataView = noView;
  start: number = 0;
  /** Where the message ends; -1 after a failure: nothing is before that, so that the first check of each method finds it. */
  end: number = 0;
  at: number = 0;
  error: CodecError | undefined = undefined;

  constructor(dialect: HessianDialect) {
    this.dialect = dialect;
  }

  reset(bytes: Buffer, start: number, end: number): void {
    // Making a view takes longer than reading four strings.
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.start = start;
    this.end = Math.min(end, bytes.length);
    this.at = start;
    this.error = undefined;
  }

  /** Fails with what positions are for: -1. */
  refuse(message: string, at: number, code: CodecErrorCode = CodecErrorCode.Malformed): -1 {
    this.fail(code, message, at);
    return -1;
  }

  refuseCut(): -1 {
    this.failCut();
    return -1;
  }

  failCut(): false {
    return this.fail(CodecErrorCode.Truncated, "the bytes end inside a value", this.end);
  }

  fail(code: CodecErrorCode, message: string, at: number): false {
    this.end = -1;
    this.error = new CodecError(code, `Hessian ${this.dialect}: ${message}`, at - this.start);
    return false;
  }
}
