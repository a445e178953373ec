import { connect, type Socket } from "node:net";
import type { SocketAddress } from "../../network/index.ts";
import type { HealthChecker, HealthCheckResult, HealthCheckTarget, HealthProbe } from "./health-checker.ts";
import { networkFailure } from "./health-checker.ts";
import { PayloadMatcher } from "./payload.ts";

export interface TcpCheckOptions {
  /** Empty: nothing is sent. */
  readonly send: Buffer;
  /** None: a connection is enough. */
  readonly receive: readonly Buffer[];
  /** Keeps the connection for the next check, where something is to be received. */
  readonly reuseConnection: boolean;
}

/** Envoy's tcp_health_check. Other bytes than those expected are waited through, until the time is up. */
export function tcpChecker(options: TcpCheckOptions): HealthChecker {
  return { probe: (target) => new TcpProbe(target, options) };
}

/** Where node connects to. */
export function connectTarget(address: SocketAddress): { readonly path: string } | { readonly host: string; readonly port: number } {
  if (address.kind === "ip") return { host: address.address, port: address.port };
  return { path: address.path.startsWith("@") ? `\0${address.path.slice(1)}` : address.path };
}

const passed: HealthCheckResult = { healthy: true, degraded: false };

class TcpProbe implements HealthProbe {
  readonly #target: HealthCheckTarget;
  readonly #options: TcpCheckOptions;
  /** The connection of the check under way, or the one kept for the next. */
  #socket: Socket | undefined;
  #matcher: PayloadMatcher;
  #settle: ((result: HealthCheckResult) => void) | undefined;

  constructor(target: HealthCheckTarget, options: TcpCheckOptions) {
    this.#target = target;
    this.#options = options;
    this.#matcher = new PayloadMatcher(options.receive);
  }

  check(signal: AbortSignal): Promise<HealthCheckResult> {
    return new Promise((resolve) => {
      const abort = (): void => {
        if (this.#socket) this.#lose(this.#socket, "aborted");
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#settle = (result) => {
        signal.removeEventListener("abort", abort);
        this.#settle = undefined;
        resolve(result);
      };
      this.#matcher = new PayloadMatcher(this.#options.receive);
      if (this.#socket) this.#begin(this.#socket.ref());
      else this.#connect();
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #connect(): void {
    const socket = connect({ ...connectTarget(this.#target.address), ...this.#target.source });
    this.#socket = socket;
    socket.on("connect", () => this.#begin(socket));
    socket.on("data", (chunk: Buffer) => this.#receive(socket, chunk));
    socket.on("error", (error) => this.#lose(socket, error.message));
    socket.on("end", () => this.#lose(socket, "the connection was closed"));
    socket.on("close", () => this.#lose(socket, "the connection was closed"));
  }

  #begin(socket: Socket): void {
    const { send, receive } = this.#options;
    if (receive.length > 0) {
      socket.write(send);
      return;
    }
    this.#socket = undefined;
    socket.end(send, () => socket.destroy());
    this.#settle?.(passed);
  }

  #receive(socket: Socket, chunk: Buffer): void {
    if (socket !== this.#socket || this.#settle === undefined) return;
    this.#matcher.push(chunk);
    if (!this.#matcher.done) return;
    if (this.#options.reuseConnection) {
      // A connection that only waits for the next check holds no process.
      socket.unref();
    } else {
      this.#socket = undefined;
      socket.destroy();
    }
    this.#settle(passed);
  }

  #lose(socket: Socket, reason: string): void {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    socket.destroy();
    this.#settle?.(networkFailure(reason));
  }
}
