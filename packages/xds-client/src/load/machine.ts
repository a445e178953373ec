import { decodeMessage, encodeMessage, isProtoError, type Message, type MessageInit } from "@mesh/xds-proto";
import { messageOf, xdsError, type XdsError } from "../errors.ts";
import { BackOff, type BackOffOptions } from "../machine/back-off.ts";
import type { StreamStatus } from "../machine/events.ts";
import type { LoadRequest, LoadStatsResponse } from "./options.ts";

export type LoadEvent =
  | { readonly kind: "start" }
  | { readonly kind: "opened" }
  | { readonly kind: "received"; readonly bytes: Uint8Array }
  | { readonly kind: "closed"; readonly status: StreamStatus }
  /** What `collect` asked for. */
  | { readonly kind: "collected"; readonly stats: readonly MessageInit<"envoy.config.endpoint.v3.ClusterStats">[] }
  | { readonly kind: "blocked" }
  | { readonly kind: "writable" }
  | { readonly kind: "timer" }
  | { readonly kind: "stop" };

export type LoadAction =
  | { readonly kind: "connect" }
  | { readonly kind: "disconnect" }
  | { readonly kind: "send"; readonly bytes: Uint8Array }
  /** There is one timer; starting it starts it anew. */
  | { readonly kind: "startTimer"; readonly ms: number }
  | { readonly kind: "stopTimer" }
  | { readonly kind: "requested"; readonly request: Omit<LoadRequest, "intervalMs"> }
  | { readonly kind: "collect"; readonly request: LoadRequest }
  | { readonly kind: "fail"; readonly error: XdsError };

export interface LoadMachineOptions {
  readonly node: Message<"envoy.config.core.v3.Node">;
  readonly backOff: BackOffOptions;
  readonly random: () => number;
  readonly now: () => number;
}

/** Below this a server's interval would make the sidecar do nothing but report. */
const MIN_INTERVAL_MS = 100;

/**
 * Load reporting (LRS): the stream begins with the node; the server says of which clusters and how often it wants to hear, and may say
 * so again; reports follow until the stream ends. Pure, as the machine of the other streams is.
 */
export class LoadMachine {
  readonly #options: LoadMachineOptions;
  readonly #backOff: BackOff;
  #phase: "idle" | "connecting" | "open" | "waiting" | "stopped" = "idle";
  #wanted: LoadStatsResponse | undefined = undefined;
  #intervalMs = 0;
  #lastReport = 0;
  #isBlocked = false;
  #actions: LoadAction[] = [];

  constructor(options: LoadMachineOptions) {
    this.#options = options;
    this.#backOff = new BackOff(options.backOff, options.random);
  }

  handle(event: LoadEvent): readonly LoadAction[] {
    if (this.#phase === "stopped") return [];
    this.#actions = [];
    this.#step(event);
    return this.#actions;
  }

  #step(event: LoadEvent): void {
    switch (event.kind) {
      case "start":
        return this.#connect();
      case "opened":
        return this.#opened();
      case "received":
        return this.#received(event.bytes);
      case "closed":
        return this.#lost(`the stream for load reports ended with status ${event.status.code}: ${event.status.details}`);
      case "collected":
        return this.#collected(event.stats);
      case "blocked":
        this.#isBlocked = true;
        return;
      case "writable":
        this.#isBlocked = false;
        return;
      case "timer":
        return this.#timer();
      case "stop":
        return this.#stop();
    }
  }

  #connect(): void {
    this.#phase = "connecting";
    this.#actions.push({ kind: "connect" });
  }

  #opened(): void {
    if (this.#phase !== "connecting") return;
    this.#phase = "open";
    this.#isBlocked = false;
    this.#wanted = undefined;
    this.#send({ node: this.#options.node });
  }

  #received(bytes: Uint8Array): void {
    if (this.#phase !== "open") return;
    try {
      const wanted = decodeMessage("envoy.service.load_stats.v3.LoadStatsResponse", bytes);
      const { seconds = 0, nanos = 0 } = wanted.loadReportingInterval ?? {};
      const isNew = !this.#wanted;
      this.#wanted = wanted;
      this.#backOff.reset();
      this.#intervalMs = Math.max(MIN_INTERVAL_MS, seconds * 1000 + Math.floor(nanos / 1e6));
      // The clusters may be others now; the time already counted is reported with the next report.
      if (isNew) this.#lastReport = this.#options.now();
      this.#actions.push({ kind: "startTimer", ms: this.#intervalMs }, { kind: "requested", request: describe(wanted) });
    } catch (cause) {
      if (!isProtoError(cause)) throw cause;
      this.#actions.push({ kind: "disconnect" });
      this.#lost(`the server of load reports sent what is no response: ${messageOf(cause)}`);
    }
  }

  #timer(): void {
    if (this.#phase === "waiting") return this.#connect();
    if (this.#phase !== "open" || !this.#wanted) return;
    this.#actions.push({ kind: "startTimer", ms: this.#intervalMs });
    // What a slow server does not take is part of the next report.
    if (this.#isBlocked) return;
    const now = this.#options.now();
    const intervalMs = Math.max(1, now - this.#lastReport);
    this.#actions.push({ kind: "collect", request: { ...describe(this.#wanted), intervalMs } });
  }

  #collected(stats: readonly MessageInit<"envoy.config.endpoint.v3.ClusterStats">[]): void {
    if (this.#phase !== "open") return;
    const now = this.#options.now();
    const ms = Math.max(1, now - this.#lastReport);
    this.#lastReport = now;
    const loadReportInterval = { seconds: Math.floor(ms / 1000), nanos: Math.round((ms % 1000) * 1e6) };
    this.#send({ clusterStats: stats.map((each) => ({ ...each, loadReportInterval })) });
  }

  #send(request: MessageInit<"envoy.service.load_stats.v3.LoadStatsRequest">): void {
    this.#actions.push({ kind: "send", bytes: encodeMessage("envoy.service.load_stats.v3.LoadStatsRequest", request) });
  }

  #lost(problem: string): void {
    if (this.#phase !== "open" && this.#phase !== "connecting") return;
    this.#phase = "waiting";
    this.#wanted = undefined;
    this.#actions.push(
      { kind: "startTimer", ms: this.#backOff.next() },
      { kind: "fail", error: xdsError("MESH_XDS_UNAVAILABLE", problem) },
    );
  }

  #stop(): void {
    this.#actions.push({ kind: "stopTimer" });
    if (this.#phase === "open" || this.#phase === "connecting") this.#actions.push({ kind: "disconnect" });
    this.#phase = "stopped";
  }
}

function describe({ sendAllClusters, clusters, reportEndpointGranularity }: LoadStatsResponse): Omit<LoadRequest, "intervalMs"> {
  return { clusters: sendAllClusters ? undefined : clusters, isEndpointGranularity: reportEndpointGranularity };
}
