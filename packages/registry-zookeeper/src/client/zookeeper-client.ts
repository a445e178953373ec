/** Why ZooKeeper did not do what it was asked. */
export type ZookeeperFailure =
  | "no-node"
  | "node-exists"
  | "bad-version"
  | "no-permission"
  | "authentication-failed"
  | "connection-loss"
  | "session-expired"
  | "other";

export class ZookeeperOperationError extends Error {
  readonly failure: ZookeeperFailure;
  readonly path: string;

  constructor(failure: ZookeeperFailure, path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
    this.path = path;
  }
}

/** The failure of anything thrown by a client. */
export function failureOf(error: unknown): ZookeeperFailure {
  return error instanceof ZookeeperOperationError ? error.failure : "other";
}

export interface ZookeeperClientOptions {
  /** `host:port`, several separated by commas, and a path that all others are below. */
  readonly connectString: string;
  readonly sessionTimeoutMs: number;
  /** The longest wait between two attempts to connect. */
  readonly reconnectDelayMs: number;
  readonly auth: readonly ZookeeperAuth[];
}

/** What the client shows ZooKeeper of itself. */
export interface ZookeeperAuth {
  /** `digest`. */
  readonly scheme: string;
  /** For `digest`: `user:password`. */
  readonly credentials: string;
}

export interface ZookeeperClientEvents {
  /** The session is there, for the first time or again after a connection was lost. */
  onConnected(): void;
  /** The connection is lost, or could not be made; the client tries again by itself. */
  onDisconnected(): void;
  /** The session is over. This client does nothing more. */
  onExpired(): void;
  /** The credentials are refused. This client does nothing more. */
  onAuthenticationFailed(): void;
}

/** Called once when the node changes. The same function on the same node is called once however often it was given. */
export type ZookeeperWatch = () => void;

export interface ZookeeperStat {
  /** The session that the node goes with, as `sessionId` of its client says; undefined for a node that stays. */
  readonly owner: string | undefined;
  /** Of its data. */
  readonly version: number;
}

/**
 * What this package needs of a ZooKeeper client: one session. Paths are absolute, below that of the connect string. Operations reject with
 * `ZookeeperOperationError`; while the client is not connected, at once with `connection-loss`. Watches do not outlive a lost connection:
 * whoever needs them sets them again.
 */
export interface ZookeeperClient {
  readonly sessionId: string;
  connect(events: ZookeeperClientEvents): void;
  children(path: string, watch: ZookeeperWatch): Promise<readonly string[]>;
  data(path: string, watch?: ZookeeperWatch): Promise<Buffer>;
  /** Also watches a node that does not exist. */
  exists(path: string, watch?: ZookeeperWatch): Promise<ZookeeperStat | undefined>;
  create(path: string, data: Buffer, mode: "persistent" | "ephemeral"): Promise<void>;
  /** @param version - of the data that are replaced; if they have another by now it fails with `bad-version`. Any by default. */
  setData(path: string, data: Buffer, version?: number): Promise<void>;
  remove(path: string): Promise<void>;
  /** Creates an ephemeral node and removes another, both or neither. */
  replace(removed: string, created: string, data: Buffer): Promise<void>;
  /** Cuts the connection, so that it is made again. The session stays. */
  abort(): void;
  /** Ends the session where it can. Resolves when the connection is closed. */
  close(): Promise<void>;
}

export type ZookeeperClientFactory = (options: ZookeeperClientOptions) => ZookeeperClient;
