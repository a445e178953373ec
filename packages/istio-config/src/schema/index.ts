/** The schema of each kind, with the versions of the API that it comes in. */
import type { Config, IstioConfig, IstioKind, IstioSpecs } from "../kinds/index.ts";
import { destinationRule } from "./destination-rule.ts";
import { gateway } from "./gateway.ts";
import { meshConfig } from "./mesh-config.ts";
import { peerAuthentication } from "./peer-authentication.ts";
import type { Schema } from "./scalars.ts";
import { serviceEntry, workloadEntry } from "./service-entry.ts";
import { sidecar } from "./sidecar.ts";
import { virtualService } from "./virtual-service.ts";

export interface KindSchema<Kind extends IstioKind> {
  readonly apiVersions: readonly string[];
  readonly spec: Schema<IstioSpecs[Kind]>;
  /** The same configuration as a member of the union, which the compiler cannot tell of a kind that it does not know. */
  readonly asConfig: (config: Config<Kind>) => IstioConfig;
}

const networking = ["networking.istio.io/v1", "networking.istio.io/v1beta1", "networking.istio.io/v1alpha3"];
const security = ["security.istio.io/v1", "security.istio.io/v1beta1"];

/** The apiVersion that a MeshConfig document gets that has none, as Istio's own file. */
export const meshApiVersion = "mesh.istio.io/v1alpha1";

export const kindSchemas: { readonly [Kind in IstioKind]: KindSchema<Kind> } = {
  VirtualService: { apiVersions: networking, spec: virtualService, asConfig: (config) => config },
  DestinationRule: { apiVersions: networking, spec: destinationRule, asConfig: (config) => config },
  ServiceEntry: { apiVersions: networking, spec: serviceEntry, asConfig: (config) => config },
  WorkloadEntry: { apiVersions: networking, spec: workloadEntry, asConfig: (config) => config },
  Gateway: { apiVersions: networking, spec: gateway, asConfig: (config) => config },
  Sidecar: { apiVersions: networking, spec: sidecar, asConfig: (config) => config },
  PeerAuthentication: { apiVersions: security, spec: peerAuthentication, asConfig: (config) => config },
  MeshConfig: { apiVersions: [meshApiVersion], spec: meshConfig, asConfig: (config) => config },
};

export function isIstioKind(kind: string): kind is IstioKind {
  return Object.hasOwn(kindSchemas, kind);
}
