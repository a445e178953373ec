import { connect, type Socket } from "node:net";

/** A connection that asks a proxy who answers for a service, one question at a time. */
export class Asker {
  readonly #socket: Socket;
  #received = "";
  #answer: (backend: string | undefined) => void = () => {};
  #isGone = false;

  constructor(port: number) {
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (text: string) => this.#onData(text));
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      this.#isGone = true;
      this.#answer(undefined);
    });
  }

  /** The `x-backend` of a good answer; undefined where there is none. */
  ask(service: string): Promise<string | undefined> {
    if (this.#isGone) return Promise.resolve(undefined);
    this.#received = "";
    this.#socket.write(`GET / HTTP/1.1\r\nHost: ${service}\r\n\r\n`);
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Answers have a Content-Length, or nothing after their heads. */
  #onData(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf("\r\n\r\n");
    if (end < 0) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#received)?.[1] ?? 0);
    if (this.#received.length < end + 4 + length) return;
    this.#answer(this.#received.startsWith("HTTP/1.1 200") ? /\r\nx-backend: (\S+)/i.exec(this.#received)?.[1] : undefined);
  }
}
