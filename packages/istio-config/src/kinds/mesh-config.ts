import type { Milliseconds } from "./common.ts";
import type { LocalityLbSetting, TcpKeepalive } from "./destination-rule.ts";
import type { OutboundTrafficPolicy } from "./sidecar.ts";
import type { HttpRetry } from "./virtual-service.ts";

/** Istio: istio.mesh.v1alpha1.MeshConfig, as it stands in the file. `meshSettings()` adds what it leaves out. */
export interface MeshConfigSpec {
  readonly trustDomain?: string;
  readonly trustDomainAliases: readonly string[];
  readonly rootNamespace?: string;
  readonly outboundTrafficPolicy?: OutboundTrafficPolicy;
  /** Empty or absent: no access log. `/dev/stdout`. */
  readonly accessLogFile?: string;
  readonly accessLogFormat?: string;
  readonly accessLogEncoding?: "JSON" | "TEXT";
  readonly connectTimeout?: Milliseconds;
  readonly tcpKeepalive?: TcpKeepalive;
  /** 0: wait for the first bytes as long as it takes. */
  readonly protocolDetectionTimeout?: Milliseconds;
  readonly proxyListenPort?: number;
  readonly proxyInboundListenPort?: number;
  readonly defaultServiceExportTo: readonly string[];
  readonly defaultVirtualServiceExportTo: readonly string[];
  readonly defaultDestinationRuleExportTo: readonly string[];
  readonly localityLbSetting?: LocalityLbSetting;
  readonly dnsRefreshRate?: Milliseconds;
  readonly defaultHttpRetryPolicy?: HttpRetry;
  readonly h2UpgradePolicy?: "DO_NOT_UPGRADE" | "UPGRADE";
  /** `true` counts as `false` until there are certificates. */
  readonly enableAutoMtls?: boolean;
}

/** The mesh's settings with every default. */
export interface MeshSettings {
  readonly trustDomain: string;
  readonly trustDomainAliases: readonly string[];
  readonly rootNamespace: string;
  readonly outboundTrafficPolicy: OutboundTrafficPolicy;
  /** Empty: no access log. */
  readonly accessLogFile: string;
  /** Empty: Istio's format. */
  readonly accessLogFormat: string;
  readonly accessLogEncoding: "JSON" | "TEXT";
  readonly connectTimeout: Milliseconds;
  readonly tcpKeepalive?: TcpKeepalive;
  readonly protocolDetectionTimeout: Milliseconds;
  readonly proxyListenPort: number;
  readonly proxyInboundListenPort: number;
  readonly defaultServiceExportTo: readonly string[];
  readonly defaultVirtualServiceExportTo: readonly string[];
  readonly defaultDestinationRuleExportTo: readonly string[];
  readonly localityLbSetting: LocalityLbSetting;
  readonly dnsRefreshRate: Milliseconds;
  readonly defaultHttpRetryPolicy: HttpRetry;
  readonly h2UpgradePolicy: "DO_NOT_UPGRADE" | "UPGRADE";
  readonly enableAutoMtls: false;
}
