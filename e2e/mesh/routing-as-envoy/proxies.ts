import { startEnvoy } from "../../peers/envoy.ts";
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

/** Configurations stand in the bootstrap: other ones are another process. */
class StartedAnew implements Subject {
  readonly name: string;
  readonly #start: Start;
  readonly #clusters: readonly Json[];
  readonly #ports: number[] = [];
  #peer: Peer | undefined = undefined;

  constructor(name: string, clusters: readonly Json[], start: Start) {
    this.name = name;
    this.#start = start;
    this.#clusters = clusters;
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
    const listeners = indexes.map((index, at) => httpListener(ports[at] ?? 0, { more: { route_config: configurations[index] } }));
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
 */
export function startSubjects(hosts: ReadonlyMap<string, number>): readonly [mosn: Subject, envoy: Subject] {
  const clusters = [...hosts].map(([name, port]) => staticCluster(name, [port]));
  return [
    new StartedAnew("mosn", clusters, (listeners) => startMosn({ listeners, clusters, args: ["--log-level", "info"] })),
    new StartedAnew("Envoy", clusters, (listeners, _, ports) =>
      startEnvoy({ bootstrap: { static_resources: { listeners, clusters } }, ports }),
    ),
  ];
}
