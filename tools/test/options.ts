/** The command line of `npm test`. */
import { parseArgs } from "node:util";

/** Which phases to run: those of `only`, or all, without those of `skip`, and with what they need. */
export interface Selection {
  readonly only: ReadonlySet<string> | undefined;
  readonly skip: ReadonlySet<string>;
}

const split = (values: readonly string[] = []): Set<string> => new Set(values.flatMap((value) => value.split(",")).filter(Boolean));

/** Throws where an argument is unknown or names no phase. */
export function parseOptions(args: readonly string[], phases: readonly string[]): Selection {
  const options = { only: { type: "string", multiple: true }, skip: { type: "string", multiple: true } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const only = split(values.only);
  const skip = split(values.skip);
  const unknown = [...only, ...skip].filter((name) => !phases.includes(name));
  if (unknown.length > 0) throw new Error(`no phase ${unknown.join(", ")}: there are ${phases.join(", ")}`);
  return { only: only.size > 0 ? only : undefined, skip };
}

/** The phases to run, in their order. What a chosen phase needs is chosen too, unless it is skipped by name. */
export function select<T extends { readonly name: string; readonly needs?: readonly string[] }>(
  phases: readonly T[],
  { only, skip }: Selection,
): T[] {
  const needed = new Set(phases.filter(({ name }) => only?.has(name)).flatMap(({ needs = [] }) => needs));
  return phases.filter(({ name }) => !skip.has(name) && (!only || only.has(name) || needed.has(name)));
}
