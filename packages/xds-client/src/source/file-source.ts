import { watch, type FSWatcher } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { createMessage, decodeMessage, fromJson, type Message } from "@mesh/xds-proto";
import { messageOf, xdsError } from "../errors.ts";
import { BackOff } from "../machine/back-off.ts";
import { readSotw } from "../machine/incoming.ts";
import { Preparation } from "../machine/preparation.ts";
import { TypeState } from "../machine/type-state.ts";
import type { ResourceKind } from "../resource/kind.ts";
import type { XdsRuntime, XdsTimer } from "../runtime.ts";
import { inSlices, TurnPace, unhurried } from "./pace.ts";
import type { Source, SourceSink, XdsObserver } from "./source.ts";

/** A file with a DiscoveryResponse, as Envoy's `path_config_source` has it. */
export interface PathSource {
  /** Ends in `.json`, `.yaml`, `.yml` or `.pb` (binary). */
  readonly path: string;
  /**
   * A directory whose moves make the file be read again: for files that are reached through a symbolic link in it, as Kubernetes
   * mounts them. Default: the file's own directory, in which only moves to the file count.
   */
  readonly watchedDirectory?: string;
}

export interface FileSourceOptions extends PathSource {
  readonly parseYaml: ((text: string) => unknown) | undefined;
  readonly runtime: XdsRuntime;
  readonly observer: XdsObserver;
  readonly sink: SourceSink;
}

type Response = Message<"envoy.service.discovery.v3.DiscoveryResponse">;
const RESPONSE = "envoy.service.discovery.v3.DiscoveryResponse";

/**
 * Resources of one type from a file. It is read at the start and whenever it is replaced by a move (`rename(2)`): a file that is
 * written in place is not read again, since half of it might be, as in Envoy. What the file does not hold does not exist.
 */
export class FileSource implements Source {
  readonly #options: FileSourceOptions;
  readonly #state: TypeState;
  readonly #backOff: BackOff;
  readonly #pace: TurnPace;
  #watcher: FSWatcher | undefined = undefined;
  #retry: XdsTimer | undefined = undefined;
  #last: Buffer | undefined = undefined;
  #version = "";
  #isReading = false;
  #isStale = false;
  #isSettling = false;
  #isStarted = false;
  #isClosed = false;

  constructor(options: FileSourceOptions, kind: ResourceKind<unknown>) {
    checkFormat(options);
    this.#options = options;
    this.#state = new TypeState(kind);
    this.#backOff = new BackOff({}, () => options.runtime.random());
    this.#pace = new TurnPace(options.runtime);
  }

  get label(): string {
    return this.#options.path;
  }

  subscribe(_: ResourceKind<unknown>, name: string): void {
    this.#state.subscribe(name);
    if (!this.#state.isCollection(name)) this.#state.request(name);
    // What was read before may hold it.
    this.#last = undefined;
    if (this.#isStarted) this.#refresh();
    else this.#start();
  }

  unsubscribe(_: ResourceKind<unknown>, name: string): void {
    this.#state.unsubscribe(name);
    if (this.#isSettling) return;
    this.#isSettling = true;
    queueMicrotask(() => {
      this.#isSettling = false;
      this.#state.dropUnwanted(false);
    });
  }

  *states(): Iterable<TypeState> {
    yield this.#state;
  }

  stateOf(typeUrl: string): TypeState | undefined {
    return typeUrl === this.#state.kind.type.typeUrl ? this.#state : undefined;
  }

  versionOf(): string {
    return this.#version;
  }

  close(): void {
    this.#isClosed = true;
    this.#watcher?.close();
    this.#retry?.cancel();
  }

  #start(): void {
    this.#isStarted = true;
    const { path, watchedDirectory } = this.#options;
    const folder = resolve(watchedDirectory ?? dirname(path));
    const file = watchedDirectory === undefined ? basename(path) : undefined;
    try {
      this.#watcher = watch(folder, (event, name) => {
        // Moves are `rename` events; the bytes written into a file are `change` events.
        if (event !== "rename") return;
        // The folder itself was moved or removed, and another may have its place: what is watched is the old one.
        if (name === basename(folder)) this.#restart();
        else if (file === undefined || name === null || name === file) this.#refresh();
      });
      this.#watcher.on("error", (error) => this.#lost(error));
    } catch (error) {
      return this.#lost(error);
    }
    this.#refresh();
  }

  #restart(): void {
    this.#unwatch();
    this.#start();
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #lost(cause: unknown): void {
    this.#unwatch();
    this.#fail(cause);
    this.#retry = this.#options.runtime.startTimer(this.#backOff.next(), () => this.#start());
  }

  /** One reading at a time; moves during it make for another one. */
  #refresh(): void {
    this.#isStale = true;
    if (!this.#isReading) void this.#read();
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    while (this.#isStale && !this.#isClosed) {
      this.#isStale = false;
      try {
        const content = await readFile(this.#options.path);
        if (!this.#isClosed) await this.#take(content);
      } catch (error) {
        if (!this.#isClosed) this.#fail(error);
      }
    }
    this.#isReading = false;
  }

  /** A large file takes several turns, between which requests are served. */
  async #take(content: Buffer): Promise<void> {
    this.#backOff.reset();
    if (this.#last?.equals(content)) return;
    const { kind } = this.#state;
    const response = parseResponse(content, this.#options);
    if (response.typeUrl !== "" && response.typeUrl !== kind.type.typeUrl) {
      throw new Error(`type_url: must be ${kind.type.typeUrl}, not ${response.typeUrl}`);
    }
    this.#last = content;
    const { sink, observer, runtime, path } = this.#options;
    const { versionInfo: version } = response;
    const now = runtime.now();
    const preparation = new Preparation({
      state: this.#state,
      count: response.resources.length,
      read: (index) => readSotw(kind.type, response, index),
      removedBy: (incoming) => this.#state.leftOutOf(incoming),
    });
    const pace = this.#pace;
    pace.begin();
    await inSlices(pace, () => !this.#isClosed && preparation.step());
    if (this.#isClosed) return;
    const asked = [...this.#state.subscriptions].filter((name) => this.#state.find(name)?.status === "requested");
    const update = this.#state.applyFull(preparation.finish(), { version, now }, false);
    const isAccepted = update.refused.length === 0;
    if (isAccepted) this.#version = version;
    const summary = { version, controlPlane: "", isAccepted, refused: update.refused, size: content.length };
    sink.answered(kind, summary);
    observer.onResponse?.(path, kind, summary);
    await sink.deliver(kind, update, true, pace);
    for (const name of asked) {
      if (this.#state.find(name)?.status !== "requested") continue;
      void sink.deliver(kind, this.#state.applyMissing(name, now, false), false, unhurried);
    }
  }

  #fail(cause: unknown): void {
    const { sink, path } = this.#options;
    sink.fail(this.#state.kind, undefined, xdsError("MESH_XDS_FILE", `${path}: ${messageOf(cause)}`, { cause }));
  }
}

function checkFormat({ path, parseYaml }: FileSourceOptions): void {
  const format = extname(path);
  if (format === ".json" || format === ".pb") return;
  if (format !== ".yaml" && format !== ".yml") {
    throw xdsError("MESH_XDS_INVALID_OPTIONS", `${path}: must end in .json, .yaml, .yml or .pb`);
  }
  if (!parseYaml) throw xdsError("MESH_XDS_INVALID_OPTIONS", `${path}: the client's option parseYaml must be given to read YAML`);
}

function parseResponse(content: Buffer, { path, parseYaml }: FileSourceOptions): Response {
  const format = extname(path);
  if (format === ".pb") return decodeMessage(RESPONSE, content);
  const text = content.toString("utf8");
  const json: unknown = format === ".json" || !parseYaml ? JSON.parse(text) : parseYaml(text);
  return createMessage(RESPONSE, fromJson(RESPONSE, json));
}
