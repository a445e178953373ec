import type { Resource } from "@mesh/xds-server";
import { HostMap, isHttp, isRpc, isTls, type MeshService, type ServicePort } from "../../model/index.ts";
import type { VirtualServiceRule } from "../../rules/index.ts";
import type { EgressScope, ProxyScope } from "../../scope/index.ts";
import { resourceOf } from "../resource.ts";
import { blackHoleCluster, outboundClusterName, outboundRouteName, passthroughCluster, sniffedRouteName } from "../names.ts";
import { outboundRoutesOf } from "../routes/outbound.ts";
import { featuresOf } from "./features.ts";
import { httpConnectionManager, rpcProxy, speaksRpc, tcpProxy, type Filter } from "./filters.ts";
import { singleAddressOf } from "./addresses.ts";
import { describeLosses, type ChainLoss, type ChainMatch } from "./chain-claims.ts";
import { addressOf, chainOf, listenerName, loopback, outbound, wildcard } from "./parts.ts";
import { ListenerPlan } from "./plan.ts";
import { ruleName, tcpBranches, tlsBranches } from "./tcp-routes.ts";

/** A port of a service that could not be given a listener, because another has what it needs. */
export interface ListenerConflict {
  /** `0.0.0.0_3306`. */
  readonly listener: string;
  readonly host: string;
  readonly port: number;
}

/** The listeners for what a sidecar's application calls. */
export class OutboundListeners {
  readonly conflicts: ListenerConflict[] = [];
  /** What callers cannot have, for people. */
  readonly problems: string[] = [];
  readonly #scope: ProxyScope;
  readonly #plans = new Map<string, ListenerPlan>();

  constructor(scope: ProxyScope) {
    this.#scope = scope;
    // A listener for one port comes before the one for all.
    for (const egress of scope.egress) if (egress.port !== undefined) this.#addExplicit(egress, egress.port);
    for (const egress of scope.egress) if (egress.port === undefined) this.#addServices(egress);
  }

  build(): readonly Resource[] {
    const { proxy, mesh } = this.#scope;
    if (proxy.interception === "none") return [...this.#plans.values()].map((plan) => plan.build());
    // A service on one of these ports cannot be told from what was redirected there; two listeners of one address are refused.
    for (const port of [mesh.proxyListenPort, mesh.proxyInboundListenPort]) {
      const name = listenerName(wildcard, port);
      if (!this.#plans.delete(name)) continue;
      this.conflicts.push({ listener: name, host: "*", port });
      this.problems.push(`listener ${name}: services at port ${port} cannot be called: the port is the sidecar's own`);
    }
    return [...[...this.#plans.values()].map((plan) => plan.build()), virtualOutbound(this.#scope)];
  }

  #isBound({ captureMode }: EgressScope): boolean {
    return captureMode === "none" || this.#scope.proxy.interception === "none";
  }

  #plan(bind: string, port: number, isBound: boolean): ListenerPlan {
    const key = listenerName(bind, port);
    const known = this.#plans.get(key);
    if (known !== undefined) return known;
    const plan = new ListenerPlan(bind, port, isBound, this.#scope.mesh);
    this.#plans.set(key, plan);
    return plan;
  }

  #addExplicit(egress: EgressScope, port: ServicePort): void {
    const isBound = this.#isBound(egress);
    const plan = this.#plan(egress.bind ?? (isBound ? loopback : wildcard), port.number, isBound);
    const routes = { rds: outboundRouteName(egress, port.number) };
    const options = { statPrefix: `outbound_${plan.name}`, routes, direction: "outbound" } as const;
    if (speaksRpc(this.#scope, port.protocol)) this.#addWhole(plan, rpcProxy(this.#scope, port.protocol, options));
    else if (isHttp(port.protocol) || port.protocol === "unknown") this.#addWhole(plan, httpConnectionManager(this.#scope, options));
    else this.#addTcpServices(egress, plan, port);
  }

  /** The services of a listener for bytes: told apart by the name in the TLS greeting, else the first one has it. */
  #addTcpServices(egress: EgressScope, plan: ListenerPlan, listener: ServicePort): void {
    const rules = rulesByHost(egress);
    for (const service of egress.services) {
      const port = service.ports.find(({ number, protocol }) =>
        isRpc(listener.protocol) ? protocol === listener.protocol : number === listener.number,
      );
      if (port !== undefined) this.#addBytes(plan, service, port, rules.find(service.hostname));
    }
  }

  #addServices(egress: EgressScope): void {
    const isBound = this.#isBound(egress);
    const rules = rulesByHost(egress);
    const shared = outboundRoutesOf(this.#scope);
    for (const service of egress.services) {
      for (const port of service.ports) {
        const kind = shared.kindOf(outboundRouteName(egress, port.number));
        const isRouted = isHttp(port.protocol) || speaksRpc(this.#scope, port.protocol) || port.protocol === "unknown";
        if (kind !== undefined && kind !== "sniffed" && isRouted) this.#addRouted(egress, port.number, kind === "rpc", isBound);
        else this.#addOwn(service, port, rules.find(service.hostname), isBound);
      }
    }
  }

  /** All services of a port share a listener: what is called says which. */
  #addRouted(egress: EgressScope, port: number, isRpcOnly: boolean, isBound: boolean): void {
    const plan = this.#plan(isBound ? loopback : wildcard, port, isBound);
    if (plan.hasDefault) return;
    const options = {
      statPrefix: `outbound_${plan.name}`,
      routes: { rds: outboundRouteName(egress, port) },
      direction: "outbound",
    } as const;
    this.#addWhole(
      plan,
      isRpcOnly ? rpcProxy(this.#scope, rpcProtocolOf(egress, port), options) : httpConnectionManager(this.#scope, options),
    );
  }

  #addWhole(plan: ListenerPlan, filter: Filter): void {
    plan.add({}, [filter], `the routes of port ${plan.port}`);
  }

  /** A listener of the service's own: at its addresses; and at all of them where only DNS knows its addresses. */
  #addOwn(service: MeshService, port: ServicePort, rule: VirtualServiceRule | undefined, isBound: boolean): void {
    const own = service.addresses.length > 0 ? service.addresses : service.allottedAddress === undefined ? [] : [service.allottedAddress];
    if (isBound) return this.#addBytes(this.#plan(loopback, port.number, true), service, port, rule);
    for (const address of own) {
      const single = singleAddressOf(address);
      if (single !== undefined) this.#addBytes(this.#plan(single, port.number, false), service, port, rule);
      else this.#addBytes(this.#plan(wildcard, port.number, false), service, port, rule, [address]);
    }
    const isKnownToDns = service.resolution !== "static" && service.addresses.length === 0;
    if (own.length === 0 || isKnownToDns) this.#addBytes(this.#plan(wildcard, port.number, false), service, port, rule);
  }

  #addBytes(
    plan: ListenerPlan,
    service: MeshService,
    port: ServicePort,
    rule: VirtualServiceRule | undefined,
    subnets: readonly string[] = [],
  ): void {
    const scope = this.#scope;
    const place = { scope, gateway: "mesh", port: port.number };
    const statPrefix = outboundClusterName(port.number, "", service.hostname);
    const own = `service ${service.namespace}/${service.hostname}`;
    const ownRule = rule === undefined ? own : ruleName(rule);
    const add = (match: ChainMatch, filters: readonly Filter[], owner: string = own): void => {
      // What a service's own rule has is the service's.
      const lost = plan.add(match, filters, owner).filter((loss) => loss.owner !== own && loss.owner !== ownRule);
      this.#report(plan, service, port, lost);
    };
    if (port.protocol === "unknown" && featuresOf(scope.proxy).httpInspector) {
      const routes = { rds: sniffedRouteName(service.hostname, port.number) };
      add({ subnets, isHttp: true }, [
        httpConnectionManager(scope, { statPrefix: `outbound_${plan.name}`, routes, direction: "outbound" }),
      ]);
    }
    const branches = rule === undefined ? [] : [...(isTls(port.protocol) ? tlsBranches(rule, place) : []), ...tcpBranches(rule, place)];
    for (const { subnets: within, serverNames, target } of branches) {
      add({ subnets: within.length > 0 ? within : subnets, serverNames }, [tcpProxy(scope, statPrefix, target)], ownRule);
      // Rules count in their order: those behind one for everything are for nothing.
      if (within.length === 0 && serverNames.length === 0) return;
    }
    // At an address that several share, TLS is told apart by the name in its greeting.
    const isShared = plan.bind === wildcard || plan.bind === loopback;
    const serverNames = isTls(port.protocol) && isShared && service.hostname !== "*" ? [service.hostname] : [];
    add({ subnets, serverNames }, [tcpProxy(scope, statPrefix, statPrefix)]);
  }

  #report(plan: ListenerPlan, { hostname: host, namespace }: MeshService, { number: port }: ServicePort, lost: readonly ChainLoss[]): void {
    if (lost.length === 0) return;
    if (lost.some(({ owner }) => owner !== undefined)) this.conflicts.push({ listener: plan.name, host, port });
    this.problems.push(describeLosses(plan.name, `service ${namespace}/${host}`, lost));
  }
}

function rulesByHost({ virtualServices }: EgressScope): HostMap<VirtualServiceRule> {
  const rules = new HostMap<VirtualServiceRule>();
  for (const rule of virtualServices) for (const host of rule.hosts) rules.add(host, rule);
  return rules;
}

/** The one that all of a port's services speak, else any. */
function rpcProtocolOf({ services }: EgressScope, number: number): ServicePort["protocol"] {
  const spoken = new Set(
    services.flatMap(({ ports }) => ports.filter((port) => port.number === number && isRpc(port.protocol)).map(({ protocol }) => protocol)),
  );
  const [only = "x"] = spoken;
  return spoken.size === 1 ? only : "x";
}

/** Where redirected connections arrive: they go on to the listener of where they wanted to go, or past the mesh. */
function virtualOutbound(scope: ProxyScope): Resource {
  const { proxyListenPort: port } = scope.mesh;
  const blackHole = tcpProxy(scope, blackHoleCluster, blackHoleCluster);
  const passes = scope.outboundPolicy === "allow-any" && featuresOf(scope.proxy).originalDestination;
  return resourceOf("virtualOutbound", "envoy.config.listener.v3.Listener", {
    name: "virtualOutbound",
    address: addressOf(wildcard, port),
    trafficDirection: outbound,
    useOriginalDst: { value: true },
    // What is sent to the listener itself would come back to it for ever.
    filterChains: [chainOf([blackHole], { destinationPort: { value: port } }, "virtualOutbound-blackhole")],
    defaultFilterChain: chainOf(
      [passes ? tcpProxy(scope, passthroughCluster, passthroughCluster) : blackHole],
      undefined,
      "virtualOutbound-catchall-tcp",
    ),
  });
}
