/** A head, request's or response's, as log formats, header matchers and mutations see it. */
export interface HeaderReader {
  /** A header's value; names that begin with `:` are the pseudo headers (`:authority`, `:path`, `:method`, `:scheme`, `:status`). */
  header(name: string): string | undefined;
  /**
   * The values of a header that may stand in a message more than once, each by itself; absent where a protocol has one value a name.
   * Pseudo headers are not asked for.
   */
  headerValues?(name: string): readonly string[];
}
