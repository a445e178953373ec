// What one exchange costs the proxy itself: bytes are handed to the connections and taken from them, without a kernel and without node:net's streams.
// Run: node --conditions=@mesh/source bench/http1-path.ts
import { once } from "node:events";
import { connect, createServer, Socket, type AddressInfo } from "node:net";
import { composeProxy } from "./http1-compose.ts";

const request = Buffer.from("GET /api/items/42?fields=all HTTP/1.1\r\nHost: web.example\r\nUser-Agent: load\r\nAccept: */*\r\n\r\n");
const responseHead =
  "HTTP/1.1 200 OK\r\nServer: backend\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 1024\r\n\r\n";
const response = Buffer.concat([Buffer.from(responseHead), Buffer.alloc(1024, "x")]);

const backend = createServer({ allowHalfOpen: true });
backend.listen(0, "127.0.0.1");
await once(backend, "listening");

// The proxy's own sockets: the client's when it is accepted, the host's when it writes first.
const sockets: Socket[] = [];
const written: Socket[] = [];
let bytes = 0;
const { server, batch } = await composeProxy((backend.address() as AddressInfo).port, (socket) => sockets.push(socket));
server.listen(0, "127.0.0.1");
await once(server, "listening");
const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
await once(client, "connect");
while (sockets.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
const [downstream] = sockets;
if (downstream === undefined) throw new Error("there is no connection");
const capture = function (this: Socket, chunk: Buffer): boolean {
  written.push(this);
  bytes += chunk.length;
  return true;
};
Socket.prototype.write = capture;
downstream.emit("data", request);
while (written.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
const [upstream] = written;
if (upstream === undefined) throw new Error("nothing was written");
upstream.emit("data", response);
batch.flush();

function exchange(client: Socket, host: Socket): void {
  written.length = 0;
  bytes = 0;
  client.emit("data", request);
  batch.flush();
  host.emit("data", response);
  batch.flush();
}

exchange(downstream, upstream);
if (written[0] !== upstream || written[1] !== downstream || bytes < 1024) throw new Error("the exchange did not take place");
let best = Infinity;
for (let round = 0; round < 40; round++) {
  const count = 10_000;
  const start = process.threadCpuUsage();
  for (let i = 0; i < count; i++) exchange(downstream, upstream);
  const { user, system } = process.threadCpuUsage(start);
  if (round > 4) best = Math.min(best, ((user + system) * 1000) / count);
  // Lets the clock, and what else hangs on the event loop, move on.
  await new Promise((resolve) => setImmediate(resolve));
}
console.log(`${best.toFixed(0)} ns an exchange`);
process.exit();
