import type { CaptureMode, Config, IstioEgressListener } from "@mesh/istio-config";
import { coversHost, overlaps, protocolOfPort, type MeshService } from "../model/index.ts";
import { isVisibleTo, type VirtualServiceRule } from "../rules/index.ts";
import type { EgressScope } from "./scope.ts";
import type { VisibleServices } from "./visible-services.ts";

export interface EgressInput {
  readonly namespace: string;
  /** All that the namespace may see. */
  readonly services: VisibleServices;
  /** Those for the mesh that the namespace may see. */
  readonly virtualServices: readonly VirtualServiceRule[];
  readonly sidecar: Config<"Sidecar"> | undefined;
}

const captureModes: Readonly<Record<CaptureMode, EgressScope["captureMode"]>> = { DEFAULT: "default", IPTABLES: "iptables", NONE: "none" };

/** The outbound listeners: those of the Sidecar resource, or one for everything. */
export function egressOf(input: EgressInput): readonly EgressScope[] {
  const { sidecar, services, virtualServices } = input;
  if (sidecar === undefined || sidecar.spec.egress.length === 0) {
    return [{ port: undefined, bind: undefined, captureMode: "default", services: services.all, virtualServices }];
  }
  return sidecar.spec.egress.map((listener) => listenerOf(listener, sidecar.namespace, input));
}

function listenerOf(listener: IstioEgressListener, namespace: string, { services, virtualServices }: EgressInput): EgressScope {
  const { port, bind, captureMode } = listener;
  const imports = listener.hosts.map((host) => parseImport(host, namespace));
  const imported = services.all.filter((service) => imports.some((each) => each.has(service.namespace, service.hostname)));
  const hosts = new Set(imported.map(({ hostname }) => hostname.toLowerCase()));
  return {
    port: port === undefined ? undefined : { name: port.name ?? "", number: port.number, protocol: protocolOfPort(port) },
    bind,
    captureMode: captureModes[captureMode],
    services: imported,
    virtualServices: virtualServices.filter(
      (rule) =>
        rule.hosts.some((host) => hosts.has(host.toLowerCase())) ||
        imports.some((each) => rule.hosts.some((host) => each.may(rule.namespace, host))),
    ),
  };
}

interface Import {
  has(namespace: string, host: string): boolean;
  /** Whether a rule of a namespace, for a host that may be a wildcard, can be about what is imported. */
  may(namespace: string, host: string): boolean;
}

/** `namespace/host`: `.` is the Sidecar's own namespace, `*` all, `~` none. */
function parseImport(text: string, own: string): Import {
  const slash = text.indexOf("/");
  const [named, pattern] = [text.slice(0, slash), text.slice(slash + 1)];
  const wanted = named === "." ? own : named;
  const isOf = (namespace: string): boolean => wanted === "*" || wanted === namespace;
  return {
    has: (namespace, host) => wanted !== "~" && isOf(namespace) && coversHost(pattern, host),
    may: (namespace, host) => wanted !== "~" && isOf(namespace) && overlaps(pattern, host),
  };
}

/** Services that the rules of listeners lead to, although the listeners do not have them. */
export function destinationsOf(
  egress: readonly EgressScope[],
  find: (rule: VirtualServiceRule, host: string) => MeshService | undefined,
): Set<MeshService> {
  const found = new Set<MeshService>();
  for (const rule of new Set(egress.flatMap(({ virtualServices }) => virtualServices))) {
    for (const host of destinationHosts(rule)) {
      const service = find(rule, host);
      if (service !== undefined) found.add(service);
    }
  }
  return found;
}

function destinationHosts({ http, tls, tcp }: VirtualServiceRule): string[] {
  return [
    ...http.flatMap(({ route, mirrors }) => [...route, ...mirrors].map(({ destination }) => destination.host)),
    ...[...tls, ...tcp].flatMap(({ route }) => route.map(({ destination }) => destination.host)),
  ];
}

export const isForMesh = (rule: VirtualServiceRule, namespace: string): boolean =>
  rule.gateways.includes("mesh") && isVisibleTo(rule.visibility, namespace);
