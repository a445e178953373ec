import { connect as connectSocket, type Socket } from "node:net";
import { TimerEntry, type TimerWheel } from "../runtime/index.ts";
import type { SocketAddress } from "./address.ts";
import { ReadBuffer } from "./read-buffer.ts";
import type { SourceAddress } from "./source-address.ts";
import { Connection, highWaterMarkOf, type ConnectionHandler, type ConnectionOptions, type NetworkContext } from "./connection.ts";

export interface ConnectOptions extends ConnectionOptions {
  readonly address: SocketAddress;
  /** Milliseconds until the attempt is given up. */
  readonly connectTimeoutMs: number;
  readonly timers: TimerWheel;
  /** Where it is to come from. Default: the kernel chooses. */
  readonly source?: SourceAddress | undefined;
}

export interface UpstreamConnectionHandler extends ConnectionHandler {
  onConnected(): void;
  /** The connection did not come in time. `onClose` follows. */
  onConnectTimeout(): void;
}

/** Begins a connection. What is written before it stands is sent when it does. */
export function connect(context: NetworkContext, handler: UpstreamConnectionHandler, options: ConnectOptions): Connection {
  const { address } = options;
  const read = new ReadBuffer();
  const common = {
    noDelay: true,
    allowHalfOpen: true,
    highWaterMark: highWaterMarkOf(options.bufferLimitBytes),
    onread: {
      buffer: () => read.next(),
      callback: (length: number) => {
        read.received(length, connection.receive(read.next().subarray(0, length)));
        return true;
      },
    },
  };
  const socket: Socket =
    address.kind === "pipe"
      ? connectSocket({ ...common, path: address.path.startsWith("@") ? `\0${address.path.slice(1)}` : address.path })
      : connectSocket({ ...common, host: address.address, port: address.port, ...options.source });
  const connection = new Connection(socket, context, handler, options);
  const timeout = new ConnectTimeout(connection, handler);
  options.timers.arm(timeout, options.connectTimeoutMs);
  socket.once("connect", () => {
    options.timers.disarm(timeout);
    handler.onConnected();
  });
  socket.once("close", () => options.timers.disarm(timeout));
  return connection;
}

class ConnectTimeout extends TimerEntry {
  readonly #connection: Connection;
  readonly #handler: UpstreamConnectionHandler;

  constructor(connection: Connection, handler: UpstreamConnectionHandler) {
    super();
    this.#connection = connection;
    this.#handler = handler;
  }

  onTimer(): void {
    this.#handler.onConnectTimeout();
    this.#connection.close();
  }
}
