import assert from "node:assert/strict";
import type { RegistryChanges, RegistrySource, RegistryWatcher } from "../contract.ts";
import { isRegistryError, type RegistryError } from "../errors.ts";
import type { RegistryInstance, RegistryService } from "../service.ts";
import { serviceFault } from "../validity.ts";

/** Something that a source told. */
export type Told =
  | { readonly kind: "changed"; readonly changes: RegistryChanges }
  | { readonly kind: "ready" }
  | { readonly kind: "error"; readonly error: RegistryError; readonly retryInMs: number | undefined }
  | { readonly kind: "recovered" }
  | { readonly kind: "entry recovered"; readonly path: string };

interface Waiter {
  readonly isMet: () => boolean;
  readonly resolve: () => void;
}

/** Listens to a source, checks what the contract says of each call, and lets tests wait for what it tells. */
export class Observer implements RegistryWatcher {
  readonly services: Map<string, RegistryService> = new Map();
  readonly told: Told[] = [];
  /** Broken promises of single calls; empty for a good source. */
  readonly faults: string[] = [];
  /** Errors of single entries that last, by path. */
  readonly entryErrors: Map<string, RegistryError> = new Map();
  readonly #waiters: Set<Waiter> = new Set();
  readonly #patienceMs: number;
  #isStarting = false;
  #isClosed = false;

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  observe(source: RegistrySource): void {
    this.#isStarting = true;
    source.start(this);
    this.#isStarting = false;
  }

  /** From now on, nothing may be told. */
  closed(): void {
    this.#isClosed = true;
  }

  onChanged(changes: RegistryChanges): void {
    if (changes.size === 0) this.faults.push("onChanged told of nothing");
    for (const [name, service] of changes) {
      if (service === undefined) {
        if (!this.services.delete(name)) this.faults.push(`${name} was told to be gone, but was not there`);
        continue;
      }
      if (service.name !== name) this.faults.push(`the service ${service.name} was told under the name ${name}`);
      this.#checkService(service);
      this.services.set(name, service);
    }
    this.#tell({ kind: "changed", changes });
  }

  onReady(): void {
    if (this.told.some(({ kind }) => kind === "ready")) this.faults.push("onReady was called twice");
    this.#tell({ kind: "ready" });
  }

  onError(error: RegistryError, retryInMs: number | undefined): void {
    if (!isRegistryError(error)) this.faults.push(`${String(error)} is no error of a registry`);
    if (error.path !== undefined) {
      if (this.entryErrors.get(error.path)?.message === error.message) this.faults.push(`the error of ${error.path} was told twice`);
      this.entryErrors.set(error.path, error);
    }
    this.#tell({ kind: "error", error, retryInMs });
  }

  onRecovered(): void {
    this.#tell({ kind: "recovered" });
  }

  onEntryRecovered(path: string): void {
    if (!this.entryErrors.delete(path)) this.faults.push(`${path} was told to be good again, but nothing was wrong with it`);
    this.#tell({ kind: "entry recovered", path });
  }

  count(kind: Told["kind"]): number {
    return this.told.filter((told) => told.kind === kind).length;
  }

  instances(service: string): readonly RegistryInstance[] {
    return this.services.get(service)?.instances ?? [];
  }

  /** Instances of the service as `address:port`. */
  addresses(service: string): readonly string[] {
    return this.instances(service)
      .map(({ address, port }) => `${address}:${port}`)
      .sort();
  }

  /** Resolves once it holds, at once or after something is told. */
  async until(what: string, isMet: () => boolean): Promise<void> {
    if (isMet()) return;
    let timer: ReturnType<typeof setTimeout> | undefined = undefined;
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = { isMet, resolve };
      this.#waiters.add(waiter);
      timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(new assert.AssertionError({ message: `${what}: not within ${this.#patienceMs} ms. Told so far:\n${this.describe()}` }));
      }, this.#patienceMs);
    }).finally(() => clearTimeout(timer));
  }

  describe(): string {
    return this.told
      .map((told) => {
        if (told.kind === "error") return `  error ${told.error.code}: ${told.error.message}`;
        if (told.kind === "entry recovered") return `  ${told.kind} ${told.path}`;
        if (told.kind !== "changed") return `  ${told.kind}`;
        return [...told.changes]
          .map(([name, service]) => `  ${name}: ${service === undefined ? "gone" : JSON.stringify(service.instances)}`)
          .join("\n");
      })
      .join("\n");
  }

  #tell(told: Told): void {
    if (this.#isStarting) this.faults.push(`${told.kind} was told before start returned`);
    if (this.#isClosed) this.faults.push(`${told.kind} was told after close`);
    this.told.push(told);
    for (const waiter of this.#waiters) {
      if (!waiter.isMet()) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  #checkService(service: RegistryService): void {
    const { name, instances } = service;
    const fault = serviceFault(service);
    if (fault !== undefined) this.faults.push(`${name}: ${fault}`);
    const ids = instances.map(({ id }) => id);
    if (ids.some((id, index) => index > 0 && id < (ids[index - 1] ?? ""))) this.faults.push(`${name}: instances are not ordered by id`);
  }
}
