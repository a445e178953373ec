import type { XdsServerRuntime, XdsServerTimer } from "../runtime.ts";

/** Somebody who may have something to write. */
export interface Writer {
  /** Writes one response, and calls `written` once it has left. Returns false, and calls nothing, where there is none. */
  writeNext(written: () => void): boolean;
  /** Of the queue: whether it waits there. At first false. */
  isQueued: boolean;
}

export interface PushQueueOptions {
  readonly maxConcurrent: number;
  readonly turnMs: number;
  readonly runtime: Pick<XdsServerRuntime, "now" | "startTimer">;
}

/** Places of the line that are behind it. */
const COMPACT_AT = 1024;

class Turn {
  readonly since: number;
  isOver = false;

  constructor(since: number) {
    this.since = since;
  }
}

/**
 * Whose turn it is to write. A turn is one response; who has more stands in line again. So many responses leave at a time that their
 * copies in the buffers of gRPC stay bounded; who reads slowly does not count for longer than `turnMs`.
 */
export class PushQueue {
  readonly #options: PushQueueOptions;
  /** In the order in which they came, from `#first` on. Those that have left it, or had their turn, are not queued. */
  #line: Writer[] = [];
  #first = 0;
  #waiting = 0;
  /** The turns that are taken; earlier ones among them that are over are no harm. */
  #turns: Turn[] = [];
  #writing = 0;
  #timer: XdsServerTimer | undefined = undefined;
  #isRunning = false;

  constructor(options: PushQueueOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting;
  }

  add(writer: Writer): void {
    this.#enqueue(writer);
    this.#run();
  }

  addAll(writers: Iterable<Writer>): void {
    for (const writer of writers) this.#enqueue(writer);
    this.#run();
  }

  delete(writer: Writer): void {
    if (!writer.isQueued) return;
    writer.isQueued = false;
    this.#waiting--;
  }

  close(): void {
    for (const writer of this.#line) writer.isQueued = false;
    this.#line = [];
    this.#first = 0;
    this.#waiting = 0;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #enqueue(writer: Writer): void {
    if (writer.isQueued) return;
    writer.isQueued = true;
    this.#waiting++;
    this.#line.push(writer);
  }

  #run(): void {
    // A write may end at once, and an observer may push: the loop below sees it.
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (this.#writing < this.#options.maxConcurrent) {
      const writer = this.#dequeue();
      if (!writer) break;
      this.#begin(writer);
    }
    this.#isRunning = false;
    if (this.#waiting > 0) this.#watch();
  }

  #dequeue(): Writer | undefined {
    while (this.#first < this.#line.length) {
      const writer = this.#line[this.#first++];
      if (this.#first > COMPACT_AT && this.#first * 2 > this.#line.length) this.#compact();
      if (!writer?.isQueued) continue;
      writer.isQueued = false;
      this.#waiting--;
      return writer;
    }
    this.#line = [];
    this.#first = 0;
    return undefined;
  }

  /** In a line that never ends, those who had their turn are forgotten from time to time. */
  #compact(): void {
    this.#line = this.#line.slice(this.#first);
    this.#first = 0;
  }

  #begin(writer: Writer): void {
    const turn = new Turn(this.#options.runtime.now());
    this.#writing++;
    if (!writer.writeNext(() => this.#end(turn))) this.#finish(turn);
    else if (!turn.isOver) this.#turns.push(turn);
  }

  #finish(turn: Turn): boolean {
    if (turn.isOver) return false;
    turn.isOver = true;
    this.#writing--;
    while (this.#turns[0]?.isOver) this.#turns.shift();
    return true;
  }

  #end(turn: Turn): void {
    if (this.#finish(turn)) this.#run();
  }

  #watch(): void {
    if (this.#timer) return;
    const { runtime, turnMs } = this.#options;
    this.#timer = runtime.startTimer(turnMs, () => {
      this.#timer = undefined;
      const before = runtime.now() - turnMs;
      for (const turn of this.#turns.filter(({ since }) => since <= before)) this.#finish(turn);
      this.#run();
    });
  }
}
