import type { Problem, Problems } from "./problems.ts";
import { type RegistryError, registryError, type RegistryRuntime, type RegistryTimer } from "@mesh/registry";
import { failureOf, type ZookeeperClient, type ZookeeperFailure } from "./client/zookeeper-client.ts";

/** An ephemeral node that is wanted. */
export interface Entry {
  /** The same for the same instance, whatever else changes. */
  readonly key: string;
  readonly path: string;
  readonly data: Buffer;
  /** Called before the node is written. */
  readonly prepare?: (client: ZookeeperClient) => Promise<void>;
}

export interface RecordOptions {
  readonly name: string;
  readonly runtime: RegistryRuntime;
  /** The longest wait before a refused write is tried again. */
  readonly maxRetryMs: number;
  /** A write that was refused after it had been accepted before, and its end. */
  readonly problems: Pick<Problems, "set">;
}

const firstRetryMs = 500;

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: RegistryError) => void;
}

/** Keeps one ephemeral node as it is wanted, over lost connections and sessions: what is wanted, and what may be there. */
export class Record {
  key = "";
  readonly #options: RecordOptions;
  readonly #onGone: () => void;
  /** Paths at which a node of this instance may be. */
  readonly #maybe: Set<string> = new Set();
  #wanted: Entry | undefined = undefined;
  /** What is known to be there, in the session of the client that wrote it. */
  #written: Entry | undefined = undefined;
  #waiters: Waiter[] = [];
  #client: ZookeeperClient | undefined = undefined;
  #isWorking = false;
  #isAccepted: boolean;
  #closedWith: RegistryError | undefined = undefined;
  #failures = 0;
  /** The path whose write was told to be refused. */
  #troubled: string | undefined = undefined;
  #retry: RegistryTimer | undefined = undefined;

  /** @param keepsTrying - whether the first write, too, is tried again when it is refused; otherwise the record is closed then */
  constructor(options: RecordOptions, onGone: () => void, keepsTrying = false) {
    this.#options = options;
    this.#onGone = onGone;
    this.#isAccepted = keepsTrying;
  }

  /** Resolves when the registry is as wanted. */
  want(entry: Entry | undefined, client: ZookeeperClient | undefined): Promise<void> {
    if (this.#closedWith !== undefined) return entry === undefined ? Promise.resolve() : Promise.reject(this.#closedWith);
    this.#wanted = entry;
    if (entry !== undefined) this.key = entry.key;
    if (client !== undefined) this.#client = client;
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      void this.#work();
    });
  }

  check(client: ZookeeperClient): void {
    this.#client = client;
    this.#written = undefined;
    void this.#work();
  }

  close(error: RegistryError): void {
    this.#closedWith = error;
    this.#retry?.cancel();
    this.#report(undefined, undefined);
    this.#settle((waiter) => waiter.reject(error));
  }

  async #work(): Promise<void> {
    if (this.#isWorking || this.#closedWith !== undefined) return;
    this.#isWorking = true;
    this.#retry?.cancel();
    try {
      while (this.#client !== undefined && this.#closedWith === undefined && !this.#isSettled()) await this.#attempt(this.#client);
      if (this.#client === undefined || this.#closedWith !== undefined) return;
      this.#failures = 0;
      this.#isAccepted = true;
      this.#report(undefined, undefined);
      this.#settle((waiter) => waiter.resolve());
      if (this.#wanted === undefined) this.#onGone();
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#isWorking = false;
    }
  }

  #isSettled(): boolean {
    if (this.#wanted === undefined) return this.#maybe.size === 0;
    return this.#written === this.#wanted && this.#maybe.size === 1;
  }

  /** One write, unless the connection is lost: then it goes on with the next client, which `check` brings. */
  async #attempt(client: ZookeeperClient): Promise<void> {
    try {
      await this.#step(client);
    } catch (error) {
      const failure = failureOf(error);
      if (failure !== "connection-loss" && failure !== "session-expired") throw error;
      if (this.#client === client) this.#client = undefined;
      this.#written = undefined;
    }
  }

  /** One write towards what is wanted. */
  async #step(client: ZookeeperClient): Promise<void> {
    const wanted = this.#wanted;
    if (wanted === undefined || this.#written === wanted) {
      for (const path of this.#maybe) {
        if (path === wanted?.path) continue;
        await ignoring("no-node", client.remove(path));
        this.#maybe.delete(path);
      }
      return;
    }
    await wanted.prepare?.(client);
    const written = this.#written;
    if (written !== undefined && written.path === wanted.path) await this.#change(client, wanted);
    else if (written !== undefined && (await this.#replace(client, written, wanted))) this.#maybe.delete(written.path);
    else await this.#create(client, wanted);
    // In another session it is to be looked for again.
    if (this.#client === client) this.#written = wanted;
  }

  async #change(client: ZookeeperClient, wanted: Entry): Promise<void> {
    const isThere = await ignoring("no-node", client.setData(wanted.path, wanted.data));
    if (!isThere) await this.#create(client, wanted);
  }

  /** At once, so that nobody sees the instance twice, or not at all. */
  async #replace(client: ZookeeperClient, written: Entry, wanted: Entry): Promise<boolean> {
    this.#maybe.add(wanted.path);
    try {
      await client.replace(written.path, wanted.path, wanted.data);
      return true;
    } catch (error) {
      const failure = failureOf(error);
      if (failure !== "no-node" && failure !== "node-exists") throw error;
      return false;
    }
  }

  async #create(client: ZookeeperClient, { path, data }: Entry): Promise<void> {
    this.#maybe.add(path);
    for (;;) {
      try {
        await client.create(path, data, "ephemeral");
        return;
      } catch (error) {
        const failure = failureOf(error);
        if (failure === "no-node") await createParents(client, path);
        else if (failure !== "node-exists") throw error;
      }
      const stat = await client.exists(path);
      if (stat?.owner === client.sessionId) {
        await client.setData(path, data);
        return;
      }
      // It belongs to a session that is over, or will be, and would go with it.
      if (stat !== undefined) await ignoring("no-node", client.remove(path));
    }
  }

  #failed(error: unknown): void {
    this.#written = undefined;
    const { name, runtime, maxRetryMs } = this.#options;
    const path = this.#wanted?.path ?? [...this.#maybe][0];
    const message = error instanceof Error ? error.message : String(error);
    const failure = failureOf(error);
    const code = failure === "no-permission" ? "MESH_REGISTRY_REFUSED" : "MESH_REGISTRY_UNAVAILABLE";
    const refused = registryError(code, `${name}: ${message}`, { cause: error, ...(path === undefined ? {} : { path }) });
    this.#settle((waiter) => waiter.reject(refused));
    if (!this.#isAccepted) {
      // Whoever registers it learns that it did not work, and may try again.
      this.#closedWith = refused;
      this.#onGone();
      return;
    }
    const waitMs = Math.ceil(Math.min(maxRetryMs, firstRetryMs * 2 ** this.#failures) * (0.5 + runtime.random() / 2));
    this.#failures++;
    this.#report(path, { code, message: `cannot be written: ${failure === "other" ? message : failure}`, cause: error, retryInMs: waitMs });
    this.#retry = runtime.startTimer(waitMs, () => void this.#work());
  }

  #report(path: string | undefined, problem: Problem | undefined): void {
    const { problems } = this.#options;
    if (this.#troubled !== undefined && this.#troubled !== path) problems.set(this.#troubled, this, undefined);
    this.#troubled = path;
    if (path !== undefined) problems.set(path, this, problem);
  }

  #settle(tell: (waiter: Waiter) => void): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) tell(waiter);
  }
}

/** Makes what is missing above a node. */
export async function createParents(client: ZookeeperClient, path: string): Promise<void> {
  for (let end = path.indexOf("/", 1); end !== -1; end = path.indexOf("/", end + 1)) {
    await ignoring("node-exists", client.create(path.slice(0, end), Buffer.alloc(0), "persistent"));
  }
}

/** @returns false where it failed in the way that does not matter */
export async function ignoring(failure: ZookeeperFailure, operation: Promise<void>): Promise<boolean> {
  try {
    await operation;
    return true;
  } catch (error) {
    if (failureOf(error) !== failure) throw error;
    return false;
  }
}
