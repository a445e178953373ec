import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A TCP proxy on loopback whose connections can be cut, refused or left hanging. */
export interface Cuttable {
  readonly port: number;
  /** Closes all connections, and closes new ones at once, until `mend`. */
  cut(): void;
  /** Keeps connections open, and passes nothing on, until `mend`, which closes them. */
  hang(): void;
  mend(): void;
  close(): Promise<void>;
}

/** Starts a proxy for a port on loopback. */
export async function startCuttable(target: number): Promise<Cuttable> {
  const sockets = new Set<Socket>();
  let state: "open" | "cut" | "hanging" = "open";
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
  };
  const destroyAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((inner) => {
    keep(inner);
    if (state === "cut") {
      inner.destroy();
      return;
    }
    // What hangs takes bytes, and says nothing.
    if (state === "hanging") {
      inner.resume();
      return;
    }
    const outer = connect(target, "127.0.0.1");
    keep(outer);
    inner.pipe(outer).pipe(inner);
    inner.once("close", () => outer.destroy());
    outer.once("close", () => inner.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      state = "cut";
      destroyAll();
    },
    hang: () => {
      state = "hanging";
      for (const socket of sockets) socket.unpipe().resume();
    },
    mend: () => {
      if (state === "hanging") destroyAll();
      state = "open";
    },
    close: async () => {
      destroyAll();
      server.close();
      await once(server, "close");
    },
  };
}
