/**
 * Configuration that comes while the proxy runs: the contract of what brings it. Envoy's xDS is one such source, behind this contract as it
 * is a library of its own; the rooms that make something of resources know only this.
 */
export { CollectionDiscovery, type CollectionDiscoveryOptions, type CollectionTaker } from "./collection-discovery.ts";
export type {
  CollectionWatcher,
  ConfigSource,
  ConfigSourceMessage,
  ConfigSources,
  ConfigSourcesContext,
  ConfigSourcesFactory,
  ControlPlaneConnection,
  ControlPlaneConnectionEnd,
  ControlPlaneStream,
  ControlPlaneTraffic,
  IncomingResource,
  ReadSteps,
  Resource,
  ResourceMessage,
  ResourceReader,
  ResourceWatcher,
  Subscription,
  SubscriptionFailure,
} from "./contract.ts";
export { noConfigSources } from "./none.ts";
export type { Pace } from "./pace.ts";
export { DecodingReader, RememberingReader, ResourceDecoder, SteppingReader, type RefusedUpdate } from "./resource-reader.ts";
export { SubscriptionStats } from "./subscription-stats.ts";
