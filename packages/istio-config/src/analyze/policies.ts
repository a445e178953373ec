/** Findings about DestinationRules, ServiceEntries, Gateways and Sidecars. */
import type { ClientTlsSettings, Config, IstioConfig } from "../kinds/index.ts";
import type { FieldPath } from "../problem.ts";
import { isHttpProtocol, isRpcProtocol, isTlsProtocol } from "../protocol.ts";
import { covers } from "../schema/hosts.ts";
import { finding, type Draft } from "./finding.ts";
import { byNamespace, type Mesh } from "./mesh.ts";
import { nameSpacesOf, targetsOf } from "./routes.ts";
import { fullHost } from "./services.ts";

export function analyzeDestinationRules(mesh: Mesh): Draft[] {
  const used = mesh.virtualServices.flatMap((service) =>
    targetsOf(service).flatMap(({ destination: { host, subset } }) =>
      nameSpacesOf(mesh, service).map(({ namespace }) => ({ host: fullHost(host, namespace, mesh.domain), subset })),
    ),
  );
  return mesh.destinationRules.flatMap((rule) => {
    const { host, subsets } = rule.spec;
    const full = fullHost(host, rule.namespace, mesh.domain);
    const services = mesh.services.find(host, rule.namespace);
    const unknown =
      services.length === 0
        ? [finding("IST0101", rule, `The host ${host} is that of no service and no ServiceEntry.`, ["spec", "host"])]
        : [];
    const instances = services.flatMap((service) => service.instances ?? []);
    const odd = subsets.flatMap(({ name, labels }, index) => {
      const isUsed = used.some((target) => target.subset === name && covers(full, target.host));
      const isEmpty = instances.length > 0 && !instances.some((own) => Object.entries(labels).every(([key, value]) => own[key] === value));
      const path = ["spec", "subsets", index];
      return [
        ...(isUsed ? [] : [finding("MESH0001", rule, `No VirtualService routes to the subset ${name}.`, [...path, "name"])]),
        ...(isEmpty ? [finding("IST0101", rule, `No instance of ${host} has the labels of the subset ${name}.`, [...path, "labels"])] : []),
      ];
    });
    return [...unknown, ...odd, ...unverified(rule)];
  });
}

/** Istio's codes say that nothing is verified, as it once was: now the authorities that the system trusts count. */
function unverified(rule: Config<"DestinationRule">): Draft[] {
  const { host, trafficPolicy } = rule.spec;
  const isBlind = (tls: ClientTlsSettings | undefined): tls is ClientTlsSettings =>
    tls !== undefined && tls.mode !== "DISABLE" && tls.caCertificates === undefined && tls.insecureSkipVerify !== true;
  const words = "has no caCertificates: all authorities that the proxy's system trusts count. Name a file, or system to say so.";
  const whole = isBlind(trafficPolicy?.tls) ? [finding("IST0128", rule, `TLS to ${host} ${words}`, ["spec", "trafficPolicy", "tls"])] : [];
  const ports = (trafficPolicy?.portLevelSettings ?? []).flatMap(({ port, tls }, index) =>
    isBlind(tls)
      ? [finding("IST0129", rule, `TLS to port ${port} of ${host} ${words}`, ["spec", "trafficPolicy", "portLevelSettings", index, "tls"])]
      : [],
  );
  return [...whole, ...ports];
}

/** Rules of one namespace for one host and the same clients: Istio merges their subsets, but takes one traffic policy. */
export function analyzeRuleConflicts(mesh: Mesh): Draft[] {
  const groups = Map.groupBy(mesh.destinationRules, ({ namespace, spec }) =>
    JSON.stringify([namespace, fullHost(spec.host, namespace, mesh.domain), spec.workloadSelector ?? null]),
  );
  return [...groups.values()].flatMap((group) => {
    if (group.filter(({ spec }) => spec.trafficPolicy !== undefined).length < 2) return [];
    const names = group.map(({ name }) => name).join(", ");
    return group.map((rule) =>
      finding("MESH0003", rule, `The DestinationRules ${names} all have a traffic policy for ${rule.spec.host}: one counts.`, [
        "spec",
        "trafficPolicy",
      ]),
    );
  });
}

export function analyzeServiceEntries(mesh: Mesh): Draft[] {
  return [...mesh.serviceEntries.flatMap(portsWithoutAddress), ...sharedHosts(mesh)];
}

function portsWithoutAddress(entry: Config<"ServiceEntry">): Draft[] {
  const { addresses, ports, resolution } = entry.spec;
  if (addresses.length > 0 || resolution !== "NONE") return [];
  return ports.flatMap(({ name, protocol = "TCP" }, index) =>
    isHttpProtocol(protocol) || isTlsProtocol(protocol) || isRpcProtocol(protocol)
      ? []
      : [
          finding("IST0134", entry, `Port ${name} carries TCP, so without addresses nothing tells which connections are meant.`, [
            "spec",
            "ports",
            index,
          ]),
        ],
  );
}

interface HostOwner {
  readonly entry: Config<"ServiceEntry">;
  readonly host: string;
  readonly index: number;
}

/** ServiceEntries of one namespace are one service where they agree with the oldest one (Istio: canMergeServices); otherwise that one counts. */
function sharedHosts(mesh: Mesh): Draft[] {
  const owners = mesh.serviceEntries.flatMap((entry) => entry.spec.hosts.map((host, index): HostOwner => ({ entry, host, index })));
  return [...Map.groupBy(owners, ({ host }) => host).values()].flatMap((all) =>
    [...Map.groupBy(all, ({ entry }) => entry.namespace).values()].flatMap((group) => {
      const foreign = all.filter(({ entry }) => entry.namespace !== group[0]?.entry.namespace);
      return sharedInNamespace(
        group.toSorted((a, b) => byAge(a.entry, b.entry)),
        foreign,
      );
    }),
  );
}

function sharedInNamespace(group: readonly HostOwner[], foreign: readonly HostOwner[]): Draft[] {
  const [first, ...others] = group;
  if (first === undefined || others.length === 0) return [];
  const merged = [first, ...others.filter(({ entry }) => conflictsOf(first.entry, entry).length === 0)];
  const left = others.filter((owner) => !merged.includes(owner));
  const names = merged.map(({ entry }) => entry.name).join(", ");
  const apart = foreign.map(({ entry }) => `${entry.namespace}/${entry.name}`).join(", ");
  const note = apart === "" ? "" : `; those of other namespaces (${apart}) are other services`;
  const at = ({ index }: HostOwner): FieldPath => ["spec", "hosts", index];
  const together = merged.length < 2 ? [] : merged;
  return [
    ...together.map((owner) =>
      finding(
        "MESH0008",
        owner.entry,
        `The ServiceEntries ${names} all have the host ${owner.host}: their ports and endpoints are merged${note}.`,
        at(owner),
      ),
    ),
    ...left.map((owner) =>
      finding(
        "MESH0004",
        owner.entry,
        `The ServiceEntry ${first.entry.name} has the host ${owner.host}, too, and counts alone, as they differ in ${conflictsOf(first.entry, owner.entry).join(", ")}: with the same ones they would be merged.`,
        at(owner),
      ),
    ),
  ];
}

function conflictsOf({ spec: one, labels }: Config<"ServiceEntry">, { spec: other, labels: others }: Config<"ServiceEntry">): string[] {
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ["resolution", one.resolution, other.resolution],
    ["labels", sorted(labels), sorted(others)],
    ["workloadSelector", sorted(one.workloadSelector?.labels ?? {}), sorted(other.workloadSelector?.labels ?? {})],
    ["exportTo", one.exportTo.toSorted(), other.exportTo.toSorted()],
  ];
  return pairs.flatMap(([field, a, b]) => (JSON.stringify(a) === JSON.stringify(b) ? [] : [field]));
}

/** The oldest first, those whose age is not known before; then by name. */
function byAge(a: IstioConfig, b: IstioConfig): number {
  return (a.creationTimestamp ?? 0) - (b.creationTimestamp ?? 0) || (a.name < b.name ? -1 : 1);
}

export function analyzeGateways(mesh: Mesh): Draft[] {
  const names = new Set(
    mesh.virtualServices.flatMap((service) => {
      const inMatches = service.spec.http.flatMap(({ match }) => match.flatMap(({ gateways }) => gateways));
      return [...service.spec.gateways, ...inMatches].map((name) => mesh.gateway(name, service.namespace));
    }),
  );
  const unused = mesh.gateways.filter(
    (gateway) => !names.has(gateway) && !gateway.spec.servers.every(({ tls }) => tls?.httpsRedirect === true),
  );
  return [
    ...unused.map((gateway) => finding("MESH0005", gateway, "No VirtualService uses it.", ["metadata", "name"])),
    ...gatewayConflicts(mesh),
  ];
}

function gatewayConflicts(mesh: Mesh): Draft[] {
  return mesh.gateways.flatMap((gateway, index) =>
    mesh.gateways.flatMap((other, position) => {
      if (position === index || JSON.stringify(sorted(gateway.spec.selector)) !== JSON.stringify(sorted(other.spec.selector))) return [];
      return gateway.spec.servers.flatMap((server, place) =>
        other.spec.servers.flatMap((foreign) => {
          const isSamePort = server.port.number === foreign.port.number && (server.bind ?? "") === (foreign.bind ?? "");
          const hosts = server.hosts.filter((host) => foreign.hosts.includes(host));
          const [first] = hosts;
          if (!isSamePort || first === undefined) return [];
          const message = `The Gateway ${other.namespace}/${other.name} has the same workloads, port ${server.port.number} and hosts ${hosts.join(", ")}.`;
          return [finding("IST0145", gateway, message, ["spec", "servers", place, "hosts", server.hosts.indexOf(first)])];
        }),
      );
    }),
  );
}

function sorted(labels: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

export function analyzeSidecars(mesh: Mesh): Draft[] {
  const general = mesh.sidecars.filter(({ spec }) => Object.keys(spec.workloadSelector?.labels ?? {}).length === 0);
  const crowded = [...byNamespace(general)].flatMap(([namespace, group]) => {
    const names = group.map(({ name }) => name).join(", ");
    return group.length < 2
      ? []
      : group.map((sidecar) =>
          finding("IST0111", sidecar, `The Sidecars ${names} of ${namespace} have no workloadSelector: one counts.`, ["metadata", "name"]),
        );
  });
  const unknown = mesh.sidecars.flatMap((sidecar) =>
    sidecar.spec.egress.flatMap(({ hosts }, index) =>
      hosts.flatMap((entry, at) => {
        const host = entry.slice(entry.indexOf("/") + 1);
        if (entry.startsWith("~/") || host === "*" || mesh.services.find(host, sidecar.namespace).length > 0) return [];
        return [
          finding("IST0101", sidecar, `egress[${index}] names the host ${entry}, which no service and no ServiceEntry has.`, [
            "spec",
            "egress",
            index,
            "hosts",
            at,
          ]),
        ];
      }),
    ),
  );
  return [...crowded, ...unknown];
}
