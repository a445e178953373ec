import type { Labels } from "./common.ts";
import type { DestinationRuleSpec } from "./destination-rule.ts";
import type { GatewaySpec } from "./gateway.ts";
import type { MeshConfigSpec } from "./mesh-config.ts";
import type { PeerAuthenticationSpec } from "./peer-authentication.ts";
import type { ServiceEntrySpec, WorkloadEntrySpec } from "./service-entry.ts";
import type { SidecarSpec } from "./sidecar.ts";
import type { VirtualServiceSpec } from "./virtual-service.ts";

/** Where a configuration was read: `line` of its document's first field, from 1. */
export interface Origin {
  readonly file: string;
  readonly line: number;
}

/** The spec of each kind. */
export interface IstioSpecs {
  readonly VirtualService: VirtualServiceSpec;
  readonly DestinationRule: DestinationRuleSpec;
  readonly ServiceEntry: ServiceEntrySpec;
  readonly WorkloadEntry: WorkloadEntrySpec;
  readonly Gateway: GatewaySpec;
  readonly Sidecar: SidecarSpec;
  readonly PeerAuthentication: PeerAuthenticationSpec;
  readonly MeshConfig: MeshConfigSpec;
}

export type IstioKind = keyof IstioSpecs;

/** One configuration. It is frozen, as are its parts. */
export interface Config<Kind extends IstioKind = IstioKind> {
  readonly kind: Kind;
  /** As in the file: `networking.istio.io/v1`. The versions of a kind do not differ in their fields. */
  readonly apiVersion: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. The oldest wins where Istio lets age decide. */
  readonly creationTimestamp?: number;
  readonly spec: IstioSpecs[Kind];
  readonly origin: Origin;
}

/** Any configuration: `kind` tells which. */
export type IstioConfig = { readonly [Kind in IstioKind]: Config<Kind> }[IstioKind];
