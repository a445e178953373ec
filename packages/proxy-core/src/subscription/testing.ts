import { packAny, type MessageInit } from "@mesh/xds-proto";
import { isConfigError } from "../config/index.ts";
import type {
  CollectionWatcher,
  ConfigSource,
  ConfigSourceMessage,
  ConfigSources,
  IncomingResource,
  ResourceMessage,
  ResourceReader,
  ResourceWatcher,
  Subscription,
  SubscriptionFailure,
} from "./contract.ts";
import type { Pace } from "./pace.ts";

interface Held {
  readonly version: string;
  readonly read: () => unknown;
}

/** A pace at which each turn has time for one step, and comes when a test says so. */
export class TestPace implements Pace {
  readonly isSpent = true;
  #turn: () => void = () => {};

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#turn = resolve;
    });
  }

  async turn(): Promise<void> {
    this.#turn();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Sources whose resources a test sets. There is one source, whatever is asked for; watchers are called in microtasks. */
export class TestConfigSources implements ConfigSources, ConfigSource {
  readonly firstAnswerMs = 15_000;
  /** What was opened, in order. */
  readonly opened: ConfigSourceMessage[] = [];
  /** Which names were begun to be watched (`+a`) and were not any more (`-a`), in order; `*` for all. */
  readonly calls: string[] = [];
  readonly #readers = new Map<ResourceMessage, ResourceReader<unknown>>();
  readonly #resources = new Map<ResourceMessage, Map<string, Held>>();
  readonly #values = new Map<Held, unknown>();
  readonly #watches = new Set<TestWatch>();
  isClosed = false;
  /** Of the last response. */
  #version = "1";
  /** For collections. Default: all the time in the world. */
  pace: Pace = { isSpent: false, next: () => Promise.resolve() };

  open(message: ConfigSourceMessage): ConfigSource {
    this.opened.push(message);
    return this;
  }

  close(): void {
    this.isClosed = true;
    this.#watches.clear();
  }

  watch<Value>(reader: ResourceReader<Value>, name: string, watcher: ResourceWatcher<Value>): Subscription {
    this.#register(reader);
    const watch: TestWatch = {
      message: reader.message,
      name,
      isTold: false,
      changed: (changed) => {
        for (const { value, version } of changed) watcher.onChanged({ name, value: value as Value, version, responseVersion: version });
      },
      answered: () => {},
      missing: () => watcher.onMissing(),
      failed: (failure) => watcher.onFailed(failure),
    };
    return this.#add(watch);
  }

  watchAll<Value>(reader: ResourceReader<Value>, watcher: CollectionWatcher<Value>): Subscription {
    this.#register(reader);
    const watch: TestWatch = {
      message: reader.message,
      name: undefined,
      isTold: false,
      changed: (changed, removed) =>
        void watcher.onChanged(
          changed.map(({ name, value, version }) => ({ name, value: value as Value, version, responseVersion: version })),
          removed,
          this.pace,
        ),
      answered: (version, isAccepted) => watcher.onResponse(version, isAccepted),
      missing: () => {},
      failed: (failure) => watcher.onFailed(failure),
    };
    return this.#add(watch);
  }

  /** The names that are watched now, sorted; `*` for all. */
  watched(message: ResourceMessage): readonly string[] {
    return [...this.#watches]
      .filter((watch) => watch.message === message)
      .map(({ name }) => name ?? "*")
      .sort();
  }

  /**
   * Gives resources of one message, as one response. Returns what is wrong with those that were refused; nobody but their watchers hears of
   * these.
   */
  set<Name extends ResourceMessage>(
    message: Name,
    resources: Readonly<Record<string, MessageInit<Name>>>,
    version: string = "1",
  ): string[] {
    const problems: string[] = [];
    const accepted: string[] = [];
    this.#reader(message).begin?.([]);
    for (const [name, init] of Object.entries(resources)) {
      const any = packAny<Name>(message, init);
      const held: Held = { version, read: () => this.#reader(message).read({ name, any, version }) };
      try {
        this.#values.set(held, held.read());
        this.#of(message).set(name, held);
        accepted.push(name);
      } catch (error) {
        if (!isConfigError(error)) throw error;
        problems.push(error.message);
        const failure: SubscriptionFailure = { kind: "refused", message: error.message, problems: error.problems };
        this.#tell(message, name, (watch) => watch.failed(failure));
      }
    }
    this.#answer(message, version, problems.length === 0);
    for (const watch of this.#watches) {
      if (watch.message !== message) continue;
      const names = watch.name === undefined ? accepted : accepted.filter((name) => name === watch.name);
      if (names.length === 0) continue;
      watch.isTold = true;
      watch.changed(this.#current(message, names), []);
    }
    return problems;
  }

  /**
   * Gives resources and takes others away in one response, as sources do it: all is read first, in as many steps as that takes, and told of then. Returns
   * what is wrong with those that were refused.
   */
  async update<Name extends ResourceMessage>(
    message: Name,
    resources: Readonly<Record<string, MessageInit<Name>>>,
    { removed = [], version = "1" }: { readonly removed?: readonly string[]; readonly version?: string } = {},
  ): Promise<string[]> {
    const problems: string[] = [];
    const accepted: string[] = [];
    const reader = this.#reader(message);
    reader.begin?.(removed.filter((name) => this.#of(message).has(name)));
    for (const [name, init] of Object.entries(resources)) {
      const any = packAny<Name>(message, init);
      const held: Held = { version, read: () => reader.read({ name, any, version }) };
      try {
        this.#values.set(held, await readSlowly(reader, { name, any, version }));
        this.#of(message).set(name, held);
        accepted.push(name);
      } catch (error) {
        if (!isConfigError(error)) throw error;
        problems.push(`${name}: ${error.message}`);
        const failure: SubscriptionFailure = { kind: "refused", message: error.message, problems: error.problems };
        this.#tell(message, name, (watch) => watch.failed(failure));
      }
    }
    for (const name of removed) {
      this.#of(message).delete(name);
      reader.forget?.(name);
    }
    this.#answer(message, version, problems.length === 0);
    for (const watch of this.#watches) if (watch.message === message) watch.changed(this.#current(message, accepted), removed);
    return problems;
  }

  /** Takes resources away, or says that there are none of these names. */
  remove(message: ResourceMessage, ...names: string[]): void {
    for (const name of names) {
      this.#of(message).delete(name);
      this.#readers.get(message)?.forget?.(name);
    }
    this.#answer(message, this.#version, true);
    for (const watch of this.#watches) {
      if (watch.message !== message) continue;
      if (watch.name === undefined) watch.changed([], names);
      else if (names.includes(watch.name)) watch.missing();
    }
  }

  /** A response comes that changes nothing. */
  answer(message: ResourceMessage, version: string): void {
    this.#answer(message, version, true);
  }

  /** Has watches of a message fail. */
  fail(message: ResourceMessage, failure: SubscriptionFailure, name?: string): void {
    this.#tell(message, name, (watch) => watch.failed(failure));
  }

  #answer(message: ResourceMessage, version: string, isAccepted: boolean): void {
    this.#version = version;
    for (const watch of this.#watches) if (watch.message === message) watch.answered(version, isAccepted);
  }

  #tell(message: ResourceMessage, name: string | undefined, tell: (watch: TestWatch) => void): void {
    for (const watch of this.#watches) {
      if (watch.message === message && (watch.name === undefined || name === undefined || watch.name === name)) tell(watch);
    }
  }

  #register(reader: ResourceReader<unknown>): void {
    const known = this.#readers.get(reader.message);
    if (known !== undefined && known !== reader) throw new Error(`two readers of ${reader.message}`);
    this.#readers.set(reader.message, reader);
  }

  #reader(message: ResourceMessage): ResourceReader<unknown> {
    const reader = this.#readers.get(message);
    if (reader === undefined) throw new Error(`nobody watches ${message}`);
    return reader;
  }

  #of(message: ResourceMessage): Map<string, Held> {
    const resources = this.#resources.get(message) ?? new Map<string, Held>();
    this.#resources.set(message, resources);
    return resources;
  }

  #current(message: ResourceMessage, names: Iterable<string>): TestResource[] {
    return [...names].flatMap((name) => {
      const held = this.#of(message).get(name);
      return held === undefined ? [] : [{ name, value: this.#values.get(held), version: held.version }];
    });
  }

  #add(watch: TestWatch): Subscription {
    this.#watches.add(watch);
    const name = watch.name ?? "*";
    this.calls.push(`+${name}`);
    queueMicrotask(() => {
      if (!this.#watches.has(watch) || watch.isTold) return;
      const all = this.#of(watch.message);
      const known = this.#current(watch.message, watch.name === undefined ? all.keys() : [watch.name]);
      if (known.length === 0) return;
      watch.answered(this.#version, true);
      watch.changed(known, []);
    });
    return {
      close: () => {
        if (!this.#watches.delete(watch)) return;
        this.calls.push(`-${name}`);
        const isWatched = [...this.#watches].some((other) => other.message === watch.message && other.name === watch.name);
        if (!isWatched) this.#readers.get(watch.message)?.forget?.(name);
      },
    };
  }
}

async function readSlowly(reader: ResourceReader<unknown>, resource: IncomingResource): Promise<unknown> {
  const steps = reader.readInSteps?.(resource);
  if (steps === undefined) return reader.read(resource);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await step.value;
  }
}

interface TestResource {
  readonly name: string;
  readonly value: unknown;
  readonly version: string;
}

interface TestWatch {
  readonly message: ResourceMessage;
  /** Undefined: all. */
  readonly name: string | undefined;
  /** Of what there is. */
  isTold: boolean;
  readonly changed: (changed: readonly TestResource[], removed: readonly string[]) => void;
  readonly answered: (version: string, isAccepted: boolean) => void;
  readonly missing: () => void;
  readonly failed: (failure: SubscriptionFailure) => void;
}
