/** What the tests share: sources on the fake control plane, without sockets and on a clock that stands still. */
import { setImmediate } from "node:timers/promises";
import {
  ConfigPath,
  fail,
  type ConfigSource,
  type ConfigSources,
  type ConfigSourcesContext,
  type Counter,
  type Gauge,
} from "@mesh/proxy-core";
import type {
  CollectionWatcher,
  IncomingResource,
  Logger,
  ResourceReader,
  ResourceWatcher,
  StatsScope,
  TextReadout,
} from "@mesh/proxy-core";
import { createFakeControlPlane, ManualRuntime, type FakeControlPlane, type FakeControlPlaneOptions } from "@mesh/xds-client/testing";
import { createMessage, defaultRegistry, fromJson, unpackAs } from "@mesh/xds-proto";
import { onTestFinished } from "vitest";
import { xdsConfigSources } from "./config-sources.ts";
import type { XdsConfigSourcesOptions } from "./options.ts";

/** Lets all messages that are under way arrive. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await setImmediate();
}

export async function startPlane(options: FakeControlPlaneOptions = {}): Promise<FakeControlPlane> {
  const plane = await createFakeControlPlane(options);
  onTestFinished(() => plane.close());
  return plane;
}

/** Statistics by name. */
export class TestStats implements StatsScope {
  readonly values: Map<string, number>;
  readonly texts: Map<string, string>;
  readonly #prefix: string;

  constructor(values: Map<string, number> = new Map(), prefix = "", texts: Map<string, string> = new Map()) {
    this.values = values;
    this.texts = texts;
    this.#prefix = prefix;
  }

  counter(name: string): Counter {
    return this.gauge(name);
  }

  gauge(name: string): Gauge {
    const { values } = this;
    const key = this.#prefix + name;
    values.set(key, 0);
    const add = (amount: number): void => void values.set(key, (values.get(key) ?? 0) + amount);
    return {
      name: key,
      get value() {
        return values.get(key) ?? 0;
      },
      inc: () => add(1),
      dec: () => add(-1),
      add,
      set: (value) => void values.set(key, value),
      setExact: (value) => void values.set(key, Number(value)),
    };
  }

  text(name: string): TextReadout {
    const { texts } = this;
    const key = this.#prefix + name;
    return {
      name: key,
      get value() {
        return texts.get(key) ?? "";
      },
      set: (value) => void texts.set(key, value),
    };
  }

  histogram(): never {
    throw new Error("there are no histograms here");
  }

  scope(prefix: string): TestStats {
    return new TestStats(this.values, `${this.#prefix}${prefix}.`, this.texts);
  }

  dispose(): void {}
}

export interface TestContext extends ConfigSourcesContext {
  /** Lines of the log: `warning xds: …`. */
  readonly lines: string[];
  readonly stats: TestStats;
}

export function contextOf(bootstrap: object): TestContext {
  const lines: string[] = [];
  const logger: Logger = {
    enabled: (level) => level !== "trace" && level !== "debug",
    log: (level, component, message) => {
      if (level !== "trace" && level !== "debug") lines.push(`${level} ${component}: ${message}`);
    },
  };
  const message = fromJson("envoy.config.bootstrap.v3.Bootstrap", bootstrap);
  return {
    bootstrap: message,
    node: message.node ?? createMessage("envoy.config.core.v3.Node"),
    registry: defaultRegistry(),
    logger,
    stats: new TestStats(),
    controlPlaneTraffic: () => undefined,
    lines,
  };
}

export interface Harness {
  readonly sources: ConfigSources;
  readonly context: TestContext;
  readonly plane: FakeControlPlane;
  readonly runtime: ManualRuntime;
  /** Opens a ConfigSource, given as JSON. */
  readonly open: (source: object) => ConfigSource;
}

/** Sources of a bootstrap whose every control plane is the fake one, in memory. */
export async function harness(bootstrap: object = adsBootstrap(), options: XdsConfigSourcesOptions = {}): Promise<Harness> {
  const plane = await startPlane();
  const runtime = new ManualRuntime();
  const context = contextOf(bootstrap);
  const sources = xdsConfigSources({ connect: () => plane.transport(), runtime, ...options })(context);
  onTestFinished(() => sources.close());
  const open = (source: object): ConfigSource =>
    sources.open(fromJson("envoy.config.core.v3.ConfigSource", source), ConfigPath.of("source"));
  return { sources, context, plane, runtime, open };
}

export const googleService = (target: string): object => ({ google_grpc: { target_uri: target, stat_prefix: "xds" } });

export const adsBootstrap = (apiType = "DELTA_GRPC", more: object = {}): object => ({
  node: { id: "sidecar~10.0.0.1", cluster: "orders" },
  dynamic_resources: {
    ads_config: { api_type: apiType, transport_api_version: "V3", grpc_services: [googleService("plane:15010")], ...more },
  },
});

export const ads = { ads: {}, resource_api_version: "V3" };

/** The seconds of a cluster's `connect_timeout`; 99 is refused for two reasons. */
export function clusterReader(seen: IncomingResource[] = [], forgotten: string[] = []): ResourceReader<number> {
  return {
    message: "envoy.config.cluster.v3.Cluster",
    read: (resource) => {
      seen.push(resource);
      const seconds = unpackAs("envoy.config.cluster.v3.Cluster", resource.any).connectTimeout?.seconds ?? 0;
      return seconds === 99 ? fail("connect_timeout", "is too long") : seconds;
    },
    forget: (name) => void forgotten.push(name),
  };
}

/** The priority of the first endpoints. */
export const endpointsReader = (): ResourceReader<number> => ({
  message: "envoy.config.endpoint.v3.ClusterLoadAssignment",
  read: ({ any }) => unpackAs("envoy.config.endpoint.v3.ClusterLoadAssignment", any).endpoints[0]?.priority ?? -1,
});

/** Writes down what watchers are told. */
export class Recorder implements ResourceWatcher<unknown> {
  readonly log: string[] = [];
  /** Of the type of a collection. */
  readonly responses: string[] = [];
  readonly all: CollectionWatcher<unknown> = {
    onResponse: (version, isAccepted) => void this.responses.push(`${isAccepted ? "ACK" : "NACK"} ${version}`),
    onChanged: (changed, removed) =>
      void this.log.push(
        [...changed.map(({ name, value, version }) => `${name}=${String(value)}@${version}`), ...removed.map((name) => `-${name}`)].join(
          " ",
        ),
      ),
    onFailed: (failure) => this.onFailed(failure),
  };

  onChanged: ResourceWatcher<unknown>["onChanged"] = ({ name, value, version }) =>
    void this.log.push(`${name}=${String(value)}@${version}`);
  onMissing = (): void => void this.log.push("missing");
  onFailed: ResourceWatcher<unknown>["onFailed"] = ({ kind, message, problems }) =>
    void this.log.push([kind, message, ...problems.map((problem) => `${problem.path}!${problem.message}`)].join(" | "));
}
