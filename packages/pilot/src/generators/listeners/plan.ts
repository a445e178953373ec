import type { Resource } from "@mesh/xds-server";
import { resourceOf } from "../resource.ts";
import {
  addressOf,
  chainOf,
  cidrOf,
  detectionLimits,
  httpInspector,
  listenerName,
  outbound,
  plainHttp,
  tlsInspector,
  type FilterChain,
  type FilterChainMatch,
  type Listener,
} from "./parts.ts";
import type { MeshSettings } from "../../rules/index.ts";
import type { Filter } from "./filters.ts";

/** What a filter chain asks of a connection. */
export interface ChainMatch {
  readonly subnets?: readonly string[];
  readonly serverNames?: readonly string[];
  /** Plain HTTP, told from the first bytes. */
  readonly isHttp?: boolean;
}

/** A listener as it grows: several services may share one. */
export class ListenerPlan {
  readonly bind: string;
  readonly port: number;
  readonly #bindToPort: boolean;
  readonly #chains = new Map<string, FilterChain>();
  #defaultChain: FilterChain | undefined = undefined;
  #inspectsTls = false;
  #inspectsHttp = false;

  readonly #mesh: MeshSettings;

  constructor(bind: string, port: number, bindToPort: boolean, mesh: MeshSettings) {
    this.#mesh = mesh;
    this.bind = bind;
    this.port = port;
    this.#bindToPort = bindToPort;
  }

  get name(): string {
    return listenerName(this.bind, this.port);
  }

  get hasDefault(): boolean {
    return this.#defaultChain !== undefined;
  }

  /** @returns false where another has this condition */
  add(match: ChainMatch, filters: readonly Filter[]): boolean {
    const { subnets = [], serverNames = [], isHttp = false } = match;
    if (subnets.length === 0 && serverNames.length === 0 && !isHttp) return this.#setDefault(filters);
    const key = JSON.stringify([subnets, serverNames, isHttp]);
    if (this.#chains.has(key)) return false;
    this.#inspectsTls ||= serverNames.length > 0;
    this.#inspectsHttp ||= isHttp;
    const filterChainMatch: FilterChainMatch = {
      ...(subnets.length > 0 ? { prefixRanges: subnets.map(cidrOf) } : {}),
      ...(serverNames.length > 0 ? { serverNames } : {}),
      ...(isHttp ? { applicationProtocols: plainHttp } : {}),
    };
    this.#chains.set(key, chainOf(filters, filterChainMatch));
    return true;
  }

  #setDefault(filters: readonly Filter[]): boolean {
    if (this.#defaultChain !== undefined) return false;
    this.#defaultChain = chainOf(filters);
    return true;
  }

  build(): Resource {
    const message: Listener = {
      name: this.name,
      address: addressOf(this.bind, this.port),
      trafficDirection: outbound,
      ...(this.#bindToPort ? {} : { bindToPort: { value: false } }),
      listenerFilters: [...(this.#inspectsTls ? [tlsInspector()] : []), ...(this.#inspectsHttp ? [httpInspector()] : [])],
      ...(this.#inspectsHttp ? detectionLimits(this.#mesh) : {}),
      filterChains: [...this.#chains.values()],
      ...(this.#defaultChain === undefined ? {} : { defaultFilterChain: this.#defaultChain }),
    };
    return resourceOf(this.name, "envoy.config.listener.v3.Listener", message);
  }
}
