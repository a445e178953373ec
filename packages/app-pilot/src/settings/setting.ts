import type { ListenOptions } from "@mesh/pilot";

/** One setting: its name is that of the flag, of the key in the file, and in capitals that of the variable. */
export interface Setting<Value> {
  /** `debounce-after` */
  readonly name: string;
  /** What stands for the value in help: `<duration>`. */
  readonly argument: string;
  readonly about: string;
  /** What applies where nothing is said, as a user would write it; empty where `otherwise` tells. */
  readonly fallback: string;
  /** What no value means, in words: `no limit`. */
  readonly otherwise?: string;
  /** Throws an Error whose message says what is expected. */
  read(text: string): Value;
}

/** A setting that may be given several times. Its default is none. */
export interface ListSetting<Value> extends Omit<Setting<Value>, "fallback"> {
  readonly isList: true;
  /** How a value is shown; it may hold a password. */
  show(text: string): string;
}

export type AnySetting = Setting<unknown> | ListSetting<unknown>;

export const isListSetting = (setting: AnySetting): setting is ListSetting<unknown> => "isList" in setting;

/** `PILOT_DEBOUNCE_AFTER` */
export const variableOf = ({ name }: Pick<AnySetting, "name">): string => `PILOT_${name.toUpperCase().replaceAll("-", "_")}`;

type Reader<Value> = (text: string) => Value;

export const readText: Reader<string> = (text) => text;

/** Undefined for a setting that is not given. */
export const optional =
  <Value>(read: Reader<Value>): Reader<Value | undefined> =>
  (text) =>
    text === "" ? undefined : read(text);

export const oneOf =
  <const Choice extends string>(choices: readonly Choice[]): Reader<Choice> =>
  (text) => {
    const found = choices.find((choice) => choice === text);
    if (found === undefined) throw new Error(`must be one of ${choices.join(", ")}`);
    return found;
  };

export const readNumber =
  (least: number, most: number = Number.POSITIVE_INFINITY, isWhole: boolean = false): Reader<number> =>
  (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most) || (isWhole && !Number.isInteger(value))) {
      const range = most === Number.POSITIVE_INFINITY ? `${least} or more` : `from ${least} to ${most}`;
      throw new Error(`must be a ${isWhole ? "whole " : ""}number, ${range}`);
    }
    return value;
  };

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Of Node's timers. */
const longestMs = 2 ** 31 - 1;

/** A duration as Go and Istio write it, in milliseconds: `100ms`, `1.5s`, `1h30m`, `0`. */
export const readDuration: Reader<number> = (text) => {
  if (text === "0") return 0;
  const isDuration = /^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text);
  let total = 0;
  for (const [, amount = "", unit = ""] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) total += Number(amount) * (units[unit] ?? 0);
  if (!isDuration || total > longestMs) throw new Error("must be a duration of at most 24 days, such as 100ms, 10s or 1h30m");
  return total;
};

/** As `readDuration`, and Infinity for `0`. */
export const readLimit: Reader<number> = (text) => readDuration(text) || Number.POSITIVE_INFINITY;

/** `127.0.0.1:15010`, `[::1]:15010`, `:15010` for all addresses of IPv4. */
export const readAddress: Reader<ListenOptions> = (text) => {
  const match = /^(?:\[([\da-fA-F:.]+)\]|([\w.-]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) throw new Error("must be <host>:<port> or :<port>, such as 127.0.0.1:15010");
  return { host: match[1] ?? (match[2] || "0.0.0.0"), port };
};

/** As `readAddress`, and undefined for `off`. */
export const readAddressOrOff: Reader<ListenOptions | undefined> = (text) => (text === "off" ? undefined : readAddress(text));
