import type { Connection, ConnectionHandler } from "../network/index.ts";
import { TimerEntry, type TimerWheel } from "../runtime/index.ts";
import type { AcceptedConnection } from "./accepted.ts";
import type { ListenerFilter } from "./listener-filter.ts";

export interface InspectionOptions {
  readonly filters: readonly ListenerFilter[];
  /** Bytes that came already. Default: none. */
  readonly initial?: Buffer | undefined;
  readonly timers: TimerWheel;
  /** Milliseconds for the filters to have their bytes; 0: no limit. */
  readonly timeoutMs: number;
  /** Go on without the filters' verdict when the time is over, as Envoy's `continue_on_listener_filters_timeout`. */
  readonly continueOnTimeout: boolean;
  onDone(rest: Buffer | undefined): void;
  onTimeout(): void;
  onRejected(reason: string): void;
  /** The peer went, or ended, before the filters had what they need. */
  onGone(): void;
}

const nothing = Buffer.alloc(0);

/** Takes an accepted connection through a listener's filters, reading as many bytes as they ask for. */
export class Inspection extends TimerEntry implements ConnectionHandler {
  readonly #connection: Connection;
  readonly #accepted: AcceptedConnection;
  readonly #options: InspectionOptions;
  #next = 0;
  #bytes: Buffer = nothing;
  /** What came since the filters were last asked. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #needed = 0;
  #done = false;

  constructor(connection: Connection, accepted: AcceptedConnection, options: InspectionOptions) {
    super();
    this.#connection = connection;
    this.#accepted = accepted;
    this.#options = options;
  }

  /** Runs the filters that need no bytes at once, and the others as bytes come. */
  begin(): void {
    this.#connection.setHandler(this);
    this.#bytes = this.#options.initial ?? nothing;
    this.#run();
    if (!this.#done && this.#options.timeoutMs > 0) this.#options.timers.arm(this, this.#options.timeoutMs);
  }

  onData(chunk: Buffer): void {
    if (this.#done) return;
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    // Put together once there are enough, so that a header that comes byte by byte is not copied for each.
    if (this.#bytes.length + this.#waitingBytes < this.#needed) return;
    this.#gather();
    this.#run();
  }

  onEnd(): void {
    if (this.#done) return;
    this.#finish();
    this.#options.onGone();
  }

  onClose(): void {
    if (this.#done) return;
    this.#finish();
    this.#options.onGone();
  }

  onAboveHighWatermark(): void {}

  onBelowLowWatermark(): void {}

  onTimer(): void {
    if (this.#done) return;
    if (this.#options.continueOnTimeout) {
      this.#pass();
      return;
    }
    this.#finish();
    this.#options.onTimeout();
  }

  #run(): void {
    const { filters } = this.#options;
    while (this.#next < filters.length) {
      const filter = filters[this.#next] as ListenerFilter;
      const result = filter.inspect(this.#accepted, this.#bytes);
      if (result.kind === "more") {
        this.#needed = Math.max(result.needed, this.#bytes.length + 1);
        if (this.#needed > filter.maxBytes)
          this.#reject(`the listener filter wants ${this.#needed} bytes, more than its ${filter.maxBytes}`);
        return;
      }
      if (result.kind === "reject") {
        this.#reject(result.reason);
        return;
      }
      this.#bytes = this.#bytes.subarray(result.consumed);
      this.#next++;
    }
    this.#pass();
  }

  #gather(): void {
    if (this.#waiting.length === 0) return;
    const [only] = this.#waiting;
    this.#bytes =
      this.#bytes.length === 0 && this.#waiting.length === 1 && only !== undefined ? only : Buffer.concat([this.#bytes, ...this.#waiting]);
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #pass(): void {
    this.#gather();
    this.#finish();
    this.#options.onDone(this.#bytes.length === 0 ? undefined : this.#bytes);
  }

  #reject(reason: string): void {
    if (this.#done) return;
    this.#finish();
    this.#options.onRejected(reason);
  }

  #finish(): void {
    this.#done = true;
    this.#options.timers.disarm(this);
  }
}
