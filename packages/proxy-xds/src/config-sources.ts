import { existsSync } from "node:fs";
import { extname } from "node:path";
import {
  ConfigPath,
  durationMs,
  fail,
  requiredString,
  type ConfigSource,
  type ConfigSourceMessage,
  type ConfigSources,
  type ConfigSourcesContext,
  type ConfigSourcesFactory,
} from "@mesh/proxy-core";
import {
  createXdsClient,
  grpcTransport,
  parseXdstpName,
  type XdsClient,
  type XdsServerOptions,
  type XdsSource,
  type XdsTransport,
} from "@mesh/xds-client";
import { encodeMessage, enumNames, type Message } from "@mesh/xds-proto";
import { parse } from "yaml";
import { ConnectionObserver } from "./connection-observer.ts";
import { connectionsOf, CountedTransport } from "./counted-transport.ts";
import { describeNode } from "./node.ts";
import type { XdsConfigSourcesOptions } from "./options.ts";
import { ReaderKinds } from "./reader-kinds.ts";
import { ControlPlanes } from "./servers/control-planes.ts";
import { XdsConfigSource } from "./xds-config-source.ts";

/** The configuration sources of a proxy: xDS over gRPC, aggregated or not, and files. */
export function xdsConfigSources(options: XdsConfigSourcesOptions = {}): ConfigSourcesFactory {
  return (context) => new XdsConfigSources(context, options);
}

/** Envoy's default of `initial_fetch_timeout`. */
const defaultFetchTimeoutMs = 15_000;

class XdsConfigSources implements ConfigSources {
  readonly #client: XdsClient;
  readonly #kinds = new ReaderKinds();
  readonly #planes: ControlPlanes;
  readonly #observer: ConnectionObserver;
  readonly #ads: XdsServerOptions | undefined;
  /** By the authority of `xdstp://` names. */
  readonly #authorities = new Map<string, XdsServerOptions>();
  readonly #defaultAuthority: XdsServerOptions | undefined;
  /** By the message's bytes. */
  readonly #sources = new Map<string, ConfigSource>();

  constructor(context: ConfigSourcesContext, options: XdsConfigSourcesOptions) {
    const { bootstrap, node, logger, stats } = context;
    this.#planes = new ControlPlanes(context);
    this.#observer = new ConnectionObserver(logger, stats);
    const ads = bootstrap.dynamicResources?.adsConfig;
    const path = ConfigPath.root;
    this.#ads = ads ? this.#planes.open(ads, path.field("dynamic_resources").field("ads_config"), "ads_config") : undefined;
    for (const [index, source] of bootstrap.configSources.entries()) this.#addAuthority(source, path.field("config_sources").index(index));
    const { defaultConfigSource } = bootstrap;
    this.#defaultAuthority = defaultConfigSource
      ? this.#openAuthority(defaultConfigSource, path.field("default_config_source"))
      : undefined;
    this.#client = createXdsClient({
      node: describeNode(node, options),
      observer: this.#observer,
      parseYaml: (text): unknown => parse(text),
      connect: (server) => this.#connect(server, context, options),
      ...(options.runtime === undefined ? {} : { runtime: options.runtime }),
    });
  }

  open(message: ConfigSourceMessage, path: ConfigPath): ConfigSource {
    const key = Buffer.from(encodeMessage("envoy.config.core.v3.ConfigSource", message)).toString("latin1");
    const known = this.#sources.get(key);
    if (known !== undefined) return known;
    if (message.authorities.length > 0) fail(path.field("authorities"), "is not supported here, only in the bootstrap's config_sources");
    checkResourceVersion(message, path);
    const own = this.#read(message, path);
    const timeoutMs = durationMs(message.initialFetchTimeout, path.field("initial_fetch_timeout")) ?? defaultFetchTimeoutMs;
    const source = new XdsConfigSource({
      client: this.#client,
      kinds: this.#kinds,
      timeoutMs,
      route: (name) => ({ source: this.#authorityOf(name) ?? own }),
    });
    this.#sources.set(key, source);
    return source;
  }

  close(): void {
    this.#client.close();
  }

  /** What goes to a cluster counts in its statistics. */
  #connect(server: XdsServerOptions, { controlPlaneTraffic }: ConfigSourcesContext, { connect }: XdsConfigSourcesOptions): XdsTransport {
    this.#observer.begin();
    const clusterName = this.#planes.clusterNameOf(server);
    const traffic = clusterName === undefined ? undefined : controlPlaneTraffic(clusterName);
    const transport = connect === undefined ? grpcTransport(server, traffic && connectionsOf(traffic)) : connect(server);
    return traffic === undefined ? transport : new CountedTransport(transport, traffic);
  }

  #read(message: ConfigSourceMessage, path: ConfigPath): XdsSource {
    const { pathConfigSource, apiConfigSource, configSourceSpecifier } = message;
    if (pathConfigSource) return readPath(pathConfigSource, path.field("path_config_source"));
    if (apiConfigSource) return { server: this.#planes.open(apiConfigSource, path.field("api_config_source"), "config source") };
    switch (configSourceSpecifier) {
      case "ads":
        if (this.#ads === undefined) fail(path.field("ads"), "the bootstrap has no dynamic_resources.ads_config");
        return { server: this.#ads, isAggregated: true };
      case "path":
        return fail(path.field("path"), "is not supported, being deprecated: use path_config_source");
      case "self":
        return fail(path.field("self"), "is not supported: use ads");
      default:
        return fail(path, "one of path_config_source, api_config_source, ads is required");
    }
  }

  #addAuthority(source: ConfigSourceMessage, path: ConfigPath): void {
    const server = this.#openAuthority(source, path);
    if (source.authorities.length === 0) fail(path.field("authorities"), "is required");
    for (const [index, { name }] of source.authorities.entries()) {
      const at = path.field("authorities").index(index).field("name");
      if (this.#authorities.has(requiredString(name, at))) fail(at, `${JSON.stringify(name)} has a source already`);
      this.#authorities.set(name, server);
    }
  }

  #openAuthority(source: ConfigSourceMessage, path: ConfigPath): XdsServerOptions {
    checkResourceVersion(source, path);
    if (!source.apiConfigSource) fail(path, "api_config_source is required");
    if (source.initialFetchTimeout) fail(path.field("initial_fetch_timeout"), "is not supported here: that of the name's own source holds");
    return this.#planes.open(source.apiConfigSource, path.field("api_config_source"), "authority");
  }

  /** Where an `xdstp://` name is asked for. As in Envoy: its authority's source, or the default one, or else where any other name is. */
  #authorityOf(name: string): XdsSource | undefined {
    if (!name.startsWith("xdstp://")) return undefined;
    const server = this.#authorities.get(parseXdstpName(name).authority) ?? this.#defaultAuthority;
    return server && { server, isAggregated: true };
  }
}

const fileFormats: readonly string[] = [".json", ".pb", ".yaml", ".yml"];

function readPath({ path: file, watchedDirectory }: Message<"envoy.config.core.v3.PathConfigSource">, path: ConfigPath): XdsSource {
  const at = path.field("path");
  if (!fileFormats.includes(extname(requiredString(file, at))))
    fail(at, `must end in ${fileFormats.join(", ")}, is ${JSON.stringify(file)}`);
  // As Envoy does: what is not there now is a mistake in the path more often than not.
  if (!existsSync(file)) fail(at, `there is no file ${JSON.stringify(file)}`);
  if (!watchedDirectory) return { path: { path: file } };
  return { path: { path: file, watchedDirectory: requiredString(watchedDirectory.path, path.field("watched_directory").field("path")) } };
}

/** Types are v3 here always. Envoy does not ask for more than that either. */
function checkResourceVersion({ resourceApiVersion }: ConfigSourceMessage, path: ConfigPath): void {
  const version = enumNames("envoy.config.core.v3.ApiVersion").get(resourceApiVersion);
  if (version !== "V3" && version !== "AUTO") fail(path.field("resource_api_version"), `must be V3, is ${version ?? resourceApiVersion}`);
}
