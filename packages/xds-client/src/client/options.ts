import type { Message, MessageInit } from "@mesh/xds-proto";
import type { PathSource } from "../source/file-source.ts";
import type { XdsObserver } from "../source/source.ts";
import type { XdsRuntime } from "../runtime.ts";
import type { XdsServerOptions } from "../transport/options.ts";
import type { XdsTransport } from "../transport/transport.ts";

export interface XdsClientOptions {
  /** Who asks. Control planes decide by its id, cluster, locality and metadata. */
  readonly node: MessageInit<"envoy.config.core.v3.Node">;
  /** The server of the aggregated stream, for all that is watched without a source of its own. Default: none. */
  readonly ads?: XdsServerOptions;
  /** The servers of `xdstp://` names by authority, each with an aggregated stream. Default: none. */
  readonly authorities?: Readonly<Record<string, XdsServerOptions>>;
  /** How to read `.yaml` files: `parse` of the package yaml, say. Default: they are refused. */
  readonly parseYaml?: (text: string) => unknown;
  /** Default: none. */
  readonly observer?: XdsObserver;
  /** Clock, timers and randomness. Default: the process's. */
  readonly runtime?: XdsRuntime;
  /** How servers are reached. Default: over gRPC. Called once for each `XdsServerOptions` object. */
  readonly connect?: (server: XdsServerOptions) => XdsTransport;
}

/** Where a watch's resources come from. */
export type XdsSource =
  /** The aggregated stream, or that of an `xdstp://` name's authority. */
  | { readonly ads: true }
  /**
   * A stream for the type alone, by the type's own service, or with `isAggregated` the server's aggregated stream. Watches with the same
   * object share it.
   */
  | { readonly server: XdsServerOptions; readonly isAggregated?: boolean }
  | { readonly path: PathSource };

export interface WatchOptions {
  /** Default: `{ ads: true }` */
  readonly source?: XdsSource;
  /**
   * How long the first answer may take, in milliseconds; 0 means for ever. Afterwards the resource is taken not to exist, or, for a
   * collection or where no control plane could be asked, MESH_XDS_TIMEOUT is reported; an answer may still come. Of several watches
   * of a name the first's counts. Default: 15000, Envoy's `initial_fetch_timeout`. It has no meaning for files.
   */
  readonly timeoutMs?: number;
}

export type Node = Message<"envoy.config.core.v3.Node">;
