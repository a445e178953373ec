import type { Any, Message } from "@mesh/xds-proto";
import {
  checkMessage,
  ConfigPath,
  fail,
  finish,
  isConfigError,
  ProblemList,
  type Steps,
  WarningList,
  type ExtensionSet,
} from "../config/index.ts";
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
    const message = this.#decode(name, any);
    this.check(name, message, ConfigPath.root);
    return message;
  }

  /** The same, with a step for each value of a repeated field. */
  *decodeInSteps<Name extends ResourceMessage>(name: Name, any: Any, part: RepeatedPart<Name>): Steps<Message<Name>> {
    const message = this.#decode(name, any);
    const problems = new ProblemList();
    // Which fields are unknown, a copy would not tell.
    const whole: object = Object.create(message, { [part.property]: { value: [] } });
    this.#check(name, whole, ConfigPath.root, problems);
    const path = ConfigPath.root.field(part.field);
    for (const [index, value] of part.valuesOf(message).entries()) {
      yield;
      this.#check(part.message, value, path.index(index), problems);
    }
    problems.throwIfAny();
    return message;
  }

  /** Throws a `ConfigError`. Fields of newer versions of the API are warned of, and have no effect. */
  check(name: ResourceMessage, message: object, path: ConfigPath): void {
    const problems = new ProblemList();
    this.#check(name, message, path, problems);
    problems.throwIfAny();
  }

  #decode<Name extends ResourceMessage>(name: Name, any: Any): Message<Name> {
    const { registry } = this.extensions;
    const actual = any.type_url.slice(any.type_url.lastIndexOf("/") + 1);
    if (actual !== name) fail(ConfigPath.root, `expected a ${name}, got ${JSON.stringify(any.type_url)}`);
    try {
      return registry.decodeMessage(name, any.value);
    } catch (error) {
      return fail(ConfigPath.root, error instanceof Error ? error.message : String(error), error);
    }
  }

  #check(name: string, message: object, path: ConfigPath, problems: ProblemList): void {
    const context = { extensions: this.extensions, warnings: this.#warnings, unknownFields: "warning" } as const;
    checkMessage(name, message, path, problems, context, name === extensionMessage ? "envoy.filters.http" : undefined);
    // Paths that begin at a message do not tell of which kind it is.
    const kind = path === ConfigPath.root ? name : "";
    for (const { path: at, message: text } of this.#warnings.warnings.slice(this.#warningsTold)) {
      this.runtime.logger.log("warning", "config", [kind, at, text].filter((part) => part !== "").join(": "));
    }
    this.#warningsTold = this.#warnings.warnings.length;
  }
}

/** A repeated field of a message that may have thousands of values. */
export interface RepeatedPart<Name extends ResourceMessage> {
  readonly field: string;
  readonly property: keyof Message<Name>;
  /** Of its values. */
  readonly message: string;
  valuesOf(message: Message<Name>): readonly object[];
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

/** What was refused last, until something good comes in its place. */
export class Refusals {
  readonly byName: Map<string, RefusedUpdate> = new Map();
  readonly #decoder: ResourceDecoder;

  constructor(decoder: ResourceDecoder) {
    this.#decoder = decoder;
  }

  add({ name, any, version }: IncomingResource, error: unknown): void {
    if (isConfigError(error)) this.byName.set(name, { any, version, details: error.message, at: this.#decoder.runtime.clock.now() });
  }
}

/** One that remembers what it refused, until something good comes in its place. */
export class RememberingReader<Name extends ResourceMessage, Value> extends DecodingReader<Name, Value> {
  readonly #refusals: Refusals;

  constructor(message: Name, decoder: ResourceDecoder, make: (message: Message<Name>, resource: IncomingResource) => Value) {
    super(message, decoder, make);
    this.#refusals = new Refusals(decoder);
  }

  /** The last updates that were refused and not followed by good ones, by the resources' names. */
  get refused(): ReadonlyMap<string, RefusedUpdate> {
    return this.#refusals.byName;
  }

  override read(resource: IncomingResource): Value {
    try {
      const value = super.read(resource);
      this.forget(resource.name);
      return value;
    } catch (error) {
      this.#refusals.add(resource, error);
      throw error;
    }
  }

  forget(name: string): void {
    this.#refusals.byName.delete(name);
  }
}

export interface SteppingReaderOptions<Name extends ResourceMessage, Value> {
  readonly message: Name;
  readonly decoder: ResourceDecoder;
  /** What resources may have thousands of. */
  readonly part: RepeatedPart<Name>;
  /** May throw a `ConfigError`. */
  readonly make: (message: Message<Name>, resource: IncomingResource) => Steps<Value>;
}

/** The same for resources of which one may be so large that reading it takes long. */
export class SteppingReader<Name extends ResourceMessage, Value> implements ResourceReader<Value> {
  readonly message: Name;
  readonly #options: SteppingReaderOptions<Name, Value>;
  readonly #refusals: Refusals;

  constructor(options: SteppingReaderOptions<Name, Value>) {
    this.message = options.message;
    this.#options = options;
    this.#refusals = new Refusals(options.decoder);
  }

  /** As `RememberingReader.refused`. */
  get refused(): ReadonlyMap<string, RefusedUpdate> {
    return this.#refusals.byName;
  }

  read(resource: IncomingResource): Value {
    return finish(this.readInSteps(resource));
  }

  *readInSteps(resource: IncomingResource): Steps<Value> {
    const { message, decoder, part, make } = this.#options;
    try {
      const decoded = yield* decoder.decodeInSteps(message, resource.any, part);
      const value = yield* make(decoded, resource);
      this.forget(resource.name);
      return value;
    } catch (error) {
      this.#refusals.add(resource, error);
      throw error;
    }
  }

  forget(name: string): void {
    this.#refusals.byName.delete(name);
  }
}
