/** All configurations, indexed for the analyses. */
import type { Config, IstioConfig, IstioKind, MeshSettings, Subset } from "../kinds/index.ts";
import { meshSettings } from "../mesh-settings.ts";
import { covers } from "../schema/hosts.ts";
import { fullHost, ServiceIndex, servicesOf, type KnownService } from "./services.ts";

export class Mesh {
  readonly virtualServices: readonly Config<"VirtualService">[];
  readonly destinationRules: readonly Config<"DestinationRule">[];
  readonly serviceEntries: readonly Config<"ServiceEntry">[];
  readonly gateways: readonly Config<"Gateway">[];
  readonly sidecars: readonly Config<"Sidecar">[];
  readonly services: ServiceIndex;
  readonly settings: MeshSettings;
  readonly domain: string;

  constructor(configs: readonly IstioConfig[], known: readonly KnownService[], domain: string) {
    this.virtualServices = configs.filter((config) => config.kind === "VirtualService");
    this.destinationRules = configs.filter((config) => config.kind === "DestinationRule");
    this.serviceEntries = configs.filter((config) => config.kind === "ServiceEntry");
    this.gateways = configs.filter((config) => config.kind === "Gateway");
    this.sidecars = configs.filter((config) => config.kind === "Sidecar");
    this.settings = meshSettings(configs.find((config) => config.kind === "MeshConfig")?.spec);
    this.domain = domain;
    this.services = new ServiceIndex(servicesOf(configs, known), this.domain);
  }

  gateway(name: string, namespace: string): Config<"Gateway"> | undefined {
    const [first = "", second] = name.split("/");
    const [legacyName, legacyNamespace] = first.split(".");
    const [space, short] = second === undefined ? [legacyNamespace ?? namespace, legacyName] : [first, second];
    return this.gateways.find((gateway) => gateway.namespace === space && gateway.name === short);
  }

  /** The VirtualServices that a rule of another one delegates to; their short names are those of the namespaces of these. */
  rootsOf({ name, namespace }: Config<"VirtualService">): readonly Config<"VirtualService">[] {
    return this.virtualServices.filter((root) =>
      root.spec.http.some(({ delegate }) => delegate?.name === name && (delegate.namespace ?? root.namespace) === namespace),
    );
  }

  /** The subsets of the DestinationRules for a host. */
  subsetsOf(host: string, namespace: string): readonly Subset[] {
    const full = fullHost(host, namespace, this.domain);
    return this.destinationRules
      .filter((rule) => covers(fullHost(rule.spec.host, rule.namespace, this.domain), full) || rule.spec.host === host)
      .flatMap((rule) => rule.spec.subsets);
  }
}

/** Configurations by namespace. */
export function byNamespace<Kind extends IstioKind>(configs: readonly Config<Kind>[]): Map<string, Config<Kind>[]> {
  return Map.groupBy(configs, ({ namespace }) => namespace);
}
