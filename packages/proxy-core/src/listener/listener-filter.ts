import type { DecodedExtension, ExtensionDescriptor, ExtensionSet } from "../config/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { StatsScope } from "../stats/index.ts";
import type { AcceptedConnection } from "./accepted.ts";

/** What a listener filter makes of the bytes so far. */
export type InspectResult =
  /** On to the next filter; the first `consumed` bytes were the filter's and are removed. */
  | { readonly kind: "done"; readonly consumed: number }
  /** `needed`: no use in asking again before there are so many bytes. */
  | { readonly kind: "more"; readonly needed: number }
  /** The connection is closed. */
  | { readonly kind: "reject"; readonly reason: string };

/** Looks at a connection before its filter chain is chosen. One object serves all connections of a listener. */
export interface ListenerFilter {
  /** The most bytes that `inspect` needs; 0 for a filter that needs none, and is called once with none. */
  readonly maxBytes: number;
  /** `bytes` are all that were received and not consumed by an earlier filter. */
  inspect(accepted: AcceptedConnection, bytes: Buffer): InspectResult;
}

export interface ListenerFilterContext {
  readonly runtime: Runtime;
  /** What the proxy is composed with. */
  readonly extensions: ExtensionSet;
  /** The listener's scope (`listener.<address>`). */
  readonly stats: StatsScope;
  /** By names that begin at the root; it goes with the listener. */
  readonly rootStats: StatsScope;
}

/** Makes listener filters; category `envoy.filters.listener`. */
export interface ListenerFilterExtension extends ExtensionDescriptor {
  readonly category: "envoy.filters.listener";
  /** Called once a listener. Throws `ConfigError` where the configuration makes no sense. */
  create(extension: DecodedExtension, context: ListenerFilterContext): ListenerFilter;
}
