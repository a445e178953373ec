/**
 * The control plane of the mesh: it joins service registries and Istio's configuration, and tells proxies about it over xDS.
 *
 * @module
 */
export { isPilotError, type ListenOptions, type PilotError, type PilotErrorCode } from "./base/index.ts";
export {
  systemClock,
  type HubClock,
  type HubTimer,
  type LocalEndpoint,
  type MeshSnapshot,
  type RegistryMember,
  type RegistryProtection,
  type ShardStatus,
  type SnapshotChange,
} from "./hub/index.ts";
export type { Locality, MeshEndpoint, MeshService, Protocol, ServiceEndpoints, ServicePort, ServiceVariant } from "./model/index.ts";
export type { ConfigSource, LogLevel, PilotLogger, PilotOptions } from "./options.ts";
export { createPilot, type Pilot } from "./pilot.ts";
export { describeMetrics, type MetricDescription } from "./status/index.ts";
