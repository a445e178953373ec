import { isIPv6, type Socket } from "node:net";
import { ChannelCredentials } from "@grpc/grpc-js";
import type { ConnectionObserver, ConnectionWatcher } from "./transport.ts";

type CreateConnector = ChannelCredentials["_createSecureConnector"];
type Connector = ReturnType<CreateConnector>;

/**
 * Credentials whose connections must be answered in time. For @grpc/grpc-js a connection is made when the server's SETTINGS have come (RFC 9113 §3.4), for which
 * it waits without a timer: a server, or what stands before it, that accepts connections and is silent would be waited for for ever. Closing the channel does
 * not close such a connection either. The socket is in nobody's hands but the credentials'.
 */
export class TimedCredentials extends ChannelCredentials {
  readonly #inner: ChannelCredentials;
  readonly #timeoutMs: number;
  readonly #observer: ConnectionObserver | undefined;
  readonly #connectors = new Set<TimedConnector>();

  /** @param observer is told of all connections */
  constructor(inner: ChannelCredentials, timeoutMs: number, observer?: ConnectionObserver) {
    super();
    this.#inner = inner;
    this.#timeoutMs = timeoutMs;
    this.#observer = observer;
  }

  _isSecure(): boolean {
    return this.#inner._isSecure();
  }

  _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  _createSecureConnector(...given: Parameters<CreateConnector>): Connector {
    const inner = this.#inner._createSecureConnector(...given);
    const connector = new TimedConnector(inner, this.#timeoutMs, this.#observer, () => this.#connectors.delete(connector));
    this.#connectors.add(connector);
    return connector;
  }

  /** Who waits for a connection does so no longer: those that were not answered are closed. */
  expire(): void {
    for (const connector of this.#connectors) connector.expire();
  }
}

/** Makes the connections to one address, one after the other. */
class TimedConnector implements Connector {
  readonly #inner: Connector;
  readonly #timeoutMs: number;
  readonly #observer: ConnectionObserver | undefined;
  readonly #onDestroyed: () => void;
  readonly #attempts = new Set<Attempt>();
  /** The connection that gRPC makes: it says neither that it has a socket, nor that it will get none. */
  #watcher: ConnectionWatcher | undefined = undefined;
  #beganAt = 0;
  #isDestroyed = false;

  constructor(inner: Connector, timeoutMs: number, observer: ConnectionObserver | undefined, onDestroyed: () => void) {
    this.#inner = inner;
    this.#timeoutMs = timeoutMs;
    this.#observer = observer;
    this.#onDestroyed = onDestroyed;
  }

  async connect(socket: Socket): ReturnType<Connector["connect"]> {
    // gRPC destroys the socket then.
    if (this.#isDestroyed) throw new Error("the channel is closed");
    const watcher = this.#watcher;
    this.#watcher = undefined;
    watcher?.onConnected(addressOf(socket), performance.now() - this.#beganAt);
    const attempt = new Attempt(socket, this.#timeoutMs, watcher, () => this.#attempts.delete(attempt));
    this.#attempts.add(attempt);
    const result = await this.#inner.connect(socket);
    attempt.secured = result.socket;
    return result;
  }

  /** This is how a connection begins. */
  waitForReady(): Promise<void> {
    if (this.#observer !== undefined && !this.#isDestroyed) {
      // Of the one before nothing was heard any more.
      this.#watcher?.onFailed(false);
      this.#watcher = this.#observer.onConnecting();
      this.#beganAt = performance.now();
    }
    return this.#inner.waitForReady();
  }

  getCallCredentials(): ReturnType<Connector["getCallCredentials"]> {
    return this.#inner.getCallCredentials();
  }

  expire(): void {
    for (const attempt of this.#attempts) attempt.expire();
  }

  /** Nobody uses the address any more. A connection that was made ends when its calls have. */
  destroy(): void {
    this.#isDestroyed = true;
    this.#onDestroyed();
    this.#watcher?.onFailed(true);
    this.#watcher = undefined;
    for (const attempt of this.#attempts) attempt.endByUs();
    this.#inner.destroy();
  }
}

class Attempt {
  readonly #socket: Socket;
  readonly #watcher: ConnectionWatcher | undefined;
  readonly #beganAt = performance.now();
  #isLocal = false;
  #wasTooLate = false;
  /** What HTTP/2 is spoken over: the same socket, or that of TLS when its handshake is done. */
  secured: Socket | undefined = undefined;

  constructor(socket: Socket, timeoutMs: number, watcher: ConnectionWatcher | undefined, onEnd: () => void) {
    this.#socket = socket;
    this.#watcher = watcher;
    const timer = setTimeout(() => this.expire(new Error(`the server has not answered within ${timeoutMs} ms`)), timeoutMs);
    timer.unref();
    socket.once("close", () => {
      clearTimeout(timer);
      this.#tell();
      onEnd();
    });
  }

  /** What a server of HTTP/2 says first are its SETTINGS. Those of TLS do not count: it may be spoken by something in between. */
  get #isSilent(): boolean {
    return this.secured === undefined || this.secured.bytesRead === 0;
  }

  /** Its time is over. */
  expire(error?: Error): void {
    if (!this.#isSilent) return;
    this.#wasTooLate = true;
    this.#endIfSilent(error);
  }

  /** The channel is closed. A connection that is made ends when its calls have. */
  endByUs(): void {
    this.#isLocal = true;
    this.#endIfSilent();
  }

  #endIfSilent(error?: Error): void {
    if (!this.#isSilent) return;
    this.#isLocal = true;
    this.secured?.destroy(error);
    this.#socket.destroy();
  }

  #tell(): void {
    const sockets = [this.#socket, ...(this.secured === undefined ? [] : [this.secured])];
    const isByPeer = sockets.some(({ readableEnded, errored }) => readableEnded || errored !== null);
    this.#watcher?.onEnded({
      ms: performance.now() - this.#beganAt,
      isLocal: this.#isLocal || !isByPeer,
      wasSilent: this.#isSilent,
      wasTooLate: this.#wasTooLate,
    });
  }
}

function addressOf({ remoteAddress, remotePort }: Socket): string | undefined {
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return isIPv6(remoteAddress) ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}
