// The floor: the least that a proxy in Node can do. It finds the ends of heads, adds a field in each direction, and takes everything else for granted.
import { connect, createServer, type Socket } from "node:net";

const upstreamPort = Number(process.argv[2]);
const requestField = Buffer.from("x-request-id: 5c1c7b2e-4f7a-4d4c-9f3e-0f6b8f0f3a11\r\n\r\n");
const responseField = Buffer.from("x-envoy-upstream-service-time: 1\r\n\r\n");
const free: Upstream[] = [];

class Upstream {
  readonly socket: Socket;
  client: Socket | undefined = undefined;
  left = -1;

  constructor() {
    this.socket = connect({
      port: upstreamPort,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafeSlow(65_536),
        callback: (length, buffer) => {
          this.onData(Buffer.from(buffer.buffer, buffer.byteOffset, length));
          return true;
        },
      },
    });
  }

  onData(data: Buffer): void {
    const { client } = this;
    if (client === undefined) return;
    if (this.left < 0) {
      const end = data.indexOf("\r\n\r\n", 0, "latin1");
      const at = data.indexOf("Content-Length: ", 0, "latin1") + 16;
      this.left = Number.parseInt(data.toString("latin1", at, at + 8), 10) - (data.length - end - 4);
      client.write(withField(data, end, responseField));
    } else {
      this.left -= data.length;
      client.write(Buffer.from(data));
    }
    if (this.left > 0) return;
    this.left = -1;
    this.client = undefined;
    free.push(this);
  }
}

function withField(data: Buffer, end: number, field: Buffer): Buffer {
  const out = Buffer.allocUnsafe(data.length + field.length - 2);
  data.copy(out, 0, 0, end + 2);
  field.copy(out, end + 2);
  data.copy(out, end + 2 + field.length, end + 4);
  return out;
}

const server = createServer({ noDelay: true }, (client) => {
  client.on("error", () => {});
  client.on("data", (data) => {
    const end = data.indexOf("\r\n\r\n", 0, "latin1");
    const upstream = free.pop() ?? new Upstream();
    upstream.client = client;
    upstream.socket.write(withField(data, end, requestField));
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") process.send?.({ port: address.port });
});
process.on("message", () => process.send?.({ cpu: process.cpuUsage() }));
process.on("disconnect", () => process.exit());
