import fc from "fast-check";

/** A call to a `HeaderMap`. */
export interface HeaderEdit {
  readonly kind: "set" | "append" | "delete";
  readonly name: string;
  readonly value: string;
}

type Headers = readonly (readonly [name: string, value: string | null])[];

export function headerEdits(name: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<readonly HeaderEdit[]> {
  return fc.array(fc.record({ kind: fc.constantFrom("set", "append", "delete"), name, value }), { minLength: 1, maxLength: 6 });
}

/** The header map's own description of its edits, carried out on a plain list. */
export function editHeaders(headers: Headers, { kind, name, value }: HeaderEdit): Headers {
  const first = headers.findIndex(([present]) => sameName(present, name));
  const others = headers.filter(([present], index) => index === first || !sameName(present, name));
  if (kind === "append" || (kind === "set" && first === -1)) return [...headers, [name, value]];
  if (kind === "set") return others.map((entry, index): readonly [string, string | null] => (index === first ? [entry[0], value] : entry));
  return headers.filter(([present]) => !sameName(present, name));
}

/** The last value that is not null. */
export function lastValue(headers: Headers, name: string): string | undefined {
  return headers.findLast(([present, value]) => value !== null && sameName(present, name))?.[1] ?? undefined;
}

/** Without regard to the case of ASCII letters, and of those only. */
export function sameName(one: string, other: string): boolean {
  return lowerCase(one) === lowerCase(other);
}

export function lowerCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

export function upperCase(name: string): string {
  return name.replace(/[a-z]/g, (letter) => letter.toUpperCase());
}
