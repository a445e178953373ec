/** How to reach a control plane. */
export interface XdsServerOptions {
  /** As gRPC names targets: `istiod.istio-system.svc:15012`, `unix:/run/xds.sock`, `dns:///xds:18000`. */
  readonly address: string;
  /** TLS to the server. Default: none, the connection is plain text. */
  readonly tls?: XdsTlsOptions;
  /**
   * A bearer token for the metadata `authorization`, read anew for each stream: a file's content, or what the function gives.
   * Only with `tls`. Default: none.
   */
  readonly token?: { readonly file: string } | (() => string | Promise<string>);
  /** Further metadata of each stream; what a function gives is asked for anew for each. Default: none. */
  readonly metadata?: Readonly<Record<string, string | (() => string | Promise<string>)>>;
  /** `:authority` of the streams. Default: `tls.serverName`, or else the address's host and port. */
  readonly authority?: string;
  /**
   * How long a connection may take until the server speaks HTTP/2, and a stream until there is one, in milliseconds. What takes longer is closed, and tried anew
   * after `backOff`. Default: 20000, as in gRPC.
   */
  readonly connectTimeoutMs?: number;
  readonly keepAlive?: KeepAliveOptions;
  /** The largest response, in bytes. Default: 67108864 (64 MiB). */
  readonly maxReceiveMessageLength?: number;
  /** Default: `delta`. */
  readonly protocol?: "delta" | "sotw";
  /** Whether only the first request of a stream holds the node. Default: false, as in Envoy. */
  readonly setNodeOnFirstMessageOnly?: boolean;
  /** The waits before a stream is opened again. */
  readonly backOff?: { readonly baseMs?: number; readonly maxMs?: number };
  /** How many requests may be sent. What is above waits. Default: as many as there are. */
  readonly requestRate?: RequestRateOptions;
}

/** A token bucket for the requests of a stream, as Envoy's `rate_limit_settings`. */
export interface RequestRateOptions {
  /** How many may be sent at once. Default: 100. */
  readonly maxTokens?: number;
  /** How many a second, above 0. Default: 10. */
  readonly perSecond?: number;
}

/** Each is PEM, or the file that holds it. Files are read anew for each stream, so that they may be rotated. */
export interface XdsTlsOptions {
  /** The authorities to trust. Default: those of Node. */
  readonly ca?: PemSource;
  /** The client's certificate chain, with `key`. Default: none. */
  readonly certificate?: PemSource;
  readonly key?: PemSource;
  /** The name that the server's certificate must hold. Default: the address's. */
  readonly serverName?: string;
}

export type PemSource = { readonly pem: string } | { readonly file: string };

/**
 * HTTP/2 pings, which find a server that is gone without a word. A server that finds them too frequent closes the connection once (ENHANCE_YOUR_CALM), and they
 * come every 5 minutes from then on, which servers of gRPC allow by default.
 */
export interface KeepAliveOptions {
  /** Between pings, in milliseconds. Default: 30000. */
  readonly timeMs?: number;
  /** How long an answer may take, in milliseconds. Default: 10000. */
  readonly timeoutMs?: number;
}
