import type { ServerTlsSettings, TlsProtocol } from "@mesh/istio-config";
import { enumValue, packAny, type EnumNumber, type MessageInit } from "@mesh/xds-proto";
import type { Resource } from "@mesh/xds-server";
import { coversHost, isHttp, protocolOfPort } from "../../model/index.ts";
import type { VirtualServiceRule } from "../../rules/index.ts";
import type { ProxyScope, ServerScope } from "../../scope/index.ts";
import { resourceOf } from "../resource.ts";
import { gatewayRouteName } from "../names.ts";
import { ChainClaims, describeLosses, filterChainMatchOf, type ChainMatch } from "./chain-claims.ts";
import { featuresOf } from "./features.ts";
import { httpConnectionManager, tcpProxy, type Filter } from "./filters.ts";
import { addressOf, chainOf, listenerName, outbound, tlsInspector, wildcard, type FilterChain } from "./parts.ts";
import { serverNames, tcpBranches, tlsBranches } from "./tcp-routes.ts";

export interface GatewayListeners {
  readonly resources: readonly Resource[];
  /** Servers that this router cannot have, each with the reason. */
  readonly problems: readonly string[];
}

/** A filter chain, and the connections that it is for. */
interface WantedChain {
  readonly match: ChainMatch;
  readonly filter: Filter;
  readonly transportSocket?: NonNullable<FilterChain["transportSocket"]>;
  /** For people. */
  readonly owner: string;
}

/** The listeners of a router: one for each address and port of its Gateways' servers. */
export function gatewayListenersOf(scope: ProxyScope): GatewayListeners {
  const problems: string[] = [];
  const groups = Map.groupBy(scope.servers, ({ server }) => listenerName(server.bind ?? wildcard, server.port.number));
  const resources = [...groups].flatMap(([name, servers]) => {
    const [first] = servers;
    if (first === undefined) return [];
    const { bind = wildcard, port } = first.server;
    const chains = claimedChains(wantedChains(scope, servers, problems), name, problems);
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
  return { resources, problems: [...new Set(problems)] };
}

/** Of what several want the first has it: a listener in which two chains are for the same connections is refused whole. */
function claimedChains(wanted: readonly WantedChain[], listener: string, problems: string[]): readonly FilterChain[] {
  const claims = new ChainClaims();
  return wanted.flatMap(({ match, filter, transportSocket, owner }) => {
    const { free, lost } = claims.claim(match, owner);
    if (lost.length > 0) problems.push(describeLosses(listener, owner, lost));
    return free.map((each) => ({
      ...chainOf([filter], filterChainMatchOf(each)),
      ...(transportSocket === undefined ? {} : { transportSocket }),
    }));
  });
}

function wantedChains(scope: ProxyScope, servers: readonly ServerScope[], problems: string[]): readonly WantedChain[] {
  const isPlain = (each: ServerScope): boolean => gatewayRouteName(each) !== undefined && isHttp(protocolOfPort(each.server.port));
  const chains: WantedChain[] = [];
  const plain = servers.find(isPlain);
  const routeName = plain === undefined ? undefined : gatewayRouteName(plain);
  // All plain HTTP of a port has one table of routes.
  if (plain !== undefined && routeName !== undefined) {
    chains.push({ match: {}, filter: manager(scope, routeName), owner: serverName(plain) });
  }
  for (const each of servers) {
    if (isPlain(each)) continue;
    const transportSocket = terminates(each) ? tlsSocketOf(each.server.tls) : undefined;
    if (transportSocket !== undefined && !featuresOf(scope.proxy).tls) {
      problems.push(`${serverName(each)}: mosn does not end TLS yet; the server is left out`);
      continue;
    }
    const name = gatewayRouteName(each);
    const made = name === undefined ? routedBytes(scope, each) : [routedHttps(scope, each, name)];
    chains.push(...made.map((chain) => (transportSocket === undefined ? chain : { ...chain, transportSocket })));
  }
  return chains;
}

const serverName = ({ gateway, server: { port } }: ServerScope): string => `Gateway ${gateway}, port ${port.number} (${port.name})`;

const terminates = ({ server: { tls, port } }: ServerScope): boolean =>
  tls !== undefined && tls.mode !== "PASSTHROUGH" && !isHttp(protocolOfPort(port));

const manager = (scope: ProxyScope, rds: string): Filter =>
  httpConnectionManager(scope, { statPrefix: `outbound_${rds}`, routes: { rds }, direction: "gateway" });

/** HTTPS whose TLS ends here. */
const routedHttps = (scope: ProxyScope, each: ServerScope, routeName: string): WantedChain => ({
  match: { serverNames: serverNames(each.server.hosts.map(withoutNamespace)) },
  filter: manager(scope, routeName),
  owner: serverName(each),
});

/** TLS that is passed through, and TCP, plain or of TLS that ends here: as the VirtualServices of the gateway say. */
function routedBytes(scope: ProxyScope, each: ServerScope): readonly WantedChain[] {
  const { gateway, server } = each;
  const place = { scope, gateway, port: server.port.number };
  const isTcp = server.tls === undefined || terminates(each);
  return scope.virtualServicesOf(gateway).flatMap((rule) => {
    const served = hostsFor(each, rule);
    if (!served.some((own) => rule.hosts.some((host) => meeting(own, host).length > 0))) return [];
    const branches = isTcp ? tcpBranches(rule, place) : tlsBranches(rule, place);
    return branches.flatMap(({ subnets, serverNames: asked, target, origin }): WantedChain[] => {
      const names = server.tls === undefined ? ["*"] : (asked.length === 0 ? ["*"] : asked).flatMap((name) => meetingAny(served, name));
      if (names.length === 0) return [];
      const filter = tcpProxy(scope, `outbound_${server.port.number}_${rule.name}`, target);
      return [{ match: { subnets, serverNames: serverNames(names) }, filter, owner: origin }];
    });
  });
}

const withoutNamespace = (entry: string): string => entry.slice(entry.indexOf("/") + 1);

/** Istio: `namespace/host` is for VirtualServices of that namespace, `.` being the gateway's own, `*` any; so is a host without one. */
function hostsFor({ namespace, server }: ServerScope, rule: VirtualServiceRule): readonly string[] {
  return server.hosts.flatMap((entry) => {
    const slash = entry.indexOf("/");
    const wanted = slash < 0 ? "*" : entry.slice(0, slash);
    return wanted === "*" || rule.namespace === (wanted === "." ? namespace : wanted) ? [withoutNamespace(entry)] : [];
  });
}

/** The narrower of two patterns, where one has the other. */
function meeting(one: string, other: string): readonly string[] {
  if (coversHost(one, other)) return [other];
  return coversHost(other, one) ? [one] : [];
}

const meetingAny = (served: readonly string[], name: string): readonly string[] => served.flatMap((own) => meeting(own, name));

const contextName = "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
const protocolEnum = "envoy.extensions.transport_sockets.tls.v3.TlsParameters.TlsProtocol";

const versions: Readonly<Record<TlsProtocol, EnumNumber<typeof protocolEnum>>> = {
  TLSV1_0: enumValue(protocolEnum, "TLSv1_0"),
  TLSV1_1: enumValue(protocolEnum, "TLSv1_1"),
  TLSV1_2: enumValue(protocolEnum, "TLSv1_2"),
  TLSV1_3: enumValue(protocolEnum, "TLSv1_3"),
};

const tlsSocketOf = (tls: ServerTlsSettings | undefined): WantedChain["transportSocket"] =>
  tls && { name: "envoy.transport_sockets.tls", typedConfig: packAny(contextName, contextOf(tls)) };

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
