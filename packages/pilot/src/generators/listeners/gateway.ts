import type { ServerTlsSettings, TlsProtocol } from "@mesh/istio-config";
import { enumValue, packAny, type EnumNumber, type MessageInit } from "@mesh/xds-proto";
import type { Resource } from "@mesh/xds-server";
import { isHttp, overlaps, protocolOfPort } from "../../model/index.ts";
import type { ProxyScope, ServerScope } from "../../scope/index.ts";
import { resourceOf } from "../resource.ts";
import { gatewayRouteName } from "../names.ts";
import { featuresOf } from "./features.ts";
import { httpConnectionManager, tcpProxy } from "./filters.ts";
import { addressOf, chainOf, listenerName, outbound, tlsInspector, wildcard, type FilterChain, type FilterChainMatch } from "./parts.ts";
import { serverNames, tcpBranches, tlsBranches } from "./tcp-routes.ts";

export interface GatewayListeners {
  readonly resources: readonly Resource[];
  /** Servers that this router cannot have, each with the reason. */
  readonly problems: readonly string[];
}

/** The listeners of a router: one for each address and port of its Gateways' servers. */
export function gatewayListenersOf(scope: ProxyScope): GatewayListeners {
  const problems: string[] = [];
  const groups = Map.groupBy(scope.servers, ({ server }) => listenerName(server.bind ?? wildcard, server.port.number));
  const resources = [...groups].flatMap(([name, servers]) => {
    const [first] = servers;
    if (first === undefined) return [];
    const { bind = wildcard, port } = first.server;
    const chains = uniqueChains(routedChains(scope, servers, problems), name, problems);
    if (chains.length === 0) return [];
    const inspects = chains.some(({ filterChainMatch }) => (filterChainMatch?.serverNames ?? []).length > 0);
    return [
      resourceOf(name, "envoy.config.listener.v3.Listener", {
        name,
        address: addressOf(bind, port.number),
        trafficDirection: outbound,
        listenerFilters: inspects ? [tlsInspector()] : [],
        filterChains: chains,
      }),
    ];
  });
  return { resources, problems };
}

function routedChains(scope: ProxyScope, servers: readonly ServerScope[], problems: string[]): FilterChain[] {
  const isPlain = (each: ServerScope): boolean => gatewayRouteName(each) !== undefined && isHttp(protocolOfPort(each.server.port));
  const plain = servers.filter(isPlain);
  const chains: FilterChain[] = [];
  const [first] = plain;
  const routeName = first === undefined ? undefined : gatewayRouteName(first);
  // All plain HTTP of a port has one table of routes.
  if (routeName !== undefined) chains.push(chainOf([manager(scope, routeName)]));
  for (const each of servers) {
    if (isPlain(each)) continue;
    const name = gatewayRouteName(each);
    if (name === undefined) chains.push(...passedChains(scope, each));
    else chains.push(...terminatedChain(scope, each, name, problems));
  }
  return chains;
}

const manager = (scope: ProxyScope, rds: string) =>
  httpConnectionManager(scope, { statPrefix: `outbound_${rds}`, routes: { rds }, direction: "gateway" });

/** HTTPS whose TLS ends here. */
function terminatedChain(scope: ProxyScope, { gateway, server }: ServerScope, routeName: string, problems: string[]): FilterChain[] {
  const { tls } = server;
  if (tls === undefined) return [];
  if (!featuresOf(scope.proxy).tls) {
    problems.push(`Gateway ${gateway}, port ${server.port.number}: mosn does not end TLS yet; the server is left out`);
    return [];
  }
  const chain = chainOf([manager(scope, routeName)], matchOf(serverNames(server.hosts.map(hostOf))));
  return [{ ...chain, transportSocket: { name: "envoy.transport_sockets.tls", typedConfig: packAny(contextName, contextOf(tls)) } }];
}

/** TLS that is passed through, and plain TCP: as the VirtualServices of the gateway say. */
function passedChains(scope: ProxyScope, { gateway, server }: ServerScope): FilterChain[] {
  const place = { scope, gateway, port: server.port.number };
  const hosts = server.hosts.map(hostOf);
  return scope.virtualServicesOf(gateway).flatMap((rule) => {
    if (!rule.hosts.some((host) => hosts.some((own) => overlaps(own, host)))) return [];
    const branches = server.tls === undefined ? tcpBranches(rule, place) : tlsBranches(rule, place);
    return branches.map(({ subnets, serverNames: names, target }) =>
      chainOf([tcpProxy(scope, `outbound_${server.port.number}_${rule.name}`, target)], matchOf(names, subnets)),
    );
  });
}

const hostOf = (entry: string): string => entry.slice(entry.indexOf("/") + 1);

function matchOf(names: readonly string[], subnets: readonly string[] = []): FilterChainMatch | undefined {
  if (names.length === 0 && subnets.length === 0) return undefined;
  return {
    ...(names.length > 0 ? { serverNames: names } : {}),
    ...(subnets.length > 0
      ? {
          prefixRanges: subnets.map((block) => ({
            addressPrefix: block.split("/")[0] ?? "",
            prefixLen: { value: Number(block.split("/")[1] ?? 32) },
          })),
        }
      : {}),
  };
}

/** A listener with two chains of one condition is refused whole: the first stays. */
function uniqueChains(chains: readonly FilterChain[], listener: string, problems: string[]): FilterChain[] {
  const seen = new Set<string>();
  return chains.filter(({ filterChainMatch }) => {
    const key = JSON.stringify(filterChainMatch ?? {});
    if (!seen.has(key)) return seen.add(key);
    problems.push(`listener ${listener}: two servers or routes are for the same hosts; the first has them`);
    return false;
  });
}

const contextName = "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
const protocolEnum = "envoy.extensions.transport_sockets.tls.v3.TlsParameters.TlsProtocol";

const versions: Readonly<Record<TlsProtocol, EnumNumber<typeof protocolEnum>>> = {
  TLSV1_0: enumValue(protocolEnum, "TLSv1_0"),
  TLSV1_1: enumValue(protocolEnum, "TLSv1_1"),
  TLSV1_2: enumValue(protocolEnum, "TLSv1_2"),
  TLSV1_3: enumValue(protocolEnum, "TLSv1_3"),
};

/** Certificates are files at the router (Istio: `serverCertificate`, `privateKey`). */
function contextOf(tls: ServerTlsSettings): MessageInit<typeof contextName> {
  const file = (filename: string | undefined) => ({ filename: filename ?? "" });
  const isMutual = tls.mode === "MUTUAL";
  return {
    commonTlsContext: {
      tlsCertificates: [{ certificateChain: file(tls.serverCertificate), privateKey: file(tls.privateKey) }],
      alpnProtocols: ["h2", "http/1.1"],
      tlsParams: {
        tlsMinimumProtocolVersion: versions[tls.minProtocolVersion ?? "TLSV1_2"],
        ...(tls.maxProtocolVersion === undefined ? {} : { tlsMaximumProtocolVersion: versions[tls.maxProtocolVersion] }),
        cipherSuites: tls.cipherSuites,
      },
      ...(isMutual
        ? {
            validationContext: {
              trustedCa: file(tls.caCertificates),
              ...(tls.caCrl === undefined ? {} : { crl: file(tls.caCrl) }),
              verifyCertificateSpki: tls.verifyCertificateSpki,
              verifyCertificateHash: tls.verifyCertificateHash,
              matchTypedSubjectAltNames: tls.subjectAltNames.flatMap((exact) =>
                (["URI", "DNS"] as const).map((type) => ({
                  sanType: enumValue("envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher.SanType", type),
                  matcher: { exact },
                })),
              ),
            },
          }
        : {}),
    },
    ...(isMutual ? { requireClientCertificate: { value: true } } : {}),
  };
}
