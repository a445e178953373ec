import { toJson, type Message } from "@mesh/xds-proto";
import { parse } from "yaml";
import type { ConfigPath, ProblemList } from "../config/index.ts";

/**
 * One value, as each of the types that it can be asked for: undefined where it is none. The rules are Envoy 1.40's. A text that is a number
 * is one, `"true"` in quotes is no boolean, and a fraction in a text is none.
 */
export interface RuntimeEntry {
  /** For people. */
  readonly text: string;
  readonly boolean: boolean | undefined;
  /** 0 or more. */
  readonly integer: number | undefined;
  readonly number: number | undefined;
  /** In [0, 1]. */
  readonly fraction: number | undefined;
}

/** The values of one layer by their keys. */
export type RuntimeEntries = ReadonlyMap<string, RuntimeEntry>;

/**
 * Reads a layer. Objects in it only make keys longer: `{ a: { b: 1 } }` is `a.b`. Those with a numerator or a denominator are fractions, and
 * empty ones are 0 %.
 */
export function readEntries(layer: Message<"google.protobuf.Struct">, path: ConfigPath, problems: ProblemList): RuntimeEntries {
  const entries = new Map<string, RuntimeEntry>();
  walk(layer, "");
  return entries;

  function walk({ fields }: Message<"google.protobuf.Struct">, prefix: string): void {
    for (const [name, value] of Object.entries(fields)) add(prefix + name, value);
  }

  function add(key: string, value: Message<"google.protobuf.Value">): void {
    switch (value.kind) {
      case "numberValue":
        entries.set(key, numberEntry(value.numberValue, String(value.numberValue)));
        break;
      case "boolValue":
        entries.set(key, booleanEntry(value.boolValue, String(value.boolValue)));
        break;
      case "stringValue":
        entries.set(key, textEntry(value.stringValue));
        break;
      case "structValue": {
        const struct = value.structValue;
        if (struct === null || isFraction(struct.fields)) entries.set(key, structEntry(struct));
        else walk(struct, `${key}.`);
        break;
      }
      default:
        problems.add(path.key(key), "is no value of a runtime key: numbers, texts, booleans and fractions are");
    }
  }
}

/** Reads a value as it is given to `/runtime_modify`: in YAML. Undefined where it is none. */
export function readYamlEntry(text: string): RuntimeEntry | undefined {
  const value = parseYaml(text);
  if (value === undefined) return undefined;
  if (typeof value === "number") return numberEntry(value, text);
  if (typeof value === "boolean") return booleanEntry(value, text);
  if (typeof value === "string") return textEntry(text);
  if (isObject(value) && isFraction(value)) return fractionEntry(value["numerator"], value["denominator"], value, text);
  return { ...nothing, text };
}

/** Undefined for what is not YAML, or has aliases: no value needs any. */
function parseYaml(text: string): unknown {
  try {
    return parse(text, { prettyErrors: false, maxAliasCount: 0, logLevel: "error" });
  } catch {
    return undefined;
  }
}

const nothing: Omit<RuntimeEntry, "text"> = { boolean: undefined, integer: undefined, number: undefined, fraction: undefined };

function booleanEntry(boolean: boolean, text: string): RuntimeEntry {
  return { ...nothing, text, boolean };
}

const maxInteger = 2 ** 64;

function numberEntry(number: number, text: string): RuntimeEntry {
  if (!Number.isFinite(number)) return { ...nothing, text };
  if (number < 0 || number >= maxInteger) return { ...nothing, text, number };
  const integer = Math.trunc(number);
  return { text, boolean: integer === number ? integer !== 0 : undefined, integer, number, fraction: Math.min(1, integer / 100) };
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu;
const hexadecimal = /^0x[\da-f]+$/iu;

function textEntry(text: string): RuntimeEntry {
  const trimmed = text.trim();
  return decimal.test(trimmed) || hexadecimal.test(trimmed) ? numberEntry(Number(trimmed), text) : { ...nothing, text };
}

function structEntry(struct: Message<"google.protobuf.Struct"> | null): RuntimeEntry {
  const json = struct === null ? {} : toJson("google.protobuf.Struct", struct);
  const fields = isObject(json) ? json : {};
  return fractionEntry(fields["numerator"], fields["denominator"], fields, JSON.stringify(json));
}

const denominators: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  [undefined, 100],
  ["HUNDRED", 100],
  ["TEN_THOUSAND", 10_000],
  ["MILLION", 1_000_000],
]);

/** Envoy: a numerator that is no number is 0, and with another denominator or other fields there is no fraction at all. */
function fractionEntry(numerator: unknown, denominator: unknown, fields: object, text: string): RuntimeEntry {
  const parts = denominators.get(denominator);
  if (parts === undefined || Object.keys(fields).some((field) => !isPart(field))) return { ...nothing, text };
  const count = typeof numerator === "number" ? Math.max(0, Math.trunc(numerator)) : 0;
  return { ...nothing, text, fraction: Math.min(1, count / parts) };
}

const isPart = (field: string): boolean => field === "numerator" || field === "denominator";

function isFraction(fields: object): boolean {
  const names = Object.keys(fields);
  return names.length === 0 || names.some(isPart);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
