import type { SourcePosition } from "./problems.ts";
import type { ParsedSource, SourceEntry, SourceValue } from "./source.ts";

/** A value with its document, and its key's place, or its own where it has no key. */
interface Candidate {
  readonly source: ParsedSource;
  readonly value: SourceValue;
  readonly offset: number;
}

/**
 * Finds the places of paths in documents that were merged as protobuf merges messages: lists are appended, and of a value that several
 * documents give, the last one counts. A path that is in none of them has the place of the nearest value around it.
 */
export function createLocator(sources: readonly ParsedSource[]): (path: string) => SourcePosition | undefined {
  const roots = sources.flatMap((source) => (source.root ? [{ source, value: source.root, offset: source.root.offset }] : []));
  return (path) => {
    let candidates: readonly Candidate[] = roots;
    for (const step of stepsOf(path)) {
      const next = typeof step === "number" ? itemOf(candidates, step) : entriesOf(candidates, step);
      if (next.length === 0) break;
      candidates = next;
    }
    const last = candidates.at(-1);
    return last?.source.position(last.offset);
  };
}

/** Names and indexes: `a.b[2]["c d"]` gives a, b, 2, "c d". */
function stepsOf(path: string): readonly (string | number)[] {
  const steps: (string | number)[] = [];
  for (const [, name, index, key] of path.matchAll(/([^.[\]]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/g)) {
    if (index !== undefined) steps.push(Number(index));
    else if (key !== undefined) steps.push(String(JSON.parse(key)));
    else if (name !== undefined) steps.push(name);
  }
  return steps;
}

function entriesOf(candidates: readonly Candidate[], name: string): readonly Candidate[] {
  return candidates.flatMap(({ source, value }) => {
    const entry = value.kind === "object" ? findEntry(value.entries, name) : undefined;
    return entry ? [{ source, value: entry.value, offset: entry.offset }] : [];
  });
}

function findEntry(entries: readonly SourceEntry[], name: string): SourceEntry | undefined {
  return entries.find(({ key }) => key === name) ?? entries.find(({ key }) => withoutCase(key) === withoutCase(name));
}

/** Equal for the snake case and the camel case of a field's name. */
const withoutCase = (name: string): string => name.replaceAll("_", "").toLowerCase();

function itemOf(candidates: readonly Candidate[], index: number): readonly Candidate[] {
  let before = 0;
  for (const { source, value } of candidates) {
    if (value.kind !== "list") continue;
    const item = value.items[index - before];
    if (item) return [{ source, value: item, offset: item.offset }];
    before += value.items.length;
  }
  return [];
}
