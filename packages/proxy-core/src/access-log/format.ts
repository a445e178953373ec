import type { ConfigPath } from "../config/index.ts";
import { fail } from "../config/index.ts";
import { refusedOperators } from "./absent-operators.ts";
import type { Extract, HostFacts } from "./operator.ts";
import { operators } from "./operators.ts";
import type { StreamInfo } from "./stream-info.ts";

export interface FormatOptions {
  /** What has no value is left out; default: it is written as `-` (in JSON: null). */
  readonly omitEmptyValues?: boolean;
  /**
   * Control characters in values (HTTP has none but the tab; RPC headers may have any) are written as `\x0a`, so that no peer can forge a line.
   * Default: values are written as they are.
   */
  readonly escapesControls?: boolean;
  readonly facts?: HostFacts;
  /** Told whether an operator reads `StreamInfo.detail`. Default: such operators are refused, as nobody would record it for them. */
  readonly demand?: DetailDemand;
}

/** What the formats of one log ask for. */
export class DetailDemand {
  needsDetail = false;
}

/** Writes a stream as text. */
export type LineFormat = (info: StreamInfo) => string;

/** A format in its parts: text as it is, and what stands for something of the stream. */
export type FormatPart = string | Extract;

/** Envoy's format where none is configured. */
export const defaultFormat: string =
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% ' +
  '%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" ' +
  '"%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"\n';

/**
 * Compiles Envoy's command operators: `%NAME%`, `%NAME(argument)%`, `%NAME(argument):LENGTH%`; `%%` is a percent sign.
 * Throws a `ConfigError` that says at which character it stopped understanding.
 */
export function compileFormat(text: string, path: ConfigPath, options: FormatOptions = {}): LineFormat {
  const parts = parseFormat(text, path, options);
  const empty = options.omitEmptyValues === true ? "" : "-";
  const [only] = parts;
  if (parts.length === 1 && typeof only === "string") return () => only;
  const escapes = options.escapesControls === true;
  return (info) => {
    let line = "";
    for (const part of parts) {
      if (typeof part === "string") {
        line += part;
        continue;
      }
      const text = textOf(part(info), empty);
      line += escapes && control.test(text) ? escapeControls(text) : text;
    }
    return line;
  };
}

/** C0 without the tab, DEL and C1. */
const control = /[\0-\x08\x0a-\x1f\x7f-\x9f]/u;
const controls = new RegExp(control, "gu");

function escapeControls(text: string): string {
  return text.replace(controls, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** A value as text. */
export function textOf(value: unknown, empty: string): string {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "boolean":
      return String(value);
    default:
      return value === undefined || value === null ? empty : JSON.stringify(value);
  }
}

const command = /%(?<name>[A-Z0-9_]+)(?:\((?<argument>.*?)\))?(?::(?<length>[0-9]+))?%/uy;

/** Neighbouring texts are one part, and there are no empty ones. */
export function parseFormat(text: string, path: ConfigPath, options: FormatOptions): FormatPart[] {
  const parts: FormatPart[] = [];
  let literal = "";
  for (let at = 0; at < text.length;) {
    if (text.charAt(at) !== "%") {
      literal += text.charAt(at++);
      continue;
    }
    if (text.charAt(at + 1) === "%") {
      literal += "%";
      at += 2;
      continue;
    }
    command.lastIndex = at;
    const match = command.exec(text);
    if (match?.groups === undefined)
      fail(path, `at character ${at + 1}: ${JSON.stringify(text.slice(at, at + 20))} begins no command operator`);
    const { name = "", argument, length } = match.groups;
    if (literal !== "") parts.push(literal);
    literal = "";
    const limit = length === undefined ? undefined : Number(length);
    parts.push(compileOperator(name, argument, limit, `at character ${at + 1}: `, path, options));
    at += match[0].length;
  }
  if (literal !== "" || parts.length === 0) parts.push(literal);
  return parts;
}

function compileOperator(
  name: string,
  argument: string | undefined,
  length: number | undefined,
  place: string,
  path: ConfigPath,
  options: FormatOptions,
): Extract {
  const operator = operators.get(name) ?? unknownOperator(name, place, path);
  if (argument !== undefined && operator.argument === undefined) fail(path, `${place}%${name}% takes nothing in parentheses`);
  if (argument === undefined && operator.argument === "required") fail(path, `${place}%${name}(…)% needs something in parentheses`);
  if (length !== undefined && operator.truncates !== true) fail(path, `${place}%${name}% cannot be cut to a length`);
  if (operator.needsDetail === true) {
    if (options.demand === undefined) fail(path, `${place}%${name}% is known to access logs alone`);
    options.demand.needsDetail = true;
  }
  const compile = (inner: string, innerArgument: string | undefined, limit: number | undefined): Extract =>
    compileOperator(inner, innerArgument, limit, place, path, options);
  const extract = operator.compile(argument, { name, path, facts: options.facts ?? {}, compile });
  if (length === undefined) return extract;
  return (info) => {
    const value = extract(info);
    return value === undefined ? undefined : textOf(value, "").slice(0, length);
  };
}

function unknownOperator(name: string, place: string, path: ConfigPath): never {
  const reason = refusedOperators.get(name);
  return fail(path, reason === undefined ? `${place}there is no command operator %${name}%` : `${place}%${name}% is not there: ${reason}`);
}
