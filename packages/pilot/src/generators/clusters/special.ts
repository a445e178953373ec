import { packAny } from "@mesh/xds-proto";
import type { Resource } from "@mesh/xds-server";
import type { ProxyProfile } from "../../proxy/index.ts";
import type { MeshSettings } from "../../rules/index.ts";
import { resourceOf } from "../resource.ts";
import { blackHoleCluster, inboundPassthroughCluster, passthroughCluster } from "../names.ts";
import { duration } from "../values.ts";
import { circuitBreakers, connectionOptions } from "./connection-pool.ts";
import { clusterDialectOf, type ClusterFeatures } from "./dialect.ts";
import { notRedirected } from "./inbound.ts";
import { lbPolicy } from "./load-balancing.ts";
import { clusterType, type ClusterInit } from "./outbound.ts";

const httpOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
/** Istio: how long connections to where callers have dialled are kept without requests. */
const passthroughIdle = { seconds: 300 };

function passthrough(name: string, mesh: MeshSettings, { http2, tcpKeepalive }: ClusterFeatures): ClusterInit {
  return {
    name,
    type: clusterType("ORIGINAL_DST"),
    connectTimeout: duration(mesh.connectTimeout),
    lbPolicy: lbPolicy("CLUSTER_PROVIDED"),
    circuitBreakers: circuitBreakers(undefined),
    upstreamConnectionOptions: tcpKeepalive ? connectionOptions(mesh, undefined) : undefined,
    typedExtensionProtocolOptions: {
      [httpOptions]: packAny(httpOptions, {
        commonHttpProtocolOptions: { idleTimeout: passthroughIdle },
        useDownstreamProtocolConfig: { httpProtocolOptions: {}, http2ProtocolOptions: http2 ? {} : undefined },
      }),
    },
  };
}

/** The clusters that every proxy of a kind has, whatever the services are. */
export function specialClusters(proxy: ProxyProfile, mesh: MeshSettings): readonly Resource[] {
  if (proxy.type === "grpc") return [];
  const { features, followsCallers } = clusterDialectOf(proxy);
  const clusters: ClusterInit[] = [
    {
      name: blackHoleCluster,
      type: clusterType("STATIC"),
      connectTimeout: duration(mesh.connectTimeout),
      lbPolicy: lbPolicy("ROUND_ROBIN"),
    },
  ];
  if (followsCallers) {
    clusters.push(passthrough(passthroughCluster, mesh, features), {
      ...passthrough(inboundPassthroughCluster, mesh, features),
      upstreamBindConfig: notRedirected,
    });
  }
  return clusters.map((cluster) => resourceOf(cluster.name ?? "", "envoy.config.cluster.v3.Cluster", cluster));
}
