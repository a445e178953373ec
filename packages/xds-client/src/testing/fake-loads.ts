import { decodeMessage, encodeMessage, type Message, type MessageInit } from "@mesh/xds-proto";
import type { FakeStreamInput, FakeStreamOutput } from "./fake-server.ts";

export const LOAD_PATH = "/envoy.service.load_stats.v3.LoadReportingService/StreamLoadStats";

export type LoadStats = Message<"envoy.service.load_stats.v3.LoadStatsRequest">;

/** The server of load reports. */
export class FakeLoads {
  readonly reports: LoadStats[] = [];
  readonly #streams = new Set<FakeStreamOutput>();
  readonly #onReport: () => void;
  #wanted: Uint8Array | undefined = undefined;

  constructor(onReport: () => void) {
    this.#onReport = onReport;
  }

  open(output: FakeStreamOutput): FakeStreamInput {
    this.#streams.add(output);
    return {
      receive: (bytes) => {
        const report = decodeMessage("envoy.service.load_stats.v3.LoadStatsRequest", bytes);
        this.reports.push(report);
        if (report.node && this.#wanted) output.send(this.#wanted);
        this.#onReport();
      },
      closed: () => this.#streams.delete(output),
    };
  }

  want(wanted: MessageInit<"envoy.service.load_stats.v3.LoadStatsResponse">): void {
    this.#wanted = encodeMessage("envoy.service.load_stats.v3.LoadStatsResponse", wanted);
    for (const stream of this.#streams) stream.send(this.#wanted);
  }

  breakStreams(code: number, details: string): void {
    for (const stream of this.#streams) {
      this.#streams.delete(stream);
      stream.end(code, details);
    }
  }
}
