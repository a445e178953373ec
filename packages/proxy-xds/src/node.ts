import type { Message, MessageInit } from "@mesh/xds-proto";
import type { XdsConfigSourcesOptions } from "./options.ts";

/** Who asks: the bootstrap's node, and what the program says of itself. What the proxy can do is added by the xDS client. */
export function describeNode(
  node: Message<"envoy.config.core.v3.Node">,
  { userAgent = "mosn", version, extensions = [] }: XdsConfigSourcesOptions,
): MessageInit<"envoy.config.core.v3.Node"> {
  const { id, cluster, metadata, locality } = node;
  return {
    id,
    cluster,
    metadata,
    locality,
    userAgentName: userAgent,
    ...describeVersion(version),
    extensions: extensions.map(({ name, category, messageName }) => ({ name, category, typeUrls: [messageName] })),
  };
}

function describeVersion(version: string | undefined): MessageInit<"envoy.config.core.v3.Node"> {
  if (version === undefined) return {};
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)$/.exec(version) ?? [];
  if (patch === undefined) return { userAgentVersion: version };
  return { userAgentBuildVersion: { version: { majorNumber: Number(major), minorNumber: Number(minor), patch: Number(patch) } } };
}
