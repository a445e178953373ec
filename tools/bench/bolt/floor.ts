/**
 * The floor: the smallest Bolt proxy there can be. It reads the service from the header map, rewrites ids over shared upstream
 * connections and writes once a turn; it checks nothing, times nothing and counts nothing. `PORT` and `UPSTREAM` come from the environment.
 */
import { connect, createServer, type Socket } from "node:net";

const port = Number(process.env["PORT"]);
const upstreamPort = Number(process.env["UPSTREAM"]);

let dirty: Side[] = [];
let scheduled = false;

function flush(): void {
  scheduled = false;
  const sides = dirty;
  dirty = [];
  for (const side of sides) side.flush();
}

class Side {
  readonly socket: Socket;
  queue: Buffer[] = [];
  rest: Buffer | undefined = undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => {});
  }

  send(frame: Buffer): void {
    if (this.queue.length === 0) dirty.push(this);
    this.queue.push(frame);
    if (!scheduled) {
      scheduled = true;
      setImmediate(flush);
    }
  }

  flush(): void {
    const { queue } = this;
    this.queue = [];
    this.socket.write(queue.length === 1 ? (queue[0] as Buffer) : Buffer.concat(queue));
  }
}

interface Pending {
  readonly side: Side;
  readonly id: number;
}

class Upstream extends Side {
  readonly pending = new Map<number, Pending>();
  next = 1;

  constructor() {
    super(connect({ port: upstreamPort, host: "127.0.0.1", noDelay: true }));
    this.socket.on("data", (chunk: Buffer) => this.onData(chunk));
  }

  forward(frame: Buffer, side: Side, id: number): void {
    const upstreamId = this.next++ | 0;
    frame.writeInt32BE(upstreamId, 5);
    this.pending.set(upstreamId, { side, id });
    this.send(frame);
  }

  onData(chunk: Buffer): void {
    const data = this.rest === undefined ? chunk : Buffer.concat([this.rest, chunk]);
    let offset = 0;
    while (data.length - offset >= 20) {
      const end = offset + 20 + data.readInt16BE(offset + 12) + data.readInt16BE(offset + 14) + data.readInt32BE(offset + 16);
      if (data.length < end) break;
      const frame = data.subarray(offset, end);
      const id = frame.readInt32BE(5);
      const pending = this.pending.get(id);
      if (pending !== undefined) {
        this.pending.delete(id);
        frame.writeInt32BE(pending.id, 5);
        pending.side.send(frame);
      }
      offset = end;
    }
    this.rest = offset < data.length ? data.subarray(offset) : undefined;
  }
}

const upstreams = [new Upstream(), new Upstream()];
const routes = new Map([["com.alipay.test.TestService:1.0", upstreams]]);
let turn = 0;

createServer({ noDelay: true }, (socket) => {
  const side = new Side(socket);
  socket.on("data", (chunk: Buffer) => {
    const data = side.rest === undefined ? chunk : Buffer.concat([side.rest, chunk]);
    let offset = 0;
    while (data.length - offset >= 22) {
      const classLength = data.readInt16BE(offset + 14);
      const headerLength = data.readInt16BE(offset + 16);
      const end = offset + 22 + classLength + headerLength + data.readInt32BE(offset + 18);
      if (data.length < end) break;
      const frame = data.subarray(offset, end);
      const headers: Record<string, string> = {};
      let at = 22 + classLength;
      const headersEnd = at + headerLength;
      while (at < headersEnd) {
        const keyLength = frame.readInt32BE(at);
        const key = frame.latin1Slice(at + 4, at + 4 + keyLength);
        at += 4 + keyLength;
        const valueLength = frame.readInt32BE(at);
        headers[key] = frame.latin1Slice(at + 4, at + 4 + valueLength);
        at += 4 + valueLength;
      }
      const route = routes.get(headers["sofa_head_target_service"] ?? "");
      route?.[turn++ & 1]?.forward(frame, side, frame.readInt32BE(5));
      offset = end;
    }
    side.rest = offset < data.length ? data.subarray(offset) : undefined;
  });
}).listen(port, "127.0.0.1", () => console.log("ready"));
