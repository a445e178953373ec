/** What a response holds, the same for state of the world, delta and files. */
import { decodeMessage, isProtoError, type Any, type Message } from "@mesh/xds-proto";
import type { FieldError } from "../errors.ts";
import type { Acceptance } from "../resource/kind.ts";
import { canonicalName } from "../resource/name.ts";
import { readFirstField } from "../resource/first-field.ts";
import type { ResourceType } from "../resource/types.ts";

export interface IncomingResource {
  readonly name: string;
  /** Absent in a heartbeat (the version is the one we have), and where an alias stands for nothing. */
  readonly any: Any | undefined;
  readonly version: string;
  readonly aliases: readonly string[];
  /** The time after which it is to be dropped unless it is sent again; undefined means never. */
  readonly ttlMs: number | undefined;
}

/** What cannot even be given to the kind's `accept`. */
export interface Refusal {
  /** Or its place in the response, where it has no name that can be read. */
  readonly name: string;
  readonly errors: readonly FieldError[];
  /** Absent where the response itself is at fault. */
  readonly any?: Any;
  /** Whether `name` is a name. */
  readonly isNamed: boolean;
}

/** What became of new bytes when they were given to the kind's `accept`. */
export interface Prepared {
  /** With bytes of its own. */
  readonly any: Any;
  readonly acceptance: Acceptance<unknown>;
}

export interface Incoming {
  readonly resources: readonly IncomingResource[];
  readonly refusals: readonly Refusal[];
  /** By name: what was accepted or refused before the response is applied. The others are when it is. */
  readonly prepared: Map<string, Prepared>;
}

const WRAPPER = "type.googleapis.com/envoy.service.discovery.v3.Resource";

/** A resource of a response, or why it cannot be one. */
export type Read = IncomingResource | Refusal;

/** Reads the resource at a place of a response. */
export function readSotw(type: ResourceType, response: Message<"envoy.service.discovery.v3.DiscoveryResponse">, index: number): Read {
  const any = response.resources[index];
  if (!any) throw new RangeError(`there is no resources[${index}]`);
  if (any.type_url !== WRAPPER) return readPlain(type, any, response.versionInfo, index);
  try {
    // The version of a wrapped resource counts in delta only: state of the world has one for the response. A heartbeat needs none.
    const resource = decodeMessage("envoy.service.discovery.v3.Resource", any.value);
    return readWrapped(type, { ...resource, version: resource.resource ? response.versionInfo : "" }, index);
  } catch (error) {
    if (!isProtoError(error)) throw error;
    return refuse(index, any, error.path, error.message);
  }
}

/** The same of a delta response. */
export function readDelta(type: ResourceType, response: Message<"envoy.service.discovery.v3.DeltaDiscoveryResponse">, index: number): Read {
  const resource = response.resources[index];
  if (!resource) throw new RangeError(`there is no resources[${index}]`);
  return readWrapped(type, resource, index);
}

/** What a delta response says is gone. */
export function removedNames({
  removedResources,
  removedResourceNames,
}: Message<"envoy.service.discovery.v3.DeltaDiscoveryResponse">): string[] {
  return [...removedResources, ...removedResourceNames.map(({ name }) => name)].map(canonicalName);
}

function readPlain(type: ResourceType, any: Any, version: string, index: number): Read {
  return check(type, { name: "", any, version, aliases: [], ttlMs: undefined }, index);
}

function readWrapped(type: ResourceType, resource: Message<"envoy.service.discovery.v3.Resource">, index: number): Read {
  const { version, ttl } = resource;
  const name = canonicalName(resource.name || (resource.resourceName?.name ?? ""));
  const ttlMs = ttl ? ttl.seconds * 1000 + ttl.nanos / 1e6 : undefined;
  return check(type, { name, any: resource.resource ?? undefined, version, aliases: resource.aliases.map(canonicalName), ttlMs }, index);
}

/** A resource has the name that its wrapper gives it, or else its own. */
function check(type: ResourceType, incoming: IncomingResource, index: number): Read {
  const { any } = incoming;
  if (any && any.type_url !== type.typeUrl) return refuse(index, any, "", `is of type ${any.type_url}, not ${type.typeUrl}`, incoming.name);
  const first = any ? readFirstField(any.value) : undefined;
  const name = incoming.name || canonicalName(first?.text ?? "");
  if (first?.isMalformed) return refuse(index, any, "", "its bytes are not a message", name);
  return name === "" ? refuse(index, any, "name", "must not be empty") : { ...incoming, name };
}

function refuse(index: number, any: Any | undefined, path: string, message: string, name = ""): Refusal {
  const refusal = { name: name || `resources[${index}]`, errors: [{ path, message }], isNamed: name !== "" };
  return any ? { ...refusal, any } : refusal;
}

/** Takes those apart that can be read; a name that is there twice is refused, since either may be meant. */
export class Collector {
  readonly #resources = new Map<string, IncomingResource>();
  readonly #refusals: Refusal[] = [];
  readonly #twice = new Set<string>();

  add(read: Read): void {
    if ("errors" in read) this.#refusals.push(read);
    else if (this.#resources.has(read.name)) this.#twice.add(read.name);
    else this.#resources.set(read.name, read);
  }

  finish(): Incoming {
    for (const name of this.#twice) {
      this.#resources.delete(name);
      this.#refusals.push({ name, errors: [{ path: "name", message: "is there twice" }], isNamed: true });
    }
    return { resources: [...this.#resources.values()], refusals: this.#refusals, prepared: new Map() };
  }
}
