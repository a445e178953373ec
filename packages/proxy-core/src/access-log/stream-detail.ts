/**
 * What costs something to record of a stream, and therefore is only recorded where a log asks for it (`AccessLogger.needsDetail`). Whoever
 * carries the stream fills it in; all of it is there when the log is written.
 *
 * Bytes are those on the wire: heads, framing and bodies, and of all attempts at hosts together. Times are milliseconds on the runtime's
 * clock; -1 for what has not happened.
 */
export class StreamDetail {
  downstreamBytesReceived = 0;
  downstreamBytesSent = 0;
  upstreamBytesReceived = 0;
  upstreamBytesSent = 0;
  /** Bytes of header fields alone, as Envoy counts them. */
  downstreamHeaderBytesReceived = 0;
  downstreamHeaderBytesSent = 0;
  upstreamHeaderBytesReceived = 0;
  upstreamHeaderBytesSent = 0;

  /** When the client's connection was accepted. */
  downstreamConnectedAt = -1;
  startedAt = -1;
  requestReceivedAt = -1;
  /** The attempt at the last host began, and was given a connection. */
  attemptStartedAt = -1;
  poolReadyAt = -1;
  /** When the connection to the last host was begun and stood: before the request, where it was made for another one. */
  upstreamConnectStartedAt = -1;
  upstreamConnectedAt = -1;
  /** The first and the last byte to and from the last host. */
  requestSendingAt = -1;
  requestSentAt = -1;
  responseReceivingAt = -1;
  responseBodyReceivingAt = -1;
  responseReceivedAt = -1;
  responseSendingAt = -1;
  /** All of the response was written; -1 where it broke off. */
  responseSentAt = -1;

  /** The last attempt got no connection: when the one before it got its own is not asked for. */
  forgetEarlierAttempt(): void {
    if (this.poolReadyAt >= this.attemptStartedAt) return;
    this.poolReadyAt = -1;
    this.upstreamConnectStartedAt = -1;
    this.upstreamConnectedAt = -1;
    this.requestSendingAt = -1;
    this.requestSentAt = -1;
  }
}
