import { StreamPhase } from "../stream/index.ts";
import type { HttpStream } from "./http-stream.ts";
import type { HttpSettings } from "./settings.ts";

/** What is over its time. */
export type Overdue = "request" | "headers" | "duration" | "idle" | "drained";

/** The deadlines of a connection at one moment. Made when its timer expires, and not for each request. */
export class Deadlines {
  readonly #now: number;
  /** When the first of those that are not over is due; `Infinity` where there are none. */
  next = Infinity;
  /** The first that is over, in the order in which they were added. */
  overdue: Overdue | undefined = undefined;

  /** @param now milliseconds on the clock */
  constructor(now: number) {
    this.#now = now;
  }

  /** @param limit milliseconds; 0: there is no such limit */
  add(what: Overdue, since: number, limit: number): void {
    if (limit > 0) this.addAt(what, since + limit);
  }

  addAt(what: Overdue, deadline: number): void {
    if (this.#now >= deadline) this.overdue ??= what;
    else if (deadline < this.next) this.next = deadline;
  }
}

/** @param lastActive when something of the stream moved last */
export function addStream(deadlines: Deadlines, settings: HttpSettings, stream: HttpStream, lastActive: number): void {
  // Envoy: the time for a request ends when the response begins.
  const isReceiving = !stream.requestComplete && !stream.wantsTunnel && stream.phase < StreamPhase.Responding;
  if (isReceiving) deadlines.add("request", stream.startedAt, settings.requestTimeoutMs);
  deadlines.add("duration", stream.startedAt, settings.maxStreamDurationMs);
  deadlines.add("idle", lastActive, stream.idleTimeoutMs);
}

/** A head of which the end is missing. */
export function addHead(deadlines: Deadlines, settings: HttpSettings, startedAt: number, lastActive: number): void {
  deadlines.add("headers", startedAt, settings.requestHeadersTimeoutMs);
  deadlines.add("request", startedAt, settings.requestTimeoutMs);
  deadlines.add("idle", lastActive, settings.streamIdleTimeoutMs);
}
