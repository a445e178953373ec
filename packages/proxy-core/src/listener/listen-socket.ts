import { chmodSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { removeStaleSocket, type SocketAddress } from "../network/index.ts";
import type { Logger } from "../runtime/index.ts";

export interface ListenSocketOptions {
  readonly address: SocketAddress;
  /** Bytes that one read of a connection may bring. */
  readonly highWaterMark: number;
  readonly backlog: number;
  readonly reusePort: boolean;
  readonly logger: Logger;
}

/** Who takes the connections of a socket. */
export interface Acceptor {
  readonly name: string;
  accept(socket: Socket): void;
}

/** A listening socket. It outlives the listener it was bound for: the one that takes its place takes the connections that come. */
export class ListenSocket {
  readonly #options: ListenSocketOptions;
  #acceptor: Acceptor;
  #server: Server | undefined = undefined;

  constructor(options: ListenSocketOptions, acceptor: Acceptor) {
    this.#options = options;
    this.#acceptor = acceptor;
  }

  /** Where it listens: with the port that the kernel chose, if that was left to it. */
  get address(): SocketAddress {
    const { address } = this.#options;
    const bound = this.#server?.address();
    return address.kind === "ip" && bound !== null && typeof bound === "object" ? { ...address, port: bound.port } : address;
  }

  /** Rejects with the system's error (`EADDRINUSE`, `EACCES`) where that cannot be. */
  async bind(): Promise<void> {
    const { address, highWaterMark, backlog, reusePort, logger } = this.#options;
    if (address.kind === "pipe") await removeStaleSocket(address.path);
    const server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark }, (socket) => this.#acceptor.accept(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      const listening = (): void => {
        server.off("error", reject);
        server.on("error", (error) => logger.log("error", "listener", `${this.#acceptor.name}: ${error.message}`));
        resolve();
      };
      if (address.kind === "pipe") {
        server.listen({ path: address.path.startsWith("@") ? `\0${address.path.slice(1)}` : address.path, backlog }, listening);
      } else {
        server.listen({ host: address.address, port: address.port, backlog, reusePort: reusePort && address.port !== 0 }, listening);
      }
    });
    try {
      if (address.kind === "pipe" && address.mode !== undefined && address.mode > 0) chmodSync(address.path, address.mode);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Connections that come from now on are another one's. */
  handTo(acceptor: Acceptor): void {
    this.#acceptor = acceptor;
  }

  /** Connections that were accepted go on. */
  close(): void {
    this.#server?.close();
    this.#server = undefined;
  }
}
