import { absentOperators, refusedOperators } from "./absent-operators.ts";
import type { Operator } from "./operator.ts";
import { operators } from "./operators.ts";

/** One of Envoy's command operators, for documentation. */
export interface OperatorDescription {
  readonly name: string;
  /** `%NAME(…):LENGTH%`, what may be left out in brackets. */
  readonly form: string;
  /**
   * `everywhere`: in logs and in header mutations; `logs`: in access logs alone; `empty`: understood, and nothing stands in its place;
   * `refused`: an error.
   */
  readonly status: "everywhere" | "logs" | "empty" | "refused";
  /** Why it is refused. */
  readonly reason?: string;
}

/** All that is known of command operators, by name. */
export function describeOperators(): readonly OperatorDescription[] {
  const known = [...operators].map(([name, operator]): OperatorDescription => {
    const status = name in absentOperators ? "empty" : operator.needsDetail === true ? "logs" : "everywhere";
    return { name, form: formOf(name, operator), status };
  });
  const refused = [...refusedOperators].map(([name, reason]): OperatorDescription => ({
    name,
    form: `%${name}%`,
    status: "refused",
    reason,
  }));
  return [...known, ...refused].sort((left, right) => (left.name < right.name ? -1 : 1));
}

function formOf(name: string, { argument, truncates }: Operator): string {
  const inParentheses = argument === undefined ? "" : argument === "required" ? "(…)" : "[(…)]";
  return `%${name}${inParentheses}${truncates === true ? "[:LENGTH]" : ""}%`;
}
