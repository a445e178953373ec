/**
 * The floor: the smallest HTTP/1 proxy there can be. It finds the end of the head, scans the fields for Host and Content-Length, adds a field and
 * reuses upstream connections; it takes for granted that a head comes in one piece. `PORT` and `UPSTREAM` come from the environment.
 */
import { connect, createServer, type Socket } from "node:net";

const port = Number(process.env["PORT"]);
const upstreamPort = Number(process.env["UPSTREAM"]);
const requestField = Buffer.from("x-request-id: 123123-123-123-1231231233\r\n\r\n", "latin1");
const responseField = Buffer.from("x-envoy-upstream-service-time: 1\r\n\r\n", "latin1");
const endOfHead = "\r\n\r\n";
const idle: Upstream[] = [];
const routes = new Map([[`127.0.0.1:${port}`, 1]]);

const scanned = { contentLength: 0, hostStart: 0, hostEnd: 0 };

function scan(bytes: Buffer, end: number): void {
  scanned.contentLength = 0;
  scanned.hostStart = 0;
  scanned.hostEnd = 0;
  let at = bytes.indexOf(10) + 1;
  while (at < end) {
    let lineEnd = bytes.indexOf(13, at);
    if (lineEnd < 0 || lineEnd > end) lineEnd = end;
    const colon = bytes.indexOf(58, at);
    if (colon - at === 4 && ((bytes[at] ?? 0) | 0x20) === 104) {
      scanned.hostStart = colon + 2;
      scanned.hostEnd = lineEnd;
    } else if (colon - at === 14 && ((bytes[at + 8] ?? 0) | 0x20) === 108) {
      for (let i = colon + 1; i < lineEnd; i++) {
        const digit = bytes[i] ?? 0;
        if (digit >= 48 && digit <= 57) scanned.contentLength = scanned.contentLength * 10 + digit - 48;
      }
    }
    at = lineEnd + 2;
  }
}

function withField(bytes: Buffer, end: number, field: Buffer): Buffer {
  const out = Buffer.allocUnsafe(bytes.length + field.length - 2);
  bytes.copy(out, 0, 0, end + 2);
  field.copy(out, end + 2);
  bytes.copy(out, end + 2 + field.length, end + 4);
  return out;
}

class Upstream {
  readonly socket: Socket = connect({ port: upstreamPort, host: "127.0.0.1", noDelay: true });
  downstream: Socket | undefined = undefined;
  bodyLeft = -1;
  dead = false;

  constructor() {
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.dead = true;
    });
    this.socket.on("data", (chunk: Buffer) => {
      if (this.downstream === undefined) return;
      if (this.bodyLeft < 0) {
        const end = chunk.indexOf(endOfHead, 0, "latin1");
        scan(chunk, end);
        this.bodyLeft = scanned.contentLength - (chunk.length - end - 4);
        this.downstream.write(withField(chunk, end, responseField));
      } else {
        this.bodyLeft -= chunk.length;
        this.downstream.write(chunk);
      }
      if (this.bodyLeft > 0) return;
      this.bodyLeft = -1;
      this.downstream = undefined;
      idle.push(this);
    });
  }
}

createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => {
    const end = chunk.indexOf(endOfHead, 0, "latin1");
    scan(chunk, end);
    routes.get(chunk.latin1Slice(scanned.hostStart, scanned.hostEnd));
    let upstream = idle.pop();
    while (upstream?.dead === true) upstream = idle.pop();
    upstream ??= new Upstream();
    upstream.downstream = socket;
    upstream.socket.write(withField(chunk, end, requestField));
  });
}).listen(port, "127.0.0.1", () => console.log("ready"));
