import type { Message } from "@mesh/xds-proto";
import { fail, type ConfigPath } from "../config/index.ts";
import { formatAddress } from "../network/index.ts";
import type { Gauge, StatsScope } from "../stats/index.ts";
import { Listener, type ListenerContext } from "./listener.ts";

/** All listeners of a proxy. */
export class ListenerManager {
  readonly #listeners: readonly Listener[];
  readonly #active: Gauge;
  readonly #draining: Gauge;
  readonly #createSuccess: { inc(): void };
  readonly #createFailure: { inc(): void };

  /** Compiles all listeners, binds none. Throws `ConfigError`. */
  constructor(
    messages: readonly Message<"envoy.config.listener.v3.Listener">[],
    path: ConfigPath,
    context: Omit<ListenerContext, "findByDestination">,
  ) {
    const scope: StatsScope = context.stats.scope("listener_manager");
    this.#active = scope.gauge("total_listeners_active");
    this.#draining = scope.gauge("total_listeners_draining");
    this.#createSuccess = scope.counter("listener_create_success");
    this.#createFailure = scope.counter("listener_create_failure");
    const listenerContext: ListenerContext = { ...context, findByDestination: (address, port) => this.#findByDestination(address, port) };
    const names = new Set<string>();
    const bound = new Map<string, string>();
    this.#listeners = messages.map((message, index) => {
      const listener = new Listener(message, path.index(index), listenerContext);
      if (names.has(listener.name))
        fail(path.index(index).field("name"), `there is another listener of the name ${JSON.stringify(listener.name)}`);
      names.add(listener.name);
      if (!listener.bindsToPort || (listener.address.kind === "ip" && listener.address.port === 0)) return listener;
      const address = formatAddress(listener.address);
      const other = bound.get(address);
      if (other !== undefined) fail(path.index(index).field("address"), `listener ${other} has the address ${address} already`);
      bound.set(address, listener.name);
      return listener;
    });
  }

  get listeners(): readonly Listener[] {
    return this.#listeners;
  }

  get activeConnections(): number {
    return this.#listeners.reduce((sum, listener) => sum + listener.activeConnections, 0);
  }

  /** Binds all. Where one cannot be bound, those that were are closed again, and the error names the listener. */
  async start(): Promise<void> {
    for (const listener of this.#listeners) {
      try {
        await listener.start();
      } catch (error) {
        this.#createFailure.inc();
        for (const started of this.#listeners) started.stopAccepting();
        throw new Error(`cannot listen on ${formatAddress(listener.address)} (listener ${listener.name}): ${String(error)}`, {
          cause: error,
        });
      }
      this.#createSuccess.inc();
    }
    this.#active.set(this.#listeners.length);
  }

  stopAccepting(): void {
    for (const listener of this.#listeners) listener.stopAccepting();
    this.#draining.set(this.#active.value);
    this.#active.set(0);
  }

  drain(): void {
    for (const listener of this.#listeners) listener.drain();
  }

  undrain(): void {
    for (const listener of this.#listeners) listener.undrain();
  }

  close(): void {
    for (const listener of this.#listeners) listener.close();
  }

  /** The listener of exactly that address and port, else the one of that port on all addresses. */
  #findByDestination(address: string, port: number): Listener | undefined {
    const at = (wanted: string): Listener | undefined =>
      this.#listeners.find(({ address: own }) => own.kind === "ip" && own.port === port && own.address === wanted);
    return at(address) ?? at(address.includes(":") ? "::" : "0.0.0.0");
  }
}
