/** Bytes of a pooled output chunk: some ten RPC frames, and small enough that the chunks of a turn stay in the processor's cache. */
export const chunkBytes: number = 32 * 1024;

/** The most chunks that are kept for later (1 MiB). */
const maxFree = 32;

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
