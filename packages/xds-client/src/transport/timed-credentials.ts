import type { Socket } from "node:net";
import { ChannelCredentials } from "@grpc/grpc-js";

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

  constructor(inner: ChannelCredentials, timeoutMs: number) {
    super();
    this.#inner = inner;
    this.#timeoutMs = timeoutMs;
  }

  _isSecure(): boolean {
    return this.#inner._isSecure();
  }

  _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  _createSecureConnector(...given: Parameters<CreateConnector>): Connector {
    return new TimedConnector(this.#inner._createSecureConnector(...given), this.#timeoutMs);
  }
}

/** Makes the connections to one address, one after the other. */
class TimedConnector implements Connector {
  readonly #inner: Connector;
  readonly #timeoutMs: number;
  readonly #attempts = new Set<Attempt>();
  #isDestroyed = false;

  constructor(inner: Connector, timeoutMs: number) {
    this.#inner = inner;
    this.#timeoutMs = timeoutMs;
  }

  async connect(socket: Socket): ReturnType<Connector["connect"]> {
    // gRPC destroys the socket then.
    if (this.#isDestroyed) throw new Error("the channel is closed");
    const attempt = new Attempt(socket, this.#timeoutMs, () => this.#attempts.delete(attempt));
    this.#attempts.add(attempt);
    const result = await this.#inner.connect(socket);
    attempt.secured = result.socket;
    return result;
  }

  waitForReady(): Promise<void> {
    return this.#inner.waitForReady();
  }

  getCallCredentials(): ReturnType<Connector["getCallCredentials"]> {
    return this.#inner.getCallCredentials();
  }

  /** Nobody uses the address any more. A connection that was made ends when its calls have. */
  destroy(): void {
    this.#isDestroyed = true;
    for (const attempt of this.#attempts) attempt.endIfSilent();
    this.#inner.destroy();
  }
}

class Attempt {
  readonly #socket: Socket;
  /** What HTTP/2 is spoken over: the same socket, or that of TLS when its handshake is done. */
  secured: Socket | undefined = undefined;

  constructor(socket: Socket, timeoutMs: number, onEnd: () => void) {
    this.#socket = socket;
    const timer = setTimeout(() => {
      this.endIfSilent(new Error(`the server has not answered within ${timeoutMs} ms`));
      onEnd();
    }, timeoutMs);
    timer.unref();
    socket.once("close", () => {
      clearTimeout(timer);
      onEnd();
    });
  }

  /** What a server of HTTP/2 says first are its SETTINGS. Those of TLS do not count: it may be spoken by something in between. */
  endIfSilent(error?: Error): void {
    const { secured } = this;
    if (secured && secured.bytesRead > 0) return;
    secured?.destroy(error);
    this.#socket.destroy();
  }
}
