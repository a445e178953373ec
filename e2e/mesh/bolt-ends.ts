/** A Bolt provider and a caller of this process, for what the Java peers cannot do: answer with any status. */
import { once } from "node:events";
import { connect } from "node:net";
import { BoltStatus, encodeBoltRequest, encodeBoltResponse } from "@mesh/codec-bolt";
import { startTcpOrigin, type Origin } from "./origin.ts";

const requestHead = 22;
const responseHead = 20;

/** Splits what comes into frames of the first version. */
function framesOf(headBytes: number, take: (frame: Buffer) => void): (chunk: Buffer) => void {
  let held = Buffer.alloc(0);
  return (chunk) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= headBytes) {
      const lengths = headBytes - 8;
      const length = headBytes + held.readUInt16BE(lengths) + held.readUInt16BE(lengths + 2) + held.readUInt32BE(lengths + 4);
      if (held.length < length) return;
      take(held.subarray(0, length));
      held = held.subarray(length);
    }
  };
}

/** Answers each call at once, with the status that `next` gives. */
export function startBoltOrigin(next: () => BoltStatus): Promise<Origin> {
  return startTcpOrigin((socket) => {
    const onData = framesOf(requestHead, (frame) => {
      // A heartbeat wants to hear of itself.
      const isHeartbeat = frame.readInt16BE(2) === 0;
      const status = isHeartbeat ? BoltStatus.Success : next();
      socket.write(encodeBoltResponse({ id: frame.readInt32BE(5), status, content: Buffer.from("N") }));
    });
    socket.on("data", onData);
    socket.on("end", () => socket.end());
  });
}

/** The statuses of so many calls, one after the other. */
export async function callBolt(port: number, count: number): Promise<BoltStatus[]> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const statuses: BoltStatus[] = [];
  const headers: [string, string][] = [["sofa_head_target_service", "mesh.e2e.EchoService:1.0"]];
  const call = (): void => void socket.write(encodeBoltRequest({ id: statuses.length + 1, timeoutMs: 3000, headers }));
  await new Promise<void>((resolve, reject) => {
    const onData = framesOf(responseHead, (frame) => {
      statuses.push(frame.readInt16BE(10) as BoltStatus);
      if (statuses.length < count) call();
      else resolve();
    });
    socket.on("data", onData);
    socket.once("close", () => reject(new Error("the proxy closed the connection")));
    call();
  });
  socket.destroy();
  return statuses;
}
