import { connect } from "node:net";
import type { Socket } from "node:net";

/**
 * A connection to a port of this machine, once it stands.
 *
 * @param from the address of 127.0.0.0/8 that it comes from
 */
export function dial(port: number, from: string = "127.0.0.1"): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", localAddress: from, allowHalfOpen: true });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

/** How the other side ended a connection. */
export type End = "closed" | "reset";

/** All that comes until the other side ends the connection. */
export function readAll(socket: Socket): Promise<{ readonly text: string; readonly end: End }> {
  return new Promise((resolve) => {
    let text = "";
    let end: End = "closed";
    socket.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
    socket.once("error", () => (end = "reset"));
    socket.once("end", () => socket.destroy());
    socket.once("close", () => resolve({ text, end }));
  });
}

/** Sends bytes as they are and reads until the other side closes. */
export async function exchange(port: number, bytes: string): Promise<{ readonly text: string; readonly end: End }> {
  const socket = await dial(port);
  socket.write(bytes, "latin1");
  return readAll(socket);
}
