import type { Any, FieldDescription, MessageDescription } from "@mesh/xds-proto";
import { unknownFields } from "@mesh/xds-proto";
import type { ExtensionCategory } from "./categories.ts";
import { unwrap, type ExtensionSet } from "./extensions.ts";
import type { FieldRule, SupportedField } from "./fields.ts";
import type { ConfigPath } from "./path.ts";
import { isConfigError, type ConfigProblem, type ProblemList } from "./problems.ts";

/** What a check knows and where it reports to. */
export interface CheckContext {
  readonly extensions: ExtensionSet;
  readonly warnings: WarningList;
  /** What fields that the descriptor does not have are, in binary messages: newer control planes send some. Default: `problem`. */
  readonly unknownFields?: "problem" | "warning";
  /** Whether a problem at the path or below it is known already, so that what is missing there is no news. Default: none is. */
  readonly isReported?: (path: string) => boolean;
}

/** Collects warnings, one for each thing worth one. */
export class WarningList {
  readonly #seen = new Set<string>();
  readonly #warnings: ConfigProblem[] = [];

  get warnings(): readonly ConfigProblem[] {
    return this.#warnings;
  }

  /** @param about what is warned of; a second warning about it is dropped */
  addOnce(about: string, path: ConfigPath, message: string): void {
    if (this.#seen.has(about)) return;
    this.#seen.add(about);
    this.#warnings.push({ path: String(path), message });
  }
}

/**
 * Holds a decoded message against the field tables, and the messages inside it, through every Any. A message without a table is taken whole:
 * it belongs to an extension of the user's.
 *
 * @param category the extensions that a message such as TypedExtensionConfig holds, where it stands by itself
 */
export function checkMessage(
  name: string,
  message: object,
  path: ConfigPath,
  problems: ProblemList,
  context: CheckContext,
  category?: ExtensionCategory,
): void {
  new Check(problems, context).message(name, message, path, category);
}

const filterConfig = "envoy.config.route.v3.FilterConfig";

class Check {
  readonly #problems: ProblemList;
  readonly #context: CheckContext;

  constructor(problems: ProblemList, context: CheckContext) {
    this.#problems = problems;
    this.#context = context;
  }

  /**
   * @param category the extensions that fields with the rule `from-parent` hold
   * @param overrides rules in place of those in the message's table
   */
  message(
    name: string,
    message: object,
    path: ConfigPath,
    category: ExtensionCategory | undefined,
    overrides?: SupportedField["within"],
  ): void {
    const { registry, tables } = this.#context.extensions;
    if (name.startsWith("google.protobuf.")) return;
    const description = registry.describeMessage(name);
    const table = tables.get(name);
    this.#unknownFields(name, message, path);
    for (const field of description.fields) {
      const rule = overrides?.[field.name] ?? table?.fields[field.name];
      // Paths are made for what is set, and may be wrong: a thousand endpoints have ten thousand fields that are not.
      if (!isSet(description, field, message)) {
        if (rule?.status === "supported" && rule.required) this.#missing(path.field(field.name));
      } else if (rule !== undefined && rule.status !== "supported") {
        this.#unsupported(`${name}.${field.name}`, rule, path.field(field.name));
      } else if (field.kind !== "scalar") {
        this.#supported(field, rule, message, path.field(field.name), category);
      }
    }
    for (const oneof of description.oneofs) {
      if (!table?.requiredOneofs?.includes(oneof.name) || Reflect.get(message, oneof.property)) continue;
      if (oneof.fields.some((field) => this.#isReported(path.field(field)))) continue;
      const choice = oneof.fields.filter((field) => table.fields[field]?.status === "supported");
      this.#problems.add(path, choice.length === 1 ? `${choice[0]} is required` : `one of ${choice.join(", ")} is required`);
    }
  }

  #missing(path: ConfigPath): void {
    if (!this.#isReported(path)) this.#problems.add(path, "is required");
  }

  #isReported(path: ConfigPath): boolean {
    return this.#context.isReported?.(String(path)) ?? false;
  }

  #unsupported(field: string, rule: Exclude<FieldRule, SupportedField>, path: ConfigPath): void {
    if (rule.status === "rejected") this.#problems.add(path, `is not supported: ${rule.reason}`);
    else this.#context.warnings.addOnce(field, path, `is ignored: ${rule.reason}`);
  }

  #unknownFields(name: string, message: object, path: ConfigPath): void {
    const numbers = unknownFields(message);
    if (numbers.length === 0) return;
    const text = `${name} has no field with the number ${numbers.join(", ")}: a newer version of it was sent`;
    if (this.#context.unknownFields === "warning") this.#context.warnings.addOnce(`${name}#${numbers.join()}`, path, text);
    else this.#problems.add(path, text);
  }

  #supported(
    field: FieldDescription,
    rule: SupportedField | undefined,
    message: object,
    path: ConfigPath,
    inherited: ExtensionCategory | undefined,
  ): void {
    const category = rule?.extension === "from-parent" ? inherited : rule?.extension;
    const isOptional = category !== undefined && Reflect.get(message, "isOptional") === true;
    const value: unknown = Reflect.get(message, field.property);
    if (field.repeated && Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) this.#value(field, rule, value[index], path.index(index), category, isOptional);
    } else if (field.mapKey !== undefined && isObject(value)) {
      for (const [key, entry] of Object.entries(value)) this.#value(field, rule, entry, path.key(key), category, isOptional);
    } else {
      this.#value(field, rule, value, path, category, isOptional);
    }
  }

  #value(
    field: FieldDescription,
    rule: SupportedField | undefined,
    value: unknown,
    path: ConfigPath,
    category: ExtensionCategory | undefined,
    isOptional: boolean,
  ): void {
    if (field.kind === "enum") this.#enum(field.type, rule, value, path);
    else if (!isObject(value)) return;
    else if (isAny(field, value)) this.#any(value, category, path, isOptional);
    else this.message(field.type, value, path, category, rule?.within);
  }

  #enum(type: string, rule: SupportedField | undefined, value: unknown, path: ConfigPath): void {
    const name = this.#context.extensions.registry.enumNames(type).get(Number(value));
    if (name === undefined) this.#problems.add(path, `${type} has no value ${String(value)}`);
    else if (rule?.values && !rule.values.includes(name)) {
      this.#problems.add(path, `${name} is not supported: use ${rule.values.join(", ").replace(/, (?=[^,]*$)/, " or ")}`);
    }
  }

  /** An Any where no extension may stand is left as it is: whoever reads it knows what it is. */
  #any(any: Any, category: ExtensionCategory | undefined, path: ConfigPath, isOptional: boolean): void {
    if (category === undefined || any.type_url === "") return;
    try {
      const { messageName, config, at } = unwrap(this.#context.extensions.registry, any, path);
      if (category === "envoy.filters.http.per_route" && messageName === filterConfig && isObject(config)) {
        this.message(messageName, config, at, category);
        return;
      }
      if (!this.#context.extensions.find(category, messageName)) {
        const text = this.#context.extensions.describeUnknown(category, messageName);
        if (isOptional) this.#context.warnings.addOnce(`${category}:${messageName}`, path, `is left out, being optional: ${text}`);
        else this.#problems.add(path, text);
        return;
      }
      if (config === undefined) this.#problems.add(path, `there is no message ${JSON.stringify(messageName)} to read it with`);
      else if (isObject(config) && this.#context.extensions.registry.has(messageName)) this.message(messageName, config, at, undefined);
    } catch (error) {
      if (!isConfigError(error)) throw error;
      this.#problems.addError(error);
    }
  }
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const isAny = (field: FieldDescription, value: object): value is Any => field.type === "google.protobuf.Any" && "type_url" in value;

/** Whether a field is there, as far as protobuf tells. */
function isSet(description: MessageDescription, field: FieldDescription, message: object): boolean {
  const value: unknown = Reflect.get(message, field.property);
  if (field.oneof !== undefined) {
    const oneof = description.oneofs.find(({ name }) => name === field.oneof);
    return oneof !== undefined && Reflect.get(message, oneof.property) === field.property;
  }
  if (value === null || value === undefined) return false;
  if (field.repeated) return Array.isArray(value) && value.length > 0;
  if (field.mapKey !== undefined) return Object.keys(value).length > 0;
  return field.hasPresence || !(value === 0 || value === false || value === "" || (value instanceof Uint8Array && value.length === 0));
}
