import type { StreamInfo } from "../access-log/index.ts";
import type { Clock } from "../runtime/index.ts";
import type { DownstreamHttpConnection } from "./downstream-connection.ts";

/** How a request was answered that was malformed, or did not come in time. */
export interface UnreadRequestAnswer {
  readonly status: number;
  readonly details: string;
  readonly flag: number;
  readonly bytesSent: number;
}

/** What an access log can tell of a request that could not be read. */
export class UnreadRequest implements StreamInfo {
  readonly protocol = "HTTP/1.1";
  readonly request: undefined = undefined;
  readonly response: undefined = undefined;
  readonly responseTrailers: undefined = undefined;
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
  readonly upstreamLocalAddress: undefined = undefined;
  readonly upstreamTransportFailureReason: undefined = undefined;
  readonly upstreamRequestAttemptCount = 0;
  readonly downstreamRemoteAddress: string;
  readonly downstreamDirectRemoteAddress: string;
  readonly downstreamLocalAddress: string;
  readonly requestedServerName: string | undefined;
  readonly connectionId: number;
  readonly dynamicMetadata: undefined = undefined;

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
    this.requestedServerName = info.requestedServerName;
    this.connectionId = connection.id;
  }
}
