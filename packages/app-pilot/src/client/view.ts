/** What of a kind of resource is asked for; each applies where it means something. */
export interface Filters {
  /** Of a service; a part of it is enough. */
  readonly fqdn?: string;
  readonly port?: string;
  /** Of a route configuration or listener, exactly. */
  readonly name?: string;
  /** Of a cluster. */
  readonly subset?: string;
  /** `inbound` or `outbound`. */
  readonly direction?: string;
  /** Of a cluster that endpoints are of, exactly. */
  readonly cluster?: string;
}

/** How a kind of resource is found in a dump and shown. */
export interface View {
  /** Of a dump: `envoy.admin.v3.ClustersConfigDump`. */
  readonly section: string;
  readonly about: string;
  /** The filters that mean something here. */
  readonly filters: readonly (keyof Filters)[];
  readonly headings: readonly string[];
  /** By how many columns, from the first, rows are sorted; those that are alike in these keep their order. Absent: by all. */
  readonly sortedColumns?: number;
  resources(section: unknown): readonly unknown[];
  matches(resource: unknown, filters: Filters): boolean;
  rows(resource: unknown, filters: Filters): readonly (readonly string[])[];
}

/** Istio's name of a cluster, taken apart; undefined for other clusters. */
export interface ClusterName {
  readonly direction: string;
  readonly port: string;
  readonly subset: string;
  readonly fqdn: string;
}

/** `outbound|9080|v1|reviews.shop.svc.cluster.local`; gateways' have underscores and dots in the place of the bars. */
export function parseClusterName(name: string): ClusterName | undefined {
  const [, direction = "", port = "", subset = "", fqdn = ""] = /^(inbound|outbound)[|](\d*)[|]([^|]*)[|]([^|]*)$/.exec(name) ?? [];
  return direction === "" ? undefined : { direction, port, subset, fqdn };
}
