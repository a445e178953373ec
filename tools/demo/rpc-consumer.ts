import { connect, type Socket } from "node:net";
import { RpcFrameKind, type RpcSession } from "@mesh/codec";
import { callTimeoutMs, instanceHeader, type RpcDialect } from "./protocols.ts";
import type { Traffic } from "./traffic.ts";

const reconnectMs = 200;

/** Calls a service at a steady pace over one connection, as a Java consumer would. */
export class RpcConsumer {
  readonly #port: number;
  readonly #dialect: RpcDialect;
  readonly #traffic: Traffic;
  readonly #waiting = new Map<number, number>();
  readonly #pace: NodeJS.Timeout;
  #nextId = 1;
  #socket: Socket | undefined = undefined;
  #connectedBefore = false;
  #stopped = false;

  /**
   * @param port of the sidecar
   * @param intervalMs milliseconds between two calls
   */
  constructor(port: number, dialect: RpcDialect, intervalMs: number, traffic: Traffic) {
    this.#port = port;
    this.#dialect = dialect;
    this.#traffic = traffic;
    this.#open();
    this.#pace = setInterval(() => this.#call(), intervalMs);
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#pace);
    this.#socket?.destroy();
  }

  #call(): void {
    const socket = this.#socket;
    if (socket === undefined) {
      if (this.#connectedBefore) this.#traffic.failed("no connection to the sidecar");
      return;
    }
    const id = this.#nextId++ | 0;
    const now = performance.now();
    this.#waiting.set(id, now);
    socket.write(this.#dialect.request(id));
    for (const [waiting, since] of this.#waiting) {
      if (now - since <= callTimeoutMs) break;
      this.#waiting.delete(waiting);
      this.#traffic.failed(`no answer in ${callTimeoutMs} ms`);
    }
  }

  #open(): void {
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    const session: RpcSession = this.#dialect.codec.open(
      {
        onFrame: (frame) => {
          if (frame.kind === RpcFrameKind.Heartbeat) socket.write(session.heartbeatAck(frame));
          if (frame.kind !== RpcFrameKind.Response) return;
          const since = this.#waiting.get(frame.idLow);
          if (since === undefined) return;
          this.#waiting.delete(frame.idLow);
          const instance = frame.headers.get(instanceHeader);
          if (frame.httpStatus === 200 && instance !== undefined) this.#traffic.succeeded(performance.now() - since, instance);
          else this.#traffic.failed(`status ${frame.status} (in HTTP ${frame.httpStatus})`);
        },
      },
      { role: "client" },
    );
    socket.on("connect", () => {
      this.#socket = socket;
      this.#connectedBefore = true;
    });
    socket.on("data", (chunk: Buffer) => session.push(chunk));
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#socket = undefined;
      for (const id of this.#waiting.keys()) {
        this.#waiting.delete(id);
        this.#traffic.failed("the sidecar closed the connection");
      }
      if (!this.#stopped) setTimeout(() => this.#open(), reconnectMs);
    });
  }
}
