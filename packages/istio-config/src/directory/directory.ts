import { istioConfigError, messageOf } from "../errors.ts";
import type { Problem } from "../problem.ts";
import { systemDirectoryRuntime, type DirectoryRuntime, type DirectoryTimer } from "./runtime.ts";
import { scanDirectory, type Scan, type WatchedPlace } from "./scan.ts";
import { ConfigStore, type ConfigChanges, type ConfigSnapshot, type FileContent } from "./store.ts";

export interface ConfigDirectoryOptions {
  readonly directory: string;
  /** The namespace of documents that name none. Default: `default`. */
  readonly namespace?: string;
  /** Whether the directory is watched. Default: true. */
  readonly watch?: boolean;
  /** How long nothing must change before the files are read, in milliseconds. Default: 100. */
  readonly debounceMs?: number;
  /** After how long the files are read in any case, in milliseconds: it heals lost events. 0 turns it off. Default: 10,000. */
  readonly rescanMs?: number;
  readonly runtime?: DirectoryRuntime;
}

/** Told of every snapshot that differs from the one before it. It must not throw. */
export type ConfigListener = (snapshot: ConfigSnapshot, changes: ConfigChanges) => void;

/** A directory of Istio's configuration. */
export interface ConfigDirectory {
  /** What is in force now. It is replaced, not changed. */
  readonly snapshot: ConfigSnapshot;
  /** Returns what ends it. */
  subscribe(listener: ConfigListener): () => void;
  /** Reads the files now; resolves when what they had at the time of the call is in force. Throws MESH_ISTIO_CONFIG_CLOSED. */
  refresh(): Promise<ConfigSnapshot>;
  /** Stops watching. The snapshot stays. */
  close(): void;
}

/**
 * Reads a directory and watches it. A document that breaks leaves its last good version in force, and a problem that says so; a document
 * or file that is removed takes its configurations away. A file that is found empty counts as emptied only when it is empty a second
 * time, as many editors empty a file before they write it. Throws MESH_ISTIO_CONFIG_DIRECTORY where the directory cannot be read.
 */
export async function createConfigDirectory(options: ConfigDirectoryOptions): Promise<ConfigDirectory> {
  const directory = new WatchedDirectory(options);
  try {
    await directory.refresh();
  } catch (error) {
    directory.close();
    throw istioConfigError("MESH_ISTIO_CONFIG_DIRECTORY", `${options.directory} cannot be read: ${messageOf(error)}`, error);
  }
  return directory;
}

class WatchedDirectory implements ConfigDirectory {
  readonly #options: ConfigDirectoryOptions;
  readonly #runtime: DirectoryRuntime;
  readonly #store: ConfigStore;
  readonly #listeners = new Set<ConfigListener>();
  readonly #watches = new Map<string, { readonly id: string; close(): void }>();
  readonly #watchErrors = new Map<string, string>();
  /** Files that had something and were found empty once. */
  #emptied: ReadonlySet<string> = new Set();
  /** Files that configurations come from. */
  #known: ReadonlySet<string> = new Set();
  #lastScan: Scan | undefined;
  #timer: DirectoryTimer | undefined;
  #rescanTimer: DirectoryTimer | undefined;
  #reading: Promise<void> | undefined;
  #isStarted = false;
  #isClosed = false;

  constructor(options: ConfigDirectoryOptions) {
    this.#options = options;
    this.#runtime = options.runtime ?? systemDirectoryRuntime;
    this.#store = new ConfigStore(options.namespace);
  }

  get snapshot(): ConfigSnapshot {
    return this.#store.snapshot;
  }

  subscribe(listener: ConfigListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async refresh(): Promise<ConfigSnapshot> {
    if (this.#isClosed) throw istioConfigError("MESH_ISTIO_CONFIG_CLOSED", `${this.#options.directory}: the directory is closed`);
    // A reading that is under way may have passed what has changed since.
    while (this.#reading !== undefined) await this.#reading.catch(() => undefined);
    this.#reading = this.#read().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
    return this.snapshot;
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#rescanTimer?.cancel();
    for (const watch of this.#watches.values()) watch.close();
    this.#watches.clear();
    this.#listeners.clear();
  }

  async #read(): Promise<void> {
    this.#timer?.cancel();
    this.#rescanTimer?.cancel();
    let scan: Scan;
    try {
      scan = await this.#scan();
    } catch (error) {
      if (!this.#isStarted) throw error;
      this.#scheduleRescan();
      this.#keepAll(`cannot be read: ${messageOf(error)}`);
      return;
    }
    this.#isStarted = true;
    if (this.#isClosed) return;
    this.#scheduleRescan();
    this.#apply(this.#settle(scan), scan);
  }

  async #scan(): Promise<Scan> {
    let scan = await scanDirectory(this.#options.directory, this.#lastScan);
    // What appeared between the listing and the first watch would be missed.
    if (this.#watch(scan.directories)) scan = await scanDirectory(this.#options.directory, scan);
    this.#lastScan = scan;
    return scan;
  }

  #apply(files: ReadonlyMap<string, FileContent>, scan: Scan): void {
    const all = new Map(files);
    const others: Problem[] = [];
    for (const [directory, message] of scan.unreadable) {
      others.push(problemOf(directory, "file/read", message));
      for (const file of this.#known) if (file.startsWith(`${directory}/`)) all.set(file, { problem: message });
    }
    for (const [directory, message] of this.#watchErrors) others.push(problemOf(directory, "file/watch", message));
    this.#known = new Set(all.keys());
    this.#publish(all, others);
  }

  /** The directory itself is gone or locked: everything stays. */
  #keepAll(message: string): void {
    if (this.#isClosed) return;
    const files = new Map([...this.#known].map((file) => [file, { problem: message }]));
    this.#publish(files, [problemOf(this.#options.directory, "file/read", message)]);
  }

  #publish(files: ReadonlyMap<string, FileContent>, others: readonly Problem[]): void {
    const update = this.#store.update(files, others);
    if (update === undefined) return;
    for (const listener of this.#listeners) listener(update.snapshot, update.changes);
  }

  /** The files, with what was found empty for the first time as it was. */
  #settle({ files }: Scan): ReadonlyMap<string, FileContent> {
    const emptied = new Set<string>();
    const settled = new Map(files);
    for (const [file, content] of files) {
      if (!("text" in content) || content.text.trim() !== "") continue;
      const before = this.#store.textOf(file) ?? "";
      if (before.trim() === "" || this.#emptied.has(file)) continue;
      emptied.add(file);
      settled.set(file, { text: before });
    }
    this.#emptied = emptied;
    if (emptied.size > 0) this.#schedule();
    return settled;
  }

  /** Watches what is there now; true where something is watched that was not before. */
  #watch(directories: ReadonlyMap<string, WatchedPlace>): boolean {
    if (this.#options.watch === false || this.#isClosed) return false;
    for (const [path, watch] of this.#watches) {
      if (directories.get(path)?.id === watch.id) continue;
      watch.close();
      this.#watches.delete(path);
    }
    this.#watchErrors.clear();
    let isNew = false;
    for (const [path, { id }] of directories) {
      if (this.#watches.has(path)) continue;
      try {
        const watcher = this.#runtime.watchDirectory(
          path,
          (name) => this.#onEvent(path, name),
          (error) => this.#unwatch(path, error),
        );
        this.#watches.set(path, { id, close: () => watcher.close() });
        isNew = true;
      } catch (error) {
        this.#unwatch(path, error);
      }
    }
    return isNew;
  }

  #unwatch(path: string, error: unknown): void {
    this.#watches.get(path)?.close();
    this.#watches.delete(path);
    this.#watchErrors.set(path, `cannot be watched: ${messageOf(error)}`);
  }

  /** Where a link stands, much may go on that is no business of ours. */
  #onEvent(path: string, name: string | undefined): void {
    const names = this.#lastScan?.directories.get(path)?.names;
    if (names === undefined || name === undefined || names.has(name)) this.#schedule();
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#timer?.cancel();
    this.#timer = this.#runtime.startTimer(this.#options.debounceMs ?? 100, () => this.#refreshInBackground());
  }

  #scheduleRescan(): void {
    const ms = this.#options.rescanMs ?? 10_000;
    if (this.#isClosed || ms === 0 || this.#options.watch === false) return;
    this.#rescanTimer = this.#runtime.startTimer(ms, () => this.#refreshInBackground());
  }

  #refreshInBackground(): void {
    if (!this.#isClosed) void this.refresh();
  }
}

function problemOf(file: string, rule: "file/read" | "file/watch", message: string): Problem {
  return { severity: rule === "file/read" ? "error" : "warning", rule, message, file, line: 1, column: 1, field: "" };
}
