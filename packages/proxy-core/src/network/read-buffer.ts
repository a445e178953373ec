const smallestBytes = 4 * 1024;
/** What libuv offers the kernel as well. */
const largestBytes = 64 * 1024;
const step = 4;
/** Reads in a row that must have left most of the buffer empty before it becomes smaller. */
const patience = 16;

/**
 * The memory that a connection's bytes are read into: the same one again as long as nobody keeps a chunk of it, and about as large as what one read
 * brings, since pools hold thousands of connections that wait.
 */
export class ReadBuffer {
  #size = smallestBytes;
  #buffer: Buffer | undefined = undefined;
  #smallReads = 0;

  /** Where the next read goes. */
  next(): Buffer {
    return (this.#buffer ??= Buffer.allocUnsafeSlow(this.#size));
  }

  /**
   * So many bytes of `next()` were read.
   *
   * @param isReleased whether nobody needs them any more
   */
  received(length: number, isReleased: boolean): void {
    if (!isReleased) this.#buffer = undefined;
    if (length === this.#size) {
      this.#smallReads = 0;
      if (length < largestBytes) this.#resize(length * step);
    } else if (length * step > this.#size || this.#size === smallestBytes) {
      this.#smallReads = 0;
    } else if (++this.#smallReads === patience) {
      this.#smallReads = 0;
      this.#resize(this.#size / step);
    }
  }

  #resize(bytes: number): void {
    this.#size = bytes;
    this.#buffer = undefined;
  }
}
