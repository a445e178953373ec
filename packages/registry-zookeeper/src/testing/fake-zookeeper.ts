import type {
  ZookeeperClient,
  ZookeeperClientEvents,
  ZookeeperClientOptions,
  ZookeeperFailure,
  ZookeeperStat,
  ZookeeperWatch,
} from "../client/zookeeper-client.ts";
import { ZookeeperOperationError } from "../client/zookeeper-client.ts";

interface FakeNode {
  data: Buffer;
  readonly owner: string | undefined;
  readonly version: number;
}

type WatchKind = "data" | "children" | "exists";

/** ZooKeeper's tree, sessions and one-shot watches in memory. Answers and events come in later turns, in the order of what was asked and done. */
export class FakeZookeeper {
  readonly nodes: Map<string, FakeNode> = new Map([["/", { data: Buffer.alloc(0), owner: undefined, version: 0 }]]);
  readonly clients: Set<FakeClient> = new Set();
  /** Paths for which operations fail. */
  readonly failing: Map<string, ZookeeperFailure> = new Map();
  /** Operations so far, as `verb path`. */
  readonly log: string[] = [];
  /** The most operations that were under way at once. */
  mostUnderWay = 0;
  underWay = 0;
  /** Whether clients that connect are refused for their credentials. */
  refusesNext = false;
  readonly #before: Map<string, () => void> = new Map();
  #sessions = 0;

  /** Does something just before the next such operation (`verb path`) is carried out. */
  beforeNext(operation: string, act: () => void): void {
    this.#before.set(operation, act);
  }

  about(operation: string): void {
    const act = this.#before.get(operation);
    this.#before.delete(operation);
    act?.();
  }

  /** Makes a client with a session of its own. */
  connect(_options: ZookeeperClientOptions): FakeClient {
    this.#sessions++;
    return new FakeClient(this, `session-${this.#sessions}`);
  }

  /** A node, and what is missing above it. */
  put(path: string, data: string | Buffer = "", owner?: string): void {
    for (let end = path.indexOf("/", 1); end !== -1; end = path.indexOf("/", end + 1)) {
      if (!this.nodes.has(path.slice(0, end))) this.write(path.slice(0, end), Buffer.alloc(0), undefined);
    }
    this.write(path, Buffer.from(data), owner);
  }

  write(path: string, data: Buffer, owner: string | undefined): void {
    const known = this.nodes.get(path);
    this.nodes.set(path, known === undefined ? { data, owner, version: 0 } : { data, owner: known.owner, version: known.version + 1 });
    if (known === undefined) {
      this.#fire("exists", path);
      this.#fire("children", parentOf(path));
    }
    this.#fire("data", path);
  }

  /** A node with all below it. */
  delete(path: string): void {
    for (const name of this.childrenOf(path)) this.delete(path === "/" ? `/${name}` : `${path}/${name}`);
    if (!this.nodes.delete(path)) return;
    this.#fire("data", path);
    this.#fire("children", path);
    this.#fire("children", parentOf(path));
  }

  childrenOf(path: string): string[] {
    const prefix = path === "/" ? "/" : `${path}/`;
    const names: string[] = [];
    for (const other of this.nodes.keys()) {
      if (other.startsWith(prefix) && other !== path && !other.includes("/", prefix.length)) names.push(other.slice(prefix.length));
    }
    return names;
  }

  /** Ends a session on the server's side. */
  expire(session: string): void {
    for (const [path, { owner }] of this.nodes) if (owner === session) this.delete(path);
    for (const client of this.clients) if (client.sessionId === session) client.expired();
  }

  #fire(kind: WatchKind, path: string): void {
    for (const client of this.clients) client.fire(kind, path);
  }
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === 0 ? "/" : path.slice(0, slash);
}

/** One client's session. */
export class FakeClient implements ZookeeperClient {
  readonly sessionId: string;
  /** What the network does with it; a test may take it away, and give it back. */
  isReachable = true;
  readonly #server: FakeZookeeper;
  readonly #watches: Map<string, Set<ZookeeperWatch>> = new Map();
  #events: ZookeeperClientEvents | undefined = undefined;
  #state: "new" | "connecting" | "connected" | "over" = "new";
  #isExpired = false;
  /** Operations of an older connection are lost. */
  #connection = 0;
  /** The server takes requests, and says nothing. */
  isSilent = false;
  aborts = 0;

  constructor(server: FakeZookeeper, sessionId: string) {
    this.#server = server;
    this.sessionId = sessionId;
  }

  connect(events: ZookeeperClientEvents): void {
    this.#events = events;
    this.#state = "connecting";
    this.#server.clients.add(this);
    this.reconnect();
  }

  /** What the library does from time to time. */
  reconnect(): void {
    setImmediate(() => {
      if (this.#state !== "connecting" || !this.isReachable) return;
      if (this.#isExpired) {
        this.#state = "over";
        this.#events?.onExpired();
        return;
      }
      if (this.#server.refusesNext) return this.refuse();
      this.#state = "connected";
      this.#events?.onConnected();
    });
  }

  /** The server refuses the credentials. */
  refuse(): void {
    this.#state = "over";
    this.#connection++;
    this.#events?.onAuthenticationFailed();
  }

  get watchCount(): number {
    return [...this.#watches.values()].reduce((sum, watches) => sum + watches.size, 0);
  }

  /** The server loses them, and tells nobody. */
  forgetWatches(): void {
    this.#watches.clear();
  }

  /** The connection is lost, and made again if the server can be reached. */
  drop(): void {
    if (this.#state !== "connected") return;
    this.#state = "connecting";
    this.#connection++;
    this.#watches.clear();
    this.#events?.onDisconnected();
    this.reconnect();
  }

  /** The server has ended the session; the client hears of it when it can. */
  expired(): void {
    this.#isExpired = true;
    this.drop();
  }

  fire(kind: WatchKind, path: string): void {
    const key = `${kind} ${path}`;
    const watches = this.#watches.get(key);
    if (watches === undefined) return;
    this.#watches.delete(key);
    const connection = this.#connection;
    setImmediate(() => {
      if (connection === this.#connection) for (const watch of watches) watch();
    });
  }

  async children(path: string, watch: ZookeeperWatch): Promise<readonly string[]> {
    return await this.#ask("children", path, () => {
      this.#existing(path);
      this.#watch("children", path, watch);
      return this.#server.childrenOf(path);
    });
  }

  async data(path: string, watch?: ZookeeperWatch): Promise<Buffer> {
    return await this.#ask("data", path, () => {
      const { data } = this.#existing(path);
      if (watch !== undefined) this.#watch("data", path, watch);
      return data;
    });
  }

  async exists(path: string, watch?: ZookeeperWatch): Promise<ZookeeperStat | undefined> {
    return await this.#ask("exists", path, () => {
      const node = this.#server.nodes.get(path);
      if (watch !== undefined) this.#watch(node === undefined ? "exists" : "data", path, watch);
      return node === undefined ? undefined : { owner: node.owner, version: node.version };
    });
  }

  async create(path: string, data: Buffer, mode: "persistent" | "ephemeral"): Promise<void> {
    await this.#ask("create", path, () => this.#create(path, data, mode));
  }

  async setData(path: string, data: Buffer, version = -1): Promise<void> {
    await this.#ask("setData", path, () => {
      const known = this.#existing(path);
      if (version !== -1 && version !== known.version) throw failed("bad-version", path);
      this.#server.write(path, data, undefined);
    });
  }

  async remove(path: string): Promise<void> {
    await this.#ask("remove", path, () => {
      this.#existing(path);
      this.#server.delete(path);
    });
  }

  async replace(removed: string, created: string, data: Buffer): Promise<void> {
    await this.#ask("replace", created, () => {
      this.#existing(removed);
      this.#create(created, data, "ephemeral");
      this.#server.delete(removed);
    });
  }

  abort(): void {
    this.aborts++;
    this.isSilent = false;
    this.drop();
  }

  close(): Promise<void> {
    const wasConnected = this.#state === "connected";
    this.#state = "over";
    this.#connection++;
    this.#server.clients.delete(this);
    if (wasConnected) this.#server.expire(this.sessionId);
    return Promise.resolve();
  }

  #create(path: string, data: Buffer, mode: "persistent" | "ephemeral"): void {
    if (this.#server.nodes.has(path)) throw failed("node-exists", path);
    if (!this.#server.nodes.has(parentOf(path))) throw failed("no-node", path);
    this.#server.write(path, data, mode === "ephemeral" ? this.sessionId : undefined);
  }

  #existing(path: string): FakeNode {
    const node = this.#server.nodes.get(path);
    if (node === undefined) throw failed("no-node", path);
    return node;
  }

  #watch(kind: WatchKind, path: string, watch: ZookeeperWatch): void {
    const key = `${kind} ${path}`;
    const watches = this.#watches.get(key) ?? new Set();
    watches.add(watch);
    this.#watches.set(key, watches);
  }

  /** The request is carried out, and its answer comes, in a later turn; what is under way when the connection is lost may have been done or not. */
  #ask<T>(verb: string, path: string, act: () => T): Promise<T> {
    if (this.#state !== "connected") return Promise.reject(failed("connection-loss", path));
    const connection = this.#connection;
    this.#server.log.push(`${verb} ${path}`);
    this.#server.underWay++;
    this.#server.mostUnderWay = Math.max(this.#server.mostUnderWay, this.#server.underWay);
    return new Promise((resolve, reject) => {
      setImmediate(() => {
        this.#server.underWay--;
        if (connection !== this.#connection) return reject(failed("connection-loss", path));
        if (this.isSilent) {
          this.#waitForLoss(connection, () => reject(failed("connection-loss", path)));
          return;
        }
        const failure = this.#server.failing.get(path);
        if (failure !== undefined) return reject(failed(failure, path));
        try {
          this.#server.about(`${verb} ${path}`);
          resolve(act());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  }

  #waitForLoss(connection: number, act: () => void): void {
    if (connection === this.#connection) setImmediate(() => this.#waitForLoss(connection, act));
    else act();
  }
}

function failed(failure: ZookeeperFailure, path: string): ZookeeperOperationError {
  return new ZookeeperOperationError(failure, path, `${path}: ${failure}`);
}
