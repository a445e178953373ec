import type { handleBidiStreamingCall, ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import { describeService } from "@mesh/xds-proto";
import {
  clusterTypeUrl,
  endpointsTypeUrl,
  extensionConfigTypeUrl,
  listenerTypeUrl,
  routeConfigurationTypeUrl,
  runtimeTypeUrl,
  scopedRoutesTypeUrl,
  secretTypeUrl,
} from "../resource/types.ts";

/** The services, and the type of those that have only one. REST (`Fetch…`) is not served. */
const services: readonly (readonly [name: string, typeUrl: string | undefined])[] = [
  ["envoy.service.discovery.v3.AggregatedDiscoveryService", undefined],
  ["envoy.service.cluster.v3.ClusterDiscoveryService", clusterTypeUrl],
  ["envoy.service.endpoint.v3.EndpointDiscoveryService", endpointsTypeUrl],
  ["envoy.service.listener.v3.ListenerDiscoveryService", listenerTypeUrl],
  ["envoy.service.route.v3.RouteDiscoveryService", routeConfigurationTypeUrl],
  ["envoy.service.route.v3.ScopedRoutesDiscoveryService", scopedRoutesTypeUrl],
  ["envoy.service.secret.v3.SecretDiscoveryService", secretTypeUrl],
  ["envoy.service.extension.v3.ExtensionConfigDiscoveryService", extensionConfigTypeUrl],
  ["envoy.service.runtime.v3.RuntimeDiscoveryService", runtimeTypeUrl],
];

export type StreamHandler = handleBidiStreamingCall<Buffer, Buffer>;

export interface Service {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** Messages pass as bytes: responses are shared, and requests are read by hand. */
const identity = (bytes: Buffer): Buffer => bytes;

/** @param handlerOf makes the handler of the streams of one method */
export function discoveryServices(handlerOf: (protocol: "sotw" | "delta", typeUrl: string | undefined) => StreamHandler): Service[] {
  return services.map(([service, typeUrl]) => {
    const methods = describeService(service).filter(({ requestStream, responseStream }) => requestStream && responseStream);
    const definition = methods.map(({ name, path }) => [
      name,
      {
        path,
        requestStream: true,
        responseStream: true,
        requestSerialize: identity,
        requestDeserialize: identity,
        responseSerialize: identity,
        responseDeserialize: identity,
      },
    ]);
    const implementation = methods.map(({ name }) => [name, handlerOf(name.startsWith("Delta") ? "delta" : "sotw", typeUrl)]);
    return { definition: Object.fromEntries(definition), implementation: Object.fromEntries(implementation) };
  });
}
