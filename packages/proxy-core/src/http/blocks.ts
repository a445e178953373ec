/** Why reading from a client is stopped. Bits. */
export const DownstreamBlock = {
  /** The host takes the request more slowly than the client sends it. */
  HostSlow: 1,
  /** As much of the request as may be waits for a connection to a host. */
  WaitsForHost: 2,
  /** A filter holds back as much of the request as may be held. */
  FilterHolds: 4,
  /** The next request is there, and has to wait its turn. */
  Pipelined: 8,
} as const;

/** The blocks of a client that end with the stream. */
export const streamBlocks: number = DownstreamBlock.HostSlow | DownstreamBlock.WaitsForHost | DownstreamBlock.FilterHolds;

/** Why reading from a host is stopped. Bits. */
export const UpstreamBlock = {
  /** The client takes the response more slowly than the host sends it. */
  ClientSlow: 1,
  /** A filter holds back as much of the response as may be held. */
  FilterHolds: 2,
} as const;
