import type { CloseReason, Connection, ConnectionHandler } from "../network/index.ts";
import { TimerEntry, type TimerWheel } from "../runtime/index.ts";
import type { DownstreamStats } from "../stream/index.ts";
import type { PooledProtocol } from "./protocol.ts";

/** What is to be found out of a connection, and whom to tell. One of `onDetected`, `onReleased` and `onGone` is called, once. */
export interface DetectionOptions {
  /** That it has been counted in. */
  readonly stats: DownstreamStats;
  /** Asked in this order. */
  readonly protocols: readonly PooledProtocol[];
  /** Milliseconds for the first byte; 0: no limit. */
  readonly idleTimeoutMs: number;
  /** Milliseconds from the first byte to those that decide; 0: no limit. */
  readonly detectionTimeoutMs: number;
  /** `initial` is all that was read, and belongs to the protocol. */
  onDetected(protocol: PooledProtocol, initial: Buffer): void;
  /** Nothing has come. The connection is being closed. */
  onIdle(): void;
  /** No protocol fits, or the bytes that would tell do not come. The connection is being closed. */
  onUndetected(reason: string, bytes: number): void;
  /** Another filter takes it. */
  onReleased(): void;
  /** @param byPeer the peer left first */
  onGone(byPeer: boolean): void;
}

/**
 * Reads a connection's first bytes until they tell which of some protocols it speaks. A SOFARPC client connects long before its first call, so
 * that a connection without a byte is idle and nothing worse.
 */
export class DetectingConnection extends TimerEntry implements ConnectionHandler {
  readonly #connection: Connection;
  readonly #timers: TimerWheel;
  readonly #options: DetectionOptions;
  #read: Buffer = Buffer.alloc(0);
  #done = false;
  #draining = false;
  #endedByPeer = false;

  constructor(connection: Connection, timers: TimerWheel, options: DetectionOptions) {
    super();
    this.#connection = connection;
    this.#timers = timers;
    this.#options = options;
    connection.setHandler(this);
    if (options.idleTimeoutMs > 0) timers.arm(this, options.idleTimeoutMs);
  }

  /** The connection is to be drained once its protocol is known. */
  get draining(): boolean {
    return this.#draining;
  }

  /** Closes unless something has come, or is on its way: that is served before. */
  drain(): void {
    if (this.#draining || this.#done) return;
    this.#draining = true;
    // After a whole turn of the event loop, in which what had come was read.
    setImmediate(() => setImmediate(() => this.#closeIfEmpty()));
  }

  /** Gives it to another filter with what was read and where it was counted. Returns false, and does nothing, where it is ending. */
  release(take: (stats: DownstreamStats, initial: Buffer | undefined) => void): boolean {
    if (this.#done || this.#draining || this.#endedByPeer) return false;
    this.#end();
    this.#options.onReleased();
    take(this.#options.stats, this.#read.length === 0 ? undefined : this.#read);
    return true;
  }

  close(): void {
    this.#connection.close();
  }

  onData(chunk: Buffer): void {
    if (this.#done) return;
    const isFirst = this.#read.length === 0;
    this.#read = isFirst ? chunk : Buffer.concat([this.#read, chunk]);
    let undecided = false;
    for (const protocol of this.#options.protocols) {
      const verdict = protocol.codec.detect(this.#read);
      if (verdict === "match") {
        this.#end();
        this.#options.onDetected(protocol, this.#read);
        return;
      }
      if (verdict === "more") undecided = true;
    }
    if (!undecided) this.#giveUp(`no protocol of ${this.#names} begins with ${describe(this.#read)}`);
    else if (isFirst) this.#startDetection();
  }

  onEnd(): void {
    if (this.#done) return;
    this.#endedByPeer = true;
    if (this.#read.length > 0) {
      this.#giveUp("the peer ended before its protocol was known");
      return;
    }
    this.#end();
    this.#connection.closeAfterFlush();
  }

  onClose(reason: CloseReason): void {
    this.#end();
    this.#options.onGone(reason !== "local" || this.#endedByPeer);
  }

  onTimer(): void {
    if (this.#read.length > 0) {
      this.#giveUp(`${this.#read.length} bytes came, too few to tell the protocol`);
      return;
    }
    this.#end();
    this.#options.onIdle();
    this.#connection.closeAfterFlush();
  }

  onAboveHighWatermark(): void {}

  onBelowLowWatermark(): void {}

  #startDetection(): void {
    const { detectionTimeoutMs } = this.#options;
    if (detectionTimeoutMs > 0) this.#timers.arm(this, detectionTimeoutMs);
    else this.#timers.disarm(this);
  }

  #giveUp(reason: string): void {
    this.#end();
    this.#options.onUndetected(reason, this.#read.length);
    this.#connection.closeAfterFlush();
  }

  #closeIfEmpty(): void {
    if (this.#done || this.#read.length > 0) return;
    this.#end();
    this.#connection.closeAfterFlush();
  }

  #end(): void {
    this.#done = true;
    this.#timers.disarm(this);
  }

  get #names(): string {
    return this.#options.protocols.map(({ codec }) => codec.name).join(", ");
  }
}

/** RFC 9113 §3.4: how HTTP/2 begins. */
const http2Beginning = Buffer.from("PRI * HTTP/2", "latin1");

function describe(bytes: Buffer): string {
  const hex = bytes.toString("hex", 0, 16);
  if (!bytes.subarray(0, http2Beginning.length).equals(http2Beginning)) return hex;
  return `${hex}, HTTP/2 (Triple or gRPC): a filter chain for the application protocol h2c can pass it on`;
}
