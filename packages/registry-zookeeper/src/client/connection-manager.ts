import type { Socket } from "node:net";
import type { Client } from "node-zookeeper-client";

/** What this package has to reach of the library's connection, beyond its public surface. */
export interface ConnectionManager {
  /** Closes the socket; the library connects again, with the same session. */
  cut(): void;
  /** Closes the socket for good. */
  destroy(): void;
}

interface Internals {
  state: number;
  socket?: Socket;
  connectTimeoutHandler: ReturnType<typeof setTimeout> | null;
  pendingBuffer: Buffer | null;
  packetQueue: { queue: unknown[] };
  watcherManager: { dataWatchers: object; childWatchers: object; existenceWatchers: object };
  connect(): void;
  onSocketConnected(): void;
  onSocketData(bytes: Buffer): void;
}

/** The library's state in which a closed socket is not followed by another. */
const closing = -1;

/**
 * Works around what node-zookeeper-client 1.1.3 does with a connection:
 *
 * - Half a message that a lost connection left behind is put before the first of the next one. It is dropped here.
 * - All watches go into one request of the next connection. Some ten thousand make it larger than a server takes (1 MiB), which then closes
 *   the connection, again and again. As everything is read anew after each loss, with new watches, the old ones are dropped.
 * - Requests that were not sent stay, and are sent later; this package has given them up by then, so they are dropped, too.
 * - An error code that the library does not know is thrown out of a socket's event, which would end the process. It costs the connection.
 * - A connection that hangs is never given up, and one that is being made cannot be called off: `cut` and `destroy`.
 *
 * @param onAttempt - called before each attempt to connect, the first one too; the library says nothing of those that fail
 */
export function managerOf(client: Client, onAttempt: () => void): ConnectionManager {
  const manager = internalsOf(client);
  const connect = manager.connect.bind(manager);
  manager.connect = () => {
    onAttempt();
    manager.pendingBuffer = null;
    manager.packetQueue.queue.length = 0;
    manager.watcherManager.dataWatchers = {};
    manager.watcherManager.childWatchers = {};
    manager.watcherManager.existenceWatchers = {};
    connect();
  };
  const onSocketData = manager.onSocketData.bind(manager);
  manager.onSocketData = (bytes) => {
    try {
      onSocketData(bytes);
    } catch {
      manager.socket?.destroy();
    }
  };
  const cut = (): void => {
    // Left alone, it would close whatever socket there is when it fires.
    if (manager.connectTimeoutHandler !== null) clearTimeout(manager.connectTimeoutHandler);
    manager.socket?.destroy();
  };
  return {
    cut,
    destroy: () => {
      manager.state = closing;
      manager.connect = () => undefined;
      manager.onSocketConnected = cut;
      cut();
    },
  };
}

function internalsOf(client: Client): Internals {
  const manager: unknown = "connectionManager" in client ? client.connectionManager : undefined;
  if (!isInternals(manager)) throw new TypeError("this version of node-zookeeper-client is not supported; 1.1.3 is");
  return manager;
}

function isInternals(manager: unknown): manager is Internals {
  return (
    typeof manager === "object" &&
    manager !== null &&
    "packetQueue" in manager &&
    "watcherManager" in manager &&
    "pendingBuffer" in manager &&
    "connectTimeoutHandler" in manager &&
    "connect" in manager &&
    "onSocketConnected" in manager &&
    "onSocketData" in manager
  );
}
