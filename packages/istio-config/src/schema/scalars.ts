/** Texts, numbers, lists and maps, as fields have them. */
import * as v from "valibot";
import type { Milliseconds } from "../kinds/index.ts";
import type { RuleId } from "../rules.ts";
import { describe } from "./issues.ts";

export type Schema<Output> = v.GenericSchema<unknown, Output>;

/** What is wrong with a value, or nothing: the words that follow the field's name. */
export type Verdict = string | undefined;

/** A value that has to keep a rule. */
export function checked<Output>(schema: Schema<Output>, rule: RuleId, verdict: (value: Output) => Verdict): Schema<Output> {
  return v.pipe(
    schema,
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const message = verdict(dataset.value);
      if (message !== undefined) addIssue({ expected: rule, message });
    }),
  );
}

export const text: v.StringSchema<undefined> = v.string();
export const flag: v.BooleanSchema<undefined> = v.boolean();

/** An optional field. */
export function may<const Field extends v.GenericSchema>(schema: Field): v.ExactOptionalSchema<Field, undefined> {
  return v.exactOptional(schema);
}

/** A flag that is false where it is absent. */
export const flagOrFalse: v.OptionalSchema<typeof flag, false> = v.optional(flag, false);

export type OptionalList<Item> = v.OptionalSchema<Schema<readonly Item[]>, () => Item[]>;

/** A repeated field, empty where it is absent. */
export function list<Item>(item: Schema<Item>): OptionalList<Item> {
  return v.optional(v.array(item), () => []);
}

export const texts: OptionalList<string> = list(text);

/** A map field, empty where it is absent. */
export function map<Value>(value: Schema<Value>): v.OptionalSchema<Schema<Readonly<Record<string, Value>>>, () => Record<string, Value>> {
  return v.optional(v.record(v.string(), value), () => ({}));
}

/** One of the texts. */
export function oneOf<const Values extends readonly string[]>(...values: Values): v.PicklistSchema<Values, undefined> {
  return v.picklist(values);
}

/** Another rule than the one that a map is about. */
export interface OtherVerdict {
  readonly rule: RuleId;
  readonly message: string;
}

/** A map whose keys have to keep a rule: `verdict` sees each key. */
export function keyed<Value>(
  value: Schema<Value>,
  rule: RuleId,
  verdict: (key: string, value: Value) => Verdict | OtherVerdict,
): ReturnType<typeof map<Value>> {
  const record = v.pipe(
    v.record(v.string(), value),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      for (const [key, item] of Object.entries(dataset.value)) {
        const found = verdict(key, item);
        if (found === undefined) continue;
        const broken = typeof found === "string" ? { rule, message: found } : found;
        addIssue({
          expected: broken.rule,
          message: broken.message,
          path: [{ type: "unknown", origin: "key", input: dataset.value, key, value: item }],
        });
      }
    }),
  );
  return v.optional(record, () => ({}));
}

const maxUint32 = 2 ** 32 - 1;

export function integer(minimum: number, maximum: number = maxUint32): Schema<number> {
  return checked(v.number(), "schema/integer", (value) =>
    Number.isInteger(value) && value >= minimum && value <= maximum
      ? undefined
      : `must be a whole number from ${minimum} to ${maximum}, but is ${describe(value)}`,
  );
}

export const count: Schema<number> = integer(0);

export const port: Schema<number> = checked(v.number(), "port/range", (value) => portVerdict(value));

export function portVerdict(value: number): Verdict {
  return Number.isInteger(value) && value >= 1 && value <= 65535 ? undefined : `must be a port from 1 to 65535, but is ${describe(value)}`;
}

/** A whole percentage. */
export const percent: Schema<number> = checked(v.number(), "schema/percent", (value) =>
  Number.isInteger(value) && value >= 0 && value <= 100 ? undefined : `must be a whole number from 0 to 100, but is ${describe(value)}`,
);

/** What Percent's `value` may be: Envoy cannot tell less than a millionth. */
export const fraction: Schema<number> = checked(v.number(), "schema/fraction", (value) =>
  value === 0 || (value >= 0.0001 && value <= 100) ? undefined : `must be 0 or from 0.0001 to 100, but is ${describe(value)}`,
);

const nanoseconds: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 6e10, h: 3.6e12 };
/** The longest that protobuf's durations reach, about 10,000 years. */
const maxMilliseconds = 315_576_000_000 * 1000;

/** Milliseconds of a duration as Go writes it, which Istio's files use, or what is wrong with the text. */
export function parseDuration(value: string): Milliseconds | { readonly problem: string } {
  const problem = `must be a duration such as 1.5s, 250ms or 1m, but is ${describe(value)}`;
  if (value === "0") return 0;
  if (value.length > 64 || !/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.test(value)) return { problem };
  let sum = 0;
  for (const [, number, unit] of value.matchAll(/([\d.]+)([a-zµ]+)/g)) sum += Number(number) * (nanoseconds[unit ?? ""] ?? Number.NaN);
  const result = Math.round(sum) / 1e6;
  if (!Number.isInteger(result)) return { problem: `must be a whole number of milliseconds, but is ${describe(value)}` };
  return result <= maxMilliseconds ? result : { problem };
}

interface DurationBounds {
  /** 1 unless 0 means something. */
  readonly minimum?: Milliseconds;
  readonly maximum?: Milliseconds;
}

/** A duration, in milliseconds. */
export function durationWithin({ minimum = 1, maximum = maxMilliseconds }: DurationBounds): Schema<Milliseconds> {
  const parsed = v.pipe(
    v.union([v.string(), v.number()]),
    v.rawTransform<string | number, number>(({ dataset, addIssue, NEVER }) => {
      const result = typeof dataset.value === "string" ? parseDuration(dataset.value) : { problem: withoutUnit(dataset.value) };
      if (typeof result === "number") return result;
      addIssue({ expected: "schema/duration", message: result.problem });
      return NEVER;
    }),
  );
  return checked(parsed, "schema/duration-range", (value) => {
    if (value < minimum) return `must be at least ${minimum}ms`;
    return value > maximum ? `must be at most ${maximum / 1000}s` : undefined;
  });
}

function withoutUnit(value: number): string {
  return `must be a duration with a unit: "${value}s"`;
}

export const duration: Schema<Milliseconds> = durationWithin({});

/** A duration where 0 turns something off. */
export const durationOrZero: Schema<Milliseconds> = durationWithin({ minimum: 0 });

/** How many of the fields are set. */
export function countSet(...values: readonly unknown[]): number {
  return values.filter((value) => value !== undefined).length;
}
