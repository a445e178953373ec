import type { MeshConfigSpec } from "../kinds/index.ts";
import { exportTo } from "./common.ts";
import { tcpKeepalive } from "./connection-pool.ts";
import { isLabel, namespace } from "./hosts.ts";
import { retries } from "./retries.ts";
import { describe } from "./issues.ts";
import { localityLbSetting } from "./locality.ts";
import { message, type MessageSchema } from "./message.ts";
import { checked, duration, durationOrZero, durationWithin, flag, list, may, oneOf, port, text, type Schema } from "./scalars.ts";
import { outboundTrafficPolicy } from "./sidecar.ts";

const trustDomain: Schema<string> = checked(text, "mesh-config/trust-domain", (value) => {
  const labels = (value.endsWith(".") ? value.slice(0, -1) : value).split(".");
  return labels.every(isLabel) ? undefined : `must be a DNS name, but is ${describe(value)}`;
});

const noIdentities = "changes nothing until there are certificates";

/** Istio: connect timeouts are from 1ms to 1h. */
const connectTimeout: Schema<number> = durationWithin({ maximum: 3_600_000 });

export const meshConfig: MessageSchema<MeshConfigSpec> = message(
  "MeshConfig",
  {
    trustDomain: may(trustDomain),
    trustDomainAliases: list(trustDomain),
    rootNamespace: may(namespace),
    outboundTrafficPolicy: may(outboundTrafficPolicy),
    accessLogFile: may(text),
    accessLogFormat: may(text),
    accessLogEncoding: may(oneOf("TEXT", "JSON")),
    connectTimeout: may(connectTimeout),
    tcpKeepalive: may(tcpKeepalive),
    protocolDetectionTimeout: may(durationOrZero),
    proxyListenPort: may(port),
    proxyInboundListenPort: may(port),
    defaultServiceExportTo: exportTo,
    defaultVirtualServiceExportTo: exportTo,
    defaultDestinationRuleExportTo: exportTo,
    localityLbSetting: may(localityLbSetting),
    dnsRefreshRate: may(duration),
    defaultHttpRetryPolicy: may(retries),
    h2UpgradePolicy: may(oneOf("DO_NOT_UPGRADE", "UPGRADE")),
    enableAutoMtls: may(flag),
  },
  {
    rules({ enableAutoMtls, trustDomain: domain, trustDomainAliases }, report) {
      if (domain !== undefined) report(["trustDomain"], "mesh-config/no-identities", noIdentities);
      if (trustDomainAliases.length > 0) report(["trustDomainAliases"], "mesh-config/no-identities", noIdentities);
      if (enableAutoMtls === true) report(["enableAutoMtls"], "mesh-config/auto-mtls", "counts as false until there are certificates");
    },
  },
);
