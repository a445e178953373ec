import type { RegistryInstance, RegistryProtocol, RegistryService } from "@mesh/registry";
import type { HubClock, HubTimer } from "./clock.ts";

/** Time that a test moves. */
export class TestClock implements HubClock {
  #nowMs = 1_000_000;
  readonly #timers = new Set<{ readonly atMs: number; readonly run: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, run: () => void): HubTimer {
    const timer = { atMs: this.#nowMs + delayMs, run };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Runs what is due until then, in the order of time. */
  advance(ms: number): void {
    const end = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ atMs }) => atMs <= end).sort((one, other) => one.atMs - other.atMs)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.run();
    }
    this.#nowMs = end;
  }
}

const usualPort: Partial<Record<RegistryProtocol, number>> = { bolt: 12200, dubbo: 20880 };

export interface TestInstance {
  readonly address: string;
  readonly port?: number;
  readonly protocol?: RegistryProtocol;
  readonly labels?: Readonly<Record<string, string>>;
  readonly weight?: number;
  readonly health?: RegistryInstance["health"];
  readonly isVariantUnknown?: true;
}

export function testInstance({
  address,
  port,
  protocol = "bolt",
  labels = {},
  weight = 100,
  health = "healthy",
  isVariantUnknown,
}: TestInstance): RegistryInstance {
  const number = port ?? usualPort[protocol] ?? 80;
  return {
    id: `${protocol}://${address}:${number}${isVariantUnknown ? "*" : JSON.stringify(labels)}`,
    address,
    port: number,
    portName: protocol,
    protocol,
    labels,
    ...(isVariantUnknown === undefined ? {} : { isVariantUnknown }),
    weight,
    health,
    origin: { registry: "test" },
  };
}

export function testRegistryService(name: string, instances: readonly TestInstance[]): RegistryService {
  const made = instances.map(testInstance);
  const protocols = [...new Set(made.map(({ protocol }) => protocol))];
  return {
    name,
    ports: protocols.map((protocol) => ({ name: protocol, number: usualPort[protocol] ?? 80, protocol })),
    labels: {},
    instances: made,
  };
}
