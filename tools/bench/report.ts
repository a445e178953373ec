import { spawnSync } from "node:child_process";
import { cpus, release, totalmem } from "node:os";
import type { Row } from "./measure.ts";

/** The figures of one load, and which row the ratios are taken to. */
export interface Table {
  readonly title: string;
  readonly rows: readonly Row[];
  /** The name of the row that counts as 1. */
  readonly base: string;
}

export interface Report {
  readonly machine: Readonly<Record<string, string>>;
  readonly tables: readonly Table[];
  readonly facts: readonly Fact[];
}

/** A figure that is not one of a request: RSS, start-up time. */
export interface Fact {
  readonly title: string;
  readonly values: Readonly<Record<string, string>>;
}

export function describeMachine(versions: Readonly<Record<string, string>>): Record<string, string> {
  return {
    cpu: `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: `Linux ${release()}`,
    node: process.version,
    ...versions,
  };
}

/** The first line that a program prints about itself; `absent` where it is not installed. */
export function versionOf(command: string | undefined, ...args: readonly string[]): string {
  if (command === undefined) return "absent";
  // Some print it to the one, some to the other.
  const { stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (error !== undefined) return "unknown";
  const lines = `${stdout}${stderr}`.split("\n").map((line) => line.trim());
  return lines.find((line) => line !== "") ?? "unknown";
}

const number = (value: number, digits: number): string => (Number.isFinite(value) ? value.toFixed(digits) : "–");

/** A table for people: figures, and ratios to the base. */
export function formatTable({ title, rows, base }: Table): string {
  const baseRow = rows.find((row) => row.name === base);
  const ratio = (value: number, of: number | undefined): string => (of === undefined ? "–" : number(value / of, 2));
  const hasLatency = rows.some((row) => row.p50 !== undefined);
  const hasTail = rows.some((row) => row.p999 !== undefined);
  const latencies = [...(hasLatency ? ["p50 µs", "p99 µs"] : []), ...(hasTail ? ["p99.9 µs"] : [])];
  const head = ["", "CPU µs/request", "(least–most)", `× ${base}`, "requests/s", `× ${base}`, ...latencies];
  const body = rows.map((row) => [
    row.name,
    number(row.cpuMicrosPerRequest, 2),
    `${number(row.cpuRange[0], 2)}–${number(row.cpuRange[1], 2)}`,
    ratio(row.cpuMicrosPerRequest, baseRow?.cpuMicrosPerRequest),
    number(row.requestsPerSecond, 0),
    ratio(row.requestsPerSecond, baseRow?.requestsPerSecond),
    ...(hasLatency ? [number(row.p50 ?? Number.NaN, 0), number(row.p99 ?? Number.NaN, 0)] : []),
    ...(hasTail ? [number(row.p999 ?? Number.NaN, 0)] : []),
  ]);
  return `### ${title}\n\n${markdownTable(head, body)}\n`;
}

export function formatFact({ title, values }: Fact): string {
  return `### ${title}\n\n${markdownTable(["", ""], Object.entries(values))}\n`;
}

function markdownTable(head: readonly string[], body: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) => Math.max(cell.length, 3, ...body.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}
