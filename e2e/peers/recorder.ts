import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** What one connection carried, both ways, so far. */
export class RecordedConnection {
  readonly #chunks: { readonly isRequest: boolean; readonly bytes: Buffer }[] = [];

  record(isRequest: boolean, bytes: Buffer): void {
    this.#chunks.push({ isRequest, bytes });
  }

  /** From the client to the server. */
  requests(): Buffer {
    return Buffer.concat(this.#chunks.filter((chunk) => chunk.isRequest).map((chunk) => chunk.bytes));
  }

  /** From the server to the client. */
  responses(): Buffer {
    return Buffer.concat(this.#chunks.filter((chunk) => !chunk.isRequest).map((chunk) => chunk.bytes));
  }
}

/** A TCP relay on loopback that keeps what passes. */
export interface Recorder {
  readonly port: number;
  readonly connections: readonly RecordedConnection[];
  /** Resolves as soon as `isEnough` holds; asked after every chunk and every connection. */
  until(isEnough: (recorder: Recorder) => boolean): Promise<void>;
  close(): Promise<void>;
}

/** Relays to a port of 127.0.0.1. */
export async function startRecorder(upstreamPort: number): Promise<Recorder> {
  const connections: RecordedConnection[] = [];
  const sockets = new Set<Socket>();
  const watchers = new Set<() => void>();
  const changed = (): void => {
    for (const watch of watchers) watch();
  };

  const server = createServer((downstream) => {
    const upstream = connect(upstreamPort, "127.0.0.1");
    const connection = new RecordedConnection();
    connections.push(connection);
    for (const [from, to] of [
      [downstream, upstream],
      [upstream, downstream],
    ] as const) {
      sockets.add(from);
      from.on("data", (bytes) => {
        connection.record(from === downstream, bytes);
        to.write(bytes);
        changed();
      });
      from.once("end", () => to.end());
      from.once("error", () => to.destroy());
      from.once("close", () => sockets.delete(from));
    }
    changed();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  const recorder: Recorder = {
    port: (server.address() as AddressInfo).port,
    connections,
    until: (isEnough) =>
      new Promise((resolve) => {
        const watch = (): void => {
          if (!isEnough(recorder)) return;
          watchers.delete(watch);
          resolve();
        };
        watchers.add(watch);
        watch();
      }),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  return recorder;
}
