import { fromJson, type Message } from "@mesh/xds-proto";
import { xdsBootstrapParts } from "../../peers/envoy-xds.ts";
import { startEnvoy } from "../../peers/envoy.ts";
import type { GoControlPlane } from "../../peers/go-control-plane.ts";
import { httpListener, startMosn, staticCluster, type Json } from "../../peers/mosn.ts";
import { freePort } from "../../peers/ports.ts";
import type { Peer } from "../../peers/process.ts";

/** What a proxy made of a configuration: the port whose listener routes by it, or why it was refused. */
export type Taken = { readonly port: number } | { readonly refusal: string };

/** A proxy under comparison. */
export interface Subject {
  readonly name: string;
  /**
   * Gives RouteConfigurations to the proxy, each to a listener of its own, in the place of those before. One that is refused does not keep
   * the others from being used.
   */
  take(configurations: readonly object[]): Promise<readonly Taken[]>;
  stop(): Promise<void>;
}

/** Starts a proxy with listeners and clusters; rejects with what it printed where it does not take them. */
type Start = (listeners: readonly Json[], clusters: readonly Json[], ports: readonly number[]) => Promise<Peer>;

/** How listeners come by RouteConfigurations: fields of each one's connection manager, before the process starts. */
type Delivery = (configurations: readonly object[]) => Promise<readonly Json[]>;

const inBootstrap: Delivery = (configurations) => Promise.resolve(configurations.map((configuration) => ({ route_config: configuration })));

/** All by RDS from one control plane: the proxies that are started next ask it for them. */
const fromPlane =
  (plane: GoControlPlane): Delivery =>
  async (configurations) => {
    // Fields that are undefined are none.
    const named = configurations.map((configuration, index): Message<typeof routesName> =>
      fromJson(routesName, JSON.parse(JSON.stringify({ ...configuration, name: `r${index}` }))),
    );
    await plane.set({ [routesName]: named }, String(++version));
    return named.map(({ name }) => ({ rds: { config_source: { ads: {}, resource_api_version: "V3" }, route_config_name: name } }));
  };

const routesName = "envoy.config.route.v3.RouteConfiguration";
let version = 0;

/** Other configurations are another process. */
class StartedAnew implements Subject {
  readonly name: string;
  readonly #start: Start;
  readonly #clusters: readonly Json[];
  readonly #deliver: Delivery;
  readonly #ports: number[] = [];
  #peer: Peer | undefined = undefined;

  constructor(name: string, clusters: readonly Json[], deliver: Delivery, start: Start) {
    this.name = name;
    this.#start = start;
    this.#clusters = clusters;
    this.#deliver = deliver;
  }

  async take(configurations: readonly object[]): Promise<readonly Taken[]> {
    while (this.#ports.length < configurations.length) this.#ports.push(await freePort());
    const taken = configurations.map((_, index): Taken => ({ port: this.#ports[index] ?? 0 }));
    const all = configurations.map((_, index) => index);
    const firstRefusal = await this.#run(configurations, all);
    if (firstRefusal === undefined) return taken;
    const fault = await this.#run(configurations, []);
    if (fault !== undefined) throw new Error(`${this.name} does not start at all: ${fault}`);
    const refusals = await this.#findRefused(configurations, all, firstRefusal);
    for (const [index, refusal] of refusals) taken[index] = { refusal };
    const rest = all.filter((index) => !refusals.has(index));
    const refusal = await this.#run(configurations, rest);
    if (refusal !== undefined) throw new Error(`${this.name} takes configurations one by one, but not together: ${refusal}`);
    return taken;
  }

  /** Runs with some of the configurations. Returns why it does not. */
  async #run(configurations: readonly object[], indexes: readonly number[]): Promise<string | undefined> {
    await this.stop();
    const ports = indexes.map((index) => this.#ports[index] ?? 0);
    const routes = await this.#deliver(indexes.map((index) => configurations[index] ?? {}));
    const listeners = routes.map((fields, at) => httpListener(ports[at] ?? 0, { more: fields, ...("rds" in fields ? { rds: {} } : {}) }));
    try {
      this.#peer = await this.#start(listeners, this.#clusters, ports);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** By halves: a process says of one thing only what is wrong with it. */
  async #findRefused(configurations: readonly object[], among: readonly number[], refusal: string): Promise<Map<number, string>> {
    const [only] = among;
    if (only !== undefined && among.length === 1) return new Map([[only, refusal]]);
    const found = new Map<number, string>();
    const middle = among.length >> 1;
    for (const half of [among.slice(0, middle), among.slice(middle)]) {
      const refused = await this.#run(configurations, half);
      if (refused === undefined) continue;
      for (const [index, why] of await this.#findRefused(configurations, half, refused)) found.set(index, why);
    }
    return found;
  }

  async stop(): Promise<void> {
    await this.#peer?.kill();
    this.#peer = undefined;
  }
}

/**
 * The one place where it is decided how configurations reach the proxies.
 *
 * @param hosts the port of each cluster's only host, by the cluster's name
 * @param plane gives the routes; without it they stand in the bootstraps
 */
export function startSubjects(hosts: ReadonlyMap<string, number>, plane?: GoControlPlane): readonly [mosn: Subject, envoy: Subject] {
  const clusters = [...hosts].map(([name, port]) => staticCluster(name, [port]));
  if (plane === undefined) {
    return [
      new StartedAnew("mosn", clusters, inBootstrap, (listeners) => startMosn({ listeners, clusters, args: ["--log-level", "info"] })),
      new StartedAnew("Envoy", clusters, inBootstrap, (listeners, _, ports) =>
        startEnvoy({ bootstrap: { static_resources: { listeners, clusters } }, ports }),
      ),
    ];
  }
  const xds = { address: plane.address, protocol: "delta" } as const;
  // Clusters and listeners are the bootstrap's.
  const { node, dynamicResources, cluster } = xdsBootstrapParts({ ...xds, onlyAds: true });
  const dynamic = { node, dynamic_resources: dynamicResources };
  return [
    new StartedAnew("mosn by xDS", clusters, fromPlane(plane), (listeners) =>
      startMosn({ listeners, clusters, xds: { ...xds, onlyAds: true }, args: ["--log-level", "info"] }),
    ),
    new StartedAnew("Envoy by xDS", clusters, fromPlane(plane), (listeners, _, ports) =>
      startEnvoy({ bootstrap: { ...dynamic, static_resources: { listeners, clusters: [...clusters, cluster] } }, ports }),
    ),
  ];
}
