import type { HeaderView } from "@mesh/codec";
import type { RequestHead, ResponseHead } from "./head.ts";

/** What follows a head. */
export interface BodySink {
  /** A part of the body: the bytes of `chunk` from `start` to `end`, of which there is at least one. They are not copied. */
  onBody(chunk: Buffer, start: number, end: number): void;
  /** The trailers of a chunked body that has some. Fields of framing and routing are never among them. */
  onTrailers(trailers: HeaderView): void;
}

/**
 * Takes the parts of the messages of one direction of one connection, in order: `onHead`, any number of `onBody`, at most one `onTrailers`, `onEnd`.
 * An interim response (`isInterim`) is a head alone.
 */
export interface MessageSink<H extends RequestHead | ResponseHead> extends BodySink {
  onHead(head: H): void;
  onEnd(): void;
}
