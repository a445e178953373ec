import type { ConfigSource, Resource, ResourceReader, ResourceWatcher, Subscription, SubscriptionFailure } from "../subscription/index.ts";
import type { RuntimeEntries } from "./entry.ts";
import type { Layer } from "./layer.ts";

/** What a layer tells those that it belongs to. */
export interface DiscoveredLayerOwner {
  readonly reader: ResourceReader<RuntimeEntries>;
  /** See `SubscriptionStats`. */
  accepted(version: string): number;
  applied(acceptedAt: number): void;
  failed(layer: string, failure: SubscriptionFailure): void;
  /** Its values are others now. */
  changed(): void;
}

const none: RuntimeEntries = new Map();

/** A layer whose values come by RTDS. Where the resource is taken away, so are its values (Envoy does the same). */
export class DiscoveredLayer implements Layer, ResourceWatcher<RuntimeEntries> {
  readonly name: string;
  /** Of the resource. */
  readonly #resourceName: string;
  readonly #source: ConfigSource;
  readonly #owner: DiscoveredLayerOwner;
  readonly #ready: Promise<void>;
  #settle: () => void = () => {};
  #subscription: Subscription | undefined = undefined;
  #entries: RuntimeEntries = none;

  constructor(name: string, resourceName: string, source: ConfigSource, owner: DiscoveredLayerOwner) {
    this.name = name;
    this.#resourceName = resourceName;
    this.#source = source;
    this.#owner = owner;
    this.#ready = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get entries(): RuntimeEntries {
    return this.#entries;
  }

  /** Fulfilled when its values are here, or are not to be had in time. */
  start(): Promise<void> {
    this.#subscription ??= this.#source.watch(this.#owner.reader, this.#resourceName, this);
    return this.#ready;
  }

  close(): void {
    this.#subscription?.close();
    this.#settle();
  }

  onChanged({ value, responseVersion }: Resource<RuntimeEntries>): void {
    const acceptedAt = this.#owner.accepted(responseVersion);
    this.#replace(value);
    this.#owner.applied(acceptedAt);
  }

  onMissing(): void {
    this.#replace(none);
  }

  onFailed(failure: SubscriptionFailure): void {
    this.#owner.failed(this.name, failure);
    if (failure.kind !== "unavailable") this.#settle();
  }

  #replace(entries: RuntimeEntries): void {
    if (entries !== this.#entries) {
      this.#entries = entries;
      this.#owner.changed();
    }
    this.#settle();
  }
}
