import {
  anyVariant,
  coversHost,
  HostMap,
  isRpc,
  isWildcard,
  type MeshService,
  type ServicePort,
  type ServiceVariant,
} from "../../model/index.ts";
import type { VirtualServiceRule } from "../../rules/index.ts";
import type { ProxyScope } from "../../scope/index.ts";
import type { CalledPort, RouteSource } from "./called-ports.ts";
import type { Shared } from "./dependencies.ts";
import type { RoutePlace, TargetPort, TargetVariant } from "./destination.ts";
import { DomainClaims, type DomainConflict } from "./domain-claims.ts";
import { httpDomainsOf, isDomain, rpcDomainsOf, type ServiceDomains } from "./domains.ts";
import { grpcFeatures, httpFeaturesOf, mosnRpcFeatures, type RouteFeatures } from "./features.ts";
import { domainOf, domainWithPort } from "../names.ts";
import { defaultRoutesOf, routesOfRule, type RouteList } from "./route-list.ts";
import type { VirtualHostHead } from "./wire.ts";

/** A place for a virtual host: all of it but its routes. */
export interface Slot {
  readonly head: VirtualHostHead;
  /** One, or of a service that several RPC protocols serve one for each. */
  readonly targets: readonly TargetPort[];
  readonly rpc: boolean;
  readonly variant: TargetVariant | undefined;
  /** Undefined: a host of a VirtualService that is no service. */
  readonly service: MeshService | undefined;
  /** Which of the listener's VirtualServices is about the host; -1: none. */
  readonly rule: number;
}

/** The routes that a slot has in a scope. */
export interface SlotRoutes {
  readonly rule: VirtualServiceRule | undefined;
  /** For each target. */
  readonly parts: readonly TargetRoutes[];
  /** Whether the VirtualService has any for this proxy. */
  readonly isRuled: boolean;
  /** Neither it nor a service has any. */
  readonly isEmpty: boolean;
}

export interface TargetRoutes {
  /** Undefined in it: the VirtualService has none for this proxy. */
  readonly ofRule: Shared<RouteList | undefined> | undefined;
  /** Where the VirtualService has none. */
  readonly ofService: Shared<RouteList> | undefined;
}

export interface OutboundLayout {
  /** Sorted by name. */
  readonly slots: readonly Slot[];
  readonly conflicts: readonly DomainConflict[];
  /** VirtualServices that would have virtual hosts if they had routes for the proxy, or domains that are free. */
  readonly unplaced: ReadonlySet<number>;
  /** Whether requests for hosts that nobody knows have somewhere to go. */
  readonly fallsThrough: boolean;
  /** HTTP that names no ports: Envoy leaves out those of requests. */
  readonly ignoresPort: boolean;
}

const mesh = "mesh";

export function featuresAt(scope: ProxyScope, { group }: RouteSource): RouteFeatures {
  if (group.kind === "grpc") return grpcFeatures;
  return group.kind === "rpc" ? mosnRpcFeatures : httpFeaturesOf(scope.proxy);
}

/** The routes for a slot; where it has none it cannot be. */
export function routesFor(
  { targets, service, variant }: Pick<Slot, "service" | "targets" | "variant">,
  rule: VirtualServiceRule | undefined,
  scope: ProxyScope,
  source: RouteSource,
): SlotRoutes {
  const features = featuresAt(scope, source);
  const parts = targets.map((target): TargetRoutes => {
    const place: RoutePlace = { scope, features, target, isTls: false, variant };
    const ofRule = rule === undefined ? undefined : routesOfRule(rule, mesh, place);
    const ofService = ofRule?.value === undefined && service !== undefined ? defaultRoutesOf(service, place) : undefined;
    return { ofRule, ofService };
  });
  const isRuled = parts.some(({ ofRule }) => ofRule?.value !== undefined);
  return { rule, parts, isRuled, isEmpty: !isRuled && service === undefined };
}

/** Domains before it is known which of them the virtual host gets. */
interface Candidate extends Omit<Slot, "head"> {
  readonly name: string;
  readonly domains: ServiceDomains;
}

/** Which virtual hosts a RouteConfiguration has, with which domains. */
export function layOut(scope: ProxyScope, source: RouteSource): OutboundLayout {
  return new LayoutBuilder(scope, source).build();
}

class LayoutBuilder {
  readonly #scope: ProxyScope;
  readonly #source: RouteSource;
  readonly #rules = new HostMap<number>();
  /** Those that are about a service here. */
  readonly #selected = new Set<number>();
  readonly #unplaced = new Set<number>();
  readonly #candidates: Candidate[] = [];
  readonly #ignoresPort: boolean;

  constructor(scope: ProxyScope, source: RouteSource) {
    const { kind, listenerPort } = source.group;
    this.#scope = scope;
    this.#source = source;
    this.#ignoresPort = kind !== "grpc" && kind !== "rpc" && listenerPort !== 0;
    for (const [index, { hosts }] of source.egress.virtualServices.entries()) for (const host of hosts) this.#rules.add(host, index);
  }

  build(): OutboundLayout {
    const { kind, ports } = this.#source.group;
    for (const called of ports) this.#addService(called);
    const ignoresPort = this.#ignoresPort;
    if (kind === "sniffed" || kind === "grpc") {
      const slots = this.#candidates.slice(0, 1).map((candidate) => slotOf(candidate, ["*"], kind !== "grpc"));
      return { slots, conflicts: [], unplaced: this.#unplaced, fallsThrough: false, ignoresPort };
    }
    this.#addHostsWithoutService();
    const claims = new DomainClaims();
    const conflicts: DomainConflict[] = [];
    const slots = this.#settle(claims, conflicts);
    slots.sort((a, b) => (a.head.name < b.head.name ? -1 : 1));
    return { slots, conflicts, unplaced: this.#unplaced, fallsThrough: this.#fallsThrough() && !claims.has("*"), ignoresPort };
  }

  /** RPC calls name interfaces: they have an address to be passed on to only where connections are redirected. */
  #fallsThrough(): boolean {
    if (this.#source.group.kind !== "rpc") return true;
    const isRedirected = this.#source.egress.captureMode !== "none" && this.#scope.proxy.interception !== "none";
    return isRedirected && this.#scope.outboundPolicy === "allow-any";
  }

  #addService({ service, port, others }: CalledPort): void {
    const rpc = isRpc(port.protocol);
    const rule = this.#rules.find(service.hostname) ?? -1;
    const common = { targets: targetPorts(port, others), rpc, service, rule } as const;
    const name = domainWithPort(service.hostname, port.number);
    if (!rpc) {
      this.#add({ ...common, name, variant: undefined, domains: this.#httpDomains(service, port.number) });
      return;
    }
    // Who names the interface alone means the variant that is called so, if there is one.
    const plain = service.variants.find(({ authority }) => authority === service.hostname);
    this.#add({ ...common, name, variant: targetOf(service, plain), domains: rpcDomainsOf(service) });
    for (const variant of service.variants) {
      if (variant === plain) continue;
      const { authority } = variant;
      this.#add({
        ...common,
        name: domainWithPort(authority, port.number),
        variant: targetOf(service, variant),
        domains: onlyOwn([authority]),
      });
    }
    if (!isClosed(service)) return;
    const unknown = `${service.hostname}:*`;
    // Without routes: what no provider says that it has must not reach those of another version by the interface's name.
    this.#add({
      ...common,
      targets: [],
      name: domainWithPort(unknown, port.number),
      variant: undefined,
      rule: -1,
      domains: onlyOwn([unknown]),
    });
  }

  /** Istio: where a socket leads to all ports, a host without one means port 80. */
  #httpDomains(service: MeshService, port: number): ServiceDomains {
    const { dnsDomain } = this.#scope.proxy;
    if (this.#source.group.listenerPort !== 0) return httpDomainsOf(service, 0, dnsDomain);
    const domains = httpDomainsOf(service, port, dnsDomain);
    return port === 80 ? domains : withPortOnly(domains, port);
  }

  #add(candidate: Candidate): void {
    const { rule, domains } = candidate;
    if (domains.own.length === 0) return;
    const { isRuled, isEmpty } = routesFor(candidate, this.#source.egress.virtualServices[rule], this.#scope, this.#source);
    if (isRuled) this.#selected.add(rule);
    if (isEmpty) this.#unplaced.add(rule);
    else this.#candidates.push(candidate);
  }

  /**
   * Hosts of VirtualServices that are no services: of those that are about a service here too, or whose host a service with a wildcard has; at
   * port 80, where hosts outside of the mesh are called, of all (as Istio has it).
   */
  #addHostsWithoutService(): void {
    const { egress, group } = this.#source;
    const { ports, listenerPort, kind } = group;
    const hosts = new Set(ports.map(({ service }) => service.hostname.toLowerCase()));
    const wildcards = ports.filter(({ service }) => isWildcard(service.hostname));
    const port = listenerPort === 0 ? 80 : listenerPort;
    const rpc = kind === "rpc";
    const targets = targetsWithoutService(port, ports);
    for (const [rule, { hosts: ruled }] of egress.virtualServices.entries()) {
      const isWanted =
        this.#selected.has(rule) ||
        (!rpc && port === 80) ||
        ruled.some((host) => wildcards.some(({ service }) => coversHost(service.hostname, host)));
      if (!isWanted) continue;
      for (const host of ruled) {
        if (hosts.has(host.toLowerCase()) || this.#rules.get(host) !== rule) continue;
        if (isWildcard(host) && ports.some(({ service }) => coversHost(host, service.hostname))) continue;
        const domains = onlyOwn(this.#ignoresPort || rpc ? [domainOf(host)] : [domainOf(host), domainWithPort(host, port)]);
        this.#add({ name: domainWithPort(host, port), targets, rpc, variant: undefined, service: undefined, rule, domains });
      }
    }
  }

  /** Hosts go before short names and addresses, whoever has them. */
  #settle(claims: DomainClaims, conflicts: DomainConflict[]): Slot[] {
    for (const candidate of this.#candidates) for (const domain of candidate.domains.own) claims.claim(domain, candidate);
    const names = new Set<string>();
    const slots: Slot[] = [];
    for (const candidate of this.#candidates) {
      const { name } = candidate;
      const domains = claims.claimAll(candidate.domains.all, candidate, (domain) => {
        conflicts.push({ routeName: this.#source.group.name, domain, virtualHost: name });
      });
      if (domains.length === 0 || names.has(name)) {
        this.#unplaced.add(candidate.rule);
        continue;
      }
      names.add(name);
      // Of RPC it would be one more attachment in every call, for nobody to read.
      slots.push(slotOf(candidate, domains, !candidate.rpc));
    }
    return slots;
  }
}

/** All versions are known: it is not one of a ServiceEntry, and no provider may have others. */
const isClosed = ({ variants, aliases }: MeshService): boolean =>
  variants.length + aliases.length > 0 && !variants.some(({ name }) => name === anyVariant);

const targetOf = ({ hostname }: MeshService, variant: ServiceVariant | undefined): TargetVariant | undefined =>
  variant && { host: hostname, name: variant.name };

const slotOf = (
  { name, targets, rpc, variant, service, rule }: Candidate,
  domains: readonly string[],
  includesAttemptCount: boolean,
): Slot => ({
  head: { name, domains, requiresTls: false, includesAttemptCount },
  targets,
  rpc,
  variant,
  service,
  rule,
});

/** Of a host that is no service: its destinations may be ones that several protocols serve. */
function targetsWithoutService(port: number, called: readonly CalledPort[]): readonly TargetPort[] {
  const protocols = new Set(
    called.flatMap(({ port: own, others }) => (others.length === 0 ? [] : [own, ...others].map(({ protocol }) => protocol))),
  );
  protocols.delete("x");
  const ofProtocols = [...protocols].sort().map((protocol): TargetPort => ({ port, protocol, isForProtocol: true }));
  return [...ofProtocols, { port, protocol: undefined, isForProtocol: false }];
}

/** Routes for one protocol go before those for any. */
function targetPorts(port: ServicePort, others: readonly ServicePort[]): readonly TargetPort[] {
  const targets = [port, ...others].map(({ number, protocol }): TargetPort => {
    const isTold = isRpc(protocol) && protocol !== "x";
    return { port: number, protocol: isTold ? protocol : undefined, isForProtocol: isTold && others.length > 0 };
  });
  return others.length === 0
    ? targets
    : [...targets.filter((each) => each.isForProtocol), ...targets.filter((each) => !each.isForProtocol)];
}

function onlyOwn(names: readonly string[]): ServiceDomains {
  const own = names.filter(isDomain);
  return { own, others: [], all: own };
}

function withPortOnly(domains: ServiceDomains, port: number): ServiceDomains {
  const end = `:${port}`;
  const own = domains.own.filter((domain) => domain.endsWith(end));
  const others = domains.others.filter((domain) => domain.endsWith(end));
  return { own, others, all: [...own, ...others] };
}
