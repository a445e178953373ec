import { isConfigError, type IncomingResource, type ResourceMessage, type ResourceReader } from "@mesh/proxy-core";
import {
  resourceKind,
  resourceTypes,
  type Acceptance,
  type AcceptSteps,
  type FieldError,
  type ResourceKind,
  type ResourceType,
} from "@mesh/xds-client";

interface Known {
  readonly reader: ResourceReader<unknown>;
  readonly kind: ResourceKind<unknown>;
}

/** The xDS client's kinds of resources, one for each reader. */
export class ReaderKinds {
  readonly #kinds = new Map<ResourceMessage, Known>();

  of<Value>(reader: ResourceReader<Value>): ResourceKind<Value> {
    const known = this.#kinds.get(reader.message);
    if (known === undefined) {
      const kind: ResourceKind<Value> = {
        ...resourceKind<Value>(typeOf(reader.message), (name, any, version) => accept(reader, { name, any, version })),
        ...(reader.readInSteps && { acceptInSteps: (name, any, version) => acceptInSteps(reader, { name, any, version }) }),
        begin: (removed) => reader.begin?.(removed),
        forget: (name) => reader.forget?.(name),
      };
      this.#kinds.set(reader.message, { reader, kind });
      return kind;
    }
    if (!isOf(reader, known)) throw new TypeError(`${reader.message} has another reader already: a proxy has one for each message`);
    return known.kind;
  }
}

/** The kind was made for this very reader, and so has its values. */
const isOf = <Value>(reader: ResourceReader<Value>, known: Known): known is { reader: ResourceReader<Value>; kind: ResourceKind<Value> } =>
  known.reader === reader;

function accept<Value>(reader: ResourceReader<Value>, resource: IncomingResource): Acceptance<Value> {
  try {
    return { value: reader.read(resource) };
  } catch (error) {
    return refusal(error);
  }
}

function* acceptInSteps<Value>(reader: ResourceReader<Value>, resource: IncomingResource): AcceptSteps<Acceptance<Value>> {
  try {
    return { value: reader.readInSteps === undefined ? reader.read(resource) : yield* reader.readInSteps(resource) };
  } catch (error) {
    return refusal(error);
  }
}

function refusal(error: unknown): { readonly errors: readonly FieldError[] } {
  if (!isConfigError(error)) throw error;
  return { errors: error.problems.map(({ path, message }): FieldError => ({ path, message })) };
}

function typeOf(message: ResourceMessage): ResourceType {
  const type = resourceTypes.find((each) => each.message === message);
  if (type === undefined) throw new TypeError(`there is no discovery service of ${message}`);
  return type;
}
