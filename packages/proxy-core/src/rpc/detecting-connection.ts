import type { CloseReason, Connection, ConnectionHandler } from "../network/index.ts";
import { TimerEntry, type TimerWheel } from "../runtime/index.ts";
import type { PooledProtocol } from "./protocol.ts";

/** What became of a connection whose protocol was to be found out. */
export interface DetectionOutcome {
  /** `initial` is all that was read, and belongs to the protocol. */
  onDetected(protocol: PooledProtocol, initial: Buffer): void;
  /** No protocol fits, or the bytes that would tell did not come: the connection is to be closed. */
  onUndetected(reason: string): void;
  /** The peer left first. */
  onGone(reason: CloseReason): void;
}

/** Reads a connection's first bytes until they tell which of some protocols it speaks. */
export class DetectingConnection extends TimerEntry implements ConnectionHandler {
  readonly #connection: Connection;
  readonly #protocols: readonly PooledProtocol[];
  readonly #timers: TimerWheel;
  readonly #outcome: DetectionOutcome;
  #read: Buffer = Buffer.alloc(0);
  #done = false;

  /** @param timeoutMs the most time for the deciding bytes to come; 0: no limit */
  constructor(
    connection: Connection,
    protocols: readonly PooledProtocol[],
    timers: TimerWheel,
    timeoutMs: number,
    outcome: DetectionOutcome,
  ) {
    super();
    this.#connection = connection;
    this.#protocols = protocols;
    this.#timers = timers;
    this.#outcome = outcome;
    connection.setHandler(this);
    if (timeoutMs > 0) timers.arm(this, timeoutMs);
  }

  onData(chunk: Buffer): void {
    if (this.#done) return;
    this.#read = this.#read.length === 0 ? chunk : Buffer.concat([this.#read, chunk]);
    let undecided = false;
    for (const protocol of this.#protocols) {
      const verdict = protocol.codec.detect(this.#read);
      if (verdict === "match") {
        this.#end();
        this.#outcome.onDetected(protocol, this.#read);
        return;
      }
      if (verdict === "more") undecided = true;
    }
    if (!undecided) this.#giveUp(`no protocol of ${this.#names()} begins with ${this.#read.subarray(0, 16).toString("hex")}`);
  }

  onEnd(): void {
    this.#giveUp("the peer ended before its protocol was known");
  }

  onClose(reason: CloseReason): void {
    this.#end();
    this.#outcome.onGone(reason);
  }

  onTimer(): void {
    this.#giveUp(`${this.#read.length} bytes came, too few to tell the protocol`);
  }

  onAboveHighWatermark(): void {}

  onBelowLowWatermark(): void {}

  #giveUp(reason: string): void {
    if (this.#done) return;
    this.#end();
    this.#outcome.onUndetected(reason);
    this.#connection.close();
  }

  #end(): void {
    this.#done = true;
    this.#timers.disarm(this);
  }

  #names(): string {
    return this.#protocols.map(({ codec }) => codec.name).join(", ");
  }
}
