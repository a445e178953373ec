import type { Message } from "@mesh/xds-proto";
import { durationMs, fail, fractionalPercent, numberInRange, wrappedNumber, type ConfigPath } from "../../config/index.ts";
import { compileHeaderMatchers, matchesAll, type HeaderMatcher, type HeaderReader } from "../../matching/index.ts";
import { RuntimeNumber, type RuntimeSnapshot } from "../../runtime/index.ts";
import { unset, type DownstreamFaultKeys } from "./fault-keys.ts";

type FractionalPercent = Message<"envoy.type.v3.FractionalPercent">;
type FaultDelay = Message<"envoy.extensions.filters.common.fault.v3.FaultDelay">;
type HttpFault = Message<"envoy.extensions.filters.http.fault.v3.HTTPFault">;
type FaultAbort = Message<"envoy.extensions.filters.http.fault.v3.FaultAbort">;

const denominators: readonly number[] = [100, 10_000, 1_000_000];
const digits = /^\d{1,10}$/u;

/** A header's value as a number; -1 where it is none. */
function headerNumber(headers: HeaderReader, name: string): number {
  const text = headers.header(name);
  return text !== undefined && digits.test(text) ? Number(text) : -1;
}

/**
 * Which share of requests has a fault. A caller that may ask for faults may ask for fewer, not for more. Envoy: a value of the runtime takes
 * the place of both; requests from a downstream cluster have a key of their own, and no other counts for them.
 */
class FaultShare {
  readonly #fraction: number;
  readonly #denominator: number;
  /** The header that has another numerator, where the configuration leaves the fault to the caller. */
  readonly #header: string | undefined;
  readonly #key: RuntimeNumber;

  constructor(percentage: FractionalPercent | null, header: string | undefined, key: string, path: ConfigPath) {
    // Envoy: without a percentage no request has the fault.
    this.#fraction = fractionalPercent(percentage, path) ?? 0;
    this.#denominator = denominators[percentage?.denominator ?? 0] ?? 100;
    this.#header = header;
    this.#key = new RuntimeNumber("fraction", key, unset);
  }

  includes(headers: HeaderReader, random: number, snapshot: RuntimeSnapshot, ofCluster: RuntimeNumber | undefined): boolean {
    const set = (ofCluster ?? this.#key).in(snapshot);
    return random < (set === unset ? this.#of(headers) : set);
  }

  #of(headers: HeaderReader): number {
    if (this.#header === undefined) return this.#fraction;
    const numerator = headerNumber(headers, this.#header);
    return numerator < 0 ? this.#fraction : Math.min(this.#fraction, numerator / this.#denominator);
  }
}

class Delay {
  readonly #share: FaultShare;
  /** 0 where the caller says it. */
  readonly #fixedMs: number;
  readonly #key: RuntimeNumber;

  constructor({ faultDelaySecifier: kind, fixedDelay, percentage }: FaultDelay, keys: FaultKeys, path: ConfigPath) {
    const byHeader = kind === "headerDelay";
    const header = byHeader ? "x-envoy-fault-delay-request-percentage" : undefined;
    this.#share = new FaultShare(percentage, header, keys.delayShare, path.field("percentage"));
    this.#key = new RuntimeNumber("integer", keys.delayMs, unset);
    this.#fixedMs = byHeader
      ? 0
      : (durationMs(fixedDelay, path.field("fixed_delay"), { above: 0 }) ?? missing(path, "fixed_delay", "header_delay"));
  }

  /** Milliseconds for this request, 0 for none. */
  for(headers: HeaderReader, random: number, snapshot: RuntimeSnapshot, ofCluster: DownstreamFaultKeys | undefined): number {
    if (!this.#share.includes(headers, random, snapshot, ofCluster?.delayShare)) return 0;
    const ms = this.#fixedMs > 0 ? this.#fixedMs : headerNumber(headers, "x-envoy-fault-delay-request");
    if (ms < 0) return 0;
    const setForCluster = ofCluster === undefined ? unset : ofCluster.delayMs.in(snapshot);
    const set = setForCluster === unset ? this.#key.in(snapshot) : setForCluster;
    return set === unset ? ms : Math.min(set, maxDelayMs);
  }
}

class Abort {
  readonly #share: FaultShare;
  /** 0 where the caller says it. */
  readonly #fixedStatus: number;
  readonly #key: RuntimeNumber;

  constructor({ errorType, httpStatus, percentage }: FaultAbort, keys: FaultKeys, path: ConfigPath) {
    const byHeader = errorType === "headerAbort";
    const header = byHeader ? "x-envoy-fault-abort-request-percentage" : undefined;
    this.#share = new FaultShare(percentage, header, keys.abortShare, path.field("percentage"));
    this.#key = new RuntimeNumber("integer", keys.abortStatus, unset);
    if (!byHeader && errorType !== "httpStatus") missing(path, "http_status", "header_abort");
    this.#fixedStatus = byHeader ? 0 : numberInRange(httpStatus, path.field("http_status"), { min: 200, max: 599 });
  }

  /** The HTTP status to answer this request with, 0 for none. */
  for(headers: HeaderReader, random: number, snapshot: RuntimeSnapshot, ofCluster: DownstreamFaultKeys | undefined): number {
    if (!this.#share.includes(headers, random, snapshot, ofCluster?.abortShare)) return 0;
    const status = this.#fixedStatus > 0 ? this.#fixedStatus : headerNumber(headers, "x-envoy-fault-abort-request");
    if (!isStatus(status)) return 0;
    const set = (ofCluster === undefined ? this.#key : ofCluster.abortStatus).in(snapshot);
    return isStatus(set) ? set : status;
  }
}

const isStatus = (status: number): boolean => status >= 200 && status < 600;

/** More than a timer can wait: 24 days. */
const maxDelayMs = 2 ** 31 - 1;

/** The names of the keys that an HTTPFault has, or Envoy's where it does not say. */
class FaultKeys {
  readonly delayShare: string;
  readonly delayMs: string;
  readonly abortShare: string;
  readonly abortStatus: string;
  readonly maxActiveFaults: string;

  constructor(message: HttpFault) {
    this.delayShare = message.delayPercentRuntime || "fault.http.delay.fixed_delay_percent";
    this.delayMs = message.delayDurationRuntime || "fault.http.delay.fixed_duration_ms";
    this.abortShare = message.abortPercentRuntime || "fault.http.abort.abort_percent";
    this.abortStatus = message.abortHttpStatusRuntime || "fault.http.abort.http_status";
    this.maxActiveFaults = message.maxActiveFaultsRuntime || "fault.http.max_active_faults";
  }
}

/** A compiled HTTPFault, of the filter or of a route. */
export class FaultSettings {
  readonly #delay: Delay | undefined;
  readonly #abort: Abort | undefined;
  readonly #upstreamCluster: string;
  readonly #headers: readonly HeaderMatcher[];
  readonly #downstreamNodes: ReadonlySet<string> | undefined;
  readonly #maxActiveFaults: RuntimeNumber;
  /** Whether faults are counted by `x-envoy-downstream-service-cluster` as well. */
  readonly countsByDownstreamCluster: boolean;

  /** Throws `ConfigError`. */
  constructor(message: HttpFault, path: ConfigPath) {
    const { delay, abort, upstreamCluster, headers, downstreamNodes, maxActiveFaults, disableDownstreamClusterStats } = message;
    const keys = new FaultKeys(message);
    this.#delay = delay === null ? undefined : new Delay(delay, keys, path.field("delay"));
    this.#abort = abort === null ? undefined : new Abort(abort, keys, path.field("abort"));
    this.#upstreamCluster = upstreamCluster;
    this.#headers = compileHeaderMatchers(headers, path.field("headers"));
    this.#downstreamNodes = downstreamNodes.length === 0 ? undefined : new Set(downstreamNodes);
    const max = wrappedNumber(maxActiveFaults, path.field("max_active_faults")) ?? Number.POSITIVE_INFINITY;
    this.#maxActiveFaults = new RuntimeNumber("integer", keys.maxActiveFaults, max);
    this.countsByDownstreamCluster = !disableDownstreamClusterStats;
  }

  /** @param cluster where the route sends the request; undefined where it sends it nowhere */
  applyTo(request: HeaderReader, cluster: string | undefined): boolean {
    if (this.#upstreamCluster !== "" && cluster !== this.#upstreamCluster) return false;
    if (this.#downstreamNodes !== undefined) {
      const node = request.header("x-envoy-downstream-service-node");
      if (node === undefined || !this.#downstreamNodes.has(node)) return false;
    }
    return matchesAll(this.#headers, request);
  }

  /** The most streams of the filter that may have a fault at once. */
  maxActiveFaults(snapshot: RuntimeSnapshot): number {
    return this.#maxActiveFaults.in(snapshot);
  }

  /** Milliseconds, 0 for none. */
  delayMs(request: HeaderReader, random: number, snapshot: RuntimeSnapshot, ofCluster: DownstreamFaultKeys | undefined): number {
    return this.#delay === undefined ? 0 : this.#delay.for(request, random, snapshot, ofCluster);
  }

  /** An HTTP status, 0 for none. */
  abortStatus(request: HeaderReader, random: number, snapshot: RuntimeSnapshot, ofCluster: DownstreamFaultKeys | undefined): number {
    return this.#abort === undefined ? 0 : this.#abort.for(request, random, snapshot, ofCluster);
  }
}

function missing(path: ConfigPath, ...choice: readonly string[]): never {
  return fail(path, `one of ${choice.join(", ")} is required`);
}
