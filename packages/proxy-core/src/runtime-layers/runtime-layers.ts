import type { Message } from "@mesh/xds-proto";
import { fail, ProblemList, required, requiredString, ConfigPath } from "../config/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { Counter, Gauge, StatsScope } from "../stats/index.ts";
import {
  type ConfigSources,
  RememberingReader,
  type ResourceDecoder,
  type SubscriptionFailure,
  SubscriptionStats,
} from "../subscription/index.ts";
import { DiscoveredLayer, type DiscoveredLayerOwner } from "./discovered-layer.ts";
import { readEntries, type RuntimeEntries } from "./entry.ts";
import { AdminLayer, type Layer } from "./layer.ts";
import { LayeredSnapshot } from "./snapshot.ts";

type LayeredRuntime = Message<"envoy.config.bootstrap.v3.LayeredRuntime">;
type RuntimeLayer = Message<"envoy.config.bootstrap.v3.RuntimeLayer">;

const runtimeMessageName = "envoy.service.runtime.v3.Runtime";

export interface RuntimeLayersOptions {
  /** Of the bootstrap. */
  readonly layers: LayeredRuntime | null;
  /** Of `layers`. */
  readonly path: ConfigPath;
  readonly sources: ConfigSources;
  /** With the runtime whose `flags` are set. */
  readonly decoder: ResourceDecoder;
  /** The root of all statistics. */
  readonly stats: StatsScope;
}

/** What Envoy's `/runtime` tells, with its names. */
export interface RuntimeDescription {
  /** The names of the layers; each is over those before it. */
  readonly layers: readonly string[];
  /** By key, sorted. `""` stands where a layer says nothing. */
  readonly entries: Readonly<Record<string, { readonly layer_values: readonly string[]; readonly final_value: string }>>;
}

export type ModifyResult = { readonly ok: true } | { readonly ok: false; readonly message: string };

/**
 * Envoy's layered runtime. What the layers say together is in `runtime.flags` from the beginning; what RTDS says is there when `start` is
 * done, and follows the control plane from then on.
 */
export class RuntimeLayers {
  readonly #runtime: Runtime;
  readonly #stats: RuntimeStats;
  readonly #layers: readonly Layer[];
  #snapshot: LayeredSnapshot = new LayeredSnapshot([]);

  /** Throws a `ConfigError`. */
  constructor({ layers, path, sources, decoder, stats }: RuntimeLayersOptions) {
    this.#runtime = decoder.runtime;
    const scope = stats.scope("runtime");
    this.#stats = new RuntimeStats(scope);
    // Envoy: without a layered_runtime there are no layers; one that is empty has an admin layer.
    if (layers === null) this.#layers = [];
    else if (layers.layers.length === 0) this.#layers = [new AdminLayer("")];
    else {
      let owner: DiscoveredLayerOwner | undefined;
      const open: OpenLayer = ({ name, rtdsConfig }, layerName, at) => {
        const sourcePath = at.field("rtds_config");
        const source = sources.open(required(rtdsConfig, sourcePath), sourcePath);
        owner ??= this.#owner(decoder, new SubscriptionStats(scope, this.#runtime.clock));
        return new DiscoveredLayer(layerName, requiredString(name, at.field("name")), source, owner);
      };
      this.#layers = readLayers(layers.layers, path.field("layers"), open);
    }
    this.#update();
  }

  /** What holds now. */
  get snapshot(): LayeredSnapshot {
    return this.#snapshot;
  }

  /** Begins to ask for the layers of RTDS; fulfilled when each is here, or is not to be had in time. */
  async start(): Promise<void> {
    await Promise.all(this.#discovered().map((layer) => layer.start()));
  }

  /** Nothing changes any more. */
  close(): void {
    for (const layer of this.#discovered()) layer.close();
  }

  /** For `/runtime`. */
  describe(): RuntimeDescription {
    const snapshot = this.#snapshot;
    const entries = snapshot.keys().map((key) => {
      const values = this.#layers.map((layer) => layer.entries.get(key)?.text ?? "");
      return [key, { layer_values: values, final_value: snapshot.text(key) }] as const;
    });
    return { layers: this.#layers.map(({ name }) => name), entries: Object.fromEntries(entries) };
  }

  /** For `/runtime_modify`: sets keys in the admin layer, all or none of them; `""` takes a key's value away. Values are YAML, as in Envoy. */
  modify(entries: Iterable<readonly [key: string, value: string]>): ModifyResult {
    const admin = this.#layers.find((layer) => layer instanceof AdminLayer);
    if (admin === undefined) return { ok: false, message: "No admin layer specified" };
    const faulty = admin.modify(entries);
    if (faulty !== undefined) return { ok: false, message: `the value of ${faulty} is not YAML` };
    this.#stats.adminOverridesActive.set(admin.entries.size > 0 ? 1 : 0);
    this.#update();
    return { ok: true };
  }

  #discovered(): readonly DiscoveredLayer[] {
    return this.#layers.filter((layer) => layer instanceof DiscoveredLayer);
  }

  #owner(decoder: ResourceDecoder, stats: SubscriptionStats): DiscoveredLayerOwner {
    return {
      reader: new RememberingReader(runtimeMessageName, decoder, (message, { name }) => readResource(message, name)),
      accepted: (version) => stats.accepted(version),
      applied: (acceptedAt) => stats.applied(acceptedAt),
      changed: () => this.#update(),
      failed: (layer: string, failure: SubscriptionFailure) => {
        stats.failed(failure);
        if (failure.kind === "unavailable") return;
        this.#runtime.logger.log("warning", "runtime", `layer ${layer}: ${failure.message}; what it said before holds`);
      },
    };
  }

  #update(): void {
    const snapshot = new LayeredSnapshot(this.#layers.map(({ entries }) => entries));
    this.#snapshot = snapshot;
    this.#runtime.flags.current = snapshot;
    this.#stats.loadSuccess.inc();
    this.#stats.numKeys.set(snapshot.size);
    this.#stats.numLayers.set(this.#layers.length);
  }
}

/** Those of Envoy's that mean something: no layer can fail to load, and no feature is guarded. */
class RuntimeStats {
  readonly loadSuccess: Counter;
  readonly numKeys: Gauge;
  readonly numLayers: Gauge;
  readonly adminOverridesActive: Gauge;

  constructor(scope: StatsScope) {
    this.loadSuccess = scope.counter("load_success");
    this.numKeys = scope.gauge("num_keys");
    this.numLayers = scope.gauge("num_layers");
    this.adminOverridesActive = scope.gauge("admin_overrides_active");
  }
}

/** Makes a layer that comes by RTDS. */
type OpenLayer = (message: Message<"envoy.config.bootstrap.v3.RuntimeLayer.RtdsLayer">, layerName: string, path: ConfigPath) => Layer;

function readLayers(messages: readonly RuntimeLayer[], path: ConfigPath, open: OpenLayer): readonly Layer[] {
  const problems = new ProblemList();
  const names = new Set<string>();
  let hasAdminLayer = false;
  const layers = messages.flatMap((message, index) => {
    const at = path.index(index);
    const { name, layerSpecifier } = message;
    problems.collect(() => requiredString(name, at.field("name")));
    if (names.has(name)) problems.add(at.field("name"), `there is another layer of the name ${JSON.stringify(name)}`);
    names.add(name);
    if (layerSpecifier === "adminLayer" && hasAdminLayer) problems.add(at.field("admin_layer"), "there is another admin layer");
    hasAdminLayer ||= layerSpecifier === "adminLayer";
    return problems.collect(() => readLayer(message, at, open)) ?? [];
  });
  problems.throwIfAny();
  return layers;
}

function readLayer(message: RuntimeLayer, path: ConfigPath, open: OpenLayer): Layer {
  const { name } = message;
  switch (message.layerSpecifier) {
    case "staticLayer": {
      const at = path.field("static_layer");
      const problems = new ProblemList();
      const entries = readEntries(required(message.staticLayer, at), at, problems);
      problems.throwIfAny();
      return { name, entries };
    }
    case "adminLayer":
      return new AdminLayer(name);
    case "rtdsLayer": {
      const at = path.field("rtds_layer");
      return open(required(message.rtdsLayer, at), name, at);
    }
    case "diskLayer":
      return fail(path.field("disk_layer"), "is not supported: files are not watched");
    case undefined:
      return fail(path, "one of static_layer, admin_layer, rtds_layer is required");
  }
}

function readResource(message: Message<typeof runtimeMessageName>, name: string): RuntimeEntries {
  const problems = new ProblemList();
  if (message.name !== name) problems.add("name", `expected ${JSON.stringify(name)}, got ${JSON.stringify(message.name)}`);
  const entries = message.layer === null ? new Map() : readEntries(message.layer, ConfigPath.root.field("layer"), problems);
  problems.throwIfAny();
  return entries;
}
