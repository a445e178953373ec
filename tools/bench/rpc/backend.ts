/** A provider that answers every request at once with `BODY` bytes. `PORT`, `BODY` and `PROTOCOL` (of wire.ts) come from the environment. */
import { createServer } from "node:net";
import { wireOf } from "./wire.ts";

const port = Number(process.env["PORT"]);
const wire = wireOf(process.env["PROTOCOL"] ?? "bolt");
const { idOffset, requestHead } = wire;
const response = wire.makeResponse(Number(process.env["BODY"] ?? 1024));
createServer({ noDelay: true }, (socket) => {
  let rest: Buffer | undefined;
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => {
    const data = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    const ids: number[] = [];
    let offset = 0;
    while (data.length - offset >= requestHead) {
      const end = offset + wire.requestLength(data, offset);
      if (data.length < end) break;
      ids.push(data.readInt32BE(offset + idOffset));
      offset = end;
    }
    rest = offset < data.length ? data.subarray(offset) : undefined;
    if (ids.length === 0) return;
    const out = Buffer.allocUnsafe(ids.length * response.length);
    ids.forEach((id, index) => {
      response.copy(out, index * response.length);
      out.writeInt32BE(id, index * response.length + idOffset);
    });
    socket.write(out);
  });
}).listen(port, "127.0.0.1", () => console.log("ready"));
