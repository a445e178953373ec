import { isIP } from "node:net";
import { enumValue, type Message } from "@mesh/xds-proto";
import { fail, wrappedNumber, type ConfigPath } from "../config/index.ts";
import { compileCidr, type CidrRange } from "../network/index.ts";
import type { AcceptedConnection } from "./accepted.ts";

type MatchMessage = Message<"envoy.config.listener.v3.FilterChainMatch">;

/** How well a chain's criterion fits a connection: -1 not at all, 0 it has none, more the more specific it is. */
type Rank = (accepted: AcceptedConnection) => number;

const anything: Rank = () => 0;

/**
 * Compiles filter chain matches to a choice among them. As in Envoy the criteria are asked in a fixed order, each keeps the chains that
 * fit it most specifically, and there is no way back: a chain that loses on the destination port is out, however well its other criteria fit.
 *
 * @returns the index of the chain, -1 for none
 */
export function compileChainMatch(
  matches: readonly (MatchMessage | null)[],
  pathOf: (index: number) => ConfigPath,
): (accepted: AcceptedConnection) => number {
  const seen = new Map<string, number>();
  const ranks = matches.map((match, index) => {
    const key = JSON.stringify(match ?? {});
    const twin = seen.get(key);
    if (twin !== undefined) fail(pathOf(index), `has the same filter_chain_match as ${pathOf(twin).toString()}`);
    seen.set(key, index);
    return compileRanks(match, pathOf(index).field("filter_chain_match"));
  });
  if (ranks.length === 1 && matches[0] === null) return () => 0;
  return (accepted) => {
    let candidates = ranks.map((_, index) => index);
    for (let criterion = 0; criterion < criteriaCount && candidates.length > 0; criterion++) {
      let best = -1;
      let kept: number[] = [];
      for (const index of candidates) {
        const rank = ranks[index]?.[criterion]?.(accepted) ?? -1;
        if (rank > best) {
          best = rank;
          kept = [];
        }
        if (rank === best && rank >= 0) kept.push(index);
      }
      candidates = kept;
    }
    return candidates[0] ?? -1;
  };
}

const criteriaCount = 9;

/** Envoy's order: FilterChainMatch, "The following order applies". */
function compileRanks(match: MatchMessage | null, path: ConfigPath): readonly Rank[] {
  if (match === null) return Array.from({ length: criteriaCount }, () => anything);
  const port = wrappedNumber(match.destinationPort, path.field("destination_port"), { min: 1, max: 65_535 });
  return [
    port === undefined ? anything : ({ local }) => (local.port === port ? 1 : -1),
    cidrRank(match.prefixRanges, path.field("prefix_ranges"), ({ local }) => local.address),
    serverNameRank(match.serverNames, path.field("server_names")),
    match.transportProtocol === "" ? anything : ({ transportProtocol }) => (transportProtocol === match.transportProtocol ? 1 : -1),
    match.applicationProtocols.length === 0
      ? anything
      : ({ applicationProtocols }) => (applicationProtocols.some((protocol) => match.applicationProtocols.includes(protocol)) ? 1 : -1),
    cidrRank(match.directSourcePrefixRanges, path.field("direct_source_prefix_ranges"), ({ directRemote }) => directRemote.address),
    sourceTypeRank(match.sourceType),
    cidrRank(match.sourcePrefixRanges, path.field("source_prefix_ranges"), ({ remote }) => remote.address),
    match.sourcePorts.length === 0 ? anything : ({ remote }) => (match.sourcePorts.includes(remote.port) ? 1 : -1),
  ];
}

function cidrRank(ranges: MatchMessage["prefixRanges"], path: ConfigPath, addressOf: (accepted: AcceptedConnection) => string): Rank {
  if (ranges.length === 0) return anything;
  const compiled: CidrRange[] = ranges.map((range, index) => compileCidr(range, path.index(index)));
  return (accepted) => {
    const address = addressOf(accepted);
    let rank = -1;
    for (const range of compiled) if (range.contains(address)) rank = Math.max(rank, range.prefixLength + 1);
    return rank;
  };
}

/** An exact name beats `*.example.com`, which beats `*.com`. */
function serverNameRank(names: readonly string[], path: ConfigPath): Rank {
  if (names.length === 0) return anything;
  const exact = new Set<string>();
  const suffixes: string[] = [];
  names.forEach((name, index) => {
    const lower = name.toLowerCase();
    if (lower.startsWith("*.") && !lower.includes("*", 1)) suffixes.push(lower.slice(1));
    else if (lower.includes("*")) fail(path.index(index), `${JSON.stringify(name)}: only a whole first label may be a wildcard`);
    else exact.add(lower);
  });
  return ({ serverName }) => {
    if (serverName === undefined) return -1;
    const lower = serverName.toLowerCase();
    if (exact.has(lower)) return Number.MAX_SAFE_INTEGER;
    let rank = -1;
    for (const suffix of suffixes) if (lower.endsWith(suffix)) rank = Math.max(rank, suffix.length);
    return rank;
  };
}

function sourceTypeRank(sourceType: number): Rank {
  const kind = "envoy.config.listener.v3.FilterChainMatch.ConnectionSourceType";
  if (sourceType === enumValue(kind, "ANY")) return anything;
  const wantsLocal = sourceType === enumValue(kind, "SAME_IP_OR_LOOPBACK");
  return ({ remote, local }) => ((isLoopback(remote.address) || remote.address === local.address) === wantsLocal ? 1 : -1);
}

/** A unix socket's peer is on this machine as well. */
const isLoopback = (address: string): boolean => address === "::1" || address.startsWith("127.") || isIP(address) === 0;
