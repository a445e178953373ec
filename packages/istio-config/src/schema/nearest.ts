/** `; did you mean "timeout"?`, where one of the names is near enough, and nothing otherwise. */
export function didYouMean(name: string, names: readonly string[]): string {
  const plain = comparable(name);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(plain.length / 3)) + 1;
  for (const candidate of names) {
    const distance = editDistance(plain, comparable(candidate), bestDistance);
    if (distance >= bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best === undefined ? "" : `; did you mean "${best}"?`;
}

/** `mirror_percentage` is `mirrorPercentage` to somebody in a hurry. */
function comparable(name: string): string {
  return name.replaceAll(/[_-]/g, "").toLowerCase().slice(0, 64);
}

/** Levenshtein's distance of two short texts, or `limit` where it is not below. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return Math.min(previous[b.length] ?? limit, limit);
}
