import type { Message } from "@mesh/xds-proto";
import type { StatsScope } from "../stats/index.ts";
import type { CollectionWatcher, ConfigSource, Resource, ResourceMessage, Subscription, SubscriptionFailure } from "./contract.ts";
import { inSlices, type Pace } from "./pace.ts";
import { CollectionReader } from "./collection-reader.ts";
import type { RefusedUpdate, ResourceDecoder } from "./resource-reader.ts";
import { SubscriptionStats } from "./subscription-stats.ts";

/** Who makes use of all resources of a kind. */
export interface CollectionTaker<Name extends ResourceMessage, Prepared> {
  /**
   * An update came, of which `prepare` is called for what is new to the source, in the update's order. Default: nothing.
   *
   * @param removed those that it takes away
   */
  begin?(removed: readonly string[]): void;
  /**
   * Compiles a resource, and changes nothing yet. Throws a `ConfigError`. All of an update are prepared before the first is applied, and
   * there may be turns of the event loop between them.
   */
  prepare(message: Message<Name>, version: string): Prepared;
  /**
   * Asks the system whether what was prepared can be had, before anything else is prepared: a promise where that takes time. One that is rejected
   * with a `ConfigError` refuses the resource, which is not applied then. Default: it can.
   */
  confirm?(prepared: Prepared): Promise<void> | undefined;
  apply(prepared: Prepared): void;
  /** It is gone. */
  remove(name: string): void;
  /**
   * All of an update was applied. Default: nothing.
   *
   * @param isAccepted whether nothing of it was refused
   */
  end?(isAccepted: boolean): void;
}

export interface CollectionDiscoveryOptions<Name extends ResourceMessage, Prepared> {
  readonly message: Name;
  readonly source: ConfigSource;
  /** A collection's `xdstp://` name; empty: all that the source has. */
  readonly collection: string;
  readonly taker: CollectionTaker<Name, Prepared>;
  readonly decoder: ResourceDecoder;
  /** Of the subscription: `cluster_manager.cds`. */
  readonly stats: StatsScope;
}

/** Envoy's CDS and LDS: a control plane says which clusters or listeners there are. */
export class CollectionDiscovery<Name extends ResourceMessage, Prepared> implements CollectionWatcher<Prepared> {
  /** Fulfilled when the first answer was taken, or none is to be had in time. */
  readonly ready: Promise<void>;
  /** Of the last response that changed something; empty before. */
  version = "";
  readonly #options: CollectionDiscoveryOptions<Name, Prepared>;
  readonly #reader: CollectionReader<Name, Prepared>;
  readonly #stats: SubscriptionStats;
  #settle: () => void = () => {};
  #subscription: Subscription | undefined = undefined;
  /** There is more to do of an update than one turn of the event loop had time for. */
  #isTaking = false;
  /** The version of the response that is being told of. */
  #incoming = "";
  /** When that was accepted; undefined where some of it was refused, or it has been told of. */
  #acceptedAt: number | undefined = undefined;
  #isClosed = false;

  constructor(options: CollectionDiscoveryOptions<Name, Prepared>) {
    const { decoder, stats } = options;
    this.#options = options;
    this.#reader = new CollectionReader(options);
    this.#stats = new SubscriptionStats(stats, decoder.runtime.clock);
    this.ready = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** The last updates that were refused, by the resources' names. */
  get refused(): ReadonlyMap<string, RefusedUpdate> {
    return this.#reader.refused;
  }

  start(): void {
    if (this.#isClosed) return;
    const { source, collection } = this.#options;
    this.#subscription = source.watchAll(this.#reader, this, collection);
  }

  onResponse(version: string, isAccepted: boolean): void {
    this.#incoming = version;
    this.#acceptedAt = isAccepted ? this.#stats.accepted(version) : undefined;
  }

  onChanged(changed: readonly Resource<Prepared>[], removed: readonly string[], pace: Pace): Promise<void> | undefined {
    const { taker } = this.#options;
    if (changed.length + removed.length > 0) this.version = this.#incoming;
    const acceptedAt = this.#acceptedAt;
    this.#acceptedAt = undefined;
    let at = 0;
    const slow = inSlices(pace, () => {
      if (this.#isClosed) return false;
      const index = at++;
      const [resource, name] = [changed[index], removed[index - changed.length]];
      if (resource !== undefined) taker.apply(resource.value);
      else if (name !== undefined) taker.remove(name);
      return at < changed.length + removed.length;
    });
    const done = (): void => {
      this.#isTaking = false;
      taker.end?.(acceptedAt !== undefined);
      if (acceptedAt !== undefined) this.#stats.applied(acceptedAt);
      this.#settle();
    };
    this.#isTaking = slow !== undefined;
    if (slow !== undefined) return afterwards(slow, done);
    done();
    return undefined;
  }

  onFailed(failure: SubscriptionFailure): void {
    this.#stats.failed(failure);
    // Where the source cannot be reached, its time for the first answer decides.
    if (failure.kind !== "unavailable" && !this.#isTaking) this.#settle();
  }

  close(): void {
    this.#isClosed = true;
    this.#subscription?.close();
    this.#settle();
  }
}

async function afterwards(slow: Promise<void>, done: () => void): Promise<void> {
  await slow;
  done();
}
