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

/** Who is told of the connections of a transport, for statistics. */
export interface ConnectionObserver {
  /** One is being made, be there streams that wait for it or not. */
  onConnecting(): ConnectionWatcher;
}

/** Who is told of one connection: it fails, or is made and ends. */
export interface ConnectionWatcher {
  /**
   * The server, or what stands before it, has taken it.
   *
   * @param address of the other side, as in `127.0.0.1:15010`; undefined for unix sockets
   * @param ms how long that took
   */
  onConnected(address: string | undefined, ms: number): void;
  /**
   * It was not made. Told of when the next one begins, at the latest a second later (gRPC hides its sockets until they are connected).
   *
   * @param isLocal the transport was closed
   */
  onFailed(isLocal: boolean): void;
  onEnded(end: ConnectionEnd): void;
}

export interface ConnectionEnd {
  /** Milliseconds since it was made. */
  readonly ms: number;
  /** The transport has ended it. */
  readonly isLocal: boolean;
  /** The server has never said a word of HTTP/2. */
  readonly wasSilent: boolean;
  /** So the transport has ended it after `connectTimeoutMs`. */
  readonly wasTooLate: boolean;
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
