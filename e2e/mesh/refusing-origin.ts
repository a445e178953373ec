import { RpcFrameKind, type LocalReply, type RpcCodec } from "@mesh/codec";
import { startTcpOrigin } from "./origin.ts";

/** A provider that answers every call as a proxy answers it by itself. */
export interface RefusingOrigin {
  readonly port: number;
  /** Calls that wanted an answer. */
  readonly calls: number;
  close(): Promise<void>;
}

export async function startRefusingOrigin(codec: RpcCodec, reply: LocalReply): Promise<RefusingOrigin> {
  let calls = 0;
  const origin = await startTcpOrigin((socket) => {
    const session = codec.open(
      {
        onFrame: (frame) => {
          if (frame.kind === RpcFrameKind.Request) calls++;
          const bytes = session.localReply(frame, reply);
          if (bytes !== undefined) socket.write(bytes);
        },
      },
      { role: "server" },
    );
    socket.on("data", (chunk: Buffer) => session.push(chunk));
    socket.once("end", () => socket.end());
  });
  return {
    port: origin.port,
    get calls() {
      return calls;
    },
    close: () => origin.close(),
  };
}
