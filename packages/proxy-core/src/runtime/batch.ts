/**
 * Things to be dealt with together, later and once. It keeps its memory: an array that is emptied by `length = 0` gives it up and grows anew, which was
 * 300 bytes a request in a proxy that writes once a turn.
 */
export class Batch<T> {
  #items: (T | undefined)[] = [];
  /** Not there while it is being walked over: `deal` may drain as well. */
  #spare: (T | undefined)[] | undefined = [];
  #count = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  find(matches: (item: T) => boolean): T | undefined {
    for (let i = 0; i < this.#count; i++) {
      const item = this.#items[i] as T;
      if (matches(item)) return item;
    }
    return undefined;
  }

  add(item: T): void {
    this.#items[this.#count++] = item;
  }

  /**
   * Deals with all that was added, in order. What is added meanwhile waits for the next time, and so does what is left when `deal` throws.
   *
   * @param deal the same function each time, so that draining allocates nothing
   */
  drain(deal: (item: T) => void): void {
    const items = this.#items;
    const count = this.#count;
    this.#items = this.#spare ?? [];
    this.#spare = undefined;
    this.#count = 0;
    let i = 0;
    try {
      while (i < count) {
        const item = items[i] as T;
        // Nothing that is over is kept alive from here.
        items[i++] = undefined;
        deal(item);
      }
    } finally {
      for (; i < count; i++) {
        this.add(items[i] as T);
        items[i] = undefined;
      }
      this.#spare = items;
    }
  }
}
