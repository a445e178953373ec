import { readFile } from "node:fs/promises";
import {
  Client,
  connectivityState,
  credentials,
  Metadata,
  status,
  type ChannelCredentials,
  type ClientDuplexStream,
  type StatusObject,
} from "@grpc/grpc-js";
import { messageOf, xdsError } from "../errors.ts";
import type { PemSource, XdsServerOptions, XdsTlsOptions } from "./options.ts";
import { TimedCredentials } from "./timed-credentials.ts";
import type { ConnectionObserver, StreamHandlers, TransportStream, XdsTransport } from "./transport.ts";

/**
 * A transport over @grpc/grpc-js: one connection for all its streams.
 *
 * @param observer is told of its connections. Default: nobody is
 */
export function grpcTransport(options: XdsServerOptions, observer?: ConnectionObserver): XdsTransport {
  if (options.address === "") throw xdsError("MESH_XDS_INVALID_OPTIONS", "address: must not be empty");
  if (options.token !== undefined && !options.tls) {
    throw xdsError("MESH_XDS_INVALID_OPTIONS", `token: ${options.address} must have tls too, or anybody on the way could read the token`);
  }
  if ((options.tls?.certificate === undefined) !== (options.tls?.key === undefined)) {
    throw xdsError("MESH_XDS_INVALID_OPTIONS", "tls: certificate and key go together");
  }
  const { connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = options;
  if (!(connectTimeoutMs > 0 && connectTimeoutMs <= MAX_TIMER_MS)) {
    throw xdsError("MESH_XDS_INVALID_OPTIONS", `connectTimeoutMs: must be above 0 and at most ${MAX_TIMER_MS}, not ${connectTimeoutMs}`);
  }
  return new GrpcTransport(options, observer);
}

/** What a connection is made with: another one is made when a file has changed. */
interface Secrets {
  readonly ca: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

const FLOW_CONTROL_WINDOW = 1024 * 1024;

/** As in gRPC (connection-backoff.md, MIN_CONNECT_TIMEOUT). */
const DEFAULT_CONNECT_TIMEOUT_MS = 20_000;
/** What a timer of Node.js takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const DEFAULT_KEEP_ALIVE_MS = 30_000;
/** What every server of gRPC allows that is not told otherwise (gRFC A8). */
const CALM_KEEP_ALIVE_MS = 5 * 60_000;

const identity = (bytes: Buffer): Buffer => bytes;

class GrpcTransport implements XdsTransport {
  readonly #options: XdsServerOptions;
  readonly #observer: ConnectionObserver | undefined;
  readonly #streams = new Set<GrpcStream>();
  #client: Client | undefined = undefined;
  /** Of the client. */
  #credentials: TimedCredentials | undefined = undefined;
  #secrets: Secrets | undefined = undefined;
  #keepAliveMs: number;
  #isClosed = false;

  constructor(options: XdsServerOptions, observer: ConnectionObserver | undefined) {
    this.#options = options;
    this.#observer = observer;
    this.#keepAliveMs = options.keepAlive?.timeMs ?? DEFAULT_KEEP_ALIVE_MS;
  }

  open(path: string, handlers: StreamHandlers): TransportStream {
    const stream = new GrpcStream(handlers, () => this.#streams.delete(stream));
    this.#streams.add(stream);
    void this.#start(stream, path);
    return stream;
  }

  close(): void {
    this.#isClosed = true;
    for (const stream of this.#streams) stream.cancel();
    this.#client?.close();
  }

  async #start(stream: GrpcStream, path: string): Promise<void> {
    try {
      const [secrets, metadata] = await Promise.all([readSecrets(this.#options.tls), this.#metadata()]);
      if (this.#isClosed || stream.isEnded) return;
      const client = this.#connect(secrets);
      const credentials = this.#credentials;
      const call = client.makeBidiStreamRequest(path, identity, identity, metadata, {});
      call.on("status", (ended) => {
        if (isTooManyPings(ended)) this.#slowDown(client);
      });
      const { address, connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = this.#options;
      stream.start(call, client, connectTimeoutMs, () => {
        stream.fail(`not connected to ${address} within ${connectTimeoutMs} ms`);
        credentials?.expire();
        // The next stream has a connection of its own.
        this.#drop(client);
      });
    } catch (error) {
      stream.fail(messageOf(error));
    }
  }

  /** gRPC would double the interval, and be sent away again. */
  #slowDown(client: Client): void {
    if (client !== this.#client) return;
    this.#keepAliveMs = Math.max(2 * this.#keepAliveMs, CALM_KEEP_ALIVE_MS);
    this.#drop(client);
  }

  #drop(client: Client): void {
    if (client === this.#client) this.#client = undefined;
    client.close();
  }

  async #metadata(): Promise<Metadata> {
    const metadata = new Metadata();
    const { metadata: given = {}, token } = this.#options;
    for (const [name, value] of Object.entries(given)) metadata.set(name, typeof value === "function" ? await value() : value);
    if (token === undefined) return metadata;
    const value = typeof token === "function" ? await token() : await readFile(token.file, "utf8");
    metadata.set("authorization", `Bearer ${value.trim()}`);
    return metadata;
  }

  #connect(secrets: Secrets): Client {
    const last = this.#secrets;
    if (this.#client && last && last.ca === secrets.ca && last.certificate === secrets.certificate && last.key === secrets.key) {
      return this.#client;
    }
    this.#client?.close();
    this.#secrets = secrets;
    const { address, tls, authority = tls?.serverName, keepAlive = {}, maxReceiveMessageLength = 64 * 1024 * 1024 } = this.#options;
    const { connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = this.#options;
    this.#credentials = new TimedCredentials(channelCredentials(tls, secrets), connectTimeoutMs, this.#observer);
    this.#client = new Client(address, this.#credentials, {
      "grpc.max_receive_message_length": maxReceiveMessageLength,
      "grpc.max_send_message_length": -1,
      // HTTP/2's 64 KiB a round trip are 6 MB/s at 10 ms, and a first response may have many megabytes.
      "grpc-node.flow_control_window": FLOW_CONTROL_WINDOW,
      "grpc.keepalive_time_ms": this.#keepAliveMs,
      "grpc.keepalive_timeout_ms": keepAlive.timeoutMs ?? 10_000,
      // The machine's own back-off rules; that of the connection must not make it wait longer.
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 1000,
      "grpc.enable_retries": 0,
      "grpc.service_config_disable_resolution": 1,
      "grpc.use_local_subchannel_pool": 1,
      // The environment's http_proxy is not for a library to read.
      "grpc.enable_http_proxy": 0,
      ...(tls?.serverName === undefined ? {} : { "grpc.ssl_target_name_override": tls.serverName }),
      ...(authority === undefined ? {} : { "grpc.default_authority": authority }),
    });
    return this.#client;
  }
}

class GrpcStream implements TransportStream {
  readonly #handlers: StreamHandlers;
  readonly #onEnd: () => void;
  #call: ClientDuplexStream<Buffer, Buffer> | undefined = undefined;
  /** The peer is to read first, or the client is to take what has come. */
  #isFull = false;
  #isPaused = false;
  #isOpen = false;
  #connectTimer: NodeJS.Timeout | undefined = undefined;
  isEnded = false;

  constructor(handlers: StreamHandlers, onEnd: () => void) {
    this.#handlers = handlers;
    this.#onEnd = onEnd;
  }

  /** Calls `onLate` where the client has no connection in time. */
  start(call: ClientDuplexStream<Buffer, Buffer>, client: Client, connectTimeoutMs: number, onLate: () => void): void {
    this.#call = call;
    this.#connectTimer = setTimeout(onLate, connectTimeoutMs);
    call.on("metadata", () => this.#open());
    call.on("data", (bytes: Buffer) => {
      if (!this.isEnded) this.#handlers.onMessage(bytes);
    });
    call.on("drain", () => {
      if (this.isEnded) return;
      this.#isFull = false;
      this.#read();
      this.#handlers.onDrain();
    });
    // The status says what the error says.
    call.on("error", () => undefined);
    call.on("status", ({ code, details }) => this.#end(code, details));
    this.#openWhenConnected(client, connectTimeoutMs);
  }

  #openWhenConnected(client: Client, withinMs: number): void {
    if (this.#isOpen || this.isEnded) return;
    const channel = client.getChannel();
    const state = channel.getConnectivityState(false);
    if (state === connectivityState.READY) return this.#open();
    if (state === connectivityState.SHUTDOWN) return;
    // The channel of a server that is down keeps its state, and what watches it: without an end they would become more with each stream.
    channel.watchConnectivityState(state, Date.now() + withinMs, () => this.#openWhenConnected(client, withinMs));
  }

  #open(): void {
    if (this.#isOpen || this.isEnded) return;
    this.#isOpen = true;
    clearTimeout(this.#connectTimer);
    this.#handlers.onOpen();
  }

  fail(details: string): void {
    this.#end(status.UNAVAILABLE, details);
    this.#call?.cancel();
  }

  /** A peer that does not read is not read from either: each response would only add an answer to what waits. */
  send(bytes: Uint8Array): boolean {
    const call = this.#call;
    if (!call || this.isEnded) return true;
    const isReady = call.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (!isReady) {
      this.#isFull = true;
      this.#read();
    }
    return isReady;
  }

  pause(): void {
    this.#isPaused = true;
    this.#read();
  }

  resume(): void {
    this.#isPaused = false;
    this.#read();
  }

  #read(): void {
    if (this.#isFull || this.#isPaused) this.#call?.pause();
    else this.#call?.resume();
  }

  cancel(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    clearTimeout(this.#connectTimer);
    this.#onEnd();
    this.#call?.cancel();
  }

  #end(code: number, details: string): void {
    if (this.isEnded) return;
    this.isEnded = true;
    clearTimeout(this.#connectTimer);
    this.#onEnd();
    this.#handlers.onClose({ code, details });
  }
}

/** How @grpc/grpc-js reports the HTTP/2 error ENHANCE_YOUR_CALM. A server that has no room for a stream has words of its own. */
function isTooManyPings({ code, details }: StatusObject): boolean {
  return code === status.RESOURCE_EXHAUSTED && details === "Bandwidth exhausted or memory limit exceeded";
}

async function readSecrets(tls: XdsTlsOptions = {}): Promise<Secrets> {
  const [ca, certificate, key] = await Promise.all([readPem(tls.ca), readPem(tls.certificate), readPem(tls.key)]);
  return { ca, certificate, key };
}

async function readPem(source: PemSource | undefined): Promise<string | undefined> {
  if (!source) return undefined;
  return "pem" in source ? source.pem : await readFile(source.file, "utf8");
}

function channelCredentials(tls: XdsTlsOptions | undefined, { ca, certificate, key }: Secrets): ChannelCredentials {
  if (!tls) return credentials.createInsecure();
  const buffer = (pem: string | undefined): Buffer | null => (pem === undefined ? null : Buffer.from(pem));
  return credentials.createSsl(buffer(ca), buffer(key), buffer(certificate));
}
