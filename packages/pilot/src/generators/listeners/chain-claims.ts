import { canonicalBlock } from "./addresses.ts";
import { cidrOf, plainHttp, type FilterChainMatch } from "./parts.ts";

/** What a filter chain asks of a connection. */
export interface ChainMatch {
  /** Where callers wanted to go: addresses and blocks of them. Empty: anywhere. */
  readonly subnets?: readonly string[];
  /** In the TLS greeting, `*.acme.com` being any under it. Empty: any, also none. */
  readonly serverNames?: readonly string[];
  /** Plain HTTP, told from the first bytes. */
  readonly isHttp?: boolean;
}

/** What a chain cannot have. */
export interface ChainLoss {
  /** `a.com`, `10.0.0.0/8`, `a.com at 10.0.0.0/8`. */
  readonly what: string;
  /** Who has it; undefined: nobody can. */
  readonly owner: string | undefined;
}

export interface ChainClaim {
  /** What is left of the condition: nothing, one, or several where something in the middle is another's. */
  readonly free: readonly ChainMatch[];
  readonly lost: readonly ChainLoss[];
}

/**
 * Who has which connections of a listener. Envoy unfolds the conditions of filter chains into single ones, of a block of addresses (its bits
 * past the mask are nothing), a name (in lower case) and a protocol each, and refuses the whole listener where two chains have the same one
 * ("overlapping matching rules"), or one chain has it twice. The first who claims one has it, and the rest of the later chain stays.
 */
export class ChainClaims {
  readonly #owners = new Map<string, string>();

  /** @param owner - for people; what one owner claims twice is no loss */
  claim({ subnets = [], serverNames = [], isHttp = false }: ChainMatch, owner: string): ChainClaim {
    const lost = serverNames.filter((name) => !isServerName(name)).map((what): ChainLoss => ({ what, owner: undefined }));
    const names = serverNames.length === 0 ? [any] : unique(serverNames.filter(isServerName).map((name) => name.toLowerCase()));
    const blocks = subnets.length === 0 ? [any] : unique(subnets.map(canonicalBlock));
    const byNames = new Map<string, { readonly names: readonly string[]; readonly blocks: string[] }>();
    for (const block of blocks) {
      const free = names.filter((name) => {
        const holder = this.#take(block, name, isHttp, owner);
        if (holder !== undefined && holder !== owner) lost.push({ what: nameOf(block, name, isHttp), owner: holder });
        return holder === undefined;
      });
      if (free.length === 0) continue;
      const known = byNames.get(free.join(" "));
      if (known === undefined) byNames.set(free.join(" "), { names: free, blocks: [block] });
      else known.blocks.push(block);
    }
    const free = [...byNames.values()].map((each) => ({
      subnets: each.blocks.filter(isSome),
      serverNames: each.names.filter(isSome),
      isHttp,
    }));
    return { free, lost };
  }

  /** @returns who had it before */
  #take(block: string, name: string, isHttp: boolean, owner: string): string | undefined {
    const key = `${block} ${name} ${isHttp}`;
    const holder = this.#owners.get(key);
    if (holder === undefined) this.#owners.set(key, owner);
    return holder;
  }
}

/** As Envoy has it in the place of a block or a name. */
const any = "";
const isSome = (text: string): boolean => text !== any;

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)];

/** A wildcard of a filter chain is one of whole labels (Envoy: "partial wildcards are not supported in server_names"). */
const isServerName = (name: string): boolean => !name.replace(/^\*\.(?=.)/, "").includes("*");

function nameOf(block: string, name: string, isHttp: boolean): string {
  const what = name === any ? block : block === any ? name : `${name} at ${block}`;
  return what === any ? (isHttp ? "HTTP" : "all connections") : what;
}

/** For people: who goes without what, and why. */
export function describeLosses(listener: string, loser: string, lost: readonly ChainLoss[]): string {
  const reasons = lost.map(
    ({ what, owner }) => `${what} (${owner === undefined ? "only a whole label can be a wildcard" : `${owner} has it`})`,
  );
  return `listener ${listener}: ${loser} goes without ${reasons.join(", ")}`;
}

/** Undefined for any connection. */
export function filterChainMatchOf({ subnets = [], serverNames = [], isHttp = false }: ChainMatch): FilterChainMatch | undefined {
  if (subnets.length === 0 && serverNames.length === 0 && !isHttp) return undefined;
  return {
    ...(subnets.length > 0 ? { prefixRanges: subnets.map(cidrOf) } : {}),
    ...(serverNames.length > 0 ? { serverNames } : {}),
    ...(isHttp ? { applicationProtocols: plainHttp } : {}),
  };
}
