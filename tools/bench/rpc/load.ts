/**
 * A caller that keeps a window of requests in flight on each connection, or sends at a fixed rate. All comes from the environment: `PROTOCOL` (of
 * wire.ts), `PORT`, `CONNECTIONS`, `WINDOW`, `BODY`, `WARMUP` and `SECONDS`; `RATE` (requests a second in all) instead of `WINDOW`.
 * Prints `measuring` when the warm-up is over, and at the end one line of JSON: `{requests, seconds, errors, p50, p99}`, latencies in microseconds.
 */
import { connect, type Socket } from "node:net";
import { wireOf } from "./wire.ts";

const number = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);
const port = number("PORT", 0);
const connections = number("CONNECTIONS", 8);
const windowSize = number("WINDOW", 16);
const rate = number("RATE", 0);
const warmupMs = number("WARMUP", 1) * 1000;
const measureMs = number("SECONDS", 3) * 1000;
const wire = wireOf(process.env["PROTOCOL"] ?? "bolt");
const { idOffset, responseHead } = wire;
const request = wire.makeRequest(number("BODY", 1024));

let measuring = false;
let stopped = false;
let done = 0;
let errors = 0;
let nextId = 1;
/** Send times by id; only kept at a fixed rate, where latency is what is measured. */
const sentAt = new Map<number, number>();
const latencies: number[] = [];

function send(socket: Socket, count: number): void {
  const out = Buffer.allocUnsafe(count * request.length);
  for (let i = 0; i < count; i++) {
    request.copy(out, i * request.length);
    const id = nextId++ | 0;
    out.writeInt32BE(id, i * request.length + idOffset);
    if (rate > 0 || windowSize === 1) sentAt.set(id, performance.now());
  }
  socket.write(out);
}

function open(): Socket {
  let rest: Buffer | undefined;
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.on("error", () => {
    errors++;
  });
  socket.on("close", () => {
    if (!stopped) errors++;
  });
  socket.on("data", (chunk: Buffer) => {
    const data = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    const now = performance.now();
    let offset = 0;
    let count = 0;
    while (data.length - offset >= responseHead) {
      const end = offset + wire.responseLength(data, offset);
      if (data.length < end) break;
      if (!wire.isSuccess(data, offset)) errors++;
      const id = data.readInt32BE(offset + idOffset);
      const started = sentAt.get(id);
      if (started !== undefined) {
        sentAt.delete(id);
        if (measuring) latencies.push((now - started) * 1000);
      }
      count++;
      offset = end;
    }
    rest = offset < data.length ? data.subarray(offset) : undefined;
    if (measuring) done += count;
    if (count > 0 && !stopped && rate === 0) send(socket, count);
  });
  if (rate === 0) socket.on("connect", () => send(socket, windowSize));
  return socket;
}

const sockets = Array.from({ length: connections }, open);
if (rate > 0) {
  const started = performance.now();
  let sent = 0;
  const pace = (): void => {
    if (stopped) return;
    const due = Math.floor(((performance.now() - started) / 1000) * rate);
    for (; sent < due; sent++) {
      const socket = sockets[sent % sockets.length];
      if (socket !== undefined) send(socket, 1);
    }
    setImmediate(pace);
  };
  pace();
}

setTimeout(() => {
  measuring = true;
  const from = performance.now();
  console.log("measuring");
  setTimeout(() => {
    measuring = false;
    stopped = true;
    latencies.sort((a, b) => a - b);
    const quantile = (q: number): number => Math.round(latencies[Math.floor(latencies.length * q)] ?? 0);
    const seconds = (performance.now() - from) / 1000;
    console.log(JSON.stringify({ requests: done, seconds, errors, p50: quantile(0.5), p99: quantile(0.99) }));
    process.exit(0);
  }, measureMs);
}, warmupMs);
