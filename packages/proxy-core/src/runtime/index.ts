/** What the proxy takes from outside: time, timers, randomness, the log, name resolution, and what may be set while it runs. */
export { LoopClock } from "./clock.ts";
export type { Clock } from "./clock.ts";
export { emptySnapshot, RuntimeNumber } from "./flags.ts";
export { Hash64, hashText64 } from "./hash64.ts";
export type { RuntimeFlags, RuntimeNumberKind, RuntimeSnapshot } from "./flags.ts";
export { logLevels, silentLogger } from "./logger.ts";
export type { Logger, LogLevel } from "./logger.ts";
export type { Random } from "./random.ts";
export type { LookupFamily, ResolvedAddress, Resolver } from "./resolver.ts";
export type { Runtime } from "./runtime.ts";
export { systemRandom, systemRuntime } from "./system.ts";
export type { SystemRuntimeOptions } from "./system.ts";
export { SystemResolver } from "./system-resolver.ts";
export type { SystemResolverOptions } from "./system-resolver.ts";
export { DelayedCall } from "./delayed-call.ts";
export { TimerEntry, TimerWheel } from "./timer-wheel.ts";
export type { Ticker } from "./timer-wheel.ts";
