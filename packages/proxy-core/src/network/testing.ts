import { once } from "node:events";
import { connect as connectSocket, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { TimerWheel } from "../runtime/index.ts";
import { testRuntime } from "../runtime/testing.ts";
import type { CloseReason, ConnectionHandler, NetworkContext } from "./connection.ts";
import { ChunkPool } from "./chunk-pool.ts";
import { WriteBatch } from "./write-batch.ts";

/** @param timers default: a wheel that stands still */
export function networkContext(timers: TimerWheel = testRuntime().timers): NetworkContext {
  return { batch: new WriteBatch(), chunks: new ChunkPool(), timers };
}

/** Two ends of a connection over loopback, both half-closable. */
export interface SocketPair {
  readonly near: Socket;
  readonly far: Socket;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param highWaterMark bytes that the near socket buffers before it reports pressure */
export async function socketPair(highWaterMark: number = 16 * 1024): Promise<SocketPair> {
  const server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark });
  const port = await listen(server);
  const far = connectSocket({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
  const [[near]] = (await Promise.all([once(server, "connection"), once(far, "connect")])) as [[Socket], unknown];
  // A test that resets the connection looks at the event that follows.
  far.on("error", () => {});
  return {
    near,
    far,
    [Symbol.asyncDispose]: async () => {
      near.destroy();
      far.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Listens on loopback; the port. */
export async function listen(server: Server, host: string = "127.0.0.1"): Promise<number> {
  server.listen(0, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A condition that a test waits for, checked whenever something happens. */
class Waiter {
  readonly condition: () => boolean;
  readonly resolve: () => void;

  constructor(condition: () => boolean, resolve: () => void) {
    this.condition = condition;
    this.resolve = resolve;
  }
}

/** Keeps what a connection tells, and lets a test wait for it. */
export class RecordingHandler implements ConnectionHandler {
  /** `end`, `close remote`, `above`, `below`, `connected` …, in order; data is kept apart. */
  readonly events: string[] = [];
  readonly chunks: Buffer[] = [];
  closeError: Error | undefined = undefined;
  #waiters: Waiter[] = [];

  get data(): Buffer {
    return Buffer.concat(this.chunks);
  }

  get text(): string {
    return this.data.toString("latin1");
  }

  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push(new Waiter(condition, resolve));
      this.#check();
    });
  }

  /** Until an event has been told. */
  async untilEvent(event: string): Promise<void> {
    await this.until(() => this.events.includes(event));
  }

  onData(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.#check();
  }

  onEnd(): void {
    this.#tell("end");
  }

  onClose(reason: CloseReason, error: Error | undefined): void {
    this.closeError = error;
    this.#tell(`close ${reason}`);
  }

  onAboveHighWatermark(): void {
    this.#tell("above");
  }

  onBelowLowWatermark(): void {
    this.#tell("below");
  }

  onConnected(): void {
    this.#tell("connected");
  }

  onConnectTimeout(): void {
    this.#tell("timeout");
  }

  #tell(event: string): void {
    this.events.push(event);
    this.#check();
  }

  #check(): void {
    const met = this.#waiters.filter(({ condition }) => condition());
    this.#waiters = this.#waiters.filter((waiter) => !met.includes(waiter));
    for (const { resolve } of met) resolve();
  }
}

/** All that a socket receives until its peer ends. */
export async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Until a socket has received so many bytes more. */
export async function readBytes(socket: Socket, count: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let received = 0;
  while (received < count) {
    const chunk: unknown = socket.read();
    if (chunk instanceof Buffer) {
      chunks.push(chunk);
      received += chunk.length;
    } else {
      await once(socket, "readable");
    }
  }
  return Buffer.concat(chunks);
}
