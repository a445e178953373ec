import type { XdsServerRuntime, XdsServerTimer } from "../runtime.ts";

/** Somebody who may have something to write. */
export interface Writer {
  /** Writes one response, and calls `written` once it has left. Returns false, and calls nothing, where there is none. */
  writeNext(written: () => void): boolean;
}

export interface PushQueueOptions {
  readonly maxConcurrent: number;
  readonly turnMs: number;
  readonly runtime: Pick<XdsServerRuntime, "now" | "startTimer">;
}

/**
 * Whose turn it is to write. A turn is one response; who has more stands in line again. So many responses leave at a time that their
 * copies in the buffers of gRPC stay bounded; who reads slowly does not count for longer than `turnMs`.
 */
export class PushQueue {
  readonly #options: PushQueueOptions;
  /** In the order in which they came. */
  readonly #waiting = new Set<Writer>();
  /** The turns that are taken, and when each began. */
  readonly #writing = new Map<symbol, number>();
  #timer: XdsServerTimer | undefined = undefined;
  #isRunning = false;

  constructor(options: PushQueueOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  add(writer: Writer): void {
    this.#waiting.add(writer);
    this.#run();
  }

  addAll(writers: Iterable<Writer>): void {
    for (const writer of writers) this.#waiting.add(writer);
    this.#run();
  }

  delete(writer: Writer): void {
    this.#waiting.delete(writer);
  }

  close(): void {
    this.#waiting.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #run(): void {
    // A write may end at once, and an observer may push: the loop below sees it.
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (const writer of this.#waiting) {
      if (this.#writing.size >= this.#options.maxConcurrent) break;
      this.#waiting.delete(writer);
      const turn = Symbol();
      this.#writing.set(turn, this.#options.runtime.now());
      const isWriting = writer.writeNext(() => this.#end(turn));
      if (!isWriting) this.#writing.delete(turn);
    }
    this.#isRunning = false;
    if (this.#waiting.size > 0) this.#watch();
  }

  #end(turn: symbol): void {
    if (this.#writing.delete(turn)) this.#run();
  }

  #watch(): void {
    if (this.#timer) return;
    const { runtime, turnMs } = this.#options;
    this.#timer = runtime.startTimer(turnMs, () => {
      this.#timer = undefined;
      const before = runtime.now() - turnMs;
      for (const [turn, since] of this.#writing) {
        if (since > before) break;
        this.#writing.delete(turn);
      }
      this.#run();
    });
  }
}
