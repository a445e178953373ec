import { FieldReader, DELIMITED } from "../wire/field-reader.ts";
import { isXdsServerError } from "../errors.ts";
import type { Resource } from "./resource.ts";

/** `Any.value`, `Cluster.eds_cluster_config`, `EdsClusterConfig.service_name` */
const ANY_VALUE = 2;
const EDS_CLUSTER_CONFIG = 3;
const SERVICE_NAME = 2;

const known = new WeakMap<readonly Resource[], readonly string[]>();

/** The names of the endpoints (EDS) of those of the clusters that have them from there. Computed once for an array. */
export function endpointsOf(clusters: readonly Resource[]): readonly string[] {
  let names = known.get(clusters);
  if (!names) {
    names = clusters.flatMap((cluster) => endpointsOfCluster(cluster) ?? []);
    known.set(clusters, names);
  }
  return names;
}

function endpointsOfCluster({ name, any }: Resource): string | undefined {
  try {
    const bytes = Buffer.from(any.buffer, any.byteOffset, any.byteLength);
    const config = find(find(new FieldReader(bytes), ANY_VALUE), EDS_CLUSTER_CONFIG);
    if (!config) return undefined;
    const service = find(config, SERVICE_NAME);
    const serviceName = service ? bytes.toString("utf8", service.position, service.end) : "";
    return serviceName === "" ? name : serviceName;
  } catch (error) {
    // What the source gives need not be a cluster; the client will say so.
    if (isXdsServerError(error)) return undefined;
    throw error;
  }
}

function find(reader: FieldReader | undefined, field: number): FieldReader | undefined {
  while (reader?.next()) {
    if (reader.field === field && reader.wireType === DELIMITED) return reader.message();
    reader.skip();
  }
  return undefined;
}
