import { LoopClock } from "./clock.ts";
import type { Clock } from "./clock.ts";
import { emptySnapshot } from "./flags.ts";
import { silentLogger } from "./logger.ts";
import type { Logger } from "./logger.ts";
import type { Random } from "./random.ts";
import type { Resolver } from "./resolver.ts";
import type { Runtime } from "./runtime.ts";
import { SystemResolver } from "./system-resolver.ts";
import { TimerWheel } from "./timer-wheel.ts";
import { randomUuid } from "./uuid.ts";

/** Parts that take the place of the system's own. */
export interface SystemRuntimeOptions {
  readonly clock?: Clock;
  /** Default: a wheel on the clock, turned by the process's timers. */
  readonly timers?: TimerWheel;
  readonly random?: Random;
  /** Default: writes nothing. */
  readonly logger?: Logger;
  readonly resolver?: Resolver;
}

/** Chooses hosts, shares and jitter, where being predictable does no harm; identifiers come from the generator of node:crypto. */
export const systemRandom: Random = { next: () => Math.random(), uuid: randomUuid };

/** The process's clock, timers, randomness and name servers. `runtime.timers.stop()` ends what it started. */
export function systemRuntime(options: SystemRuntimeOptions = {}): Runtime {
  const clock = options.clock ?? new LoopClock();
  return {
    clock,
    timers: options.timers ?? new TimerWheel(clock),
    random: options.random ?? systemRandom,
    logger: options.logger ?? silentLogger,
    resolver: options.resolver ?? new SystemResolver(),
    flags: { current: emptySnapshot },
  };
}
