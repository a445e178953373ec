import type { DescriptorJson } from "@mesh/xds-proto";
import { createTypeRegistry, defaultRegistry } from "@mesh/xds-proto";
import type { RunnableClusterManager } from "../cluster/index.ts";
import {
  ExtensionSet,
  isConfigError,
  loadBootstrap,
  withPositions,
  type BootstrapSource,
  type ConfigProblem,
  type ExtensionDescriptor,
} from "../config/index.ts";
import { formatAddress, type SocketAddress } from "../network/index.ts";
import { systemRuntime, type SystemRuntimeOptions } from "../runtime/index.ts";
import { StatsStore } from "../stats/index.ts";
import type { ConfigSourcesFactory } from "../subscription/index.ts";
import type { DrainStrategy } from "../stream/index.ts";
import { Admin, type LogLevelControl } from "./admin/index.ts";
import { Server, type ServerState } from "./server.ts";
import { standardExtensions } from "./standard-extensions.ts";

export interface ProxyOptions {
  /** Envoy's bootstrap: an object in ProtoJSON (snake or camel case), or YAML or JSON text with the name of its file for messages. */
  readonly bootstrap: object | BootstrapSource;
  /** Merged over `bootstrap`, as Envoy's `--config-yaml` is. Default: nothing. */
  readonly override?: BootstrapSource;
  /**
   * What gives the configuration that comes while the proxy runs: `xdsConfigSources()` of `@mesh/proxy-xds`, say. Default: nothing, and a bootstrap
   * that asks for some is refused.
   */
  readonly configSources?: ConfigSourcesFactory;
  /** Milliseconds that connections of a listener or filter chain that was replaced or removed may take to end. Default: 600000. */
  readonly drainTimeMs?: number;
  /**
   * How they end in that time: spread over it, or each at once, between two requests. Default: `gradual`, and `immediate` in `shutdown`, which is
   * gradual too where this says so.
   */
  readonly drainStrategy?: DrainStrategy;
  /** What the proxy is composed with besides the standard extensions: RPC codecs, and whatever is your own. Default: nothing. */
  readonly extensions?: readonly ExtensionDescriptor[];
  /** Descriptors of messages that configure your own extensions. Default: none; TypedStruct needs none. */
  readonly descriptors?: readonly DescriptorJson[];
  /** Clock, randomness, log, name resolution, in place of the process's own. Default: the process's, and no log. */
  readonly components?: SystemRuntimeOptions;
  /** In place of the bootstrap's `node.cluster` and `node.id`, as Envoy's `--service-cluster` and `--service-node`. */
  readonly serviceCluster?: string;
  readonly serviceNode?: string;
  /** Called for `/quitquitquit`. Default: `stop()`. */
  readonly onQuit?: () => void;
  /** What `/server_info` and `mosn version` print. */
  readonly version?: string;
  /** Changes the level of the log given in `components`, for `/logging`. Default: the page says that it cannot. */
  readonly logLevels?: LogLevelControl;
}

export interface BoundListener {
  readonly name: string;
  readonly address: SocketAddress;
  /** `127.0.0.1:15001`, or a socket's path. */
  readonly addressText: string;
}

/** A proxy: made by `createProxy`, it does nothing before `start`. */
export interface Proxy {
  readonly state: ServerState;
  /** Fields of the configuration that have no effect, each once. */
  readonly warnings: readonly ConfigProblem[];
  /** With the ports that the kernel chose where the configuration says 0. */
  readonly listeners: readonly BoundListener[];
  /** Of the admin port; undefined without one, and before `start`. */
  readonly adminAddress: SocketAddress | undefined;
  readonly stats: StatsStore;
  readonly clusters: RunnableClusterManager;
  /**
   * Warms clusters, then listens. Rejects where a listener or the admin port cannot be bound, and with `MESH_PROXY_STARTED` the second time and
   * after an end: a proxy runs once.
   */
  start(): Promise<void>;
  /** Takes no new connections and ends those there are between requests; rejects never. Resolves when all is closed, after `drainTimeMs` at most. */
  shutdown(drainTimeMs: number): Promise<void>;
  /** Closes everything at once. */
  stop(): Promise<void>;
  /** Opens the files of access logs anew, after something moved them away. */
  reopenLogs(): void;
}

/** `start` of a proxy that was started, or stopped, before. */
export class ProxyStartedError extends Error {
  readonly code = "MESH_PROXY_STARTED";

  constructor() {
    super("this proxy was started or stopped before: make another one with createProxy");
  }
}

/** Compiles a configuration to a proxy. Throws a `ConfigError` with all its problems and their places in the text. */
export function createProxy(options: ProxyOptions): Proxy {
  const { descriptors } = options;
  const registry = descriptors === undefined ? defaultRegistry() : createTypeRegistry({ descriptors });
  const extensions = new ExtensionSet(registry, [...standardExtensions, ...(options.extensions ?? [])]);
  const source = asSource(options.bootstrap);
  const { bootstrap, warnings, locate } = loadBootstrap(source.text, {
    ...source,
    extensions,
    ...(options.override === undefined ? {} : { override: options.override }),
  });
  const { node } = bootstrap;
  if (options.serviceCluster !== undefined || options.serviceNode !== undefined) {
    bootstrap.node = registry.createMessage("envoy.config.core.v3.Node", {
      ...node,
      ...(options.serviceCluster === undefined ? {} : { cluster: options.serviceCluster }),
      ...(options.serviceNode === undefined ? {} : { id: options.serviceNode }),
    });
  }
  const runtime = systemRuntime(options.components);
  const stats = new StatsStore();
  try {
    const { configSources, drainTimeMs, drainStrategy } = options;
    const server = new Server({ bootstrap, extensions, runtime, stats, configSources, drainTimeMs, drainStrategy });
    return new RunningProxy(server, warnings, options);
  } catch (error) {
    throw isConfigError(error) ? withPositions(error, locate) : error;
  }
}

class RunningProxy implements Proxy {
  readonly warnings: readonly ConfigProblem[];
  readonly #server: Server;
  readonly #admin: Admin | undefined;
  #hasStarted = false;

  constructor(server: Server, warnings: readonly ConfigProblem[], options: ProxyOptions) {
    this.#server = server;
    this.warnings = warnings;
    this.#admin = Admin.fromBootstrap(server, {
      version: options.version ?? "library",
      onQuit: options.onQuit ?? (() => void this.stop()),
      logLevels: options.logLevels,
    });
  }

  get state(): ServerState {
    return this.#server.state;
  }

  get stats(): StatsStore {
    return this.#server.stats;
  }

  get clusters(): RunnableClusterManager {
    return this.#server.clusters;
  }

  get listeners(): readonly BoundListener[] {
    return this.#server.listeners.listeners.map(({ name, address }) => ({ name, address, addressText: formatAddress(address) }));
  }

  get adminAddress(): SocketAddress | undefined {
    return this.#admin?.address;
  }

  async start(): Promise<void> {
    if (this.#hasStarted || this.#server.state === "DRAINING") throw new ProxyStartedError();
    this.#hasStarted = true;
    // The admin port first: what waits for the proxy to become ready asks there.
    await this.#admin?.start();
    try {
      await this.#server.start();
    } catch (error) {
      await this.#admin?.close();
      throw error;
    }
  }

  async shutdown(drainTimeMs: number): Promise<void> {
    await this.#server.shutdown(drainTimeMs);
    await this.#close();
  }

  async stop(): Promise<void> {
    await this.#server.close();
    await this.#close();
  }

  reopenLogs(): void {
    this.#server.accessLogFiles.reopen();
  }

  async #close(): Promise<void> {
    await this.#admin?.close();
    this.#server.runtime.timers.stop();
  }
}

function asSource(bootstrap: object | BootstrapSource): BootstrapSource {
  if (typeof bootstrap !== "object" || bootstrap === null)
    throw new TypeError("bootstrap: expected an object, or a text with its file's name");
  if ("text" in bootstrap && "fileName" in bootstrap) return bootstrap;
  // An object has no lines to point to.
  return { text: JSON.stringify(bootstrap), fileName: "", format: "json" };
}
