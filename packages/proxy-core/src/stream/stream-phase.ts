/** Where a stream stands. It only moves forward, but for a retry, which goes back from `Responding` never. */
export const StreamPhase = {
  /** The request's head is with the filters. */
  Filtering: 0,
  /** The request is the router's: forwarded, or waiting to be tried again. */
  Forwarding: 1,
  /** A response, upstream's or ours, is with the filters or on its way down. */
  Responding: 2,
  Ended: 3,
} as const;

export type StreamPhase = (typeof StreamPhase)[keyof typeof StreamPhase];
