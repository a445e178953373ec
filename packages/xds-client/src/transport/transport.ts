import type { StreamStatus } from "../machine/events.ts";

/** Opens streams to one control plane. The client comes with one over gRPC; the tests' is in memory. */
export interface XdsTransport {
  /**
   * Opens a bidirectional stream of messages.
   *
   * @param path of the method: `/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources`
   */
  open(path: string, handlers: StreamHandlers): TransportStream;
  /** Ends all streams and lets go of the connection. */
  close(): void;
}

/** What a transport calls, never before `open` has returned. */
export interface StreamHandlers {
  /** The stream can be written to. */
  onOpen(): void;
  onMessage(bytes: Uint8Array): void;
  /** What `send` returned false for has left. */
  onDrain(): void;
  /** The stream has ended, or could not be opened. The last call; it does not come after `cancel`. */
  onClose(status: StreamStatus): void;
}

export interface TransportStream {
  /** Returns false where the stream wants no more before `onDrain`; what it was given is sent all the same. */
  send(bytes: Uint8Array): boolean;
  cancel(): void;
  /**
   * Brings no messages until `resume`: those that came are being taken. A transport that cannot do that goes on, and what it brings waits.
   */
  pause?(): void;
  resume?(): void;
}
