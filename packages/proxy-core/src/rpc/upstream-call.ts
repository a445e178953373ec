import type { RpcFrame } from "@mesh/codec";
import type { ResourceLimits } from "../cluster/index.ts";
import type { AttemptFailure } from "../stream/index.ts";
import type { DownstreamRpcConnection } from "./downstream-connection.ts";
import type { UpstreamRpcConnection } from "./upstream-connection.ts";

/** What upstream connections carry: an attempt of a call, or a copy of one. */
export interface UpstreamCall {
  readonly frame: RpcFrame;
  /** The connection that it is on, and its id there. Set by the connection. */
  upstream: UpstreamRpcConnection | undefined;
  upstreamId: number;
  readonly limits: ResourceLimits | undefined;
  readonly attemptStartedAt: number;
  readonly isOneWay: boolean;
  /** Nothing more is done with it, nor with what it was answered. */
  readonly ended: boolean;
  /** Who is held back when the host is slower than the caller; undefined for a copy, which is given up instead. */
  readonly downstream: DownstreamRpcConnection | undefined;
  onResponse(frame: RpcFrame): void;
  /** A one-way call is written: there is nothing to wait for. */
  onSent(): void;
  onFailure(failure: AttemptFailure, reason: string | undefined): void;
  /** Its header edits do not fit the protocol. */
  onUnencodable(error: unknown): void;
}
