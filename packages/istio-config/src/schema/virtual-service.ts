import * as v from "valibot";
import type { L4MatchAttributes, RouteDestination, TcpRoute, TlsMatchAttributes, TlsRoute, VirtualServiceSpec } from "../kinds/index.ts";
import { isIpAddress, subnet } from "./addresses.ts";
import { destination, exportTo, labels } from "./common.ts";
import { gatewayNames } from "./gateway-names.ts";
import { covers, hasPartialWildcard, hostVerdict, namespace } from "./hosts.ts";
import { checkWeights, httpRoute, withSoleWeight } from "./http-route.ts";
import { describe, type Report } from "./issues.ts";
import { message, normalisedMessage, type MessageSchema } from "./message.ts";
import { checked, count, list, may, port, text, type Schema } from "./scalars.ts";
import { isSameMatch, takesAllPaths, warnUnreachable } from "./unreachable.ts";

/** Also an IP address: Envoy matches the authority as it comes. */
const virtualHost: Schema<string> = checked(text, "host/syntax", (host) => (isIpAddress(host) ? undefined : hostVerdict(host)));

const l4Fields = {
  destinationSubnets: list(subnet),
  port: may(port),
  sourceLabels: labels,
  sourceNamespace: may(namespace),
  gateways: gatewayNames,
};

const tcpMatch: MessageSchema<L4MatchAttributes> = message("L4MatchAttributes", l4Fields);

const tlsMatch: MessageSchema<TlsMatchAttributes> = message(
  "TLSMatchAttributes",
  { ...l4Fields, sniHosts: list(virtualHost) },
  {
    rules({ sniHosts }, report) {
      if (sniHosts.length === 0) report([], "virtual-service/tls-match", "must have sniHosts");
    },
  },
);

const routeDestination: MessageSchema<RouteDestination> = message("RouteDestination", { destination, weight: v.optional(count, 0) });

function checkRoute(route: readonly RouteDestination[], report: Report): void {
  if (route.length === 0) report([], "virtual-service/route-required", "must have a route");
  checkWeights(route, report);
}

const tlsRoute: MessageSchema<TlsRoute> = normalisedMessage(
  "TLSRoute",
  { match: list(tlsMatch), route: list(routeDestination) },
  ({ match, route }) => ({ match, route: withSoleWeight(route) }),
  {
    rules({ match, route }, report) {
      if (match.length === 0) report([], "virtual-service/tls-match", "must have a match");
      checkRoute(route, report);
    },
  },
);

const tcpRoute: MessageSchema<TcpRoute> = normalisedMessage(
  "TCPRoute",
  { match: list(tcpMatch), route: list(routeDestination) },
  ({ match, route }) => ({ match, route: withSoleWeight(route) }),
  { rules: ({ route }, report) => checkRoute(route, report) },
);

const fields = {
  hosts: list(virtualHost),
  gateways: gatewayNames,
  http: list(httpRoute),
  tls: list(tlsRoute),
  tcp: list(tcpRoute),
  exportTo,
};

type Fields = v.InferOutput<v.ObjectSchema<typeof fields, undefined>>;

function checkHosts({ hosts, gateways }: Fields, report: Report): void {
  const isForMesh = gateways.length === 0 || gateways.includes("mesh");
  for (const [index, host] of hosts.entries()) {
    if (host === "*" && isForMesh) report(["hosts", index], "virtual-service/mesh-wildcard", "must not be * for sidecars: name gateways");
    const earlier = hosts.slice(0, index).find((other) => covers(other, host) || covers(host, other));
    if (earlier !== undefined) report(["hosts", index], "virtual-service/duplicate-host", `${host} must not overlap ${earlier}`);
  }
}

function checkDelegate({ hosts, gateways, http, tls, tcp }: Fields, report: Report): void {
  if (hosts.length > 0) return;
  const rule = "virtual-service/delegate";
  for (const [field, values] of [
    ["gateways", gateways],
    ["tls", tls],
    ["tcp", tcp],
  ] as const) {
    if (values.length > 0) report([field], rule, "must not be set where there are no hosts: such a VirtualService is a delegate");
  }
  for (const [index, route] of http.entries()) {
    if (route.delegate !== undefined)
      report(["http", index, "delegate"], rule, "must not be set in a delegate (a VirtualService without hosts)");
  }
}

function checkSniHosts({ hosts, tls }: Fields, report: Report): void {
  for (const [index, { match }] of tls.entries()) {
    for (const [matchIndex, { sniHosts }] of match.entries()) {
      for (const [hostIndex, sniHost] of sniHosts.entries()) {
        const path = ["tls", index, "match", matchIndex, "sniHosts", hostIndex];
        if (hasPartialWildcard(sniHost)) {
          report(
            path,
            "virtual-service/sni-host",
            `must have its wildcard as a whole label, as in *.example.com, but is ${describe(sniHost)}`,
          );
        } else if (isIpAddress(sniHost)) report(path, "virtual-service/sni-ip", "is an IP address, which most clients do not send as SNI");
        else if (!hosts.some((host) => covers(host, sniHost))) {
          report(path, "virtual-service/sni-host", `${sniHost} must be covered by one of the hosts ${hosts.join(", ")}`);
        }
      }
    }
  }
}

export const virtualService: Schema<VirtualServiceSpec> = normalisedMessage(
  "VirtualService",
  fields,
  ({ gateways, ...others }) => ({ ...others, gateways: gateways.length === 0 ? ["mesh"] : gateways }),
  {
    rules(value, report) {
      checkHosts(value, report);
      checkDelegate(value, report);
      checkSniHosts(value, report);
      if (value.http.length + value.tls.length + value.tcp.length === 0) {
        report([], "virtual-service/routes", "must have rules in http, tls or tcp");
      }
      warnUnreachable("http", value.http, takesAllPaths, report);
      warnUnreachable("tls", value.tls, isSameMatch, report);
      warnUnreachable("tcp", value.tcp, isSameMatch, report);
    },
  },
);
