import type { ControlPlaneStream, ControlPlaneTraffic } from "@mesh/proxy-core";
import type { ConnectionObserver, StreamHandlers, StreamStatus, TransportStream, XdsTransport } from "@mesh/xds-client";

/** Where the connections to a cluster are counted. */
export const connectionsOf = (traffic: ControlPlaneTraffic): ConnectionObserver => ({ onConnecting: () => traffic.connect() });

/** A transport whose streams are counted as requests to a cluster. */
export class CountedTransport implements XdsTransport {
  readonly #inner: XdsTransport;
  readonly #traffic: ControlPlaneTraffic;

  constructor(inner: XdsTransport, traffic: ControlPlaneTraffic) {
    this.#inner = inner;
    this.#traffic = traffic;
  }

  open(path: string, handlers: StreamHandlers): TransportStream {
    const counted = new CountedHandlers(handlers, this.#traffic.open());
    return new CountedStream(this.#inner.open(path, counted), counted);
  }

  close(): void {
    this.#inner.close();
  }
}

/** Status OK of gRPC. */
const ok = 0;

class CountedHandlers implements StreamHandlers {
  readonly #inner: StreamHandlers;
  readonly #counted: ControlPlaneStream;
  #isEnded = false;

  constructor(inner: StreamHandlers, counted: ControlPlaneStream) {
    this.#inner = inner;
    this.#counted = counted;
  }

  onOpen(): void {
    this.#counted.onSent();
    this.#inner.onOpen();
  }

  onMessage(bytes: Uint8Array): void {
    this.#counted.onAnswered();
    this.#inner.onMessage(bytes);
  }

  onDrain(): void {
    this.#inner.onDrain();
  }

  onClose(status: StreamStatus): void {
    this.#isEnded = true;
    this.#counted.onEnded(status.code === ok);
    this.#inner.onClose(status);
  }

  cancelled(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#counted.onCancelled();
  }
}

class CountedStream implements TransportStream {
  readonly #inner: TransportStream;
  readonly #handlers: CountedHandlers;

  constructor(inner: TransportStream, handlers: CountedHandlers) {
    this.#inner = inner;
    this.#handlers = handlers;
  }

  send(bytes: Uint8Array): boolean {
    return this.#inner.send(bytes);
  }

  cancel(): void {
    this.#handlers.cancelled();
    this.#inner.cancel();
  }

  pause(): void {
    this.#inner.pause?.();
  }

  resume(): void {
    this.#inner.resume?.();
  }
}
