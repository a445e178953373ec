// The smallest back end: 1 KiB for whatever is asked, one write a request.
import { createServer } from "node:net";

const body = Buffer.alloc(1024, "x");
const head =
  "HTTP/1.1 200 OK\r\nServer: backend\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 1024\r\n\r\n";
const response = Buffer.concat([Buffer.from(head), body]);

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => {});
  socket.on("data", () => socket.write(response));
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") process.send?.({ port: address.port });
});
process.on("disconnect", () => process.exit());
