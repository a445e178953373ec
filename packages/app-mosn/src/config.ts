import { readFileSync } from "node:fs";
import { createProxy, type Proxy, type ProxyOptions } from "@mesh/proxy-core";
import { boltProtocol } from "@mesh/proxy-core/bolt";
import { dubboProtocol } from "@mesh/proxy-core/dubbo";
import type { ConfigOptions } from "./options.ts";
import { version } from "./version.ts";

/** A problem of the command line or of a file, told to the user without a stack. */
export class UsageError extends Error {
  readonly code = "MESH_MOSN_USAGE";
}

/** Compiles what the command line asks for. Throws `UsageError` or a `ConfigError`. */
export function compose(options: ConfigOptions, more: Pick<ProxyOptions, "components" | "onQuit" | "logLevels"> = {}): Proxy {
  const { configPath, configYaml, serviceCluster, serviceNode } = options;
  const inline = configYaml === undefined ? undefined : { text: configYaml, fileName: "--config-yaml", format: "yaml" as const };
  const file = configPath === undefined ? undefined : { text: read(configPath), fileName: configPath };
  const bootstrap = file ?? inline;
  if (bootstrap === undefined) throw new UsageError("no configuration: give a file with -c, or text with --config-yaml");
  return createProxy({
    bootstrap,
    ...(file !== undefined && inline !== undefined ? { override: inline } : {}),
    extensions: [boltProtocol, dubboProtocol],
    version: version(),
    ...(serviceCluster === undefined ? {} : { serviceCluster }),
    ...(serviceNode === undefined ? {} : { serviceNode }),
    ...more,
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`cannot read the configuration: ${error instanceof Error ? error.message : String(error)}`);
  }
}
