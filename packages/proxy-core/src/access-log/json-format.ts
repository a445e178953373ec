import type { Message } from "@mesh/xds-proto";
import type { ConfigPath } from "../config/index.ts";
import { fail } from "../config/index.ts";
import { parseFormat, textOf } from "./format.ts";
import type { FormatOptions, LineFormat } from "./format.ts";
import type { StreamInfo } from "./stream-info.ts";

export interface JsonFormatOptions extends FormatOptions {
  /** Members by name; default: in the order of the configuration. */
  readonly sortProperties?: boolean;
}

/** JSON text of one value; undefined where there is none. */
type Writer = (info: StreamInfo) => string | undefined;

/**
 * Compiles a `json_format`: a structure like it, on one line. A string that is one operator gets the operator's own type (a number, an object
 * of metadata, null for what is missing); one with text around is a string. Numbers, booleans and null are written as they are.
 */
export function compileJsonFormat(
  format: Message<"google.protobuf.Struct">,
  path: ConfigPath,
  options: JsonFormatOptions = {},
): LineFormat {
  const write = compileStruct(format, path, options);
  return (info) => `${write(info)}\n`;
}

function compileValue(value: Message<"google.protobuf.Value">, path: ConfigPath, options: JsonFormatOptions): Writer {
  switch (value.kind) {
    case "stringValue":
      return compileText(value.stringValue, path, options);
    case "structValue":
      return value.structValue === null ? () => "{}" : compileStruct(value.structValue, path, options);
    case "listValue":
      return compileList(value.listValue?.values ?? [], path, options);
    case "numberValue":
    case "boolValue":
      return constant(value[value.kind]);
    case "nullValue":
      return () => (options.omitEmptyValues === true ? undefined : "null");
    case undefined:
      return fail(path, "has no value");
  }
}

function constant(value: number | boolean): Writer {
  const text = JSON.stringify(value);
  return () => text;
}

function compileText(text: string, path: ConfigPath, options: JsonFormatOptions): Writer {
  const parts = parseFormat(text, path, options);
  const [only] = parts;
  if (parts.length === 1 && typeof only === "string") {
    const literal = JSON.stringify(only);
    return () => literal;
  }
  if (parts.length === 1 && typeof only === "function") {
    const missing = options.omitEmptyValues === true ? undefined : "null";
    return (info) => {
      const value = only(info);
      return value === undefined ? missing : JSON.stringify(value);
    };
  }
  const empty = options.omitEmptyValues === true ? "" : "-";
  return (info) => {
    let line = "";
    for (const part of parts) line += typeof part === "string" ? part : textOf(part(info), empty);
    return JSON.stringify(line);
  };
}

function compileStruct(struct: Message<"google.protobuf.Struct">, path: ConfigPath, options: JsonFormatOptions): Writer {
  const entries = Object.entries(struct.fields);
  if (options.sortProperties === true) entries.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
  const members = entries.map(([key, value]) => ({ name: `${JSON.stringify(key)}:`, write: compileValue(value, path.key(key), options) }));
  return (info) => {
    let text = "{";
    for (const { name, write } of members) {
      const value = write(info);
      if (value === undefined) continue;
      if (text.length > 1) text += ",";
      text += name + value;
    }
    return `${text}}`;
  };
}

function compileList(values: readonly Message<"google.protobuf.Value">[], path: ConfigPath, options: JsonFormatOptions): Writer {
  const writers = values.map((value, index) => compileValue(value, path.index(index), options));
  return (info) => {
    let text = "[";
    for (const write of writers) {
      const value = write(info);
      if (value === undefined) continue;
      if (text.length > 1) text += ",";
      text += value;
    }
    return `${text}]`;
  };
}
