/** What a pilot's pages say, read with care: it may be of another version. */
export type Fields = Readonly<Record<string, unknown>>;

export const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Of texts and numbers; empty for anything else. */
export const textOf = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");

/** Follows names from a value; undefined where one is missing. */
export const at = (value: unknown, ...names: readonly string[]): unknown => names.reduce((of, name) => fieldsOf(of)[name], value);
