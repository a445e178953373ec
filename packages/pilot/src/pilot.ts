import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { IstioConfig } from "@mesh/istio-config";
import { clusterTypeUrl, createXdsServer, endpointsTypeUrl, type XdsServer } from "@mesh/xds-server";
import { pilotError, type ListenOptions } from "./base/index.ts";
import { defaultProtection, Hub, systemClock, type MeshSnapshot, type ShardStatus } from "./hub/index.ts";
import type { PilotLogger, PilotOptions } from "./options.ts";
import { MeshSource, nameTableTypeUrl, type ConnectedProxy } from "./serving/index.ts";
import {
  bothObservers,
  HttpServer,
  LeftOut,
  metricsHandler,
  PilotMetrics,
  statusHandler,
  Unusable,
  xdsLog,
  type Json,
  type WriteLog,
} from "./status/index.ts";

/** A control plane in this process. */
export interface Pilot {
  /** Listens, and reads registries and configuration. Rejects with MESH_PILOT_LISTEN where a port cannot be had. */
  start(): Promise<void>;
  /** Of xDS, `127.0.0.1:15010`; empty before `start` has resolved. */
  readonly grpcAddress: string;
  /** Of `/ready`, `/metrics` and `/debug`; empty where it is not served. */
  readonly httpAddress: string;
  /** Of `/metrics` alone; empty where it is not served. */
  readonly monitoringAddress: string;
  /** The mesh as it is; undefined before registries and configuration have been read. */
  readonly snapshot: MeshSnapshot | undefined;
  readonly registries: readonly ShardStatus[];
  /** Resolves when there is a snapshot. */
  ready(): Promise<void>;
  /** Ends streams, registries and servers. */
  close(): Promise<void>;
}

const maxMessageBytes = 64 * 1024 * 1024;
/** What may differ when nothing but endpoints has changed: clusters of DNS have theirs written into them, and names may be answered with them. */
const typesWithEndpoints: ReadonlySet<string> = new Set([endpointsTypeUrl, clusterTypeUrl, nameTableTypeUrl]);
/** How long the ends of streams may take to reach clients. */
const maxGoodbyeMs = 1000;
const silent: PilotLogger = { log: () => undefined };

/** Makes a control plane; nothing happens before `start`. */
export function createPilot(options: PilotOptions): Pilot {
  return new PilotImplementation(options);
}

class PilotImplementation implements Pilot {
  readonly #options: PilotOptions;
  readonly #logger: PilotLogger;
  readonly #hub: Hub;
  readonly #source = new MeshSource();
  readonly #xds: XdsServer;
  readonly #server = new Server({
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
    "grpc.keepalive_time_ms": 30_000,
  });
  readonly #metrics: PilotMetrics;
  readonly #leftOut: LeftOut;
  readonly #unusable: Unusable;
  readonly #status: HttpServer | undefined;
  readonly #monitoring: HttpServer | undefined;
  readonly #ready: Promise<void>;
  #setReady: () => void = () => undefined;
  #endConfig: () => void = () => undefined;
  #grpcAddress = "";

  constructor(options: PilotOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silent;
    this.#ready = new Promise((resolve) => {
      this.#setReady = resolve;
    });
    const clock = options.clock ?? systemClock;
    const snapshot = (): MeshSnapshot | undefined => this.#hub.current;
    const sources = {
      snapshot,
      registries: () => this.#hub.registries,
      clients: () => this.#xds.clients(),
      connected: () => this.#source.connected,
      scopes: () => this.#source.scopes(),
      resourcesOf: (connected: ConnectedProxy) => this.#source.resourcesOf(connected),
    };
    const write: WriteLog = (level, message) => this.#logger.log(level, message);
    this.#leftOut = new LeftOut({ scopes: sources.scopes, clock, write });
    this.#unusable = new Unusable(write);
    this.#metrics = new PilotMetrics(sources, options.version ?? "unknown", () => clock.nowMs());
    this.#hub = new Hub({
      registries: options.registries ?? [],
      clock,
      quietMs: options.debounce?.quietMs ?? 100,
      maxWaitMs: options.debounce?.maxMs ?? 10_000,
      readyTimeoutMs: options.readyTimeoutMs ?? 0,
      protection: { ...defaultProtection, ...options.protection },
      events: {
        onSnapshot: (current, waitedMs, buildMs) => this.#publish(current, waitedMs, buildMs),
        onProblem: (message) => write("warn", message),
      },
    });
    this.#xds = createXdsServer({
      source: this.#source,
      observer: bothObservers(
        this.#metrics.observer(),
        bothObservers(
          xdsLog(write, () => clock.nowMs()),
          this.#leftOut.observer(),
        ),
      ),
      identifier: options.identifier ?? "pilot",
      ...(options.admission === undefined ? {} : { admission: options.admission }),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      ...(options.connectionAge === undefined ? {} : { connectionAge: options.connectionAge }),
    });
    this.#xds.addTo(this.#server);
    this.#status =
      options.http === undefined
        ? undefined
        : new HttpServer(options.http, statusHandler({ sources, metrics: this.#metrics, configs: () => this.#configs() }));
    this.#monitoring = options.monitoring === undefined ? undefined : new HttpServer(options.monitoring, metricsHandler(this.#metrics));
  }

  get grpcAddress(): string {
    return this.#grpcAddress;
  }

  get httpAddress(): string {
    return this.#status?.address ?? "";
  }

  get monitoringAddress(): string {
    return this.#monitoring?.address ?? "";
  }

  get snapshot(): MeshSnapshot | undefined {
    return this.#hub.current;
  }

  get registries(): readonly ShardStatus[] {
    return this.#hub.registries;
  }

  ready(): Promise<void> {
    return this.#ready;
  }

  async start(): Promise<void> {
    const { grpc, config } = this.#options;
    this.#grpcAddress = await bind(this.#server, grpc);
    await this.#status?.listen();
    await this.#monitoring?.listen();
    this.#hub.start();
    if (config?.isReady !== false) this.#hub.setConfigs(config?.snapshot.configs ?? []);
    this.#endConfig = config?.subscribe(({ configs }) => this.#takeConfigs(configs)) ?? this.#endConfig;
  }

  async close(): Promise<void> {
    this.#endConfig();
    this.#xds.close();
    await shutDown(this.#server);
    this.#leftOut.close();
    await Promise.all([this.#status?.close(), this.#monitoring?.close(), this.#hub.close()]);
  }

  #takeConfigs(configs: readonly IstioConfig[]): void {
    this.#metrics.onConfig();
    if (this.#options.config?.isReady !== false) this.#hub.setConfigs(configs);
  }

  #configs(): Json {
    const { configs = [], problems = [] } = this.#options.config?.snapshot ?? {};
    // Configurations are read from YAML, so they are JSON.
    return JSON.parse(JSON.stringify({ configs, problems, left_out: this.#leftOut.list() }));
  }

  #publish(snapshot: MeshSnapshot, waitedMs: number, buildMs: number): void {
    this.#metrics.onSnapshot(snapshot, waitedMs, buildMs);
    this.#leftOut.onChanged();
    this.#unusable.onSnapshot(snapshot);
    this.#source.set(snapshot);
    const { services, rules } = snapshot.change;
    this.#xds.push(services || rules ? undefined : typesWithEndpoints);
    this.#setReady();
    this.#logger.log("debug", `snapshot ${snapshot.number}: ${snapshot.services.all.length} services`);
  }
}

/** Lets the ends of streams reach the clients; one that does not read is not waited for. */
async function shutDown(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    const net = setTimeout(resolve, maxGoodbyeMs);
    server.tryShutdown(() => {
      clearTimeout(net);
      resolve();
    });
  });
  server.forceShutdown();
}

async function bind(server: Server, { host = "127.0.0.1", port }: ListenOptions): Promise<string> {
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, actual) => {
      if (error === null) resolve(actual);
      else reject(pilotError("MESH_PILOT_LISTEN", `cannot listen on ${address}: ${error.message}`, error));
    });
  });
  return `${address.slice(0, address.lastIndexOf(":"))}:${bound}`;
}
