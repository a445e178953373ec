import type { RuntimeFlags } from "../../runtime/index.ts";
import type { UpstreamHost } from "../host.ts";
import type { EjectionType, OutlierSettings } from "./outlier-settings.ts";
import { RequestTally } from "./success-rates.ts";

/** What a host's record tells its detector. */
export interface RecordOwner {
  readonly settings: OutlierSettings;
  readonly flags: RuntimeFlags;
  /** So many failures came in a row as a host may have. */
  onConsecutive(record: HostRecord, type: EjectionType): void;
}

/**
 * What outlier detection knows of one host. The first part is written for every response: a few additions, and nothing is allocated.
 * Failures of a kind count from the last success of that kind, and anew when they have been reported.
 */
export class HostRecord {
  readonly host: UpstreamHost;
  /** Answers of the host; where local origin is not split, everything. */
  readonly external: RequestTally = new RequestTally();
  readonly local: RequestTally = new RequestTally();
  /** Percent, of the last interval; -1: too few requests. */
  successRate = -1;
  localSuccessRate = -1;
  /** How many times the base ejection time the next ejection lasts, less one. */
  backoff = 0;
  /** Milliseconds on the clock. */
  ejectedAt = 0;
  /** The same; -1: it was never ejected. */
  returnedAt = -1;
  jitterMs = 0;
  readonly #owner: RecordOwner;
  readonly #splits: boolean;
  #consecutive5xx = 0;
  #consecutiveGateway = 0;
  #consecutiveLocal = 0;

  constructor(host: UpstreamHost, owner: RecordOwner) {
    this.host = host;
    this.#owner = owner;
    this.#splits = owner.settings.splitsLocalOrigin;
  }

  /** See `Host.recordResult`. */
  add(httpStatus: number, isLocalOrigin: boolean): void {
    if (isLocalOrigin && this.#splits) this.#addLocal(httpStatus < 500);
    else this.#addStatus(httpStatus);
  }

  /** See `Host.recordConnected`. */
  addConnected(): void {
    if (this.#splits) this.#addLocal(true);
  }

  /** The host is back: what it did before counts no longer. */
  forgive(): void {
    this.#consecutive5xx = 0;
    this.#consecutiveGateway = 0;
    this.#consecutiveLocal = 0;
  }

  #addStatus(httpStatus: number): void {
    if (httpStatus < 500 || httpStatus > 599) {
      this.external.count(true);
      this.#consecutive5xx = 0;
      this.#consecutiveGateway = 0;
      return;
    }
    this.external.count(false);
    const { settings, flags } = this.#owner;
    if (httpStatus < 502 || httpStatus > 504) {
      this.#consecutiveGateway = 0;
    } else if (++this.#consecutiveGateway === settings.consecutiveGatewayFailure.in(flags.current)) {
      this.#consecutiveGateway = 0;
      this.#owner.onConsecutive(this, "consecutive_gateway_failure");
    }
    if (++this.#consecutive5xx === settings.consecutive5xx.in(flags.current)) {
      this.#consecutive5xx = 0;
      this.#owner.onConsecutive(this, "consecutive_5xx");
    }
  }

  #addLocal(isSuccess: boolean): void {
    this.local.count(isSuccess);
    if (isSuccess) {
      this.#consecutiveLocal = 0;
      return;
    }
    const { settings, flags } = this.#owner;
    if (++this.#consecutiveLocal !== settings.consecutiveLocalOriginFailure.in(flags.current)) return;
    this.#consecutiveLocal = 0;
    this.#owner.onConsecutive(this, "consecutive_local_origin_failure");
  }
}
