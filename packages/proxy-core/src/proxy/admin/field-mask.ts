import type { TypeRegistry } from "@mesh/xds-proto";

type Json = Readonly<Record<string, unknown>>;

/** Names of fields by their own names; a field without any is shown whole. */
type MaskTree = Map<string, MaskTree>;

/** Which fields of a message are shown: `google.protobuf.FieldMask` as text, paths in the names of the .proto files with commas between them. */
export class FieldMask {
  readonly #tree: MaskTree = new Map();
  readonly #registry: TypeRegistry;

  constructor(text: string, registry: TypeRegistry) {
    this.#registry = registry;
    for (const path of text.split(",")) {
      let tree = this.#tree;
      for (const name of path.split(".")) {
        const inner = tree.get(name) ?? new Map<string, MaskTree>();
        tree.set(name, inner);
        tree = inner;
      }
    }
  }

  /**
   * @param json a message as `dumpMessage` shows it; an Any says of which type it is
   * @returns undefined where the mask names what the message does not have, or goes into a list
   */
  apply(type: string, json: unknown): unknown {
    return this.#trim(type, json, this.#tree);
  }

  #trim(type: string, json: unknown, tree: MaskTree): unknown {
    if (!isObject(json)) return undefined;
    const url = json["@type"];
    const actual = type === "google.protobuf.Any" && typeof url === "string" ? url.slice(url.lastIndexOf("/") + 1) : type;
    if (!this.#registry.has(actual)) return undefined;
    const shown: Record<string, unknown> = typeof url === "string" ? { "@type": url } : {};
    for (const [name, inner] of tree) {
      const field = this.#registry.describeMessage(actual).fields.find((candidate) => candidate.name === name);
      if (field === undefined) return undefined;
      const value = json[name];
      if (inner.size === 0) {
        if (value !== undefined) shown[name] = value;
        continue;
      }
      if (field.kind !== "message" || field.repeated || field.mapKey !== undefined) return undefined;
      const trimmed = this.#trim(field.type, value ?? {}, inner);
      // An Any that is not there says nothing of what would be in it.
      if (trimmed === undefined && !(value === undefined && field.type === "google.protobuf.Any")) return undefined;
      if (value !== undefined) shown[name] = trimmed;
    }
    return shown;
  }
}

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
