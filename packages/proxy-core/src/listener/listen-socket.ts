import { chmodSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { removeStaleSocket, type SocketAddress } from "../network/index.ts";
import type { Logger } from "../runtime/index.ts";

export interface ListenSocketOptions {
  readonly address: SocketAddress;
  /** Bytes that one read of a connection may bring. */
  readonly highWaterMark: number;
  readonly backlog: number;
  /** Of an IP address with a port. */
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
  #options: ListenSocketOptions;
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
    const { address, backlog, reusePort } = this.#options;
    if (address.kind === "pipe") await removeStaleSocket(address.path);
    const server = this.#createServer();
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      const listening = (): void => {
        server.off("error", reject);
        server.on("error", (error) => this.#complain(error));
        resolve();
      };
      if (address.kind === "pipe") {
        server.listen({ path: address.path.startsWith("@") ? `\0${address.path.slice(1)}` : address.path, backlog }, listening);
      } else {
        server.listen({ host: address.address, port: address.port, backlog, reusePort }, listening);
      }
    });
    try {
      this.#setMode();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Connections that come from now on are another one's, whose options are in force from now on, as far as that can be. */
  handTo(acceptor: Acceptor, options: ListenSocketOptions): void {
    const { highWaterMark, backlog, reusePort } = this.#options;
    this.#acceptor = acceptor;
    this.#options = options;
    try {
      this.#setMode();
    } catch (error) {
      this.#complain(error);
    }
    if (options.reusePort !== reusePort) this.#warn("the socket keeps the enable_reuse_port that it was bound with");
    if (options.highWaterMark !== highWaterMark || options.backlog !== backlog) this.#listenAnew();
  }

  /** Connections that were accepted go on. */
  close(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  #createServer(): Server {
    const { highWaterMark } = this.#options;
    return createServer({ allowHalfOpen: true, noDelay: true, highWaterMark }, (socket) => this.#acceptor.accept(socket));
  }

  /**
   * Has another server listen on the same socket: listen(2) again gives it another backlog, and nobody finds it closed. What the one before is left with
   * is nothing, so it is not closed, which would close the socket.
   */
  #listenAnew(): void {
    const { address, backlog } = this.#options;
    const before = this.#server;
    if (before === undefined) return;
    if (address.kind === "pipe") {
      // node:net can do so with sockets of TCP only.
      this.#warn("the socket keeps the tcp_backlog_size, and reads as much at once, as when it was bound");
      return;
    }
    const server = this.#createServer();
    server.on("error", (error) => this.#complain(error));
    server.listen(before, backlog);
    this.#server = server;
  }

  /** Throws the system's error. */
  #setMode(): void {
    const { address } = this.#options;
    if (address.kind === "pipe" && address.mode !== undefined && address.mode > 0) chmodSync(address.path, address.mode);
  }

  #warn(problem: string): void {
    this.#options.logger.log("warning", "listener", `${this.#acceptor.name}: ${problem}`);
  }

  #complain(error: unknown): void {
    const problem = error instanceof Error ? error.message : String(error);
    this.#options.logger.log("error", "listener", `${this.#acceptor.name}: ${problem}`);
  }
}
