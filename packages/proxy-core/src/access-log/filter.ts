import type { Message } from "@mesh/xds-proto";
import { enumValue } from "@mesh/xds-proto";
import { fail, fractionalPercent, required } from "../config/index.ts";
import type { ConfigPath } from "../config/index.ts";
import { compileHeaderMatcher } from "../matching/index.ts";
import type { HeaderReader } from "../matching/index.ts";
import { RuntimeNumber, type Runtime } from "../runtime/index.ts";
import { ResponseFlag, responseFlagShort } from "./response-flags.ts";
import type { StreamInfo } from "./stream-info.ts";

/** Decides whether a line is written. */
export type AccessLogFilter = (info: StreamInfo) => boolean;

/** What filters take from the runtime: numbers for sampling, and values that keys replace. */
export type FilterRuntime = Pick<Runtime, "random" | "flags">;

/** Compiles an `AccessLogFilter`. */
export function compileAccessLogFilter(
  message: Message<"envoy.config.accesslog.v3.AccessLogFilter">,
  path: ConfigPath,
  runtime: FilterRuntime,
): AccessLogFilter {
  switch (message.filterSpecifier) {
    case "statusCodeFilter": {
      const at = path.field("status_code_filter").field("comparison");
      const compare = compileComparison(message.statusCodeFilter?.comparison, at, runtime);
      return (info) => compare(info.responseCode);
    }
    case "durationFilter": {
      const compare = compileComparison(message.durationFilter?.comparison, path.field("duration_filter").field("comparison"), runtime);
      return (info) => info.duration !== undefined && compare(Math.trunc(info.duration));
    }
    case "notHealthCheckFilter":
      // Health checks are marked by Envoy's health check filter, which is not here: no stream is one.
      return () => true;
    case "runtimeFilter":
      return compileSampling(required(message.runtimeFilter, path.field("runtime_filter")), path.field("runtime_filter"), runtime);
    case "andFilter": {
      const filters = compileAll(message.andFilter?.filters ?? [], path.field("and_filter").field("filters"), runtime);
      return (info) => filters.every((filter) => filter(info));
    }
    case "orFilter": {
      const filters = compileAll(message.orFilter?.filters ?? [], path.field("or_filter").field("filters"), runtime);
      return (info) => filters.some((filter) => filter(info));
    }
    case "headerFilter": {
      const at = path.field("header_filter").field("header");
      const matcher = compileHeaderMatcher(required(message.headerFilter?.header, at), at);
      return (info) => matcher.matches(info.request ?? noHeaders);
    }
    case "responseFlagFilter": {
      const flags = compileFlags(message.responseFlagFilter?.flags ?? [], path.field("response_flag_filter").field("flags"));
      return (info) => (info.responseFlags & flags) !== 0;
    }
    default:
      return fail(path, "none of the filters that are supported is set");
  }
}

const noHeaders: HeaderReader = { header: () => undefined };

function compileAll(
  messages: readonly Message<"envoy.config.accesslog.v3.AccessLogFilter">[],
  path: ConfigPath,
  runtime: FilterRuntime,
): AccessLogFilter[] {
  if (messages.length < 2) fail(path, "needs two filters or more");
  return messages.map((message, index) => compileAccessLogFilter(message, path.index(index), runtime));
}

const comparisonOp = "envoy.config.accesslog.v3.ComparisonFilter.Op";

function compileComparison(
  message: Message<"envoy.config.accesslog.v3.ComparisonFilter"> | null | undefined,
  path: ConfigPath,
  { flags }: FilterRuntime,
): (value: number) => boolean {
  const { op, value } = required(message, path);
  const { runtimeKey, defaultValue } = required(value, path.field("value"));
  const limit = new RuntimeNumber("integer", runtimeKey, defaultValue);
  switch (op) {
    case enumValue(comparisonOp, "EQ"):
      return (number) => number === limit.in(flags.current);
    case enumValue(comparisonOp, "GE"):
      return (number) => number >= limit.in(flags.current);
    case enumValue(comparisonOp, "LE"):
      return (number) => number <= limit.in(flags.current);
    default:
      return fail(path.field("op"), "there is no such comparison");
  }
}

/**
 * Envoy: a request is sampled by its x-request-id, whose first 32 bits are taken modulo the denominator, so that all proxies on its way
 * decide alike; without a request id, or where it is asked for, by chance. The key has another numerator for the same denominator.
 */
function compileSampling(
  message: Message<"envoy.config.accesslog.v3.RuntimeFilter">,
  path: ConfigPath,
  { random, flags }: FilterRuntime,
): AccessLogFilter {
  const share = fractionalPercent(message.percentSampled, path.field("percent_sampled")) ?? 0;
  const denominator = [100, 10_000, 1_000_000][message.percentSampled?.denominator ?? 0] ?? 100;
  const numerator = new RuntimeNumber("integer", message.runtimeKey, Math.round(share * denominator));
  const independent = message.useIndependentRandomness;
  return (info) => {
    const id = independent ? undefined : info.request?.header("x-request-id");
    if (id === undefined || !beginsAsUuid.test(id)) return random.next() * denominator < numerator.in(flags.current);
    return Number.parseInt(id.slice(0, 8), 16) % denominator < numerator.in(flags.current);
  };
}

const beginsAsUuid = /^[0-9a-f]{8}-/iu;

/** Flags of Envoy's features that are not here: allowed, and never set. */
const foreignFlags = new Set(["IH", "RLSE", "RFCF", "DF", "DR"]);

/** Bits of `ResponseFlag`; all of them where none is named. */
function compileFlags(names: readonly string[], path: ConfigPath): number {
  if (names.length === 0) return -1;
  let flags = 0;
  for (const [index, name] of names.entries()) {
    const key = (Object.keys(ResponseFlag) as (keyof typeof ResponseFlag)[]).find((flag) => responseFlagShort[flag] === name);
    if (key !== undefined) flags |= ResponseFlag[key];
    else if (!foreignFlags.has(name)) fail(path.index(index), `there is no response flag ${JSON.stringify(name)}`);
  }
  return flags;
}
