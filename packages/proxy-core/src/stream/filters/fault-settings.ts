import type { Message } from "@mesh/xds-proto";
import { durationMs, fail, fractionalPercent, numberInRange, wrappedNumber, type ConfigPath } from "../../config/index.ts";
import { compileHeaderMatchers, matchesAll, type HeaderMatcher, type HeaderReader } from "../../matching/index.ts";

type FractionalPercent = Message<"envoy.type.v3.FractionalPercent">;
type FaultDelay = Message<"envoy.extensions.filters.common.fault.v3.FaultDelay">;
type FaultAbort = Message<"envoy.extensions.filters.http.fault.v3.FaultAbort">;

const denominators: readonly number[] = [100, 10_000, 1_000_000];
const digits = /^\d{1,10}$/u;

/** A header's value as a number; -1 where it is none. */
function headerNumber(headers: HeaderReader, name: string): number {
  const text = headers.header(name);
  return text !== undefined && digits.test(text) ? Number(text) : -1;
}

/** Which share of requests has a fault. A caller that may ask for faults may ask for fewer, not for more. */
class FaultShare {
  readonly #fraction: number;
  readonly #denominator: number;
  /** The header that has another numerator, where the configuration leaves the fault to the caller. */
  readonly #header: string | undefined;

  constructor(percentage: FractionalPercent | null, header: string | undefined, path: ConfigPath) {
    // Envoy: without a percentage no request has the fault.
    this.#fraction = fractionalPercent(percentage, path) ?? 0;
    this.#denominator = denominators[percentage?.denominator ?? 0] ?? 100;
    this.#header = header;
  }

  includes(headers: HeaderReader, random: number): boolean {
    return random < this.#of(headers);
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

  constructor({ faultDelaySecifier: kind, fixedDelay, percentage }: FaultDelay, path: ConfigPath) {
    const byHeader = kind === "headerDelay";
    this.#share = new FaultShare(percentage, byHeader ? "x-envoy-fault-delay-request-percentage" : undefined, path.field("percentage"));
    this.#fixedMs = byHeader
      ? 0
      : (durationMs(fixedDelay, path.field("fixed_delay"), { above: 0 }) ?? missing(path, "fixed_delay", "header_delay"));
  }

  /** Milliseconds for this request, 0 for none. */
  for(headers: HeaderReader, random: number): number {
    if (!this.#share.includes(headers, random)) return 0;
    return this.#fixedMs > 0 ? this.#fixedMs : Math.max(0, headerNumber(headers, "x-envoy-fault-delay-request"));
  }
}

class Abort {
  readonly #share: FaultShare;
  /** 0 where the caller says it. */
  readonly #fixedStatus: number;

  constructor({ errorType, httpStatus, percentage }: FaultAbort, path: ConfigPath) {
    const byHeader = errorType === "headerAbort";
    this.#share = new FaultShare(percentage, byHeader ? "x-envoy-fault-abort-request-percentage" : undefined, path.field("percentage"));
    if (!byHeader && errorType !== "httpStatus") missing(path, "http_status", "header_abort");
    this.#fixedStatus = byHeader ? 0 : numberInRange(httpStatus, path.field("http_status"), { min: 200, max: 599 });
  }

  /** The HTTP status to answer this request with, 0 for none. */
  for(headers: HeaderReader, random: number): number {
    if (!this.#share.includes(headers, random)) return 0;
    if (this.#fixedStatus > 0) return this.#fixedStatus;
    const status = headerNumber(headers, "x-envoy-fault-abort-request");
    return status >= 200 && status < 600 ? status : 0;
  }
}

/** A compiled HTTPFault, of the filter or of a route. */
export class FaultSettings {
  readonly #delay: Delay | undefined;
  readonly #abort: Abort | undefined;
  readonly #upstreamCluster: string;
  readonly #headers: readonly HeaderMatcher[];
  readonly #downstreamNodes: ReadonlySet<string> | undefined;
  /** The most streams of the filter that may have a fault at once. */
  readonly maxActiveFaults: number;
  /** Whether faults are counted by `x-envoy-downstream-service-cluster` as well. */
  readonly countsByDownstreamCluster: boolean;

  /** Throws `ConfigError`. */
  constructor(message: Message<"envoy.extensions.filters.http.fault.v3.HTTPFault">, path: ConfigPath) {
    const { delay, abort, upstreamCluster, headers, downstreamNodes, maxActiveFaults, disableDownstreamClusterStats } = message;
    this.#delay = delay === null ? undefined : new Delay(delay, path.field("delay"));
    this.#abort = abort === null ? undefined : new Abort(abort, path.field("abort"));
    this.#upstreamCluster = upstreamCluster;
    this.#headers = compileHeaderMatchers(headers, path.field("headers"));
    this.#downstreamNodes = downstreamNodes.length === 0 ? undefined : new Set(downstreamNodes);
    this.maxActiveFaults = wrappedNumber(maxActiveFaults, path.field("max_active_faults")) ?? Number.POSITIVE_INFINITY;
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

  /** Milliseconds, 0 for none. */
  delayMs(request: HeaderReader, random: number): number {
    return this.#delay === undefined ? 0 : this.#delay.for(request, random);
  }

  /** An HTTP status, 0 for none. */
  abortStatus(request: HeaderReader, random: number): number {
    return this.#abort === undefined ? 0 : this.#abort.for(request, random);
  }
}

function missing(path: ConfigPath, ...choice: readonly string[]): never {
  return fail(path, `one of ${choice.join(", ")} is required`);
}
