/** A SOFARPC-speaking provider: answers every call with its own content. `PORT` and `ID` come from the environment. */
import { createServer } from "node:net";
import { RpcFrameKind } from "@mesh/codec";
import { boltCodec, encodeBoltResponse } from "@mesh/codec-bolt";

const id = process.env["ID"] ?? "provider";

createServer({ noDelay: true }, (socket) => {
  const session = boltCodec().open(
    {
      onFrame: (frame) => {
        if (frame.kind === RpcFrameKind.Heartbeat) socket.write(session.heartbeatAck(frame));
        else if (frame.kind === RpcFrameKind.Request) {
          socket.write(encodeBoltResponse({ id: frame.idLow, content: Buffer.from(`${id}: ${frame.body().toString()}`) }));
        }
      },
    },
    { role: "server" },
  );
  socket.on("data", (chunk: Buffer) => session.push(chunk));
  socket.on("error", () => {});
}).listen(Number(process.env["PORT"]), "127.0.0.1", () => console.log("ready"));
