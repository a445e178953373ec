import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { defaultRegistry, packAny, fromJson } from "@mesh/xds-proto";
import { AccessLogFiles, type AccessLogExtension, type StreamInfo } from "../access-log/index.ts";
import { assignment, testClusters, type TestClusters } from "../cluster/testing.ts";
import { ConfigPath, ExtensionSet } from "../config/index.ts";
import { Connection } from "../network/index.ts";
import { listen, networkContext, RecordingHandler, socketPair, type SocketPair } from "../network/testing.ts";
import type { TestRuntime } from "../runtime/testing.ts";
import { createDynamicConfiguration, type NetworkFilter } from "../stream/index.ts";
import { tcpProxyFilter } from "./tcp-proxy.ts";

const messageName = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";
const logMessage = "google.protobuf.BoolValue";

/** A server whose connections a test takes. */
export interface TestHost {
  readonly server: Server;
  /** `127.0.0.1:port` */
  readonly address: string;
  readonly sockets: readonly Socket[];
  /** The next connection; to be called before it is made. */
  accept(): Promise<Socket>;
}

export interface TestTcpProxy {
  readonly filter: NetworkFilter;
  readonly runtime: TestRuntime;
  readonly logged: StreamInfo[];
  stat(name: string): number;
  readonly cluster: TestClusters["cluster"];
  host(): Promise<TestHost>;
  /** A client's connection, accepted by the proxy; `far` is the client's end. */
  connect(options?: ConnectOptions): Promise<SocketPair>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ConnectOptions {
  readonly initial?: Buffer;
  readonly bufferLimitBytes?: number;
}

export interface TestTcpProxyOptions {
  /** The log asks for `StreamInfo.detail`. */
  readonly needsDetail?: boolean;
  /** By cluster: addresses of its hosts. */
  readonly clusters?: Readonly<Record<string, readonly string[]>>;
  /** Fields of all clusters. */
  readonly clusterFields?: object;
  /** Default: to the cluster `c`. */
  readonly config?: object;
}

export function testHosts(): { make(): Promise<TestHost>; close(): Promise<void> } {
  const hosts: TestHost[] = [];
  return {
    make: async () => {
      const server = createServer({ allowHalfOpen: true });
      const sockets: Socket[] = [];
      server.setMaxListeners(0);
      server.on("connection", (socket) => {
        socket.on("error", () => {});
        sockets.push(socket);
      });
      const address = `127.0.0.1:${await listen(server)}`;
      const accept = async (): Promise<Socket> => ((await once(server, "connection")) as [Socket])[0];
      const host = { server, address, sockets, accept };
      hosts.push(host);
      return host;
    },
    close: async () => {
      for (const { server, sockets } of hosts) {
        for (const socket of sockets) socket.destroy();
        if (!server.listening) continue;
        server.close();
        await once(server, "close");
      }
    },
  };
}

/** A TcpProxy with its clusters. */
export function testTcpProxy(options: TestTcpProxyOptions = {}): TestTcpProxy {
  const { clusters = {}, clusterFields = {}, config = { cluster: "c" } } = options;
  const logged: StreamInfo[] = [];
  const log: AccessLogExtension = {
    name: "test.log",
    category: "envoy.access_loggers",
    messageName: logMessage,
    fields: undefined,
    create: () => ({ needsDetail: options.needsDetail === true, log: (info) => void logged.push(info) }),
  };
  const made = testClusters(
    Object.entries(clusters).map(([name, addresses]) => ({ name, load_assignment: assignment(...addresses), ...clusterFields })),
  );
  const { manager, runtime, store } = made;
  manager.start();
  const extensions = new ExtensionSet(defaultRegistry(), [tcpProxyFilter, log]);
  const access_log = [{ name: "test", typed_config: { "@type": `type.googleapis.com/${logMessage}`, value: true } }];
  const any = packAny(messageName, fromJson(messageName, { stat_prefix: "t", access_log, ...config }));
  const network = networkContext(runtime.timers);
  const filter = tcpProxyFilter.create(extensions.decode("envoy.filters.network", any, ConfigPath.of("config")), {
    ...createDynamicConfiguration({ runtime, clusters: manager, extensions }),
    runtime,
    network,
    clusters: manager,
    stats: store,
    extensions,
    accessLogFiles: new AccessLogFiles({ timers: runtime.timers, stats: store }),
    bufferLimitBytes: 1024 * 1024,
  });
  const pairs: SocketPair[] = [];
  const hosts = testHosts();
  return {
    filter,
    runtime,
    logged,
    stat: made.stat,
    cluster: made.cluster,
    host: () => hosts.make(),
    connect: async ({ initial, bufferLimitBytes = 64 * 1024 } = {}) => {
      const pair = await socketPair(Math.min(16 * 1024, bufferLimitBytes));
      pairs.push(pair);
      const connection = new Connection(pair.near, network, new RecordingHandler(), { bufferLimitBytes });
      const info = {
        remoteAddress: "10.0.0.1:1",
        directRemoteAddress: "127.0.0.1:1",
        directLocalAddress: "127.0.0.1:15001",
        filterChainName: "chain",
        localAddress: "10.0.0.2:80",
        requestedServerName: undefined,
        acceptedAt: runtime.clock.now(),
      };
      filter.accept(connection, info, initial);
      return pair;
    },
    [Symbol.asyncDispose]: async () => {
      filter.close();
      for (const pair of pairs) await pair[Symbol.asyncDispose]();
      await hosts.close();
      manager.close();
    },
  };
}
