import { connect, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";
import { defaultRegistry, fromJson, type Message } from "@mesh/xds-proto";
import { AccessLogFiles, type AccessLogExtension, type StreamInfo } from "../access-log/index.ts";
import { createClusterManager } from "../cluster/index.ts";
import { ConfigPath, ExtensionSet, type ExtensionDescriptor } from "../config/index.ts";
import type { Connection } from "../network/index.ts";
import { networkContext, RecordingHandler } from "../network/testing.ts";
import { testRuntime, type TestRuntime } from "../runtime/testing.ts";
import { StatsStore } from "../stats/index.ts";
import { CountedScope, statValue } from "../stats/testing.ts";
import {
  createDynamicConfiguration,
  type DownstreamInfo,
  type Drain,
  type DrainStrategy,
  type NetworkFilter,
  type NetworkFilterContext,
  type NetworkFilterExtension,
} from "../stream/index.ts";
import type { TestConfigSources } from "../subscription/testing.ts";
import { AcceptedConnection, type Endpoint } from "./accepted.ts";
import { listenerFilterExtensions } from "./filters/index.ts";
import type { ListenerFilter, ListenerFilterExtension } from "./listener-filter.ts";
import { ListenerManager } from "./listener-manager.ts";

/** An accepted connection as filters find it, of a socket that is none. */
export function acceptedConnection(remote: Endpoint, local: Endpoint): AcceptedConnection {
  const { address: remoteAddress, port: remotePort } = remote;
  const { address: localAddress, port: localPort } = local;
  const socket: Partial<Socket> = { remoteAddress, remotePort, localAddress, localPort };
  return new AcceptedConnection(socket as Socket, "", 0);
}

/** What a chain was given. */
export interface Arrival {
  readonly connection: Connection;
  readonly info: DownstreamInfo;
  readonly initial: Buffer | undefined;
  readonly handler: RecordingHandler;
}

/** A chain that takes connections and waits to be told what to do. */
export class RecordingChain implements NetworkFilter {
  readonly context: NetworkFilterContext;
  readonly arrivals: Arrival[] = [];
  drains = 0;
  lastDrain: Drain | undefined = undefined;
  finishes = 0;
  isClosed = false;
  readonly #warm: Promise<void>;
  #waiting: ((arrival: Arrival) => void)[] = [];

  /** @param warm what `start` gives */
  constructor(context: NetworkFilterContext, warm: Promise<void>) {
    this.context = context;
    this.#warm = warm;
  }

  get activeConnections(): number {
    return this.arrivals.filter(({ connection }) => !connection.closed).length;
  }

  accept(connection: Connection, info: DownstreamInfo, initial: Buffer | undefined): void {
    const handler = new RecordingHandler();
    connection.setHandler(handler);
    const arrival = { connection, info, initial, handler };
    this.arrivals.push(arrival);
    for (const resolve of this.#waiting.splice(0)) resolve(arrival);
  }

  start(): Promise<void> {
    return this.#warm;
  }

  drain(drain: Drain): void {
    this.drains++;
    this.lastDrain = drain;
  }

  finish(): void {
    this.finishes++;
  }

  undrain(): void {
    this.drains = 0;
  }

  close(): void {
    this.isClosed = true;
    for (const { connection } of this.arrivals) connection.close();
  }

  /** The next connection that comes. */
  next(): Promise<Arrival> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}

const chainMessage = "google.protobuf.StringValue";
const filterMessage = "google.protobuf.BytesValue";
const logMessage = "google.protobuf.BoolValue";

/** Configuration of a recording chain. */
export function chain(name: string, match?: object): object {
  const filters = [{ name: "test", typed_config: { "@type": `type.googleapis.com/${chainMessage}`, value: name } }];
  return { filters, ...(match === undefined ? {} : { filter_chain_match: match }) };
}

/** Configuration of the listener filter that a test gives. */
export const testFilter: object = { name: "test", typed_config: { "@type": `type.googleapis.com/${filterMessage}`, value: "" } };

/** Configuration of an access log that keeps what it is given. */
export const testLog: object = { name: "test", typed_config: { "@type": `type.googleapis.com/${logMessage}`, value: true } };

export interface TestListeners {
  readonly manager: ListenerManager;
  readonly runtime: TestRuntime;
  readonly store: StatsStore;
  /** The scope that the manager counts in. */
  readonly scopes: CountedScope;
  readonly logged: StreamInfo[];
  stat(name: string): number;
  /** The last one that was made. */
  chain(name: string): RecordingChain;
  /** How many were made of that name. */
  chainCount(name: string): number;
  /** The port that a listener is bound to. */
  port(index?: number): number;
  /** A connection to a listener. */
  connect(index?: number, localAddress?: string): Promise<Socket>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface TestListenersOptions {
  readonly filter?: ListenerFilter;
  readonly extensions?: readonly ExtensionDescriptor[];
  /** Where routes and filters come from; with `discovers`, listeners too. Default: there is no source. */
  readonly sources?: TestConfigSources;
  readonly discovers?: boolean;
  /** When a recording chain of a name is warm. Default: at once. */
  readonly warm?: (name: string) => Promise<void>;
  readonly drainTimeMs?: number;
  readonly drainStrategy?: DrainStrategy;
}

/** Listeners in ProtoJSON on 127.0.0.1 and port 0, where they say nothing else; not yet started. */
export function testListeners(listeners: readonly object[], options: TestListenersOptions = {}): TestListeners {
  const runtime = testRuntime();
  const store = new StatsStore();
  const scopes = new CountedScope(store);
  const chains = new Map<string, RecordingChain[]>();
  const logged: StreamInfo[] = [];
  const sockets: Socket[] = [];
  const recording: NetworkFilterExtension = {
    name: "test.recording",
    category: "envoy.filters.network",
    messageName: chainMessage,
    fields: undefined,
    create: (extension, context) => {
      const { value: name } = extension.as(chainMessage);
      const made = new RecordingChain(context, options.warm?.(name) ?? Promise.resolve());
      context.stats.scope(`chain.${name}`).counter("made").inc();
      chains.set(name, [...(chains.get(name) ?? []), made]);
      return made;
    },
  };
  const given: ListenerFilterExtension = {
    name: "test.filter",
    category: "envoy.filters.listener",
    messageName: filterMessage,
    fields: undefined,
    create: () => options.filter ?? { maxBytes: 0, inspect: () => ({ kind: "done", consumed: 0 }) },
  };
  const log: AccessLogExtension = {
    name: "test.log",
    category: "envoy.access_loggers",
    messageName: logMessage,
    fields: undefined,
    create: () => ({ log: (info) => void logged.push(info) }),
  };
  const own = [recording, given, log, ...listenerFilterExtensions, ...(options.extensions ?? [])];
  const extensions = new ExtensionSet(defaultRegistry(), own);
  const address = { socket_address: { address: "127.0.0.1", port_value: 0 } };
  const messages = listeners.map((listener): Message<"envoy.config.listener.v3.Listener"> =>
    fromJson("envoy.config.listener.v3.Listener", { address, ...listener }),
  );
  const clusters = createClusterManager({ clusters: [], runtime, stats: store, extensions, loadBalancers: [], healthCheckers: [] });
  const { sources, discovers = false } = options;
  const manager = new ListenerManager({
    listeners: messages,
    path: ConfigPath.of("listeners"),
    runtime,
    network: networkContext(runtime.timers),
    ...createDynamicConfiguration({ runtime, clusters, extensions, ...(sources && { sources }) }),
    clusters,
    stats: scopes,
    extensions,
    ...(sources && discovers && { discovery: { source: sources, collection: "" } }),
    ...(options.drainTimeMs !== undefined && { drainTimeMs: options.drainTimeMs }),
    ...(options.drainStrategy !== undefined && { drainStrategy: options.drainStrategy }),
    accessLogFiles: new AccessLogFiles({ timers: runtime.timers, stats: store }),
  });
  const port = (index: number = 0): number => {
    const bound = manager.listeners[index]?.address;
    if (bound?.kind !== "ip") throw new Error(`listener ${index} is not bound to a port`);
    return bound.port;
  };
  return {
    manager,
    runtime,
    store,
    scopes,
    logged,
    stat: (name) => statValue(store, name),
    chain: (name) => {
      const found = chains.get(name)?.at(-1);
      if (found === undefined) throw new Error(`there is no chain ${name}`);
      return found;
    },
    chainCount: (name) => chains.get(name)?.length ?? 0,
    port,
    connect: async (index, localAddress = "127.0.0.1") => {
      const socket = connect({ host: "127.0.0.1", port: port(index), localAddress, allowHalfOpen: true });
      socket.on("error", () => {});
      sockets.push(socket);
      await once(socket, "connect");
      return socket;
    },
    [Symbol.asyncDispose]: async () => {
      manager.close();
      const open = sockets.filter((socket) => !socket.closed);
      for (const socket of open) socket.destroy();
      await Promise.all(open.map((socket) => once(socket, "close")));
    },
  };
}

/** `ip:port` of a socket's own end. */
export function endOf(socket: Socket): string {
  const { address, port } = socket.address() as AddressInfo;
  return `${address}:${port}`;
}
