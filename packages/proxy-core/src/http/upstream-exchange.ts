import type { HeaderView } from "@mesh/codec";
import type { RequestHead, ResponseHead } from "@mesh/codec-http1";
import type { StreamDetail } from "../access-log/index.ts";
import type { ResourceLimits } from "../cluster/index.ts";
import type { AttemptFailure } from "../stream/index.ts";
import type { Http1Pool } from "./http1-pool.ts";
import type { UpstreamHttpConnection } from "./upstream-connection.ts";

/** What pools and their connections carry: an attempt of a request, or a copy of one. */
export interface UpstreamExchange {
  readonly head: RequestHead;
  readonly wantsTunnel: boolean;
  readonly detail: StreamDetail | undefined;
  readonly limits: ResourceLimits | undefined;
  /** The pool in which it waits for a connection. Set by the pool. */
  pool: Http1Pool | undefined;
  /** The connection has been given the request's head. */
  onUpstreamReady(upstream: UpstreamHttpConnection): void;
  /** The host takes the request more slowly than it comes, or takes it again. */
  onUpstreamPressure(isAbove: boolean): void;
  /** The head cannot be written. */
  onUnencodable(error: unknown): void;
  /** A 1xx response; the final one follows. */
  onInterim(head: ResponseHead): void;
  /** False where the rest of this response is not wanted, and the exchange is over. */
  onResponseHead(head: ResponseHead, isTunnel: boolean): boolean;
  onResponseBody(chunk: Buffer, start: number, end: number): void;
  /** The host has ended its half of a tunnel. */
  onResponseEnd(trailers: HeaderView | undefined): void;
  /** The response has been received whole: the connection carries other exchanges now. */
  onUpstreamComplete(trailers: HeaderView | undefined): void;
  onTunnelClosed(): void;
  onFailure(failure: AttemptFailure, reason: string | undefined): void;
  /** The memory of the response's head is about to be read into again. */
  detachResponse(): void;
}
