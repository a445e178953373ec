import type { Message } from "@mesh/xds-proto";

/** What a cluster is configured with. */
export type ClusterMessage = Message<"envoy.config.cluster.v3.Cluster">;
