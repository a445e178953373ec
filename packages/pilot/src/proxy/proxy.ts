import type { Labels, Locality } from "../model/index.ts";

/** How the traffic of its pod comes to a proxy (Istio's `INTERCEPTION_MODE`). `none`: applications connect to its ports by themselves. */
export type Interception = "redirect" | "tproxy" | "none";

/** Which extensions a proxy knows. */
export type Dialect =
  /** RpcProxy routes Bolt and Dubbo by service, method and header. */
  | "mosn"
  /** Bolt and Dubbo are bytes. */
  | "envoy";

/** What of a proxy makes a difference to its configuration: proxies that are alike in it are given the same. */
export interface ProxyProfile {
  /** `grpc`: a gRPC library that speaks xDS by itself. */
  readonly type: "sidecar" | "router" | "grpc";
  readonly namespace: string;
  /** Of its own services: `shop.svc.cluster.local`. */
  readonly dnsDomain: string;
  /** In a profile, only those that a configuration asks for. */
  readonly labels: Labels;
  readonly locality: Locality | undefined;
  readonly network: string;
  readonly interception: Interception;
  readonly dialect: Dialect;
}

/** A proxy that is connected, as its node describes it. */
export interface Proxy extends ProxyProfile {
  /** `node.id` as it was sent: `sidecar~10.0.0.1~orders-1.shop~shop.svc.cluster.local`. */
  readonly id: string;
  /** Of the pod or machine. */
  readonly name: string;
  /** IP addresses, the first is that of the node's id. */
  readonly addresses: readonly string[];
  readonly clusterId: string;
  /** What `node.metadata.ISTIO_VERSION`, or the user agent, says. */
  readonly version: string;
}
