/** A Bolt v1 provider that answers every request at once with `BODY` bytes. `PORT` and `BODY` come from the environment. */
import { createServer } from "node:net";

const port = Number(process.env["PORT"]);
const response = makeResponse(Number(process.env["BODY"] ?? 1024));
const requestHeader = 22;

function makeResponse(bodyBytes: number): Buffer {
  const className = Buffer.from("com.alipay.sofa.rpc.core.response.SofaResponse");
  const frame = Buffer.alloc(20 + className.length + bodyBytes, 97);
  frame.fill(0, 0, 20);
  frame[0] = 1;
  frame.writeInt16BE(2, 2);
  frame[4] = 1;
  frame[9] = 1;
  frame.writeInt16BE(className.length, 12);
  frame.writeInt32BE(bodyBytes, 16);
  className.copy(frame, 20);
  return frame;
}

createServer({ noDelay: true }, (socket) => {
  let rest: Buffer | undefined;
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => {
    const data = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    const ids: number[] = [];
    let offset = 0;
    while (data.length - offset >= requestHeader) {
      const end = offset + requestHeader + data.readUInt16BE(offset + 14) + data.readUInt16BE(offset + 16) + data.readUInt32BE(offset + 18);
      if (data.length < end) break;
      ids.push(data.readInt32BE(offset + 5));
      offset = end;
    }
    rest = offset < data.length ? data.subarray(offset) : undefined;
    if (ids.length === 0) return;
    const out = Buffer.allocUnsafe(ids.length * response.length);
    ids.forEach((id, index) => {
      response.copy(out, index * response.length);
      out.writeInt32BE(id, index * response.length + 5);
    });
    socket.write(out);
  });
}).listen(port, "127.0.0.1", () => console.log("ready"));
