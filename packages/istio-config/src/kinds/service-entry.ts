import type { Labels, Port, WorkloadSelector } from "./common.ts";

/** Istio: networking.istio.io ServiceEntry. */
export interface ServiceEntrySpec {
  readonly hosts: readonly string[];
  /** IP addresses, or CIDR blocks with resolution NONE and STATIC. */
  readonly addresses: readonly string[];
  readonly ports: readonly ServicePort[];
  readonly location: "MESH_EXTERNAL" | "MESH_INTERNAL";
  readonly resolution: "DNS" | "DNS_ROUND_ROBIN" | "NONE" | "STATIC";
  /** Not together with `workloadSelector`. */
  readonly endpoints: readonly WorkloadEntrySpec[];
  readonly workloadSelector?: WorkloadSelector;
  /** `.` own namespace, `*` all, else a namespace; empty: as MeshConfig's defaultServiceExportTo says. */
  readonly exportTo: readonly string[];
  readonly subjectAltNames: readonly string[];
}

/** A port of a service: it has a name. */
export interface ServicePort extends Port {
  readonly name: string;
}

/** Istio: networking.istio.io WorkloadEntry; also an endpoint of a ServiceEntry. */
export interface WorkloadEntrySpec {
  /** An IP address, a host name (resolution DNS), or `unix:///path`. Absent only where `network` is set. */
  readonly address?: string;
  /** Port name to number. */
  readonly ports: Readonly<Record<string, number>>;
  readonly labels: Labels;
  readonly network?: string;
  /** `region/zone/subzone`. */
  readonly locality?: string;
  /** Absent: the same as its neighbours, 1. */
  readonly weight?: number;
  readonly serviceAccount?: string;
}
