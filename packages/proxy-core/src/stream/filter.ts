import type { LocalReply } from "@mesh/codec";
import type { StreamInfo } from "../access-log/index.ts";
import type { DecodedExtension, ExtensionDescriptor } from "../config/index.ts";
import type { RoutableRequest, Route, WeightedTarget } from "../route/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { StatsScope } from "../stats/index.ts";
import type { HeaderMap } from "@mesh/codec";

/** What a filter's hook decides. */
export const FilterStatus = {
  /** On to the next filter. */
  Continue: 0,
  /** Wait: the filter will call `continueRequest()` or `continueResponse()`, or has sent a local reply. Bodies wait as well. */
  Stop: 1,
} as const;

export type FilterStatus = (typeof FilterStatus)[keyof typeof FilterStatus];

/** The response's head, once there is one. */
export interface StreamResponse {
  /** An HTTP status, or for RPC the one that means the same. */
  readonly status: number;
  readonly headers: HeaderMap;
  header(name: string): string | undefined;
}

/** One request and its response, of any protocol, as filters see it. */
export interface FilterStream extends StreamInfo {
  readonly request: RoutableRequest;
  readonly response: StreamResponse | undefined;
  /** The route as it stands; `undefined` when none matches. */
  readonly route: Route | undefined;
  /** Which of the route's clusters the request goes to, once and for all filters; `undefined` where the route forwards nothing. */
  readonly target: WeightedTarget | undefined;
  readonly runtime: Runtime;
  /** What the route has for a filter, by the filter's name: the most specific, the weighted cluster's over the route's; `undefined` for nothing. */
  filterConfig(filterName: string): unknown;
  /** All that there is for a filter, the most specific first. */
  filterConfigs(filterName: string): readonly unknown[];
  /** Chooses the route anew, after a filter changed what routing looks at. */
  refreshRoute(): void;
  /** Resumes after `Stop`. */
  continueRequest(): void;
  continueResponse(): void;
  /**
   * Answers the request here; it goes no further. Only before a response has begun. The response filters see the reply over HTTP; an RPC reply
   * has no headers to change, and passes them by.
   *
   * @param flag bits of `ResponseFlag`; default: those of the cause
   */
  sendLocalReply(reply: LocalReply, details?: string, flag?: number): void;
  /** Sets bits of `ResponseFlag`. */
  addResponseFlag(flag: number): void;
  setDynamicMetadata(namespace: string, key: string, value: unknown): void;
  /** What this filter keeps for this stream. `slot` comes from the filter's context. */
  getState(slot: number): unknown;
  setState(slot: number, state: unknown): void;
  /** True when the stream has ended, so that a filter that waited knows. */
  readonly ended: boolean;
}

/**
 * A stream filter. One object serves all streams of its chain: what belongs to a stream is kept in the stream (`getState`).
 * Hooks that are absent cost nothing. Request hooks run in the order of configuration, response hooks in the opposite one.
 * Bodies can be watched and held back, not changed; an RPC body comes in one piece.
 */
export interface StreamFilter {
  onRequest?(stream: FilterStream, endOfStream: boolean): FilterStatus;
  onRequestBody?(stream: FilterStream, chunk: Buffer, endOfStream: boolean): FilterStatus;
  onResponse?(stream: FilterStream, endOfStream: boolean): FilterStatus;
  onResponseBody?(stream: FilterStream, chunk: Buffer, endOfStream: boolean): FilterStatus;
  /** The stream is over, however it ended: release what was kept. */
  onComplete?(stream: FilterStream): void;
}

export interface StreamFilterContext {
  readonly runtime: Runtime;
  /** The connection manager's scope (`http.<stat_prefix>`, `rpc.<stat_prefix>`). */
  readonly stats: StatsScope;
  /** The name in configuration, by which routes give it configuration of their own. */
  readonly filterName: string;
  /** Index for `getState` and `setState`. */
  readonly slot: number;
}

/** Makes stream filters from configuration; category `envoy.filters.http`. */
export interface StreamFilterExtension extends ExtensionDescriptor {
  readonly category: "envoy.filters.http";
  /** `true` for the router: it must be the last of its chain, and is no filter itself. */
  readonly terminal?: boolean;
  /** Called once a chain. Throws `ConfigError` where the configuration makes no sense. */
  create(extension: DecodedExtension, context: StreamFilterContext): StreamFilter;
}
