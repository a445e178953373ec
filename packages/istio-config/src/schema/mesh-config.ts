import type { MeshConfigSpec, ProxyConfig } from "../kinds/index.ts";
import { isIpAddress } from "./addresses.ts";
import { exportTo } from "./common.ts";
import { tcpKeepalive } from "./connection-pool.ts";
import { isHostName, isLabel, namespace } from "./hosts.ts";
import { retries } from "./retries.ts";
import { describe } from "./issues.ts";
import { localityLbSetting } from "./locality.ts";
import { message, type MessageSchema } from "./message.ts";
import {
  checked,
  duration,
  durationOrZero,
  durationWithin,
  flag,
  integer,
  list,
  map,
  may,
  oneOf,
  port,
  portVerdict,
  text,
  type Schema,
  type Verdict,
} from "./scalars.ts";
import { outboundTrafficPolicy } from "./sidecar.ts";

const trustDomain: Schema<string> = checked(text, "mesh-config/trust-domain", (value) => {
  const labels = (value.endsWith(".") ? value.slice(0, -1) : value).split(".");
  return labels.every(isLabel) ? undefined : `must be a DNS name, but is ${describe(value)}`;
});

function addressVerdict(value: string): Verdict {
  const colon = value.lastIndexOf(":");
  const host = value.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  const number = value.slice(colon + 1);
  const isAddress =
    colon > 0 && (isHostName(host) || isIpAddress(host)) && /^\d+$/.test(number) && portVerdict(Number(number)) === undefined;
  return isAddress ? undefined : `must be <host>:<port>, but is ${describe(value)}`;
}

const proxyConfig: MessageSchema<ProxyConfig> = message("ProxyConfig", {
  discoveryAddress: may(checked(text, "mesh-config/address", addressVerdict)),
  concurrency: may(integer(0, 2 ** 31 - 1)),
  drainDuration: may(duration),
  proxyMetadata: map(text),
  holdApplicationUntilProxyStarts: may(flag),
});

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
    proxyHttpPort: may(integer(0, 65535)),
    defaultServiceExportTo: exportTo,
    defaultVirtualServiceExportTo: exportTo,
    defaultDestinationRuleExportTo: exportTo,
    localityLbSetting: may(localityLbSetting),
    dnsRefreshRate: may(duration),
    defaultHttpRetryPolicy: may(retries),
    h2UpgradePolicy: may(oneOf("DO_NOT_UPGRADE", "UPGRADE")),
    enableAutoMtls: may(flag),
    defaultConfig: may(proxyConfig),
  },
  {
    rules({ enableAutoMtls }, report) {
      if (enableAutoMtls === true) report(["enableAutoMtls"], "mesh-config/auto-mtls", "counts as false until there are certificates");
    },
  },
);
