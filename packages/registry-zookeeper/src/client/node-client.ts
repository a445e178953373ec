import zookeeper from "node-zookeeper-client";
import type { Client } from "node-zookeeper-client";
import { managerOf, type ConnectionManager } from "./connection-manager.ts";
import {
  type ZookeeperClient,
  type ZookeeperClientEvents,
  type ZookeeperClientOptions,
  type ZookeeperFailure,
  ZookeeperOperationError,
  type ZookeeperStat,
  type ZookeeperWatch,
} from "./zookeeper-client.ts";

type Done<T> = (error: unknown, value: T) => void;

interface Operation {
  readonly path: string;
  readonly reject: (error: ZookeeperOperationError) => void;
}

const failures: ReadonlyMap<number, ZookeeperFailure> = new Map([
  [zookeeper.Exception.NO_NODE, "no-node"],
  [zookeeper.Exception.NODE_EXISTS, "node-exists"],
  [zookeeper.Exception.BAD_VERSION, "bad-version"],
  [zookeeper.Exception.NO_AUTH, "no-permission"],
  [zookeeper.Exception.AUTH_FAILED, "authentication-failed"],
  [zookeeper.Exception.CONNECTION_LOSS, "connection-loss"],
  [zookeeper.Exception.OPERATION_TIMEOUT, "connection-loss"],
  [zookeeper.Exception.SESSION_EXPIRED, "session-expired"],
]);

/** A server that was asked to end the session closes the connection at once, or hangs. */
const closeGraceMs = 2000;

/** A session by node-zookeeper-client. */
export function createNodeClient(options: ZookeeperClientOptions): ZookeeperClient {
  return new NodeClient(options);
}

class NodeClient implements ZookeeperClient {
  readonly #client: Client;
  readonly #manager: ConnectionManager;
  readonly #operations: Set<Operation> = new Set();
  readonly #servers: number;
  #isConnected = false;
  #isOver = false;
  /** Attempts to connect since the connection was there. */
  #attempts = 0;
  #onUnreachable: () => void = () => undefined;

  constructor({ connectString, sessionTimeoutMs, reconnectDelayMs, auth }: ZookeeperClientOptions) {
    this.#client = zookeeper.createClient(connectString, { sessionTimeout: sessionTimeoutMs, spinDelay: reconnectDelayMs, retries: 0 });
    this.#servers = connectString.split(",").length;
    this.#manager = managerOf(this.#client, () => {
      this.#attempts++;
      // All servers have been tried.
      if (this.#attempts === this.#servers + 1) this.#onUnreachable();
    });
    for (const { scheme, credentials } of auth) this.#client.addAuthInfo(scheme, Buffer.from(credentials));
  }

  get sessionId(): string {
    return this.#client.getSessionId().toString("hex");
  }

  connect(events: ZookeeperClientEvents): void {
    const over = (tell: () => void): (() => void) => {
      return () => {
        if (this.#isOver) return;
        this.#isOver = true;
        this.#disconnected();
        this.#manager.destroy();
        tell();
      };
    };
    this.#onUnreachable = () => {
      if (!this.#isOver) events.onDisconnected();
    };
    this.#client.on("connected", () => {
      if (this.#isOver) return;
      this.#isConnected = true;
      this.#attempts = 0;
      events.onConnected();
    });
    this.#client.on("disconnected", () => {
      if (this.#isOver) return;
      this.#disconnected();
      events.onDisconnected();
    });
    this.#client.on(
      "expired",
      over(() => events.onExpired()),
    );
    this.#client.on(
      "authenticationFailed",
      over(() => events.onAuthenticationFailed()),
    );
    this.#client.connect();
  }

  children(path: string, watch: ZookeeperWatch): Promise<readonly string[]> {
    return this.#run<string[]>(path, (done) => this.#client.getChildren(path, watch, done));
  }

  async data(path: string, watch?: ZookeeperWatch): Promise<Buffer> {
    // The library gives undefined for a node without data.
    const data = await this.#run<Buffer | undefined>(path, (done) => {
      if (watch === undefined) this.#client.getData(path, done);
      else this.#client.getData(path, watch, done);
    });
    return data ?? Buffer.alloc(0);
  }

  async exists(path: string, watch?: ZookeeperWatch): Promise<ZookeeperStat | undefined> {
    const stat = await this.#run<{ ephemeralOwner: Buffer; version: number } | null>(path, (done) => {
      if (watch === undefined) this.#client.exists(path, done);
      else this.#client.exists(path, watch, done);
    });
    if (stat === null) return undefined;
    const { ephemeralOwner, version } = stat;
    return { owner: ephemeralOwner.some((byte) => byte !== 0) ? ephemeralOwner.toString("hex") : undefined, version };
  }

  async create(path: string, data: Buffer, mode: "persistent" | "ephemeral"): Promise<void> {
    await this.#run<string>(path, (done) => this.#client.create(path, data, modeOf(mode), done));
  }

  async setData(path: string, data: Buffer, version = -1): Promise<void> {
    await this.#run<unknown>(path, (done) => this.#client.setData(path, data, version, done));
  }

  async remove(path: string): Promise<void> {
    await this.#run<undefined>(path, (done) => this.#client.remove(path, (error) => done(error, undefined)));
  }

  async replace(removed: string, created: string, data: Buffer): Promise<void> {
    await this.#run<unknown>(created, (done) => {
      this.#client.transaction().create(created, data, modeOf("ephemeral")).remove(removed).commit(done);
    });
  }

  abort(): void {
    this.#manager.cut();
  }

  async close(): Promise<void> {
    this.#isOver = true;
    if (!this.#isConnected) {
      this.#manager.destroy();
      return;
    }
    const closed = new Promise<void>((resolve) => this.#client.once("disconnected", resolve));
    this.#client.close();
    const grace = setTimeout(() => this.#manager.destroy(), closeGraceMs);
    await closed;
    clearTimeout(grace);
    this.#disconnected();
  }

  #disconnected(): void {
    this.#isConnected = false;
    // The library calls back for what was sent, but not for what had yet to be.
    const operations = [...this.#operations];
    this.#operations.clear();
    for (const { path, reject } of operations) reject(lost(path));
  }

  #run<T>(path: string, call: (done: Done<T>) => void): Promise<T> {
    if (!this.#isConnected) return Promise.reject(lost(path));
    return new Promise((resolve, reject) => {
      const operation: Operation = { path, reject };
      this.#operations.add(operation);
      const done: Done<T> = (error, value) => {
        if (!this.#operations.delete(operation)) return;
        if (error === null || error === undefined) resolve(value);
        else reject(operationError(path, error));
      };
      try {
        call(done);
      } catch (error) {
        this.#operations.delete(operation);
        reject(operationError(path, error));
      }
    });
  }
}

function modeOf(mode: "persistent" | "ephemeral"): number {
  return mode === "ephemeral" ? zookeeper.CreateMode.EPHEMERAL : zookeeper.CreateMode.PERSISTENT;
}

function lost(path: string): ZookeeperOperationError {
  return new ZookeeperOperationError("connection-loss", path, `${path}: the connection to ZooKeeper is lost`);
}

function operationError(path: string, cause: unknown): ZookeeperOperationError {
  const failure = cause instanceof zookeeper.Exception ? (failures.get(cause.getCode()) ?? "other") : "other";
  const reason = cause instanceof zookeeper.Exception ? cause.getName() : String(cause);
  return new ZookeeperOperationError(failure, path, `${path}: ${reason}`, { cause });
}
