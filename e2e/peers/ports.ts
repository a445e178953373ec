import { createServer } from "node:net";

/**
 * Below the range that Linux gives to outgoing connections (32768 on): a port from that range could be taken by somebody's
 * connection between being chosen here and being bound by the peer.
 */
const lowest = 10_240;
const highest = 32_000;

const given = new Set<number>();

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** A TCP port of 127.0.0.1 that nobody listens on, for a peer that cannot choose one itself. No port is given twice by one process. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}
