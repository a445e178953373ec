import type { HeaderMap } from "@mesh/codec";
import type { BodyKind } from "./framing.ts";
import type { TargetForm } from "./target.ts";

export type HttpVersion = "1.0" | "1.1";

/**
 * The head of a message. It refers to the bytes that it came in, and reads strings from them when asked. Values are text in UTF-8; bytes that
 * are no UTF-8 are read as latin1 (RFC 9110 §5.5 leaves both open), and an edit that repeats them writes UTF-8.
 *
 * What is changed is kept beside the bytes; an unchanged head is written byte for byte as it came.
 */
export interface MessageHead {
  readonly headers: HeaderMap;
  /** A proxy sets its own before it forwards (RFC 9110 §2.5). */
  version: HttpVersion;
  /** Whether the sender lets the connection be used again (RFC 9112 §9.3). As received: edits do not change it. */
  readonly keepAlive: boolean;
  /** The value of Upgrade where Connection names it and the version is 1.1 (RFC 9110 §7.8); otherwise `undefined`. As received. */
  readonly upgrade: string | undefined;
  /** How the body is framed: as received, or as `setFraming` said. */
  readonly bodyKind: BodyKind;
  /** Content-Length, or -1 where there is none. Of a response to HEAD and of a 304 it is that of the body that is left out. */
  readonly contentLength: number;

  /**
   * Removes the fields of this connection alone (RFC 9110 §7.6.1): Connection and what it names, Keep-Alive, Proxy-Connection, TE, Upgrade.
   * To be called before the proxy sets fields of its own, as Connection may name any. Content-Length and Transfer-Encoding change with
   * `setFraming` only. Where a proxy forwards the upgrade (`keepUpgrade`), Upgrade stays and Connection names it alone.
   */
  removeHopByHop(keepUpgrade?: boolean): void;

  /**
   * Makes Content-Length and Transfer-Encoding say how the body will be framed, whatever they said before. A body that is passed on as it was framed
   * needs no call; after filters that may have touched these fields the call makes them right again, and costs little where they are right.
   * Throws `CodecError` (`MESH_CODEC_UNENCODABLE`) for a length that is none, and for a request that would end with the connection.
   *
   * @param contentLength bytes; for `length` only; default 0
   */
  setFraming(kind: BodyKind, contentLength?: number): void;

  /**
   * Undoes what routes and filters may have made of Content-Length, Transfer-Encoding and Connection: a message is framed as its body is, whatever
   * its fields were edited to. Costs nothing where they were not. To be called before the proxy sets a Connection of its own.
   *
   * @param keepUpgrade the upgrade that the message asks for or grants is forwarded
   */
  restoreFraming(keepUpgrade?: boolean): void;

  /**
   * Bytes that `writeTo` writes. Throws `CodecError` (`MESH_CODEC_UNENCODABLE`) where an edit would break the message: a control character in a value, a
   * name that is no token. An edit is looked at once.
   */
  encodedLength(): number;

  /**
   * Writes the head with its empty line into memory of the caller, which must have `encodedLength()` bytes at `offset`. Throws as `encodedLength` does, before
   * it writes.
   *
   * @returns the offset after the last byte written
   */
  writeTo(target: Buffer, offset: number): number;

  /** Makes the head own its bytes. To be called before the memory of the chunk is used again, or where the head outlives its request. */
  detach(): void;
}

export interface RequestHead extends MessageHead {
  /** Case is kept; methods are case-sensitive. */
  method: string;
  /** The request target as it stands in the request line. */
  readonly target: string;
  readonly targetForm: TargetForm;
  /**
   * Path and query; `*` for the asterisk form, `""` for CONNECT, and what the absolute form says after the authority. Setting it makes the target
   * an origin form.
   */
  path: string;
  /**
   * Host and port: of the target where it has them (absolute form, CONNECT), else of Host; `""` without either. Setting it sets Host, and makes an
   * absolute form an origin form.
   */
  authority: string;
  /** `http` or `https` of an absolute form. */
  readonly scheme: string | undefined;
  /** The client waits for a 100 before it sends the body (RFC 9110 §10.1.1). */
  readonly expectContinue: boolean;

  /** Makes an absolute form an origin form, and Host its authority, as the last proxy before the origin must (RFC 9112 §3.2.2). No effect otherwise. */
  useOriginForm(): void;
}

export interface ResponseHead extends MessageHead {
  /** Setting it sets `reason` too. */
  status: number;
  reason: string;
  /** A 1xx response other than 101: the final one follows. */
  readonly isInterim: boolean;
}

export interface RequestHeadInit {
  readonly method: string;
  /** Path and query. Default `/`; of CONNECT the target is the authority. */
  readonly path?: string;
  /** Becomes Host, the first field. */
  readonly authority?: string;
  /** Default `1.1`. */
  readonly version?: HttpVersion;
  /** Names and values in the order of writing. */
  readonly headers?: Iterable<readonly [name: string, value: string]>;
  /** How the body is framed. Default `none`. */
  readonly body?: BodyKind;
  /** For `body: "length"`. */
  readonly contentLength?: number;
}

export interface ResponseHeadInit {
  readonly status: number;
  /** Default: the phrase of the status. */
  readonly reason?: string;
  /** Default `1.1`. */
  readonly version?: HttpVersion;
  /** Names and values in the order of writing. */
  readonly headers?: Iterable<readonly [name: string, value: string]>;
  /** How the body is framed. Default `none`. */
  readonly body?: BodyKind;
  /** For `body: "length"`. */
  readonly contentLength?: number;
}
