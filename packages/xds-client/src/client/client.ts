import { createMessage } from "@mesh/xds-proto";
import { xdsError } from "../errors.ts";
import { LoadReporter } from "../load/reporter.ts";
import type { LoadReport, LoadReportOptions } from "../load/options.ts";
import type { ResourceState } from "../machine/entry.ts";
import type { StreamMachineOptions } from "../machine/stream-machine.ts";
import { canonicalName, isXdstpName, parseXdstpName, WILDCARD } from "../resource/name.ts";
import type { ResourceKind } from "../resource/kind.ts";
import { isCollection, virtualHostType, type ResourceType } from "../resource/types.ts";
import { systemRuntime, type XdsRuntime } from "../runtime.ts";
import { FileSource, type PathSource } from "../source/file-source.ts";
import { StreamSource } from "../source/stream-source.ts";
import { grpcTransport } from "../transport/grpc.ts";
import type { XdsServerOptions } from "../transport/options.ts";
import type { XdsTransport } from "../transport/transport.ts";
import { Hub } from "./hub.ts";
import type { Node, WatchOptions, XdsClientOptions, XdsSource } from "./options.ts";
import type { CollectionWatcher, ResourceWatcher, VirtualHostWatch, VirtualHostWatcher, XdsWatch } from "./watch.ts";

/** Keeps watches supplied with resources. Streams are opened when they are needed first. */
export interface XdsClient {
  /** Watches one resource, by its name. A name `xdstp://…` is asked of its authority's server. */
  watch<Value>(kind: ResourceKind<Value>, name: string, watcher: ResourceWatcher<Value>, options?: WatchOptions): XdsWatch;
  /**
   * Watches all resources of the type that the source has for this node.
   *
   * @param collection an `xdstp://…/*` collection instead of everything
   */
  watchAll<Value>(
    kind: ResourceKind<Value>,
    watcher: CollectionWatcher<Value>,
    options?: WatchOptions & { readonly collection?: string },
  ): XdsWatch;
  /** Watches the virtual hosts of a route configuration (VHDS). Hosts are asked for with `request`. The source must speak delta. */
  watchVirtualHosts<Value>(
    kind: ResourceKind<Value>,
    routeConfiguration: string,
    watcher: VirtualHostWatcher<Value>,
    options?: WatchOptions,
  ): VirtualHostWatch;
  /** Reports load to a server (LRS), as it asks for it. */
  reportLoad(server: XdsServerOptions, options: LoadReportOptions): LoadReport;
  /** What is known of all that is watched, for dumps. */
  dump(): readonly TypeDump[];
  /** Ends all streams and watches. No watcher is called afterwards. */
  close(): void;
}

/** What is known of one type from one source. */
export interface TypeDump {
  readonly type: ResourceType;
  /** The server's address, or the file's path. */
  readonly source: string;
  /** Of the last response that was accepted whole (delta: its `system_version_info`); empty before. */
  readonly version: string;
  readonly resources: readonly ResourceState<unknown>[];
}

const ADS = "/envoy.service.discovery.v3.AggregatedDiscoveryService";
/** What this client does and some do not, told with the node (Envoy: "Well Known Client Features"). */
const clientFeatures: readonly string[] = [
  "envoy.lrs.supports_send_all_clusters",
  "xds.config.resource-in-sotw",
  "xds.config.supports-resource-ttl",
];
const DEFAULT_TIMEOUT_MS = 15_000;

export function createXdsClient(options: XdsClientOptions): XdsClient {
  return new XdsClientImplementation(options);
}

class XdsClientImplementation implements XdsClient {
  readonly #options: XdsClientOptions;
  readonly #node: Node;
  readonly #runtime: XdsRuntime;
  readonly #transports = new Map<XdsServerOptions, XdsTransport>();
  /** By server; the key within is a type URL, or that of the aggregated stream. */
  readonly #streams = new Map<XdsServerOptions, Map<string, Hub>>();
  readonly #files = new Map<string, Hub>();
  readonly #reporters = new Set<LoadReporter>();
  #isClosed = false;

  constructor(options: XdsClientOptions) {
    this.#options = options;
    this.#runtime = options.runtime ?? systemRuntime;
    const node = createMessage("envoy.config.core.v3.Node", options.node);
    this.#node = { ...node, clientFeatures: [...new Set([...node.clientFeatures, ...clientFeatures])] };
  }

  watch<Value>(kind: ResourceKind<Value>, name: string, watcher: ResourceWatcher<Value>, options: WatchOptions = {}): XdsWatch {
    if (name === "" || isCollection(kind.type, name)) {
      throw xdsError("MESH_XDS_INVALID_NAME", `${kind.type.label} ${name}: must be the name of a resource; watchAll watches collections`);
    }
    const canonical = this.#checkName(kind.type, name);
    return this.#hub(kind, canonical, options.source).watch(kind, canonical, watcher, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  }

  watchAll<Value>(
    kind: ResourceKind<Value>,
    watcher: CollectionWatcher<Value>,
    { collection, source, timeoutMs = DEFAULT_TIMEOUT_MS }: WatchOptions & { readonly collection?: string } = {},
  ): XdsWatch {
    const { type } = kind;
    const name = collection === undefined ? WILDCARD : this.#checkName(type, collection);
    if (!type.sendsCollections) throw xdsError("MESH_XDS_INVALID_OPTIONS", `${type.label}: is watched with watchVirtualHosts`);
    if (!isCollection(type, name)) throw xdsError("MESH_XDS_INVALID_NAME", `${name}: must be a collection, xdstp://…/*`);
    return this.#hub(kind, name, source).watchCollection(kind, name, watcher, timeoutMs);
  }

  watchVirtualHosts<Value>(
    kind: ResourceKind<Value>,
    routeConfiguration: string,
    watcher: VirtualHostWatcher<Value>,
    { source, timeoutMs = DEFAULT_TIMEOUT_MS }: WatchOptions = {},
  ): VirtualHostWatch {
    const { type } = kind;
    if (type.typeUrl !== virtualHostType.typeUrl || routeConfiguration === "") {
      throw xdsError(
        "MESH_XDS_INVALID_OPTIONS",
        "watchVirtualHosts: must have a kind of virtualHostType and the name of a route configuration",
      );
    }
    const collection = `${routeConfiguration}/`;
    const hub = this.#hub(kind, collection, source);
    // There is no answer to wait for until a host is asked for.
    const all = hub.watchCollection(kind, collection, watcher, 0);
    const hosts = new Map<string, XdsWatch>();
    let isOpen = true;
    return {
      request: (host) => {
        if (!isOpen || host === "" || hosts.has(host)) return;
        const watch = hub.watch(
          kind,
          `${collection}${host}`,
          // Changes and errors are told to the watcher of the collection, which the virtual host belongs to.
          { onChanged: () => undefined, onError: () => undefined, onDoesNotExist: () => watcher.onDoesNotExist(host) },
          timeoutMs,
        );
        hosts.set(host, watch);
      },
      close: () => {
        isOpen = false;
        for (const watch of hosts.values()) watch.close();
        all.close();
      },
    };
  }

  reportLoad(server: XdsServerOptions, options: LoadReportOptions): LoadReport {
    this.#checkOpen();
    const reporter = new LoadReporter({
      ...options,
      node: this.#node,
      transport: this.#transport(server),
      runtime: this.#runtime,
      backOff: server.backOff ?? {},
      onClose: () => this.#reporters.delete(reporter),
    });
    this.#reporters.add(reporter);
    return reporter;
  }

  dump(): readonly TypeDump[] {
    return this.#hubs().flatMap(({ source }) =>
      [...source.states()].map((state) => ({
        type: state.kind.type,
        source: source.label,
        version: source.versionOf(state.kind.type.typeUrl),
        resources: [...state.entries()].map((entry) => entry.snapshot()),
      })),
    );
  }

  close(): void {
    this.#isClosed = true;
    for (const hub of this.#hubs()) hub.close();
    for (const reporter of this.#reporters) reporter.close();
    for (const transport of this.#transports.values()) transport.close();
    this.#transports.clear();
    this.#streams.clear();
    this.#files.clear();
  }

  #hubs(): Hub[] {
    return [...[...this.#streams.values()].flatMap((hubs) => [...hubs.values()]), ...this.#files.values()];
  }

  #checkOpen(): void {
    if (this.#isClosed) throw xdsError("MESH_XDS_CLOSED", "the client is closed");
  }

  #checkName(type: ResourceType, name: string): string {
    if (!isXdstpName(name)) return name;
    const { type: named } = parseXdstpName(name);
    if (named !== type.message) throw xdsError("MESH_XDS_INVALID_NAME", `${name}: must be of type ${type.message}`);
    return canonicalName(name);
  }

  #hub(kind: ResourceKind<unknown>, name: string, source: XdsSource = { ads: true }): Hub {
    this.#checkOpen();
    if ("path" in source) return this.#fileHub(kind, source.path);
    return "server" in source
      ? this.#streamHub(source.server, kind.type, source.isAggregated ?? false)
      : this.#streamHub(this.#adsServer(name), kind.type, true);
  }

  #adsServer(name: string): XdsServerOptions {
    const { ads, authorities = {} } = this.#options;
    if (isXdstpName(name)) {
      const { authority } = parseXdstpName(name);
      const server = Object.hasOwn(authorities, authority) ? authorities[authority] : undefined;
      if (!server) throw xdsError("MESH_XDS_UNKNOWN_AUTHORITY", `${name}: the option authorities has no "${authority}"`);
      return server;
    }
    if (!ads) throw xdsError("MESH_XDS_INVALID_OPTIONS", `${name}: the option ads must be given, or the watch must have a source`);
    return ads;
  }

  #streamHub(server: XdsServerOptions, type: ResourceType, isAggregated: boolean): Hub {
    const variant = server.protocol ?? "delta";
    if (variant === "sotw" && type.streamPath === undefined) {
      throw xdsError("MESH_XDS_INVALID_OPTIONS", `${type.label}: ${server.address} must have the protocol "delta"`);
    }
    const aggregated = variant === "sotw" ? `${ADS}/StreamAggregatedResources` : `${ADS}/DeltaAggregatedResources`;
    const path = isAggregated ? aggregated : variant === "sotw" && type.streamPath !== undefined ? type.streamPath : type.deltaPath;
    const hubs = this.#streams.get(server) ?? new Map<string, Hub>();
    this.#streams.set(server, hubs);
    const found = hubs.get(path);
    if (found) return found;
    const machine = this.#machineOptions(server, variant);
    const { observer = {} } = this.#options;
    const common = {
      label: server.address,
      path,
      machine,
      transport: this.#transport(server),
      runtime: this.#runtime,
      observer,
      requestRate: server.requestRate,
    };
    const hub = new Hub((sink) => new StreamSource({ ...common, sink }));
    hubs.set(path, hub);
    return hub;
  }

  #machineOptions(server: XdsServerOptions, variant: "sotw" | "delta"): StreamMachineOptions {
    const runtime = this.#runtime;
    return {
      variant,
      node: this.#node,
      setNodeOnFirstMessageOnly: server.setNodeOnFirstMessageOnly ?? false,
      backOff: server.backOff ?? {},
      random: () => runtime.random(),
      now: () => runtime.now(),
    };
  }

  #fileHub(kind: ResourceKind<unknown>, { path, watchedDirectory }: PathSource): Hub {
    const key = JSON.stringify([kind.type.typeUrl, path, watchedDirectory ?? null]);
    const found = this.#files.get(key);
    if (found) return found;
    const { parseYaml, observer = {} } = this.#options;
    const where = watchedDirectory === undefined ? { path } : { path, watchedDirectory };
    const hub = new Hub(
      (sink) => new FileSource({ ...where, parseYaml, observer, sink, runtime: this.#runtime }, kind),
      () => {
        hub.close();
        this.#files.delete(key);
      },
    );
    this.#files.set(key, hub);
    return hub;
  }

  #transport(server: XdsServerOptions): XdsTransport {
    let transport = this.#transports.get(server);
    if (!transport) {
      transport = (this.#options.connect ?? grpcTransport)(server);
      this.#transports.set(server, transport);
    }
    return transport;
  }
}
