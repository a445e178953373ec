import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { systemDirectoryRuntime, type DirectoryRuntime, type DirectoryTimer } from "@mesh/istio-config";
import {
  createMemoryRegistry,
  registryError,
  type MemoryRegistry,
  type RegistryError,
  type RegistrySource,
  type RegistryWatcher,
} from "@mesh/registry";
import { messageOf, UsageError } from "../errors.ts";
import { parseServices, type ParsedServices } from "./services-reader.ts";

export interface ServicesFileOptions {
  readonly path: string;
  /** Default: `memory`. */
  readonly name?: string;
  /** Timers, and what tells of changes. Default: the system's. */
  readonly runtime?: DirectoryRuntime;
}

/** Reads `memory:///path/services.yaml?name=…`. Throws a UsageError. */
export function parseMemoryUrl(url: string): ServicesFileOptions {
  const [, path = "", query = ""] = /^memory:(?:\/\/)?([^?]*)(?:\?(.*))?$/.exec(url) ?? [];
  if (path === "")
    throw new UsageError(`--registry ${url}: must name a file of services, memory:///path/services.yaml: nothing else writes into it`);
  const parameters = new URLSearchParams(query);
  const name = parameters.get("name");
  const unknown = [...parameters.keys()].find((key) => key !== "name");
  if (unknown !== undefined) throw new UsageError(`--registry ${url}: the parameter "${unknown}" is not known`);
  return { path: decodeURIComponent(path), ...(name === null ? {} : { name }) };
}

/** How long nothing must change before the file is read, and after how long it is read in any case. */
const quietMs = 50;
const rescanMs = 10_000;

/** A registry whose content is a file, read again when it changes. A file that cannot be read leaves what was there. */
export function openServicesFile(options: ServicesFileOptions): RegistrySource {
  return new ServicesFile(options);
}

class ServicesFile implements RegistrySource {
  readonly name: string;
  readonly #path: string;
  readonly #runtime: DirectoryRuntime;
  readonly #memory: MemoryRegistry;
  #watcher: RegistryWatcher | undefined = undefined;
  #watch: { close(): void } | undefined = undefined;
  #timer: DirectoryTimer | undefined = undefined;
  #text: string | undefined = undefined;
  /** What is wrong now; empty for nothing. */
  #problem: RegistryError | undefined = undefined;
  #isStarted = false;
  #isClosed = false;

  constructor({ path, name = "memory", runtime = systemDirectoryRuntime }: ServicesFileOptions) {
    this.name = name;
    this.#path = path;
    this.#runtime = runtime;
    this.#memory = createMemoryRegistry({ name });
  }

  start(watcher: RegistryWatcher): void {
    if (this.#watcher !== undefined || this.#isClosed)
      throw registryError("MESH_REGISTRY_CLOSED", `${this.name} was started or closed before`);
    this.#watcher = watcher;
    // Nothing is told before this has returned.
    queueMicrotask(() => this.#read());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#watch?.close();
    await this.#memory.close();
  }

  #read(): void {
    if (this.#isClosed) return;
    this.#observe();
    this.#schedule(rescanMs);
    let text: string;
    try {
      text = readFileSync(this.#path, "utf8");
    } catch (error) {
      this.#text = undefined;
      return this.#fail(registryError("MESH_REGISTRY_UNAVAILABLE", messageOf(error), { cause: error }), rescanMs);
    }
    // Many editors empty a file before they write it.
    if (text === this.#text || (text.trim() === "" && this.#isStarted)) return;
    this.#text = text;
    this.#take(parseServices(text, this.#path, this.name));
  }

  #take(parsed: ParsedServices): void {
    if ("problems" in parsed)
      return this.#fail(registryError("MESH_REGISTRY_MALFORMED", parsed.problems.join("\n"), { path: this.#path }), undefined);
    const names = new Set(parsed.services.map(({ name }) => name));
    for (const name of this.#memory.services.keys()) if (!names.has(name)) this.#memory.remove(name);
    for (const service of parsed.services) this.#memory.set(service);
    const before = this.#problem;
    this.#problem = undefined;
    if (!this.#isStarted && this.#watcher !== undefined) this.#memory.start(this.#watcher);
    this.#isStarted = true;
    if (before?.path !== undefined) this.#watcher?.onEntryRecovered?.(before.path);
    else if (before !== undefined) this.#watcher?.onRecovered?.();
  }

  #fail(error: RegistryError, retryInMs: number | undefined): void {
    if (error.message === this.#problem?.message) return;
    const before = this.#problem;
    this.#problem = error;
    if (before !== undefined && before.path === undefined && error.path !== undefined) this.#watcher?.onRecovered?.();
    if (before?.path !== undefined && error.path === undefined) this.#watcher?.onEntryRecovered?.(before.path);
    this.#watcher?.onError?.(error, retryInMs);
  }

  /** Of the folder: an editor puts another file into the place of the old one. */
  #observe(): void {
    if (this.#watch !== undefined) return;
    try {
      this.#watch = this.#runtime.watchDirectory(
        dirname(this.#path),
        () => this.#schedule(quietMs),
        () => this.#unwatch(),
      );
    } catch {
      // Reading the file says what is wrong, and the timer tries again.
      this.#unwatch();
    }
  }

  #unwatch(): void {
    this.#watch?.close();
    this.#watch = undefined;
  }

  #schedule(ms: number): void {
    this.#timer?.cancel();
    if (!this.#isClosed) this.#timer = this.#runtime.startTimer(ms, () => this.#read());
  }
}
