import { readFileSync } from "node:fs";
import type { Message } from "@mesh/xds-proto";
import { RuntimeNumber } from "../runtime/index.ts";
import type { ConfigPath } from "./path.ts";
import { fail } from "./problems.ts";

/** What a number may be, both ends included. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** What a duration may be, in milliseconds. Without `min`: 0 or more. */
export interface DurationRange extends Range {
  /** The duration must be longer than this. */
  readonly above?: number;
}

/** The longest duration of ProtoJSON, in seconds: about 10,000 years. */
const maxDurationSeconds = 315_576_000_000;

/** Milliseconds, fractions included; `undefined` where the field is absent. Negative durations are refused unless `range.min` allows them. */
export function durationMs(
  duration: Message<"google.protobuf.Duration"> | null | undefined,
  path: ConfigPath,
  range: DurationRange = {},
): number | undefined {
  if (duration === null || duration === undefined) return undefined;
  const { seconds, nanos } = duration;
  const wellFormed = Math.abs(seconds) <= maxDurationSeconds && Math.abs(nanos) < 1e9 && seconds * nanos >= 0;
  if (!wellFormed) fail(path, `not a duration: ${seconds} seconds and ${nanos} nanoseconds`);
  const ms = seconds * 1000 + nanos / 1e6;
  if (range.above !== undefined && ms <= range.above) fail(path, `must be longer than ${showMs(range.above)}, is ${showMs(ms)}`);
  const min = range.min ?? 0;
  if (ms < min) fail(path, `must be ${showMs(min)} or longer, is ${showMs(ms)}`);
  if (range.max !== undefined && ms > range.max) fail(path, `must be ${showMs(range.max)} or shorter, is ${showMs(ms)}`);
  return ms;
}

const showMs = (ms: number): string => `${ms / 1000}s`;

/** The value of a wrapper such as `google.protobuf.UInt32Value`; `undefined` where the field is absent. */
export function wrapperValue<T>(wrapper: { readonly value: T } | null | undefined): T | undefined {
  return wrapper?.value;
}

/** The number in a wrapper, inside `range`; `undefined` where the field is absent. */
export function wrappedNumber(
  wrapper: { readonly value: number } | null | undefined,
  path: ConfigPath,
  range: Range = {},
): number | undefined {
  return wrapper ? numberInRange(wrapper.value, path, range) : undefined;
}

export function numberInRange(value: number, path: ConfigPath, range: Range): number {
  const { min, max } = range;
  if (Number.isNaN(value) || (min !== undefined && value < min) || (max !== undefined && value > max)) {
    const allowed = min === undefined ? `${max} or less` : max === undefined ? `${min} or more` : `from ${min} to ${max}`;
    fail(path, `must be ${allowed}, is ${value}`);
  }
  return value;
}

const denominators: readonly number[] = [100, 10_000, 1_000_000];

/** A fraction in [0, 1]; `undefined` where the field is absent. As in Envoy, more than 100 % is 100 %. */
export function fractionalPercent(
  percent: Message<"envoy.type.v3.FractionalPercent"> | null | undefined,
  path: ConfigPath,
): number | undefined {
  if (!percent) return undefined;
  const denominator =
    denominators[percent.denominator] ?? fail(path.field("denominator"), `there is no denominator ${percent.denominator}`);
  return Math.min(1, percent.numerator / denominator);
}

/** A fraction in [0, 1] that a runtime key may replace; `undefined` where the field is absent. */
export function runtimeFraction(
  fraction: Message<"envoy.config.core.v3.RuntimeFractionalPercent"> | null | undefined,
  path: ConfigPath,
): RuntimeNumber | undefined {
  if (!fraction) return undefined;
  const at = path.field("default_value");
  return new RuntimeNumber("fraction", fraction.runtimeKey, fractionalPercent(required(fraction.defaultValue, at), at) ?? 0);
}

/** A fraction in [0, 1] from an `envoy.type.v3.Percent`; `undefined` where the field is absent. */
export function percent(value: Message<"envoy.type.v3.Percent"> | null | undefined, path: ConfigPath): number | undefined {
  return value ? numberInRange(value.value, path.field("value"), { min: 0, max: 100 }) / 100 : undefined;
}

/** What must be there. */
export function required<T>(value: T | null | undefined, path: ConfigPath): T {
  return value ?? fail(path, "is required");
}

/** A string that must not be empty. */
export function requiredString(value: string, path: ConfigPath): string {
  return value === "" ? fail(path, "is required") : value;
}

/** The bytes of a data source. A file is read now: do this while configuration is compiled. */
export function readDataSource(source: Message<"envoy.config.core.v3.DataSource">, path: ConfigPath): Buffer {
  switch (source.specifier) {
    case "inlineString":
      return Buffer.from(source.inlineString);
    case "inlineBytes":
      return Buffer.from(source.inlineBytes);
    case "filename":
      return readFile(source.filename, path.field("filename"));
    default:
      return fail(path, "one of filename, inline_bytes, inline_string is required");
  }
}

function readFile(name: string, path: ConfigPath): Buffer {
  try {
    return readFileSync(name);
  } catch (error) {
    return fail(path, `cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}
