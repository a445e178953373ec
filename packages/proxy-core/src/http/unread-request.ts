import type { ResponseHead } from "@mesh/codec-http1";
import { StreamDetail, type StreamInfo } from "../access-log/index.ts";
import type { Metadata } from "../config/index.ts";
import type { Clock } from "../runtime/index.ts";
import { lineBytes, responseBytes } from "../stream/index.ts";
import type { DownstreamHttpConnection } from "./downstream-connection.ts";
import { HttpResponse } from "./http-response.ts";

/** How a request was answered that was malformed, or did not come in time. */
export interface UnreadRequestAnswer {
  readonly status: number;
  readonly details: string;
  readonly flag: number;
  readonly bytesSent: number;
  readonly head: ResponseHead;
}

/** What an access log can tell of a request that could not be read. */
export class UnreadRequest implements StreamInfo {
  readonly protocol = "HTTP/1.1";
  readonly request: undefined = undefined;
  readonly response: HttpResponse;
  readonly responseTrailers: undefined = undefined;
  readonly requestHeadersBytes = 0;
  readonly responseHeadersBytes: number;
  readonly responseTrailersBytes = 0;
  readonly startTime: number;
  readonly requestDuration: undefined = undefined;
  readonly responseDuration: undefined = undefined;
  readonly duration: number;
  readonly responseCode: number;
  readonly responseCodeDetails: string;
  readonly responseFlags: number;
  readonly connectionTerminationDetails: undefined = undefined;
  readonly bytesReceived = 0;
  readonly bytesSent: number;
  readonly routeName: undefined = undefined;
  readonly virtualHostName: undefined = undefined;
  readonly upstreamCluster: undefined = undefined;
  readonly upstreamHost: undefined = undefined;
  readonly upstreamHostname: undefined = undefined;
  readonly upstreamLocalAddress: undefined = undefined;
  readonly upstreamConnectionId = 0;
  readonly upstreamProtocol: undefined = undefined;
  readonly upstreamHostsFailed: readonly never[] = [];
  readonly upstreamCloseType: undefined = undefined;
  readonly upstreamTransportFailureReason: undefined = undefined;
  readonly upstreamRequestAttemptCount = 0;
  readonly downstreamRemoteAddress: string;
  readonly downstreamDirectRemoteAddress: string;
  readonly downstreamLocalAddress: string;
  readonly downstreamDirectLocalAddress: string;
  readonly downstreamCloseType = "Normal";
  readonly filterChainName: string;
  readonly requestedServerName: string | undefined;
  readonly connectionId: number;
  readonly dynamicMetadata: undefined = undefined;
  readonly listenerMetadata: Metadata | undefined;
  readonly filterChainMetadata: Metadata | undefined;
  readonly routeMetadata: undefined = undefined;
  readonly virtualHostMetadata: undefined = undefined;
  readonly clusterMetadata: undefined = undefined;
  readonly upstreamMetadata: undefined = undefined;
  readonly detail: StreamDetail | undefined;

  /** @param startedAt milliseconds on the clock */
  constructor(downstream: DownstreamHttpConnection, clock: Clock, startedAt: number, answer: UnreadRequestAnswer) {
    const { info, connection } = downstream;
    this.duration = clock.now() - startedAt;
    this.startTime = clock.wall() - this.duration;
    this.responseCode = answer.status;
    this.responseCodeDetails = answer.details;
    this.responseFlags = answer.flag;
    this.bytesSent = answer.bytesSent;
    this.downstreamRemoteAddress = info.remoteAddress;
    this.downstreamDirectRemoteAddress = info.directRemoteAddress;
    this.downstreamLocalAddress = info.localAddress;
    this.downstreamDirectLocalAddress = info.directLocalAddress;
    this.filterChainName = info.filterChainName;
    this.listenerMetadata = info.listenerMetadata;
    this.filterChainMetadata = info.filterChainMetadata;
    this.requestedServerName = info.requestedServerName;
    this.connectionId = connection.id;
    this.response = new HttpResponse(answer.head);
    this.responseHeadersBytes = responseBytes(answer.head.headers);
    this.detail = downstream.owner.recordsDetail ? new StreamDetail() : undefined;
    if (this.detail === undefined) return;
    this.detail.downstreamConnectedAt = info.acceptedAt;
    this.detail.startedAt = startedAt;
    this.detail.downstreamHeaderBytesSent = lineBytes(answer.head.headers, 4);
    downstream.countWireBytes(this.detail);
  }
}
