/** Something that has bytes to send at the end of the turn. */
export interface Flushable {
  flush(): void;
}

/**
 * Sends what one turn of the event loop wrote, connection by connection, in one write each. On Bolt with 16 requests in flight
 * on each of 8 connections this is worth a factor of three.
 */
export class WriteBatch {
  #dirty: Flushable[] = [];
  #spare: Flushable[] = [];
  #scheduled = false;
  /** Counts the turns that ended in a flush: what happened at an earlier number happened in an earlier turn. */
  turn = 0;
  readonly #flush = (): void => this.flush();

  /** To be called once by a connection when it gets its first bytes of a turn. */
  add(connection: Flushable): void {
    this.#dirty.push(connection);
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(this.#flush);
    }
  }

  /** Sends now what waits for the end of the turn. */
  flush(): void {
    this.#scheduled = false;
    this.turn++;
    const dirty = this.#dirty;
    this.#dirty = this.#spare;
    for (let i = 0; i < dirty.length; i++) (dirty[i] as Flushable).flush();
    dirty.length = 0;
    this.#spare = dirty;
  }
}
