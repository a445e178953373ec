/** `, did you mean "x"?` where one of the known names is near; otherwise nothing. */
export function didYouMean(text: string, known: readonly string[]): string {
  let best = "";
  let least = Math.max(2, Math.floor(text.length / 3)) + 1;
  for (const name of known) {
    const steps = distance(text, name);
    if (steps >= least) continue;
    least = steps;
    best = name;
  }
  return best === "" ? "" : `, did you mean "${best}"?`;
}

/** Levenshtein's. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let at = 0; at < one.length; at++) {
    const letter = one[at];
    let diagonal = at;
    row = row.map((above, column) => {
      if (column === 0) return at + 1;
      const steps = Math.min(diagonal + (letter === other[column - 1] ? 0 : 1), above + 1);
      diagonal = above;
      return steps;
    });
    for (let column = 1; column < row.length; column++) row[column] = Math.min(row[column] ?? 0, (row[column - 1] ?? 0) + 1);
  }
  return row[other.length] ?? 0;
}
