/**
 * Clusters: groups of hosts, how they are found, checked and chosen, and how much of them may be used. Pools of connections belong to the
 * protocols; a host holds them, and drains them when it goes.
 */
export {
  type LoadBalancerExtension,
  loadBalancerExtensions,
  type LoadBalancerServices,
  type PickerFactory,
} from "./balancer/load-balancer.ts";
export {
  type ClusterManagerOptions,
  type ClusterUpdate,
  createClusterManager,
  type DynamicCluster,
  type RunnableClusterManager,
} from "./cluster-manager.ts";
export type { ClusterMessage } from "./cluster-message.ts";
export { type ProtocolOptionsExtension, rawBufferUpstream } from "./cluster-settings.ts";
export { HostHealth } from "./contract.ts";
export type {
  Cluster,
  ClusterManager,
  ClusterStats,
  Host,
  HostPool,
  HostStats,
  LoadBalancerContext,
  Locality,
  Picker,
  PoolSlot,
  RequestOrigin,
  ResourceLimits,
} from "./contract.ts";
export { clustersMessage, clustersText, loadAssignmentMessage, type ClusterStatus, type HostStatus } from "./describe.ts";
export type {
  HealthChecker,
  HealthCheckerExtension,
  HealthCheckerServices,
  HealthCheckResult,
  HealthCheckTarget,
  HealthProbe,
} from "./health/health-checker.ts";
export { allocatePoolSlot } from "./pool-slot.ts";
