export type Labels = Readonly<Record<string, string>>;

/** Whether all that a selector asks for is there. An empty selector has everything. */
export function selects(selector: Labels, labels: Labels): boolean {
  for (const key in selector) {
    if (!Object.hasOwn(labels, key) || labels[key] !== selector[key]) return false;
  }
  return true;
}
