/**
 * Headers of one message, read lazily from its bytes. Names are compared without regard to ASCII case (Envoy's configuration
 * writes them in lower case); the case and the order on the wire are kept. Values are text, in UTF-8 on the wire.
 */
export interface HeaderView {
  /**
   * The value that the protocol's own receiver would use: HTTP joins repeated fields with `, ` (RFC 9110 §5.3), Bolt takes the last
   * that is not null. `undefined` where there is none.
   */
  get(name: string): string | undefined;
  /** Whether `get` has a value. */
  has(name: string): boolean;
  /** Visits every entry in wire order, repeated ones too. A null value (Bolt) is visited as `null`. */
  forEach(visit: (name: string, value: string | null) => void): void;
}

/** Headers that can be changed. An unchanged map costs nothing when the message is written again. */
export interface HeaderMap extends HeaderView {
  /** Replaces all entries of that name by one, at the place and in the spelling of the first, or adds it at the end. */
  set(name: string, value: string): void;
  /** Adds an entry at the end, whatever is there. */
  append(name: string, value: string): void;
  /** Removes all entries of that name; true if there was one. */
  delete(name: string): boolean;
}
