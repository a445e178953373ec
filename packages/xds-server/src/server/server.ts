import type { Server, ServerDuplexStream } from "@grpc/grpc-js";
import { xdsServerError } from "../errors.ts";
import { NameInterner } from "../machine/names.ts";
import { ResponseCache } from "../machine/response-cache.ts";
import type { TypeStatus } from "../machine/type-state.ts";
import { Differences } from "../resource/differences.ts";
import { Connection, type ConnectionContext } from "./connection.ts";
import { GrpcServerStream } from "./grpc-stream.ts";
import { resolveOptions, type ResolvedOptions, type XdsServerOptions } from "./options.ts";
import { PushQueue } from "./push-queue.ts";
import { discoveryServices } from "./services.ts";
import type { ClientInfo } from "./source.ts";
import { TokenBucket } from "./token-bucket.ts";

/** A client and what it has. */
export interface ClientStatus {
  readonly client: ClientInfo;
  /** In the order of pushes. */
  readonly types: readonly TypeStatus[];
}

export interface XdsServer {
  /** Registers the aggregated discovery service (ADS) and those of single types. To be called before the gRPC server is bound. */
  addTo(server: Server): void;
  /**
   * The source has changed, in these types or in all: clients that have others are sent what is new to them. Cheap if nothing is: a
   * type's set is compared with the one that was sent. Pushes merge while a client is being sent something.
   */
  push(typeUrls?: ReadonlySet<string>): void;
  /** The clients that the source has accepted, in the order in which they came. */
  clients(): readonly ClientStatus[];
  /** Open streams, those too that are not accepted yet. */
  readonly streamCount: number;
  /** Ends all streams with UNAVAILABLE, and refuses new ones. The gRPC server is its owner's to shut down. */
  close(): void;
}

/** Makes a server; nothing happens before a gRPC server that it is added to is bound. */
export function createXdsServer(options: XdsServerOptions): XdsServer {
  return new XdsServerImplementation(resolveOptions(options));
}

class XdsServerImplementation implements XdsServer {
  readonly #options: ResolvedOptions;
  readonly #context: ConnectionContext;
  readonly #queue: PushQueue;
  readonly #admission: TokenBucket;
  readonly #connections = new Set<Connection>();
  /** Streams that wait to be admitted: what ends their wait. */
  readonly #waiting = new Set<() => void>();
  #lastClient = 0;
  #isClosed = false;

  constructor(options: ResolvedOptions) {
    const { runtime, limits, admission } = options;
    this.#options = options;
    this.#queue = new PushQueue({ maxConcurrent: limits.maxConcurrentPushes, turnMs: limits.pushTurnMs, runtime });
    this.#admission = new TokenBucket(admission, runtime.now());
    const noncePrefix = `${Math.floor(runtime.random() * 36 ** 6).toString(36)}-`;
    this.#context = {
      options,
      queue: this.#queue,
      nameClient: (nodeId) => `${nodeId}-${++this.#lastClient}`,
      stream: {
        names: new NameInterner(),
        differences: new Differences(),
        responses: new ResponseCache({ noncePrefix, identifier: options.identifier, maxBytes: options.responseCacheBytes }),
        limits,
        now: () => runtime.now(),
      },
    };
  }

  get streamCount(): number {
    return this.#connections.size + this.#waiting.size;
  }

  addTo(server: Server): void {
    const services = discoveryServices((protocol, typeUrl) => (call) => this.#accept(call, protocol, typeUrl));
    for (const { definition, implementation } of services) server.addService(definition, implementation);
  }

  push(typeUrls?: ReadonlySet<string>): void {
    this.#queue.addAll([...this.#connections].filter((connection) => connection.changed(typeUrls)));
  }

  clients(): readonly ClientStatus[] {
    return [...this.#connections].flatMap(({ client, status }) => (client ? [{ client, types: status }] : []));
  }

  close(): void {
    this.#isClosed = true;
    for (const giveUp of this.#waiting) giveUp();
    for (const connection of this.#connections) connection.end(xdsServerError("MESH_XDS_SERVER_CLOSED", "the server is closed"));
    this.#queue.close();
  }

  #accept(call: ServerDuplexStream<Buffer, Buffer>, protocol: "sotw" | "delta", typeUrl: string | undefined): void {
    const { admission, limits, runtime } = this.#options;
    const stream = new GrpcServerStream(call, protocol);
    if (this.#isClosed) return this.#refuse(stream, "MESH_XDS_SERVER_CLOSED", "the server is closed");
    if (this.streamCount >= limits.maxStreams) {
      return this.#refuse(stream, "MESH_XDS_SERVER_OVERLOADED", `there are ${limits.maxStreams} streams already`);
    }
    const waitMs = this.#admission.take(runtime.now(), admission.maxWaitMs);
    if (waitMs === undefined) return this.#refuse(stream, "MESH_XDS_SERVER_OVERLOADED", "too many new streams at a time");
    if (waitMs === 0) return this.#start(stream, typeUrl);
    const timer = runtime.startTimer(waitMs, () => {
      this.#waiting.delete(giveUp);
      this.#start(stream, typeUrl);
    });
    const giveUp = (): void => {
      timer.cancel();
      this.#waiting.delete(giveUp);
      this.#refuse(stream, "MESH_XDS_SERVER_CLOSED", "the server is closed");
    };
    this.#waiting.add(giveUp);
    stream.watch(() => {
      if (!this.#waiting.delete(giveUp)) return;
      timer.cancel();
      this.#admission.giveBack();
    });
  }

  #start(stream: GrpcServerStream, typeUrl: string | undefined): void {
    const connection = new Connection(this.#context, stream, typeUrl, () => this.#connections.delete(connection));
    this.#connections.add(connection);
    stream.watch(() => connection.closed());
    connection.start();
  }

  #refuse(stream: GrpcServerStream, code: "MESH_XDS_SERVER_CLOSED" | "MESH_XDS_SERVER_OVERLOADED", message: string): void {
    const error = xdsServerError(code, message);
    stream.end(error);
    this.#options.observer.onRefused?.(stream.peer, error);
  }
}
