import { errorRules, warningRules, type RuleId } from "./rules.ts";

/** Something that is wrong, or odd, in a file. */
export interface Problem {
  /** `error`: the document is not used. `warning`: it is. */
  readonly severity: "error" | "warning";
  /** Which rule is broken; `rules` tells what it asks. */
  readonly rule: RuleId;
  /** What to read after the field's name: `must be at least 1ms`. */
  readonly message: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  /** `spec.http[0].timeout`; empty for the document or the file as a whole. */
  readonly field: string;
  /** Whose document it is, as far as that can be read. */
  readonly resource?: ResourceName;
}

/** What a configuration is told from others by. */
export interface ResourceName {
  /** As in the file, which may be a kind that is not read. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export type FieldPath = readonly (string | number)[];

/** `spec.http[0].match[1].headers["x-user"]` */
export function formatField(path: FieldPath): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(part)) text += text === "" ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

/** One line as compilers write it: `routes.yaml:12:7: error: VirtualService shop/reviews: spec.http[0].timeout must be … [schema/duration]`. */
export function formatProblem({ severity, rule, message, file, line, column, field, resource }: Problem): string {
  const owner = resource === undefined ? "" : ` ${resourceKey(resource)}:`;
  const subject = field === "" ? "" : ` ${field}`;
  return `${file}:${line}:${column}: ${severity}:${owner}${subject} ${message} [${rule}]`;
}

/** `VirtualService shop/reviews`: the same for the same resource only. */
export function resourceKey({ kind, namespace, name }: ResourceName): string {
  return `${kind} ${namespace}/${name}`;
}

export function severityOf(rule: RuleId): Problem["severity"] {
  return Object.hasOwn(warningRules, rule) ? "warning" : "error";
}

/** Whether a text is the id of a rule. */
export function isRuleId(text: string): text is RuleId {
  return Object.hasOwn(errorRules, text) || Object.hasOwn(warningRules, text);
}
