import { connect, type ClientHttp2Stream } from "node:http2";
import {
  clusterType,
  dependentsOf,
  endpointsType,
  listenerType,
  readResponse,
  requestFrame,
  routesType,
  type Protocol,
  type ReadResponse,
} from "./wire.ts";

export interface ClientOptions {
  /** Of the pilot: `127.0.0.1:<port>`. */
  readonly address: string;
  readonly protocol: Protocol;
  readonly nodeId: string;
  /** A response was taken and acknowledged. */
  readonly onResponse: (client: SimulatedProxy, typeUrl: string) => void;
}

/** Above each message, as Envoy's is (256 MiB): what is measured is not the wait for windows. */
const windowBytes = 16 * 1024 * 1024;
/** Envoy waits a random time below this, doubled each time, before it connects anew. */
const firstBackOffMs = 500;
const longestBackOffMs = 30_000;

/** What alike clients read in the same response. */
const dependents = new Map<string, readonly string[]>();

/**
 * A proxy that only speaks xDS, as Envoy does by ADS: clusters first, then their endpoints, then listeners, then their routes. It acknowledges everything, and keeps
 * names and versions. It is HTTP/2 with nothing above it, so that hundreds of them fit on one CPU.
 */
export class SimulatedProxy {
  readonly #options: ClientOptions;
  readonly #names = new Map<string, readonly string[]>();
  #stream: ClientHttp2Stream | undefined = undefined;
  #chunks: Buffer[] = [];
  #received = 0;
  /** Bytes that the next message needs; 5 while only its head is waited for. */
  #needed = 5;
  #backOffMs = firstBackOffMs;
  /** Whether it has all that a proxy needs to take requests. */
  isComplete = false;
  /** Of all messages. */
  bytes = 0;
  /** How often it was refused or cut off. */
  failures = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  open(): void {
    const session = connect(`http://${this.#options.address}`, { settings: { initialWindowSize: windowBytes, enablePush: false } });
    session.on("connect", () => session.setLocalWindowSize(windowBytes));
    session.on("error", () => {});
    session.on("close", () => this.#again());
    const method = this.#options.protocol === "sotw" ? "StreamAggregatedResources" : "DeltaAggregatedResources";
    const stream = session.request(
      {
        ":method": "POST",
        ":path": `/envoy.service.discovery.v3.AggregatedDiscoveryService/${method}`,
        "content-type": "application/grpc",
        te: "trailers",
      },
      { endStream: false },
    );
    this.#stream = stream;
    stream.on("data", (chunk: Buffer) => this.#onData(chunk));
    stream.on("error", () => {});
    // The pilot has ended it, or refused it.
    stream.on("end", () => session.destroy());
    stream.on("close", () => session.destroy());
    this.#send(clusterType, { nodeId: this.#options.nodeId });
  }

  #again(): void {
    this.failures++;
    this.isComplete = false;
    this.#names.clear();
    this.#chunks = [];
    this.#received = 0;
    this.#needed = 5;
    setTimeout(() => this.open(), Math.random() * this.#backOffMs);
    this.#backOffMs = Math.min(longestBackOffMs, this.#backOffMs * 2);
  }

  #send(typeUrl: string, parts: { readonly nodeId?: string; readonly version?: string; readonly nonce?: string }): void {
    const { protocol } = this.#options;
    const names = this.#names.get(typeUrl);
    const isAnswer = parts.nonce !== undefined;
    // Delta says what it subscribes to once.
    const listed = names === undefined || (protocol === "delta" && isAnswer) ? {} : { names };
    this.#stream?.write(requestFrame(protocol, { typeUrl, ...parts, ...listed }));
  }

  #onData(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#received += chunk.length;
    while (this.#received >= this.#needed) {
      const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
      if (this.#needed === 5) this.#needed += bytes.readUInt32BE(1);
      if (bytes.length < this.#needed) {
        this.#chunks = [bytes];
        return;
      }
      const message = bytes.subarray(5, this.#needed);
      const rest = bytes.subarray(this.#needed);
      this.#chunks = rest.length === 0 ? [] : [rest];
      this.#received = rest.length;
      this.#needed = 5;
      this.#take(message);
      if (rest.length > 0) chunk = rest;
    }
  }

  #take(message: Buffer): void {
    this.#backOffMs = firstBackOffMs;
    this.bytes += message.length;
    const response = readResponse(this.#options.protocol, message);
    const { typeUrl, version, nonce } = response;
    this.#send(typeUrl, { version, nonce });
    if (typeUrl === clusterType) this.#subscribe(endpointsType, response);
    else if (typeUrl === endpointsType) this.#subscribeTo(listenerType);
    else if (typeUrl === listenerType) this.#subscribe(routesType, response);
    else if (typeUrl === routesType) this.isComplete = true;
    this.#options.onResponse(this, typeUrl);
  }

  #subscribeTo(typeUrl: string, names: readonly string[] = []): void {
    if (this.#names.has(typeUrl)) return;
    this.#names.set(typeUrl, names);
    this.#send(typeUrl, {});
  }

  /** Once: what this bench changes is neither a cluster nor a listener. */
  #subscribe(typeUrl: string, response: ReadResponse): void {
    if (this.#names.has(typeUrl)) return;
    const key = `${this.#options.protocol} ${response.nonce}`;
    let names = dependents.get(key);
    if (names === undefined) {
      names = dependentsOf(response);
      dependents.set(key, names);
    }
    this.#subscribeTo(typeUrl, names);
  }
}
