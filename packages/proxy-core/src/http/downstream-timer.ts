import { ResponseFlag } from "../access-log/index.ts";
import { TimerEntry } from "../runtime/index.ts";
import { StreamPhase } from "../stream/index.ts";
import type { DownstreamHttpConnection } from "./downstream-connection.ts";
import type { HttpStream } from "./http-stream.ts";
import type { HttpSettings } from "./settings.ts";

/** Milliseconds for which a connection must have been silent before draining closes it: its client may be about to send a request. */
const drainSilenceMs = 250;

/**
 * All that can time out on a client's connection, but for responses. Nothing of it is armed for each request: the entry expires when the first
 * deadline could have come, looks, and is armed again for what is left. So these times cost a request nothing, and are still exact to a slot
 * of the wheel.
 */
export class DownstreamTimer extends TimerEntry {
  readonly #connection: DownstreamHttpConnection;
  readonly #settings: HttpSettings;
  /** Nothing that begins from now on is due earlier than that from now; 0: there are no limits. */
  readonly #shortestMs: number;
  /** When the time after `max_connection_duration` is over as well; 0 before that is reached. */
  #drainDeadline = 0;
  #isLingering = false;

  constructor(connection: DownstreamHttpConnection, settings: HttpSettings, shortestMs: number) {
    super();
    this.#connection = connection;
    this.#settings = settings;
    this.#shortestMs = shortestMs;
    if (shortestMs > 0) this.#arm(shortestMs);
  }

  /** The connection has lasted as long as it may. */
  get isOutlived(): boolean {
    return this.#drainDeadline > 0;
  }

  /** Looks after so many milliseconds at the latest. */
  lookWithin(delayMs: number): void {
    if (this.#isLingering) return;
    if (this.timerNext === null || this.timerDeadline > this.#connection.owner.runtime.clock.now() + delayMs) this.#arm(delayMs);
  }

  /** The connection is to end once it is silent from now on. */
  lookForSilence(): void {
    this.lookWithin(drainSilenceMs);
  }

  /** The connection has been ended, and its client has so many milliseconds to do the same. */
  linger(delayMs: number): void {
    this.#isLingering = true;
    this.#arm(delayMs);
  }

  stop(): void {
    this.#connection.owner.runtime.timers.disarm(this);
  }

  override onTimer(): void {
    const connection = this.#connection;
    if (this.#isLingering) {
      connection.manager.stats.cxDelayedCloseTimeout.inc();
      connection.close();
      return;
    }
    const now = connection.owner.runtime.clock.now();
    const deadlines = new Deadlines(now);
    this.#checkDuration(deadlines, now);
    const { stream } = connection;
    if (stream !== undefined) this.#checkStream(deadlines, stream);
    else if (connection.headStartedAt >= 0) this.#checkHead(deadlines);
    else this.#checkIdle(deadlines);
    if (connection.isClosing) return;
    const next = this.#shortestMs > 0 ? Math.min(deadlines.next, now + this.#shortestMs) : deadlines.next;
    if (next < Infinity) this.#arm(next - now);
  }

  #arm(delayMs: number): void {
    this.#connection.owner.runtime.timers.arm(this, delayMs);
  }

  #checkDuration(deadlines: Deadlines, now: number): void {
    const { maxConnectionDurationMs, drainTimeoutMs } = this.#settings;
    if (maxConnectionDurationMs === 0 || this.#drainDeadline > 0) return;
    const deadline = this.#connection.info.acceptedAt + maxConnectionDurationMs;
    if (!deadlines.isPast(deadline)) return;
    this.#connection.manager.stats.cxMaxDurationReached.inc();
    this.#drainDeadline = now + drainTimeoutMs;
  }

  #checkStream(deadlines: Deadlines, stream: HttpStream): void {
    const { owner, manager, lastActive } = this.#connection;
    // Envoy: the time for a request ends when the response begins.
    const isReceiving = !stream.requestComplete && !stream.wantsTunnel && stream.phase < StreamPhase.Responding;
    const status = stream.requestComplete ? 504 : 408;
    if (isReceiving && deadlines.isOver(stream.startedAt, this.#settings.requestTimeoutMs)) {
      owner.stats.rqTimeout.inc();
      stream.timeOut(408, "request timeout", "request_overall_timeout", 0);
    } else if (deadlines.isOver(stream.startedAt, this.#settings.maxStreamDurationMs)) {
      manager.stats.rqMaxDurationReached.inc();
      stream.timeOut(status, "downstream duration timeout", "max_duration_timeout", ResponseFlag.DurationTimeout);
    } else if (deadlines.isOver(lastActive, stream.idleTimeoutMs)) {
      manager.stats.rqIdleTimeout.inc();
      stream.timeOut(status, "stream timeout", "stream_idle_timeout", ResponseFlag.StreamIdleTimeout);
    }
  }

  /** A head of which the end is missing. */
  #checkHead(deadlines: Deadlines): void {
    const connection = this.#connection;
    const { owner, manager, headStartedAt } = connection;
    if (deadlines.isOver(headStartedAt, this.#settings.requestHeadersTimeoutMs)) {
      manager.stats.rqHeaderTimeout.inc();
      connection.refuseUnread(408, "request header timeout", "request_header_timeout", 0);
    } else if (deadlines.isOver(headStartedAt, this.#settings.requestTimeoutMs)) {
      owner.stats.rqTimeout.inc();
      connection.refuseUnread(408, "request timeout", "request_overall_timeout", 0);
    } else if (deadlines.isOver(headStartedAt, this.#settings.streamIdleTimeoutMs)) {
      // As in Envoy, a head that comes byte by byte makes no progress.
      manager.stats.rqIdleTimeout.inc();
      connection.refuseUnread(408, "stream timeout", "stream_idle_timeout", ResponseFlag.StreamIdleTimeout);
    }
  }

  #checkIdle(deadlines: Deadlines): void {
    const connection = this.#connection;
    if (deadlines.isOver(Math.max(connection.lastActive, connection.endsInSilenceSince), drainSilenceMs)) {
      connection.closeDrained();
    } else if (this.#drainDeadline > 0 && deadlines.isPast(this.#drainDeadline)) {
      connection.closeAfterFlush();
    } else if (deadlines.isOver(connection.lastActive, this.#settings.idleTimeoutMs)) {
      connection.owner.stats.cxIdleTimeout.inc();
      connection.closeAfterFlush();
    }
  }
}

/** Collects deadlines at one moment. */
class Deadlines {
  /** When the first of those that were asked for and have not come yet is due. */
  next = Infinity;
  readonly #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  /** @param limit milliseconds; 0: there is no such limit */
  isOver(since: number, limit: number): boolean {
    return limit > 0 && this.isPast(since + limit);
  }

  isPast(deadline: number): boolean {
    if (this.#now >= deadline) return true;
    if (deadline < this.next) this.next = deadline;
    return false;
  }
}
