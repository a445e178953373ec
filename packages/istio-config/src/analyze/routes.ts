/** Findings about VirtualServices: what they point at, and whether they get in each other's way. */
import type { Config, Destination } from "../kinds/index.ts";
import type { FieldPath } from "../problem.ts";
import { covers } from "../schema/hosts.ts";
import { finding, type Draft } from "./finding.ts";
import { fullHost } from "./services.ts";
import type { Mesh } from "./mesh.ts";

/** A destination, with how a message calls its place, and where it may stand. */
interface Target {
  readonly destination: Destination;
  readonly place: string;
  readonly paths: readonly FieldPath[];
}

/** The namespace in which short names of a VirtualService are found, and why if it is not its own. */
interface NameSpace {
  readonly namespace: string;
  readonly reason: string;
}

export function targetsOf({ spec }: Config<"VirtualService">): Target[] {
  const http = spec.http.flatMap(({ route, mirrors }, index) => [
    ...targetsIn("http", index, route),
    ...mirrors.map(({ destination }, at) => ({
      destination,
      place: `http[${index}].mirror`,
      paths: [
        ["spec", "http", index, "mirrors", at, "destination"],
        ["spec", "http", index, "mirror"],
      ],
    })),
  ]);
  const tls = spec.tls.flatMap(({ route }, index) => targetsIn("tls", index, route));
  const tcp = spec.tcp.flatMap(({ route }, index) => targetsIn("tcp", index, route));
  return [...http, ...tls, ...tcp];
}

function targetsIn(kind: string, index: number, route: readonly { readonly destination: Destination }[]): Target[] {
  return route.map(({ destination }, at) => ({
    destination,
    place: `${kind}[${index}].route`,
    paths: [["spec", kind, index, "route", at, "destination"]],
  }));
}

/** Rules of a delegate are put into those of its roots before their names are made full ones (Istio: mergeVirtualServicesIfNeeded). */
export function nameSpacesOf(mesh: Mesh, service: Config<"VirtualService">): readonly NameSpace[] {
  const own = [{ namespace: service.namespace, reason: "" }];
  if (service.spec.hosts.length > 0) return own;
  const roots = Map.groupBy(mesh.rootsOf(service), ({ namespace }) => namespace);
  if (roots.size === 0) return own;
  return [...roots].map(([namespace, [root]]) => ({
    namespace,
    reason: namespace === service.namespace ? "" : ` in ${namespace}, the namespace of ${root?.name ?? ""}, which delegates to it`,
  }));
}

export function analyzeDestinations(mesh: Mesh): Draft[] {
  return mesh.virtualServices.flatMap((service) => {
    const spaces = nameSpacesOf(mesh, service);
    return targetsOf(service).flatMap((target) => {
      // A full name is the same everywhere.
      const isShort = fullHost(target.destination.host, "", mesh.domain) !== target.destination.host;
      return (isShort ? spaces : spaces.slice(0, 1)).flatMap((space) => checkTarget(mesh, service, target, space));
    });
  });
}

function checkTarget(mesh: Mesh, service: Config<"VirtualService">, target: Target, { namespace, reason }: NameSpace): Draft[] {
  const { host, subset, port } = target.destination;
  const found: Draft[] = [];
  const add = (code: Draft["code"], words: string, ...field: FieldPath): void => {
    found.push(finding(code, service, `${target.place} goes to ${words}`, ...target.paths.map((path) => [...path, ...field])));
  };
  const services = mesh.services.find(host, namespace);
  const where = fullHost(host, namespace, mesh.domain) === host ? "" : reason;
  if (services.length === 0) add("IST0101", `the host ${host}, which no service and no ServiceEntry has${where}.`, "host");
  if (subset !== undefined && !mesh.subsetsOf(host, namespace).some(({ name }) => name === subset)) {
    add("IST0101", `the subset ${subset} of ${host}, which no DestinationRule defines${where}.`, "subset");
  }
  const ports = [...new Set(services.flatMap((known) => known.ports ?? []))];
  if (port === undefined && ports.length > 1) {
    add("IST0112", `${host}, which has the ports ${ports.join(", ")}${where}: name one.`, "host");
  }
  if (port !== undefined && ports.length > 0 && !ports.includes(port)) {
    add("MESH0006", `port ${port} of ${host}, which has only ${ports.join(", ")}${where}.`, "port", "number");
  }
  return found;
}

export function analyzeGatewayReferences(mesh: Mesh): Draft[] {
  return mesh.virtualServices.flatMap((service) => {
    const own = service.spec.gateways.map((name, at) => ({ name, path: ["spec", "gateways", at] }));
    const inMatches = service.spec.http.flatMap(({ match }, index) =>
      match.flatMap(({ gateways }, place) =>
        gateways.map((name, at) => ({ name, path: ["spec", "http", index, "match", place, "gateways", at] })),
      ),
    );
    const named = Map.groupBy([...own, ...inMatches], ({ name }) => name);
    named.delete("mesh");
    return [...named].flatMap(([name, uses]) => {
      const gateway = mesh.gateway(name, service.namespace);
      const paths = uses.slice(0, 1).map(({ path }) => path);
      if (gateway === undefined) return [finding("IST0101", service, `The Gateway ${name} does not exist.`, ...paths)];
      const hosts = gateway.spec.servers.flatMap((server) =>
        server.hosts.map((host) => visibleHost(host, gateway.namespace, service.namespace)),
      );
      const missing = service.spec.hosts.filter(
        (host) => !hosts.some((other) => other !== undefined && (covers(other, host) || covers(host, other))),
      );
      const [first] = missing;
      if (first === undefined) return [];
      const path = ["spec", "hosts", service.spec.hosts.indexOf(first)];
      return [finding("IST0132", service, `The Gateway ${name} has no server for ${missing.join(", ")}.`, path)];
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
export function analyzeMeshHosts(mesh: Mesh): Draft[] {
  const owners = new Map<string, { readonly service: Config<"VirtualService">; readonly index: number }[]>();
  for (const service of mesh.virtualServices) {
    if (!service.spec.gateways.includes("mesh")) continue;
    for (const [index, host] of service.spec.hosts.entries()) {
      const full = fullHost(host, service.namespace, mesh.domain);
      const scopes = service.spec.exportTo.length === 0 ? mesh.settings.defaultVirtualServiceExportTo : service.spec.exportTo;
      for (const scope of scopes) {
        const key = `${full} ${scope === "." ? service.namespace : scope}`;
        owners.set(key, [...(owners.get(key) ?? []), { service, index }]);
      }
    }
  }
  return [...owners].flatMap(([key, places]) => {
    const unique = places.filter(({ service }, at) => places.findIndex((other) => other.service === service) === at);
    const names = unique.map(({ service: { namespace, name } }) => `${namespace}/${name}`).join(", ");
    const message = `The VirtualServices ${names} all have the host ${key.slice(0, key.indexOf(" "))}: merge them.`;
    return unique.length < 2 ? [] : unique.map(({ service, index }) => finding("IST0109", service, message, ["spec", "hosts", index]));
  });
}

export function analyzeDelegates(mesh: Mesh): Draft[] {
  const used = new Set<Config<"VirtualService">>();
  const broken = mesh.virtualServices.flatMap((service) =>
    service.spec.http.flatMap(({ delegate }, index) => {
      if (delegate === undefined) return [];
      const namespace = delegate.namespace ?? service.namespace;
      const path = ["spec", "http", index, "delegate"];
      const words = `http[${index}] delegates to the VirtualService ${namespace}/${delegate.name}`;
      const target = mesh.virtualServices.find((other) => other.name === delegate.name && other.namespace === namespace);
      if (target === undefined) return [finding("IST0101", service, `${words}, which does not exist.`, path)];
      used.add(target);
      if (target.spec.hosts.length > 0) return [finding("IST0101", service, `${words}, which has hosts and so is no delegate.`, path)];
      const scopes = target.spec.exportTo.length === 0 ? mesh.settings.defaultVirtualServiceExportTo : target.spec.exportTo;
      const isVisible = scopes.some(
        (scope) => scope === "*" || scope === service.namespace || (scope === "." && namespace === service.namespace),
      );
      return isVisible ? [] : [finding("MESH0007", service, `${words}, which is not exported to ${service.namespace}.`, path)];
    }),
  );
  const unused = mesh.virtualServices.filter((service) => service.spec.hosts.length === 0 && !used.has(service));
  const message = "It has no hosts, and no VirtualService delegates to it.";
  return [...broken, ...unused.map((service) => finding("MESH0002", service, message, ["metadata", "name"]))];
}
