import type { ConfigPath } from "../config/index.ts";
import { fail } from "../config/index.ts";
import type { StreamDetail } from "./stream-detail.ts";
import type { StreamInfo } from "./stream-info.ts";

/** What an operator stands for: text, a number, for metadata any JSON value; undefined where there is nothing. */
export type Extract = (info: StreamInfo) => unknown;

/** What formats may ask of the machine. */
export interface HostFacts {
  /** Default: the machine's name. */
  readonly hostname?: string;
  /** Variables for `%ENVIRONMENT(X)%`. Default: the process's. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. Default: the machine's clock. */
  readonly now?: () => number;
  /** A random UUID. Default: the system's generator. */
  readonly uuid?: () => string;
}

/** An operator's place in a format, for messages, and what it may use. */
export interface OperatorContext {
  readonly name: string;
  readonly path: ConfigPath;
  readonly facts: HostFacts;
  /** Compiles another operator that stands in this one's place. */
  compile(name: string, argument: string | undefined, length: number | undefined): Extract;
}

export interface Operator {
  /** What stands in parentheses: nothing may (default), something may, something must. */
  readonly argument?: "optional" | "required";
  /** Whether the text may be cut with `:LENGTH`. */
  readonly truncates?: boolean;
  /** It reads `StreamInfo.detail`. */
  readonly needsDetail?: boolean;
  /** `argument` is undefined where there are no parentheses. Throws `ConfigError`. */
  compile(argument: string | undefined, context: OperatorContext): Extract;
}

/** An operator without an argument. */
export const field = (extract: Extract): Operator => ({ compile: () => extract });

/** The same, for what is recorded only where it is asked for. */
export const detailField = (extract: (detail: StreamDetail, info: StreamInfo) => unknown): Operator => ({
  needsDetail: true,
  compile: () => (info) => (info.detail === undefined ? undefined : extract(info.detail, info)),
});

/** An argument of a fixed list; throws for others. */
export function oneOf<T extends string>(argument: string, allowed: readonly T[], { name, path }: OperatorContext): T {
  return allowed.find((each) => each === argument) ?? fail(path, `%${name}(${argument})%: use one of ${allowed.join(", ")}`);
}
