/**
 * Messages of Istio's API as valibot schemas. A plain `v.object` would not do: it drops unknown fields without a word, or stops at the
 * first; and its pipes skip the later rules once one is broken. A message here
 *
 *  - reports every unknown field, with the nearest known name, and every one that the table of refused fields has;
 *  - treats an empty text as absent, as protobuf does;
 *  - goes on with its own rules when rules of its parts are broken, and stops only where a part has no value of its type;
 *  - is brought into the shape of the interfaces at its end (`normalise`), so that rules see, and name, the fields of the file.
 */
import * as v from "valibot";
import { isMap, ruleIssue, typeIssue, type Issue, type Report } from "./issues.ts";
import { didYouMean } from "./nearest.ts";
import { refusedIn } from "./refused.ts";

/** A message's fields as they stand in the file, each of its type. */
type Shape<Entries extends v.ObjectEntries> = v.InferOutput<v.ObjectSchema<Entries, undefined>>;

export interface MessageSchema<Output> extends v.BaseSchema<unknown, Output, v.BaseIssue<unknown>> {
  readonly type: "message";
  /** Istio's name of the message, which is also its name in the table of refused fields. */
  readonly name: string;
  readonly entries: v.ObjectEntries;
  /** Deprecated field to what replaces it. */
  readonly deprecated: Readonly<Record<string, string>>;
}

export interface MessageOptions<Fields> {
  readonly rules?: (value: Fields, report: Report) => void;
  /** Deprecated fields, and what to use instead. */
  readonly deprecated?: Readonly<Record<string, string>>;
}

/** A message whose interface has the fields of the file. */
export function message<const Entries extends v.ObjectEntries>(
  name: string,
  entries: Entries,
  options: MessageOptions<Shape<Entries>> = {},
): MessageSchema<Shape<Entries>> {
  return normalisedMessage(name, entries, (value) => value, options);
}

/** A message whose interface differs from the fields of the file. `normalise` must not throw where rules are broken. */
export function normalisedMessage<const Entries extends v.ObjectEntries, Output>(
  name: string,
  entries: Entries,
  normalise: (value: Shape<Entries>) => Output,
  options: MessageOptions<Shape<Entries>> = {},
): MessageSchema<Output> {
  const object = v.object(entries);
  const deprecated = options.deprecated ?? {};
  return v._standardSchema<MessageSchema<Output>>({
    kind: "schema",
    type: "message",
    reference: message,
    expects: "a map of fields",
    async: false,
    name,
    entries,
    deprecated,
    "~run"(dataset, config) {
      const input = dataset.value;
      if (!isMap(input)) return { typed: false, value: input, issues: [typeIssue(input, "a map of fields", config)] };
      const issues: Issue[] = [];
      const report: Report = (path, rule, text) => issues.push(ruleIssue(input, path, rule, text, config));
      for (const field of Object.keys(input)) {
        if (field in deprecated) report([field], "schema/deprecated", `is deprecated: ${deprecated[field]}`);
        reportField(name, field, input[field], entries, report);
      }
      const result = object["~run"]({ value: withoutEmptyTexts(input) }, config);
      for (const issue of result.issues ?? []) if (!isRefusedValue(name, input, issue)) issues.push(issue);
      if (!result.typed) return { typed: false, value: input, issues: nonEmpty(issues) };
      options.rules?.(result.value, report);
      const value = normalise(result.value);
      return issues.length === 0 ? { typed: true, value, issues: undefined } : { typed: true, value, issues: nonEmpty(issues) };
    },
  });
}

function reportField(name: string, field: string, value: unknown, entries: v.ObjectEntries, report: Report): void {
  const { fields, values } = refusedIn(name);
  const reason = fields[field];
  if (reason !== undefined) report([field], "schema/not-supported", `is not supported yet: ${reason}`);
  else if (!Object.hasOwn(entries, field)) {
    report(
      [field],
      "schema/unknown-field",
      `is no field of ${name}${didYouMean(field, [...Object.keys(entries), ...Object.keys(fields)])}`,
    );
  } else if (typeof value === "string") {
    const refusal = values[field]?.[value];
    if (refusal !== undefined) report([field], "schema/not-supported", `${value} is not supported yet: ${refusal}`);
  }
}

/** Whether valibot refuses a value as not listed that the table refuses with a reason. */
function isRefusedValue(name: string, input: Readonly<Record<string, unknown>>, issue: Issue): boolean {
  const [item, ...rest] = issue.path ?? [];
  if (item === undefined || rest.length > 0 || issue.type !== "picklist" || typeof item.key !== "string") return false;
  const value = input[item.key];
  return typeof value === "string" && refusedIn(name).values[item.key]?.[value] !== undefined;
}

function withoutEmptyTexts(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== ""));
}

function nonEmpty(issues: readonly Issue[]): [Issue, ...Issue[]] {
  const [first, ...others] = issues;
  if (first === undefined) throw new TypeError("a value without a type has no issue that says so");
  return [first, ...others];
}
