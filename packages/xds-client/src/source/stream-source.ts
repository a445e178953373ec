import type { MachineAction, MachineEvent, StreamStatus } from "../machine/events.ts";
import { StreamMachine, type StreamMachineOptions } from "../machine/stream-machine.ts";
import type { TypeState } from "../machine/type-state.ts";
import type { ResourceKind } from "../resource/kind.ts";
import type { XdsRuntime, XdsTimer } from "../runtime.ts";
import type { RequestRateOptions } from "../transport/options.ts";
import type { TransportStream, XdsTransport } from "../transport/transport.ts";
import { inSlices, TurnPace, unhurried } from "./pace.ts";
import { RequestRate } from "./request-rate.ts";
import type { Source, SourceSink, XdsObserver } from "./source.ts";

export interface StreamSourceOptions {
  readonly label: string;
  /** The method. */
  readonly path: string;
  readonly machine: StreamMachineOptions;
  readonly transport: XdsTransport;
  readonly runtime: XdsRuntime;
  readonly observer: XdsObserver;
  readonly sink: SourceSink;
  readonly requestRate?: RequestRateOptions | undefined;
}

/** What came over the stream and waits for what came before it. */
type Incoming = { readonly kind: "message"; readonly bytes: Uint8Array } | { readonly kind: "closed"; readonly status: StreamStatus };

/**
 * Does what a machine wants done, and tells it what happens.
 *
 * A response of many resources takes several turns: accepting them first, telling the watchers afterwards. The next one, the stream's end, timers
 * and requests wait meanwhile, so that what they meet is the same as if it had taken no time. Watches may begin and end.
 */
export class StreamSource implements Source {
  readonly #options: StreamSourceOptions;
  readonly #machine: StreamMachine;
  readonly #timers = new Map<string, XdsTimer>();
  readonly #types = new Set<string>();
  readonly #versions = new Map<string, string>();
  readonly #rate: RequestRate | undefined;
  /** Requests that the rate keeps back; the machine makes no more until they have left. */
  readonly #waiting: Uint8Array[] = [];
  #waitingTold = 0;
  #rateTimer: XdsTimer | undefined = undefined;
  /** Whether the transport wants no more for now. */
  #isFull = false;
  #stream: TransportStream | undefined = undefined;
  #isFlushDue = false;
  readonly #pace: TurnPace;
  readonly #inbox: Incoming[] = [];
  /** A response is being taken. */
  #isBusy = false;
  /** Timers that went off meanwhile. */
  readonly #due = new Set<string>();
  #isWritable = false;

  constructor(options: StreamSourceOptions) {
    this.#options = options;
    const { requestRate, runtime } = options;
    this.#rate = requestRate === undefined ? undefined : new RequestRate(requestRate, () => runtime.now());
    this.#machine = new StreamMachine(options.machine);
    this.#pace = new TurnPace(runtime);
  }

  get label(): string {
    return this.#options.label;
  }

  subscribe(resource: ResourceKind<unknown>, name: string, timeoutMs: number): void {
    this.#types.add(resource.type.typeUrl);
    this.#run({ kind: "subscribe", resource, name, timeoutMs });
    this.#flushSoon();
  }

  unsubscribe(resource: ResourceKind<unknown>, name: string): void {
    this.#run({ kind: "unsubscribe", resource, name });
    this.#flushSoon();
  }

  *states(): Iterable<TypeState> {
    for (const typeUrl of this.#types) {
      const state = this.#machine.stateOf(typeUrl);
      if (state) yield state;
    }
  }

  stateOf(typeUrl: string): TypeState | undefined {
    return this.#machine.stateOf(typeUrl);
  }

  versionOf(typeUrl: string): string {
    return this.#versions.get(typeUrl) ?? "";
  }

  close(): void {
    this.#run({ kind: "stop" });
  }

  /** What one turn subscribes to goes into one request: a thousand clusters ask for their endpoints at once. */
  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    queueMicrotask(() => {
      this.#isFlushDue = false;
      if (!this.#isBusy) this.#run({ kind: "flush" });
    });
  }

  #arrived(incoming: Incoming): void {
    this.#inbox.push(incoming);
    if (this.#isBusy) return;
    this.#pace.begin();
    this.#takeNext();
  }

  #takeNext(): void {
    for (let next = this.#inbox.shift(); next; next = this.#inbox.shift()) {
      if (next.kind === "closed") {
        this.#closed(next.status);
        continue;
      }
      const done = this.#take(next.bytes);
      if (done) {
        this.#wait(done);
        return;
      }
      this.#run({ kind: "flush" });
    }
  }

  #wait(done: Promise<void>): void {
    const stream = this.#stream;
    this.#isBusy = true;
    stream?.pause?.();
    void done.then(() => this.#goOn(stream));
  }

  /** All of a response is done that took some turns. */
  #goOn(stream: TransportStream | undefined): void {
    this.#isBusy = false;
    this.#run({ kind: "flush" });
    if (this.#isWritable) this.#makeMore();
    for (const id of this.#due) this.#fire(id);
    this.#takeNext();
    if (!this.#isBusy && this.#stream === stream) stream?.resume?.();
  }

  /** Returns undefined where that took no more than this turn. */
  #take(bytes: Uint8Array): Promise<void> | undefined {
    this.#run({ kind: "arrived", bytes });
    const prepared = inSlices(this.#pace, () => this.#machine.prepareNext());
    // The other parts of a large response get turns of their own.
    return prepared ? prepared.then(() => this.#pace.next()).then(() => this.#apply()) : this.#apply();
  }

  #apply(): Promise<void> | undefined {
    let told: Promise<void> | undefined;
    for (const action of this.#machine.handle({ kind: "taken" })) {
      if (action.kind !== "deliver") this.#perform(action);
      else told = this.#options.sink.deliver(action.resource, action.update, action.isResponse, this.#pace);
    }
    return told;
  }

  #closed(status: StreamStatus): void {
    const { label, path, observer } = this.#options;
    this.#leave();
    observer.onStreamClose?.(label, path, status);
    this.#run({ kind: "closed", status });
  }

  #fire(id: string): void {
    if (this.#isBusy) {
      this.#due.add(id);
      return;
    }
    this.#due.delete(id);
    this.#run({ kind: "timer", id });
  }

  #run(event: MachineEvent): void {
    for (const action of this.#machine.handle(event)) this.#perform(action);
  }

  #perform(action: MachineAction): void {
    const { sink, transport, path, runtime } = this.#options;
    switch (action.kind) {
      case "connect":
        return this.#connect(transport, path);
      case "disconnect":
        this.#stream?.cancel();
        this.#inbox.length = 0;
        return this.#leave();
      case "send":
        this.#waiting.push(action.bytes);
        this.#sendWaiting();
        return this.#tellWaiting();
      case "startTimer":
        this.#stopTimer(action.id);
        this.#timers.set(
          action.id,
          runtime.startTimer(action.ms, () => {
            this.#timers.delete(action.id);
            this.#fire(action.id);
          }),
        );
        return;
      case "stopTimer":
        return this.#stopTimer(action.id);
      case "deliver":
        void sink.deliver(action.resource, action.update, action.isResponse, unhurried);
        return;
      case "fail":
        return sink.fail(action.resource, action.name, action.error);
      case "answered":
        if (action.response.isAccepted) this.#versions.set(action.resource.type.typeUrl, action.response.version);
        sink.answered(action.resource, action.response);
        this.#options.observer.onResponse?.(this.#options.label, action.resource, action.response, path);
        return;
    }
  }

  #stopTimer(id: string): void {
    this.#timers.get(id)?.cancel();
    this.#timers.delete(id);
    this.#due.delete(id);
  }

  /** Sends as much as the rate lets through. */
  #sendWaiting(): void {
    const { label, observer, runtime } = this.#options;
    if (this.#rateTimer) return;
    for (;;) {
      const waitMs = this.#waiting.length === 0 ? 0 : (this.#rate?.take() ?? 0);
      if (waitMs > 0) {
        this.#rateTimer = runtime.startTimer(waitMs, () => {
          this.#rateTimer = undefined;
          this.#sendWaiting();
          this.#tellWaiting();
          this.#makeMore();
        });
        this.#run({ kind: "blocked" });
        return;
      }
      const bytes = this.#waiting.shift();
      if (!bytes) return;
      if (this.#stream?.send(bytes) === false) {
        this.#isFull = true;
        this.#run({ kind: "blocked" });
      }
      observer.onRequest?.(label, bytes.length);
    }
  }

  #tellWaiting(): void {
    const { length } = this.#waiting;
    if (length === this.#waitingTold) return;
    this.#waitingTold = length;
    const { label, path, observer } = this.#options;
    observer.onRequestsWaiting?.(label, path, length);
  }

  #makeMore(): void {
    this.#isWritable = this.#isBusy;
    if (!this.#isBusy && !this.#isFull && this.#waiting.length === 0) this.#run({ kind: "writable" });
  }

  /** The stream is gone, and with it what it was to carry. */
  #leave(): void {
    this.#stream = undefined;
    this.#isFull = false;
    this.#waiting.length = 0;
    this.#rateTimer?.cancel();
    this.#rateTimer = undefined;
    this.#tellWaiting();
  }

  #connect(transport: XdsTransport, path: string): void {
    const { label, observer } = this.#options;
    const isCurrent = (): boolean => this.#stream === stream;
    const stream = transport.open(path, {
      onOpen: () => {
        if (!isCurrent()) return;
        observer.onStreamOpen?.(label, path);
        this.#run({ kind: "opened" });
      },
      onMessage: (bytes) => {
        if (isCurrent()) this.#arrived({ kind: "message", bytes });
      },
      onDrain: () => {
        if (!isCurrent()) return;
        this.#isFull = false;
        this.#makeMore();
      },
      onClose: (status) => {
        if (isCurrent()) this.#arrived({ kind: "closed", status });
      },
    });
    this.#stream = stream;
  }
}
