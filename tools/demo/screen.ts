import type { TrafficReport } from "./traffic.ts";

/** What is shown besides the traffic. */
export interface Scene {
  readonly headline: string;
  readonly path: string;
  readonly rule: string;
  /** `name → running`. */
  readonly instances: ReadonlyMap<string, boolean>;
  /** Where to look and what to edit. */
  readonly places: readonly (readonly [what: string, where: string])[];
  /** The newest last. */
  readonly events: readonly string[];
}

const home = "\u001B[H";
const clearLine = "\u001B[K";
const clearBelow = "\u001B[J";
const bold = (text: string): string => `\u001B[1m${text}\u001B[22m`;
const red = (text: string): string => `\u001B[31m${text}\u001B[39m`;
const green = (text: string): string => `\u001B[32m${text}\u001B[39m`;
const dim = (text: string): string => `\u001B[2m${text}\u001B[22m`;

const ms = (value: number | undefined): string => value?.toFixed(1) ?? "–";
const percent = (share: number | undefined): string => (share === undefined ? "–" : `${Math.round(share * 100)} %`);

/** Draws the demo: a full screen in a terminal, a line a second elsewhere. */
export class Screen {
  readonly #out: NodeJS.WriteStream;
  readonly #isTerminal: boolean;
  #shownEvents = 0;
  #shownPlaces = false;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    this.#isTerminal = out.isTTY;
  }

  draw(scene: Scene, reports: readonly TrafficReport[]): void {
    if (this.#isTerminal) this.#writeScreen(scene, reports);
    else this.#writeLines(scene, reports);
  }

  /** Without clearing it first, so that it does not flicker. */
  #writeScreen(scene: Scene, reports: readonly TrafficReport[]): void {
    // Terminals that nobody has told their size say that they have none.
    const rows = this.#out.rows || 24;
    const columns = this.#out.columns || 80;
    const fixed = fixedLines(scene, reports);
    // The last line stays empty: it is where the cursor is.
    const rest = Math.max(1, rows - 1 - fixed.length - ending.length);
    const events = scene.events.flatMap((event) => wrap(event, columns)).slice(-rest);
    const lines = [...fixed, ...events.map((line) => dim(line)), ...ending];
    this.#out.write(`${home}${lines.map((line) => `${line}${clearLine}\n`).join("")}${clearBelow}`);
  }

  #writeLines({ headline, path, places, events }: Scene, reports: readonly TrafficReport[]): void {
    if (!this.#shownPlaces) {
      this.#shownPlaces = true;
      this.#out.write(`${headline}: ${path}\n${places.map(([what, where]) => `  ${what.padEnd(18)} ${where}\n`).join("")}`);
    }
    for (; this.#shownEvents < events.length; this.#shownEvents++) this.#out.write(`* ${events[this.#shownEvents]}\n`);
    const figures = reports.map(
      ({ name, perSecond, total, errors, p50, p99, v2Share, lastError }) =>
        `${name}: ${Math.round(perSecond)}/s, v2 ${percent(v2Share)}, ${total} calls, ${errors} failed, p50 ${ms(p50)} ms, p99 ${ms(p99)} ms` +
        (lastError === undefined ? "" : ` (${lastError})`),
    );
    this.#out.write(`${figures.join(" | ")}\n`);
  }
}

const barWidth = 18;

function bar(v2Share: number | undefined): string {
  if (v2Share === undefined) return dim("·".repeat(barWidth));
  const v2 = Math.round(v2Share * barWidth);
  return "░".repeat(barWidth - v2) + green("█".repeat(v2));
}

const ending: readonly string[] = ["", dim("Ctrl-C ends everything")];

/** Cut into lines that fit; those after the first are set in. */
function wrap(text: string, columns: number): string[] {
  const indent = columns > 20 ? 10 : 0;
  const lines = [text.slice(0, columns)];
  for (let at = columns; at < text.length; at += columns - indent)
    lines.push(`${" ".repeat(indent)}${text.slice(at, at + columns - indent)}`);
  return lines;
}

function fixedLines({ headline, path, rule, instances, places }: Scene, reports: readonly TrafficReport[]): string[] {
  const widths = [15, 8, 9, 7, 7, 7];
  const row = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("");
  const figures = reports.map(({ name, perSecond, total, errors, p50, p99, v2Share }) => {
    const cells = row([name, perSecond.toFixed(0), String(total), String(errors), ms(p50), ms(p99)]);
    return `${errors > 0 ? red(cells) : cells}  ${bar(v2Share)} ${percent(v2Share).padStart(5)}`;
  });
  const failures = reports.flatMap(({ name, lastError }) => (lastError === undefined ? [] : [red(`${name} failed: ${lastError}`)]));
  const states = [...instances].map(([name, isRunning]) => (isRunning ? green(`${name} up`) : red(`${name} killed`)));
  return [
    bold(headline),
    dim(path),
    "",
    `${bold(row(["", "calls/s", "calls", "failed", "p50 ms", "p99 ms"]))}  ${bold("░ v1   █ v2")}`,
    ...figures,
    ...failures,
    "",
    `${"rule".padEnd(18)} ${rule}`,
    `${"applications".padEnd(18)} ${states.join("   ")}`,
    ...places.map(([what, where]) => `${what.padEnd(18)} ${where}`),
    "",
  ];
}
