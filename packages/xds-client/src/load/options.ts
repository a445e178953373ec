import type { Message, MessageInit } from "@mesh/xds-proto";
import type { XdsError } from "../errors.ts";

/** What a server wants to be told. */
export interface LoadRequest {
  /** The clusters; undefined means all. */
  readonly clusters: readonly string[] | undefined;
  /** Whether endpoints are to be told apart. */
  readonly isEndpointGranularity: boolean;
  /** The time since the last report, in milliseconds. */
  readonly intervalMs: number;
}

export interface LoadReportOptions {
  /** Gives what happened since it was called last; `load_report_interval` is filled in. A cluster that has nothing to tell may be left out. */
  readonly collect: (request: LoadRequest) => readonly MessageInit<"envoy.config.endpoint.v3.ClusterStats">[];
  /** The server said what it wants, which it may do again and again. Counting may begin now. Default: nothing. */
  readonly onRequested?: (request: Omit<LoadRequest, "intervalMs">) => void;
  /** The stream was lost; it is opened again after a back-off. Default: nothing. */
  readonly onError?: (error: XdsError) => void;
}

export interface LoadReport {
  /** Ends the stream. */
  close(): void;
}

export type LoadStatsResponse = Message<"envoy.service.load_stats.v3.LoadStatsResponse">;
