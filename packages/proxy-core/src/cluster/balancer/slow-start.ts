import type { Message } from "@mesh/xds-proto";
import { type ConfigPath, durationMs, numberInRange, percent } from "../../config/index.ts";
import { type Clock, type RuntimeFlags, RuntimeNumber } from "../../runtime/index.ts";
import type { Host } from "../contract.ts";

type SlowStartMessage =
  | Message<"envoy.config.cluster.v3.Cluster.SlowStartConfig">
  | Message<"envoy.extensions.load_balancing_policies.common.v3.SlowStartConfig">;

/** Undefined where there is none, or where its window is nothing. */
export function readSlowStart(
  message: SlowStartMessage | null,
  path: ConfigPath,
  services: { readonly clock: Clock; readonly flags: RuntimeFlags },
): SlowStart | undefined {
  const windowMs = durationMs(message?.slowStartWindow, path.field("slow_start_window")) ?? 0;
  const { defaultValue = 1, runtimeKey = "" } = message?.aggression ?? {};
  const configured = numberInRange(defaultValue, path.field("aggression").field("default_value"), { min: 0 });
  const least = percent(message?.minWeightPercent, path.field("min_weight_percent")) ?? 0.1;
  if (windowMs === 0) return undefined;
  return new SlowStart(windowMs, new RuntimeNumber("number", runtimeKey, configured), least, services.clock, services.flags);
}

/** Envoy's slow start: the weight of a host grows to what it is to be while the host is new. */
export class SlowStart {
  readonly #windowMs: number;
  readonly #aggression: RuntimeNumber;
  readonly #least: number;
  readonly #clock: Clock;
  readonly #flags: RuntimeFlags;

  /** @param least share of its weight that a host gets from the beginning: 0 to 1 */
  constructor(windowMs: number, aggression: RuntimeNumber, least: number, clock: Clock, flags: RuntimeFlags) {
    this.#windowMs = windowMs;
    this.#aggression = aggression;
    this.#least = least;
    this.#clock = clock;
    this.#flags = flags;
  }

  concernsAny(hosts: readonly Host[]): boolean {
    return hosts.some((host) => this.#ageOf(host) < this.#windowMs);
  }

  /** The weight that the host has now; more than 0. */
  weightOf(host: Host): number {
    const age = this.#ageOf(host);
    if (age >= this.#windowMs) return host.weight;
    const aggression = this.#aggression.in(this.#flags.current);
    const time = Math.max(1, age) / this.#windowMs;
    // Envoy: one that makes no sense is 1.
    const share = aggression > 0 && aggression !== 1 ? time ** (1 / aggression) : time;
    return host.weight * Math.max(share, this.#least);
  }

  #ageOf(host: Host): number {
    return this.#clock.now() - host.availableSince;
  }
}
