/** The ids of calls on one connection: 32 bits, signed. They go round after 2³² calls; a call that is still waiting then keeps its id. */
export class CallIds {
  #next: number;
  #wrapped = false;

  /** @param first default: 0 */
  constructor(first: number = 0) {
    this.#next = first;
  }

  /** @param taken ids that are in use */
  take(taken: ReadonlyMap<number, unknown>): number {
    let id = this.#next;
    if (this.#wrapped) while (taken.has(id)) id = (id + 1) | 0;
    this.#next = (id + 1) | 0;
    if (this.#next === 0) this.#wrapped = true;
    return id;
  }
}
