import type { MeshConfigSpec, MeshSettings } from "./kinds/index.ts";

/** Istio's defaults (pkg/config/mesh: DefaultMeshConfig), save for automatic mTLS. */
const defaults: MeshSettings = {
  trustDomain: "cluster.local",
  trustDomainAliases: [],
  rootNamespace: "istio-system",
  outboundTrafficPolicy: { mode: "ALLOW_ANY" },
  accessLogFile: "",
  accessLogFormat: "",
  accessLogEncoding: "TEXT",
  connectTimeout: 10_000,
  protocolDetectionTimeout: 0,
  proxyListenPort: 15001,
  proxyInboundListenPort: 15006,
  defaultServiceExportTo: ["*"],
  defaultVirtualServiceExportTo: ["*"],
  defaultDestinationRuleExportTo: ["*"],
  localityLbSetting: { distribute: [], failover: [], failoverPriority: [], enabled: true },
  dnsRefreshRate: 60_000,
  defaultHttpRetryPolicy: {
    attempts: 2,
    retryOn: "connect-failure,refused-stream,unavailable,cancelled,503",
  },
  h2UpgradePolicy: "DO_NOT_UPGRADE",
  enableAutoMtls: false,
};

/** The mesh's settings: what a MeshConfig says, and Istio's defaults for the rest. Empty `default…ExportTo` lists mean everybody. */
export function meshSettings(spec?: MeshConfigSpec): MeshSettings {
  if (spec === undefined) return defaults;
  const { defaultServiceExportTo, defaultVirtualServiceExportTo, defaultDestinationRuleExportTo, localityLbSetting } = spec;
  const orEverybody = (namespaces: readonly string[]): readonly string[] => (namespaces.length === 0 ? ["*"] : namespaces);
  return {
    ...defaults,
    ...spec,
    defaultServiceExportTo: orEverybody(defaultServiceExportTo),
    defaultVirtualServiceExportTo: orEverybody(defaultVirtualServiceExportTo),
    defaultDestinationRuleExportTo: orEverybody(defaultDestinationRuleExportTo),
    localityLbSetting: { enabled: true, ...(localityLbSetting ?? defaults.localityLbSetting) },
    enableAutoMtls: false,
  };
}
