// A load client: a number of connections, one request in flight on each. Reports requests and their times in nanoseconds.
import { connect } from "node:net";

const [port = "0", connections = "64", milliseconds = "3000"] = process.argv.slice(2);
const request = Buffer.from("GET /api/items/42?fields=all HTTP/1.1\r\nHost: web.example\r\nUser-Agent: load\r\nAccept: */*\r\n\r\n");
const bodyLength = 1024;

let finished = 0;
let counting = false;
const times: number[] = [];

for (let i = 0; i < Number(connections); i++) {
  const socket = connect({ port: Number(port), host: "127.0.0.1", noDelay: true });
  let expected = -1;
  let received = 0;
  let sentAt = 0;
  const send = (): void => {
    expected = -1;
    received = 0;
    sentAt = performance.now();
    socket.write(request);
  };
  socket.on("connect", send);
  socket.on("data", (chunk) => {
    if (expected < 0) {
      const end = chunk.indexOf("\r\n\r\n", 0, "latin1");
      if (end < 0) throw new Error("a head that comes in parts");
      if (chunk.toString("latin1", 9, 12) !== "200") throw new Error(chunk.toString("latin1", 0, end));
      expected = end + 4 + bodyLength;
    }
    received += chunk.length;
    if (received < expected) return;
    if (counting) {
      finished++;
      times.push(performance.now() - sentAt);
    }
    send();
  });
}

setTimeout(() => {
  counting = true;
  process.send?.("begin");
  setTimeout(() => {
    counting = false;
    times.sort((a, b) => a - b);
    const at = (share: number): number => times[Math.floor(times.length * share)] ?? 0;
    process.send?.({ requests: finished, p50: at(0.5), p99: at(0.99) }, () => process.exit());
  }, Number(milliseconds));
}, 1500);
