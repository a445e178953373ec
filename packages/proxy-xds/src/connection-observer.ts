import type { Counter, Gauge, Logger, StatsScope } from "@mesh/proxy-core";
import type { FieldError, ResourceKind, ResponseSummary, StreamStatus, XdsObserver } from "@mesh/xds-client";

/** What is known of a stream: it outlives the attempts to keep it open. */
interface StreamState {
  /** Whether there was a response since it was opened last. */
  isUp: boolean;
  /** Of the last end that was logged as a warning. */
  lastCode: number | undefined;
  /** Requests that wait for the rate limit. */
  waiting: number;
}

const component = "xds";

/**
 * Logs what happens to streams and to resources, and counts it under Envoy's names (`control_plane.…`). A stream counts as connected from its
 * first response on: gRPC opens streams to servers that are not there, too.
 */
export class ConnectionObserver implements XdsObserver {
  readonly #logger: Logger;
  readonly #connected: Gauge;
  readonly #pending: Gauge;
  readonly #limited: Counter;
  readonly #streams = new Map<string, StreamState>();

  /** @param stats the root of all statistics */
  constructor(logger: Logger, stats: StatsScope) {
    this.#logger = logger;
    const scope = stats.scope("control_plane");
    this.#connected = scope.gauge("connected_state");
    this.#pending = scope.gauge("pending_requests");
    this.#limited = scope.counter("rate_limit_enforced");
  }

  onStreamOpen(server: string, path: string): void {
    this.#state(server, path);
    this.#updateConnected();
  }

  onStreamClose(server: string, path: string, { code, details }: StreamStatus): void {
    const state = this.#state(server, path);
    const isNews = state.isUp || state.lastCode !== code;
    const what = state.isUp ? "lost the control plane" : "cannot reach the control plane";
    state.isUp = false;
    state.lastCode = code;
    this.#updateConnected();
    // Attempts go on for as long as it takes; what they all end with is said once.
    this.#logger.log(isNews ? "warning" : "debug", component, `${what} ${server}: status ${code}: ${details}`, { method: path });
  }

  onRequestsWaiting(server: string, path: string, count: number): void {
    const state = this.#state(server, path);
    if (count > state.waiting) this.#limited.add(count - state.waiting);
    state.waiting = count;
    this.#pending.set([...this.#streams.values()].reduce((sum, { waiting }) => sum + waiting, 0));
  }

  onResponse(server: string, { type: { label } }: ResourceKind<unknown>, response: ResponseSummary, path?: string): void {
    if (path !== undefined) this.#answered(server, path, response.controlPlane);
    const { version, isAccepted, refused } = response;
    if (isAccepted && this.#logger.enabled("debug"))
      this.#logger.log("debug", component, `${label}: accepted version ${version}`, { server });
    for (const { name, errors, isKnown } of refused) {
      // A control plane that sends the same again is answered the same; people have been told.
      if (!isKnown)
        this.#logger.log("warning", component, `${label} ${name}: refused: ${errors.map(describe).join("; ")}`, { server, version });
    }
  }

  #answered(server: string, path: string, identifier: string): void {
    const state = this.#state(server, path);
    if (state.isUp) return;
    state.isUp = true;
    state.lastCode = undefined;
    this.#updateConnected();
    const text = identifier === "" ? server : `${server} (${identifier})`;
    this.#logger.log("info", component, `connected to the control plane ${text}`, { method: path });
  }

  #state(server: string, path: string): StreamState {
    const key = `${server} ${path}`;
    const state = this.#streams.get(key) ?? { isUp: false, lastCode: undefined, waiting: 0 };
    this.#streams.set(key, state);
    return state;
  }

  #updateConnected(): void {
    this.#connected.set([...this.#streams.values()].every(({ isUp }) => isUp) ? 1 : 0);
  }
}

const describe = ({ path, message }: FieldError): string => (path === "" ? message : `${path}: ${message}`);
