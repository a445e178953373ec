import type { Cluster, ProtocolOptionsExtension } from "../cluster/index.ts";
import type { ExtensionDescriptor } from "../config/index.ts";

const messageName = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

/** How a cluster's hosts are spoken to; idle timeout and requests per connection are the cluster's own. */
export class HttpUpstreamOptions {
  /** Trailers are sent to hosts, and taken from them. */
  readonly enableTrailers: boolean;

  constructor(enableTrailers: boolean) {
    this.enableTrailers = enableTrailers;
  }
}

const defaults = new HttpUpstreamOptions(false);

/** The options of a cluster, as `httpProtocolOptions` made them of its configuration. */
export function upstreamOptionsOf(cluster: Cluster): HttpUpstreamOptions {
  const options = cluster.protocolOptions(messageName);
  return options instanceof HttpUpstreamOptions ? options : defaults;
}

/** `HttpProtocolOptions` in a cluster's `typed_extension_protocol_options`. */
export const httpProtocolOptions: ProtocolOptionsExtension = {
  name: messageName,
  category: "envoy.upstream_options",
  messageName,
  fields: undefined,
  create: (extension) => {
    const { explicitHttpConfig, useDownstreamProtocolConfig } = extension.as(messageName);
    const options = explicitHttpConfig?.httpProtocolOptions ?? useDownstreamProtocolConfig?.httpProtocolOptions;
    return new HttpUpstreamOptions(options?.enableTrailers ?? false);
  },
};

/** Names of header fields keep their case in any case; this lets a configuration that asks for it be read. */
export const preserveCaseFormatter: ExtensionDescriptor = {
  name: "envoy.http.stateful_header_formatters.preserve_case",
  category: "envoy.http.stateful_header_formatters",
  messageName: "envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig",
  fields: undefined,
};
