import { accessSync, constants, statSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { removeStaleSocket } from "../network/index.ts";
import { ListenSocket, type Acceptor, type ListenSocketOptions } from "./listen-socket.ts";

const connectMs = 100;
const nobody: Acceptor = { name: "nobody", accept: (socket) => void socket.destroy() };

/**
 * Finds out whether a socket can be bound, and leaves nothing behind. Rejects with the system's error (`EADDRINUSE`, `EACCES`) where it cannot.
 * Clients that knock meanwhile find nobody: what node:net binds to listen, it listens on at once, so that is not how it is done where they may
 * know the address.
 */
export async function tryAddress(options: ListenSocketOptions): Promise<void> {
  const { address, reusePort } = options;
  if (address.kind === "pipe") return tryPath(address.path);
  if (address.port === 0) return listenBriefly(options);
  const error = await bindToConnect(address.address, address.port);
  if (error === undefined) return;
  // The port may be shared with those who share it too, which only those find out who want to.
  if (reusePort && error.code === "EADDRINUSE") return listenBriefly(options);
  throw error;
}

async function tryPath(path: string): Promise<void> {
  if (path.startsWith("@")) {
    if (await isAnswered(`\0${path.slice(1)}`)) throw new Error("address already in use");
    return;
  }
  await removeStaleSocket(path);
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) throw new Error("address already in use");
  accessSync(dirname(path), constants.W_OK | constants.X_OK);
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/**
 * Sockets that connect can be bound, too, and then only they can be connected to whom they connect to: themselves. That it connects, as it does,
 * is of no interest.
 */
function bindToConnect(localAddress: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  const isAny = localAddress === "0.0.0.0" || localAddress === "::";
  const loopback = localAddress === "::" ? "::1" : "127.0.0.1";
  return new Promise((resolve) => {
    const socket = connect({ host: isAny ? loopback : localAddress, port, localAddress, localPort: port });
    socket.once("connect", () => {
      // Without a wait in TIME-WAIT.
      socket.resetAndDestroy();
      resolve(undefined);
    });
    // A firewall may keep it from that; whether it is bound is known by then.
    socket.setTimeout(connectMs, () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.syscall === "bind" ? error : undefined));
  });
}

async function listenBriefly(options: ListenSocketOptions): Promise<void> {
  const socket = new ListenSocket(options, nobody);
  await socket.bind();
  socket.close();
}
