import type { XdsRuntime, XdsTimer } from "../runtime.ts";
import type { TransportStream, XdsTransport } from "../transport/transport.ts";
import { LoadMachine, type LoadAction, type LoadEvent, type LoadMachineOptions } from "./machine.ts";
import type { LoadReport, LoadReportOptions } from "./options.ts";

const PATH = "/envoy.service.load_stats.v3.LoadReportingService/StreamLoadStats";

export interface LoadReporterOptions extends LoadReportOptions, Pick<LoadMachineOptions, "node" | "backOff"> {
  readonly transport: XdsTransport;
  readonly runtime: XdsRuntime;
  readonly onClose: () => void;
}

/** Does what a machine of load reports wants done. */
export class LoadReporter implements LoadReport {
  readonly #options: LoadReporterOptions;
  readonly #machine: LoadMachine;
  #stream: TransportStream | undefined = undefined;
  #timer: XdsTimer | undefined = undefined;

  constructor(options: LoadReporterOptions) {
    this.#options = options;
    const { node, backOff, runtime } = options;
    this.#machine = new LoadMachine({ node, backOff, random: () => runtime.random(), now: () => runtime.now() });
    this.#run({ kind: "start" });
  }

  close(): void {
    this.#run({ kind: "stop" });
    this.#options.onClose();
  }

  #run(event: LoadEvent): void {
    for (const action of this.#machine.handle(event)) this.#perform(action);
  }

  #perform(action: LoadAction): void {
    const { runtime, collect, onRequested, onError } = this.#options;
    switch (action.kind) {
      case "connect":
        return this.#connect();
      case "disconnect":
        this.#stream?.cancel();
        this.#stream = undefined;
        return;
      case "send":
        if (this.#stream?.send(action.bytes) === false) this.#run({ kind: "blocked" });
        return;
      case "startTimer":
        this.#timer?.cancel();
        this.#timer = runtime.startTimer(action.ms, () => this.#run({ kind: "timer" }));
        return;
      case "stopTimer":
        this.#timer?.cancel();
        return;
      case "requested":
        onRequested?.(action.request);
        return;
      case "collect":
        return this.#run({ kind: "collected", stats: this.#collect(collect, action.request) });
      case "fail":
        onError?.(action.error);
        return;
    }
  }

  /** What it throws is its caller's, as from a watcher, and must not end the reports: that interval is reported without load. */
  #collect(collect: LoadReportOptions["collect"], request: Parameters<LoadReportOptions["collect"]>[0]): ReturnType<typeof collect> {
    try {
      return collect(request);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
      return [];
    }
  }

  #connect(): void {
    const isCurrent = (): boolean => this.#stream === stream;
    const stream = this.#options.transport.open(PATH, {
      onOpen: () => {
        if (isCurrent()) this.#run({ kind: "opened" });
      },
      onMessage: (bytes) => {
        if (isCurrent()) this.#run({ kind: "received", bytes });
      },
      onDrain: () => {
        if (isCurrent()) this.#run({ kind: "writable" });
      },
      onClose: (status) => {
        if (!isCurrent()) return;
        this.#stream = undefined;
        this.#run({ kind: "closed", status });
      },
    });
    this.#stream = stream;
  }
}
