import type { CaptureMode, Port, WorkloadSelector } from "./common.ts";
import type { ConnectionPoolSettings } from "./destination-rule.ts";

/** Istio: networking.istio.io Sidecar. */
export interface SidecarSpec {
  /** Absent: every workload of the namespace, or of the mesh if it is in the root namespace. */
  readonly workloadSelector?: WorkloadSelector;
  /** Empty: the inbound listeners follow from the services of the workload. */
  readonly ingress: readonly IstioIngressListener[];
  /** Empty: the workload reaches every service that is exported to its namespace. */
  readonly egress: readonly IstioEgressListener[];
  /** Absent: as MeshConfig says. */
  readonly outboundTrafficPolicy?: OutboundTrafficPolicy;
  readonly inboundConnectionPool?: ConnectionPoolSettings;
}

/** What becomes of traffic to services that nobody registered. */
export interface OutboundTrafficPolicy {
  readonly mode: "ALLOW_ANY" | "REGISTRY_ONLY";
}

export interface IstioIngressListener {
  readonly port: Port;
  readonly bind?: string;
  readonly captureMode: CaptureMode;
  /** `127.0.0.1:8080`, `[::1]:8080`, `0.0.0.0:8080` (the instance's own address), `:8080` or `unix:///path`. Absent: the port itself. */
  readonly defaultEndpoint?: string;
  readonly connectionPool?: ConnectionPoolSettings;
}

export interface IstioEgressListener {
  /** Absent: all ports of the services; only for the last listener. */
  readonly port?: Port;
  readonly bind?: string;
  readonly captureMode: CaptureMode;
  /** `<namespace>/<host>`: `./*`, `* /*` without the blank, `shop/cart.shop.svc.cluster.local`, `~/*` for none. */
  readonly hosts: readonly string[];
}
