/**
 * Indices 0 to n-1 by deadline, earliest first; equal deadlines by index. The base of earliest-deadline-first scheduling, in which
 * who has weight w comes back after 1/w: that spreads each index evenly over time, in proportion to its weight.
 */
export class DeadlineHeap {
  readonly #deadlines: Float64Array;
  /** A binary heap: the children of position i are at 2i+1 and 2i+2. */
  readonly #heap: Int32Array;

  /** @param deadlines by index; one or more */
  constructor(deadlines: Float64Array) {
    this.#deadlines = deadlines;
    this.#heap = Int32Array.from(deadlines, (_deadline, index) => index);
    this.#order();
  }

  /** The index with the earliest deadline. */
  get first(): number {
    return this.#heap[0] as number;
  }

  get firstDeadline(): number {
    return this.#deadlines[this.first] as number;
  }

  /** Gives the first index a later deadline. */
  postponeFirst(deadline: number): void {
    this.#deadlines[this.first] = deadline;
    this.#sink(0);
  }

  /** Gives every index a new deadline. */
  reset(deadlineOf: (index: number) => number): void {
    for (let index = 0; index < this.#deadlines.length; index++) this.#deadlines[index] = deadlineOf(index);
    this.#order();
  }

  #order(): void {
    for (let position = (this.#heap.length >> 1) - 1; position >= 0; position--) this.#sink(position);
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const moved = heap[from] as number;
    let position = from;
    for (;;) {
      let child = 2 * position + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#isBefore(heap[child + 1] as number, heap[child] as number)) child++;
      const candidate = heap[child] as number;
      if (!this.#isBefore(candidate, moved)) break;
      heap[position] = candidate;
      position = child;
    }
    heap[position] = moved;
  }

  #isBefore(a: number, b: number): boolean {
    const difference = (this.#deadlines[a] as number) - (this.#deadlines[b] as number);
    return difference < 0 || (difference === 0 && a < b);
  }
}
