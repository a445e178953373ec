/** Services and their endpoints as the mesh sees them, wherever they come from. */
export { clusterDomain, coversHost, HostMap, isWildcard, overlaps } from "./hostname.ts";
export { selects, type Labels } from "./labels.ts";
export { isHttp, isHttp2, isRpc, isTls, parseProtocol, protocolOfPort, type Protocol } from "./protocol.ts";
export {
  anyVariant,
  noEndpoints,
  type Locality,
  type MeshEndpoint,
  type MeshService,
  type Resolution,
  type ServiceEndpoints,
  type ServicePort,
  type ServiceVariant,
  type Visibility,
} from "./service.ts";
