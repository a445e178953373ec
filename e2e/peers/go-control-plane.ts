import { encodeMessage, typeUrl, type MessageInit } from "@mesh/xds-proto";
import { isRecord, readList, readMap, readNumber, readText } from "./echo-service.ts";
import { buildGoControlPlane } from "./go.ts";
import { startPeer, type Exit, type Peer } from "./process.ts";

const name = "the control plane in Go";

const served = [
  "envoy.config.cluster.v3.Cluster",
  "envoy.config.core.v3.TypedExtensionConfig",
  "envoy.config.endpoint.v3.ClusterLoadAssignment",
  "envoy.config.listener.v3.Listener",
  "envoy.config.route.v3.RouteConfiguration",
  "envoy.config.route.v3.ScopedRouteConfiguration",
  "envoy.config.route.v3.VirtualHost",
  "envoy.extensions.transport_sockets.tls.v3.Secret",
  "envoy.service.runtime.v3.Runtime",
] as const;

type ServedMessage = (typeof served)[number];

/** Resources by the full names of their messages. Of two of a type with the same name the last one counts. */
export type GoResources = { readonly [Name in ServedMessage]?: readonly MessageInit<Name>[] };

export interface GoControlPlaneOptions {
  /**
   * The cache's ADS mode. Types are sent in the order of the protocol's advice (clusters, endpoints, listeners, routes), and in state of
   * the world a request that names resources is answered only once it names **all** that there are of the type: the control plane waits
   * for the client to have learned of every one. Without it each request is answered with what it names. All services are there either
   * way. Default: true.
   */
  readonly ads?: boolean;
  readonly cpu?: number;
}

/** A request as the control plane saw it, described as the fake of `@mesh/xds-client/testing` does. */
export interface GoRequest {
  /** The number of the stream, from 1, over restarts. */
  readonly stream: number;
  /** The stream's method: `/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources`. */
  readonly path: string;
  readonly protocol: "sotw" | "delta";
  readonly typeUrl: string;
  /** `ack` and `nack` answer a response; `request` is any other. */
  readonly kind: "request" | "ack" | "nack";
  /** The version of the response that is answered; empty for a request. In delta, where requests tell none, too. */
  readonly answers: string;
  /** State of the world: all names. Delta: those subscribed to with this request. */
  readonly names: readonly string[];
  /** Delta only. */
  readonly unsubscribed: readonly string[];
  /** Delta only: `initial_resource_versions`. */
  readonly initialVersions: Readonly<Record<string, string>>;
  /** State of the world only: `version_info`. */
  readonly version: string;
  readonly nonce: string;
  /** `error_detail.message` of a NACK; otherwise empty. */
  readonly error: string;
  /** The node's id; undefined where the request has no node. */
  readonly nodeId: string | undefined;
}

/** What a stream has carried of one type. */
export interface GoStreamStats {
  readonly stream: number;
  readonly path: string;
  readonly protocol: "sotw" | "delta";
  readonly typeUrl: string;
  /** Whether the stream goes on. */
  readonly isOpen: boolean;
  /** All that the client sent; of these, `acks` and `nacks`. */
  readonly requests: number;
  readonly acks: number;
  readonly nacks: number;
  readonly responses: number;
}

/**
 * A control plane in a process of its own, on the snapshot cache of the Go module go-control-plane. Every node gets the same resources.
 *
 * In state of the world it answers the NACK of a version with that version again, at once, as often as it is refused; `requests` has
 * one of those that are alike, `stats()` counts them all. In delta it sends a refused resource again only when it has changed.
 */
export interface GoControlPlane {
  /** `127.0.0.1:<port>`, the same after a restart. */
  readonly address: string;
  /** All requests that have been told of, in order. */
  readonly requests: readonly GoRequest[];
  readonly peer: Peer;
  /**
   * Replaces all resources of the types that are given, and pushes them; the other types stay as they are. In state of the world nothing is sent
   * to whom has a type's version already, so it must be a new one. Resolves when they are in the cache.
   */
  set(resources: GoResources, version: string): Promise<void>;
  /** By stream and type, in the order of their beginnings. */
  stats(): Promise<readonly GoStreamStats[]>;
  /** All NACKs that have been received until now. */
  nacks(): Promise<readonly GoRequest[]>;
  /** The first request, from the beginning on, that the condition is true for; waits for it if need be. */
  waitFor(condition: (request: GoRequest) => boolean): Promise<GoRequest>;
  /** Closes the port and all connections. Resources, and what was counted, are kept. */
  stop(): Promise<void>;
  /** Listens again: to its clients, a control plane that was restarted and has the same resources and versions. */
  start(): Promise<void>;
  /** Ends all streams with that status; connections stay. Default: UNAVAILABLE (14). */
  breakStreams(code?: number, details?: string): Promise<void>;
  /** Connections are accepted and stay open, and nothing is answered, not even pings. Commands are carried out. */
  hang(): Promise<void>;
  /** Ends that, with the connections that are still there. */
  resume(): Promise<void>;
  close(): Promise<Exit>;
}

export async function startGoControlPlane(options: GoControlPlaneOptions = {}): Promise<GoControlPlane> {
  const command = await buildGoControlPlane();
  const plane = new GoControlPlaneProcess();
  const peer = await startPeer({
    name,
    command,
    args: [`-ads=${options.ads ?? true}`],
    ready: /^\{"address":/,
    onLine: (line) => plane.takeLine(line),
    ...(options.cpu === undefined ? {} : { cpu: options.cpu }),
  });
  plane.attach(peer);
  return plane;
}

/** What the process is asked to do. */
interface Command {
  readonly op: string;
  readonly version?: string;
  readonly types?: Readonly<Record<string, readonly string[]>>;
  readonly code?: number;
  readonly details?: string;
}

interface Waiting {
  readonly resolve: (answer: Readonly<Record<string, unknown>>) => void;
  readonly reject: (error: Error) => void;
}

const UNAVAILABLE = 14;

class GoControlPlaneProcess implements GoControlPlane {
  readonly requests: GoRequest[] = [];
  readonly #waiting = new Map<number, Waiting>();
  readonly #watching = new Set<(request: GoRequest) => void>();
  #peer: (Peer & { write(text: string): void }) | undefined = undefined;
  #address = "";
  #isGone = false;
  #lastId = 0;

  /** The process is started with `takeLine` already listening. */
  attach(peer: Peer & { write(text: string): void }): void {
    this.#peer = peer;
    void this.#watch(peer);
  }

  async #watch(peer: Peer): Promise<void> {
    await peer.exited;
    this.#isGone = true;
    for (const { reject } of this.#waiting.values()) reject(this.#gone());
    this.#waiting.clear();
  }

  #gone(): Error {
    return new Error(`${name} has ended:\n${this.#peer?.output() ?? ""}`);
  }

  get peer(): Peer {
    if (this.#peer === undefined) throw new Error(`${name} has not been started`);
    return this.#peer;
  }

  get address(): string {
    return this.#address;
  }

  /** Takes an answer or a request that it tells of; false for any other line. */
  takeLine(line: string): boolean {
    if (!line.startsWith("{")) return false;
    const value: unknown = JSON.parse(line);
    if (!isRecord(value)) return false;
    if (value["address"] !== undefined) {
      this.#address = readText(value["address"]);
      return false;
    }
    if (value["id"] === undefined) this.#tell(readRequest(value));
    else this.#answer(readNumber(value["id"]), value);
    return true;
  }

  #tell(request: GoRequest): void {
    this.requests.push(request);
    for (const watch of this.#watching) watch(request);
  }

  #answer(id: number, answer: Readonly<Record<string, unknown>>): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (answer["error"] === undefined) waiting?.resolve(answer);
    else waiting?.reject(new Error(`${name}: ${readText(answer["error"])}`));
  }

  #send(command: Command): Promise<Readonly<Record<string, unknown>>> {
    const peer = this.#peer;
    if (this.#isGone || peer === undefined) return Promise.reject(this.#gone());
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      peer.write(`${JSON.stringify({ id, ...command })}\n`);
    });
  }

  async set(resources: GoResources, version: string): Promise<void> {
    const given = served.filter((name) => resources[name] !== undefined);
    const types = Object.fromEntries(given.map((name) => [typeUrl(name), encodeAll(name, resources[name])]));
    await this.#send({ op: "set", version, types });
  }

  async stats(): Promise<readonly GoStreamStats[]> {
    const { stats } = await this.#send({ op: "stats" });
    return readList(stats ?? [], readStats);
  }

  async nacks(): Promise<readonly GoRequest[]> {
    // What was received before this is answered has been told before.
    await this.#send({ op: "stats" });
    return this.requests.filter(({ kind }) => kind === "nack");
  }

  async waitFor(condition: (request: GoRequest) => boolean): Promise<GoRequest> {
    const found = this.requests.find(condition);
    if (found !== undefined) return found;
    const { promise, resolve, reject } = Promise.withResolvers<GoRequest>();
    const watch = (request: GoRequest): void => {
      if (condition(request)) resolve(request);
    };
    const giveUp = async (): Promise<void> => {
      await this.#peer?.exited;
      reject(this.#gone());
    };
    this.#watching.add(watch);
    void giveUp();
    try {
      return await promise;
    } finally {
      this.#watching.delete(watch);
    }
  }

  async stop(): Promise<void> {
    await this.#send({ op: "stop" });
  }

  async start(): Promise<void> {
    await this.#send({ op: "start" });
  }

  async breakStreams(code: number = UNAVAILABLE, details: string = "broken by the test"): Promise<void> {
    await this.#send({ op: "breakStreams", code, details });
  }

  async hang(): Promise<void> {
    await this.#send({ op: "hang" });
  }

  async resume(): Promise<void> {
    await this.#send({ op: "resume" });
  }

  close(): Promise<Exit> {
    return this.peer.stop();
  }
}

function encodeAll<Name extends ServedMessage>(name: Name, messages: readonly MessageInit<Name>[] = []): string[] {
  return messages.map((message) => Buffer.from(encodeMessage(name, message)).toString("base64"));
}

function readProtocol(value: unknown): "sotw" | "delta" {
  if (value === "sotw" || value === "delta") return value;
  throw new Error(`not a protocol: ${String(value)}`);
}

function readKind(value: unknown): GoRequest["kind"] {
  if (value === "request" || value === "ack" || value === "nack") return value;
  throw new Error(`not a kind of request: ${String(value)}`);
}

/** Go writes a list or a map that is empty as null. */
function readRequest(value: Readonly<Record<string, unknown>>): GoRequest {
  return {
    stream: readNumber(value["stream"]),
    path: readText(value["path"]),
    protocol: readProtocol(value["protocol"]),
    typeUrl: readText(value["typeUrl"]),
    kind: readKind(value["kind"]),
    answers: readText(value["answers"]),
    names: readList(value["names"] ?? [], readText),
    unsubscribed: readList(value["unsubscribed"] ?? [], readText),
    initialVersions: readMap(value["initialVersions"] ?? {}, readText),
    version: readText(value["version"]),
    nonce: readText(value["nonce"]),
    error: readText(value["error"]),
    nodeId: value["nodeId"] === undefined ? undefined : readText(value["nodeId"]),
  };
}

function readStats(value: unknown): GoStreamStats {
  if (!isRecord(value)) throw new Error(`not what a stream carried: ${JSON.stringify(value)}`);
  return {
    stream: readNumber(value["stream"]),
    path: readText(value["path"]),
    protocol: readProtocol(value["protocol"]),
    typeUrl: readText(value["typeUrl"]),
    isOpen: value["isOpen"] === true,
    requests: readNumber(value["requests"]),
    acks: readNumber(value["acks"]),
    nacks: readNumber(value["nacks"]),
    responses: readNumber(value["responses"]),
  };
}
