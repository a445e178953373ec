/** A mesh whose every resource comes from a control plane, or from files. */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packAny, toJson, type Any } from "@mesh/xds-proto";
import type { GoControlPlane, GoRequest } from "../peers/go-control-plane.ts";
import { httpListener, rpcListener, type Json } from "../peers/mosn.ts";
import type { RpcFramework } from "./frameworks.ts";
import {
  byAds,
  C,
  E,
  edsCluster,
  endpoints,
  F,
  faults,
  faultsFrom,
  L,
  listenerOf,
  R,
  routesTo,
  type ClusterMessage,
  type EndpointsMessage,
  type FilterMessage,
  type ListenerMessage,
  type RoutesMessage,
} from "./xds-resources.ts";

/** What is called: by a port of its own, through routes of its own, to clusters of its own. */
export interface Service {
  readonly name: string;
  readonly port: number;
  /** Undefined: HTTP. */
  readonly framework?: RpcFramework;
  /** The ports of two hosts, and what these answer. */
  readonly hosts: readonly [number, number];
  readonly ids: readonly [string, string];
}

type Resources<Value> = Readonly<Record<string, Value | null>>;

/** All resources by type and name; of changes, null takes one away. */
export interface Changes {
  readonly clusters?: Resources<ClusterMessage>;
  readonly endpoints?: Resources<EndpointsMessage>;
  readonly listeners?: Resources<ListenerMessage>;
  readonly routes?: Resources<RoutesMessage>;
  readonly filters?: Resources<FilterMessage>;
}

export type Kind = keyof Changes;
const typeNames: Readonly<Record<Kind, string>> = { clusters: C, endpoints: E, listeners: L, routes: R, filters: F };
const kinds: readonly Kind[] = ["clusters", "endpoints", "listeners", "routes", "filters"];

/** Supplies all resources of the types that are there. */
export type Publisher = (resources: Changes, version: string) => Promise<void>;

const present = <Value>(resources: Resources<Value>): Value[] => Object.values(resources).filter((resource) => resource !== null);

export const toPlane =
  (plane: GoControlPlane): Publisher =>
  ({ clusters, endpoints: assignments, listeners, routes, filters }, version) =>
    plane.set(
      {
        ...(clusters && { [C]: present(clusters) }),
        ...(assignments && { [E]: present(assignments) }),
        ...(listeners && { [L]: present(listeners) }),
        ...(routes && { [R]: present(routes) }),
        ...(filters && { [F]: present(filters) }),
      },
      version,
    );

/** The file of a type in the folder of `toFiles`. */
export const fileOf = (folder: string, kind: Kind): string => join(folder, `${kind}.json`);

/** Files, replaced by moves. */
export const toFiles = (folder: string): Publisher => {
  mkdirSync(folder, { recursive: true });
  return ({ clusters, endpoints: assignments, listeners, routes, filters }, version) => {
    const write = (kind: Kind, resources: readonly Any[] | undefined): void => {
      if (resources !== undefined) replaceFile(fileOf(folder, kind), resourcesFile(resources, version));
    };
    write("clusters", clusters && present(clusters).map((each) => packAny(C, each)));
    write("endpoints", assignments && present(assignments).map((each) => packAny(E, each)));
    write("listeners", listeners && present(listeners).map((each) => packAny(L, each)));
    write("routes", routes && present(routes).map((each) => packAny(R, each)));
    write("filters", filters && present(filters).map((each) => packAny(F, each)));
    return Promise.resolve();
  };
};

/** A DiscoveryResponse as a file has it. */
export const resourcesFile = (resources: readonly Any[], version: string): string =>
  JSON.stringify(toJson("envoy.service.discovery.v3.DiscoveryResponse", { versionInfo: version, resources: [...resources] }));

/** Nobody sees half of it. */
export function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

export interface WorldOptions {
  readonly publisher: Publisher;
  readonly services: readonly Service[];
  /** Where endpoints, routes and filters come from. Default: by ADS. */
  readonly sourceOf?: (kind: Kind) => Json;
}

/**
 * At first every service `s` has a listener `s` with the routes `s` and a place for the filter `faults-s`, and all goes to its first host, which
 * is the only one of the cluster `s-a`; the second is in `s-b`.
 */
export class World {
  readonly #options: WorldOptions;
  #resources: Required<Changes>;
  #version = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#resources = this.#base();
  }

  cluster(name: string, more: Json = {}): ClusterMessage {
    return edsCluster(name, more, this.#sourceOf("endpoints"));
  }

  /** The listener of a service. */
  listener({ name, port, framework }: Service, more: Json = {}, filterFields: Json = {}): ListenerMessage {
    const options = {
      rds: { config_source: this.#sourceOf("routes"), route_config_name: name },
      filters: [faultsFrom(`faults-${name}`, this.#sourceOf("filters"))],
      more: { stat_prefix: name, ...filterFields },
    };
    const listener = framework === undefined ? httpListener(port, options) : rpcListener(port, { codec: framework.codec(), ...options });
    return listenerOf(name, listener, more);
  }

  /** Gives everything anew as it was at first. */
  async reset(): Promise<void> {
    this.#resources = this.#base();
    await this.#options.publisher(this.#resources, String(++this.#version));
  }

  /** Returns the version that the changed types have now. */
  async publish(changes: Changes): Promise<string> {
    const { clusters, endpoints: assignments, listeners, routes, filters } = this.#resources;
    const all = {
      clusters: { ...clusters, ...changes.clusters },
      endpoints: { ...assignments, ...changes.endpoints },
      listeners: { ...listeners, ...changes.listeners },
      routes: { ...routes, ...changes.routes },
      filters: { ...filters, ...changes.filters },
    };
    this.#resources = all;
    const version = String(++this.#version);
    const changed = Object.fromEntries(kinds.filter((kind) => changes[kind] !== undefined).map((kind) => [kind, all[kind]]));
    await this.#options.publisher(changed, version);
    return version;
  }

  #sourceOf(kind: Kind): Json {
    return this.#options.sourceOf?.(kind) ?? byAds;
  }

  #base(): Required<Changes> {
    const { services } = this.#options;
    const of = <Value>(make: (service: Service) => Record<string, Value>): Record<string, Value> =>
      Object.fromEntries(services.flatMap((service) => Object.entries(make(service))));
    return {
      clusters: of(({ name }) => ({ [`${name}-a`]: this.cluster(`${name}-a`), [`${name}-b`]: this.cluster(`${name}-b`) })),
      endpoints: of(({ name, hosts: [a, b] }) => ({
        [`${name}-a`]: endpoints(`${name}-a`, [a]),
        [`${name}-b`]: endpoints(`${name}-b`, [b]),
      })),
      listeners: of((service) => ({ [service.name]: this.listener(service) })),
      routes: of(({ name }) => ({ [name]: routesTo(name, `${name}-a`) })),
      filters: of(({ name }) => ({ [`faults-${name}`]: faults(`faults-${name}`) })),
    };
  }
}

/** The answer to a version of a type. */
export const answered = (plane: GoControlPlane, kind: Kind, answer: GoRequest["kind"], version: string): Promise<GoRequest> =>
  plane.waitFor((request) => request.kind === answer && request.typeUrl.endsWith(`/${typeNames[kind]}`) && request.answers === version);
