import { FilterStatus, type FilterStream, type StreamFilter } from "../stream/index.ts";

const nothing = Buffer.alloc(0);

/**
 * The body hooks of a filter chain, and what they hold back. A body has one only where a filter looks at bodies, or where it comes before
 * the filters are done with its head; all others go straight through.
 */
export abstract class BodyGate {
  readonly #filters: readonly StreamFilter[];
  readonly #limit: number;
  readonly #queue: Buffer[] = [];
  #heldBytes = 0;
  /** The filter that the first part of the queue meets next. */
  #next = 0;
  #isHeadPassed: boolean;
  #isStopped = false;
  #isRunning = false;
  #hasEnded = false;
  #hasPassedEnd = false;
  #isAbove = false;

  /**
   * @param limit bytes that may be held before `onPressure`
   * @param isHeadPassed false: everything waits for `open`
   */
  constructor(filters: readonly StreamFilter[], limit: number, isHeadPassed: boolean) {
    this.#filters = filters;
    this.#limit = limit;
    this.#isHeadPassed = isHeadPassed;
  }

  protected abstract readonly stream: FilterStream;
  protected abstract ask(filter: StreamFilter, chunk: Buffer, endOfStream: boolean): FilterStatus | undefined;
  /** A part that all filters have let pass. */
  protected abstract onPassed(chunk: Buffer): void;
  protected abstract onEndPassed(): void;
  /** As much is held back as may be: stop reading; or nothing is any more. */
  protected abstract onPressure(isAbove: boolean): void;

  push(chunk: Buffer): void {
    this.#queue.push(chunk);
    this.#heldBytes += chunk.length;
    this.#run();
    if (!this.#isAbove && this.#heldBytes > this.#limit) {
      this.#isAbove = true;
      this.onPressure(true);
    }
  }

  end(): void {
    this.#hasEnded = true;
    this.#run();
  }

  /** The head has passed its filters. */
  open(): void {
    this.#isHeadPassed = true;
    this.#run();
  }

  /** The filter that said `Stop` lets the body go on. */
  resume(): void {
    this.#isStopped = false;
    this.#run();
  }

  /** Drops what is held: the stream ends in another way. */
  discard(): void {
    this.#queue.length = 0;
    this.#heldBytes = 0;
    this.#hasEnded = true;
    this.#hasPassedEnd = true;
    this.#relieve();
  }

  #run(): void {
    if (this.#isRunning || !this.#isHeadPassed) return;
    this.#isRunning = true;
    while (!this.#isStopped && !this.#hasPassedEnd) {
      const chunk = this.#queue[0];
      if (chunk === undefined && !this.#hasEnded) break;
      if (!this.#passFilters(chunk ?? nothing, chunk === undefined)) continue;
      this.#next = 0;
      if (chunk === undefined) {
        this.#hasPassedEnd = true;
        this.onEndPassed();
      } else {
        this.#queue.shift();
        this.#heldBytes -= chunk.length;
        this.onPassed(chunk);
      }
    }
    this.#isRunning = false;
    if (this.#heldBytes === 0) this.#relieve();
  }

  /** False when a filter stopped it, or ended the stream. */
  #passFilters(chunk: Buffer, isEnd: boolean): boolean {
    const filters = this.#filters;
    while (this.#next < filters.length) {
      const filter = filters[this.#next++] as StreamFilter;
      // Before the hook, so that a filter may let the body go on from within it.
      this.#isStopped = true;
      if (this.ask(filter, chunk, isEnd) !== FilterStatus.Stop) this.#isStopped = false;
      if (this.stream.ended || this.#hasPassedEnd) this.discard();
      if (this.#isStopped || this.#hasPassedEnd) return false;
    }
    return true;
  }

  #relieve(): void {
    if (!this.#isAbove) return;
    this.#isAbove = false;
    this.onPressure(false);
  }
}
