/**
 * The most that there was of something within the last while: in the window that ends now, the counts that held at some moment of it. Not
 * the count at the window's start: while a registry loses and regains its instances again and again, the start may lie in a trough.
 */
export class RecentPeak {
  readonly #windowMs: number;
  /** Earlier counts that are above all later ones, with the times when they ended: the first is the largest. */
  readonly #past: { readonly count: number; readonly endedAtMs: number }[] = [];
  #count = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  get count(): number {
    return this.#count;
  }

  set(count: number, nowMs: number): void {
    if (count === this.#count) return;
    if (count < this.#count) this.#past.push({ count: this.#count, endedAtMs: nowMs });
    else while ((this.#past.at(-1)?.count ?? count + 1) <= count) this.#past.pop();
    this.#count = count;
    this.#forget(nowMs);
  }

  peak(nowMs: number): number {
    this.#forget(nowMs);
    return this.#past[0]?.count ?? this.#count;
  }

  #forget(nowMs: number): void {
    while ((this.#past[0]?.endedAtMs ?? nowMs) < nowMs - this.#windowMs) this.#past.shift();
  }
}
