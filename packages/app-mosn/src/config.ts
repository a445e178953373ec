import { readFileSync } from "node:fs";
import { createProxy, standardExtensions, type ExtensionDescriptor, type Proxy, type ProxyOptions } from "@mesh/proxy-core";
import { boltProtocol } from "@mesh/proxy-core/bolt";
import { dubboProtocol } from "@mesh/proxy-core/dubbo";
import { fileBasedMetadata, xdsConfigSources } from "@mesh/proxy-xds";
import { drainingOf, type Draining } from "./drain.ts";
import { localAddresses, readIstioFiles } from "./istio-files.ts";
import { istioBootstrap, type IstioBootstrap } from "./istio.ts";
import type { ConfigOptions, DrainOptions } from "./options.ts";
import { version } from "./version.ts";

/** A problem of the command line or of a file, told to the user without a stack. */
export class UsageError extends Error {
  readonly code = "MESH_MOSN_USAGE";
}

export interface Composition {
  readonly proxy: Proxy;
  readonly draining: Draining;
}

/** Compiles what the command line asks for. Throws `UsageError` or a `ConfigError`. */
export function compose(
  options: ConfigOptions & DrainOptions,
  more: Pick<ProxyOptions, "components" | "onQuit" | "logLevels"> = {},
): Composition {
  const { configPath, configYaml, serviceCluster, serviceNode } = options;
  const inline = configYaml === undefined ? undefined : { text: configYaml, fileName: "--config-yaml", format: "yaml" as const };
  const file = configPath === undefined ? undefined : { text: read(configPath), fileName: configPath };
  const istio = readIstio(options);
  for (const warning of istio?.warnings ?? []) more.components?.logger?.log("warning", "istio", warning);
  if (istio !== undefined && file !== undefined && inline !== undefined)
    throw new UsageError("--istio: give -c or --config-yaml, not both");
  const bootstrap = istio?.bootstrap ?? file ?? inline;
  if (bootstrap === undefined) throw new UsageError("no configuration: give a file with -c, text with --config-yaml, or --istio");
  const override = istio === undefined ? (file === undefined ? undefined : inline) : (file ?? inline);
  const draining = drainingOf(options, istio?.drainTimes);
  const { drainTimeMs, drainStrategy } = draining;
  const proxy = createProxy({
    bootstrap,
    drainTimeMs,
    ...(drainStrategy === undefined ? {} : { drainStrategy }),
    ...(override === undefined ? {} : { override }),
    extensions,
    configSources: xdsConfigSources({ version: version(), extensions: [...standardExtensions, ...extensions] }),
    version: version(),
    ...(serviceCluster === undefined ? {} : { serviceCluster }),
    ...(serviceNode === undefined ? {} : { serviceNode }),
    ...more,
  });
  return { proxy, draining };
}

const extensions: readonly ExtensionDescriptor[] = [boltProtocol, dubboProtocol, fileBasedMetadata];

function readIstio({ istio, discoveryAddress }: ConfigOptions): IstioBootstrap | undefined {
  if (istio !== true) {
    if (discoveryAddress !== undefined) throw new UsageError("--discovery-address: is for --istio");
    return undefined;
  }
  return istioBootstrap({
    env: process.env,
    files: readIstioFiles(),
    addresses: localAddresses(),
    ...(discoveryAddress === undefined ? {} : { discoveryAddress }),
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`cannot read the configuration: ${error instanceof Error ? error.message : String(error)}`);
  }
}
