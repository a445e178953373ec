import { once } from "node:events";
import {
  createServer as createHttpServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server as HttpServer,
} from "node:http";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { defaultRegistry, fromJson, packAny } from "@mesh/xds-proto";
import { AccessLogFiles, type AccessLogExtension, type StreamInfo } from "../access-log/index.ts";
import { createClusterManager, loadBalancerExtensions, rawBufferUpstream, type ResourceLimits } from "../cluster/index.ts";
import { ConfigPath, ExtensionSet, type ExtensionDescriptor } from "../config/index.ts";
import { ChunkPool, Connection, highWaterMarkOf, WriteBatch, type ConnectionHandler } from "../network/index.ts";
import { testRuntime, type TestRuntime } from "../runtime/testing.ts";
import { StatsStore } from "../stats/index.ts";
import { statValue } from "../stats/testing.ts";
import {
  createDynamicConfiguration,
  streamFilterExtensions,
  type AlternateProtocols,
  type NetworkFilter,
  type StreamFilter,
  type StreamFilterExtension,
} from "../stream/index.ts";
import { createHttpConnectionManagerFilter } from "./connection-manager.ts";
import { httpExtensions } from "./index.ts";

const managerName = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const filterMessage = "google.protobuf.StringValue";

export interface TestProxyOptions {
  /** What is served besides HTTP. */
  readonly alternates?: AlternateProtocols;
  /** Told of each stream as an access log is, one that asks for `StreamInfo.detail`. */
  readonly onLog?: (info: StreamInfo) => void;
  /** Ports of the hosts of the cluster `web`. */
  readonly hosts?: readonly number[];
  /** The same of the cluster `shadow`, which is not there otherwise. */
  readonly shadowHosts?: readonly number[];
  /** More of the cluster's fields. */
  readonly cluster?: object;
  /** Fields of the HttpConnectionManager in ProtoJSON, besides routes, filters and prefix. */
  readonly manager?: object;
  /** Fields of the route's `route`, besides its cluster. */
  readonly route?: object;
  /** In place of the one route that sends everything to `web`. */
  readonly routes?: readonly object[];
  readonly virtualHost?: object;
  /** Filters before the router. */
  readonly filters?: readonly StreamFilter[];
  readonly bufferLimitBytes?: number;
  /** Bytes that listener filters have read of each connection. */
  readonly initial?: Buffer;
  /** Where connections come from, as the listener tells it. Default: the socket's own peer. */
  readonly remoteAddress?: string;
}

/** What an access log has been told of a stream. */
export interface LoggedStream {
  readonly code: number;
  readonly flags: number;
  readonly details: string | undefined;
  readonly path: string | undefined;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly attempts: number;
  readonly remoteAddress: string | undefined;
}

/** A connection manager that listens on loopback. Its clock stands still until `runtime.advance`. */
export interface TestProxy extends AsyncDisposable {
  readonly port: number;
  readonly runtime: TestRuntime;
  readonly filter: NetworkFilter;
  readonly logged: readonly LoggedStream[];
  /** The downstream connections, in the order of their coming. */
  readonly connections: readonly Connection[];
  /** Drains the connections to the hosts. */
  drainHosts(): void;
  /** What is used of what the cluster's circuit breaker allows. */
  readonly limits: ResourceLimits | undefined;
  /** A statistic's value by its name after `http.test.`. */
  stat(name: string): number;
  /** The same after `cluster.web.`. */
  clusterStat(name: string): number;
  /** Requests that wait for a connection to the first host. */
  hostPending(): number;
  /** The same after `cluster.shadow.`. */
  shadowStat(name: string): number;
  /** The sum of what a histogram of the cluster `web` has recorded. */
  histogram(name: string): number;
}

const nobody: ConnectionHandler = { onData() {}, onEnd() {}, onClose() {}, onAboveHighWatermark() {}, onBelowLowWatermark() {} };

const withPort = (port: number): object => ({
  endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: port } } },
});

/** Starts a proxy; dispose of it with `await using`. */
export async function startProxy(options: TestProxyOptions = {}): Promise<TestProxy> {
  const runtime = testRuntime();
  const stats = new StatsStore();
  const logged: LoggedStream[] = [];
  const logger: AccessLogExtension = {
    name: "test.log",
    category: "envoy.access_loggers",
    messageName: "google.protobuf.BoolValue",
    fields: undefined,
    create: () => {
      const { onLog } = options;
      return {
        needsDetail: onLog !== undefined,
        log: (info) => {
          logged.push(asLogged(info));
          onLog?.(info);
        },
      };
    },
  };
  const filterExtension: StreamFilterExtension = {
    name: "test.filter",
    category: "envoy.filters.http",
    messageName: filterMessage,
    fields: undefined,
    create: (extension) => options.filters?.[Number(extension.as(filterMessage).value)] ?? {},
  };
  const descriptors: ExtensionDescriptor[] = [
    ...httpExtensions(options.alternates),
    ...streamFilterExtensions,
    ...loadBalancerExtensions,
    rawBufferUpstream,
    logger,
    filterExtension,
  ];
  const extensions = new ExtensionSet(defaultRegistry(), descriptors);
  const cluster = fromJson("envoy.config.cluster.v3.Cluster", {
    name: "web",
    connect_timeout: "1s",
    load_assignment: { cluster_name: "web", endpoints: [{ lb_endpoints: (options.hosts ?? []).map(withPort) }] },
    ...options.cluster,
  });
  const shadow = fromJson("envoy.config.cluster.v3.Cluster", {
    name: "shadow",
    load_assignment: { cluster_name: "shadow", endpoints: [{ lb_endpoints: (options.shadowHosts ?? []).map(withPort) }] },
    circuit_breakers: { thresholds: [{ max_requests: 2 }] },
  });
  const clusters = createClusterManager({
    clusters: options.shadowHosts === undefined ? [cluster] : [cluster, shadow],
    runtime,
    stats,
    extensions,
    loadBalancers: loadBalancerExtensions,
    healthCheckers: [],
  });
  clusters.start();
  await clusters.ready();
  const routes = options.routes ?? [{ match: { prefix: "/" }, route: { cluster: "web", ...options.route } }];
  const manager = fromJson(managerName, {
    stat_prefix: "test",
    route_config: { name: "routes", virtual_hosts: [{ name: "all", domains: ["*"], routes, ...options.virtualHost }] },
    http_filters: [
      ...(options.filters ?? []).map((_, index) => ({
        name: `test${index}`,
        typed_config: { "@type": `type.googleapis.com/${filterMessage}`, value: String(index) },
      })),
      {
        name: "envoy.filters.http.router",
        typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
      },
    ],
    access_log: [{ name: "test.log", typed_config: { "@type": "type.googleapis.com/google.protobuf.BoolValue", value: true } }],
    ...options.manager,
  });
  const network = { batch: new WriteBatch(), chunks: new ChunkPool(), timers: runtime.timers };
  const bufferLimitBytes = options.bufferLimitBytes ?? 1024 * 1024;
  const filter = createHttpConnectionManagerFilter(options.alternates).create(
    extensions.decode("envoy.filters.network", packAny(managerName, manager), ConfigPath.of("manager")),
    {
      ...createDynamicConfiguration({ runtime, clusters, extensions }),
      runtime,
      network,
      clusters,
      stats,
      extensions,
      accessLogFiles: new AccessLogFiles({ timers: runtime.timers, stats }),
      bufferLimitBytes,
    },
  );
  const connections: Connection[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark: highWaterMarkOf(bufferLimitBytes) }, (socket) => {
    const connection = new Connection(socket, network, nobody, { bufferLimitBytes });
    connections.push(connection);
    const remote = options.remoteAddress ?? `${socket.remoteAddress}:${socket.remotePort}`;
    filter.accept(
      connection,
      {
        remoteAddress: remote,
        directRemoteAddress: remote,
        directLocalAddress: "127.0.0.1:15001",
        filterChainName: "chain",
        localAddress: `${socket.localAddress}:${socket.localPort}`,
        requestedServerName: undefined,
        acceptedAt: runtime.clock.now(),
      },
      options.initial,
    );
  });
  const port = await listen(server);
  return {
    port,
    runtime,
    filter,
    logged,
    connections,
    drainHosts: () => clusters.drain(),
    limits: clusters.find("web")?.limits[0],
    stat: (name) => statValue(stats, `http.test.${name}`),
    clusterStat: (name) => statValue(stats, `cluster.web.${name}`),
    hostPending: () => clusters.find("web")?.hosts[0]?.stats.rqPendingActive ?? -1,
    shadowStat: (name) => statValue(stats, `cluster.shadow.${name}`),
    histogram: (name) => stats.snapshot().histograms.find((each) => each.name === `cluster.web.${name}`)?.cumulative.sum ?? 0,
    [Symbol.asyncDispose]: async () => {
      filter.close();
      clusters.close();
      server.close();
      await once(server, "close");
    },
  };
}

function asLogged(info: StreamInfo): LoggedStream {
  return {
    code: info.responseCode,
    flags: info.responseFlags,
    details: info.responseCodeDetails,
    path: info.request?.header(":path"),
    bytesReceived: info.bytesReceived,
    bytesSent: info.bytesSent,
    attempts: info.upstreamRequestAttemptCount,
    remoteAddress: info.downstreamRemoteAddress,
  };
}

export async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return portOf(server);
}

function portOf(server: Server): number {
  const address = server.address() as AddressInfo;
  return address.port;
}

/** A back end on node:http. */
export interface HttpBackend extends AsyncDisposable {
  readonly port: number;
  readonly server: HttpServer;
}

export async function startHttpBackend(listener: RequestListener): Promise<HttpBackend> {
  const server = createHttpServer(listener);
  const port = await listen(server);
  return {
    port,
    server,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** A back end that speaks bytes. */
export interface RawBackend extends AsyncDisposable {
  readonly port: number;
  /** In the order of their coming. */
  readonly connections: readonly RawPeer[];
  /** The next connection that comes, or has come and was not asked for yet. */
  accept(): Promise<RawPeer>;
}

export async function startRawBackend(): Promise<RawBackend> {
  const connections: RawPeer[] = [];
  let taken = 0;
  let wake: () => void = () => {};
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    connections.push(new RawPeer(socket));
    wake();
  });
  const port = await listen(server);
  return {
    port,
    connections,
    accept: async () => {
      for (;;) {
        const connection = connections[taken];
        if (connection !== undefined) {
          taken++;
          return connection;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const { socket } of connections) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** One end of a connection, byte for byte (latin1). */
export class RawPeer {
  readonly socket: Socket;
  /** What came and was not read yet. */
  received = "";
  /** The peer has ended, or the connection is closed. */
  ended = false;
  closed = false;
  /** Closed by a reset. */
  wasReset = false;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.received += text;
      this.#wake();
    });
    socket.on("end", () => {
      this.ended = true;
      this.#wake();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET") this.wasReset = true;
    });
    socket.on("close", () => {
      this.ended = true;
      this.closed = true;
      this.#wake();
    });
  }

  write(text: string): void {
    this.socket.write(text, "latin1");
  }

  /** Reads up to and with `end`, and returns it. Fails when the peer ends before that. */
  async readTo(end: string): Promise<string> {
    await this.#until(() => this.received.includes(end), JSON.stringify(end));
    return this.#take(this.received.indexOf(end) + end.length);
  }

  async readBytes(count: number): Promise<string> {
    await this.#until(() => this.received.length >= count, `${count} bytes`);
    return this.#take(count);
  }

  /** A head with its empty line. */
  readHead(): Promise<string> {
    return this.readTo("\r\n\r\n");
  }

  /** All up to the end. */
  async readAll(): Promise<string> {
    await this.#until(() => this.ended, "the end");
    return this.#take(this.received.length);
  }

  async waitForClose(): Promise<void> {
    await this.#until(
      () => this.closed,
      "the close",
      () => false,
    );
  }

  #take(count: number): string {
    const text = this.received.slice(0, count);
    this.received = this.received.slice(count);
    return text;
  }

  async #until(isDone: () => boolean, what: string, isOver: () => boolean = () => this.ended): Promise<void> {
    while (!isDone()) {
      if (isOver()) throw new Error(`the connection ended before ${what}; there is ${JSON.stringify(this.received)}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

export async function connectRaw(port: number): Promise<RawPeer> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
  const peer = new RawPeer(socket);
  await once(socket, "connect");
  return peer;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpCall {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** A request on a connection of its own, with node:http as the client. */
export async function call(port: number, { path = "/", method = "GET", headers = {}, body }: HttpCall = {}): Promise<HttpAnswer> {
  const request = httpRequest({ port, host: "127.0.0.1", path, method, headers: { connection: "close", ...headers }, agent: false });
  request.end(body);
  const [response] = await once(request, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString("latin1") };
}

/** Waits until something holds, looking once a turn of the event loop. The test's own timeout ends it where it never does. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}
