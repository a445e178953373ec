/** Joins registries and configuration into snapshots of the mesh. */
export { systemClock, type HubClock, type HubTimer } from "./clock.ts";
export { Hub, type HubEvents, type HubOptions, type RegistryMember } from "./hub.ts";
export { defaultProtection, type RegistryProtection, type ShardStatus } from "./registry-shard.ts";
export { ServiceIndex, type LocalEndpoint, type MeshSnapshot, type SnapshotChange } from "./snapshot.ts";
