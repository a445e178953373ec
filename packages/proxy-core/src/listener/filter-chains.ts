import type { Message } from "@mesh/xds-proto";
import { fail, readMetadata, type ConfigPath, type Metadata } from "../config/index.ts";
import type { StatsScope } from "../stats/index.ts";
import type { NetworkFilter } from "../stream/index.ts";
import type { AcceptedConnection } from "./accepted.ts";
import { compileChainMatch } from "./filter-chain-match.ts";
import type { ServedConnection } from "./served-connection.ts";

type ListenerMessage = Message<"envoy.config.listener.v3.Listener">;
export type FilterChainMessage = Message<"envoy.config.listener.v3.FilterChain">;

/** What the configuration says of where a connection came in. */
export interface Origin {
  readonly filterChainName: string;
  readonly filterChainMetadata: Metadata | undefined;
  readonly listenerMetadata: Metadata | undefined;
}

/** A chain's network filter with what it counts in: that goes with the chain. */
export interface CompiledChain {
  readonly filter: NetworkFilter;
  readonly scopes: readonly StatsScope[];
}

/** One filter chain. Listeners that follow each other share those that stay as they are; the last one that has it closes it. */
export class FilterChain {
  readonly filter: NetworkFilter;
  /** What is told of its connections. */
  readonly origin: Origin;
  /** Its message, to tell whether it changes. */
  readonly bytes: Buffer;
  readonly connections: Set<ServedConnection> = new Set();
  readonly #scopes: readonly StatsScope[];
  #started: Promise<void> | undefined = undefined;
  /** It has what it needs from elsewhere, or never will. */
  isReady = false;

  constructor({ filter, scopes }: CompiledChain, origin: Origin, bytes: Buffer) {
    this.filter = filter;
    this.origin = origin;
    this.bytes = bytes;
    this.#scopes = scopes;
  }

  /** See `NetworkFilter.start`; twice is once. */
  start(): Promise<void> {
    this.#started ??= this.#begin();
    return this.#started;
  }

  async #begin(): Promise<void> {
    await this.filter.start();
    this.isReady = true;
  }

  /** Closes its connections, and takes its statistics away. */
  close(): void {
    this.filter.close();
    for (const scope of this.#scopes) scope.dispose();
  }
}

export interface FilterChainsContext {
  /** Throws a `ConfigError`. */
  readonly compile: (chain: FilterChainMessage, path: ConfigPath) => CompiledChain;
  readonly encode: (chain: FilterChainMessage) => Buffer;
  /** Chains with the same bytes are taken from here. */
  readonly previous: FilterChains | undefined;
}

/** The filter chains of a listener, and the choice among them. */
export class FilterChains {
  /** With the default one, if there is one. */
  readonly all: readonly FilterChain[];
  readonly #chains: readonly FilterChain[];
  readonly #defaultChain: FilterChain | undefined;
  readonly #choose: (accepted: AcceptedConnection) => number;
  /** Of connections that no chain takes. */
  readonly noOrigin: Origin;

  /** Throws a `ConfigError`. */
  constructor(message: ListenerMessage, path: ConfigPath, { compile, encode, previous }: FilterChainsContext) {
    const { filterChains, defaultFilterChain } = message;
    const at = path.field("filter_chains");
    if (filterChains.length === 0 && defaultFilterChain === null) fail(at, "needs a filter chain");
    this.#choose = compileChainMatch(
      filterChains.map((chain) => chain.filterChainMatch),
      (index) => at.index(index),
    );
    const listenerMetadata = readMetadata(message.metadata);
    this.noOrigin = { filterChainName: "", filterChainMetadata: undefined, listenerMetadata };
    const reusable = [...(previous?.all ?? [])];
    const made: FilterChain[] = [];
    const take = (chain: FilterChainMessage, chainPath: ConfigPath): FilterChain => {
      const bytes = encode(chain);
      const index = reusable.findIndex((known) => known.bytes.equals(bytes));
      const [known] = index < 0 ? [] : reusable.splice(index, 1);
      if (known !== undefined) return known;
      const origin = { filterChainName: chain.name, filterChainMetadata: readMetadata(chain.metadata), listenerMetadata };
      const fresh = new FilterChain(compile(chain, chainPath), origin, bytes);
      made.push(fresh);
      return fresh;
    };
    try {
      this.#chains = filterChains.map((chain, index) => take(chain, at.index(index)));
      this.#defaultChain = defaultFilterChain === null ? undefined : take(defaultFilterChain, path.field("default_filter_chain"));
    } catch (error) {
      for (const chain of made) chain.close();
      throw error;
    }
    this.all = this.#defaultChain === undefined ? this.#chains : [...this.#chains, this.#defaultChain];
  }

  choose(accepted: AcceptedConnection): FilterChain | undefined {
    return this.#chains[this.#choose(accepted)] ?? this.#defaultChain;
  }

  /** Those that another listener's chains do not share. */
  without(other: FilterChains): readonly FilterChain[] {
    return this.all.filter((chain) => !other.all.includes(chain));
  }
}
