import type { Clock } from "./clock.ts";
import type { RuntimeFlags } from "./flags.ts";
import type { Logger } from "./logger.ts";
import type { Random } from "./random.ts";
import type { Resolver } from "./resolver.ts";
import type { TimerWheel } from "./timer-wheel.ts";

/** What the proxy takes from the outside world; every part of it can be replaced in tests. */
export interface Runtime {
  readonly clock: Clock;
  readonly timers: TimerWheel;
  readonly random: Random;
  readonly logger: Logger;
  readonly resolver: Resolver;
  /** Envoy's runtime: what may be set differently while the proxy runs. */
  readonly flags: RuntimeFlags;
}
