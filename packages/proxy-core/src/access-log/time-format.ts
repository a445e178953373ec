import { fail } from "../config/index.ts";
import type { ConfigPath } from "../config/index.ts";

/** Writes milliseconds since 1970 as text. */
export type TimeFormat = (ms: number) => string;

type Part = (time: BrokenDown) => string;

const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** A moment in UTC or in the process's time zone. */
class BrokenDown {
  readonly ms: number;
  /** Shifted so that its UTC fields are those of the zone. */
  readonly date: Date;
  readonly offsetMinutes: number;
  readonly zone: string;

  constructor(ms: number, local: boolean) {
    this.ms = ms;
    // `-0` is written without a sign.
    this.offsetMinutes = local ? 0 - new Date(ms).getTimezoneOffset() : 0;
    this.date = new Date(ms + this.offsetMinutes * 60_000);
    this.zone = local ? (zoneName.formatToParts(ms).find((part) => part.type === "timeZoneName")?.value ?? "") : "UTC";
  }

  /** Digits of the fraction of the second; a clock of milliseconds has microseconds at most. */
  fraction(digits: number): string {
    const ms = this.ms - Math.floor(this.ms / 1000) * 1000;
    return `${pad(Math.min(999_999, Math.round(ms * 1000)), 6)}000`.slice(0, digits);
  }

  offset(separator: string): string {
    const minutes = Math.abs(this.offsetMinutes);
    return `${this.offsetMinutes < 0 ? "-" : "+"}${pad(Math.floor(minutes / 60), 2)}${separator}${pad(minutes % 60, 2)}`;
  }
}

const zoneName = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" });
const pad = (value: number, width: number, fill: string = "0"): string => String(value).padStart(width, fill);
const hour12 = (date: Date): number => date.getUTCHours() % 12 || 12;
const dayOfYear = ({ date }: BrokenDown): number =>
  (Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000 + 1;

const parts: Readonly<Record<string, Part>> = {
  Y: ({ date }) => String(date.getUTCFullYear()),
  y: ({ date }) => pad(date.getUTCFullYear() % 100, 2),
  m: ({ date }) => pad(date.getUTCMonth() + 1, 2),
  d: ({ date }) => pad(date.getUTCDate(), 2),
  e: ({ date }) => pad(date.getUTCDate(), 2, " "),
  H: ({ date }) => pad(date.getUTCHours(), 2),
  I: ({ date }) => pad(hour12(date), 2),
  M: ({ date }) => pad(date.getUTCMinutes(), 2),
  S: ({ date }) => pad(date.getUTCSeconds(), 2),
  p: ({ date }) => (date.getUTCHours() < 12 ? "AM" : "PM"),
  j: (time) => pad(dayOfYear(time), 3),
  a: ({ date }) => (days[date.getUTCDay()] ?? "").slice(0, 3),
  A: ({ date }) => days[date.getUTCDay()] ?? "",
  b: ({ date }) => (months[date.getUTCMonth()] ?? "").slice(0, 3),
  B: ({ date }) => months[date.getUTCMonth()] ?? "",
  u: ({ date }) => String(date.getUTCDay() || 7),
  w: ({ date }) => String(date.getUTCDay()),
  z: (time) => time.offset(""),
  Ez: (time) => time.offset(":"),
  Z: ({ zone }) => zone,
  s: ({ ms }) => String(Math.floor(ms / 1000)),
  f: (time) => time.fraction(9),
  t: () => "\t",
  "%": () => "%",
  "E*S": (time) => {
    const fraction = time.fraction(9).replace(/0+$/u, "");
    return pad(time.date.getUTCSeconds(), 2) + (fraction === "" ? "" : `.${fraction}`);
  },
  "E*f": (time) => time.fraction(9).replace(/0+$/u, "") || "0",
};

/** Specifiers that stand for several. */
const shorthands: Readonly<Record<string, string>> = {
  F: "%Y-%m-%d",
  T: "%H:%M:%S",
  R: "%H:%M",
  D: "%m/%d/%y",
  h: "%b",
  c: "%a %b %e %H:%M:%S %Y",
  x: "%m/%d/%y",
  X: "%H:%M:%S",
  r: "%I:%M:%S %p",
};

const specifier = /%(?:E[*\d][Sf]|Ez|[1-9]f|.)/gu;

/**
 * Compiles a pattern of strftime with Envoy's additions: `%s` seconds since 1970, `%f` and `%1f` to `%9f` digits of the fraction,
 * `%E3S` seconds with so many digits, `%E*S` with as many as there are, `%Ez` the offset with a colon.
 */
export function compileTimeFormat(pattern: string, local: boolean, path: ConfigPath): TimeFormat {
  const compiled: (string | Part)[] = [];
  const add = (text: string): void => {
    let end = 0;
    for (const match of text.matchAll(specifier)) {
      if (match.index > end) compiled.push(text.slice(end, match.index));
      end = match.index + match[0].length;
      const name = match[0].slice(1);
      const shorthand = shorthands[name];
      if (shorthand !== undefined) add(shorthand);
      else
        compiled.push(
          parts[name] ?? digitsPart(name) ?? fail(path, `the time format ${JSON.stringify(pattern)} has an unknown specifier %${name}`),
        );
    }
    if (end < text.length) compiled.push(text.slice(end));
  };
  if (/[\n%]$/u.test(pattern.replaceAll("%%", "")) || pattern.includes("\n")) {
    fail(path, `the time format ${JSON.stringify(pattern)} has a line break, or ends in a lone %`);
  }
  add(pattern);
  return (ms) => {
    const time = new BrokenDown(ms, local);
    let text = "";
    for (const part of compiled) text += typeof part === "string" ? part : part(time);
    return text;
  };
}

/** `3f`, `E3S`, `E3f`: a number of digits. */
function digitsPart(name: string): Part | undefined {
  const match = /^(?<kind>E?)(?<digits>\d)(?<unit>[Sf])$/u.exec(name);
  if (match?.groups === undefined) return undefined;
  const digits = Number(match.groups["digits"]);
  if (match.groups["unit"] === "f") return (time) => time.fraction(digits);
  return (time) => pad(time.date.getUTCSeconds(), 2) + (digits === 0 ? "" : `.${time.fraction(digits)}`);
}

/** `2018-04-25T01:02:03.456Z`. The second is written once, as most lines of a second share it. */
export function isoTimeFormat(): TimeFormat {
  let second = Number.NaN;
  let prefix = "";
  return (ms) => {
    const whole = Math.floor(ms / 1000);
    if (whole !== second) {
      second = whole;
      prefix = new Date(whole * 1000).toISOString().slice(0, 20);
    }
    return `${prefix}${pad(Math.floor(ms - whole * 1000), 3)}Z`;
  };
}
