/**
 * Where the fields of configurations stand. It is found by reading their documents again, when it is asked for: a control plane that held
 * the trees of all its files for a question that is seldom asked would be several times as large.
 */
import type { IstioConfig } from "../kinds/index.ts";
import { formatField, type FieldPath } from "../problem.ts";
import { readDocuments, type Position, type SourceDocument } from "./document.ts";

/** What a configuration was read from. */
export interface Provenance {
  /** The part of the file, as `cutDocuments` gives it. */
  readonly text: string;
  /** Lines above that part. */
  readonly above: number;
  /** Which of the part's documents. */
  readonly index: number;
  /** Where the resource stands in its document, as in a List. */
  readonly base: FieldPath;
}

const known = new WeakMap<IstioConfig, Provenance>();

export function setProvenance(config: IstioConfig, provenance: Provenance | undefined): void {
  if (provenance !== undefined) known.set(config, provenance);
}

export function provenanceOf(config: IstioConfig): Provenance | undefined {
  return known.get(config);
}

export interface FieldPlace extends Position {
  /** `spec.http[0].route` */
  readonly field: string;
}

/** Finds fields; each document is read once. */
export class FieldFinder {
  readonly #documents = new Map<string, readonly SourceDocument[]>();

  /** The place of the first of several fields that is there: what has one shape in memory may have several in files. */
  find(config: IstioConfig, paths: readonly FieldPath[]): FieldPlace {
    const provenance = known.get(config);
    const document = provenance === undefined ? undefined : this.#documentsOf(provenance.text)[provenance.index];
    if (provenance === undefined || document === undefined)
      return { line: config.origin.line, column: 1, field: formatField(paths[0] ?? []) };
    const { base, above } = provenance;
    const path = paths.find((each) => isThere(document.value, [...base, ...each])) ?? paths[0] ?? [];
    const { line, column } = document.locate([...base, ...path]);
    return { line: line + above, column, field: formatField([...base, ...path]) };
  }

  #documentsOf(text: string): readonly SourceDocument[] {
    const found = this.#documents.get(text) ?? readDocuments(text);
    this.#documents.set(text, found);
    return found;
  }
}

function isThere(value: unknown, path: FieldPath): boolean {
  let at = value;
  for (const part of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, part)) return false;
    at = Reflect.get(at, part);
  }
  return true;
}
