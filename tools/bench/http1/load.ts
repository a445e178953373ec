/**
 * An HTTP/1.1 client that sends at a fixed rate, each request on the connection that has waited longest. All comes from the environment: `PORT`, `CONNECTIONS`,
 * `RATE` (requests a second), `WARMUP` and `SECONDS` and `TARGET`. Prints `measuring` when the warm-up is over, and at the end one line of JSON:
 * `{requests, seconds, errors, p50, p99}`, latencies in microseconds from the moment at which the request was due.
 */
import { connect, type Socket } from "node:net";

const number = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);
const port = number("PORT", 0);
const rate = number("RATE", 2000);
const warmupMs = number("WARMUP", 1) * 1000;
const measureMs = number("SECONDS", 3) * 1000;
const request = Buffer.from(
  `GET ${process.env["TARGET"] ?? "/"} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n`,
);
const endOfHead = "\r\n\r\n";

let measuring = false;
let stopped = false;
let done = 0;
let errors = 0;
const latencies: number[] = [];
const idle: Client[] = [];
const due: number[] = [];

class Client {
  readonly #socket: Socket;
  #since = 0;
  #left = -1;

  constructor() {
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
  }

  open(): void {
    this.#socket.on("connect", () => idle.push(this));
    this.#socket.on("error", () => {
      errors++;
    });
    this.#socket.on("close", () => {
      if (!stopped) errors++;
    });
    this.#socket.on("data", (chunk: Buffer) => this.#onData(chunk));
  }

  send(since: number): void {
    this.#since = since;
    this.#socket.write(request);
  }

  /** Heads of these servers come in one piece, and their answers have a Content-Length. */
  #onData(chunk: Buffer): void {
    if (this.#left < 0) {
      const end = chunk.indexOf(endOfHead, 0, "latin1");
      const head = chunk.toString("latin1", 0, end);
      if (!head.startsWith("HTTP/1.1 200")) errors++;
      this.#left = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0) - (chunk.length - end - 4);
    } else {
      this.#left -= chunk.length;
    }
    if (this.#left > 0) return;
    this.#left = -1;
    if (measuring) {
      done++;
      latencies.push((performance.now() - this.#since) * 1000);
    }
    const next = due.shift();
    if (next === undefined) idle.push(this);
    else this.send(next);
  }
}

for (let i = number("CONNECTIONS", 8); i > 0; i--) new Client().open();
const started = performance.now();
let sent = 0;
const pace = (): void => {
  const wanted = Math.floor(((performance.now() - started) / 1000) * rate);
  for (; sent < wanted; sent++) {
    const since = performance.now();
    const client = idle.shift();
    if (client === undefined) due.push(since);
    else client.send(since);
  }
};
// A timer, and not a loop that never sleeps: the back end has the same CPU, and would wait for its share of it.
setInterval(pace, 1);

setTimeout(() => {
  measuring = true;
  const from = performance.now();
  console.log("measuring");
  setTimeout(() => {
    stopped = true;
    latencies.sort((a, b) => a - b);
    const quantile = (q: number): number => Math.round(latencies[Math.floor(latencies.length * q)] ?? 0);
    console.log(
      JSON.stringify({ requests: done, seconds: (performance.now() - from) / 1000, errors, p50: quantile(0.5), p99: quantile(0.99) }),
    );
    process.exit(0);
  }, measureMs);
}, warmupMs);
