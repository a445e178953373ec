/** What is in force, file by file: pure, so that the rules about broken files are tested without a disk. */
import type { IstioConfig } from "../kinds/index.ts";
import { duplicateProblem, parseDocuments, type ParsedDocuments } from "../parse.ts";
import { resourceKey, type Problem } from "../problem.ts";
import { provenanceOf, setProvenance } from "../source/provenance.ts";
import { undecodableProblem, type Undecodable } from "../source/decode.ts";

/** A file's text, or why there is none: it cannot be read, or its bytes are no text. */
export type FileContent = { readonly text: string } | { readonly problem: string } | { readonly undecodable: Undecodable };

/** What a directory says at one time. */
export interface ConfigSnapshot {
  /** In the order of their files' names, and in a file of their documents. */
  readonly configs: readonly IstioConfig[];
  /** Of all files, also those that explain why an older version of a configuration is still in force. */
  readonly problems: readonly Problem[];
}

/** What one snapshot changed, told by kind, namespace and name; moving to another file or line is no change. */
export interface ConfigChanges {
  readonly added: readonly IstioConfig[];
  readonly changed: readonly IstioConfig[];
  /** As they were. */
  readonly removed: readonly IstioConfig[];
}

interface FileState {
  /** Nothing where the file could not be read. */
  readonly text: string | undefined;
  readonly documents: ParsedDocuments;
  readonly fresh: readonly IstioConfig[];
  readonly problems: readonly Problem[];
}

const nothing: FileState = { text: undefined, documents: new Map(), fresh: [], problems: [] };

interface Update {
  readonly snapshot: ConfigSnapshot;
  readonly changes: ConfigChanges;
}

export class ConfigStore {
  readonly #namespace: string | undefined;
  #files: ReadonlyMap<string, FileState> = new Map();
  #inForce: ReadonlyMap<string, IstioConfig> = new Map();
  /** The files because of which configurations stay in force that are good nowhere, by the configurations' names. */
  #keepers: ReadonlyMap<string, string> = new Map();
  #snapshot: ConfigSnapshot = { configs: [], problems: [] };

  constructor(namespace: string | undefined) {
    this.#namespace = namespace;
  }

  get snapshot(): ConfigSnapshot {
    return this.#snapshot;
  }

  /** The text that a file had when it was read last. */
  textOf(file: string): string | undefined {
    return this.#files.get(file)?.text;
  }

  /** All files as they are now, with problems that are about no file's text. Gives nothing where nothing is different. */
  update(contents: ReadonlyMap<string, FileContent>, others: readonly Problem[] = []): Update | undefined {
    const files = new Map<string, FileState>();
    const broken = new BrokenDocuments();
    for (const [file, content] of [...contents].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const before = this.#files.get(file) ?? nothing;
      const state = this.#readFile(file, content, before);
      files.set(file, state);
      broken.add(file, state.problems, before === nothing || state.text !== before.text);
    }
    this.#files = files;
    const { inForce, duplicates } = this.#merge(files);
    const notes = this.#keep(inForce, broken);
    const problems = [...others, ...[...files].flatMap(([file, state]) => [...state.problems, ...(notes.get(file) ?? [])]), ...duplicates];
    const changes = compare(this.#inForce, inForce);
    const before = this.#snapshot;
    this.#inForce = inForce;
    const isSame = isSameList([...inForce.values()], before.configs) && JSON.stringify(problems) === JSON.stringify(before.problems);
    if (isSame) return undefined;
    this.#snapshot = Object.freeze({ configs: Object.freeze([...inForce.values()]), problems: Object.freeze(problems) });
    return { snapshot: this.#snapshot, changes };
  }

  #readFile(file: string, content: FileContent, before: FileState): FileState {
    if (!("text" in content)) return { ...before, text: undefined, fresh: [], problems: [problemOf(file, content)] };
    if (content.text === before.text) return before;
    const options = { file, ...(this.#namespace === undefined ? {} : { namespace: this.#namespace }) };
    const { parsed, documents } = parseDocuments(content.text, options, before.documents);
    return { text: content.text, documents, fresh: reuse(before.fresh, parsed.configs), problems: parsed.problems };
  }

  /** One configuration for each name. What was in force at its place stays; otherwise the first file's counts. */
  #merge(files: ReadonlyMap<string, FileState>): { inForce: Map<string, IstioConfig>; duplicates: Problem[] } {
    const fresh = [...files.values()].flatMap((state) => state.fresh);
    const candidates = Map.groupBy(fresh, resourceKey);
    const inForce = new Map<string, IstioConfig>();
    const duplicates: Problem[] = [];
    for (const [key, group] of candidates) {
      const place = this.#inForce.get(key)?.origin.file;
      const chosen = group.find(({ origin }) => origin.file === place) ?? group[0];
      if (chosen === undefined) continue;
      inForce.set(key, chosen);
      for (const config of group) if (config !== chosen) duplicates.push(duplicateProblem(config, chosen));
    }
    return { inForce, duplicates };
  }

  /** Adds what was in force and is not there any more because its document broke, wherever it stands now; tells so by file. */
  #keep(inForce: Map<string, IstioConfig>, broken: BrokenDocuments): Map<string, Problem[]> {
    const keepers = new Map<string, string>();
    const notes = new Map<string, Problem[]>();
    for (const [key, config] of this.#inForce) {
      if (inForce.has(key)) continue;
      const file = this.#keepers.get(key) ?? config.origin.file;
      const cause = broken.causeOf(key, file);
      if (cause === undefined) continue;
      inForce.set(key, config);
      keepers.set(key, cause.file);
      // Of a directory that is away, one line a file is enough.
      if (cause.rule === "file/read" && cause.file === file) continue;
      const { kind, namespace, name } = config;
      const note: Problem = {
        ...cause,
        field: "",
        severity: "warning",
        rule: "file/kept",
        message: "stays in force as it was before its document broke",
        resource: { kind, namespace, name },
      };
      notes.set(cause.file, [...(notes.get(cause.file) ?? []), note]);
    }
    this.#keepers = keepers;
    return notes;
  }
}

/** Which configurations the errors of all files are about. */
class BrokenDocuments {
  readonly #named = new Map<string, Problem>();
  /** Errors whose documents cannot be told (YAML that cannot be read, no name), by file. */
  readonly #unnamed = new Map<string, Problem>();
  #newUnnamed: Problem | undefined = undefined;

  add(file: string, problems: readonly Problem[], isNew: boolean): void {
    for (const problem of problems) {
      if (problem.severity !== "error") continue;
      const { resource } = problem;
      if (resource !== undefined) {
        const key = resourceKey(resource);
        if (!this.#named.has(key)) this.#named.set(key, problem);
        continue;
      }
      if (!this.#unnamed.has(file)) this.#unnamed.set(file, problem);
      if (isNew) this.#newUnnamed ??= problem;
    }
  }

  /**
   * The error that a configuration is missing for: one that names it, in any file; one in the file where it was that names nothing; or
   * one that names nothing and came at the same time as the configuration went, as it may have moved there. Undefined: it was removed.
   */
  causeOf(key: string, file: string): Problem | undefined {
    return this.#named.get(key) ?? this.#unnamed.get(file) ?? this.#newUnnamed;
  }
}

function problemOf(file: string, content: Exclude<FileContent, { readonly text: string }>): Problem {
  if ("problem" in content) return { file, line: 1, column: 1, field: "", rule: "file/read", severity: "error", message: content.problem };
  return undecodableProblem(file, content.undecodable);
}

/** The same objects for what is the same, so that others can tell by identity. */
function reuse(before: readonly IstioConfig[], configs: readonly IstioConfig[]): readonly IstioConfig[] {
  const known = new Map(before.map((config) => [resourceKey(config), config]));
  return configs.map((config) => {
    const old = known.get(resourceKey(config));
    if (old === undefined || old.origin.line !== config.origin.line || !isSameConfig(old, config)) return config;
    // A comment may have moved its fields.
    setProvenance(old, provenanceOf(config));
    return old;
  });
}

function compare(before: ReadonlyMap<string, IstioConfig>, after: ReadonlyMap<string, IstioConfig>): ConfigChanges {
  const added: IstioConfig[] = [];
  const changed: IstioConfig[] = [];
  for (const [key, config] of after) {
    const old = before.get(key);
    if (old === undefined) added.push(config);
    else if (!isSameConfig(old, config)) changed.push(config);
  }
  const removed = [...before].filter(([key]) => !after.has(key)).map(([, config]) => config);
  return { added, changed, removed };
}

/** Apart from where they stand. Both come from the same schemas, which write fields in one order. */
function isSameConfig(a: IstioConfig, b: IstioConfig): boolean {
  return a === b || withoutOrigin(a) === withoutOrigin(b);
}

function withoutOrigin({ origin: _origin, ...config }: IstioConfig): string {
  return JSON.stringify(config);
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
