import type { TrafficReport } from "./traffic.ts";

/** What is shown besides the traffic. */
export interface Scene {
  readonly headline: string;
  /** `name → state` of the providers. */
  readonly providers: ReadonlyMap<string, string>;
  readonly admins: readonly string[];
  /** The newest last. */
  readonly events: readonly string[];
}

const clear = "\u001B[2J\u001B[H";
const bold = (text: string): string => `\u001B[1m${text}\u001B[22m`;
const red = (text: string): string => `\u001B[31m${text}\u001B[39m`;
const green = (text: string): string => `\u001B[32m${text}\u001B[39m`;
const dim = (text: string): string => `\u001B[2m${text}\u001B[22m`;

const ms = (value: number | undefined): string => value?.toFixed(2) ?? "–";

/** Draws the demo: a full screen in a terminal, one line a second elsewhere. */
export class Screen {
  readonly #out: NodeJS.WriteStream;
  readonly #isTerminal: boolean;
  #shownEvents = 0;
  #shownAdmins = false;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    this.#isTerminal = out.isTTY;
  }

  draw(scene: Scene, reports: readonly TrafficReport[]): void {
    if (this.#isTerminal) this.#out.write(clear + fullScreen(scene, reports));
    else this.#writeLines(scene, reports);
  }

  #writeLines({ headline, admins, events }: Scene, reports: readonly TrafficReport[]): void {
    if (!this.#shownAdmins) {
      this.#shownAdmins = true;
      this.#out.write(`${headline}\n${admins.map((admin) => `  ${admin}\n`).join("")}`);
    }
    for (; this.#shownEvents < events.length; this.#shownEvents++) this.#out.write(`* ${events[this.#shownEvents]}\n`);
    const figures = reports.map(
      ({ name, perSecond, total, errors, p50, p99 }) =>
        `${name}: ${Math.round(perSecond)}/s, ${total} requests, ${errors} errors, p50 ${ms(p50)} ms, p99 ${ms(p99)} ms`,
    );
    this.#out.write(`${figures.join(" | ")}\n`);
  }
}

function fullScreen({ headline, providers, admins, events }: Scene, reports: readonly TrafficReport[]): string {
  const columns = ["", "requests/s", "requests", "errors", "p50 ms", "p99 ms", "answered by (last second)"];
  const widths = [22, 11, 10, 8, 8, 8, 0];
  const row = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ");
  const lines = reports.map(({ name, perSecond, total, errors, p50, p99, answeredBy, lastError }) => {
    const who = [...answeredBy]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([instance, count]) => `${instance} ${count}`)
      .join("  ");
    const cells = row([name, perSecond.toFixed(0), String(total), String(errors), ms(p50), ms(p99), who]);
    return (errors > 0 ? red(cells) : cells) + (lastError === undefined ? "" : `\n${dim(`  last error: ${lastError}`)}`);
  });
  const states = [...providers].map(([name, state]) => `${name} ${state === "running" ? green(state) : red(state)}`);
  return `${bold(headline)}

${dim("consumer → mosn → mosn → provider, all on this machine")}

${bold(row(columns))}
${lines.join("\n")}

Providers   ${states.join("   ")}

${admins.map((admin) => `  ${admin}`).join("\n")}

${events
  .slice(-6)
  .map((event) => `  ${event}`)
  .join("\n")}

${dim("Ctrl-C ends everything")}
`;
}
