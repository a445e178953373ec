import type { Any, Message } from "@mesh/xds-proto";
import { checkMessage, ConfigPath, fail, isConfigError, ProblemList, WarningList, type ExtensionSet } from "../config/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { IncomingResource, ResourceMessage, ResourceReader } from "./contract.ts";

/** An update that was refused, for `/config_dump`. */
export interface RefusedUpdate {
  readonly any: Any;
  readonly version: string;
  /** All that is wrong. */
  readonly details: string;
  /** Milliseconds on the runtime's clock. */
  readonly at: number;
}

/** The only extensions that come as resources are stream filters. */
const extensionMessage = "envoy.config.core.v3.TypedExtensionConfig";

/** Decodes resources and holds them against the field tables, as bootstraps are. What is ignored is logged once. */
export class ResourceDecoder {
  readonly extensions: ExtensionSet;
  readonly runtime: Runtime;
  readonly #warnings = new WarningList();
  #warningsTold = 0;

  constructor(extensions: ExtensionSet, runtime: Runtime) {
    this.extensions = extensions;
    this.runtime = runtime;
  }

  /** Throws a `ConfigError` whose paths begin at the message. */
  decode<Name extends ResourceMessage>(name: Name, any: Any): Message<Name> {
    const { registry } = this.extensions;
    const actual = any.type_url.slice(any.type_url.lastIndexOf("/") + 1);
    if (actual !== name) fail(ConfigPath.root, `expected a ${name}, got ${JSON.stringify(any.type_url)}`);
    let message: Message<Name>;
    try {
      message = registry.decodeMessage(name, any.value);
    } catch (error) {
      return fail(ConfigPath.root, error instanceof Error ? error.message : String(error), error);
    }
    this.check(name, message, ConfigPath.root);
    return message;
  }

  /** Throws a `ConfigError`. Fields of newer versions of the API are warned of, and have no effect. */
  check(name: ResourceMessage, message: object, path: ConfigPath): void {
    const problems = new ProblemList();
    const context = { extensions: this.extensions, warnings: this.#warnings, unknownFields: "warning" } as const;
    checkMessage(name, message, path, problems, context, name === extensionMessage ? "envoy.filters.http" : undefined);
    // Paths that begin at a message do not tell of which kind it is.
    const kind = path === ConfigPath.root ? name : "";
    for (const { path: at, message: text } of this.#warnings.warnings.slice(this.#warningsTold)) {
      this.runtime.logger.log("warning", "config", [kind, at, text].filter((part) => part !== "").join(": "));
    }
    this.#warningsTold = this.#warnings.warnings.length;
    problems.throwIfAny();
  }
}

/** Reads resources of one message. */
export class DecodingReader<Name extends ResourceMessage, Value> implements ResourceReader<Value> {
  readonly message: Name;
  protected readonly decoder: ResourceDecoder;
  readonly #make: (message: Message<Name>, resource: IncomingResource) => Value;

  /** @param make may throw a `ConfigError` */
  constructor(message: Name, decoder: ResourceDecoder, make: (message: Message<Name>, resource: IncomingResource) => Value) {
    this.message = message;
    this.decoder = decoder;
    this.#make = make;
  }

  read(resource: IncomingResource): Value {
    return this.#make(this.decoder.decode(this.message, resource.any), resource);
  }
}

/** One that remembers what it refused, until something good comes in its place. */
export class RememberingReader<Name extends ResourceMessage, Value> extends DecodingReader<Name, Value> {
  readonly #refused = new Map<string, RefusedUpdate>();

  /** The last updates that were refused and not followed by good ones, by the resources' names. */
  get refused(): ReadonlyMap<string, RefusedUpdate> {
    return this.#refused;
  }

  override read(resource: IncomingResource): Value {
    const { name, any, version } = resource;
    try {
      const value = super.read(resource);
      this.#refused.delete(name);
      return value;
    } catch (error) {
      if (isConfigError(error)) this.#refused.set(name, { any, version, details: error.message, at: this.decoder.runtime.clock.now() });
      throw error;
    }
  }

  forget(name: string): void {
    this.#refused.delete(name);
  }
}
