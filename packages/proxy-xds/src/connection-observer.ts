import type { Counter, Gauge, Logger, StatsScope, TextReadout } from "@mesh/proxy-core";
import type { FieldError, ResourceKind, ResponseSummary, StreamStatus, XdsObserver } from "@mesh/xds-client";

/** What is known of a stream: it outlives the attempts to keep it open. */
interface StreamState {
  /** Whether there was a response since it was opened last. */
  isUp: boolean;
  /** Of the last end that was logged as a warning. */
  lastCode: number | undefined;
  /** Requests that wait for the rate limit. */
  waiting: number;
  /** Of a stream that is one subscription's alone. */
  readonly own: PlaneStats | undefined;
}

/** What Envoy counts of control planes. */
class PlaneStats {
  readonly connected: Gauge;
  readonly pending: Gauge;
  readonly limited: Counter;
  readonly #identifier: TextReadout;

  constructor(scope: StatsScope) {
    this.connected = scope.gauge("connected_state");
    this.pending = scope.gauge("pending_requests");
    this.limited = scope.counter("rate_limit_enforced");
    this.#identifier = scope.text("identifier");
  }

  identify(identifier: string): void {
    this.#identifier.set(identifier);
  }
}

/** Envoy counts streams that are no aggregated ones with what they are for. Those of other services serve several subscriptions here. */
const ownScopes: readonly (readonly [service: string, scope: string])[] = [
  ["/envoy.service.cluster.v3.ClusterDiscoveryService/", "cluster_manager.cds.control_plane"],
  ["/envoy.service.listener.v3.ListenerDiscoveryService/", "listener_manager.lds.control_plane"],
];

const component = "xds";

/**
 * Logs what happens to streams and to resources, and counts it under Envoy's names (`control_plane.…`). A stream counts as connected from its
 * first response on: gRPC opens streams to servers that are not there, too.
 */
export class ConnectionObserver implements XdsObserver {
  readonly #logger: Logger;
  readonly #root: StatsScope;
  #all: PlaneStats | undefined = undefined;
  readonly #streams = new Map<string, StreamState>();

  /** @param stats the root of all statistics */
  constructor(logger: Logger, stats: StatsScope) {
    this.#logger = logger;
    this.#root = stats;
  }

  /** There is a control plane to ask: proxies without any do not show its statistics. */
  begin(): void {
    this.#all ??= new PlaneStats(this.#root.scope("control_plane"));
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
    if (count > state.waiting) {
      this.#all?.limited.add(count - state.waiting);
      state.own?.limited.add(count - state.waiting);
    }
    state.waiting = count;
    state.own?.pending.set(count);
    this.#all?.pending.set([...this.#streams.values()].reduce((sum, { waiting }) => sum + waiting, 0));
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
    if (identifier !== "") {
      this.#all?.identify(identifier);
      state.own?.identify(identifier);
    }
    if (state.isUp) return;
    state.isUp = true;
    state.lastCode = undefined;
    this.#updateConnected();
    const text = identifier === "" ? server : `${server} (${identifier})`;
    this.#logger.log("info", component, `connected to the control plane ${text}`, { method: path });
  }

  #state(server: string, path: string): StreamState {
    const key = `${server} ${path}`;
    const known = this.#streams.get(key);
    if (known !== undefined) return known;
    const scope = ownScopes.find(([service]) => path.startsWith(service))?.[1];
    const own = scope === undefined ? undefined : new PlaneStats(this.#root.scope(scope));
    const state = { isUp: false, lastCode: undefined, waiting: 0, own };
    this.#streams.set(key, state);
    return state;
  }

  #updateConnected(): void {
    let areAllUp = true;
    for (const { isUp, own } of this.#streams.values()) {
      own?.connected.set(isUp ? 1 : 0);
      areAllUp &&= isUp;
    }
    this.#all?.connected.set(areAllUp ? 1 : 0);
  }
}

const describe = ({ path, message }: FieldError): string => (path === "" ? message : `${path}: ${message}`);
