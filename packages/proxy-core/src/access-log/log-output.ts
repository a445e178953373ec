import { closeSync, openSync, write } from "node:fs";
import type { Writable } from "node:stream";

/** Where batches of lines go. One write is under way at a time. */
export interface LogOutput {
  /** Resolves when the bytes are written; rejects when they could not be. */
  write(bytes: Buffer): Promise<void>;
  /** Opens the file anew, for rotation; throws where that fails and goes on with the old one then. Between two writes only. */
  reopen(): void;
  close(): void;
}

/** Appends to a file. */
export class FileOutput implements LogOutput {
  readonly #path: string;
  #descriptor: number;

  /** Opens the file, or makes it. Throws the system's error. */
  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openForAppending(path);
  }

  async write(bytes: Buffer): Promise<void> {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await writeSome(this.#descriptor, rest));
  }

  reopen(): void {
    const descriptor = openForAppending(this.#path);
    closeSync(this.#descriptor);
    this.#descriptor = descriptor;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

const openForAppending = (path: string): number => openSync(path, "a", 0o644);

function writeSome(descriptor: number, bytes: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, (error, written) => (error === null ? resolve(written) : reject(error)));
  });
}

/** Streams whose errors are heard. */
const guarded = new WeakSet<Writable>();

/** A stream of the process, which is never closed. */
export class StreamOutput implements LogOutput {
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream;
    if (guarded.has(stream)) return;
    guarded.add(stream);
    // Every write reports its own failure. Unheard, the stream's event would end the process as soon as whoever reads the log goes away (EPIPE).
    stream.on("error", () => {});
  }

  write(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  reopen(): void {}

  close(): void {}
}
