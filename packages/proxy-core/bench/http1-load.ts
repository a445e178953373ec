// A load client: a number of connections, one request in flight on each. Tells how many have been answered when it is asked.
import { connect } from "node:net";

const [port = "0", connections = "64"] = process.argv.slice(2);
const request = Buffer.from("GET /api/items/42?fields=all HTTP/1.1\r\nHost: web.example\r\nUser-Agent: load\r\nAccept: */*\r\n\r\n");
const bodyLength = 1024;
let requests = 0;

for (let i = 0; i < Number(connections); i++) {
  const socket = connect({ port: Number(port), host: "127.0.0.1", noDelay: true });
  let expected = -1;
  let received = 0;
  const send = (): void => {
    expected = -1;
    received = 0;
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
    requests++;
    send();
  });
}

process.on("message", () => process.send?.({ requests }));
process.on("disconnect", () => process.exit());
