import { once } from "node:events";
import { Socket } from "node:net";
import zookeeper from "node-zookeeper-client";
import type { Client, Event } from "node-zookeeper-client";

export interface ZookeeperNode {
  readonly path: string;
  /** undefined for a node without data. */
  readonly data: string | undefined;
  /** It goes with the session that made it. */
  readonly ephemeral: boolean;
}

/** What is in a ZooKeeper, seen by a client that is not the mesh's. */
export interface ZookeeperTree {
  /** Names of a node's children, in order; none when there is no such node. */
  children(path: string): Promise<string[]>;
  /** undefined when there is no such node. */
  node(path: string): Promise<ZookeeperNode | undefined>;
  /** A node and all below it. */
  dump(path: string): Promise<ZookeeperNode[]>;
  /** Resolves with the children of a node, which need not exist yet, once they are as wanted; goes on over restarts of the server. */
  until(path: string, isWanted: (children: readonly string[]) => boolean): Promise<string[]>;
  /** Makes a persistent node, and what is missing above it, or changes its data. */
  write(path: string, data: string): Promise<void>;
  remove(path: string): Promise<void>;
  close(): void;
}

/** Connects a client with a session of its own; resolves once it has one. */
export async function openZookeeperTree(connectString: string): Promise<ZookeeperTree> {
  const client = zookeeper.createClient(connectString, { sessionTimeout: 30_000, spinDelay: 50 });
  const connected = once(client, "connected");
  const guard = cutStuck(client);
  client.connect();
  await connected;
  return new ClientTree(client, guard);
}

const patienceMs = 500;

/**
 * A ZooKeeper that is starting may accept a connection and forget it. Java's clients give it up after a while, this one would wait for ever; there is no
 * other way to its socket.
 */
function cutStuck(client: Client): NodeJS.Timeout {
  const cut = (): void => {
    const manager: unknown = Reflect.get(client, "connectionManager");
    const socket: unknown = typeof manager === "object" && manager !== null ? Reflect.get(manager, "socket") : undefined;
    if (socket instanceof Socket) socket.destroy();
  };
  const timer = setInterval(() => client.getState() !== zookeeper.State.SYNC_CONNECTED && cut(), patienceMs);
  return timer.unref();
}

/** Calls with a callback as Node's own are. */
function promised<T>(call: (callback: (error: Error | zookeeper.Exception | null, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => {
      if (error === null || error === undefined) resolve(value);
      // The library's are errors, though its types do not say so.
      else reject(error instanceof Error ? error : new Error(String(error)));
    });
  });
}

/** The library's number of a failure; 0 for other errors. */
function codeOf(error: unknown): number {
  return error instanceof zookeeper.Exception ? error.getCode() : 0;
}

class ClientTree implements ZookeeperTree {
  readonly #client: Client;
  readonly #guard: NodeJS.Timeout;

  constructor(client: Client, guard: NodeJS.Timeout) {
    this.#client = client;
    this.#guard = guard;
  }

  async children(path: string): Promise<string[]> {
    return (await this.#listing(path)) ?? [];
  }

  async #listing(path: string, watch?: (event: Event) => void): Promise<string[] | undefined> {
    try {
      const names = await promised<string[]>((done) =>
        watch === undefined ? this.#client.getChildren(path, done) : this.#client.getChildren(path, watch, done),
      );
      return names.sort();
    } catch (error) {
      if (codeOf(error) === zookeeper.Exception.NO_NODE) return undefined;
      throw error;
    }
  }

  async node(path: string): Promise<ZookeeperNode | undefined> {
    try {
      return await promised<ZookeeperNode>((done) =>
        this.#client.getData(path, (error, data, stat) =>
          done(error, { path, data: data?.toString(), ephemeral: stat?.ephemeralOwner.some((byte) => byte !== 0) }),
        ),
      );
    } catch (error) {
      if (codeOf(error) === zookeeper.Exception.NO_NODE) return undefined;
      throw error;
    }
  }

  async dump(path: string): Promise<ZookeeperNode[]> {
    const node = await this.node(path);
    if (node === undefined) return [];
    const names = await this.children(path);
    const below = await Promise.all(names.map((name) => this.dump(path === "/" ? `/${name}` : `${path}/${name}`)));
    return [node, ...below.flat()];
  }

  async until(path: string, isWanted: (children: readonly string[]) => boolean): Promise<string[]> {
    for (;;) {
      const changed = Promise.withResolvers<void>();
      const wake = (): void => changed.resolve();
      // What a lost connection may have kept from us is looked up anew.
      this.#client.once("connected", wake);
      try {
        const names = await this.#watched(path, wake);
        if (names !== undefined && isWanted(names)) return names;
        await changed.promise;
      } finally {
        this.#client.removeListener("connected", wake);
      }
    }
  }

  /** The children of a node, [] when there is none; undefined when the connection is lost. `wake` is called once they change. */
  async #watched(path: string, wake: () => void): Promise<string[] | undefined> {
    try {
      const names = await this.#listing(path, wake);
      if (names !== undefined) return names;
      // A node that came between the two questions wakes us, too.
      const stat = await promised((done) => this.#client.exists(path, wake, done));
      if (stat !== null) wake();
      return [];
    } catch (error) {
      if (codeOf(error) === zookeeper.Exception.CONNECTION_LOSS) return undefined;
      throw error;
    }
  }

  async write(path: string, data: string): Promise<void> {
    await promised((done) => this.#client.mkdirp(path, done));
    await promised((done) => this.#client.setData(path, Buffer.from(data), done));
  }

  async remove(path: string): Promise<void> {
    await promised<void>((done) => this.#client.remove(path, done));
  }

  close(): void {
    clearInterval(this.#guard);
    this.#client.close();
  }
}
