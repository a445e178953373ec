import { Driver } from "./driver.ts";
import type { EchoReference } from "./driver.ts";
import { echoInterface } from "./echo-service.ts";
import { startJvm } from "./jvm.ts";
import type { JvmOptions } from "./jvm.ts";
import { freePort } from "./ports.ts";
import type { Peer } from "./process.ts";

/** Where Java applications register and look: a running `Zookeeper` is one. */
export interface ZookeeperRegistry {
  /** `host:port`, several separated by commas. */
  readonly connectString: string;
  /**
   * Milliseconds that a session outlives its connection: this long after a SIGKILL the nodes of a provider are gone. The server has limits of its own.
   * Default: the framework's own, 30 s of SOFARPC and 60 s of Dubbo.
   */
  readonly sessionMs?: number;
  /** SOFARPC: a path above its own, `/path`. Dubbo: the name that stands for both `dubbo` and `services`. */
  readonly root?: string;
}

export interface SofaProviderOptions extends JvmOptions {
  /** Default: a free one. Give it to start a provider again where another was. */
  readonly port?: number;
  /** What `id()` answers. Default: `p<port>`. */
  readonly id?: string;
  readonly app?: string;
  readonly uniqueId?: string;
  /** Once the provider has started it is registered there; when it is stopped it unregisters. Default: none. */
  readonly registry?: ZookeeperRegistry;
  /** Default: 100. */
  readonly weight?: number;
  /** More parameters of the address that is registered: `warmupTime`, … */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Default: hessian2. */
  readonly serialization?: "hessian2" | "json";
  /** The thread pool that runs calls. With `maxThreads: 1, queues: 0` a second call at the same time finds it busy. Default: 20, 200 and 0. */
  readonly coreThreads?: number;
  readonly maxThreads?: number;
  readonly queues?: number;
  /** Milliseconds that SIGTERM leaves to calls under way. Default: 20 s. */
  readonly stopTimeoutMs?: number;
  /** Milliseconds of silence after which the provider closes a connection. Default: 90 s. */
  readonly serverIdleMs?: number;
}

export interface SofaProvider extends Peer {
  readonly port: number;
  readonly id: string;
  /** For `ReferOptions.url`. */
  readonly url: string;
  /** The service's unique name on the wire: `interface:version[:uniqueId]`. */
  readonly service: string;
}

/** The wire's name of the service. */
export function sofaServiceName(uniqueId?: string): string {
  return uniqueId === undefined ? `${echoInterface}:1.0` : `${echoInterface}:1.0:${uniqueId}`;
}

function commandLine(named: Readonly<Record<string, string | number | undefined>>): string[] {
  return Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
}

function registryArguments(registry: ZookeeperRegistry | undefined): Readonly<Record<string, string | number | undefined>> {
  if (registry === undefined) return {};
  return { registry: `${registry.connectString}${registry.root ?? ""}`, session: registry.sessionMs };
}

/** Starts a Java SOFARPC provider on Bolt; resolves once it listens, and is registered if it has a registry. */
export async function startSofaProvider(options: SofaProviderOptions = {}): Promise<SofaProvider> {
  const port = options.port ?? (await freePort());
  const id = options.id ?? `p${port}`;
  const named = {
    port,
    id,
    app: options.app,
    uniqueId: options.uniqueId,
    weight: options.weight,
    parameters: options.parameters === undefined ? undefined : JSON.stringify(options.parameters),
    ...registryArguments(options.registry),
    serialization: options.serialization,
    coreThreads: options.coreThreads,
    maxThreads: options.maxThreads,
    queues: options.queues,
    stopTimeout: options.stopTimeoutMs,
  };
  const idle = options.serverIdleMs === undefined ? [] : [`-Dbolt.tcp.server.idle.interval=${options.serverIdleMs}`];
  const peer = await startJvm("sofarpc", "mesh.e2e.sofarpc.Provider", commandLine(named), {
    name: `SOFARPC provider ${id}`,
    ready: /^READY$/,
    jvm: [...idle, ...(options.jvm ?? [])],
    ...(options.cpu === undefined ? {} : { cpu: options.cpu }),
  });
  return Object.assign(peer, { port, id, url: `bolt://127.0.0.1:${port}`, service: sofaServiceName(options.uniqueId) });
}

/**
 * How the application calls: it decides which frame is sent (one-way or not) and who waits for the answer.
 * A future never completes for a method that returns null (`fire`), with a mesh or without: that is SOFARPC's.
 */
export type SofaInvokeType = "sync" | "oneway" | "future" | "callback";

export interface SofaReferOptions {
  /** `bolt://host:port`, several separated by commas. Default: what the consumer's registry knows. */
  readonly url?: string;
  /** Default: sync. */
  readonly invokeType?: SofaInvokeType;
  /** Milliseconds that a call may take. Default: 3000. */
  readonly timeout?: number;
  /** Further tries after SERVER_BUSY and timeouts. Default: 0. */
  readonly retries?: number;
  readonly uniqueId?: string;
  readonly serialization?: "hessian2" | "json";
  /** Milliseconds. Default: 1000. */
  readonly connectTimeout?: number;
  /** Milliseconds between tries to reach an address that went away. Default: 10 s. */
  readonly reconnectPeriod?: number;
  /** Connections to each address. Default: 1. */
  readonly connectionNum?: number;
  /** The caller's application name, sent as the header `app`. Default: java-consumer. */
  readonly app?: string;
  /** SOFARPC's own: failover (default), failfast, … */
  readonly cluster?: string;
  /** SOFARPC's own: random (default), roundRobin, … */
  readonly loadBalancer?: string;
  /** Connect on the first call, not at `refer`. */
  readonly lazy?: boolean;
}

export interface SofaConsumerOptions extends JvmOptions {
  /** Milliseconds of silence on a connection after which the consumer sends a heartbeat. Default: 15 s. */
  readonly heartbeatMs?: number;
  /** The version of Bolt that all its connections speak; v2 with CRC-32 checksums or without. Default: v1, as all SOFARPC clients. */
  readonly bolt?: "v1" | "v2" | "v2-checksum";
  /** Where references without a URL look. Default: none. */
  readonly registry?: ZookeeperRegistry;
}

export interface SofaConsumer extends Peer {
  refer(options: SofaReferOptions): Promise<EchoReference>;
}

/** Starts a Java process that refers to services and calls them as it is told; one serves many tests. */
export async function startSofaConsumer(options: SofaConsumerOptions = {}): Promise<SofaConsumer> {
  const driver = new Driver();
  const heartbeat = options.heartbeatMs === undefined ? [] : [`-Dbolt.tcp.heartbeat.interval=${options.heartbeatMs}`];
  const args = commandLine({ bolt: options.bolt ?? "v1", ...registryArguments(options.registry) });
  const peer = await startJvm("sofarpc", "mesh.e2e.sofarpc.Consumer", args, {
    name: "SOFARPC consumer",
    ready: /"ready":true/,
    onLine: (line) => driver.takeLine(line),
    // Each reference has a connection of its own: a shared one that is being closed for a released reference is handed to the next one to the same
    // address, now and then, which then finds the address not available.
    jvm: ["-Dtransport.connection.reuse=false", ...heartbeat, ...(options.jvm ?? [])],
    ...(options.cpu === undefined ? {} : { cpu: options.cpu }),
  });
  driver.attach(peer);
  return Object.assign(peer, { refer: (refer: SofaReferOptions) => driver.refer({ ...refer }) });
}
