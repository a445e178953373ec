/** Findings about VirtualServices: what they point at, and whether they get in each other's way. */
import type { Config, Destination } from "../kinds/index.ts";
import { covers } from "../schema/hosts.ts";
import { finding, type Finding } from "./finding.ts";
import { fullHost } from "./services.ts";
import type { Mesh } from "./mesh.ts";

/** A destination, with how a message calls its place. */
interface Target {
  readonly destination: Destination;
  readonly place: string;
}

export function targetsOf({ spec }: Config<"VirtualService">): Target[] {
  const http = spec.http.flatMap(({ route, mirrors }, index) => [
    ...route.map(({ destination }) => ({ destination, place: `http[${index}].route` })),
    ...mirrors.map(({ destination }) => ({ destination, place: `http[${index}].mirror` })),
  ]);
  const tls = spec.tls.flatMap(({ route }, index) => route.map(({ destination }) => ({ destination, place: `tls[${index}].route` })));
  const tcp = spec.tcp.flatMap(({ route }, index) => route.map(({ destination }) => ({ destination, place: `tcp[${index}].route` })));
  return [...http, ...tls, ...tcp];
}

export function analyzeDestinations(mesh: Mesh): Finding[] {
  return mesh.virtualServices.flatMap((service) =>
    targetsOf(service).flatMap(({ destination: { host, subset, port }, place }) => {
      const found: Finding[] = [];
      const services = mesh.services.find(host, service.namespace);
      if (services.length === 0) {
        found.push(finding("IST0101", service, `${place} goes to the host ${host}, which no service and no ServiceEntry has.`));
      }
      if (subset !== undefined && !mesh.subsetsOf(host, service.namespace).some(({ name }) => name === subset)) {
        found.push(finding("IST0101", service, `${place} goes to the subset ${subset} of ${host}, which no DestinationRule defines.`));
      }
      const ports = [...new Set(services.flatMap((known) => known.ports ?? []))];
      if (port === undefined && ports.length > 1) {
        found.push(finding("IST0112", service, `${place} goes to ${host}, which has the ports ${ports.join(", ")}: name one.`));
      }
      if (port !== undefined && ports.length > 0 && !ports.includes(port)) {
        found.push(finding("MESH0006", service, `${place} goes to port ${port} of ${host}, which has only ${ports.join(", ")}.`));
      }
      return found;
    }),
  );
}

export function analyzeGatewayReferences(mesh: Mesh): Finding[] {
  return mesh.virtualServices.flatMap((service) => {
    const inMatches = service.spec.http.flatMap(({ match }) => match.flatMap(({ gateways }) => gateways));
    const names = new Set([...service.spec.gateways, ...inMatches].filter((name) => name !== "mesh"));
    return [...names].flatMap((name) => {
      const gateway = mesh.gateway(name, service.namespace);
      if (gateway === undefined) return [finding("IST0101", service, `The Gateway ${name} does not exist.`)];
      const hosts = gateway.spec.servers.flatMap((server) =>
        server.hosts.map((host) => visibleHost(host, gateway.namespace, service.namespace)),
      );
      const missing = service.spec.hosts.filter(
        (host) => !hosts.some((other) => other !== undefined && (covers(other, host) || covers(host, other))),
      );
      if (missing.length === 0 || service.spec.hosts.length === 0) return [];
      return [finding("IST0132", service, `The Gateway ${name} has no server for ${missing.join(", ")}.`)];
    });
  });
}

/** The host of a gateway's server, where VirtualServices of a namespace may use it. */
function visibleHost(host: string, gatewayNamespace: string, namespace: string): string | undefined {
  const slash = host.indexOf("/");
  if (slash < 0) return host;
  const allowed = host.slice(0, slash);
  const isAllowed = allowed === "*" || allowed === namespace || (allowed === "." && gatewayNamespace === namespace);
  return isAllowed ? host.slice(slash + 1) : undefined;
}

/** Two VirtualServices of sidecars for one host: only one of them counts. */
export function analyzeMeshHosts(mesh: Mesh): Finding[] {
  const owners = new Map<string, Config<"VirtualService">[]>();
  for (const service of mesh.virtualServices) {
    if (!service.spec.gateways.includes("mesh")) continue;
    for (const host of service.spec.hosts) {
      const full = fullHost(host, service.namespace, mesh.domain);
      const scopes = service.spec.exportTo.length === 0 ? mesh.settings.defaultVirtualServiceExportTo : service.spec.exportTo;
      for (const scope of scopes) {
        const key = `${full} ${scope === "." ? service.namespace : scope}`;
        owners.set(key, [...(owners.get(key) ?? []), service]);
      }
    }
  }
  return [...owners].flatMap(([key, services]) => {
    const unique = [...new Set(services)];
    const names = unique.map(({ namespace, name }) => `${namespace}/${name}`).join(", ");
    const host = key.slice(0, key.indexOf(" "));
    return unique.length < 2
      ? []
      : unique.map((service) => finding("IST0109", service, `The VirtualServices ${names} all have the host ${host}: merge them.`));
  });
}

export function analyzeDelegates(mesh: Mesh): Finding[] {
  const used = new Set<Config<"VirtualService">>();
  const broken = mesh.virtualServices.flatMap((service) =>
    service.spec.http.flatMap(({ delegate }, index) => {
      if (delegate === undefined) return [];
      const namespace = delegate.namespace ?? service.namespace;
      const place = `http[${index}]`;
      const target = mesh.virtualServices.find((other) => other.name === delegate.name && other.namespace === namespace);
      if (target === undefined)
        return [
          finding("IST0101", service, `${place} delegates to the VirtualService ${namespace}/${delegate.name}, which does not exist.`),
        ];
      used.add(target);
      if (target.spec.hosts.length > 0) {
        return [
          finding(
            "IST0101",
            service,
            `${place} delegates to the VirtualService ${namespace}/${delegate.name}, which has hosts and so is no delegate.`,
          ),
        ];
      }
      const scopes = target.spec.exportTo.length === 0 ? mesh.settings.defaultVirtualServiceExportTo : target.spec.exportTo;
      const isVisible = scopes.some(
        (scope) => scope === "*" || scope === service.namespace || (scope === "." && namespace === service.namespace),
      );
      return isVisible
        ? []
        : [
            finding(
              "MESH0007",
              service,
              `${place} delegates to ${namespace}/${delegate.name}, which is not exported to ${service.namespace}.`,
            ),
          ];
    }),
  );
  const unused = mesh.virtualServices.filter((service) => service.spec.hosts.length === 0 && !used.has(service));
  return [...broken, ...unused.map((service) => finding("MESH0002", service, "It has no hosts, and no VirtualService delegates to it."))];
}
