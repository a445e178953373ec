import type { Message } from "@mesh/xds-proto";
import {
  type ConfigPath,
  durationMs,
  type ExtensionDescriptor,
  type DecodedExtension,
  type ExtensionFactories,
  type ExtensionSet,
  fail,
  type Metadata,
  percent,
  readMetadata,
  requiredString,
  wrappedNumber,
  wrapperValue,
} from "../config/index.ts";
import type { SourceAddress } from "../network/index.ts";
import type { Runtime } from "../runtime/index.ts";
import { type Balancing, choosePolicy, type LoadBalancerExtension } from "./balancer/load-balancer.ts";
import { type CircuitBreakerSettings, readCircuitBreakers } from "./circuit-breakers.ts";
import type { ClusterMessage } from "./cluster-message.ts";
import { readSourceAddresses } from "./source-addresses.ts";
import { type Discovery, type EndpointSources, readDiscovery } from "./discovery/discovery.ts";
import type { HealthCheckerExtension } from "./health/health-checker.ts";
import { type HealthCheckSettings, readHealthChecks } from "./health/health-check-settings.ts";
import { type OutlierSettings, readOutlierDetection } from "./outlier/outlier-settings.ts";

/** A Cluster message, compiled. */
export interface ClusterSettings {
  readonly name: string;
  readonly metadata: Metadata | undefined;
  /** What statistics call it. */
  readonly observabilityName: string;
  readonly connectTimeoutMs: number;
  readonly bufferLimitBytes: number;
  readonly maxRequestsPerConnection: number;
  readonly idleTimeoutMs: number;
  readonly circuitBreakers: CircuitBreakerSettings;
  readonly balancing: Balancing;
  /** Percent. */
  readonly panicThreshold: number;
  readonly healthChecks: HealthCheckSettings | undefined;
  readonly outlierDetection: OutlierSettings | undefined;
  /** New hosts do not count until they were checked for the first time. */
  readonly ignoreNewHosts: boolean;
  /** Hosts that discovery drops go at once, even where their health check passes. */
  readonly removeHealthyHosts: boolean;
  /** All connections are drained whenever hosts come or go. */
  readonly drainOnMembershipChange: boolean;
  readonly waitForWarm: boolean;
  readonly discovery: Discovery;
  /** Where connections to hosts come from: the first of the host's family. None: the kernel chooses. */
  readonly sourceAddresses: readonly SourceAddress[];
  /** `typed_extension_protocol_options` by message name. */
  readonly protocolOptions: ReadonlyMap<string, unknown>;
}

/** What clusters are compiled with. */
export interface ClusterExtensions extends EndpointSources {
  readonly extensions: ExtensionSet;
  readonly loadBalancers: ExtensionFactories<LoadBalancerExtension>;
  readonly healthCheckers: ExtensionFactories<HealthCheckerExtension>;
  /** Those that configuration comes from: their hosts are spoken to by a client of its own, in HTTP/2. */
  readonly controlPlanes: ReadonlySet<string>;
}

/** Throws a `ConfigError` where the message makes no sense. What is not supported at all, the field tables have refused before. */
export function readCluster(message: ClusterMessage, path: ConfigPath, extensions: ClusterExtensions, runtime: Runtime): ClusterSettings {
  const name = requiredString(message.name, path.field("name"));
  const { options, common } = readProtocolOptions(message, path, extensions);
  checkTransportSocket(message, path.field("transport_socket"), extensions.extensions);
  const lbPath = path.field("common_lb_config");
  const services = { clusterName: name, random: runtime.random, logger: runtime.logger, flags: runtime.flags, clock: runtime.clock };
  return {
    name,
    metadata: readMetadata(message.metadata),
    observabilityName: message.altStatName === "" ? name : message.altStatName,
    connectTimeoutMs: durationMs(message.connectTimeout, path.field("connect_timeout"), { above: 0 }) ?? 5000,
    bufferLimitBytes: wrappedNumber(message.perConnectionBufferLimitBytes, path.field("per_connection_buffer_limit_bytes")) ?? 1_048_576,
    maxRequestsPerConnection: common.maxRequestsPerConnection ?? wrapperValue(message.maxRequestsPerConnection) ?? 0,
    idleTimeoutMs: common.idleTimeoutMs ?? 3_600_000,
    circuitBreakers: readCircuitBreakers(message.circuitBreakers, path.field("circuit_breakers")),
    balancing: choosePolicy(message, path, extensions.loadBalancers, services),
    panicThreshold: 100 * (percent(message.commonLbConfig?.healthyPanicThreshold, lbPath.field("healthy_panic_threshold")) ?? 0.5),
    healthChecks: readHealthChecks(message, path, extensions.healthCheckers, runtime),
    outlierDetection: readOutlierDetection(message.outlierDetection, path.field("outlier_detection")),
    ignoreNewHosts: message.commonLbConfig?.ignoreNewHostsUntilFirstHc ?? false,
    removeHealthyHosts: message.ignoreHealthOnHostRemoval,
    drainOnMembershipChange: message.commonLbConfig?.closeConnectionsOnHostSetChange ?? false,
    waitForWarm: wrapperValue(message.waitForWarmOnInit) ?? true,
    discovery: readDiscovery(message, path, extensions),
    sourceAddresses: readSourceAddresses(message.upstreamBindConfig, path.field("upstream_bind_config")),
    protocolOptions: options,
  };
}

/** What of the HTTP options concerns the connections of every protocol. */
interface CommonProtocolOptions {
  readonly maxRequestsPerConnection: number | undefined;
  readonly idleTimeoutMs: number | undefined;
}

/** Options of a protocol that are compiled when the cluster is, so that mistakes in them show then; category `envoy.upstream_options`. */
export interface ProtocolOptionsExtension extends ExtensionDescriptor {
  readonly category: "envoy.upstream_options";
  /** What `Cluster.protocolOptions` answers. Throws a `ConfigError` where the configuration makes no sense. */
  create(extension: DecodedExtension): unknown;
}

const isProtocolOptions = (descriptor: ExtensionDescriptor): descriptor is ProtocolOptionsExtension =>
  descriptor.category === "envoy.upstream_options" && "create" in descriptor;

const httpOptionsName = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

function readProtocolOptions(
  message: ClusterMessage,
  path: ConfigPath,
  { extensions, controlPlanes }: ClusterExtensions,
): { readonly options: ReadonlyMap<string, unknown>; readonly common: CommonProtocolOptions } {
  const options = new Map<string, unknown>();
  const field = path.field("typed_extension_protocol_options");
  let common = readCommon(null, field);
  for (const [key, any] of Object.entries(message.typedExtensionProtocolOptions)) {
    const decoded = extensions.decode("envoy.upstream_options", any, field.key(key));
    const { messageName } = decoded.descriptor;
    if (options.has(messageName)) fail(field.key(key), `there are options of the type ${messageName} under another key already`);
    options.set(messageName, isProtocolOptions(decoded.descriptor) ? decoded.descriptor.create(decoded) : decoded.config);
    if (messageName === httpOptionsName) {
      const http = decoded.as(httpOptionsName);
      if (http.explicitHttpConfig?.protocolConfig === "http2ProtocolOptions" && !controlPlanes.has(message.name)) {
        const at = decoded.path.field("explicit_http_config").field("http2_protocol_options");
        fail(at, "is for clusters that configuration comes from: requests are sent in HTTP/1 until HTTP/2 is there");
      }
      common = readCommon(http.commonHttpProtocolOptions, decoded.path.field("common_http_protocol_options"));
    }
  }
  return { options, common };
}

function readCommon(message: Message<"envoy.config.core.v3.HttpProtocolOptions"> | null, path: ConfigPath): CommonProtocolOptions {
  return {
    maxRequestsPerConnection: wrappedNumber(message?.maxRequestsPerConnection, path.field("max_requests_per_connection")),
    idleTimeoutMs: durationMs(message?.idleTimeout, path.field("idle_timeout")),
  };
}

/** The transport socket of clusters without TLS, to be registered with a proxy's extensions. */
export const rawBufferUpstream: ExtensionDescriptor = {
  name: "envoy.transport_sockets.raw_buffer",
  category: "envoy.transport_sockets.upstream",
  messageName: "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer",
  fields: undefined,
};

/** The place of TLS: until there is another transport socket, plain text is what all clusters have. */
function checkTransportSocket({ transportSocket }: ClusterMessage, path: ConfigPath, extensions: ExtensionSet): void {
  if (transportSocket === null) return;
  const configPath = path.field("typed_config");
  const { descriptor } = extensions.decode("envoy.transport_sockets.upstream", transportSocket.typedConfig, configPath);
  if (descriptor.messageName !== rawBufferUpstream.messageName) fail(configPath, `there is nothing to carry out ${descriptor.name}`);
}
