/** What a proxy is being sent. */
interface Sending {
  /** By type: when the first change that the response in flight carries came; undefined for one that the proxy has asked for. */
  readonly inFlight: Map<string, number | undefined>;
  /** By type: when a change came that the response in flight keeps back, and when it was answered. */
  readonly heldBack: Map<string, { readonly changedAtMs: number; answeredAtMs: number | undefined }>;
  /** The first change of what is in flight. */
  sinceMs: number;
  isRefused: boolean;
}

interface Published {
  readonly publishedAtMs: number;
  readonly changedAtMs: number;
}

/** Snapshots that are remembered: a proxy that waits its turn for longer is measured from the oldest. */
const mostPublished = 64;

/** How much later than the answer to a response the next one may be queued and still be what it kept back. */
const slackMs = 50;

/**
 * Measures from a change to the answer of each proxy that was sent something for it. Changes that come while a proxy is busy are measured
 * from the first of them; what a proxy asks for by itself is no change.
 */
export class Convergence {
  readonly #published: Published[] = [];
  readonly #sending = new Map<string, Sending>();

  /** Proxies of which something is remembered. */
  get size(): number {
    return this.#sending.size;
  }

  /** There is a snapshot; `changedAtMs`: the first of its changes. */
  onPublished(changedAtMs: number, nowMs: number): void {
    this.#published.push({ publishedAtMs: nowMs, changedAtMs });
    if (this.#published.length > mostPublished) this.#published.shift();
    for (const { inFlight, heldBack } of this.#sending.values()) {
      for (const type of inFlight.keys()) {
        const held = heldBack.get(type);
        if (held === undefined || held.answeredAtMs !== undefined) heldBack.set(type, { changedAtMs, answeredAtMs: undefined });
      }
    }
  }

  onSent(client: string, type: string, isAsked: boolean, queuedAtMs: number): void {
    const sending = this.#sending.get(client) ?? {
      inFlight: new Map(),
      heldBack: new Map(),
      sinceMs: Number.POSITIVE_INFINITY,
      isRefused: false,
    };
    this.#sending.set(client, sending);
    const held = sending.heldBack.get(type);
    sending.heldBack.delete(type);
    const heldSinceMs =
      held !== undefined && (held.answeredAtMs === undefined || queuedAtMs <= held.answeredAtMs + slackMs) ? held.changedAtMs : undefined;
    const sinceMs = heldSinceMs ?? (isAsked ? undefined : this.#changeBefore(queuedAtMs));
    sending.inFlight.set(type, sinceMs);
    if (sinceMs !== undefined && sinceMs < sending.sinceMs) sending.sinceMs = sinceMs;
  }

  /** @returns how long it took, in milliseconds, once the proxy has accepted all that it was sent */
  onAnswered(client: string, type: string, isAccepted: boolean, nowMs: number): number | undefined {
    const sending = this.#sending.get(client);
    if (sending === undefined || !sending.inFlight.has(type)) return undefined;
    sending.inFlight.delete(type);
    const held = sending.heldBack.get(type);
    if (held !== undefined) held.answeredAtMs = nowMs;
    if (!isAccepted) sending.isRefused = true;
    for (const sinceMs of sending.inFlight.values()) if (sinceMs !== undefined) return undefined;
    const { sinceMs, isRefused } = sending;
    sending.sinceMs = Number.POSITIVE_INFINITY;
    sending.isRefused = false;
    return isRefused || sinceMs === Number.POSITIVE_INFINITY ? undefined : nowMs - sinceMs;
  }

  onGone(client: string): void {
    this.#sending.delete(client);
  }

  /** When the changes came of the newest snapshot that was there at a time. */
  #changeBefore(atMs: number): number | undefined {
    const found = this.#published.findLast(({ publishedAtMs }) => publishedAtMs <= atMs) ?? this.#published[0];
    return found?.changedAtMs;
  }
}
