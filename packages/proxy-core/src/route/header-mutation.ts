import { isUtf8 } from "node:buffer";
import type { HeaderMap } from "@mesh/codec";
import { enumValue, type Message } from "@mesh/xds-proto";
import { compileFormat, type LineFormat, type StreamInfo } from "../access-log/index.ts";
import { fail, required, requiredString, type ConfigPath } from "../config/index.ts";
import type { HeaderMutation } from "./contract.ts";

type HeaderValueOption = Message<"envoy.config.core.v3.HeaderValueOption">;

const appendActions = "envoy.config.core.v3.HeaderValueOption.HeaderAppendAction";
const appendIfExistsOrAdd: number = enumValue(appendActions, "APPEND_IF_EXISTS_OR_ADD");
const addIfAbsent: number = enumValue(appendActions, "ADD_IF_ABSENT");
const overwriteIfExists: number = enumValue(appendActions, "OVERWRITE_IF_EXISTS");
const overwriteIfExistsOrAdd: number = enumValue(appendActions, "OVERWRITE_IF_EXISTS_OR_ADD");

interface Addition {
  readonly name: string;
  /** Undefined: `format` makes it. */
  readonly value: string | undefined;
  readonly format: LineFormat;
  readonly action: number;
  readonly keepsEmpty: boolean;
}

/**
 * The changes of one level, in Envoy's order: removals first; then all values are made from what is there; then those that overwrite are
 * set, then the others are added.
 */
class LevelMutation implements HeaderMutation {
  readonly #removals: readonly string[];
  readonly #additions: readonly Addition[];

  constructor(removals: readonly string[], additions: readonly Addition[]) {
    this.#removals = removals;
    this.#additions = additions;
  }

  apply(headers: HeaderMap, info: StreamInfo): void {
    const removals = this.#removals;
    for (let i = 0; i < removals.length; i++) headers.delete(removals[i] ?? "");
    const additions = this.#additions;
    if (additions.length === 0) return;
    const values: (string | undefined)[] = [];
    for (let i = 0; i < additions.length; i++) values.push(valueOf(additions[i], headers, info));
    for (let i = 0; i < additions.length; i++) {
      const addition = additions[i];
      const value = values[i];
      if (value !== undefined && addition !== undefined && isOverwrite(addition.action)) headers.set(addition.name, value);
    }
    for (let i = 0; i < additions.length; i++) {
      const addition = additions[i];
      const value = values[i];
      if (value !== undefined && addition !== undefined && !isOverwrite(addition.action)) headers.append(addition.name, value);
    }
  }
}

/** What is written; undefined for nothing. */
function valueOf(addition: Addition | undefined, headers: HeaderMap, info: StreamInfo): string | undefined {
  if (addition === undefined) return undefined;
  const { action } = addition;
  if (action === addIfAbsent && headers.has(addition.name)) return undefined;
  if (action === overwriteIfExists && !headers.has(addition.name)) return undefined;
  const value = addition.value ?? addition.format(info);
  return value === "" && !addition.keepsEmpty ? undefined : value;
}

const isOverwrite = (action: number): boolean => action === overwriteIfExists || action === overwriteIfExistsOrAdd;

/** A level with one change that needs nothing to be known, which is what most have. */
class PlainMutation implements HeaderMutation {
  readonly #name: string;
  readonly #value: string;
  readonly #overwrites: boolean;

  constructor(name: string, value: string, overwrites: boolean) {
    this.#name = name;
    this.#value = value;
    this.#overwrites = overwrites;
  }

  apply(headers: HeaderMap): void {
    if (this.#overwrites) headers.set(this.#name, this.#value);
    else headers.append(this.#name, this.#value);
  }
}

class MutationSequence implements HeaderMutation {
  readonly #mutations: readonly HeaderMutation[];

  constructor(mutations: readonly HeaderMutation[]) {
    this.#mutations = mutations;
  }

  apply(headers: HeaderMap, info: StreamInfo): void {
    const mutations = this.#mutations;
    for (let i = 0; i < mutations.length; i++) mutations[i]?.apply(headers, info);
  }
}

/** Several mutations as one; undefined where there are none. */
export function inSequence(mutations: readonly (HeaderMutation | undefined)[]): HeaderMutation | undefined {
  const present = mutations.filter((mutation) => mutation !== undefined);
  return present.length > 1 ? new MutationSequence(present) : present[0];
}

/** `include_attempt_count_in_response`. */
export const attemptCountInResponse: HeaderMutation = {
  apply: (headers, info) => headers.set("x-envoy-attempt-count", String(info.upstreamRequestAttemptCount)),
};

/**
 * What a level (configuration, virtual host, route, weighted cluster) does to the headers of requests or responses; undefined where it does
 * nothing. Throws a `ConfigError`.
 *
 * @param path the level's
 */
export function compileHeaderMutation(
  toAdd: readonly HeaderValueOption[],
  toRemove: readonly string[],
  path: ConfigPath,
  of: "request" | "response",
): HeaderMutation | undefined {
  const toAddPath = path.field(`${of}_headers_to_add`);
  const toRemovePath = path.field(`${of}_headers_to_remove`);
  if (toAdd.length > maxAdditions) fail(toAddPath, `must have ${maxAdditions} entries or less, has ${toAdd.length}`);
  const removals = toRemove.map((name, index) => headerName(name, toRemovePath.index(index), "removed"));
  const additions = toAdd
    .map((option, index) => compileAddition(option, toAddPath.index(index)))
    .filter(({ value, keepsEmpty }) => value !== "" || keepsEmpty);
  const [only] = additions;
  if (only === undefined) return removals.length === 0 ? undefined : new LevelMutation(removals, additions);
  return removals.length === 0 && additions.length === 1 ? single(only) : new LevelMutation(removals, additions);
}

/** One header that is added, by itself. Throws a `ConfigError`. */
export function compileHeaderAddition(option: HeaderValueOption, path: ConfigPath): HeaderMutation {
  return single(compileAddition(option, path));
}

/** One header that is removed, by itself. Throws a `ConfigError`. */
export function compileHeaderRemoval(name: string, path: ConfigPath): HeaderMutation {
  return new LevelMutation([headerName(name, path, "removed")], []);
}

function single(addition: Addition): HeaderMutation {
  const { name, value, action, keepsEmpty } = addition;
  const isPlain = action !== addIfAbsent && action !== overwriteIfExists && value !== undefined && (value !== "" || keepsEmpty);
  return isPlain ? new PlainMutation(name, value, isOverwrite(action)) : new LevelMutation([], [addition]);
}

/** As the constraints in Envoy's .proto files. */
const maxAdditions = 1000;
const maxHeaderBytes = 16_384;

function compileAddition(option: HeaderValueOption, path: ConfigPath): Addition {
  const at = path.field("header");
  const { key, value, rawValue } = required(option.header, at);
  const name = headerName(key, at.field("key"), "modified");
  const common = { name, action: actionOf(option, path), keepsEmpty: option.keepEmptyValue };
  if (rawValue.length > 0) {
    if (value !== "") fail(at, "has both value and raw_value");
    if (!isUtf8(rawValue)) fail(at.field("raw_value"), "is no UTF-8, which the text of headers is");
    const raw = headerValue(Buffer.from(rawValue).toString(), at.field("raw_value"));
    return { ...common, value: raw, format: () => raw };
  }
  const format = compileFormat(headerValue(value, at.field("value")), at.field("value"), { omitEmptyValues: true });
  const isConstant = !value.replaceAll("%%", "").includes("%");
  return { ...common, value: isConstant ? value.replaceAll("%%", "%") : undefined, format };
}

/** Envoy: the deprecated `append` speaks where it is set, and must then speak alone. */
function actionOf({ append, appendAction }: HeaderValueOption, path: ConfigPath): number {
  if (append === null) return appendAction;
  if (appendAction !== appendIfExistsOrAdd) fail(path, "has both append and append_action: append_action is the one to use");
  return append.value ? appendIfExistsOrAdd : overwriteIfExistsOrAdd;
}

/** RFC 9110 §5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/u;

function headerName(name: string, path: ConfigPath, verb: string): string {
  requiredString(name, path);
  if (name.startsWith(":") || name.toLowerCase() === "host") fail(path, `:-prefixed or host headers may not be ${verb}`);
  if (!token.test(name)) fail(path, `${JSON.stringify(name)} is no header name (RFC 9110 §5.6.2)`);
  if (name.length > maxHeaderBytes) fail(path, `must be ${maxHeaderBytes} bytes or less, is ${name.length}`);
  return name;
}

/** A value that stands in a header as it is. Throws a `ConfigError`. */
export function headerValue(value: string, path: ConfigPath): string {
  if (/[\0-\x08\x0a-\x1f\x7f]/u.test(value)) fail(path, "a header's value cannot have control characters in it (RFC 9110 §5.5)");
  const bytes = Buffer.byteLength(value);
  if (bytes > maxHeaderBytes) fail(path, `must be ${maxHeaderBytes} bytes or less, is ${bytes}`);
  return value;
}

/** What becomes a part of a request's path or authority as it is, where white space would end it. Throws a `ConfigError`. */
export function targetPart(value: string, path: ConfigPath): string {
  if (/[\s#]/u.test(value)) fail(path, "cannot have white space or # in it: a request target has none (RFC 9112 §3.2)");
  return headerValue(value, path);
}
