/** What a TLS client says of itself before anything is encrypted. */
export interface ClientHello {
  /** The name of the server that it wants (RFC 6066 §3), in lower case; undefined where it names none. */
  readonly serverName: string | undefined;
  /** The protocols that it offers (RFC 7301 §3.1), its first choice first; undefined where it offers none, or nothing readable. */
  readonly applicationProtocols: readonly string[] | undefined;
}

/** What the first bytes of a connection are. */
export type ClientHelloResult =
  /** No use in asking again before there are `needed` bytes. */
  { readonly kind: "more"; readonly needed: number } | { readonly kind: "none" } | { readonly kind: "hello"; readonly hello: ClientHello };

const none = { kind: "none" } as const;

/** RFC 8446 §5.1: a record's type, version and length. */
const recordHeaderBytes = 5;
const handshakeRecord = 22;
const majorVersion = 3;
const tls10 = 0x0301;
/** RFC 5246 §6.2.3: what a record may have at most. */
const maxRecordBytes = 16_384 + 2048;
/** RFC 8446 §4: a message's type and length. */
const messageHeaderBytes = 4;
/** Envoy's TLS refuses longer ones. */
const maxMessageBytes = 16_384;
const clientHelloMessage = 1;
const serverNameExtension = 0;
const applicationProtocolsExtension = 16;
const hostName = 0;
const maxHostNameBytes = 255;

/**
 * Reads the ClientHello (RFC 8446 §4.1.2; those of TLS 1.0 to 1.2 look the same) that a TLS connection begins with, in however many records it
 * stands. Never throws, and looks at nothing beyond it. How long it may be is the caller's to say.
 */
export function readClientHello(bytes: Buffer): ClientHelloResult {
  let at = 0;
  let message: Buffer | undefined;
  for (;;) {
    const record = readRecord(bytes, at);
    if (record.kind !== "record") {
      const first = at + recordHeaderBytes;
      const isOther = message === undefined && bytes.length > first && bytes[first] !== clientHelloMessage;
      return isOther ? none : record;
    }
    const { fragment } = record;
    at += recordHeaderBytes + fragment.length;
    message = message === undefined ? fragment : Buffer.concat([message, fragment]);
    if (message.length > 0 && message[0] !== clientHelloMessage) return none;
    if (message.length >= messageHeaderBytes) {
      const length = message.readUIntBE(1, 3);
      if (length > maxMessageBytes) return none;
      const end = messageHeaderBytes + length;
      if (message.length >= end) return parse(message.subarray(messageHeaderBytes, end));
    }
  }
}

type RecordResult = Exclude<ClientHelloResult, { kind: "hello" }> | { readonly kind: "record"; readonly fragment: Buffer };

function readRecord(bytes: Buffer, at: number): RecordResult {
  const left = bytes.length - at;
  if (left > 0 && bytes[at] !== handshakeRecord) return none;
  if (left > 1 && bytes[at + 1] !== majorVersion) return none;
  if (left < recordHeaderBytes) return { kind: "more", needed: at + (left < 2 ? left + 1 : recordHeaderBytes) };
  const length = bytes.readUInt16BE(at + 3);
  if (length > maxRecordBytes) return none;
  const start = at + recordHeaderBytes;
  if (left - recordHeaderBytes >= length) return { kind: "record", fragment: bytes.subarray(start, start + length) };
  // What kind of message it is tells the first byte.
  return { kind: "more", needed: left === recordHeaderBytes ? start + 1 : start + length };
}

/** Reads values one after the other; what is cut short makes it fail, and then all that follows is empty. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  hasFailed = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.hasFailed || this.#at === this.#bytes.length;
  }

  take(length: number): Buffer {
    const end = this.#at + length;
    if (this.hasFailed || end > this.#bytes.length) {
      this.hasFailed = true;
      return this.#bytes.subarray(0, 0);
    }
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** @param bytes 1 or 2 */
  number(bytes: number): number {
    const taken = this.take(bytes);
    return this.hasFailed ? 0 : taken.readUIntBE(0, bytes);
  }

  /** A value after its length, which has so many bytes. */
  prefixed(lengthBytes: number): Buffer {
    return this.take(this.number(lengthBytes));
  }
}

/** What cannot be read as one is none: whatever it is, no TLS would come of it. */
function parse(body: Buffer): ClientHelloResult {
  const reader = new Reader(body);
  const version = reader.take(2);
  reader.take(32);
  const session = reader.prefixed(1);
  const cipherSuites = reader.prefixed(2);
  const compressions = reader.prefixed(1);
  // A lower one, SSL 3.0, is spoken by nobody.
  if (reader.hasFailed || version.readUInt16BE(0) < tls10 || version[0] !== majorVersion || session.length > 32) return none;
  if (cipherSuites.length < 2 || cipherSuites.length % 2 !== 0 || compressions.length === 0) return none;
  let serverName: string | undefined;
  let applicationProtocols: readonly string[] | undefined;
  if (!reader.isAtEnd) {
    const extensions = new Reader(reader.prefixed(2));
    if (reader.hasFailed || !reader.isAtEnd) return none;
    const seen = new Set<number>();
    while (!extensions.isAtEnd) {
      const type = extensions.number(2);
      const data = extensions.prefixed(2);
      if (extensions.hasFailed || seen.has(type)) return none;
      seen.add(type);
      if (type === applicationProtocolsExtension) applicationProtocols = readProtocols(data);
      if (type !== serverNameExtension) continue;
      serverName = readServerName(data);
      if (serverName === undefined) return none;
    }
    if (extensions.hasFailed) return none;
  }
  return { kind: "hello", hello: { serverName, applicationProtocols } };
}

/** One host name, as RFC 6066 §3 has it; undefined for anything else. */
function readServerName(data: Buffer): string | undefined {
  const outer = new Reader(data);
  const list = new Reader(outer.prefixed(2));
  const type = list.number(1);
  const name = list.prefixed(2);
  if (outer.hasFailed || !outer.isAtEnd || list.hasFailed || !list.isAtEnd || type !== hostName) return undefined;
  if (name.length === 0 || name.length > maxHostNameBytes || name.includes(0)) return undefined;
  return name.toString("latin1").toLowerCase();
}

/** Envoy: whether the list is as it should be, is for the TLS behind to say. */
function readProtocols(data: Buffer): readonly string[] | undefined {
  const outer = new Reader(data);
  const list = new Reader(outer.prefixed(2));
  const protocols: string[] = [];
  while (!list.isAtEnd) {
    const name = list.prefixed(1);
    if (name.length === 0) return undefined;
    protocols.push(name.toString("latin1"));
  }
  return outer.hasFailed || !outer.isAtEnd || protocols.length === 0 ? undefined : protocols;
}
