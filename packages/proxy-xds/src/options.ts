import type { ExtensionDescriptor } from "@mesh/proxy-core";
import type { XdsRuntime, XdsServerOptions, XdsTransport } from "@mesh/xds-client";

export interface XdsConfigSourcesOptions {
  /** `node.user_agent_name`. Default: `mosn`. */
  readonly userAgent?: string;
  /** The program's version: `node.user_agent_build_version`, or `user_agent_version` where it is not `1.2.3`. Default: none is told. */
  readonly version?: string;
  /** What the proxy is composed with, to be told in `node.extensions`. Default: none is told. */
  readonly extensions?: readonly Pick<ExtensionDescriptor, "name" | "category" | "messageName">[];
  /** How control planes are reached. Default: over gRPC. Of other connections, only the streams are counted in clusters. */
  readonly connect?: (server: XdsServerOptions) => XdsTransport;
  /** Clock, timers and randomness of the xDS client. Default: the process's. */
  readonly runtime?: XdsRuntime;
}
