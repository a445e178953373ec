import type { Socket } from "node:net";
import { TimerEntry, type TimerWheel } from "../runtime/index.ts";
import type { ChunkPool } from "./chunk-pool.ts";
import { chunkBytes } from "./chunk-pool.ts";
import type { Flushable, WriteBatch } from "./write-batch.ts";

/** Who ended a connection: this side, the peer in an orderly way, or an error (reset, broken pipe, time-out of the kernel's). */
export type CloseReason = "local" | "remote" | "error";

/** What a connection tells its owner. Nothing is called after `onClose`. */
export interface ConnectionHandler {
  /** Bytes arrived. The chunk is the handler's to keep, and is never written to again unless the handler releases it (`releaseChunk`). */
  onData(chunk: Buffer): void;
  /** The peer will send nothing more; it may still read. */
  onEnd(): void;
  /** The connection is over, called exactly once. */
  onClose(reason: CloseReason, error: Error | undefined): void;
  /** More than the buffer limit waits to be sent: stop producing. */
  onAboveHighWatermark(): void;
  /** All of it was sent. */
  onBelowLowWatermark(): void;
}

/** What connections of one event loop share. */
export interface NetworkContext {
  readonly batch: WriteBatch;
  readonly chunks: ChunkPool;
  /** Bound how long a connection that is closing waits for its peer. */
  readonly timers: TimerWheel;
}

export interface ConnectionOptions {
  /** Bytes that may wait to be sent before `onAboveHighWatermark`; 0: as many as there are. */
  readonly bufferLimitBytes: number;
}

/** Bytes that a socket buffers before it reports pressure; below Node's own default so that limits under it are honoured. */
export const socketHighWaterMark: number = 16 * 1024;

/** What a socket's `highWaterMark` has to be for a buffer limit to be noticed. */
export function highWaterMarkOf(bufferLimitBytes: number): number {
  return bufferLimitBytes === 0 ? socketHighWaterMark : Math.min(socketHighWaterMark, bufferLimitBytes);
}

let lastConnectionId = 0;

/**
 * A socket, downstream or upstream, whose writes leave once a turn.
 *
 *     reserve(n) ─► #chunk … flush() ─► socket.write ─► kernel
 *                                           │ what the kernel does not take waits in the socket: above the limit, the handler is told
 */
export class Connection implements Flushable {
  readonly id: number;
  readonly socket: Socket;
  readonly #context: NetworkContext;
  readonly #bufferLimit: number;
  #handler: ConnectionHandler;
  #chunk: Buffer | undefined = undefined;
  #used = 0;
  #queued = false;
  #aboveHigh = false;
  #closed = false;
  #released = false;
  #ending = false;
  #readingPaused = 0;
  #error: Error | undefined = undefined;
  #localClose = false;
  #linger: Linger | undefined = undefined;
  /** Bytes since the connection began. */
  bytesReceived = 0;
  bytesSent = 0;

  constructor(socket: Socket, context: NetworkContext, handler: ConnectionHandler, options: ConnectionOptions) {
    this.id = ++lastConnectionId;
    this.socket = socket;
    this.#context = context;
    this.#handler = handler;
    this.#bufferLimit = options.bufferLimitBytes === 0 ? Infinity : options.bufferLimitBytes;
    socket.on("data", (chunk: Buffer) => this.receive(chunk));
    socket.on("end", () => {
      if (!this.#closed) this.#handler.onEnd();
    });
    socket.on("drain", () => this.#drained());
    socket.on("error", (error) => {
      this.#error = error;
    });
    socket.on("close", () => this.#onSocketClose());
  }

  /**
   * Takes bytes that were read, by the socket itself or into a `ReadBuffer`.
   *
   * @returns true when the handler released the chunk: its memory may be written to again
   */
  receive(chunk: Buffer): boolean {
    if (this.#closed) return true;
    this.bytesReceived += chunk.length;
    this.#released = false;
    this.#handler.onData(chunk);
    return this.#released;
  }

  /**
   * To be called from within `onData` by a handler that keeps nothing of the chunk: it was copied, or the kernel has taken it. On upstream
   * connections the next bytes are then read into the same memory, which spares an allocation of 64 KiB a read.
   */
  releaseChunk(): void {
    this.#released = true;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** True once `end` or `close` was called. */
  get ending(): boolean {
    return this.#ending;
  }

  /** Bytes that were written and not yet taken by the kernel. */
  get pendingBytes(): number {
    return this.#used + this.socket.writableLength;
  }

  /** Bytes since the connection began, those that wait for the end of the turn with them. */
  get bytesWritten(): number {
    return this.bytesSent + this.#used;
  }

  get aboveHighWatermark(): boolean {
    return this.#aboveHigh;
  }

  get handler(): ConnectionHandler {
    return this.#handler;
  }

  /** Hands the connection to another owner: when the protocol becomes known, or changes. */
  setHandler(handler: ConnectionHandler): void {
    this.#handler = handler;
  }

  /**
   * Makes room for `size` bytes, which the caller must write at once into `output` at the returned offset. They leave at the end of the turn.
   * Must not be called once the connection is closed or ending.
   */
  reserve(size: number): number {
    let chunk = this.#chunk;
    if (chunk === undefined || chunk.length - this.#used < size) {
      if (chunk !== undefined) this.#writeChunk();
      chunk = this.#context.chunks.take(size);
      this.#chunk = chunk;
    }
    if (!this.#queued) {
      this.#queued = true;
      this.#context.batch.add(this);
    }
    const offset = this.#used;
    this.#used = offset + size;
    return offset;
  }

  /** The memory that `reserve` gave room in. */
  get output(): Buffer {
    return this.#chunk as Buffer;
  }

  /** Sends bytes at the end of the turn. Long ones are not copied, and must not be changed until they are sent. */
  write(bytes: Buffer): void {
    if (this.#closed || this.#ending) return;
    if (bytes.length > chunkBytes) {
      if (this.#chunk !== undefined) this.#writeChunk();
      this.#writeOut(bytes);
      return;
    }
    const offset = this.reserve(bytes.length);
    bytes.copy(this.output, offset);
  }

  /** Sends bytes now, uncopied: for a splice, where a turn brings a connection one chunk. They must not be changed until they are sent. */
  writeThrough(bytes: Buffer): void {
    if (this.#closed || this.#ending) return;
    if (this.#chunk !== undefined) this.#writeChunk();
    this.#writeOut(bytes);
  }

  /** What is written from here on waits for the caller's `flush`, and not for the end of a turn. */
  holdForFlush(): void {
    this.#queued = true;
  }

  flush(): void {
    this.#queued = false;
    if (this.#chunk !== undefined) this.#writeChunk();
  }

  /** Sends what is written, then tells the peer that nothing follows. What the peer still sends is still read. */
  end(): void {
    if (this.#closed || this.#ending) return;
    this.flush();
    this.#ending = true;
    this.socket.end();
  }

  /**
   * Sends what is written, then closes. The handler hears of the close only; what the peer still sends is read and dropped until it ends
   * as well, for a second at most: a socket closed with bytes unread is reset, and the peer loses what is on its way.
   */
  closeAfterFlush(): void {
    if (this.#closed || this.#linger !== undefined) return;
    this.#localClose = true;
    if (!this.#ending) {
      this.flush();
      this.#ending = true;
    }
    this.#handler = discard(this.#handler);
    this.socket.resume();
    // The socket closes by itself when both sides have ended.
    this.socket.end();
    this.#linger = new Linger(this, this.#context.timers);
  }

  /** Closes now; what was not sent is lost. */
  close(): void {
    if (this.#closed) return;
    this.#localClose = true;
    this.#ending = true;
    this.socket.destroy();
  }

  /** Closes with a TCP reset, so that the peer sees a failure and not an end. A unix socket, which knows no resets, is closed. */
  reset(): void {
    if (this.#closed) return;
    this.#localClose = true;
    this.#ending = true;
    const { socket } = this;
    // A unix socket has no addresses; one that is still connecting has none either, and nobody yet who could be told. A peer to whom all was
    // sent, the end as well, learns nothing from a reset, and libuv makes none while its shutdown is under way: Node then emits no `close`.
    if (socket.remoteAddress === undefined || (socket.writableEnded && socket.writableLength === 0)) socket.destroy();
    else socket.resetAndDestroy();
  }

  /** Stops reading until `resumeReading` was called as often. */
  pauseReading(): void {
    if (this.#readingPaused++ === 0) this.socket.pause();
  }

  resumeReading(): void {
    if (this.#readingPaused === 0 || --this.#readingPaused > 0 || this.#closed) return;
    this.socket.resume();
  }

  #writeChunk(): void {
    const chunk = this.#chunk as Buffer;
    const used = this.#used;
    this.#chunk = undefined;
    this.#used = 0;
    if (used === 0 || this.socket.destroyed) {
      this.#context.chunks.give(chunk);
      return;
    }
    this.#writeOut(used === chunk.length ? chunk : chunk.subarray(0, used));
    if (this.socket.writableLength === 0) this.#context.chunks.give(chunk);
  }

  #writeOut(bytes: Buffer): void {
    this.bytesSent += bytes.length;
    if (this.socket.write(bytes)) return;
    if (!this.#aboveHigh && this.socket.writableLength > this.#bufferLimit) {
      this.#aboveHigh = true;
      this.#handler.onAboveHighWatermark();
    }
  }

  #drained(): void {
    if (!this.#aboveHigh || this.#closed) return;
    this.#aboveHigh = false;
    this.#handler.onBelowLowWatermark();
  }

  #onSocketClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#linger !== undefined) this.#linger.stop();
    if (this.#chunk !== undefined) {
      this.#context.chunks.give(this.#chunk);
      this.#chunk = undefined;
      this.#used = 0;
    }
    const reason = this.#localClose ? "local" : this.#error === undefined ? "remote" : "error";
    this.#handler.onClose(reason, this.#error);
  }
}

/** As Envoy's `delayed_close_timeout`, which is a second by default: the time without progress. */
const lingerMs = 1000;

/** Closes a connection whose peer neither takes what it is sent nor ends. */
class Linger extends TimerEntry {
  readonly #connection: Connection;
  readonly #timers: TimerWheel;
  #pending: number;

  constructor(connection: Connection, timers: TimerWheel) {
    super();
    this.#connection = connection;
    this.#timers = timers;
    this.#pending = connection.pendingBytes;
    timers.arm(this, lingerMs);
  }

  stop(): void {
    this.#timers.disarm(this);
  }

  override onTimer(): void {
    const { pendingBytes } = this.#connection;
    if (pendingBytes >= this.#pending) {
      this.#connection.close();
      return;
    }
    this.#pending = pendingBytes;
    this.#timers.arm(this, lingerMs);
  }
}

/** Lets a closing connection's handler hear of the close and of nothing else. */
function discard(handler: ConnectionHandler): ConnectionHandler {
  return {
    onData: () => {},
    onEnd: () => {},
    onClose: (reason, error) => handler.onClose(reason, error),
    onAboveHighWatermark: () => {},
    onBelowLowWatermark: () => {},
  };
}
