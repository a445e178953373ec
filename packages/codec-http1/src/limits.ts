/** Bounds of what a decoder keeps in memory. Bodies stream, and have none. */
export interface Http1Limits {
  /** The most bytes of a request line or status line, CRLF included. Default 16384. */
  readonly maxStartLineBytes: number;
  /** The most bytes of a head: start line, fields and all line ends. Default 61440, as Envoy's `max_request_headers_kb`. */
  readonly maxHeadBytes: number;
  /** The most fields of a head, and of a trailer section. Default 100, as Envoy's `max_headers_count`. */
  readonly maxHeaderCount: number;
  /** The most bytes of a trailer section, the empty line at its end included. Default 16384. */
  readonly maxTrailerBytes: number;
  /** The most bytes of one chunk's extensions, from the first `;` (or the white space before it) to the CR. Default 1024. */
  readonly maxChunkExtensionBytes: number;
  /** The most empty lines that are skipped before a request line. Default 1 (RFC 9112 §2.2); responses may have none. */
  readonly maxLeadingEmptyLines: number;
}

export const defaultHttp1Limits: Http1Limits = {
  maxStartLineBytes: 16_384,
  maxHeadBytes: 61_440,
  maxHeaderCount: 100,
  maxTrailerBytes: 16_384,
  maxChunkExtensionBytes: 1024,
  maxLeadingEmptyLines: 1,
};
