/** One resource, encoded once for all clients that see it. Immutable. */
export interface Resource {
  readonly name: string;
  /** Other content has another version. Delta clients name it when they come back (`initial_resource_versions`). */
  readonly version: string;
  /** A `google.protobuf.Any`, encoded. */
  readonly any: Uint8Array;
}

/**
 * The resources of one type as one kind of client is to see them at one moment. Immutable, and compared by identity: give clients that
 * are alike the same object, and what is made of it (differences, encoded responses) is made once for all of them.
 */
export interface ResourceSet {
  /** Two sets of a type with the same version have the same resources. It is the `version_info` of responses. */
  readonly version: string;
  readonly size: number;
  get(name: string): Resource | undefined;
  /**
   * The sets that this one is put together of, where it is: no two of them have a resource of the same name. What is made of a part is
   * shared with all other sets that it is part of.
   */
  readonly parts?: readonly ResourceSet[] | undefined;
  [Symbol.iterator](): Iterator<Resource>;
}
