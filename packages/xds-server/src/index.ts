/**
 * A server of Envoy's xDS: state of the world and delta, aggregated (ADS) and not. It knows what clients subscribe to and have; a
 * source says what there is. Clients that are alike share everything that is made for them.
 *
 * ```ts
 * import { Server, ServerCredentials } from "@grpc/grpc-js";
 * import { clusterTypeUrl, createResource, createResourceSet, createXdsServer } from "@mesh/xds-server";
 *
 * const orders = (seconds: number) => createResource("envoy.config.cluster.v3.Cluster", "orders", { name: "orders", connectTimeout: { seconds } });
 * let clusters = createResourceSet([orders(1)]);
 * const xds = createXdsServer({
 *   source: { open: () => ({ resources: (type) => (type === clusterTypeUrl ? clusters : undefined), close: () => undefined }) },
 * });
 * const grpc = new Server();
 * xds.addTo(grpc);
 * grpc.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => console.log(error ?? port));
 *
 * clusters = clusters.with({ set: [orders(2)] });
 * xds.push();
 * xds.close();
 * grpc.forceShutdown();
 * ```
 *
 * @module
 */
export { isXdsServerError, refusal, XdsServerErrorCode, type XdsServerError } from "./errors.ts";
export type { RequestKind } from "./machine/stream.ts";
export type { Refusal, TypeStatus } from "./machine/type-state.ts";
export { joinResourceSets } from "./resource/joined-set.ts";
export type { Resource, ResourceSet } from "./resource/resource.ts";
export { createResource, createResourceSet, type DerivableResourceSet, type ResourceChanges } from "./resource/resource-set.ts";
export {
  clusterTypeUrl,
  endpointsTypeUrl,
  extensionConfigTypeUrl,
  listenerTypeUrl,
  routeConfigurationTypeUrl,
  runtimeTypeUrl,
  scopedRoutesTypeUrl,
  secretTypeUrl,
} from "./resource/types.ts";
export { systemRuntime, type XdsServerRuntime, type XdsServerTimer } from "./runtime.ts";
export type { RequestEvent, ResponseEvent, XdsServerObserver } from "./server/observer.ts";
export type { AdmissionOptions, ConnectionAgeOptions, XdsServerLimits, XdsServerOptions } from "./server/options.ts";
export { createXdsServer, type ClientStatus, type XdsServer } from "./server/server.ts";
export type { ClientInfo, ClientResources, ResourceSource } from "./server/source.ts";
