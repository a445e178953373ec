import { RpcFrameKind, type RpcFrame, type RpcFrameSink, type RpcSession } from "@mesh/codec";
import { connect, type Socket } from "node:net";
import type { HealthCheckerExtension, HealthCheckResult, HealthProbe } from "../cluster/index.ts";
import type { SocketAddress, SourceAddress } from "../network/index.ts";
import { compileProtocol } from "./protocols.ts";
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
    const protocol = compileProtocol(extension.as(messageName).codec, extension.path.field("codec"), services.extensions);
    return { probe: ({ address, source }) => new HeartbeatProbe(address, source, protocol) };
  },
};

interface ProbeConnection {
  readonly socket: Socket;
  readonly session: RpcSession;
}

/** A check under way. */
interface Question {
  readonly id: number;
  readonly settle: (result: HealthCheckResult) => void;
}

class HeartbeatProbe implements HealthProbe, RpcFrameSink {
  readonly #address: SocketAddress;
  readonly #source: SourceAddress | undefined;
  readonly #protocol: RpcProtocol;
  #connection: ProbeConnection | undefined = undefined;
  #nextId = 1;
  #question: Question | undefined = undefined;

  constructor(address: SocketAddress, source: SourceAddress | undefined, protocol: RpcProtocol) {
    this.#address = address;
    this.#source = source;
    this.#protocol = protocol;
  }

  check(signal: AbortSignal): Promise<HealthCheckResult> {
    return new Promise((resolve) => {
      const id = this.#nextId;
      this.#nextId = (id + 1) | 0;
      // A connection on which an answer is overdue is not asked again.
      const onAbort = (): void => this.#fail("no heartbeat came back in time");
      signal.addEventListener("abort", onAbort, { once: true });
      const settle = (result: HealthCheckResult): void => {
        signal.removeEventListener("abort", onAbort);
        resolve(result);
      };
      this.#question = { id, settle };
      const { socket, session } = this.#connection ?? this.#open();
      // While it waits it holds the process; a connection that only waits for the next check does not.
      socket.ref();
      socket.write(session.heartbeat(0, id));
    });
  }

  close(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.socket.destroy();
  }

  onFrame(frame: RpcFrame): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    if (frame.kind === RpcFrameKind.Heartbeat) {
      connection.socket.write(connection.session.heartbeatAck(frame));
      return;
    }
    const question = this.#question;
    if (frame.kind !== RpcFrameKind.HeartbeatAck || question === undefined || frame.idLow !== question.id) return;
    this.#question = undefined;
    connection.socket.unref();
    question.settle({ healthy: true, degraded: false });
  }

  #open(): ProbeConnection {
    const socket = connect({ ...targetOf(this.#address), ...this.#source, noDelay: true });
    const session = this.#protocol.codec.open(this, { role: "client" });
    const connection = { socket, session };
    this.#connection = connection;
    let reason = "the connection was closed";
    socket.on("data", (chunk: Buffer) => {
      if (this.#connection !== connection) return;
      session.push(chunk);
      if (session.state === "failed") this.#fail(session.error?.message ?? "what came is not the protocol");
    });
    socket.on("error", (error) => {
      reason = error.message;
    });
    socket.on("close", () => {
      if (this.#connection === connection) this.#fail(reason);
    });
    return connection;
  }

  #fail(reason: string): void {
    this.close();
    const question = this.#question;
    this.#question = undefined;
    question?.settle({ healthy: false, failure: "network", reason });
  }
}

/** Where node connects to; a path that begins with `@` is abstract. */
function targetOf(address: SocketAddress): { readonly path: string } | { readonly host: string; readonly port: number } {
  if (address.kind === "ip") return { host: address.address, port: address.port };
  return { path: address.path.startsWith("@") ? `\0${address.path.slice(1)}` : address.path };
}
