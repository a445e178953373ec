import { isWildcard, type MeshService } from "../../model/index.ts";
import { domainOf, domainWithPort } from "../names.ts";

/** The names by which a proxy's application may call a service. */
export interface ServiceDomains {
  /** The host itself and what it is called in full. */
  readonly own: readonly string[];
  /** Short names and addresses: they give way to the hosts of others. */
  readonly others: readonly string[];
  /** `own`, then `others`. */
  readonly all: readonly string[];
}

const noDomains: ServiceDomains = { own: [], others: [], all: [] };

/** Shared by the proxies of a namespace, and where it plays no part by all. */
const known = new WeakMap<MeshService, Map<string, ServiceDomains>>();

function remembered(service: MeshService, key: string, make: () => ServiceDomains): ServiceDomains {
  let byKey = known.get(service);
  if (byKey === undefined) {
    byKey = new Map();
    known.set(service, byKey);
  }
  let domains = byKey.get(key);
  if (domains === undefined) {
    domains = make();
    byKey.set(key, domains);
  }
  return domains;
}

/** Longer than any name that is meant, and shorter than what proxies accept of a domain (mosn: 16,384 bytes). */
const longestDomain = 4096;

/**
 * Whether a name can be a virtual host's domain. One that cannot would have proxies refuse all others of the RouteConfiguration with it (Envoy
 * demands HTTP_HEADER_VALUE). Lone surrogates have no bytes: two of them would become the same domain.
 */
export const isDomain = (name: string): boolean =>
  name !== "" && name.length <= longestDomain && !/[\0-\x1f\x7f]/u.test(name) && name.isWellFormed();

/** Each once, whatever its case, and without those that cannot be. Without a host there are no others. */
function domainsOf(named: readonly string[], others: readonly string[]): ServiceDomains {
  const own = named.filter(isDomain);
  if (own.length === 0) return noDomains;
  const seen = new Set(own.map((domain) => domain.toLowerCase()));
  const further: string[] = [];
  for (const domain of others) {
    const key = domain.toLowerCase();
    if (seen.has(key) || !isDomain(domain)) continue;
    seen.add(key);
    further.push(domain);
  }
  return { own, others: further, all: [...own, ...further] };
}

/**
 * Of a service that is called by HTTP. A list without ports is for RouteConfigurations that ignore ports.
 *
 * @param port 0: without ports
 * @param dnsDomain of the proxy: `shop.svc.cluster.local`
 */
export function httpDomainsOf(service: MeshService, port: number, dnsDomain: string): ServiceDomains {
  const short = shortNames(service.hostname, dnsDomain);
  return remembered(service, `${port} ${short.join(" ")}`, () => {
    const others = [...short, ...service.aliases, ...addressesOf(service)];
    return port === 0
      ? domainsOf([service.hostname], others.map(domainOf))
      : domainsOf(
          withPort(service.hostname, port),
          others.flatMap((name) => withPort(name, port)),
        );
  });
}

const withPort = (name: string, port: number): readonly string[] => (name === "" ? [] : [domainOf(name), domainWithPort(name, port)]);

/** Of a service that is called by RPC: callers name the interface, or one of its variants. */
export function rpcDomainsOf(service: MeshService): ServiceDomains {
  return remembered(service, "rpc", () => domainsOf([service.hostname], [...service.aliases, ...addressesOf(service).map(domainOf)]));
}

/** Blocks of addresses are for listeners: no request names one. */
function addressesOf({ addresses, allottedAddress }: MeshService): readonly string[] {
  const single = addresses.filter((address) => !address.includes("/") && address !== "0.0.0.0" && address !== "::");
  return allottedAddress === undefined || single.includes(allottedAddress) ? single : [...single, allottedAddress];
}

/**
 * What a resolver with the proxy's search domains completes to this host. Istio: in Kubernetes' scheme `a`, `a.ns` and `a.ns.svc` of
 * `a.ns.svc.cluster.local`, the first only for proxies of that namespace; in others what the two do not share.
 */
export function shortNames(hostname: string, dnsDomain: string): readonly string[] {
  if (dnsDomain.includes(".svc.")) return kubernetesNames(hostname, dnsDomain);
  const host = hostname.split(".");
  const domain = dnsDomain.split(".");
  let shared = 0;
  while (shared < Math.min(host.length, domain.length) && host.at(-1 - shared) === domain.at(-1 - shared)) shared++;
  if (shared === 0 || shared === host.length || isWildcard(hostname)) return none;
  const unique = host.slice(0, host.length - shared);
  const name = unique.join(".");
  return unique.length === 2 ? [name, `${name}.${host[unique.length] ?? ""}`] : [name];
}

const none: readonly string[] = [];

function kubernetesNames(hostname: string, dnsDomain: string): readonly string[] {
  const domainStart = dnsDomain.indexOf(".svc.");
  const start = hostname.indexOf(".svc.");
  if (start <= 0 || !hostname.endsWith(dnsDomain.slice(domainStart))) return none;
  const dot = hostname.indexOf(".");
  if (dot + 1 > start) return none;
  const qualified = hostname.slice(0, start);
  const isOwnNamespace = start - dot - 1 === domainStart && dnsDomain.startsWith(hostname.slice(dot + 1, start));
  // Of a wildcard the first name alone would be every host.
  if (!isOwnNamespace || isWildcard(hostname)) return [qualified, `${qualified}.svc`];
  return [hostname.slice(0, dot), `${qualified}.svc`, qualified];
}
