import type { HeaderMap } from "@mesh/codec";
import { enumValue, type Message } from "@mesh/xds-proto";
import { compileFormat, type LineFormat, type StreamInfo } from "../../access-log/index.ts";
import { fail, required, requiredString, type ConfigPath } from "../../config/index.ts";

type MutationMessage = Message<"envoy.config.common.mutation_rules.v3.HeaderMutation">;
type HeaderValueOption = Message<"envoy.config.core.v3.HeaderValueOption">;

/** One change of a header map. */
export interface HeaderChange {
  apply(headers: HeaderMap, info: StreamInfo): void;
}

const appendActions = "envoy.config.core.v3.HeaderValueOption.HeaderAppendAction";
const appendIfExistsOrAdd: number = enumValue(appendActions, "APPEND_IF_EXISTS_OR_ADD");
const addIfAbsent: number = enumValue(appendActions, "ADD_IF_ABSENT");
const overwriteIfExists: number = enumValue(appendActions, "OVERWRITE_IF_EXISTS");
const overwriteIfExistsOrAdd: number = enumValue(appendActions, "OVERWRITE_IF_EXISTS_OR_ADD");

class Removal implements HeaderChange {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  apply(headers: HeaderMap): void {
    headers.delete(this.#name);
  }
}

class Addition implements HeaderChange {
  readonly #name: string;
  readonly #value: LineFormat;
  readonly #action: number;
  readonly #keepEmpty: boolean;

  constructor(name: string, value: LineFormat, action: number, keepEmpty: boolean) {
    this.#name = name;
    this.#value = value;
    this.#action = action;
    this.#keepEmpty = keepEmpty;
  }

  apply(headers: HeaderMap, info: StreamInfo): void {
    const name = this.#name;
    const action = this.#action;
    if (action === addIfAbsent && headers.has(name)) return;
    if (action === overwriteIfExists && !headers.has(name)) return;
    const value = this.#value(info);
    if (value === "" && !this.#keepEmpty) return;
    if (action === appendIfExistsOrAdd || action === addIfAbsent) headers.append(name, value);
    else headers.set(name, value);
  }
}

/** Throws `ConfigError`. */
export function compileHeaderChanges(messages: readonly MutationMessage[], path: ConfigPath): readonly HeaderChange[] {
  return messages.map((message, index) => compileHeaderChange(message, path.index(index)));
}

function compileHeaderChange(message: MutationMessage, path: ConfigPath): HeaderChange {
  switch (message.action) {
    case "remove":
      return new Removal(headerName(message.remove, path.field("remove")));
    case "append":
      return compileAddition(required(message.append, path.field("append")), path.field("append"));
    case undefined:
      return fail(path, "one of remove, append is required");
  }
}

function compileAddition(option: HeaderValueOption, path: ConfigPath): HeaderChange {
  const at = path.field("header");
  const { key, value, rawValue } = required(option.header, at);
  if (value !== "" && rawValue.length > 0) fail(at, "has both value and raw_value");
  const text = rawValue.length > 0 ? Buffer.from(rawValue).toString("latin1") : value;
  if (forbiddenInValue.test(text)) fail(at.field("value"), "a header's value cannot have line ends or NUL in it (RFC 9110 §5.5)");
  const format = compileFormat(text, at.field(rawValue.length > 0 ? "raw_value" : "value"), { omitEmptyValues: true });
  return new Addition(headerName(key, at.field("key")), format, actionOf(option, path), option.keepEmptyValue);
}

/** Envoy: the deprecated `append` speaks where it is set, and must then speak alone. */
function actionOf({ append, appendAction }: HeaderValueOption, path: ConfigPath): number {
  if (append === null) return appendAction;
  if (appendAction !== appendIfExistsOrAdd) fail(path, "has both append and append_action: append_action is the one to use");
  return append.value ? appendIfExistsOrAdd : overwriteIfExistsOrAdd;
}

const forbiddenInValue = /[\0\r\n]/u;
/** RFC 9110 §5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/u;

function headerName(name: string, path: ConfigPath): string {
  requiredString(name, path);
  if (name.startsWith(":") || name.toLowerCase() === "host") fail(path, `${name} is not changed here: routes rewrite authority and path`);
  if (!token.test(name)) fail(path, `${JSON.stringify(name)} is no header name (RFC 9110 §5.6.2)`);
  return name;
}
