import type { Message } from "@mesh/xds-proto";
import type { CollectionTaker } from "./collection-discovery.ts";
import type { IncomingResource, ReadSteps, ResourceMessage, ResourceReader } from "./contract.ts";
import { Refusals, type RefusedUpdate, type ResourceDecoder } from "./resource-reader.ts";

export interface CollectionReaderOptions<Name extends ResourceMessage, Prepared> {
  readonly message: Name;
  readonly taker: CollectionTaker<Name, Prepared>;
  readonly decoder: ResourceDecoder;
}

/** Reads resources for who takes all of a kind, and remembers what was refused. */
export class CollectionReader<Name extends ResourceMessage, Prepared> implements ResourceReader<Prepared> {
  readonly message: Name;
  readonly #taker: CollectionTaker<Name, Prepared>;
  readonly #decoder: ResourceDecoder;
  readonly #refusals: Refusals;

  constructor({ message, taker, decoder }: CollectionReaderOptions<Name, Prepared>) {
    this.message = message;
    this.#taker = taker;
    this.#decoder = decoder;
    this.#refusals = new Refusals(decoder);
  }

  /** The last updates that were refused and not followed by good ones, by the resources' names. */
  get refused(): ReadonlyMap<string, RefusedUpdate> {
    return this.#refusals.byName;
  }

  begin(removed: readonly string[]): void {
    this.#taker.begin?.(removed);
  }

  /** What the system has to say of it is not waited for. */
  read(resource: IncomingResource): Prepared {
    try {
      const prepared = this.#prepare(resource);
      this.forget(resource.name);
      return prepared;
    } catch (error) {
      this.#refusals.add(resource, error);
      throw error;
    }
  }

  *readInSteps(resource: IncomingResource): ReadSteps<Prepared> {
    const prepared = this.read(resource);
    const confirmed = this.#taker.confirm?.(prepared);
    if (confirmed === undefined) return prepared;
    const objections: unknown[] = [];
    yield confirmed.catch((error: unknown) => void objections.push(error));
    if (objections.length === 0) return prepared;
    this.#refusals.add(resource, objections[0]);
    throw objections[0];
  }

  forget(name: string): void {
    this.#refusals.byName.delete(name);
  }

  #prepare({ any, version }: IncomingResource): Prepared {
    const message: Message<Name> = this.#decoder.decode(this.message, any);
    return this.#taker.prepare(message, version);
  }
}
