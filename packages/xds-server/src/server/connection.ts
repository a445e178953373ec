import { isXdsServerError, xdsServerError, type XdsServerError } from "../errors.ts";
import { decodeMessage } from "@mesh/xds-proto";
import { DeltaStream } from "../machine/delta-stream.ts";
import { SotwStream } from "../machine/sotw-stream.ts";
import type { Received, StreamContext } from "../machine/stream.ts";
import type { TypeStatus } from "../machine/type-state.ts";
import type { XdsServerTimer } from "../runtime.ts";
import { readDeltaRequest, readSotwRequest } from "../wire/requests.ts";
import type { GrpcStream } from "./grpc-stream.ts";
import type { ResolvedOptions } from "./options.ts";
import type { PushQueue, Writer } from "./push-queue.ts";
import type { ClientInfo, ClientResources } from "./source.ts";
import { release } from "./release.ts";
import { TokenBucket } from "./token-bucket.ts";

/** What a connection has from its server. */
export interface ConnectionContext {
  readonly options: ResolvedOptions;
  readonly stream: StreamContext;
  readonly queue: PushQueue;
  /** Makes the id of a client. */
  readonly nameClient: (nodeId: string) => string;
}

/** One stream of one client: reads requests, asks the machine for responses, and writes them one by one. */
export class Connection implements Writer {
  readonly #context: ConnectionContext;
  readonly #grpc: GrpcStream;
  /** Of a service with a type of its own; undefined for ADS. */
  readonly #typeUrl: string | undefined;
  readonly #requests: TokenBucket;
  readonly #onEnd: () => void;
  /** Of the queue. */
  isQueued = false;
  #client: ClientInfo | undefined = undefined;
  #resources: ClientResources | undefined = undefined;
  #machine: SotwStream | DeltaStream | undefined = undefined;
  /** Ends the turn in the queue; undefined while nothing is being written. */
  #written: (() => void) | undefined = undefined;
  #isAged = false;
  #isEnded = false;
  /** Since when it has had something to say, as far as is known; undefined if it has not. */
  #queuedAt: number | undefined = undefined;
  #ageTimer: XdsServerTimer | undefined = undefined;
  #writeTimer: XdsServerTimer | undefined = undefined;
  #wakeTimer: XdsServerTimer | undefined = undefined;
  #readTimer: XdsServerTimer | undefined = undefined;

  constructor(context: ConnectionContext, grpc: GrpcStream, typeUrl: string | undefined, onEnd: () => void) {
    const { limits, runtime } = context.options;
    this.#context = context;
    this.#grpc = grpc;
    this.#typeUrl = typeUrl;
    this.#requests = new TokenBucket({ perSecond: limits.requestsPerSecond, burst: limits.requestsPerSecond }, runtime.now());
    this.#onEnd = onEnd;
  }

  /** Undefined before the first request. */
  get client(): ClientInfo | undefined {
    return this.#machine && this.#client;
  }

  get status(): readonly TypeStatus[] {
    return this.#machine?.status ?? [];
  }

  /** Begins to read. */
  start(): void {
    const { connectionAge, runtime } = this.#context.options;
    const { maxMs, jitter } = connectionAge;
    const age = maxMs * (1 + jitter * (2 * runtime.random() - 1));
    if (Number.isFinite(age)) this.#ageTimer = runtime.startTimer(age, () => this.#age());
    this.#grpc.read((bytes) => this.#receive(bytes));
  }

  /** The source may have changed. Returns whether there may be something to write. */
  changed(typeUrls: ReadonlySet<string> | undefined): boolean {
    if (!this.#machine?.changed(typeUrls)) return false;
    this.#queuedAt ??= this.#context.options.runtime.now();
    return this.#written === undefined;
  }

  writeNext(written: () => void): boolean {
    if (this.#isEnded || this.#written || !this.#machine) return false;
    try {
      return this.#write(this.#machine, written);
    } catch (error) {
      this.end(sourceError(error));
      return false;
    }
  }

  /** The stream has ended, by whomever. */
  closed(error?: XdsServerError): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#context.queue.delete(this);
    this.#written?.();
    for (const timer of [this.#ageTimer, this.#writeTimer, this.#wakeTimer, this.#readTimer]) timer?.cancel();
    this.#onEnd();
    const { observer } = this.#context.options;
    this.#resources?.close();
    if (this.#machine && this.#client) observer.onDisconnected?.(this.#client, error);
    else if (error) observer.onRefused?.(this.#grpc.peer, error);
  }

  /** Ends the stream; without an error with OK. */
  end(error?: XdsServerError): void {
    if (this.#isEnded) return;
    this.closed(error);
    this.#grpc.end(error);
  }

  /** Ends the stream of a client that does not read, and would not read its end either. */
  #abort(error: XdsServerError): void {
    this.end(error);
    this.#grpc.abort();
  }

  #receive(bytes: Buffer): void {
    if (this.#isEnded) return;
    try {
      const { limits, runtime } = this.#context.options;
      if (bytes.length > limits.maxRequestBytes) {
        throw xdsServerError("MESH_XDS_SERVER_LIMIT", `a request of ${bytes.length} bytes, more than ${limits.maxRequestBytes}`);
      }
      const waitMs = this.#requests.take(runtime.now(), Infinity) ?? 0;
      if (this.#machine) {
        this.#handle(this.#machine, bytes);
        release(bytes);
      } else void this.#open(bytes);
      if (waitMs > 0 && this.#machine) this.#rest(waitMs);
    } catch (error) {
      this.end(isXdsServerError(error) ? error : sourceError(error));
    }
  }

  /** The first request tells who the client is. */
  async #open(bytes: Buffer): Promise<void> {
    this.#grpc.pause();
    try {
      const { options, stream, nameClient } = this.#context;
      const { protocol, peer, metadata, certificate } = this.#grpc;
      const { node: encoded } = protocol === "sotw" ? readSotwRequest(bytes) : readDeltaRequest(bytes);
      if (!encoded) throw xdsServerError("MESH_XDS_SERVER_UNSUPPORTED", "the first request of a stream must have a node");
      const node = decodeMessage("envoy.config.core.v3.Node", encoded);
      const client = { id: nameClient(node.id), node, peer, protocol, metadata, certificate, connectedAt: options.runtime.now() };
      this.#client = client;
      const resources = await options.source.open(client);
      if (this.#isEnded) {
        resources.close();
        return;
      }
      this.#resources = resources;
      const ask = (typeUrl: string) => resources.resources(typeUrl);
      const machine = protocol === "sotw" ? new SotwStream(stream, ask) : new DeltaStream(stream, ask);
      this.#machine = machine;
      options.observer.onConnected?.(client);
      this.#handle(machine, bytes);
      this.#grpc.resume();
    } catch (error) {
      this.end(isXdsServerError(error) ? error : sourceError(error));
    }
  }

  #handle(machine: SotwStream | DeltaStream, bytes: Buffer): void {
    const received = machine instanceof SotwStream ? this.#takeSotw(machine, bytes) : this.#takeDelta(machine, bytes);
    this.#tell(machine, received);
    if (this.#isAged) this.#endIfIdle(machine);
    this.#queue();
  }

  #takeSotw(machine: SotwStream, bytes: Buffer): Received {
    const request = readSotwRequest(bytes);
    const typeUrl = this.#typeOf(request.typeUrl);
    return machine.receive(typeUrl === request.typeUrl ? request : { ...request, typeUrl });
  }

  #takeDelta(machine: DeltaStream, bytes: Buffer): Received {
    const request = readDeltaRequest(bytes);
    const typeUrl = this.#typeOf(request.typeUrl);
    return machine.receive(typeUrl === request.typeUrl ? request : { ...request, typeUrl });
  }

  #typeOf(requested: string): string {
    if (this.#typeUrl === undefined || requested === this.#typeUrl) return requested;
    if (requested === "") return this.#typeUrl;
    throw xdsServerError("MESH_XDS_SERVER_UNSUPPORTED", `this service has ${this.#typeUrl}, not ${requested}`);
  }

  #tell(machine: SotwStream | DeltaStream, { typeUrl, kind }: Received): void {
    const { observer, runtime } = this.#context.options;
    if (!observer.onRequest || !this.#client) return;
    const isAnswer = kind === "ack" || kind === "nack";
    const status = isAnswer ? machine.statusOf(typeUrl) : undefined;
    const afterMs = status && status.sentAt > 0 ? runtime.now() - status.sentAt : 0;
    observer.onRequest(this.#client, { typeUrl, kind, afterMs, refusal: kind === "nack" ? status?.refusal : undefined });
  }

  #queue(): void {
    if (this.#written || this.#isEnded) return;
    this.#queuedAt ??= this.#context.options.runtime.now();
    this.#context.queue.add(this);
  }

  #write(machine: SotwStream | DeltaStream, written: () => void): boolean {
    const { options } = this.#context;
    const now = options.runtime.now();
    const queuedMs = now - (this.#queuedAt ?? now);
    this.#queuedAt = undefined;
    const outgoing = machine.next();
    if (!outgoing) {
      this.#wake(machine.wakeAt);
      return false;
    }
    const { response, isAsked } = outgoing;
    this.#written = written;
    this.#writeTimer = options.runtime.startTimer(options.limits.writeTimeoutMs, () => this.#stall());
    this.#grpc.write(response.frame, () => {
      if (this.#isEnded) return;
      this.#written = undefined;
      this.#writeTimer?.cancel();
      this.#writeTimer = undefined;
      // Behind those who wait.
      this.#queue();
      written();
    });
    if (this.#client) {
      const { typeUrl, version, nonce, bytes, resourceCount, removedCount } = response;
      const event = { typeUrl, version, nonce, bytes, resourceCount, removedCount, isAsked, queuedMs };
      options.observer.onResponse?.(this.#client, event);
    }
    return true;
  }

  #wake(at: number | undefined): void {
    if (at === undefined || this.#wakeTimer) return;
    const { runtime } = this.#context.options;
    this.#wakeTimer = runtime.startTimer(Math.max(0, at - runtime.now()), () => {
      this.#wakeTimer = undefined;
      this.#queue();
    });
  }

  #rest(ms: number): void {
    this.#grpc.pause();
    this.#readTimer = this.#context.options.runtime.startTimer(ms, () => this.#grpc.resume());
  }

  #stall(): void {
    const { writeTimeoutMs } = this.#context.options.limits;
    this.#abort(xdsServerError("MESH_XDS_SERVER_STALLED", `a response was not read within ${writeTimeoutMs} ms`));
  }

  #age(): void {
    const { connectionAge, runtime } = this.#context.options;
    this.#isAged = true;
    this.#ageTimer = runtime.startTimer(connectionAge.graceMs, () => this.end());
    if (this.#machine) this.#endIfIdle(this.#machine);
    else this.end();
  }

  #endIfIdle(machine: SotwStream | DeltaStream): void {
    if (machine.isIdle && !this.#written) this.end();
  }
}

function sourceError(error: unknown): XdsServerError {
  return xdsServerError("MESH_XDS_SERVER_SOURCE", error instanceof Error ? error.message : String(error), error);
}
