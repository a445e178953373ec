import { failureOf, type ZookeeperClient } from "./client/zookeeper-client.ts";

export interface MirrorOptions {
  /** Reads that may be under way at once. */
  readonly concurrency: number;
  /** A node that cannot be read for a reason of its own; it is tried again when the mirror is refreshed. */
  readonly onUnreadable: (node: MirrorNode, error: unknown) => void;
  /** A node that could not be read has been read, or is not wanted any more. */
  readonly onReadable: (node: MirrorNode) => void;
  /** All that is watched has been read, and nothing has changed since. */
  readonly onIdle: () => void;
}

/** A node that is read, and read again whenever it changes. */
export interface MirrorNode {
  readonly path: string;
  /** Whether it has been read once, or cannot be. */
  readonly isRead: boolean;
  /** It was not there when it was read last. Where a parent has listed it, the parent is about to change. */
  readonly isAbsent: boolean;
  /** Reads it again if it was not there: its parent says that it may be. */
  refreshIfAbsent(): void;
  close(): void;
}

export interface ChildrenOptions {
  /** Whether to look out for the node while it does not exist. Where a parent is watched there is no need. */
  readonly awaitsCreation?: boolean;
}

/**
 * Keeps a copy of parts of ZooKeeper's tree by its one-shot watches. A watch says that something changed, not what: the node is read again,
 * and the new watch set in the same request, so that nothing is missed between the two. After a lost connection everything is read anew, and
 * until then everything keeps its last value.
 */
export class Mirror {
  readonly #options: MirrorOptions;
  readonly #nodes: Set<Node> = new Set();
  /** In order of insertion. */
  readonly #queue: Set<Node> = new Set();
  #client: ZookeeperClient | undefined = undefined;
  #underWay = 0;

  constructor(options: MirrorOptions) {
    this.#options = options;
  }

  /** Watches the children of a node. `onRead` is called after each read, changed or not; undefined: the node does not exist. */
  children(path: string, onRead: (children: readonly string[] | undefined) => void, options: ChildrenOptions = {}): MirrorNode {
    return this.#add(new ChildrenNode(this, path, options.awaitsCreation ?? false, onRead));
  }

  /** Watches the data of a node, likewise. */
  data(path: string, onRead: (data: Buffer | undefined) => void, options: ChildrenOptions = {}): MirrorNode {
    return this.#add(new DataNode(this, path, options.awaitsCreation ?? false, onRead));
  }

  get isIdle(): boolean {
    return this.#client !== undefined && this.#queue.size === 0 && this.#underWay === 0;
  }

  connected(client: ZookeeperClient): void {
    this.#client = client;
    this.refresh();
  }

  disconnected(): void {
    this.#client = undefined;
  }

  /** Reads everything anew. */
  refresh(): void {
    for (const node of this.#nodes) this.#queue.add(node);
    this.#pump();
    this.#settle();
  }

  enqueue(node: Node): void {
    if (!this.#nodes.has(node)) return;
    this.#queue.add(node);
    this.#pump();
  }

  drop(node: Node): void {
    this.#nodes.delete(node);
    this.#queue.delete(node);
    this.#mended(node);
  }

  #add(node: Node): Node {
    this.#nodes.add(node);
    this.enqueue(node);
    return node;
  }

  #pump(): void {
    for (const node of this.#queue) {
      const client = this.#client;
      if (client === undefined || this.#underWay >= this.#options.concurrency) return;
      this.#queue.delete(node);
      this.#underWay++;
      void this.#read(node, client);
    }
  }

  async #read(node: Node, client: ZookeeperClient): Promise<void> {
    try {
      const take = await node.fetch(client);
      // The node may have been dropped, and a late answer of a lost session must not undo what a newer one said.
      if (this.#nodes.has(node) && client === this.#client) {
        this.#mended(node);
        take();
      }
    } catch (error) {
      this.#failed(node, error);
    } finally {
      this.#underWay--;
    }
    this.#pump();
    this.#settle();
  }

  #failed(node: Node, error: unknown): void {
    if (!this.#nodes.has(node)) return;
    const failure = failureOf(error);
    if (failure === "connection-loss" || failure === "session-expired") {
      // The session may have been replaced by now, and the node read in it; once more does no harm.
      this.#queue.add(node);
      return;
    }
    node.isRead = true;
    node.isAbsent = false;
    node.isUnreadable = true;
    this.#options.onUnreadable(node, error);
  }

  #mended(node: Node): void {
    if (!node.isUnreadable) return;
    node.isUnreadable = false;
    this.#options.onReadable(node);
  }

  #settle(): void {
    if (this.isIdle) this.#options.onIdle();
  }
}

abstract class Node implements MirrorNode {
  readonly path: string;
  isRead = false;
  isAbsent = false;
  isUnreadable = false;
  protected readonly mirror: Mirror;
  protected readonly awaitsCreation: boolean;
  /** One function for each node, so that watches do not pile up in the client. */
  protected readonly onWatch: () => void = () => this.mirror.enqueue(this);

  constructor(mirror: Mirror, path: string, awaitsCreation: boolean) {
    this.mirror = mirror;
    this.path = path;
    this.awaitsCreation = awaitsCreation;
  }

  /** Reads, and gives what is to be done with the answer. */
  abstract fetch(client: ZookeeperClient): Promise<() => void>;

  refreshIfAbsent(): void {
    if (this.isAbsent) this.mirror.enqueue(this);
  }

  close(): void {
    this.mirror.drop(this);
  }

  /** The answer, or undefined where there is no such node. */
  protected async attempt<T>(client: ZookeeperClient, read: () => Promise<T>): Promise<T | undefined> {
    for (;;) {
      try {
        return await read();
      } catch (error) {
        if (failureOf(error) !== "no-node") throw error;
      }
      if (!this.awaitsCreation || (await client.exists(this.path, this.onWatch)) === undefined) return undefined;
    }
  }
}

class ChildrenNode extends Node {
  readonly #onRead: (children: readonly string[] | undefined) => void;

  constructor(mirror: Mirror, path: string, awaitsCreation: boolean, onRead: (children: readonly string[] | undefined) => void) {
    super(mirror, path, awaitsCreation);
    this.#onRead = onRead;
  }

  override async fetch(client: ZookeeperClient): Promise<() => void> {
    const children = await this.attempt(client, () => client.children(this.path, this.onWatch));
    return () => {
      this.isRead = true;
      this.isAbsent = children === undefined;
      this.#onRead(children);
    };
  }
}

class DataNode extends Node {
  readonly #onRead: (data: Buffer | undefined) => void;

  constructor(mirror: Mirror, path: string, awaitsCreation: boolean, onRead: (data: Buffer | undefined) => void) {
    super(mirror, path, awaitsCreation);
    this.#onRead = onRead;
  }

  override async fetch(client: ZookeeperClient): Promise<() => void> {
    const data = await this.attempt(client, () => client.data(this.path, this.onWatch));
    return () => {
      this.isRead = true;
      this.isAbsent = data === undefined;
      this.#onRead(data);
    };
  }
}

/** Keeps one thing for each child of a node: made when the child appears, closed when it goes. */
export class Nodes<T extends { close(): void }> {
  readonly entries: Map<string, T> = new Map();

  /** @returns whether anything appeared or went */
  update(names: Iterable<string>, make: (name: string) => T): boolean {
    const wanted = new Set(names);
    let isChanged = false;
    for (const [name, entry] of this.entries) {
      if (wanted.has(name)) continue;
      entry.close();
      this.entries.delete(name);
      isChanged = true;
    }
    for (const name of wanted) {
      if (this.entries.has(name)) continue;
      this.entries.set(name, make(name));
      isChanged = true;
    }
    return isChanged;
  }

  close(): void {
    for (const entry of this.entries.values()) entry.close();
    this.entries.clear();
  }
}
