import type { FieldDescription, MessageDescription, MessageName } from "@mesh/xds-proto";
import { isProtoError } from "@mesh/xds-proto";
import type { ExtensionCategory } from "./categories.ts";
import { isTypedStruct, messageNameOf, withoutPath, type ExtensionSet } from "./extensions.ts";
import type { ConfigPath } from "./path.ts";
import type { ConfigProblem } from "./problems.ts";
import { entryPath, toPlain, type ParsedSource, type SourceEntry, type SourceObject, type SourceValue } from "./source.ts";

/** ProtoJSON of what is well-formed in a document, and what is not. */
export interface Structure {
  /** Reads as the message without an error. Elements of lists that are not well-formed are empty, so that the others keep their index. */
  readonly json: unknown;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Holds a document against a message and reports everything that is no such message, where reading ProtoJSON stops at the first: fields that
 * are unknown or given twice, values of a wrong type or form, several members of a oneof, unknown types; inside Anys as well.
 */
export function readStructure(name: MessageName, source: ParsedSource, path: ConfigPath, extensions: ExtensionSet): Structure {
  if (!source.root) return { json: {}, problems: [] };
  const reader = new StructureReader(source, extensions);
  return { json: reader.message(name, source.root, path, source.root.offset, undefined) ?? {}, problems: reader.problems };
}

/** Stands for a value that is not well-formed. */
const nothing = undefined;

type Json = Record<string, unknown>;

class StructureReader {
  readonly problems: ConfigProblem[] = [];
  readonly #source: ParsedSource;
  readonly #extensions: ExtensionSet;

  constructor(source: ParsedSource, extensions: ExtensionSet) {
    this.#source = source;
    this.#extensions = extensions;
  }

  /** @param category the extensions that an Any inside may be, where the message's own table does not say */
  message(name: string, value: SourceValue, path: ConfigPath, offset: number, category: ExtensionCategory | undefined): Json | undefined {
    if (value.kind !== "object") {
      if (value.kind === "scalar" && value.value === null) {
        this.#add(path, offset, "is empty");
        return nothing;
      }
      const got = JSON.stringify(toPlain(value)) ?? "nothing";
      this.#add(path, offset, `expected an object (${name}), got ${got.length > 80 ? `${got.slice(0, 77)}...` : got}`);
      return nothing;
    }
    return name === "google.protobuf.Any" ? this.#any(value, path, offset, category) : this.#fields(name, value.entries, path, category);
  }

  #fields(name: string, entries: readonly SourceEntry[], path: ConfigPath, category: ExtensionCategory | undefined): Json {
    const description = this.#extensions.registry.describeMessage(name);
    const rules = this.#extensions.tables.get(name)?.fields;
    const json: Json = {};
    const seen = new Map<FieldDescription, SourceEntry>();
    for (const entry of entries) {
      const field = description.fields.find(({ name: snake, jsonName, property }) => [snake, jsonName, property].includes(entry.key));
      if (!field) {
        this.#unknownField(name, entry, path);
        continue;
      }
      const at = path.field(field.name);
      if (entry.value.kind === "scalar" && entry.value.value === null && !takesNull(field)) continue;
      if (this.#isSecond(description, field, seen, entry, at)) continue;
      seen.set(field, entry);
      const rule = rules?.[field.name];
      const own = rule?.status === "supported" ? rule.extension : undefined;
      const read = this.#field(name, field, entry, at, own === "from-parent" ? category : own);
      if (read !== nothing) json[field.name] = read;
    }
    return json;
  }

  #isSecond(
    description: MessageDescription,
    field: FieldDescription,
    seen: ReadonlyMap<FieldDescription, SourceEntry>,
    entry: SourceEntry,
    at: ConfigPath,
  ): boolean {
    const twin = seen.get(field);
    if (twin) {
      this.#add(at, entry.offset, `is given twice, as ${twin.key} and ${entry.key}: remove one`);
      return true;
    }
    const oneof = description.oneofs.find(({ name }) => name === field.oneof);
    const rival = oneof && [...seen.keys()].find(({ name }) => oneof.fields.includes(name));
    if (rival) this.#add(at, entry.offset, `only one of ${oneof.fields.join(", ")} may be set, and ${rival.name} is: remove one`);
    return rival !== undefined;
  }

  #field(message: string, field: FieldDescription, entry: SourceEntry, path: ConfigPath, category: ExtensionCategory | undefined): unknown {
    const { value, offset } = entry;
    if (field.mapKey !== undefined) {
      if (value.kind !== "object") return this.#leaf(message, field, toPlain(value), path, offset);
      const entries = value.entries.map(
        (item) => [item.key, this.#element(message, field, item.value, path.key(item.key), item.offset, category, item.key)] as const,
      );
      return Object.fromEntries(entries.filter(([, read]) => read !== nothing));
    }
    if (!field.repeated) return this.#element(message, field, value, path, offset, category, undefined);
    if (value.kind !== "list") return this.#leaf(message, field, toPlain(value), path, offset);
    return value.items.map((item, index) => {
      const read = this.#element(message, field, item, path.index(index), item.offset, category, undefined);
      return read === nothing ? this.#empty(field) : read;
    });
  }

  /** @param key of the map that the value stands in */
  #element(
    message: string,
    field: FieldDescription,
    value: SourceValue,
    path: ConfigPath,
    offset: number,
    category: ExtensionCategory | undefined,
    key: string | undefined,
  ): unknown {
    if (field.kind === "message" && !isLeaf(field.type)) return this.message(field.type, value, path, offset, category);
    const plain = toPlain(value);
    const whole = key !== undefined ? { [key]: plain } : field.repeated ? [plain] : plain;
    return this.#leaf(message, field, whole, path, offset) === nothing ? nothing : plain;
  }

  /** Has the registry read one field alone: its rules for values are the rules, and its advice is good. */
  #leaf(message: string, field: FieldDescription, json: unknown, path: ConfigPath, offset: number): unknown {
    return this.#try(message, { [field.name]: json }, path, offset) ? json : nothing;
  }

  #unknownField(message: string, entry: SourceEntry, path: ConfigPath): void {
    this.#try(message, Object.fromEntries([[entry.key, toPlain(entry.value)]]), entryPath(path, entry.key), entry.offset);
  }

  #try(message: string, json: Json, path: ConfigPath, offset: number): boolean {
    const { registry } = this.#extensions;
    try {
      if (registry.has(message)) registry.fromJson(message, json);
      return true;
    } catch (error) {
      if (!isProtoError(error)) throw error;
      this.#add(path, offset, withoutPath(error));
      return false;
    }
  }

  #any(value: SourceObject, path: ConfigPath, offset: number, category: ExtensionCategory | undefined): Json | undefined {
    const { registry } = this.#extensions;
    const type = value.entries.find(({ key }) => key === "@type");
    const fields = value.entries.filter((entry) => entry !== type);
    const url: unknown = type ? toPlain(type.value) : undefined;
    if (!type && fields.length === 0) return {};
    if (typeof url !== "string" || !url.includes("/")) {
      this.#try("google.protobuf.Any", toJson(value), path, type?.offset ?? offset);
      return nothing;
    }
    const name = messageNameOf(url);
    if (!registry.has(name)) {
      if (category) this.#add(path, type?.offset ?? offset, this.#extensions.describeUnknown(category, name));
      else this.#try("google.protobuf.Any", { "@type": url }, path, type?.offset ?? offset);
      return nothing;
    }
    if (isTypedStruct(name)) return this.#typedStruct(name, url, fields, path);
    if (isLeaf(name) || name === "google.protobuf.Any") {
      const json = toJson(value);
      return this.#try("google.protobuf.Any", json, path, offset) ? json : nothing;
    }
    return { "@type": url, ...this.#fields(name, fields, path, category) };
  }

  /** The JSON in a TypedStruct is held against the message that it names. */
  #typedStruct(name: string, url: string, fields: readonly SourceEntry[], path: ConfigPath): Json {
    const json = this.#fields(name, fields, path, undefined);
    const typeUrl = json["type_url"];
    const inner = typeof typeUrl === "string" ? messageNameOf(typeUrl) : "";
    const content = fields.find(({ key }) => key === "value");
    if (content && json["value"] !== nothing && this.#extensions.registry.has(inner) && !isLeaf(inner)) {
      json["value"] = this.message(inner, content.value, path.field("value"), content.offset, undefined) ?? {};
    }
    return { "@type": url, ...json };
  }

  /** A value that changes nothing, in the place of one that cannot be read. */
  #empty(field: FieldDescription): unknown {
    if (field.kind === "message") return emptyLeaves.has(field.type) ? emptyLeaves.get(field.type) : {};
    if (field.kind === "enum") return [...this.#extensions.registry.enumNames(field.type).values()][0];
    return field.type === "string" || field.type === "bytes" ? "" : field.type === "bool" ? false : 0;
  }

  #add(path: ConfigPath, offset: number, message: string): void {
    this.problems.push({ path: String(path), message, ...this.#source.position(offset) });
  }
}

/** Messages with a JSON form of their own, which hold no fields to walk through. */
const isLeaf = (message: string): boolean => message.startsWith("google.protobuf.") && !walked.has(message);

const walked: ReadonlySet<string> = new Set(["google.protobuf.Any", "google.protobuf.Empty"]);

const emptyLeaves: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["google.protobuf.Duration", "0s"],
  ["google.protobuf.Timestamp", "1970-01-01T00:00:00Z"],
  ["google.protobuf.FieldMask", ""],
  ["google.protobuf.ListValue", []],
  ["google.protobuf.Value", null],
  ["google.protobuf.BoolValue", false],
  ["google.protobuf.StringValue", ""],
  ["google.protobuf.BytesValue", ""],
  ...["Double", "Float", "Int32", "Int64", "UInt32", "UInt64"].map((name) => [`google.protobuf.${name}Value`, 0] as const),
]);

/** Where null is a value; elsewhere it stands for an absent field. */
const takesNull = (field: FieldDescription): boolean =>
  (field.type === "google.protobuf.Value" && !field.repeated && field.mapKey === undefined) || field.type === "google.protobuf.NullValue";

const toJson = (value: SourceObject): Json => Object.fromEntries(value.entries.map((entry) => [entry.key, toPlain(entry.value)]));
