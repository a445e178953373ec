import type { RegistryError, RegistryInstance, RegistryService } from "@mesh/registry";
import { createZookeeperRegistry, type ZookeeperRegistry, type ZookeeperRegistryOptions } from "../index.ts";
import { type FakeClient, FakeZookeeper } from "./fake-zookeeper.ts";
import { ManualRuntime } from "./manual-runtime.ts";

/** A registry over a fake server and a clock that stands still, with what it has told. */
export interface Fixture {
  readonly server: FakeZookeeper;
  readonly runtime: ManualRuntime;
  readonly registry: ZookeeperRegistry;
  /** In the order in which they were made. */
  readonly clients: readonly FakeClient[];
  readonly services: ReadonlyMap<string, RegistryService>;
  readonly errors: readonly RegistryError[];
  readonly retries: readonly (number | undefined)[];
  /** Paths of entries that were told to be good again, or gone. */
  readonly mended: readonly string[];
  readonly log: readonly string[];
  readonly instances: (service: string) => readonly RegistryInstance[];
  /** Resolves when everything that was set off has come to rest. */
  readonly settle: () => Promise<void>;
}

export interface FixtureOptions extends Partial<ZookeeperRegistryOptions> {
  /** Do not start it. */
  readonly isSinkOnly?: boolean;
}

/** @param tree - paths, and the data of their nodes */
export async function openFixture(tree: Readonly<Record<string, string | Buffer>>, options: FixtureOptions = {}): Promise<Fixture> {
  const server = new FakeZookeeper();
  for (const [path, data] of Object.entries(tree)) server.put(path, data);
  const runtime = new ManualRuntime();
  const clients: FakeClient[] = [];
  const { isSinkOnly = false, ...more } = options;
  const registry = createZookeeperRegistry({
    connectString: "127.0.0.1:2181",
    sessionTimeoutMs: 3000,
    runtime,
    createClient: (clientOptions) => {
      const client = server.connect(clientOptions);
      clients.push(client);
      return client;
    },
    ...more,
  });
  const services = new Map<string, RegistryService>();
  const errors: RegistryError[] = [];
  const retries: (number | undefined)[] = [];
  const mended: string[] = [];
  const log: string[] = [];
  const watcher = {
    onChanged: (changes: ReadonlyMap<string, RegistryService | undefined>): void => {
      for (const [name, service] of changes) {
        log.push(service === undefined ? `${name} gone` : `${name} ${service.instances.length}`);
        if (service === undefined) services.delete(name);
        else services.set(name, service);
      }
    },
    onReady: (): void => void log.push("ready"),
    onError: (error: RegistryError, retryInMs: number | undefined): void => {
      log.push(error.code);
      errors.push(error);
      retries.push(retryInMs);
    },
    onRecovered: (): void => void log.push("recovered"),
    onEntryRecovered: (path: string): void => {
      log.push("entry recovered");
      mended.push(path);
    },
  };
  if (!isSinkOnly) registry.start(watcher);
  const fixture: Fixture = {
    server,
    runtime,
    registry,
    clients,
    services,
    errors,
    retries,
    mended,
    log,
    instances: (service) => services.get(service)?.instances ?? [],
    settle,
  };
  await settle();
  return fixture;
}

/** The fake answers in the next turn; what is set off by an answer comes in the one after. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 60; turn++) await new Promise((resolve) => setImmediate(resolve));
}
