/**
 * The data plane as a library: what Envoy is as a program, a proxy that is configured with Envoy's v3 messages, and composed with
 * extensions of your own where those that are here do not do.
 *
 * ```ts
 * import { createProxy } from "@mesh/proxy-core";
 *
 * const proxy = createProxy({
 *   bootstrap: {
 *     static_resources: {
 *       listeners: [
 *         {
 *           address: { socket_address: { address: "127.0.0.1", port_value: 0 } },
 *           filter_chains: [
 *             {
 *               filters: [
 *                 {
 *                   name: "tcp",
 *                   typed_config: {
 *                     "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
 *                     stat_prefix: "tcp",
 *                     cluster: "backend",
 *                   },
 *                 },
 *               ],
 *             },
 *           ],
 *         },
 *       ],
 *       clusters: [
 *         {
 *           name: "backend",
 *           type: "STATIC",
 *           load_assignment: {
 *             cluster_name: "backend",
 *             endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: 8080 } } } }] }],
 *           },
 *         },
 *       ],
 *     },
 *   },
 * });
 * await proxy.start();
 * proxy.listeners[0]?.addressText; // 127.0.0.1 and the port that was free
 * await proxy.shutdown(1000);
 * ```
 *
 * A proxy that speaks RPC is composed with the codecs of its protocols: `extensions: [boltProtocol]` from `@mesh/proxy-core/bolt`.
 *
 * @module
 */
export { createProxy, standardExtensions } from "./proxy/index.ts";
export type { BoundListener, LogLevelControl, Proxy, ProxyOptions, ServerState } from "./proxy/index.ts";

// What extensions are made of.
export {
  ConfigError,
  ConfigPath,
  defineFields,
  describeCompatibility,
  durationMs,
  each,
  extension,
  ExtensionSet,
  fail,
  ignored,
  isConfigError,
  rejected,
  required,
  requiredField,
  requiredString,
  supported,
  wrappedNumber,
} from "./config/index.ts";
export type {
  BootstrapSource,
  ConfigProblem,
  DecodedExtension,
  ExtensionDescriptor,
  FieldRule,
  FieldTable,
  MessageCompatibility,
} from "./config/index.ts";
export { FilterStatus } from "./stream/index.ts";
export type {
  DownstreamInfo,
  Drain,
  DrainStrategy,
  FilterStream,
  NetworkFilter,
  NetworkFilterContext,
  NetworkFilterExtension,
  SilenceEnds,
  StreamFilter,
  StreamFilterContext,
  StreamFilterExtension,
  StreamResponse,
} from "./stream/index.ts";
export type {
  Cluster,
  ClusterManager,
  HealthChecker,
  HealthCheckerExtension,
  HealthCheckResult,
  HealthProbe,
  Host,
  LoadBalancerContext,
  LoadBalancerExtension,
  Locality,
  Picker,
  PickerFactory,
} from "./cluster/index.ts";
export type { InspectResult, ListenerFilter, ListenerFilterExtension } from "./listener/index.ts";
export type { AccessLogger, AccessLogExtension, StreamInfo } from "./access-log/index.ts";
export { describeOperators, ResponseFlag } from "./access-log/index.ts";
export type { OperatorDescription, StreamDetail } from "./access-log/index.ts";
export type {
  CollectionWatcher,
  ConfigSource,
  ConfigSourceMessage,
  ConfigSources,
  ConfigSourcesContext,
  ConfigSourcesFactory,
  ControlPlaneConnection,
  ControlPlaneConnectionEnd,
  ControlPlaneStream,
  ControlPlaneTraffic,
  IncomingResource,
  ReadSteps,
  Pace,
  Resource,
  ResourceMessage,
  ResourceReader,
  ResourceWatcher,
  Subscription,
  SubscriptionFailure,
} from "./subscription/index.ts";
export type { RpcCodecExtension, RpcProtocol } from "./rpc/index.ts";
export type { Route } from "./route/index.ts";
export type { Steps } from "./config/index.ts";
export { LoopClock, logLevels, silentLogger, SystemResolver, systemRandom, TimerEntry, TimerWheel } from "./runtime/index.ts";
export type { Clock, Logger, LogLevel, Random, Resolver, Runtime, SystemRuntimeOptions } from "./runtime/index.ts";
export type { Counter, Gauge, Histogram, StatsScope, StatsStore, TextReadout } from "./stats/index.ts";
