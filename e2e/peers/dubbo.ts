import { Driver } from "./driver.ts";
import type { EchoReference } from "./driver.ts";
import type { echoInterface, twinInterface } from "./echo-service.ts";
import { startJvm } from "./jvm.ts";
import type { JavaModule, JvmOptions } from "./jvm.ts";
import { freePort } from "./ports.ts";
import type { Peer } from "./process.ts";
import type { ZookeeperRegistry } from "./sofarpc.ts";

/** 2.7.23, 3.2.19 and 3.3.6. */
export type DubboRelease = "2.7" | "3.2" | "3.3";

const moduleOf: Readonly<Record<DubboRelease, JavaModule>> = { "2.7": "dubbo27", "3.2": "dubbo32", "3.3": "dubbo33" };

export const dubboReleases: readonly DubboRelease[] = ["2.7", "3.2", "3.3"];

/** 2.7 has only hessian2. */
export type DubboSerialization = "hessian2" | "fastjson2";

/** What a service is found by. */
export interface DubboService {
  /** Default: `echoInterface`. */
  readonly interface?: typeof echoInterface | typeof twinInterface;
  /** Default: none, which is "0.0.0" on the wire. */
  readonly version?: string;
  readonly group?: string;
}

/** A service that a provider exports. */
export interface DubboExport extends DubboService {
  /** What its `id()` answers. Default: the provider's. */
  readonly id?: string;
  /** Default: 100. */
  readonly weight?: number;
  /** More parameters of its URL: `dubbo.tag`, `warmup`, … */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** Which nodes 3.x registers: those of each service, those of the application, or both. */
export type DubboRegisterMode = "interface" | "instance" | "all";

export interface DubboProviderOptions extends JvmOptions {
  /** Default: a free one. Give it to start a provider again where another was. */
  readonly port?: number;
  /** What `id()` answers. Default: `p<port>`. */
  readonly id?: string;
  readonly app?: string;
  /** What it exports, all on the same port; each counts `served` by itself. Default: one, without version and group. */
  readonly services?: readonly DubboExport[];
  /** Once the provider has started it is registered there; when it is stopped it unregisters. Default: none. */
  readonly registry?: ZookeeperRegistry;
  /** Default: all. 2.7 knows only `interface`. */
  readonly registerMode?: DubboRegisterMode;
  /** Where an application of 3.x says which services it has: at a MetadataService on its port, or in ZooKeeper. Default: local. */
  readonly metadataType?: "local" | "remote";
  /**
   * What 3.x writes its refusals and the read-only event in; answers are in what the request was in, whatever this says. Without a registry consumers do not
   * learn of it. Default: fastjson2 in 3.2, hessian2 else.
   */
  readonly serialization?: DubboSerialization;
  /** The same as a list, the favourite first, which goes before `serialization`: the URL parameter `prefer.serialization`. */
  readonly preferSerialization?: string;
  /** The longest body in bytes, of requests and of responses. Default: 8 MiB. */
  readonly payload?: number;
  /** The thread pool that runs calls. With `threads: 1, queues: 0` a second call at the same time finds it exhausted. Default: 200 and 0. */
  readonly threads?: number;
  readonly queues?: number;
  /** Milliseconds of silence after which a heartbeat is due, and a third of those after which a connection is closed. Default: 60 s. */
  readonly heartbeatMs?: number;
  /** Milliseconds after SIGTERM for which it still serves consumers that stay connected. Default: 500 (Dubbo's own is 10 s). */
  readonly stopTimeoutMs?: number;
}

export interface DubboProvider extends Peer {
  readonly release: DubboRelease;
  readonly port: number;
  readonly id: string;
  /** For `DubboReferOptions.url`. */
  readonly url: string;
}

/** Dubbo's clients go to the address of the host's network in place of 127.0.0.1, unless they find no network. */
const loopbackOnly = "-Ddubbo.network.interface.ignored=.*";

function present(named: Readonly<Record<string, string | number | undefined>>): [name: string, value: string][] {
  return Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
}

function registryUrl(registry: ZookeeperRegistry, mode?: DubboRegisterMode): string {
  const [first = "", ...others] = registry.connectString.split(",");
  const parameters = present({
    backup: others.length === 0 ? undefined : others.join(","),
    // The one is 3.x's, the other 2.7's.
    session: registry.sessionMs,
    "zk.session.expire": registry.sessionMs,
    group: registry.root,
    "register-mode": mode,
  });
  return `zookeeper://${first}?${parameters.map(([name, value]) => `${name}=${value}`).join("&")}`;
}

/** The clients that Dubbo tells nothing of the registry's parameters take Curator's own. */
function registryFlags(registry: ZookeeperRegistry | undefined): string[] {
  return registry?.sessionMs === undefined ? [] : [`-Dcurator-default-session-timeout=${registry.sessionMs}`];
}

/**
 * Starts a Java Dubbo provider; resolves once it listens, and is registered if it has a registry. `stop()` makes it send its consumers the read-only event, and takes 2.7 four
 * seconds more than `stopTimeoutMs`: `kill()` one whose end is not what a test is about.
 */
export async function startDubboProvider(release: DubboRelease, options: DubboProviderOptions = {}): Promise<DubboProvider> {
  const port = options.port ?? (await freePort());
  const id = options.id ?? `p${port}`;
  const named = {
    port,
    app: options.app,
    registry: options.registry === undefined ? undefined : registryUrl(options.registry, options.registerMode),
    metadataType: options.metadataType,
    services: JSON.stringify((options.services ?? [{}]).map((service) => ({ id, ...service }))),
    serialization: options.serialization,
    preferSerialization: options.preferSerialization,
    payload: options.payload,
    threads: options.threads,
    queues: options.queues,
    heartbeat: options.heartbeatMs,
    stopTimeout: options.stopTimeoutMs ?? 500,
  };
  const args = present(named).map(([name, value]) => `${name}=${value}`);
  const peer = await startJvm(moduleOf[release], "mesh.e2e.dubbo.Provider", args, {
    name: `Dubbo ${release} provider ${id}`,
    ready: /^READY$/,
    jvm: [loopbackOnly, ...registryFlags(options.registry), ...(options.jvm ?? [])],
    ...(options.cpu === undefined ? {} : { cpu: options.cpu }),
  });
  return Object.assign(peer, { release, port, id, url: `dubbo://127.0.0.1:${port}` });
}

/**
 * How the application calls. `async` is a CompletableFuture, on the wire the same as `sync`, and does not show the attachments of answers; `oneway` sends
 * requests that nobody answers; `generic` calls `$invoke` of Dubbo's GenericService, with beans as maps.
 */
export type DubboInvokeType = "sync" | "async" | "oneway" | "generic";

export interface DubboReferOptions extends DubboService {
  /**
   * `dubbo://host:port`, several separated by semicolons. 2.7 makes a cluster only of several, and then `cluster` must be given: with a single one it neither
   * retries nor shows the attachments of answers, as a consumer with a registry does. The same URL twice is enough. Default: what the consumer's registry
   * knows.
   */
  readonly url?: string;
  /** Default: sync. */
  readonly invokeType?: DubboInvokeType;
  /** Milliseconds that a call may take. Default: 3000. */
  readonly timeout?: number;
  /** Further tries after failures that are not the application's. Default: 0 (Dubbo's own is 2). */
  readonly retries?: number;
  /** What requests are written in. Default: hessian2, which is Dubbo's own without a registry. */
  readonly serialization?: DubboSerialization;
  /** Connections of this reference's own. Default: 0, it shares the process's one to the address, with the options of the first reference. */
  readonly connections?: number;
  /** Milliseconds of silence on a connection after which it carries a heartbeat. Default: 60 s. */
  readonly heartbeatMs?: number;
  /** The longest body in bytes, of requests and of responses. Default: 8 MiB. */
  readonly payload?: number;
  /** Dubbo's own: failover (default), failfast, … */
  readonly cluster?: string;
  /** Dubbo's own: random (default), roundrobin, … */
  readonly loadBalancer?: string;
  /** Connect on the first call, not at `refer`. */
  readonly lazy?: boolean;
  /** Any other parameters of the URL. */
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface DubboConsumerOptions extends JvmOptions {
  /** The application's name, sent as the attachment `remote.application`. Default: java-consumer. */
  readonly app?: string;
  /**
   * Where references without a URL look. 3.x takes addresses of applications before those of services, if there are any, but for
   * `jvm: ["-Ddubbo.application.service-discovery.migration=FORCE_INTERFACE"]`. Default: none.
   */
  readonly registry?: ZookeeperRegistry;
}

export interface DubboConsumer extends Peer {
  readonly release: DubboRelease;
  refer(options: DubboReferOptions): Promise<EchoReference>;
}

/** Starts a Java process that refers to services and calls them as it is told; one serves many tests. */
export async function startDubboConsumer(release: DubboRelease, options: DubboConsumerOptions = {}): Promise<DubboConsumer> {
  const driver = new Driver();
  const registry = options.registry === undefined ? undefined : registryUrl(options.registry);
  const args = present({ app: options.app, registry }).map(([name, value]) => `${name}=${value}`);
  const peer = await startJvm(moduleOf[release], "mesh.e2e.dubbo.Consumer", args, {
    name: `Dubbo ${release} consumer`,
    ready: /"ready":true/,
    onLine: (line) => driver.takeLine(line),
    jvm: [loopbackOnly, ...registryFlags(options.registry), ...(options.jvm ?? [])],
    ...(options.cpu === undefined ? {} : { cpu: options.cpu }),
  });
  driver.attach(peer);
  return Object.assign(peer, {
    release,
    refer: ({ serialization, heartbeatMs, payload, parameters, ...rest }: DubboReferOptions) => {
      const own = Object.fromEntries(present({ serialization, heartbeat: heartbeatMs, payload }));
      return driver.refer({ ...rest, parameters: { ...own, ...parameters } });
    },
  });
}
