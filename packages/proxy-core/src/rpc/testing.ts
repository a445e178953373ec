import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { defaultRpcLimits, RpcFrameKind, type RpcSession } from "@mesh/codec";
import { boltCodec, encodeBoltRequest, encodeBoltResponse, type BoltFrame, type BoltRequest, type BoltResponse } from "@mesh/codec-bolt";
import { defaultRegistry, fromJson, packAny, type Message } from "@mesh/xds-proto";
import { AccessLogFiles, accessLogExtensions, type AccessLogExtension, type StreamInfo } from "../access-log/index.ts";
import { createClusterManager, loadBalancerExtensions, rawBufferUpstream, type Cluster } from "../cluster/index.ts";
import { ConfigPath, ExtensionSet, type ExtensionDescriptor } from "../config/index.ts";
import { ChunkPool, Connection, socketHighWaterMark, WriteBatch, type ConnectionHandler } from "../network/index.ts";
import { previousHostsPredicate } from "../route/index.ts";
import { testRuntime, type TestRuntime } from "../runtime/testing.ts";
import { StatsStore } from "../stats/index.ts";
import { statValue } from "../stats/testing.ts";
import {
  createDynamicConfiguration,
  type DownstreamInfo,
  streamFilterExtensions,
  type NetworkFilter,
  type StreamFilter,
  type StreamFilterExtension,
} from "../stream/index.ts";
import type { TestConfigSources } from "../subscription/testing.ts";
import { boltProtocol } from "../extensions/bolt/index.ts";
import { rpcExtensions } from "./index.ts";
import { rpcProxyFilter } from "./rpc-proxy.ts";

const proxyName = "mesh.extensions.filters.network.rpc_proxy.v3.RpcProxy";
const filterMessage = "google.protobuf.StringValue";

export const echoService = "com.acme.Echo:1.0";

/** A TypedExtensionConfig. */
export const typedConfig = (name: string, fields: object = {}): object => ({
  name,
  typed_config: { "@type": `type.googleapis.com/${name}`, ...fields },
});

export const boltConfig = (fields: object = {}): object => typedConfig("mesh.extensions.codecs.bolt.v3.Bolt", fields);
export const autoConfig = (fields: object = {}): object => typedConfig("mesh.extensions.codecs.auto.v3.Auto", fields);

/** `typed_extension_protocol_options` with RpcProtocolOptions, and Envoy's options for all protocols. */
export const rpcOptions = (fields: object, common: object = {}): object => ({
  typed_extension_protocol_options: {
    rpc: { "@type": "type.googleapis.com/mesh.extensions.upstreams.rpc.v3.RpcProtocolOptions", ...fields },
    http: {
      "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
      common_http_protocol_options: common,
      explicit_http_config: { http_protocol_options: {} },
    },
  },
});

export interface TestRpcOptions {
  /** Told of each call as an access log is, one that asks for `StreamInfo.detail`. */
  readonly onLog?: (info: StreamInfo) => void;
  /** Ports of the hosts of the cluster `echo`. */
  readonly hosts?: readonly number[];
  /** More of the cluster's fields. */
  readonly cluster?: object;
  /** Another cluster's name, the port of its host, and more of its fields. */
  readonly other?: readonly [name: string, port: number, fields?: object];
  /** Fields of RpcProxy in ProtoJSON, besides routes, filters and prefix. */
  readonly proxy?: object;
  /** Fields of the route's `route`, besides its cluster. */
  readonly route?: object;
  /** In place of the one route that sends everything to `echo`. */
  readonly routes?: readonly object[];
  readonly virtualHosts?: readonly object[];
  /** Filters before the router. */
  readonly filters?: readonly StreamFilter[];
  /** The same, configured. */
  readonly httpFilters?: readonly object[];
  readonly bufferLimitBytes?: number;
  /** `ip:port` that connections were going to before they were redirected. Default: they were not. */
  readonly destination?: string;
  /** What the proxy is composed with besides Bolt. */
  readonly extensions?: readonly ExtensionDescriptor[];
  /** Where routes and filters come from. Default: there is no source. */
  readonly sources?: TestConfigSources;
}

/** What an access log has been told of a call. */
export interface LoggedCall {
  readonly code: number;
  readonly flags: number;
  readonly details: string | undefined;
  readonly path: string | undefined;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly attempts: number;
  readonly upstreamHost: string | undefined;
  readonly upstreamLocalAddress: string | undefined;
  readonly failureReason: string | undefined;
}

/** An RpcProxy that listens on loopback. Its clock stands still until `runtime.advance`. */
export interface TestRpc extends AsyncDisposable {
  readonly port: number;
  readonly runtime: TestRuntime;
  readonly filter: NetworkFilter;
  readonly cluster: Cluster;
  readonly logged: readonly LoggedCall[];
  /** The downstream connections, in the order of their coming. */
  readonly connections: readonly Connection[];
  /** A statistic's value by its name after `rpc.test.`. */
  readonly stat: (name: string) => number;
  /** The same after `cluster.echo.`. */
  readonly clusterStat: (name: string) => number;
  /** Resolves when the access logs that are files are written. */
  flushLogs(): Promise<void>;
  readonly stats: StatsStore;
  /** A caller, connected. */
  connect(): Promise<RpcPeer>;
  /** An RpcProxy that takes the place of `filter`: of the same proxy, configured by other fields. */
  another(fields?: TestRpcOptions): NetworkFilter;
  /** What is known of a connection whose chain has that name. */
  describe(connection: Connection, filterChainName?: string): DownstreamInfo;
}

const nobody: ConnectionHandler = { onData() {}, onEnd() {}, onClose() {}, onAboveHighWatermark() {}, onBelowLowWatermark() {} };

/** Has the timeouts that all protocols' connections share; the `http` room makes more of it. */
const httpOptions: ExtensionDescriptor = {
  name: "test.http_options",
  category: "envoy.upstream_options",
  messageName: "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
  fields: undefined,
};

/** What RpcProxy and clusters are composed with in tests. */
export function testExtensions(more: readonly ExtensionDescriptor[] = []): ExtensionSet {
  return new ExtensionSet(defaultRegistry(), [
    ...rpcExtensions,
    boltProtocol,
    ...streamFilterExtensions,
    ...loadBalancerExtensions,
    ...accessLogExtensions,
    rawBufferUpstream,
    previousHostsPredicate,
    httpOptions,
    ...more,
  ]);
}

/** Starts a proxy; dispose of it with `await using`. */
export async function startRpc(options: TestRpcOptions = {}): Promise<TestRpc> {
  const runtime = testRuntime();
  const stats = new StatsStore();
  const logged: LoggedCall[] = [];
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
  const extensions = testExtensions([logger, filterExtension, ...(options.extensions ?? [])]);
  const clusterOf = (name: string, ports: readonly number[], more: object = {}): Message<"envoy.config.cluster.v3.Cluster"> =>
    fromJson("envoy.config.cluster.v3.Cluster", {
      name,
      connect_timeout: "1s",
      load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: ports.map(endpoint) }] },
      ...more,
    });
  const clusters = createClusterManager({
    clusters: [
      clusterOf("echo", options.hosts ?? [], options.cluster),
      ...(options.other === undefined ? [] : [clusterOf(options.other[0], [options.other[1]], options.other[2])]),
    ],
    runtime,
    stats,
    extensions,
    loadBalancers: loadBalancerExtensions,
    healthCheckers: [],
  });
  clusters.start();
  await clusters.ready();
  const accessLogFiles = new AccessLogFiles({ timers: runtime.timers, stats });
  const network = { batch: new WriteBatch(), chunks: new ChunkPool(), timers: runtime.timers };
  const bufferLimitBytes = options.bufferLimitBytes ?? 1024 * 1024;
  const context = {
    ...createDynamicConfiguration({ runtime, clusters, extensions, ...(options.sources && { sources: options.sources }) }),
    runtime,
    network,
    clusters,
    stats,
    extensions,
    accessLogFiles,
    bufferLimitBytes,
  };
  const filters: NetworkFilter[] = [];
  const another = (fields: TestRpcOptions = {}): NetworkFilter => {
    const config = packAny(proxyName, fromJson(proxyName, proxyJson(fields)));
    const made = rpcProxyFilter.create(extensions.decode("envoy.filters.network", config, ConfigPath.of("proxy")), context);
    filters.push(made);
    return made;
  };
  const filter = another(options);
  const describe = ({ socket }: Connection, filterChainName: string = "chain"): DownstreamInfo => {
    const remote = `${socket.remoteAddress}:${socket.remotePort}`;
    return {
      remoteAddress: remote,
      directRemoteAddress: remote,
      directLocalAddress: "127.0.0.1:15001",
      filterChainName,
      localAddress: options.destination ?? `${socket.localAddress}:${socket.localPort}`,
      isRedirected: options.destination !== undefined,
      requestedServerName: undefined,
      acceptedAt: runtime.clock.now(),
    };
  };
  const connections: Connection[] = [];
  const server = createServer(
    { allowHalfOpen: true, noDelay: true, highWaterMark: Math.min(socketHighWaterMark, bufferLimitBytes) },
    (socket) => {
      const connection = new Connection(socket, network, nobody, { bufferLimitBytes });
      connections.push(connection);
      filter.accept(connection, describe(connection), undefined);
    },
  );
  const port = await listen(server);
  const found = clusters.find("echo");
  if (found === undefined) throw new Error("there is no cluster");
  const callers: RpcPeer[] = [];
  return {
    port,
    runtime,
    filter,
    cluster: found,
    logged,
    connections,
    stats,
    flushLogs: () => accessLogFiles.flush(),
    stat: (name) => statValue(stats, `rpc.test.${name}`),
    clusterStat: (name) => statValue(stats, `cluster.echo.${name}`),
    connect: async () => {
      const caller = await RpcPeer.connect(port);
      callers.push(caller);
      return caller;
    },
    another,
    describe,
    [Symbol.asyncDispose]: async () => {
      for (const { socket } of callers) socket.destroy();
      for (const each of filters) each.close();
      clusters.close();
      server.close();
      await once(server, "close");
      await accessLogFiles.close();
    },
  };
}

/** RpcProxy in ProtoJSON. */
export function proxyJson({ route, routes, virtualHosts, filters = [], httpFilters = [], proxy }: TestRpcOptions): object {
  const all = routes ?? [{ match: { prefix: "/" }, route: { cluster: "echo", ...route } }];
  return {
    stat_prefix: "test",
    codec: boltConfig(),
    route_config: { name: "routes", virtual_hosts: virtualHosts ?? [{ name: "all", domains: ["*"], routes: all }] },
    filters: [
      ...filters.map((_, index) => ({
        name: `test${index}`,
        typed_config: { "@type": `type.googleapis.com/${filterMessage}`, value: String(index) },
      })),
      ...httpFilters,
      typedConfig("envoy.extensions.filters.http.router.v3.Router"),
    ],
    access_log: [{ name: "test.log", typed_config: { "@type": "type.googleapis.com/google.protobuf.BoolValue", value: true } }],
    ...proxy,
  };
}

const endpoint = (port: number): object => ({
  endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: port } } },
});

function asLogged(info: StreamInfo): LoggedCall {
  return {
    code: info.responseCode,
    flags: info.responseFlags,
    details: info.responseCodeDetails,
    path: info.request?.header(":path"),
    bytesReceived: info.bytesReceived,
    bytesSent: info.bytesSent,
    attempts: info.upstreamRequestAttemptCount,
    upstreamHost: info.upstreamHost,
    upstreamLocalAddress: info.upstreamLocalAddress,
    failureReason: info.upstreamTransportFailureReason,
  };
}

export interface TestCall extends Partial<BoltRequest> {
  readonly service?: string;
  readonly method?: string;
}

/** The bytes of a request. The id is 1 and the method `echo` unless given. */
export function request({ service = echoService, method = "echo", headers = [], id = 1, ...rest }: TestCall = {}): Buffer {
  return encodeBoltRequest({ id, headers: [["service", service], ["sofa_head_method_name", method], ...headers], ...rest });
}

let lastCallId = 1000;

/** One end of a Bolt connection, a caller's or a host's. */
export class RpcPeer {
  readonly socket: Socket;
  readonly session: RpcSession;
  /** Frames that came and were not taken yet, but for the answers to `call`. */
  readonly frames: BoltFrame[] = [];
  /** Told of every frame in place of `frames`, where it is set. */
  onFrame: ((frame: BoltFrame, peer: RpcPeer) => void) | undefined = undefined;
  ended = false;
  closed = false;
  /** Closed by a reset. */
  wasReset = false;
  readonly #calls = new Map<number, (frame: BoltFrame | undefined) => void>();
  #wake: (() => void)[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    const limits = { ...defaultRpcLimits, maxFrameBytes: 64 * 1024 * 1024 };
    this.session = boltCodec().open({ onFrame: (frame) => this.#receive(frame) }, { role: "client", limits });
    socket.on("data", (chunk: Buffer) => {
      this.session.push(chunk);
      if (this.session.error !== undefined) socket.destroy(this.session.error);
      this.#tell();
    });
    socket.on("end", () => {
      this.ended = true;
      this.#over();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET") this.wasReset = true;
    });
    socket.on("close", () => {
      this.ended = true;
      this.closed = true;
      this.#over();
    });
  }

  static async connect(port: number): Promise<RpcPeer> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    const peer = new RpcPeer(socket);
    await once(socket, "connect");
    return peer;
  }

  send(...frames: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(frames));
  }

  /** Sends a request under an id of its own; undefined where the connection ends before the answer. */
  call(call: Omit<TestCall, "id"> = {}): Promise<BoltFrame | undefined> {
    const id = ++lastCallId;
    const answer = new Promise<BoltFrame | undefined>((resolve) => {
      if (this.ended) resolve(undefined);
      else this.#calls.set(id, resolve);
    });
    this.send(request({ ...call, id }));
    return answer;
  }

  /** Breaks the connection off. */
  reset(): void {
    // Node 24: a socket whose end is still to be sent is never closed by resetAndDestroy.
    if (this.socket.writableEnded) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }

  /** The next frame. */
  async next(): Promise<BoltFrame> {
    await this.#until(() => this.frames.length > 0, "a frame");
    return this.frames.shift() as BoltFrame;
  }

  async take(count: number): Promise<BoltFrame[]> {
    await this.#until(() => this.frames.length >= count, `${count} frames`);
    return this.frames.splice(0, count);
  }

  answer(call: BoltFrame, response: Partial<BoltResponse> = {}): void {
    this.send(encodeAnswer(call, response));
  }

  /** Until the peer has ended or closed. */
  async waitForEnd(): Promise<void> {
    await this.#until(
      () => this.ended,
      "the end",
      () => false,
    );
  }

  async waitForClose(): Promise<void> {
    await this.#until(
      () => this.closed,
      "the close",
      () => false,
    );
  }

  #receive(frame: BoltFrame): void {
    const settle = frame.kind === RpcFrameKind.Response ? this.#calls.get(frame.idLow) : undefined;
    if (settle !== undefined) {
      this.#calls.delete(frame.idLow);
      settle(frame);
    } else if (this.onFrame !== undefined) {
      this.onFrame(frame, this);
    } else {
      this.frames.push(frame);
    }
  }

  #over(): void {
    for (const settle of this.#calls.values()) settle(undefined);
    this.#calls.clear();
    this.#tell();
  }

  #tell(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }

  async #until(isDone: () => boolean, what: string, isOver: () => boolean = () => this.ended): Promise<void> {
    while (!isDone()) {
      if (isOver()) throw new Error(`the connection ended before ${what}`);
      await new Promise<void>((resolve) => {
        this.#wake.push(resolve);
      });
    }
  }
}

/** An answer in the version of its request; the content is the request's unless given. */
function encodeAnswer(call: BoltFrame, response: Partial<BoltResponse>): Buffer {
  return encodeBoltResponse({ version: call.version, checksum: call.hasChecksum, content: call.body(), ...response, id: call.idLow });
}

/** Answers a call with its own content. */
export const echo = (call: BoltFrame, peer: RpcPeer): void => {
  if (call.kind === RpcFrameKind.Request) peer.answer(call);
};

/** A provider. */
export interface TestHost extends AsyncDisposable {
  readonly port: number;
  /** In the order of their coming. */
  readonly connections: readonly RpcPeer[];
  /** The next connection that comes, or has come and was not asked for yet. */
  accept(): Promise<RpcPeer>;
  /** Takes no new connections, and closes those there are. */
  stop(): Promise<void>;
}

/** @param onFrame what connections do with their frames; without it they keep them */
export async function startHost(onFrame?: (frame: BoltFrame, peer: RpcPeer) => void, port: number = 0): Promise<TestHost> {
  const connections: RpcPeer[] = [];
  let taken = 0;
  let wake: () => void = () => {};
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const peer = new RpcPeer(socket);
    peer.onFrame = onFrame;
    connections.push(peer);
    wake();
  });
  const bound = await listen(server, port);
  const stop = async (): Promise<void> => {
    for (const { socket } of connections) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  };
  return {
    port: bound,
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
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function listen(server: Server, port: number = 0): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A port at which nobody listens. */
export async function deadPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, "close");
  return port;
}

/** Waits until something holds, looking once a turn of the event loop. The test's own timeout ends it where it never does. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Some turns of the event loop: for what must not happen, so that it had the time to. */
export async function turns(count: number = 20): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}

/** What is counted while calls are under way must come back to nothing. */
export function openBooks({ cluster, stat, clusterStat }: TestRpc): Record<string, number> {
  const open: Record<string, number> = {
    downstream_rq_active: stat("downstream_rq_active"),
    upstream_rq_active: clusterStat("upstream_rq_active"),
    upstream_rq_pending_active: clusterStat("upstream_rq_pending_active"),
  };
  for (const [index, limits] of cluster.limits.entries()) {
    open[`requests${index}`] = limits.requests;
    open[`pending${index}`] = limits.pendingRequests;
    open[`retries${index}`] = limits.retries;
  }
  for (const host of cluster.hosts) open[host.addressText] = host.stats.rqActive + host.stats.rqPendingActive;
  return Object.fromEntries(Object.entries(open).filter(([, value]) => value !== 0));
}
