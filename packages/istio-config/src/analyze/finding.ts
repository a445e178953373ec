import type { IstioConfig } from "../kinds/index.ts";
import type { FieldPath, ResourceName } from "../problem.ts";
import type { FieldFinder } from "../source/provenance.ts";

/** What an analysis can find, with the code and level that `istioctl analyze` gives it; those of this package begin with MESH. */
export const findingTypes = {
  IST0101: { name: "ReferencedResourceNotFound", level: "error" },
  IST0109: { name: "ConflictingMeshGatewayVirtualServiceHosts", level: "error" },
  IST0111: { name: "MultipleSidecarsWithoutWorkloadSelectors", level: "error" },
  IST0112: { name: "VirtualServiceDestinationPortSelectorRequired", level: "error" },
  IST0128: { name: "NoServerCertificateVerificationDestinationLevel", level: "warning" },
  IST0129: { name: "NoServerCertificateVerificationPortLevel", level: "warning" },
  IST0132: { name: "VirtualServiceHostNotFoundInGateway", level: "warning" },
  IST0134: { name: "ServiceEntryAddressesRequired", level: "warning" },
  IST0145: { name: "ConflictingGateways", level: "error" },
  MESH0001: { name: "UnusedSubset", level: "info" },
  MESH0002: { name: "UnusedDelegate", level: "warning" },
  MESH0003: { name: "ConflictingDestinationRules", level: "warning" },
  MESH0004: { name: "ConflictingServiceEntryHosts", level: "warning" },
  MESH0005: { name: "UnusedGateway", level: "info" },
  MESH0006: { name: "UnknownDestinationPort", level: "error" },
  MESH0007: { name: "DelegateNotVisible", level: "error" },
  MESH0008: { name: "MergedServiceEntryHosts", level: "info" },
} as const;

export type FindingCode = keyof typeof findingTypes;

/** Something odd between configurations that are each good by themselves. */
export interface Finding {
  readonly code: FindingCode;
  /** As istioctl's: `ReferencedResourceNotFound`. */
  readonly name: string;
  readonly level: "error" | "warning" | "info";
  /** A sentence. */
  readonly message: string;
  readonly resource: ResourceName;
  readonly file: string;
  /** Of the field, from 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  /** `spec.http[0].route[0].destination.host` */
  readonly field: string;
}

/** A finding, before it is known where its field stands. */
export interface Draft {
  readonly code: FindingCode;
  readonly config: IstioConfig;
  readonly message: string;
  /** The field; where it may be written in several ways, all of them. */
  readonly paths: readonly FieldPath[];
}

export function finding(code: FindingCode, config: IstioConfig, message: string, ...paths: readonly FieldPath[]): Draft {
  return { code, config, message, paths };
}

export function locate({ code, config: { kind, namespace, name, origin }, config, message, paths }: Draft, finder: FieldFinder): Finding {
  const { name: title, level } = findingTypes[code];
  return { code, name: title, level, message, resource: { kind, namespace, name }, file: origin.file, ...finder.find(config, paths) };
}

/** `routes.yaml:3:13: error IST0101 VirtualService shop/reviews: The host …` */
export function formatFinding({ code, level, message, resource: { kind, namespace, name }, file, line, column }: Finding): string {
  return `${file}:${line}:${column}: ${level} ${code} ${kind} ${namespace}/${name}: ${message}`;
}
