/** Findings about DestinationRules, ServiceEntries, Gateways and Sidecars. */
import type { ClientTlsSettings, Config } from "../kinds/index.ts";
import { isHttpProtocol, isRpcProtocol, isTlsProtocol } from "../protocol.ts";
import { covers } from "../schema/hosts.ts";
import { finding, type Finding } from "./finding.ts";
import { byNamespace, type Mesh } from "./mesh.ts";
import { targetsOf } from "./routes.ts";
import { fullHost } from "./services.ts";

export function analyzeDestinationRules(mesh: Mesh): Finding[] {
  const used = mesh.virtualServices.flatMap((service) =>
    targetsOf(service).map(({ destination: { host, subset } }) => ({ host: fullHost(host, service.namespace, mesh.domain), subset })),
  );
  return mesh.destinationRules.flatMap((rule) => {
    const { host, subsets } = rule.spec;
    const full = fullHost(host, rule.namespace, mesh.domain);
    const services = mesh.services.find(host, rule.namespace);
    const unknown = services.length === 0 ? [finding("IST0101", rule, `The host ${host} is that of no service and no ServiceEntry.`)] : [];
    const unused = subsets
      .filter(({ name }) => !used.some((target) => target.subset === name && covers(full, target.host)))
      .map(({ name }) => finding("MESH0001", rule, `No VirtualService routes to the subset ${name}.`));
    const instances = services.flatMap((service) => service.instances ?? []);
    const empty = subsets
      .filter(
        ({ labels }) =>
          instances.length > 0 && !instances.some((own) => Object.entries(labels).every(([key, value]) => own[key] === value)),
      )
      .map(({ name }) => finding("IST0101", rule, `No instance of ${host} has the labels of the subset ${name}.`));
    return [...unknown, ...unused, ...empty, ...unverified(rule)];
  });
}

function unverified(rule: Config<"DestinationRule">): Finding[] {
  const { host, trafficPolicy } = rule.spec;
  const isBlind = (tls: ClientTlsSettings | undefined): tls is ClientTlsSettings =>
    tls !== undefined && tls.mode !== "DISABLE" && tls.caCertificates === undefined && tls.insecureSkipVerify !== true;
  const whole = isBlind(trafficPolicy?.tls)
    ? [finding("IST0128", rule, `TLS to ${host} has no caCertificates, so the server is not verified.`)]
    : [];
  const ports = (trafficPolicy?.portLevelSettings ?? [])
    .filter(({ tls }) => isBlind(tls))
    .map(({ port }) => finding("IST0129", rule, `TLS to port ${port} of ${host} has no caCertificates, so the server is not verified.`));
  return [...whole, ...ports];
}

/** Rules of one namespace for one host and the same clients: Istio merges their subsets, but takes one traffic policy. */
export function analyzeRuleConflicts(mesh: Mesh): Finding[] {
  const groups = Map.groupBy(mesh.destinationRules, ({ namespace, spec }) =>
    JSON.stringify([namespace, fullHost(spec.host, namespace, mesh.domain), spec.workloadSelector ?? null]),
  );
  return [...groups.values()].flatMap((group) => {
    if (group.filter(({ spec }) => spec.trafficPolicy !== undefined).length < 2) return [];
    const names = group.map(({ name }) => name).join(", ");
    return group.map((rule) =>
      finding("MESH0003", rule, `The DestinationRules ${names} all have a traffic policy for ${rule.spec.host}: one counts.`),
    );
  });
}

export function analyzeServiceEntries(mesh: Mesh): Finding[] {
  const bare = mesh.serviceEntries.flatMap((entry) => {
    const { addresses, ports, resolution } = entry.spec;
    if (addresses.length > 0 || resolution !== "NONE") return [];
    const plain = ports.filter(({ protocol = "TCP" }) => !isHttpProtocol(protocol) && !isTlsProtocol(protocol) && !isRpcProtocol(protocol));
    return plain.map(({ name }) =>
      finding("IST0134", entry, `Port ${name} carries TCP, so without addresses nothing tells which connections are meant.`),
    );
  });
  const owners = Map.groupBy(
    mesh.serviceEntries.flatMap((entry) => entry.spec.hosts.map((host) => ({ host, entry }))),
    ({ host, entry }) => `${host} ${entry.namespace}`,
  );
  const twice = [...owners.values()].flatMap((group) => {
    if (group.length < 2) return [];
    const names = group.map(({ entry }) => entry.name).join(", ");
    return group.map(({ host, entry }) => finding("MESH0004", entry, `The ServiceEntries ${names} all have the host ${host}.`));
  });
  return [...bare, ...twice];
}

export function analyzeGateways(mesh: Mesh): Finding[] {
  const names = new Set(
    mesh.virtualServices.flatMap((service) => {
      const inMatches = service.spec.http.flatMap(({ match }) => match.flatMap(({ gateways }) => gateways));
      return [...service.spec.gateways, ...inMatches].map((name) => mesh.gateway(name, service.namespace));
    }),
  );
  const unused = mesh.gateways.filter(
    (gateway) => !names.has(gateway) && !gateway.spec.servers.every(({ tls }) => tls?.httpsRedirect === true),
  );
  return [...unused.map((gateway) => finding("MESH0005", gateway, "No VirtualService uses it.")), ...gatewayConflicts(mesh)];
}

function gatewayConflicts(mesh: Mesh): Finding[] {
  return mesh.gateways.flatMap((gateway, index) =>
    mesh.gateways.flatMap((other, position) => {
      if (position === index || JSON.stringify(sorted(gateway.spec.selector)) !== JSON.stringify(sorted(other.spec.selector))) return [];
      return gateway.spec.servers.flatMap((server) =>
        other.spec.servers.flatMap((foreign) => {
          const isSamePort = server.port.number === foreign.port.number && (server.bind ?? "") === (foreign.bind ?? "");
          const hosts = server.hosts.filter((host) => foreign.hosts.includes(host));
          if (!isSamePort || hosts.length === 0) return [];
          const message = `The Gateway ${other.namespace}/${other.name} has the same workloads, port ${server.port.number} and hosts ${hosts.join(", ")}.`;
          return [finding("IST0145", gateway, message)];
        }),
      );
    }),
  );
}

function sorted(labels: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

export function analyzeSidecars(mesh: Mesh): Finding[] {
  const general = mesh.sidecars.filter(({ spec }) => Object.keys(spec.workloadSelector?.labels ?? {}).length === 0);
  const crowded = [...byNamespace(general)].flatMap(([namespace, group]) => {
    const names = group.map(({ name }) => name).join(", ");
    return group.length < 2
      ? []
      : group.map((sidecar) => finding("IST0111", sidecar, `The Sidecars ${names} of ${namespace} have no workloadSelector: one counts.`));
  });
  const unknown = mesh.sidecars.flatMap((sidecar) =>
    sidecar.spec.egress.flatMap(({ hosts }, index) =>
      hosts.flatMap((entry) => {
        const host = entry.slice(entry.indexOf("/") + 1);
        if (entry.startsWith("~/") || host === "*" || mesh.services.find(host, sidecar.namespace).length > 0) return [];
        return [finding("IST0101", sidecar, `egress[${index}] names the host ${entry}, which no service and no ServiceEntry has.`)];
      }),
    ),
  );
  return [...crowded, ...unknown];
}
