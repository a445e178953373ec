import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { testRuntime } from "../runtime/testing.ts";
import { ListenSocket, type Acceptor, type ListenSocketOptions } from "./listen-socket.ts";

class Accepting implements Acceptor {
  readonly name = "in";
  readonly sockets: Socket[] = [];
  #wake = (): void => {};

  accept(socket: Socket): void {
    this.sockets.push(socket);
    onTestFinished(() => void socket.destroy());
    this.#wake();
  }

  async next(): Promise<Socket> {
    const { length } = this.sockets;
    while (this.sockets.length === length) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.sockets[length]!;
  }
}

const optionsOf = (port: number, more: Partial<ListenSocketOptions> = {}): ListenSocketOptions => ({
  address: { kind: "ip", address: "127.0.0.1", port },
  highWaterMark: 16_384,
  backlog: 10,
  reusePort: false,
  logger: testRuntime().logger,
  ...more,
});

async function portOf(socket: ListenSocket): Promise<number> {
  await socket.bind();
  onTestFinished(() => socket.close());
  return socket.address.kind === "ip" ? socket.address.port : 0;
}

function knock(port: number): Socket {
  const client = connect({ host: "127.0.0.1", port });
  onTestFinished(() => void client.destroy());
  return client;
}

test("a socket that is handed to another one has its options, and the connections of before stay with whom they came to", async () => {
  const [before, after] = [new Accepting(), new Accepting()];
  const socket = new ListenSocket(optionsOf(0), before);
  const port = await portOf(socket);
  const first = before.next();
  const client = knock(port);
  const early = await first;
  socket.handTo(after, optionsOf(0, { highWaterMark: 4096, backlog: 20 }));
  const second = after.next();
  knock(port);
  expect([early.readableHighWaterMark, (await second).readableHighWaterMark]).toEqual([16_384, 4096]);
  early.end("still here");
  expect(String((await once(client, "data"))[0])).toBe("still here");
  expect([before.sockets.length, after.sockets.length]).toEqual([1, 1]);
  expect(socket.address).toEqual({ kind: "ip", address: "127.0.0.1", port });
  socket.close();
  await expect(once(knock(port), "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
});
