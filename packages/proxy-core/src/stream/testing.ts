import type { HeaderMap, LocalReply } from "@mesh/codec";
import { createResponseHead } from "@mesh/codec-http1";
import { defaultRegistry, fromJson, type Message } from "@mesh/xds-proto";
import type { StreamInfo } from "../access-log/index.ts";
import type { Host } from "../cluster/index.ts";
import { assignment, testClusters, type TestClusters } from "../cluster/testing.ts";
import { ConfigPath, ExtensionSet, type ExtensionDescriptor } from "../config/index.ts";
import { compileRouteTable, previousHostsPredicate, type RoutableRequest, type Route, type RouteTable } from "../route/index.ts";
import { TestRequest, type TestRequestInit } from "../route/testing.ts";
import { testRuntime, type TestRuntime } from "../runtime/testing.ts";
import type { TestConfigSources } from "../subscription/testing.ts";
import { Drain } from "./drain.ts";
import { createDynamicConfiguration } from "./dynamic-configuration.ts";
import { StreamFilters } from "./stream-filters.ts";
import { DownstreamStats } from "./downstream-stats.ts";
import { FilterStatus, type FilterStream, type StreamFilter, type StreamFilterExtension, type StreamResponse } from "./filter.ts";
import { streamFilterExtensions } from "./filters/index.ts";
import { onAttemptFailed, onResponseComplete, onResponseHead } from "./router.ts";
import { Stream, type AttemptFailure, type StreamOwner } from "./stream.ts";

/** Ends connections without regard to the time. */
export const atOnce: Drain = new Drain(testRuntime(), "now", 0);

export interface FakeStreamInit extends TestRequestInit {
  /** Default: true. */
  readonly requestComplete?: boolean;
  /** Default: true. */
  readonly replayable?: boolean;
  /** Answers made here take until `finish` is called. Default: false. */
  readonly slowReplies?: boolean;
}

export class FakeResponse implements StreamResponse {
  readonly status: number;
  readonly headers: HeaderMap;

  constructor(status: number, headers: readonly (readonly [string, string])[]) {
    this.status = status;
    this.headers = createResponseHead({ status, body: "none", headers }).headers;
  }

  header(name: string): string | undefined {
    return name === ":status" ? String(this.status) : this.headers.get(name);
  }
}

/** A stream of a protocol that has no connections: it writes down what it is asked for, and a test plays the host. */
export class FakeStream extends Stream {
  readonly protocol = "fake";
  readonly request: RoutableRequest;
  readonly responseTrailers: undefined = undefined;
  readonly upstreamLocalAddress = "10.0.0.9:1000";
  readonly downstreamRemoteAddress = "10.0.0.1:1";
  readonly downstreamDirectRemoteAddress = "127.0.0.1:1";
  readonly downstreamLocalAddress = "10.0.0.2:80";
  readonly downstreamDirectLocalAddress = "10.0.0.2:15001";
  readonly originalDestination = "10.0.0.2:80";
  readonly filterChainName = "";
  readonly filterChainMetadata: undefined = undefined;
  readonly listenerMetadata: undefined = undefined;
  readonly upstreamConnectionId = 9;
  readonly upstreamProtocol = "fake";
  readonly connectionId = 7;
  readonly requestedServerName: undefined = undefined;
  /** What was written to the client, in order: `response 200`, `local 503 no healthy upstream`, `redirect 301 /to`, `reset`. */
  readonly written: string[] = [];
  /** Hosts to which the request was sent, in order. */
  readonly attempts: Host[] = [];
  requestComplete: boolean;
  replayable: boolean;
  responseComplete = false;
  response: FakeResponse | undefined = undefined;
  isHeld = false;
  aborted = 0;
  finished = 0;
  readonly #table: RouteTable;
  readonly #slowReplies: boolean;

  constructor(owner: StreamOwner, table: RouteTable, init: FakeStreamInit) {
    super(owner);
    this.request = new TestRequest(init);
    this.#table = table;
    this.#slowReplies = init.slowReplies ?? false;
    this.requestComplete = init.requestComplete ?? true;
    this.replayable = init.replayable ?? true;
    if (this.requestComplete) this.requestCompleteAt = this.startedAt;
  }

  override get awaitsConnection(): boolean {
    return true;
  }

  selectRoute(): Route | undefined {
    return this.#table.match(this.request, this.owner.runtime.random.next());
  }

  responseTimeoutMs(routeTimeoutMs: number | undefined): number {
    return routeTimeoutMs ?? this.owner.defaultTimeoutMs;
  }

  holdForReplay(): void {
    this.isHeld = true;
  }

  mirror(): void {}

  startAttempt(host: Host): void {
    this.attempts.push(host);
  }

  abortAttempt(): void {
    this.aborted++;
  }

  writeResponse(): void {
    this.written.push(`response ${this.response?.status}`);
    if (this.responseComplete) this.finish();
  }

  writeLocalReply({ httpStatus, message }: LocalReply): void {
    this.written.push(`local ${httpStatus} ${message}`);
    if (!this.#slowReplies) this.finish();
  }

  writeRedirect(status: number, location: string): void {
    this.written.push(`redirect ${status} ${location}`);
    this.finish();
  }

  resetDownstream(): void {
    this.written.push("reset");
    this.finish();
  }

  onFinished(): void {
    this.finished++;
  }

  // What the host does.

  /** A head without a body; false when the router does not want it. */
  answer(status: number, headers: readonly (readonly [string, string])[] = []): boolean {
    this.responseComplete = true;
    const taken = this.answerHead(status, headers);
    if (taken) onResponseComplete(this);
    return taken;
  }

  /** A head with more to come. */
  answerHead(status: number, headers: readonly (readonly [string, string])[] = []): boolean {
    this.response = new FakeResponse(status, headers);
    if (onResponseHead(this, status, false)) return true;
    this.response = undefined;
    this.responseComplete = false;
    return false;
  }

  /** What there was to come after `answerHead`. */
  answerRest(): void {
    this.responseComplete = true;
    onResponseComplete(this);
    this.finish();
  }

  break(failure: AttemptFailure, reason?: string): void {
    onAttemptFailed(this, failure, reason);
  }

  /** The request's last byte came. */
  completeRequest(): void {
    this.requestComplete = true;
    this.requestReceived();
  }
}

const filterMessage = "google.protobuf.StringValue";
const router = { name: "router", typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" } };

/** Configuration of a filter that a test gives, by its name there; more fields are HttpFilter's. */
export function givenFilter(name: string, more: object = {}): object {
  return { name, typed_config: { "@type": `type.googleapis.com/${filterMessage}`, value: name }, ...more };
}

/** A route's configuration of a given filter. */
export function forGivenFilter(value: string): object {
  return { "@type": `type.googleapis.com/google.protobuf.BytesValue`, value: Buffer.from(value).toString("base64") };
}

export interface TestStreamsOptions {
  /** By cluster: addresses of its hosts. Default: `a` with three. */
  readonly clusters?: Readonly<Record<string, readonly string[]>>;
  /** Fields of all clusters. */
  readonly clusterFields?: object;
  /** Of the only virtual host. Default: all to `a`. */
  readonly routes?: readonly object[];
  /** More fields of it. */
  readonly virtualHost?: object;
  /** More fields of the route configuration. */
  readonly configuration?: object;
  /** Before the router. */
  readonly httpFilters?: readonly object[];
  /** What stands behind `givenFilter`. */
  readonly filters?: Readonly<Record<string, StreamFilter>>;
  readonly extensions?: readonly ExtensionDescriptor[];
  /** Where filters come from. Default: there is no source. */
  readonly sources?: TestConfigSources;
  /** Default: 15 s. */
  readonly defaultTimeoutMs?: number;
}

export interface TestStreams {
  readonly runtime: TestRuntime;
  readonly clusters: TestClusters;
  readonly filters: StreamFilters;
  /** What was logged, as it was when it was logged. */
  readonly logged: readonly {
    readonly responseFlags: number;
    readonly responseCode: number;
    readonly responseCodeDetails: string | undefined;
  }[];
  readonly stat: (name: string) => number;
  readonly make: (init?: FakeStreamInit) => FakeStream;
  /** Made and begun. */
  readonly begin: (init?: FakeStreamInit) => FakeStream;
}

/** All that streams of the fake protocol need; statistics are under `fake.`. */
export function testStreams(options: TestStreamsOptions = {}): TestStreams {
  const { clusters: named = { a: ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"] } } = options;
  const clusters = testClusters(
    Object.entries(named).map(([name, addresses]) => ({ name, load_assignment: assignment(...addresses), ...options.clusterFields })),
  );
  clusters.manager.start();
  const { runtime, store } = clusters;
  const given: StreamFilterExtension = {
    name: "test.given",
    category: "envoy.filters.http",
    messageName: filterMessage,
    fields: undefined,
    perRoute: {
      messageName: "google.protobuf.BytesValue",
      fields: undefined,
      compile: (extension) => Buffer.from(extension.as("google.protobuf.BytesValue").value).toString(),
    },
    create: (extension) => {
      const { value } = extension.as(filterMessage);
      const filter = options.filters?.[value];
      if (filter === undefined) throw new Error(`no filter ${value} was given`);
      return filter;
    },
  };
  const own = [...streamFilterExtensions, previousHostsPredicate, given, ...(options.extensions ?? [])];
  const extensions = new ExtensionSet(defaultRegistry(), own);
  const routes = options.routes ?? [{ match: { prefix: "/" }, route: { cluster: "a" } }];
  const configuration = { virtual_hosts: [{ name: "all", domains: ["*"], routes, ...options.virtualHost }], ...options.configuration };
  const message = fromJson("envoy.config.route.v3.RouteConfiguration", configuration);
  const table = compileRouteTable(message, ConfigPath.of("routes"), { clusters: clusters.manager, extensions, runtime: clusters.runtime });
  const scope = store.scope("fake");
  const logged: { responseFlags: number; responseCode: number; responseCodeDetails: string | undefined }[] = [];
  const { sources } = options;
  const dynamic = { runtime, clusters: clusters.manager, extensions, stats: store, ...(sources && { sources }) };
  const filters = new StreamFilters(
    httpFilters([...(options.httpFilters ?? []), router]),
    ConfigPath.of("http_filters"),
    { ...createDynamicConfiguration(dynamic), runtime, extensions, stats: scope },
    (chain) => {
      owner = { ...owner, chain };
    },
  );
  let owner: StreamOwner = {
    runtime,
    clusters: clusters.manager,
    chain: filters.chain,
    accessLogs: [
      {
        log: ({ responseFlags, responseCode, responseCodeDetails }: StreamInfo) =>
          void logged.push({ responseFlags, responseCode, responseCodeDetails }),
      },
    ],
    recordsDetail: false,
    stats: new DownstreamStats(scope),
    defaultTimeoutMs: options.defaultTimeoutMs ?? 15_000,
  };
  const make = (init: FakeStreamInit = {}): FakeStream => new FakeStream(owner, table, init);
  return {
    runtime,
    clusters,
    filters,
    logged,
    stat: clusters.stat,
    make,
    begin: (init) => {
      const stream = make(init);
      stream.begin();
      return stream;
    },
  };
}

/** ProtoJSON of filters. */
export function httpFilters(
  filters: readonly object[],
): readonly Message<"envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter">[] {
  return filters.map((filter) => fromJson("envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter", filter));
}

/** A filter that writes its calls down, and answers as it is told. */
export class RecordingFilter implements StreamFilter {
  readonly name: string;
  readonly calls: string[];
  readonly #request: (stream: FilterStream) => FilterStatus;
  readonly #response: (stream: FilterStream) => FilterStatus;

  /** @param calls shared by the filters of a chain */
  constructor(
    name: string,
    calls: string[],
    request: (stream: FilterStream) => FilterStatus = () => FilterStatus.Continue,
    response: (stream: FilterStream) => FilterStatus = () => FilterStatus.Continue,
  ) {
    this.name = name;
    this.calls = calls;
    this.#request = request;
    this.#response = response;
  }

  onRequest(stream: FilterStream, endOfStream: boolean): FilterStatus {
    this.calls.push(`${this.name} request${endOfStream ? "" : "…"}`);
    return this.#request(stream);
  }

  onResponse(stream: FilterStream, endOfStream: boolean): FilterStatus {
    this.calls.push(`${this.name} response${endOfStream ? "" : "…"}`);
    return this.#response(stream);
  }

  onComplete(): void {
    this.calls.push(`${this.name} complete`);
  }
}
