import { encodeMessage, typeUrl as typeUrlOf, type Any, type MessageInit, type MessageName } from "@mesh/xds-proto";
import { canonicalName } from "../resource/name.ts";
import { readFirstField } from "../resource/first-field.ts";
import type { ResourceType } from "../resource/types.ts";
import type { XdsTransport } from "../transport/transport.ts";
import { FakeLoads, LOAD_PATH, type LoadStats } from "./fake-loads.ts";
import type { FakeRequest } from "./fake-request.ts";
import { FakeServer, type FakeStreamInput, type FakeStreamOutput } from "./fake-server.ts";
import { startGrpcServer, type FakeTls } from "./grpc-server.ts";
import { memoryTransport } from "./memory-transport.ts";
import { Relay } from "./relay.ts";

export interface FakeControlPlaneOptions {
  /** `control_plane.identifier` of responses. Default: `fake`. */
  readonly identifier?: string;
  /** TLS on the gRPC port. Default: none. */
  readonly tls?: FakeTls;
}

export interface FakeResourceOptions {
  /** VHDS: the names, `route/host`, that it is found by. Default: none. */
  readonly aliases?: readonly string[];
  /** Default: none. */
  readonly ttlMs?: number;
}

/** A control plane for tests: it holds resources, answers state of the world and delta, aggregated and not, and misbehaves when told to. */
export interface FakeControlPlane {
  /** Of the gRPC server, on loopback: `127.0.0.1:<port>`. It stays the same whatever happens to connections. */
  readonly address: string;
  /** All requests, in order. */
  readonly requests: readonly FakeRequest[];
  /** How many streams were opened, refused ones too. */
  readonly streams: number;
  /** The metadata of the last stream over gRPC, with its `:authority`. */
  readonly metadata: ReadonlyMap<string, string>;
  /** All load reports, in order; each stream's first has the node. */
  readonly loadReports: readonly LoadStats[];

  /** A transport to it without sockets, for the client's option `connect`. `hang` and `stop` hold for it too. */
  transport(): XdsTransport;

  /** Adds or replaces resources, and pushes them. Their name is their first field. */
  set<Name extends MessageName>(type: ResourceType<Name>, messages: readonly MessageInit<Name>[], options?: FakeResourceOptions): void;
  /** Adds or replaces one resource that need not be right. */
  setRaw(type: ResourceType, name: string, resource: Any): void;
  remove(type: ResourceType, names: readonly string[]): void;
  /** Makes several changes and pushes them together. */
  batch(change: () => void): void;

  /** Does not answer for a type until told otherwise. */
  silence(type: ResourceType, isSilent?: boolean): void;
  /** Ends all streams. Default status: UNAVAILABLE (14). */
  breakStreams(code?: number, details?: string): void;
  /** Ends the next streams at once with that status; `count` 0 stops it. */
  refuse(code: number, details: string, count?: number): void;
  /** Is there no more and does not say so: connections stay open, and nothing passes. */
  hang(): void;
  /** Ends that; the connections that were silent are gone. */
  resume(): void;
  /** Cannot be connected to, until `start`. */
  stop(): void;
  start(): void;
  /** Breaks the streams and comes back, with nonces from the start; with `other` nonces and versions are none that were there before. */
  restart(kind: "same" | "other"): void;

  /** What it wants from load reports. */
  wantLoad(wanted: MessageInit<"envoy.service.load_stats.v3.LoadStatsResponse">): void;
  /** The first request, from the beginning on, that the condition is true for; waits for it if need be. */
  waitFor(condition: (request: FakeRequest) => boolean): Promise<FakeRequest>;
  /** Waits until so many load reports have come. */
  waitForLoadReports(count: number): Promise<readonly LoadStats[]>;
  close(): Promise<void>;
}

export async function createFakeControlPlane(options: FakeControlPlaneOptions = {}): Promise<FakeControlPlane> {
  const plane = new FakeControlPlaneImplementation(options);
  await plane.listen();
  return plane;
}

const UNAVAILABLE = 14;

class FakeControlPlaneImplementation implements FakeControlPlane {
  readonly #server: FakeServer;
  readonly #loads: FakeLoads;
  readonly #tls: FakeTls | undefined;
  readonly #waiting = new Set<() => void>();
  #grpc: { readonly port: number; close(): void } | undefined = undefined;
  #relay: Relay | undefined = undefined;
  #address = "";
  #metadata: ReadonlyMap<string, string> = new Map();
  #state: "up" | "silent" | "down" = "up";
  #isBatching = false;
  #restarts = 0;

  constructor({ identifier = "fake", tls }: FakeControlPlaneOptions) {
    this.#server = new FakeServer(identifier, () => this.#wake());
    this.#loads = new FakeLoads(() => this.#wake());
    this.#tls = tls;
  }

  async listen(): Promise<void> {
    this.#grpc = await startGrpcServer((path, output, metadata) => {
      this.#metadata = metadata;
      return this.#open(path, output);
    }, this.#tls);
    this.#relay = new Relay(this.#grpc.port);
    this.#address = `127.0.0.1:${await this.#relay.listen()}`;
  }

  get address(): string {
    return this.#address;
  }

  get requests(): readonly FakeRequest[] {
    return this.#server.requests;
  }

  get streams(): number {
    return this.#server.opened;
  }

  get metadata(): ReadonlyMap<string, string> {
    return this.#metadata;
  }

  get loadReports(): readonly LoadStats[] {
    return this.#loads.reports;
  }

  transport(): XdsTransport {
    return memoryTransport((path, output) => {
      const guarded: FakeStreamOutput = {
        send: (bytes) => this.#state === "up" && output.send(bytes),
        end: (code, details) => this.#state !== "silent" && output.end(code, details),
      };
      if (this.#state === "silent") return undefined;
      if (this.#state === "down") {
        output.end(UNAVAILABLE, "connection refused");
        return undefined;
      }
      const input = this.#open(path, guarded);
      return { receive: (bytes) => this.#state === "up" && input.receive(bytes), closed: () => input.closed() };
    });
  }

  set<Name extends MessageName>(
    type: ResourceType<Name>,
    messages: readonly MessageInit<Name>[],
    { aliases = [], ttlMs }: FakeResourceOptions = {},
  ): void {
    for (const message of messages) {
      const any = { type_url: typeUrlOf(type.message), value: encodeMessage(type.message, message) };
      this.#server.resources.set(type.typeUrl, { name: canonicalName(readFirstField(any.value).text), any, aliases, ttlMs });
    }
    this.#changed();
  }

  setRaw(type: ResourceType, name: string, any: Any): void {
    this.#server.resources.set(type.typeUrl, { name, any, aliases: [], ttlMs: undefined });
    this.#changed();
  }

  remove(type: ResourceType, names: readonly string[]): void {
    for (const name of names) this.#server.resources.remove(type.typeUrl, name);
    this.#changed();
  }

  batch(change: () => void): void {
    this.#isBatching = true;
    try {
      change();
    } finally {
      this.#isBatching = false;
    }
    this.#changed();
  }

  silence(type: ResourceType, isSilent: boolean = true): void {
    this.#server.setSilent(type.typeUrl, isSilent);
    if (!isSilent) this.#changed();
  }

  breakStreams(code: number = UNAVAILABLE, details: string = "broken by the test"): void {
    this.#server.breakStreams(code, details);
    this.#loads.breakStreams(code, details);
  }

  refuse(code: number, details: string, count: number = Infinity): void {
    this.#server.refuse(code, details, count);
  }

  hang(): void {
    this.#state = "silent";
    this.#relay?.silence();
  }

  resume(): void {
    this.#state = "up";
    this.#relay?.resume();
    this.breakStreams();
  }

  stop(): void {
    this.breakStreams();
    this.#state = "down";
    this.#relay?.refuse(true);
  }

  start(): void {
    this.#state = "up";
    this.#relay?.refuse(false);
  }

  restart(kind: "same" | "other"): void {
    this.breakStreams();
    this.#relay?.drop();
    this.#server.restart(kind === "same" ? "" : `r${++this.#restarts}-`);
  }

  wantLoad(wanted: MessageInit<"envoy.service.load_stats.v3.LoadStatsResponse">): void {
    this.#loads.want(wanted);
  }

  async waitFor(condition: (request: FakeRequest) => boolean): Promise<FakeRequest> {
    for (;;) {
      const found = this.requests.find(condition);
      if (found) return found;
      await this.#next();
    }
  }

  async waitForLoadReports(count: number): Promise<readonly LoadStats[]> {
    while (this.loadReports.length < count) await this.#next();
    return this.loadReports;
  }

  async close(): Promise<void> {
    this.#grpc?.close();
    await this.#relay?.close();
  }

  #open(path: string, output: FakeStreamOutput): FakeStreamInput {
    return path === LOAD_PATH ? this.#loads.open(output) : this.#server.open(path, output);
  }

  #changed(): void {
    if (!this.#isBatching) this.#server.push();
  }

  #next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}
