import { connect, type Socket } from "node:net";
import { RpcFrameKind, type RpcSession } from "@mesh/codec";
import { boltCodec, encodeBoltRequest } from "@mesh/codec-bolt";
import type { Traffic } from "./traffic.ts";

const callTimeoutMs = 3000;
const reconnectMs = 200;

/** A SOFARPC-speaking consumer that calls a service at a steady pace over one connection, as a Java one would. */
export class BoltConsumer {
  readonly #port: number;
  readonly #service: string;
  readonly #traffic: Traffic;
  readonly #waiting = new Map<number, number>();
  readonly #pace: NodeJS.Timeout;
  #nextId = 1;
  #socket: Socket | undefined = undefined;
  #connectedBefore = false;
  #stopped = false;

  /** @param intervalMs milliseconds between two calls */
  constructor(port: number, service: string, intervalMs: number, traffic: Traffic) {
    this.#port = port;
    this.#service = service;
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
    const headers: [string, string][] = [
      ["service", this.#service],
      ["sofa_head_target_service", this.#service],
      ["sofa_head_method_name", "echo"],
    ];
    socket.write(encodeBoltRequest({ id, timeoutMs: callTimeoutMs, headers, content: Buffer.from(`call ${id}`) }));
    for (const [waiting, since] of this.#waiting) {
      if (now - since <= callTimeoutMs) break;
      this.#waiting.delete(waiting);
      this.#traffic.failed(`no answer in ${callTimeoutMs} ms`);
    }
  }

  #open(): void {
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    const session: RpcSession = boltCodec().open(
      {
        onFrame: (frame) => {
          if (frame.kind !== RpcFrameKind.Response) return;
          const since = this.#waiting.get(frame.idLow);
          if (since === undefined) return;
          this.#waiting.delete(frame.idLow);
          if (frame.status !== 0) this.#traffic.failed(`Bolt status ${frame.status}`);
          else this.#traffic.succeeded(performance.now() - since, frame.body().toString().split(":", 1)[0] ?? "");
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
