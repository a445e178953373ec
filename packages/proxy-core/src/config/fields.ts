import type { MessageName } from "@mesh/xds-proto";
import type { ExtensionCategory } from "./categories.ts";

/** What becomes of a field: every field of every message that is read has such a rule. */
export type FieldRule = SupportedField | IgnoredField | RejectedField;

export interface SupportedField extends SupportedOptions {
  readonly status: "supported";
}

export interface SupportedOptions {
  /** For an enumeration: the names that are supported, where that is not all of them. */
  readonly values?: readonly string[];
  /** Whether the field must be set, and not empty. */
  readonly required?: boolean;
  /**
   * For a field of type `Any`, a map of them, or a message with a `typed_config` of its own: which extensions may stand there. `from-parent`
   * where a message such as TransportSocket is used for several categories, and the field that holds it says which.
   */
  readonly extension?: ExtensionCategory | "from-parent";
  /** For a message that is read differently here: rules for its fields in place of those in its own table. */
  readonly within?: Readonly<Record<string, FieldRule>>;
  /** For the compatibility page: what differs from Envoy. */
  readonly note?: string;
}

/** Has no effect, and the user is told once. Only where a proxy without the field still does what the user asked for. */
export interface IgnoredField {
  readonly status: "ignored";
  readonly reason: string;
}

export interface RejectedField {
  readonly status: "rejected";
  readonly reason: string;
}

/** The rules of one message, by the fields' names in the .proto file. */
export interface FieldTable extends FieldTableOptions {
  /** The full name of the message. */
  readonly message: string;
  readonly fields: Readonly<Record<string, FieldRule>>;
}

export interface FieldTableOptions {
  /** Names of oneofs, of which a member must be set. */
  readonly requiredOneofs?: readonly string[];
}

/** The field does what Envoy's documentation says. */
export const supported = (options: SupportedOptions = {}): SupportedField => ({ status: "supported", ...options });

/** The field must be set. */
export const required = (options: SupportedOptions = {}): SupportedField => ({ status: "supported", required: true, ...options });

/** The field holds extensions of a category. */
export const extension = (category: ExtensionCategory | "from-parent", options: SupportedOptions = {}): SupportedField => ({
  status: "supported",
  extension: category,
  ...options,
});

/** @param reason why that is harmless, to be read after "is ignored:" */
export const ignored = (reason: string): IgnoredField => ({ status: "ignored", reason });

/** @param reason to be read after "is not supported:" */
export const rejected = (reason: string): RejectedField => ({ status: "rejected", reason });

/** The same rule for several fields. */
export function each(rule: FieldRule, ...names: readonly string[]): Record<string, FieldRule> {
  return Object.fromEntries(names.map((name) => [name, rule]));
}

/** The table of a message. Every field of the message must be in it. */
export function defineFields(
  message: MessageName,
  fields: Readonly<Record<string, FieldRule>>,
  options: FieldTableOptions = {},
): FieldTable {
  return { message, fields, ...options };
}

/** Tables by message. */
export class FieldTables {
  readonly #tables = new Map<string, FieldTable>();

  constructor(tables: Iterable<FieldTable> = []) {
    for (const table of tables) this.add(table);
  }

  /** Replaces the table that the message had. */
  add(table: FieldTable): void {
    this.#tables.set(table.message, table);
  }

  get(message: string): FieldTable | undefined {
    return this.#tables.get(message);
  }

  values(): IterableIterator<FieldTable> {
    return this.#tables.values();
  }
}
