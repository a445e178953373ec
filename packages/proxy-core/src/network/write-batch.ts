import { atTurnEnd, Batch } from "../runtime/index.ts";

/** Something that has bytes to send at the end of the turn. */
export interface Flushable {
  flush(): void;
}

const flushOne = (connection: Flushable): void => connection.flush();

/**
 * Sends what one turn of the event loop wrote, connection by connection, in one write each. On Bolt with 16 requests in flight
 * on each of 8 connections this is worth a factor of three.
 */
export class WriteBatch {
  readonly #dirty = new Batch<Flushable>();
  #scheduled = false;
  /** Counts the turns that ended in a flush: what happened at an earlier number happened in an earlier turn. */
  turn = 0;
  readonly #flush = (): void => this.flush();

  /** To be called once by a connection when it gets its first bytes of a turn. */
  add(connection: Flushable): void {
    this.#dirty.add(connection);
    this.#schedule();
  }

  /** Sends now what waits for the end of the turn. */
  flush(): void {
    this.#scheduled = false;
    this.turn++;
    try {
      this.#dirty.drain(flushOne);
    } finally {
      // A connection failed: the others are served in the next turn.
      if (!this.#dirty.isEmpty) this.#schedule();
    }
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    atTurnEnd(this.#flush);
  }
}
