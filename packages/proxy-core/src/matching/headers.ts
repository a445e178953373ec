/** A head, request's or response's, as log formats, header matchers and mutations see it. */
export interface HeaderReader {
  /** A header's value; names that begin with `:` are the pseudo headers (`:authority`, `:path`, `:method`, `:scheme`, `:status`). */
  header(name: string): string | undefined;
}
