import {
  type RegistryError,
  registryError,
  type RegistryRegistration,
  type RegistryRegistrationHandle,
  type RegistryRuntime,
  type RegistrySink,
  type RegistrySource,
  type RegistryTimer,
  type RegistryWatcher,
  systemRuntime,
} from "@mesh/registry";
import { ApplicationSink } from "./application-sink.ts";
import { Catalog } from "./catalog.ts";
import { createNodeClient } from "./client/node-client.ts";
import { failureOf, type ZookeeperClient } from "./client/zookeeper-client.ts";
import { DubboInterfaces } from "./layouts/dubbo.ts";
import { DynamicConfig, type ParseConfiguration } from "./layouts/dubbo-dynamic-config.ts";
import type { DubboRule } from "./layouts/dubbo-rules.ts";
import { DubboServices, type DubboServicesRoots } from "./layouts/dubbo-services.ts";
import { dubboParameters } from "./layouts/dubbo-url.ts";
import { type LayoutContext, malformed } from "./layouts/layout.ts";
import { watchSofaRpc } from "./layouts/sofa-rpc.ts";
import { Mirror, type MirrorNode } from "./mirror.ts";
import { checkOptions, longestTimerMs, type ZookeeperLayout, type ZookeeperRegistryOptions } from "./options.ts";
import { entryMaker } from "./entry.ts";
import { Problems } from "./problems.ts";
import type { RecordOptions } from "./record.ts";
import { Session } from "./session.ts";
import { Sink } from "./sink.ts";

/** ZooKeeper as a registry to read and to write, over one session. */
export type ZookeeperRegistry = RegistrySource & RegistrySink;

/** While changes never cease, what is known is told after that time. */
const longestWaitMs = 100;

export const defaultRoots = { sofaRpcRoot: "/sofa-rpc", dubboRoot: "/dubbo", servicesRoot: "/services" } as const;
const allLayouts: readonly ZookeeperLayout[] = ["sofa-rpc", "dubbo", "dubbo-services"];

/**
 * ZooKeeper, as SOFARPC and Dubbo use it. Nothing is connected before `start` or the first `register`.
 *
 * @throws MESH_REGISTRY_INVALID_OPTIONS
 */
export function createZookeeperRegistry(options: ZookeeperRegistryOptions): ZookeeperRegistry {
  checkOptions(options);
  return new ZookeeperRegistryImplementation(options);
}

function applicationRoots(options: ZookeeperRegistryOptions): DubboServicesRoots {
  const { dubboRoot, servicesRoot } = { ...defaultRoots, ...options };
  return { services: servicesRoot, mapping: `${dubboRoot}/mapping`, metadata: `${dubboRoot}/metadata` };
}

/** Only Dubbo's protocols have an application level. */
function parametersOf(registration: RegistryRegistration, registry: string): ReadonlyMap<string, string> | undefined {
  const { protocol } = registration;
  return protocol === "dubbo" || protocol === "tri" ? dubboParameters(registration, registry) : undefined;
}

class ZookeeperRegistryImplementation implements ZookeeperRegistry {
  readonly name: string;
  readonly #options: ZookeeperRegistryOptions;
  readonly #runtime: RegistryRuntime;
  readonly #session: Session;
  readonly #sink: Sink;
  readonly #mirror: Mirror;
  readonly #catalog: Catalog;
  readonly #problems: Problems;
  #watcher: RegistryWatcher | undefined = undefined;
  #state: "new" | "started" | "closed" = "new";
  #isReady = false;
  #isAway = false;
  #resync: RegistryTimer | undefined = undefined;
  #flush: RegistryTimer | undefined = undefined;

  constructor(options: ZookeeperRegistryOptions) {
    const { name = "zookeeper", connectString, auth = [], runtime = systemRuntime, createClient = createNodeClient } = options;
    const { sessionTimeoutMs = 15_000, reconnectDelayMs = 1000, maxRetryMs = 30_000, concurrency = 128 } = options;
    this.name = name;
    this.#options = options;
    this.#runtime = runtime;
    this.#problems = new Problems({
      name,
      onError: (error, retryInMs) => this.#tell((watcher) => watcher.onError?.(error, retryInMs)),
      onRecovered: (path) => this.#tell((watcher) => watcher.onEntryRecovered?.(path)),
    });
    this.#catalog = new Catalog((path, service, message) => {
      this.#problems.set(path, service, message === undefined ? undefined : malformed(message));
    });
    this.#mirror = new Mirror({
      concurrency,
      onUnreadable: (node, error) => this.#unreadable(node, error),
      onReadable: (node) => this.#problems.set(node.path, node, undefined),
      onIdle: () => this.#idle(),
    });
    const writes: RecordOptions = { name, runtime, maxRetryMs, problems: this.#problems };
    const { layouts = allLayouts } = options;
    const applications = layouts.includes("dubbo-services")
      ? new ApplicationSink({
          ...writes,
          roots: applicationRoots(options),
          parametersOf: (registration) => parametersOf(registration, name),
        })
      : undefined;
    this.#sink = new Sink({ ...writes, entryOf: entryMaker(options), applications });
    this.#session = new Session(
      { name, connectString, sessionTimeoutMs, reconnectDelayMs, maxRetryMs, auth, runtime, createClient },
      {
        onConnected: (client) => this.#connected(client),
        onDisconnected: () => this.#disconnected(),
        onAway: (error, retryInMs) => this.#away(error, retryInMs),
      },
    );
  }

  start(watcher: RegistryWatcher): void {
    if (this.#state !== "new") throw registryError("MESH_REGISTRY_CLOSED", `${this.name} was started or closed before`);
    this.#state = "started";
    this.#watcher = watcher;
    this.#watchLayouts();
    this.#startResync();
    this.#session.open();
    queueMicrotask(() => this.#problems.listen());
    // A session that `register` opened may have been there before the watcher.
    if (this.#isAway) queueMicrotask(() => this.#tellAway(registryError("MESH_REGISTRY_UNAVAILABLE", `${this.name} is away`), undefined));
  }

  register(registration: RegistryRegistration): Promise<RegistryRegistrationHandle> {
    if (this.#state !== "closed") this.#session.open();
    return this.#sink.register(registration);
  }

  async close(): Promise<void> {
    this.#state = "closed";
    this.#resync?.cancel();
    this.#flush?.cancel();
    this.#mirror.disconnected();
    this.#sink.close();
    await this.#session.close();
  }

  #watchLayouts(): void {
    const { sofaRpcRoot, dubboRoot } = { ...defaultRoots, ...this.#options };
    const { layouts = allLayouts } = this.#options;
    const context: LayoutContext = {
      registry: this.name,
      mirror: this.#mirror,
      touch: (service) => this.#touch(service),
      problem: (path, topic, problem) => this.#problems.set(path, topic, problem),
    };
    if (layouts.includes("sofa-rpc")) this.#catalog.add(watchSofaRpc(sofaRpcRoot, context));
    if (!layouts.includes("dubbo") && !layouts.includes("dubbo-services")) return;
    const dubbo: (DubboInterfaces | DubboServices)[] = [];
    let interfaces: DubboInterfaces | undefined = undefined;
    const touchAll = (service: string | undefined): void => {
      if (service !== undefined) return this.#touch(service);
      for (const layout of dubbo) for (const name of layout.names) this.#touch(name);
    };
    const parse: ParseConfiguration = this.#options.parseYaml ?? ((text): unknown => JSON.parse(text));
    const config = new DynamicConfig(`${dubboRoot}/config/dubbo`, parse, context, touchAll);
    const rules = (): readonly DubboRule[] => config.rules;
    if (layouts.includes("dubbo")) {
      interfaces = new DubboInterfaces(dubboRoot, context, rules);
      dubbo.push(interfaces);
    }
    const placesOf = (name: string): ReadonlySet<string> => interfaces?.placesOf(name) ?? new Set();
    if (layouts.includes("dubbo-services")) dubbo.push(new DubboServices(applicationRoots(this.#options), context, rules, placesOf));
    for (const layout of dubbo) this.#catalog.add(layout);
  }

  #connected(client: ZookeeperClient): void {
    this.#sink.connected(client);
    this.#mirror.connected(client);
  }

  #disconnected(): void {
    this.#sink.disconnected();
    this.#mirror.disconnected();
  }

  #away(error: RegistryError, retryInMs: number): void {
    this.#isAway = true;
    this.#tellAway(error, retryInMs);
  }

  #tellAway(error: RegistryError, retryInMs: number | undefined): void {
    if (this.#isAway) this.#tell((watcher) => watcher.onError?.(error, retryInMs));
  }

  #unreadable(node: MirrorNode, error: unknown): void {
    const { resyncIntervalMs = 600_000 } = this.#options;
    const failure = failureOf(error);
    const why = failure === "other" && error instanceof Error ? error.message : failure;
    const code = failure === "no-permission" ? "MESH_REGISTRY_REFUSED" : "MESH_REGISTRY_UNAVAILABLE";
    const retry = resyncIntervalMs === 0 ? {} : { retryInMs: resyncIntervalMs };
    this.#problems.set(node.path, node, { code, message: `cannot be read: ${why}`, cause: error, ...retry });
  }

  #touch(service: string): void {
    this.#catalog.touch(service);
    if (!this.#isReady || this.#flush !== undefined) return;
    this.#flush = this.#runtime.startTimer(longestWaitMs, () => {
      this.#flush = undefined;
      this.#tellChanges();
    });
  }

  #idle(): void {
    if (this.#state !== "started") {
      // Only a sink so far: there is nothing to be told.
      this.#isAway = false;
      return;
    }
    this.#tellChanges();
    // What vanished between its listing and its reading is read again in a moment: its parent's watch is on its way.
    if (this.#catalog.hasChanges) return;
    if (!this.#isReady) {
      this.#isReady = true;
      this.#tell((watcher) => watcher.onReady());
    }
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#tell((watcher) => watcher.onRecovered?.());
  }

  #tellChanges(): void {
    this.#flush?.cancel();
    this.#flush = undefined;
    const changes = this.#catalog.takeChanges();
    if (changes.size > 0) this.#tell((watcher) => watcher.onChanged(changes));
  }

  #startResync(): void {
    const { resyncIntervalMs = 600_000 } = this.#options;
    if (resyncIntervalMs === 0) return;
    const waitMs = Math.min(longestTimerMs, Math.ceil(resyncIntervalMs * (0.9 + this.#runtime.random() / 5)));
    this.#resync = this.#runtime.startTimer(waitMs, () => {
      this.#mirror.refresh();
      this.#sink.check();
      this.#startResync();
    });
  }

  /** A watcher may close the registry while it is told. */
  #tell(tell: (watcher: RegistryWatcher) => void): void {
    if (this.#state === "started" && this.#watcher !== undefined) tell(this.#watcher);
  }
}
