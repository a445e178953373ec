/**
 * Says whether a frame may hold a text, with one native search a chunk instead of one a frame: what comes next in the chunk is remembered,
 * and most chunks have nothing.
 */
export class ChunkSearch {
  readonly #text: Buffer;
  #chunk: Buffer | undefined = undefined;
  /** Everything between `#from` and the first occurrence behind it, `#hit`, has been searched. */
  #from = 0;
  #hit = 0;

  constructor(text: Buffer) {
    this.#text = text;
  }

  /** Frames of this chunk are next. To be ended, so that the chunk is not held. */
  begin(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#from = 0;
    this.#hit = -1;
  }

  end(): void {
    this.#chunk = undefined;
  }

  /** Whether the text is anywhere from `from` to `to`. */
  isWithin(bytes: Buffer, from: number, to: number): boolean {
    if (bytes !== this.#chunk || from < this.#from) return bytes.subarray(from, to).includes(this.#text);
    if (this.#hit < from) {
      const hit = bytes.indexOf(this.#text, from);
      this.#from = from;
      this.#hit = hit < 0 ? bytes.length : hit;
    }
    return this.#hit + this.#text.length <= to;
  }
}
