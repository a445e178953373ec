/** Between valibot's issues and problems: rules of this package travel as issues whose `expected` is the rule's id. */
import type * as v from "valibot";
import { isRuleId, type FieldPath } from "../problem.ts";
import type { RuleId } from "../rules.ts";
import { didYouMean } from "./nearest.ts";

export type Issue = v.BaseIssue<unknown>;

type PathItems = NonNullable<Issue["path"]>;

/** Says that a rule is broken by a field of the value, or by the value itself (an empty path). */
export type Report = (path: FieldPath, rule: RuleId, message: string) => void;

const ruleType = "rule";

export function ruleIssue(input: unknown, path: FieldPath, rule: RuleId, message: string, config: v.Config<Issue>): Issue {
  return { ...config, kind: "validation", type: ruleType, input, expected: rule, received: "", message, ...pathItems(input, path) };
}

export function typeIssue(input: unknown, expected: string, config: v.Config<Issue>): Issue {
  return ruleIssue(input, [], "schema/type", `must be ${expected}, but is ${describe(input)}`, config);
}

function pathItems(input: unknown, path: FieldPath): { path?: PathItems } {
  const [first, ...rest] = path.map((key) => ({ type: "unknown" as const, origin: "value" as const, input, key, value: undefined }));
  return first === undefined ? {} : { path: [first, ...rest] };
}

export function pathOf(issue: Issue): FieldPath {
  return (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
}

/** The rule that an issue is about, and the words that follow the field's name. */
export function describeIssue(issue: Issue): { rule: RuleId; message: string } {
  const { type, expected, input, message } = issue;
  if (type === ruleType || type === "raw_check" || type === "raw_transform") {
    return { rule: expected !== null && isRuleId(expected) ? expected : "schema/type", message };
  }
  if (type === "object") return { rule: "schema/required", message: "is required" };
  if (type === "picklist") return { rule: "schema/enum", message: describeChoice(expected ?? "", input) };
  return { rule: "schema/type", message: `must be ${typeNames[type] ?? expected ?? type}, but is ${describe(input)}` };
}

const typeNames: Readonly<Record<string, string>> = {
  string: "a text",
  boolean: "true or false",
  number: "a number",
  array: "a list",
  record: "a map",
};

function describeChoice(expected: string, input: unknown): string {
  const choices = expected.replaceAll(/[()"]/g, "").split(" | ");
  const suggestion = typeof input === "string" ? didYouMean(input, choices) : "";
  return `must be one of ${choices.join(", ")}, but is ${describe(input)}${suggestion}`;
}

/** A value in a few words. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  return typeof value === "number" ? `the number ${value}` : JSON.stringify(value);
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
