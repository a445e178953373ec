import type { Resource } from "@mesh/xds-server";
import { resourceOf } from "../resource.ts";
import { ChainClaims, filterChainMatchOf, type ChainLoss, type ChainMatch } from "./chain-claims.ts";
import {
  addressOf,
  chainOf,
  detectionLimits,
  httpInspector,
  listenerName,
  outbound,
  tlsInspector,
  type FilterChain,
  type Listener,
} from "./parts.ts";
import type { MeshSettings } from "../../rules/index.ts";
import type { Filter } from "./filters.ts";

/** A listener as it grows: several services may share one. */
export class ListenerPlan {
  readonly bind: string;
  readonly port: number;
  readonly #bindToPort: boolean;
  readonly #claims = new ChainClaims();
  readonly #chains: FilterChain[] = [];
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

  /** @returns what others have of it */
  add(match: ChainMatch, filters: readonly Filter[], owner: string): readonly ChainLoss[] {
    const { free, lost } = this.#claims.claim(match, owner);
    for (const each of free) {
      const filterChainMatch = filterChainMatchOf(each);
      if (filterChainMatch === undefined) this.#defaultChain = chainOf(filters);
      else this.#chains.push(chainOf(filters, filterChainMatch));
      this.#inspectsTls ||= (each.serverNames ?? []).length > 0;
      this.#inspectsHttp ||= each.isHttp === true;
    }
    return lost;
  }

  build(): Resource {
    const message: Listener = {
      name: this.name,
      address: addressOf(this.bind, this.port),
      trafficDirection: outbound,
      ...(this.#bindToPort ? {} : { bindToPort: { value: false } }),
      listenerFilters: [...(this.#inspectsTls ? [tlsInspector()] : []), ...(this.#inspectsHttp ? [httpInspector()] : [])],
      ...(this.#inspectsHttp ? detectionLimits(this.#mesh) : {}),
      filterChains: this.#chains,
      ...(this.#defaultChain === undefined ? {} : { defaultFilterChain: this.#defaultChain }),
    };
    return resourceOf(this.name, "envoy.config.listener.v3.Listener", message);
  }
}
