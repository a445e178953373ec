import type { Message } from "@mesh/xds-proto";

export const clusterMessageName = "envoy.config.cluster.v3.Cluster";

/** What a cluster is configured with. */
export type ClusterMessage = Message<typeof clusterMessageName>;
