import { type RegistryError, type RegistryRuntime, type RegistryTimer, registryError } from "@mesh/registry";
import { failureOf, type ZookeeperClient, type ZookeeperClientFactory, type ZookeeperClientOptions } from "./client/zookeeper-client.ts";

export interface SessionListener {
  /** The session can be used: a new one, or the one before over a new connection. Whatever was watched must be read again. */
  onConnected(client: ZookeeperClient): void;
  /** It cannot be used until `onConnected`. */
  onDisconnected(): void;
  /** Once for each time that the registry is away. */
  onAway(error: RegistryError, retryInMs: number): void;
}

export interface SessionOptions extends ZookeeperClientOptions {
  readonly name: string;
  readonly runtime: RegistryRuntime;
  readonly createClient: ZookeeperClientFactory;
  /** The longest wait before a new session is tried. */
  readonly maxRetryMs: number;
}

/** The first wait of the back-off for new sessions. */
const firstRetryMs = 100;

/**
 * Keeps a session with ZooKeeper: opens another when one is over, and gives up connections that hang. The library itself goes from server to
 * server within a session.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #listener: SessionListener;
  #client: ZookeeperClient | undefined = undefined;
  #state: "new" | "connecting" | "connected" | "closed" = "new";
  #isAway = false;
  #failures = 0;
  #stalls = 0;
  #isProbing = false;
  #probe: RegistryTimer | undefined = undefined;
  #retry: RegistryTimer | undefined = undefined;

  constructor(options: SessionOptions, listener: SessionListener) {
    this.#options = options;
    this.#listener = listener;
  }

  open(): void {
    if (this.#state === "new") this.#connect();
  }

  async close(): Promise<void> {
    this.#state = "closed";
    this.#probe?.cancel();
    this.#retry?.cancel();
    const client = this.#client;
    this.#client = undefined;
    await client?.close();
  }

  #connect(): void {
    const { connectString, sessionTimeoutMs, reconnectDelayMs, auth, createClient, name } = this.#options;
    const client = createClient({ connectString, sessionTimeoutMs, reconnectDelayMs, auth });
    /** A client that has been given up may still have something to say. */
    const ifCurrent = (act: () => void): (() => void) => {
      return () => {
        if (this.#client === client && this.#state !== "closed") act();
      };
    };
    this.#client = client;
    this.#state = "connecting";
    this.#stalls = 0;
    this.#startProbe();
    client.connect({
      onConnected: ifCurrent(() => this.#connected(client)),
      onDisconnected: ifCurrent(() => this.#disconnected()),
      onExpired: ifCurrent(() => this.#over("MESH_REGISTRY_UNAVAILABLE", `${name}: the session with ${connectString} is over`)),
      onAuthenticationFailed: ifCurrent(() => this.#over("MESH_REGISTRY_REFUSED", `${name}: ${connectString} refuses the credentials`)),
    });
  }

  #connected(client: ZookeeperClient): void {
    this.#state = "connected";
    this.#isAway = false;
    this.#failures = 0;
    this.#stalls = 0;
    this.#isProbing = false;
    this.#listener.onConnected(client);
  }

  #disconnected(): void {
    const { name, connectString, reconnectDelayMs } = this.#options;
    const what = this.#state === "connected" ? `the connection to ${connectString} is lost` : `no connection to ${connectString}`;
    if (this.#state === "connected") this.#listener.onDisconnected();
    this.#state = "connecting";
    this.#away(registryError("MESH_REGISTRY_UNAVAILABLE", `${name}: ${what}`), reconnectDelayMs);
  }

  /** Another session is opened after a back-off. */
  #over(code: "MESH_REGISTRY_UNAVAILABLE" | "MESH_REGISTRY_REFUSED", message: string): void {
    this.#probe?.cancel();
    this.#client = undefined;
    if (this.#state === "connected") this.#listener.onDisconnected();
    this.#state = "connecting";
    const { maxRetryMs, runtime } = this.#options;
    const bound = Math.min(maxRetryMs, firstRetryMs * 2 ** this.#failures);
    this.#failures++;
    const waitMs = Math.ceil(bound * (0.5 + runtime.random() / 2));
    this.#away(registryError(code, message), waitMs);
    this.#retry = runtime.startTimer(waitMs, () => this.#connect());
  }

  #away(error: RegistryError, retryInMs: number): void {
    if (this.#isAway) return;
    this.#isAway = true;
    this.#listener.onAway(error, retryInMs);
  }

  /** A connection that is silent for two thirds of the session's time is given up, while there is time left to save the session. */
  #startProbe(): void {
    const { runtime, sessionTimeoutMs } = this.#options;
    this.#probe = runtime.startTimer(Math.ceil(sessionTimeoutMs / 3), () => {
      if (this.#state === "closed") return;
      if (this.#state === "connected") this.#probeConnection();
      else this.#probeConnecting();
      if (this.#client !== undefined) this.#startProbe();
    });
  }

  #probeConnection(): void {
    const client = this.#client;
    if (client === undefined) return;
    if (this.#isProbing) {
      this.#isProbing = false;
      client.abort();
      return;
    }
    this.#isProbing = true;
    const answered = (): void => {
      if (this.#client === client) this.#isProbing = false;
    };
    // Any answer is a sign of life.
    client.exists("/").then(answered, (error: unknown) => {
      if (failureOf(error) !== "connection-loss") answered();
    });
  }

  /**
   * After twice the session's time the session is most likely over, but the servers may be unable to say so: one that lost its data refuses
   * clients that have seen newer ones. A new session has seen nothing.
   */
  #probeConnecting(): void {
    const { name, connectString, reconnectDelayMs, sessionTimeoutMs } = this.#options;
    this.#stalls++;
    const since = Math.ceil((this.#stalls * sessionTimeoutMs) / 3);
    if (this.#stalls >= 6) {
      void this.#client?.close();
      this.#over("MESH_REGISTRY_UNAVAILABLE", `${name}: no connection to ${connectString} for ${since} ms`);
      return;
    }
    this.#away(registryError("MESH_REGISTRY_UNAVAILABLE", `${name}: no connection to ${connectString} for ${since} ms`), reconnectDelayMs);
    if (this.#stalls % 2 === 0) this.#client?.abort();
  }
}
