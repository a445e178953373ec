import type { Gauge, Histogram, StatsScope } from "../stats/index.ts";
import type { Server, ServerState } from "./server.ts";

/** Envoy's numbers for `server.state`. */
const stateNumbers: Readonly<Record<ServerState, number>> = { LIVE: 0, DRAINING: 1, PRE_INITIALIZING: 2, INITIALIZING: 3 };

/** Statistics of the process under Envoy's names (`server.`). They are read when somebody asks for them. */
export class ServerStats {
  readonly #server: Server;
  readonly #live: Gauge;
  readonly #state: Gauge;
  readonly #uptime: Gauge;
  readonly #concurrency: Gauge;
  readonly #memoryAllocated: Gauge;
  readonly #memoryHeapSize: Gauge;
  readonly #memoryPhysicalSize: Gauge;
  readonly #totalConnections: Gauge;
  readonly #initializationTime: Histogram;

  constructor(scope: StatsScope, server: Server) {
    this.#server = server;
    this.#live = scope.gauge("live");
    this.#state = scope.gauge("state");
    this.#uptime = scope.gauge("uptime");
    this.#concurrency = scope.gauge("concurrency");
    this.#memoryAllocated = scope.gauge("memory_allocated");
    this.#memoryHeapSize = scope.gauge("memory_heap_size");
    this.#memoryPhysicalSize = scope.gauge("memory_physical_size");
    this.#totalConnections = scope.gauge("total_connections");
    this.#initializationTime = scope.histogram("initialization_time_ms");
    this.#concurrency.set(1);
  }

  /** The server is live for the first time. */
  initialized(): void {
    const { runtime, startedAt } = this.#server;
    this.#initializationTime.record(runtime.clock.now() - startedAt);
  }

  update(): void {
    const server = this.#server;
    const { heapUsed, heapTotal, rss } = process.memoryUsage();
    this.#live.set(server.state === "LIVE" ? 1 : 0);
    this.#state.set(stateNumbers[server.state]);
    this.#uptime.set(Math.floor((server.runtime.clock.now() - server.startedAt) / 1000));
    this.#memoryAllocated.set(heapUsed);
    this.#memoryHeapSize.set(heapTotal);
    this.#memoryPhysicalSize.set(rss);
    this.#totalConnections.set(server.activeConnections);
  }
}
