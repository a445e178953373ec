/**
 * Envoy's xDS as a client: resources over gRPC, state of the world and delta, aggregated or not, and from files.
 *
 * ```ts
 * import { clusterType, createXdsClient, endpointsType, resourceKind } from "@mesh/xds-client";
 *
 * const client = createXdsClient({ node: { id: "sidecar~10.0.0.1" }, ads: { address: "127.0.0.1:15010" } });
 * const endpoints = resourceKind(endpointsType, (name, any) =>
 *   any.value.length > 1_000_000 ? { errors: [{ path: "endpoints", message: `${name} has too many` }] } : { value: any.value.length },
 * );
 * client.watchAll(resourceKind(clusterType), {
 *   onChanged: ({ changed, removed }) => console.log(changed.map(({ value }) => value.name), removed),
 *   onError: (error) => console.error(error.code, error.message),
 * });
 * client.watch(endpoints, "orders", {
 *   onChanged: ({ value, version }) => console.log(value, version),
 *   onError: (error) => console.error(error.code, error.message),
 *   onDoesNotExist: () => console.log("orders has no endpoints"),
 * });
 * client.close();
 * ```
 *
 * @module
 */
export { createXdsClient, type TypeDump, type XdsClient } from "./client/client.ts";
export type { WatchOptions, XdsClientOptions, XdsSource } from "./client/options.ts";
export type {
  CollectionUpdate,
  CollectionWatcher,
  ResourceWatcher,
  ResponseInfo,
  VirtualHostWatch,
  VirtualHostWatcher,
  XdsWatch,
} from "./client/watch.ts";
export { isXdsError, type FieldError, type XdsError, type XdsErrorCode } from "./errors.ts";
export type { LoadReport, LoadReportOptions, LoadRequest } from "./load/options.ts";
export type { RefusedUpdate, ResourceState, ResourceStatus } from "./machine/entry.ts";
export type { ResponseSummary, StreamStatus } from "./machine/events.ts";
export type { RefusedResource } from "./machine/type-state.ts";
export { resourceKind, type Acceptance, type AcceptSteps, type ResourceKind, type XdsResource } from "./resource/kind.ts";
export { formatXdstpName, parseXdstpName, type XdstpName } from "./resource/name.ts";
export {
  clusterType,
  endpointsType,
  extensionConfigType,
  listenerType,
  resourceTypes,
  routeConfigurationType,
  runtimeType,
  scopedRoutesType,
  secretType,
  virtualHostType,
  type ResourceType,
} from "./resource/types.ts";
export { systemRuntime, type XdsRuntime, type XdsTimer } from "./runtime.ts";
export type { PathSource } from "./source/file-source.ts";
export type { Pace } from "./source/pace.ts";
export type { XdsObserver } from "./source/source.ts";
export { grpcTransport } from "./transport/grpc.ts";
export type { KeepAliveOptions, PemSource, RequestRateOptions, XdsServerOptions, XdsTlsOptions } from "./transport/options.ts";
export type {
  ConnectionEnd,
  ConnectionObserver,
  ConnectionWatcher,
  StreamHandlers,
  TransportStream,
  XdsTransport,
} from "./transport/transport.ts";
