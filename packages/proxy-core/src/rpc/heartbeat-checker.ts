import { RpcFrameKind, type RpcFrame, type RpcFrameSink, type RpcSession } from "@mesh/codec";
import { connect, type Socket } from "node:net";
import type { HealthCheckerExtension, HealthCheckResult, HealthProbe } from "../cluster/index.ts";
import type { SocketAddress } from "../network/index.ts";
import { requiredCodec } from "./protocols.ts";
import type { RpcProtocol } from "./protocol.ts";

const messageName = "mesh.extensions.health_checkers.rpc.v3.RpcHeartbeat";

/**
 * Active health checks by the protocol's own heartbeat: a host is healthy when it acknowledges one. The probe keeps its connection, so that a
 * check costs two frames.
 */
export const rpcHeartbeatChecker: HealthCheckerExtension = {
  name: "mesh.health_checkers.rpc_heartbeat",
  category: "envoy.health_checkers",
  messageName,
  fields: undefined,
  create: (extension, services) => {
    const protocol = requiredCodec(extension.as(messageName).codec, extension.path.field("codec"), services.extensions);
    return { probe: ({ address }) => new HeartbeatProbe(address, protocol) };
  },
};

class HeartbeatProbe implements HealthProbe, RpcFrameSink {
  readonly #address: SocketAddress;
  readonly #protocol: RpcProtocol;
  #socket: Socket | undefined = undefined;
  #session: RpcSession | undefined = undefined;
  #nextId = 1;
  #waiting: { readonly id: number; readonly settle: (result: HealthCheckResult) => void } | undefined = undefined;

  constructor(address: SocketAddress, protocol: RpcProtocol) {
    this.#address = address;
    this.#protocol = protocol;
  }

  check(signal: AbortSignal): Promise<HealthCheckResult> {
    return new Promise((settle) => {
      const id = this.#nextId++ | 0;
      this.#waiting = { id, settle };
      signal.addEventListener("abort", () => this.#fail("no heartbeat came back in time"), { once: true });
      const socket = this.#socket ?? this.#open();
      const session = (this.#session ??= this.#protocol.codec.open(this, { role: "client" }));
      socket.write(session.heartbeat(0, id));
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#session = undefined;
  }

  onFrame(frame: RpcFrame): void {
    if (frame.kind !== RpcFrameKind.HeartbeatAck || frame.idLow !== this.#waiting?.id) return;
    const { settle } = this.#waiting;
    this.#waiting = undefined;
    settle({ healthy: true, degraded: false });
  }

  #open(): Socket {
    const address = this.#address;
    const socket = address.kind === "pipe" ? connect({ path: address.path }) : connect({ host: address.address, port: address.port, noDelay: true });
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      const session = this.#session;
      if (session === undefined) return;
      session.push(chunk);
      if (session.state === "failed") this.#fail(session.error?.message ?? "not the protocol");
    });
    let reason = "the connection was closed";
    socket.on("error", (error) => {
      reason = error.message;
    });
    socket.on("close", () => {
      if (this.#socket === socket) this.#fail(reason);
    });
    return socket;
  }

  #fail(reason: string): void {
    this.close();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.settle({ healthy: false, failure: "network", reason });
  }
}
