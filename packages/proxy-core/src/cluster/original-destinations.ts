import { formatAddress, parseIpAndPort, type SocketAddress } from "../network/index.ts";
import { TimerEntry, type TimerWheel } from "../runtime/index.ts";
import type { Counter } from "../stats/index.ts";
import type { LoadBalancerContext } from "./contract.ts";
import type { Endpoint } from "./endpoint.ts";
import type { UpstreamHost } from "./host.ts";

/** How a cluster of the type ORIGINAL_DST finds out where to. */
export interface OriginalDestinationSettings {
  /** Of a request's header field that goes before the connection's own destination; undefined: none does. */
  readonly headerName: string | undefined;
  /** In place of the destination's port. */
  readonly portOverride: number | undefined;
  /** Milliseconds after which a host that nothing uses goes, or twice as many. */
  readonly cleanupMs: number;
}

/** Whose hosts they are. */
export interface DestinationOwner {
  readonly name: string;
  addDestination(endpoint: Endpoint): UpstreamHost;
  removeDestination(host: UpstreamHost): void;
}

class Destination {
  readonly host: UpstreamHost;
  wasUsed = true;

  constructor(host: UpstreamHost) {
    this.host = host;
  }
}

/**
 * Hosts that come with the connections that want to go there, and go when nothing does any more (Envoy: original destination service
 * discovery). As a timer entry it is the time of the next cleanup.
 */
export class OriginalDestinations extends TimerEntry {
  readonly #settings: OriginalDestinationSettings;
  readonly #owner: DestinationOwner;
  readonly #timers: TimerWheel;
  readonly #invalidHeaders: Counter;
  readonly #byAddress = new Map<string, Destination>();
  #hosts: readonly UpstreamHost[] | undefined = undefined;
  #isClosed = false;

  /** @param invalidHeaders counts header fields that are no address */
  constructor(settings: OriginalDestinationSettings, owner: DestinationOwner, timers: TimerWheel, invalidHeaders: Counter) {
    super();
    this.#settings = settings;
    this.#owner = owner;
    this.#timers = timers;
    this.#invalidHeaders = invalidHeaders;
  }

  get hosts(): readonly UpstreamHost[] {
    return (this.#hosts ??= [...this.#byAddress.values()].map(({ host }) => host));
  }

  /** Undefined for what was not redirected and does not say where to. */
  pick(context: LoadBalancerContext): UpstreamHost | undefined {
    const { headerName } = this.#settings;
    const wanted = headerName === undefined ? undefined : context.requestHeader(headerName);
    if (wanted !== undefined) {
      const host = this.#at(wanted);
      if (host !== undefined) return host;
      this.#invalidHeaders.inc();
    }
    const { originalDestination } = context;
    return originalDestination === undefined ? undefined : this.#at(originalDestination);
  }

  onTimer(): void {
    for (const [key, destination] of this.#byAddress) {
      const { host, wasUsed } = destination;
      destination.wasUsed = false;
      if (wasUsed || host.stats.cxActive > 0 || host.stats.rqActive > 0) continue;
      this.#byAddress.delete(key);
      this.#hosts = undefined;
      this.#owner.removeDestination(host);
    }
    this.#awaitCleanup();
  }

  close(): void {
    this.#isClosed = true;
    this.#timers.disarm(this);
  }

  #at(text: string): UpstreamHost | undefined {
    const { portOverride } = this.#settings;
    if (portOverride === undefined) {
      const known = this.#byAddress.get(text);
      if (known !== undefined) {
        known.wasUsed = true;
        return known.host;
      }
    }
    const parsed = parseIpAndPort(text);
    if (parsed === undefined) return undefined;
    const address = portOverride === undefined ? parsed : { ...parsed, port: portOverride };
    const key = formatAddress(address);
    const known = this.#byAddress.get(key);
    if (known === undefined) return this.#add(key, address);
    known.wasUsed = true;
    return known.host;
  }

  #add(key: string, address: SocketAddress): UpstreamHost {
    const host = this.#owner.addDestination({
      address,
      hostname: `${this.#owner.name}${key}`,
      weight: 1,
      priority: 0,
      locality: { region: "", zone: "", subZone: "" },
      health: 0,
      canary: false,
      metadata: undefined,
      check: { hostname: "", port: 0, address: undefined, disabled: true },
    });
    this.#byAddress.set(key, new Destination(host));
    this.#hosts = undefined;
    if (this.timerNext === null) this.#awaitCleanup();
    return host;
  }

  #awaitCleanup(): void {
    if (!this.#isClosed && this.#byAddress.size > 0) this.#timers.arm(this, this.#settings.cleanupMs);
  }
}
