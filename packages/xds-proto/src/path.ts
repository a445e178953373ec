/** The path of a field inside a message: `a` and `b` give `a.b`. */
export const fieldPath = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

export const indexPath = (path: string, index: number): string => `${path}[${index}]`;

export const keyPath = (path: string, key: string): string => `${path}[${JSON.stringify(key)}]`;

/** A value as it stands in an error message: its JSON, whole when that is short. */
export function show(value: unknown): string {
  const text = toText(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function toText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // A bigint, what refers to itself, or what is nested too deep, of which a list's own text would be as deep.
    return typeof value === "bigint" ? String(value) : Object.prototype.toString.call(value);
  }
}

/** The candidate that someone who wrote `word` most likely meant. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.min(4, Math.ceil(word.length / 3) + 1); // farther away is another word
  for (const candidate of candidates) {
    if (Math.abs(word.length - candidate.length) >= bestDistance) continue;
    const distance = editDistance(word, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const current = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (previous[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j + 1] ?? 0) + 1, (current[j] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
