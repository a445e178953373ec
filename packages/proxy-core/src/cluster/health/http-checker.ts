import { Agent, type IncomingMessage, request, type RequestOptions } from "node:http";
import type { HealthChecker, HealthCheckResult, HealthCheckTarget, HealthProbe } from "./health-checker.ts";
import { networkFailure } from "./health-checker.ts";
import { PayloadMatcher } from "./payload.ts";
import { connectTarget } from "./tcp-checker.ts";

/** From `start` up to, and without, `end`. */
export interface StatusRange {
  readonly start: number;
  readonly end: number;
}

export interface HttpCheckOptions {
  readonly method: string;
  readonly path: string;
  /** For hosts without a name of their own. */
  readonly hostname: string;
  /** Name and values, in lower case; without `host`. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly expected: readonly StatusRange[];
  readonly retriable: readonly StatusRange[];
  readonly receive: readonly Buffer[];
  /** How many bytes of the body are looked at; 0: all. */
  readonly responseBufferSize: number;
  readonly reuseConnection: boolean;
}

/** Envoy's http_health_check on HTTP/1.1. Checks are few: node's own client serves them well. */
export function httpChecker(options: HttpCheckOptions): HealthChecker {
  return { probe: (target) => new HttpProbe(target, options) };
}

class HttpProbe implements HealthProbe {
  readonly #target: HealthCheckTarget;
  readonly #options: HttpCheckOptions;
  readonly #agent: Agent;

  constructor(target: HealthCheckTarget, options: HttpCheckOptions) {
    this.#target = target;
    this.#options = options;
    this.#agent = new Agent({ keepAlive: options.reuseConnection, maxSockets: 1 });
  }

  async check(signal: AbortSignal): Promise<HealthCheckResult> {
    const attempt = await this.#attempt(signal);
    // A kept connection may be closed by the host just as the next check is sent: that says nothing of the host's health.
    return attempt.lostKeptConnection ? (await this.#attempt(signal)).result : attempt.result;
  }

  close(): void {
    this.#agent.destroy();
  }

  #attempt(signal: AbortSignal): Promise<{ readonly result: HealthCheckResult; readonly lostKeptConnection: boolean }> {
    return new Promise((resolve) => {
      const sent = request({ ...this.#request(), signal }, (response) => {
        const matcher = new PayloadMatcher(this.#options.receive);
        let seen = 0;
        const limit = this.#options.responseBufferSize === 0 ? Infinity : this.#options.responseBufferSize;
        response.on("data", (chunk: Buffer) => {
          if (seen < limit) matcher.push(chunk.subarray(0, limit - seen));
          seen += chunk.length;
        });
        response.on("end", () => resolve({ result: this.#judge(response, matcher.done), lostKeptConnection: false }));
        response.on("error", (error) => resolve({ result: networkFailure(error.message), lostKeptConnection: false }));
      });
      sent.on("error", (error) =>
        resolve({ result: networkFailure(error.message), lostKeptConnection: sent.reusedSocket && !signal.aborted }),
      );
      sent.end();
    });
  }

  #request(): RequestOptions {
    const { method, path, hostname, headers } = this.#options;
    const target = connectTarget(this.#target.address);
    const where = "path" in target ? { socketPath: target.path } : target;
    const host = this.#target.hostname === "" ? hostname : this.#target.hostname;
    return {
      ...where,
      ...this.#target.source,
      agent: this.#agent,
      method,
      path,
      setHost: false,
      headers: { host, ...Object.fromEntries(headers) },
    };
  }

  #judge({ statusCode: status = 0, headers }: IncomingMessage, bodyMatches: boolean): HealthCheckResult {
    if (headers["x-envoy-immediate-health-check-fail"] !== undefined) {
      return { healthy: false, failure: "immediate", reason: "x-envoy-immediate-health-check-fail" };
    }
    if (!isIn(this.#options.expected, status)) {
      const failure = isIn(this.#options.retriable, status) ? "retriable" : "final";
      return { healthy: false, failure, reason: `status ${status}` };
    }
    if (!bodyMatches) return { healthy: false, failure: "final", reason: "the body does not match" };
    return { healthy: true, degraded: headers["x-envoy-degraded"] !== undefined };
  }
}

function isIn(ranges: readonly StatusRange[], status: number): boolean {
  return ranges.some(({ start, end }) => status >= start && status < end);
}
