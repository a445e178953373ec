import type { XdsServerObserver } from "@mesh/xds-server";
import { calledListenersOf } from "../generators/index.ts";
import type { HubClock, HubTimer } from "../hub/index.ts";
import type { ProxyScope } from "../scope/index.ts";
import type { Json } from "./pages.ts";
import type { WriteLog } from "./xds-log.ts";

export interface LeftOutOptions {
  /** One for each kind of proxies that are connected. */
  readonly scopes: () => Iterable<ProxyScope>;
  readonly clock: HubClock;
  readonly write: WriteLog;
}

/** How long after a change it is looked again: proxies are given theirs one after the other. */
const settleMs = 1000;

/**
 * What of the configuration proxies do not get, since they could not have it: servers and routes of which another has what they need. Told in
 * the log when it comes up, not with every push, and once for all proxies that go without it.
 */
export class LeftOut {
  readonly #options: LeftOutOptions;
  #told: ReadonlySet<string> = new Set();
  #timer: HubTimer | undefined = undefined;

  constructor(options: LeftOutOptions) {
    this.#options = options;
  }

  /** What proxies see may be another. */
  onChanged(): void {
    this.#timer ??= this.#options.clock.setTimer(settleMs, () => this.#tell());
  }

  observer(): XdsServerObserver {
    return { onResponse: () => this.onChanged() };
  }

  /** Each problem with the proxies that have it. */
  list(): Json {
    return [...this.#find()].map(([message, proxies]) => ({ message, proxies: [...proxies] }));
  }

  close(): void {
    this.#timer?.cancel();
  }

  #tell(): void {
    this.#timer = undefined;
    const found = this.#find();
    for (const problem of found.keys()) if (!this.#told.has(problem)) this.#options.write("warn", problem);
    this.#told = new Set(found.keys());
  }

  /** By problem: `sidecars of shop`. */
  #find(): ReadonlyMap<string, ReadonlySet<string>> {
    const found = new Map<string, Set<string>>();
    for (const scope of this.#options.scopes()) {
      for (const problem of calledListenersOf(scope).problems) {
        const proxies = found.get(problem) ?? new Set();
        found.set(problem, proxies.add(`${scope.proxy.type}s of ${scope.proxy.namespace}`));
      }
    }
    return found;
  }
}
