import type { Http1Limits } from "@mesh/codec-http1";
import type { Message } from "@mesh/xds-proto";
import { durationMs, fail, wrappedNumber, type ConfigPath } from "../config/index.ts";
import { compileInternalAddresses, type InternalAddresses } from "./client-address.ts";

type HttpConnectionManager = Message<"envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager">;
type UpgradeConfig = Message<"envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.UpgradeConfig">;

/** Envoy's defaults. */
const defaults = {
  serverName: "envoy",
  idleTimeoutMs: 3_600_000,
  streamIdleTimeoutMs: 300_000,
  drainTimeoutMs: 5_000,
  delayedCloseTimeoutMs: 1_000,
  maxRequestHeadersKb: 60,
  maxHeadersCount: 100,
} as const;

export type ServerHeader = "overwrite" | "append-if-absent" | "pass-through";
export type UnderscoreAction = "allow" | "reject" | "drop";
export type EscapedSlashesAction = "keep" | "reject" | "redirect" | "forward";

/** An HttpConnectionManager's configuration, compiled, but for routes, filters and logs. Durations are milliseconds, 0 stands for none. */
export interface HttpSettings {
  readonly serverName: string;
  readonly serverHeader: ServerHeader;
  /** Empty: no `via`. */
  readonly via: string;

  readonly useRemoteAddress: boolean;
  readonly xffTrustedHops: number;
  readonly skipXffAppend: boolean;
  readonly internalAddresses: InternalAddresses;
  readonly generateRequestId: boolean;
  readonly preserveExternalRequestId: boolean;
  readonly alwaysSetRequestIdInResponse: boolean;

  readonly idleTimeoutMs: number;
  readonly streamIdleTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly requestHeadersTimeoutMs: number;
  readonly maxConnectionDurationMs: number;
  readonly maxStreamDurationMs: number;
  readonly drainTimeoutMs: number;
  readonly delayedCloseTimeoutMs: number;
  /** 0: no limit. */
  readonly maxRequestsPerConnection: number;

  readonly acceptHttp10: boolean;
  /** Empty: there is none. */
  readonly defaultHostForHttp10: string;
  readonly enableTrailers: boolean;
  readonly allowAbsoluteUrl: boolean;
  readonly proxy100Continue: boolean;
  readonly underscores: UnderscoreAction;
  readonly limits: Partial<Http1Limits>;

  /** By type, in lower case; whether it is allowed. */
  readonly upgrades: ReadonlyMap<string, boolean>;

  readonly normalizePath: boolean;
  readonly mergeSlashes: boolean;
  readonly escapedSlashes: EscapedSlashesAction;
  /** One of the three above. */
  readonly changesPath: boolean;
  readonly stripPort: "no" | "matching" | "any";
}

/** Throws `ConfigError`. What is not supported at all, the field tables have refused before. */
export function compileSettings(config: HttpConnectionManager, path: ConfigPath): HttpSettings {
  const common = config.commonHttpProtocolOptions;
  const http1 = config.httpProtocolOptions;
  const at = path.field("common_http_protocol_options");
  const escapedSlashes = escapedSlashesActions[config.pathWithEscapedSlashesAction] ?? "keep";
  const normalizePath = config.normalizePath?.value ?? false;
  if (config.stripMatchingHostPort && config.stripAnyHostPort) {
    fail(path.field("strip_any_host_port"), "strip_matching_host_port is set as well: only one of them can be");
  }
  const maxHeadKb = wrappedNumber(config.maxRequestHeadersKb, path.field("max_request_headers_kb"), { min: 1, max: 8192 });
  const maxHeadBytes = (maxHeadKb ?? defaults.maxRequestHeadersKb) * 1024;
  return {
    serverName: config.serverName === "" ? defaults.serverName : config.serverName,
    serverHeader: serverHeaders[config.serverHeaderTransformation] ?? "overwrite",
    via: config.via,

    useRemoteAddress: config.useRemoteAddress?.value ?? false,
    xffTrustedHops: config.xffNumTrustedHops,
    skipXffAppend: config.skipXffAppend,
    internalAddresses: compileInternalAddresses(config.internalAddressConfig, path.field("internal_address_config")),
    generateRequestId: config.generateRequestId?.value ?? true,
    preserveExternalRequestId: config.preserveExternalRequestId,
    alwaysSetRequestIdInResponse: config.alwaysSetRequestIdInResponse,

    idleTimeoutMs: durationMs(common?.idleTimeout, at.field("idle_timeout")) ?? defaults.idleTimeoutMs,
    streamIdleTimeoutMs: durationMs(config.streamIdleTimeout, path.field("stream_idle_timeout")) ?? defaults.streamIdleTimeoutMs,
    requestTimeoutMs: durationMs(config.requestTimeout, path.field("request_timeout")) ?? 0,
    requestHeadersTimeoutMs: durationMs(config.requestHeadersTimeout, path.field("request_headers_timeout")) ?? 0,
    maxConnectionDurationMs: durationMs(common?.maxConnectionDuration, at.field("max_connection_duration")) ?? 0,
    maxStreamDurationMs: durationMs(common?.maxStreamDuration, at.field("max_stream_duration")) ?? 0,
    drainTimeoutMs: durationMs(config.drainTimeout, path.field("drain_timeout")) ?? defaults.drainTimeoutMs,
    delayedCloseTimeoutMs: durationMs(config.delayedCloseTimeout, path.field("delayed_close_timeout")) ?? defaults.delayedCloseTimeoutMs,
    maxRequestsPerConnection: wrappedNumber(common?.maxRequestsPerConnection, at.field("max_requests_per_connection")) ?? 0,

    acceptHttp10: http1?.acceptHttp10 ?? false,
    defaultHostForHttp10: http1?.defaultHostForHttp10 ?? "",
    enableTrailers: http1?.enableTrailers ?? false,
    allowAbsoluteUrl: http1?.allowAbsoluteUrl?.value ?? true,
    proxy100Continue: config.proxy100Continue,
    underscores: underscoreActions[common?.headersWithUnderscoresAction ?? 0] ?? "allow",
    limits: {
      maxHeadBytes,
      maxStartLineBytes: maxHeadBytes,
      maxHeaderCount: wrappedNumber(common?.maxHeadersCount, at.field("max_headers_count"), { min: 1 }) ?? defaults.maxHeadersCount,
      maxTrailerBytes: maxHeadBytes,
    },

    upgrades: compileUpgrades(config.upgradeConfigs, path.field("upgrade_configs")),

    normalizePath,
    mergeSlashes: config.mergeSlashes,
    escapedSlashes,
    changesPath: normalizePath || config.mergeSlashes || escapedSlashes !== "keep",
    stripPort: config.stripMatchingHostPort ? "matching" : config.stripAnyHostPort ? "any" : "no",
  };
}

/** The shortest of all times after which something on a connection may be due; 0 where nothing ever is. */
export function shortestTimeout(settings: HttpSettings): number {
  let shortest = 0;
  for (const ms of [
    settings.idleTimeoutMs,
    settings.streamIdleTimeoutMs,
    settings.requestTimeoutMs,
    settings.requestHeadersTimeoutMs,
    settings.maxConnectionDurationMs,
    settings.maxStreamDurationMs,
  ]) {
    if (ms > 0 && (shortest === 0 || ms < shortest)) shortest = ms;
  }
  return shortest;
}

function compileUpgrades(configs: readonly UpgradeConfig[], path: ConfigPath): ReadonlyMap<string, boolean> {
  const upgrades = new Map<string, boolean>();
  configs.forEach(({ upgradeType, enabled }, index) => {
    const type = upgradeType.toLowerCase();
    if (upgrades.has(type)) fail(path.index(index).field("upgrade_type"), `${JSON.stringify(upgradeType)} is there already`);
    upgrades.set(type, enabled?.value ?? true);
  });
  return upgrades;
}

// By the numbers of Envoy's enumerations.
const serverHeaders: readonly ServerHeader[] = ["overwrite", "append-if-absent", "pass-through"];
const underscoreActions: readonly UnderscoreAction[] = ["allow", "reject", "drop"];
/** The first is Envoy's "implementation specific default", which in its own builds is to keep them. */
const escapedSlashesActions: readonly EscapedSlashesAction[] = ["keep", "keep", "reject", "redirect", "forward"];
