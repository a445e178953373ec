/** What is in force, file by file: pure, so that the rules about broken files are tested without a disk. */
import type { IstioConfig } from "../kinds/index.ts";
import { duplicateProblem, parseDocuments, type ParsedConfig, type ParsedDocuments } from "../parse.ts";
import { resourceKey, type Problem } from "../problem.ts";

/** A file's text, or why it cannot be read. */
export type FileContent = { readonly text: string } | { readonly problem: string };

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
  /** Good before, broken now, and therefore still in force. */
  readonly kept: readonly IstioConfig[];
  readonly problems: readonly Problem[];
}

const nothing: FileState = { text: undefined, documents: new Map(), fresh: [], kept: [], problems: [] };

interface Update {
  readonly snapshot: ConfigSnapshot;
  readonly changes: ConfigChanges;
}

export class ConfigStore {
  readonly #namespace: string | undefined;
  #files: ReadonlyMap<string, FileState> = new Map();
  #inForce: ReadonlyMap<string, IstioConfig> = new Map();
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
    for (const [file, content] of [...contents].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      files.set(file, this.#readFile(file, content, this.#files.get(file) ?? nothing));
    }
    this.#files = files;
    const { inForce, duplicates } = this.#merge(files);
    const problems = [...others, ...[...files.values()].flatMap((state) => state.problems), ...duplicates];
    const changes = compare(this.#inForce, inForce);
    const before = this.#snapshot;
    this.#inForce = inForce;
    const isSame = isSameList([...inForce.values()], before.configs) && JSON.stringify(problems) === JSON.stringify(before.problems);
    if (isSame) return undefined;
    this.#snapshot = Object.freeze({ configs: Object.freeze([...inForce.values()]), problems: Object.freeze(problems) });
    return { snapshot: this.#snapshot, changes };
  }

  #readFile(file: string, content: FileContent, before: FileState): FileState {
    if ("problem" in content) {
      const problem: Problem = { ...wholeFile(file), rule: "file/read", severity: "error", message: content.problem };
      return { ...before, text: undefined, kept: [...before.fresh, ...before.kept], fresh: [], problems: [problem] };
    }
    if (content.text === before.text) return before;
    const options = { file, ...(this.#namespace === undefined ? {} : { namespace: this.#namespace }) };
    const { parsed, documents } = parseDocuments(content.text, options, before.documents);
    const kept = keptOf([...before.fresh, ...before.kept], parsed);
    const fresh = reuse(before.fresh, parsed.configs);
    const notes = kept.map((config): Problem => {
      const { kind, namespace, name } = config;
      return {
        ...wholeFile(file),
        severity: "warning",
        rule: "file/kept",
        message: "stays in force as it was before its document broke",
        resource: { kind, namespace, name },
      };
    });
    return { text: content.text, documents, fresh, kept, problems: [...parsed.problems, ...notes] };
  }

  /** One configuration for each name. What was in force at its place stays; otherwise the first file's counts, and a fresh one before a kept one. */
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
    for (const { kept } of files.values()) {
      for (const config of kept) if (!inForce.has(resourceKey(config))) inForce.set(resourceKey(config), config);
    }
    return { inForce, duplicates };
  }
}

function wholeFile(file: string): Pick<Problem, "file" | "line" | "column" | "field"> {
  return { file, line: 1, column: 1, field: "" };
}

/**
 * What of a file's former configurations is not there any more because its document broke: the one that an error names, and where an
 * error's document cannot be told (YAML that cannot be read, no name), all that are missing.
 */
function keptOf(before: readonly IstioConfig[], { configs, problems }: ParsedConfig): IstioConfig[] {
  const errors = problems.filter(({ severity }) => severity === "error");
  const broken = new Set(errors.flatMap(({ resource }) => (resource === undefined ? [] : [resourceKey(resource)])));
  const isAnyUnknown = errors.some(({ resource }) => resource === undefined);
  const there = new Set(configs.map(resourceKey));
  return before.filter((config) => {
    const key = resourceKey(config);
    return !there.has(key) && (isAnyUnknown || broken.has(key));
  });
}

/** The same objects for what is the same, so that others can tell by identity. */
function reuse(before: readonly IstioConfig[], configs: readonly IstioConfig[]): readonly IstioConfig[] {
  const known = new Map(before.map((config) => [resourceKey(config), config]));
  return configs.map((config) => {
    const old = known.get(resourceKey(config));
    return old !== undefined && old.origin.line === config.origin.line && isSameConfig(old, config) ? old : config;
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
