import { createHash } from "node:crypto";
import { encodeMessage, packAny, type MessageInit, type MessageName } from "@mesh/xds-proto";
import type { Resource, ResourceSet } from "./resource.ts";

/** What is other in another set. A name that is both set and removed is set. */
export interface ResourceChanges {
  /** Added, or in the place of those of the same names. */
  readonly set?: Iterable<Resource>;
  /** Names; one that is not there is no error. */
  readonly remove?: Iterable<string>;
}

/** A set that others are made from. */
export interface DerivableResourceSet extends ResourceSet {
  /** This set with changes; itself where nothing is other. What did not change is shared. */
  with(changes: ResourceChanges): DerivableResourceSet;
}

/** 96 bits: enough that no two contents meet, short enough for logs. */
const VERSION_BYTES = 12;

/** Encodes a message as a resource. Its version is a hash of its content, the same in every process. Throws `ProtoError`. */
export function createResource<Name extends MessageName>(type: Name, name: string, message: MessageInit<Name>): Resource {
  const any = encodeMessage("google.protobuf.Any", packAny(type, message));
  return { name, version: hashOf(any).toString("base64url"), any };
}

/** Makes a set; of resources of one name, the last one counts. Its version is a hash of names and versions, in whatever order they are. */
export function createResourceSet(resources: Iterable<Resource> = []): DerivableResourceSet {
  return emptySet.with({ set: resources });
}

class ResourceMap implements DerivableResourceSet {
  readonly version: string;
  readonly #resources: ReadonlyMap<string, Resource>;
  /** The sum of what each resource adds to the version, so that a change of one costs one hash. */
  readonly #digest: bigint;

  constructor(resources: ReadonlyMap<string, Resource>, digest: bigint) {
    this.#resources = resources;
    this.#digest = digest;
    const hex = BigInt.asUintN(VERSION_BYTES * 8, digest).toString(16);
    this.version = Buffer.from(hex.padStart(VERSION_BYTES * 2, "0"), "hex").toString("base64url");
  }

  get size(): number {
    return this.#resources.size;
  }

  get(name: string): Resource | undefined {
    return this.#resources.get(name);
  }

  [Symbol.iterator](): Iterator<Resource> {
    return this.#resources.values();
  }

  with({ set = [], remove = [] }: ResourceChanges): DerivableResourceSet {
    const resources = new Map(this.#resources);
    let digest = this.#digest;
    for (const name of remove) {
      const old = resources.get(name);
      if (!old) continue;
      digest -= digestOf(old);
      resources.delete(name);
    }
    for (const resource of set) {
      const old = resources.get(resource.name);
      if (old?.version === resource.version) continue;
      if (old) digest -= digestOf(old);
      digest += digestOf(resource);
      resources.set(resource.name, resource);
    }
    return digest === this.#digest ? this : new ResourceMap(resources, digest);
  }
}

function hashOf(bytes: Uint8Array | string): Buffer {
  return createHash("sha256").update(bytes).digest().subarray(0, VERSION_BYTES);
}

function digestOf({ name, version }: Resource): bigint {
  return BigInt(`0x${hashOf(`${name.length}:${name}${version}`).toString("hex")}`);
}

const emptySet: DerivableResourceSet = new ResourceMap(new Map(), 0n);
