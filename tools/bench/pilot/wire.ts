/** What a simulated proxy writes and reads of xDS. Responses are read no further than a proxy has to: hundreds of them are read in one process. */
import { decodeMessage, encodeMessage, unpackAs } from "@mesh/xds-proto";

export type Protocol = "sotw" | "delta";

const typePrefix = "type.googleapis.com/";
export const clusterType = `${typePrefix}envoy.config.cluster.v3.Cluster`;
export const endpointsType = `${typePrefix}envoy.config.endpoint.v3.ClusterLoadAssignment`;
export const listenerType = `${typePrefix}envoy.config.listener.v3.Listener`;
export const routesType = `${typePrefix}envoy.config.route.v3.RouteConfiguration`;

export interface ReadResponse {
  readonly typeUrl: string;
  readonly version: string;
  readonly nonce: string;
  /** Encoded, each an Any. */
  readonly resources: readonly Buffer[];
}

/** A message of gRPC. */
export function frameOf(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(5 + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}

/** Fields of the wire type for values with a length, by number; others are passed over. */
function* fieldsOf(bytes: Buffer): Generator<readonly [field: number, value: Buffer]> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    if (tag % 8 === 0) {
      varint();
      continue;
    }
    if (tag % 8 !== 2) throw new Error(`a response with the wire type ${tag % 8}`);
    const length = varint();
    yield [tag >> 3, bytes.subarray(at, at + length)];
    at += length;
  }
}

export function readResponse(protocol: Protocol, bytes: Buffer): ReadResponse {
  let typeUrl = "";
  let version = "";
  let nonce = "";
  const resources: Buffer[] = [];
  for (const [field, value] of fieldsOf(bytes)) {
    if (field === 1) version = value.toString();
    else if (field === 2) resources.push(value);
    else if (field === 4) typeUrl = value.toString();
    else if (field === 5) nonce = value.toString();
  }
  return { typeUrl, version, nonce, resources: protocol === "sotw" ? resources : resources.map(resourceOf) };
}

/** Of delta's `Resource`. */
function resourceOf(bytes: Buffer): Buffer {
  for (const [field, value] of fieldsOf(bytes)) if (field === 2) return value;
  throw new Error("a resource without content");
}

function contentOf(any: Buffer): Buffer {
  for (const [field, value] of fieldsOf(any)) if (field === 2) return value;
  return Buffer.alloc(0);
}

/** What the resources of CDS and LDS make a proxy ask for. */
export function dependentsOf({ typeUrl, resources }: ReadResponse): readonly string[] {
  return typeUrl === clusterType ? edsNamesOf(resources) : [...new Set(resources.flatMap(routeNamesOf))];
}

function edsNamesOf(resources: readonly Buffer[]): readonly string[] {
  return resources.flatMap((any) => {
    const { name, edsClusterConfig } = decodeMessage("envoy.config.cluster.v3.Cluster", contentOf(any));
    return edsClusterConfig === null ? [] : [edsClusterConfig.serviceName || name];
  });
}

const connectionManager = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

function routeNamesOf(any: Buffer): readonly string[] {
  const { filterChains, defaultFilterChain } = decodeMessage("envoy.config.listener.v3.Listener", contentOf(any));
  const filters = [...filterChains, ...(defaultFilterChain === null ? [] : [defaultFilterChain])].flatMap((chain) => chain.filters);
  return filters.flatMap(({ typedConfig }) => {
    if (typedConfig?.type_url !== `${typePrefix}${connectionManager}`) return [];
    const { rds } = unpackAs(connectionManager, typedConfig);
    return rds === null ? [] : [rds.routeConfigName];
  });
}

export interface RequestParts {
  readonly typeUrl: string;
  /** Of the first request of a stream. */
  readonly nodeId?: string;
  readonly version?: string;
  readonly nonce?: string;
  /** What is subscribed to: state of the world says it each time, delta once. */
  readonly names?: readonly string[];
}

/** Of a list that many clients subscribe to. */
const encodedNames = new WeakMap<readonly string[], Uint8Array>();

/** Encodes a request, as a frame. */
export function requestFrame(protocol: Protocol, { typeUrl, nodeId, version = "", nonce = "", names }: RequestParts): Buffer {
  const node = nodeId === undefined ? null : { id: nodeId, cluster: "bench", metadata: { fields: { NAMESPACE: text("shop") } } };
  if (protocol === "delta") {
    const message = { typeUrl, node, responseNonce: nonce, resourceNamesSubscribe: names ?? [] };
    return frameOf(encodeMessage("envoy.service.discovery.v3.DeltaDiscoveryRequest", message));
  }
  const message = encodeMessage("envoy.service.discovery.v3.DiscoveryRequest", {
    typeUrl,
    node,
    versionInfo: version,
    responseNonce: nonce,
  });
  if (names === undefined) return frameOf(message);
  let encoded = encodedNames.get(names);
  if (encoded === undefined) {
    encoded = encodeMessage("envoy.service.discovery.v3.DiscoveryRequest", { resourceNames: names });
    encodedNames.set(names, encoded);
  }
  // Fields may come in any order.
  return frameOf(Buffer.concat([message, encoded]));
}

const text = (value: string) => ({ kind: "stringValue", stringValue: value }) as const;
