import type { Any, Message, MessageName, TypeRegistry } from "@mesh/xds-proto";
import { isProtoError } from "@mesh/xds-proto";
import { extensionCategories, type ExtensionCategory } from "./categories.ts";
import { FieldTables, type FieldTable } from "./fields.ts";
import { ConfigPath } from "./path.ts";
import { fail } from "./problems.ts";
import { fieldTables } from "./tables/index.ts";

/** What the configuration must know of an extension: how it is named, where it may stand and what it is configured with. */
export interface ExtensionDescriptor {
  /** As in Envoy's list of extensions: `envoy.filters.http.router`. */
  readonly name: string;
  readonly category: ExtensionCategory;
  /**
   * The full name of the message that configures it: `envoy.extensions.filters.http.router.v3.Router`. One that the type registry does not
   * have can be given as a TypedStruct only, and is handed to the extension as plain JSON.
   */
  readonly messageName: string;
  /** The message's fields; undefined: what the core's table says, and where it has none, all of them are supported. */
  readonly fields: FieldTable | undefined;
  /** Tables of messages inside that message. Default: none. */
  readonly nestedFields?: readonly FieldTable[];
  /** For a stream filter: what configures it in a route, a virtual host or a route table. Default: it cannot be. */
  readonly perRoute?: PerRouteConfig;
}

/** How routes configure a stream filter. */
export interface PerRouteConfig {
  readonly messageName: string;
  readonly fields: FieldTable | undefined;
  /** What the filter is given for such a message; called while routes are compiled. Throws `ConfigError`. Default: the message as it is. */
  readonly compile?: (extension: DecodedExtension) => unknown;
}

/** What an Any or a TypedStruct in it turned out to be. */
export interface DecodedExtension {
  readonly descriptor: ExtensionDescriptor;
  /** The decoded message; plain JSON where the type registry does not have the message. */
  readonly config: unknown;
  /** Where `config` stands: below `value` in a TypedStruct. */
  readonly path: ConfigPath;
  /** `config` with its type. Throws where it is another message: the caller is mistaken then, not the user. */
  as<Name extends MessageName>(name: Name): Message<Name>;
}

/** The extensions that a proxy is composed with. */
export class ExtensionSet {
  readonly registry: TypeRegistry;
  /** The field tables of the core and of the extensions. */
  readonly tables: FieldTables = new FieldTables(fieldTables);
  readonly #byCategory = new Map<ExtensionCategory, Map<string, ExtensionDescriptor>>();
  readonly #perRoute = new Map<string, PerRouteConfig>();

  /** Throws where two extensions of a category have the same name or the same message. */
  constructor(registry: TypeRegistry, descriptors: Iterable<ExtensionDescriptor>) {
    this.registry = registry;
    for (const descriptor of descriptors) {
      this.#add(descriptor);
      const { perRoute } = descriptor;
      if (!perRoute) continue;
      const { messageName, fields } = perRoute;
      this.#add({ messageName, fields, name: descriptor.name, category: "envoy.filters.http.per_route" });
      this.#perRoute.set(messageName, perRoute);
    }
  }

  /** @param messageName the full name of the message that configures the extension */
  find(category: ExtensionCategory, messageName: string): ExtensionDescriptor | undefined {
    return this.#byCategory.get(category)?.get(messageName);
  }

  /** All extensions, or those of a category, in the order in which they were given. */
  list(category?: ExtensionCategory): readonly ExtensionDescriptor[] {
    const sets = category === undefined ? [...this.#byCategory.values()] : [this.#byCategory.get(category) ?? new Map<string, never>()];
    return sets.flatMap((set) => [...set.values()]);
  }

  /** What to tell someone who names an extension that is not there. */
  describeUnknown(category: ExtensionCategory, messageName: string): string {
    const known = this.list(category).map(({ name, messageName: message }) => `${name} (${message})`);
    const choice = known.length === 0 ? "this proxy has none" : `this proxy has ${known.join(", ")}`;
    return `there is no ${extensionCategories[category]} for ${JSON.stringify(messageName)}: ${choice}`;
  }

  /** Whether an Any names an extension of the category. */
  knows(category: ExtensionCategory, any: Any | null): boolean {
    if (any === null || any.type_url === "") return false;
    try {
      return this.find(category, unwrap(this.registry, any, ConfigPath.root).messageName) !== undefined;
    } catch {
      // It is there and unreadable, which its reader shall say.
      return true;
    }
  }

  /** Reads the configuration of an extension. Throws a `ConfigError` where there is no such extension, or where it cannot be read. */
  decode(category: ExtensionCategory, any: Any | null, path: ConfigPath): DecodedExtension {
    if (any === null || any.type_url === "") fail(path, "is required");
    const { messageName, config, at } = unwrap(this.registry, any, path);
    const descriptor = this.find(category, messageName) ?? fail(path, this.describeUnknown(category, messageName));
    if (config !== undefined) return new Decoded(descriptor, config, at);
    return fail(path, `there is no message ${JSON.stringify(messageName)} to read it with: give it as an xds.type.v3.TypedStruct`);
  }

  /** What a route's `typed_per_filter_config` gives a stream filter, compiled by the filter's extension. Throws a `ConfigError`. */
  decodePerRoute(any: Any | null, path: ConfigPath): unknown {
    const extension = this.decode("envoy.filters.http.per_route", any, path);
    const compile = this.#perRoute.get(extension.descriptor.messageName)?.compile;
    return compile === undefined ? extension.config : compile(extension);
  }

  #add(descriptor: ExtensionDescriptor): void {
    const set = this.#byCategory.get(descriptor.category) ?? new Map<string, ExtensionDescriptor>();
    this.#byCategory.set(descriptor.category, set);
    for (const other of set.values()) {
      if (other.messageName !== descriptor.messageName && other.name !== descriptor.name) continue;
      const names = [other, descriptor].map(({ name, messageName }) => `${name} (${messageName})`);
      throw new Error(`two extensions of ${descriptor.category} have the same name or message: ${names.join(" and ")}`);
    }
    set.set(descriptor.messageName, descriptor);
    for (const table of [descriptor.fields, ...(descriptor.nestedFields ?? [])]) if (table) this.tables.add(table);
  }
}

/** The extensions of one category with what makes them: a room's factories are descriptors with a method more. */
export class ExtensionFactories<Factory extends ExtensionDescriptor> {
  /** The extensions of all categories. */
  readonly extensions: ExtensionSet;
  readonly #category: ExtensionCategory;
  readonly #factories: ReadonlyMap<string, Factory>;

  /** @param extensions must have been made with the same factories */
  constructor(extensions: ExtensionSet, category: ExtensionCategory, factories: readonly Factory[]) {
    this.extensions = extensions;
    this.#category = category;
    this.#factories = new Map(factories.map((factory) => [factory.messageName, factory]));
  }

  /** Undefined where there is none for the message. */
  find(messageName: string): Factory | undefined {
    return this.#factories.get(messageName);
  }

  /** The factory that an Any asks for, and its configuration. Throws a `ConfigError`. */
  resolve(any: Any | null, path: ConfigPath): { readonly factory: Factory; readonly extension: DecodedExtension } {
    const extension = this.extensions.decode(this.#category, any, path);
    const { messageName } = extension.descriptor;
    const factory = this.#factories.get(messageName) ?? fail(path, this.extensions.describeUnknown(this.#category, messageName));
    return { factory, extension };
  }
}

class Decoded implements DecodedExtension {
  readonly descriptor: ExtensionDescriptor;
  readonly config: unknown;
  readonly path: ConfigPath;

  constructor(descriptor: ExtensionDescriptor, config: unknown, path: ConfigPath) {
    this.descriptor = descriptor;
    this.config = config;
    this.path = path;
  }

  as<Name extends MessageName>(name: Name): Message<Name> {
    if (this.descriptor.messageName !== name) throw new TypeError(`${this.descriptor.messageName} is not ${name}`);
    return this.config as Message<Name>; // the registry decoded it by that name
  }
}

/** An Any's message, seen through a TypedStruct. */
export interface Unwrapped {
  readonly messageName: string;
  /** The message, or plain JSON from a TypedStruct; undefined where neither can be had. */
  readonly config: unknown;
  readonly at: ConfigPath;
}

const typedStructs: ReadonlySet<string> = new Set(["xds.type.v3.TypedStruct", "udpa.type.v1.TypedStruct"]);

/** Whether the message carries the name and the JSON of another one. */
export const isTypedStruct = (messageName: string): boolean => typedStructs.has(messageName);

/** The full name at the end of a type URL. */
export const messageNameOf = (typeUrl: string): string => typeUrl.slice(typeUrl.lastIndexOf("/") + 1);

/** Opens an Any, and a TypedStruct inside it. */
export function unwrap(registry: TypeRegistry, any: Any, path: ConfigPath): Unwrapped {
  const messageName = messageNameOf(any.type_url);
  if (!isTypedStruct(messageName)) {
    if (!registry.has(messageName)) return { messageName, config: undefined, at: path };
    return { messageName, config: attempt(path, () => registry.decodeMessage(messageName, any.value)), at: path };
  }
  // Both TypedStructs have the same fields with the same numbers.
  const struct = attempt(path, () => registry.decodeMessage("xds.type.v3.TypedStruct", any.value));
  if (struct.typeUrl === "") fail(path.field("type_url"), "is required");
  const inner = messageNameOf(struct.typeUrl);
  const json = struct.value === null ? {} : registry.toJson("google.protobuf.Struct", struct.value);
  const at = path.field("value");
  return { messageName: inner, config: registry.has(inner) ? attempt(at, () => registry.fromJson(inner, json)) : json, at };
}

/** Makes errors of messages into errors of the configuration. */
function attempt<T>(path: ConfigPath, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isProtoError(error)) throw error;
    return fail(error.path === "" ? path : path.field(error.path), withoutPath(error), error);
  }
}

/** The text of a `ProtoError` without the path that it begins with. */
export function withoutPath(error: { readonly path: string; readonly message: string }): string {
  const prefix = `${error.path}: `;
  return error.path !== "" && error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message;
}
