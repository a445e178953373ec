import { fail, wrappedNumber, type ConfigPath, type ConfigSourcesContext } from "@mesh/proxy-core";
import type { RequestRateOptions, XdsServerOptions } from "@mesh/xds-client";
import { encodeMessage, enumNames, type Message } from "@mesh/xds-proto";
import { envoyGrpc } from "./envoy-grpc.ts";
import { googleGrpc } from "./google-grpc.ts";
import { readMetadata } from "./initial-metadata.ts";

export type ApiConfigSource = Message<"envoy.config.core.v3.ApiConfigSource">;

/** Where an ApiConfigSource stands, which decides what its `api_type` may be. */
export type ApiConfigSourceUse =
  /** `dynamic_resources.ads_config`: aggregated, although the type does not say so. */
  | "ads_config"
  /** In a ConfigSource: a stream for the type alone. */
  | "config source"
  /** `config_sources` and `default_config_source` of the bootstrap, for xdstp names: aggregated. */
  | "authority";

type Protocol = NonNullable<XdsServerOptions["protocol"]>;

const protocols: Readonly<Record<ApiConfigSourceUse, Readonly<Record<string, Protocol>>>> = {
  ads_config: { GRPC: "sotw", DELTA_GRPC: "delta" },
  "config source": { GRPC: "sotw", DELTA_GRPC: "delta" },
  authority: { AGGREGATED_GRPC: "sotw", AGGREGATED_DELTA_GRPC: "delta" },
};

/** Makes servers of the xDS client from ApiConfigSource messages: the same one for equal messages, so that they share a connection. */
export class ControlPlanes {
  readonly #context: ConfigSourcesContext;
  readonly #servers = new Map<string, XdsServerOptions>();
  /** Of those that are reached through one. */
  readonly #clusterNames = new Map<XdsServerOptions, string>();

  constructor(context: ConfigSourcesContext) {
    this.#context = context;
  }

  /** Throws a `ConfigError` where Envoy refuses the message, or where it asks for what is not carried out. */
  open(message: ApiConfigSource, path: ConfigPath, use: ApiConfigSourceUse): XdsServerOptions {
    const protocol = readProtocol(message, path, use);
    const key = Buffer.from(encodeMessage("envoy.config.core.v3.ApiConfigSource", message)).toString("latin1");
    const known = this.#servers.get(key);
    if (known !== undefined) return known;
    const server = this.#read(message, path, protocol);
    this.#servers.set(key, server);
    const clusterName = message.grpcServices[0]?.envoyGrpc?.clusterName;
    if (clusterName !== undefined) this.#clusterNames.set(server, clusterName);
    return server;
  }

  /** The cluster that an `envoy_grpc` names. */
  clusterNameOf(server: XdsServerOptions): string | undefined {
    return this.#clusterNames.get(server);
  }

  #read(message: ApiConfigSource, path: ConfigPath, protocol: Protocol): XdsServerOptions {
    const { transportApiVersion, clusterNames, grpcServices, setNodeOnFirstMessageOnly, rateLimitSettings, configValidators } = message;
    const version = enumNames("envoy.config.core.v3.ApiVersion").get(transportApiVersion);
    if (version !== "V3") fail(path.field("transport_api_version"), `must be V3, is ${version ?? transportApiVersion}`);
    if (clusterNames.length > 0) fail(path.field("cluster_names"), "must be empty: gRPC needs grpc_services");
    if (configValidators.length > 0) fail(path.field("config_validators"), "is not supported: there are no validators");
    const [service] = grpcServices;
    const services = path.field("grpc_services");
    if (service === undefined || grpcServices.length > 1) fail(services, `must have one service, has ${grpcServices.length}`);
    const requestRate = readRate(rateLimitSettings, path.field("rate_limit_settings"));
    return {
      ...this.#target(service, services.index(0)),
      protocol,
      setNodeOnFirstMessageOnly,
      ...(requestRate === undefined ? {} : { requestRate }),
    };
  }

  #target(service: Message<"envoy.config.core.v3.GrpcService">, path: ConfigPath): XdsServerOptions {
    const metadata = readMetadata(service.initialMetadata, path.field("initial_metadata"));
    if (service.retryPolicy) fail(path.field("retry_policy"), "is not supported: use retry_policy of envoy_grpc");
    if (service.envoyGrpc) return { ...envoyGrpc(service.envoyGrpc, path.field("envoy_grpc"), this.#context), metadata };
    if (!service.googleGrpc) fail(path, "one of envoy_grpc, google_grpc is required");
    const server = googleGrpc(service.googleGrpc, path.field("google_grpc"), this.#context.registry);
    return { ...server, metadata: { ...metadata, ...server.metadata } };
  }
}

function readProtocol(message: ApiConfigSource, path: ConfigPath, use: ApiConfigSourceUse): Protocol {
  const name = enumNames("envoy.config.core.v3.ApiConfigSource.ApiType").get(message.apiType) ?? String(message.apiType);
  const choice = protocols[use];
  const protocol = Object.hasOwn(choice, name) ? choice[name] : undefined;
  return protocol ?? fail(path.field("api_type"), `must be ${Object.keys(choice).join(" or ")} here, is ${name}`);
}

function readRate(message: Message<"envoy.config.core.v3.RateLimitSettings"> | null, path: ConfigPath): RequestRateOptions | undefined {
  if (message === null) return undefined;
  const maxTokens = wrappedNumber(message.maxTokens, path.field("max_tokens"), { min: 1 });
  const perSecond = wrappedNumber(message.fillRate, path.field("fill_rate"));
  if (perSecond !== undefined && !(perSecond > 0)) fail(path.field("fill_rate"), `must be above 0, is ${perSecond}`);
  return { ...(maxTokens === undefined ? {} : { maxTokens }), ...(perSecond === undefined ? {} : { perSecond }) };
}
