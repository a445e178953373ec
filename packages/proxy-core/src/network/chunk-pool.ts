/** Bytes of a pooled output chunk: some ten RPC frames, and small enough that the chunks of a turn stay in the processor's cache. */
export const chunkBytes: number = 32 * 1024;

/**
 * The most chunks that are kept for later (8 MiB): as many as connections write in a busy turn. With 32 of them, 64 HTTP connections that all wrote in one
 * turn had half their chunks allocated anew each time, which cost some 2 µs a request.
 */
const maxFree = 256;

/**
 * Output memory that connections borrow for a turn. A chunk goes back as soon as the kernel has taken its bytes, which is nearly always
 * within the write; what the kernel did not take at once stays with the socket and is left to the garbage collector.
 */
export class ChunkPool {
  readonly #free: Buffer[] = [];

  /** A chunk of `chunkBytes`, or of `size` if that is more. Its content is whatever was there. */
  take(size: number): Buffer {
    if (size > chunkBytes) return Buffer.allocUnsafeSlow(size);
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(chunkBytes);
  }

  give(chunk: Buffer): void {
    if (chunk.length === chunkBytes && this.#free.length < maxFree) this.#free.push(chunk);
  }
}
