/** For tests: ClientHellos, those of Node's TLS and those that a test makes up. */
import { once } from "node:events";
import { Duplex } from "node:stream";
import { connect, type ConnectionOptions } from "node:tls";

/** What a TLS client of Node's sends first. */
export async function clientHelloOf(options: ConnectionOptions): Promise<Buffer> {
  const sent: Buffer[] = [];
  const wire = new Duplex({
    read: (): void => {},
    write: (chunk: Buffer, _encoding, done): void => {
      sent.push(chunk);
      done();
      wire.emit("sent");
    },
  });
  const sending = once(wire, "sent");
  const client = connect({ ...options, socket: wire });
  client.on("error", () => {});
  await sending;
  client.destroy();
  return Buffer.concat(sent);
}

const prefixed = (lengthBytes: number, bytes: Buffer): Buffer => {
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntBE(bytes.length, 0, lengthBytes);
  return Buffer.concat([length, bytes]);
};

const number16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);

/** An extension of a ClientHello. */
export const extension = (type: number, data: Buffer): Buffer => Buffer.concat([number16(type), prefixed(2, data)]);

export const serverName = (name: string | Buffer, type: number = 0): Buffer =>
  extension(0, prefixed(2, Buffer.concat([Buffer.from([type]), prefixed(2, Buffer.from(name))])));

export const protocols = (...names: readonly string[]): Buffer =>
  extension(16, prefixed(2, Buffer.concat(names.map((name) => prefixed(1, Buffer.from(name))))));

export interface HelloFields {
  readonly version?: number;
  readonly sessionBytes?: number;
  readonly cipherSuites?: Buffer;
  readonly compressions?: Buffer;
  /** Undefined: not even their length. */
  readonly extensions?: readonly Buffer[] | undefined;
}

/** The message, without records. */
export function helloMessage(fields: HelloFields = {}): Buffer {
  const {
    version = 0x0303,
    sessionBytes = 32,
    cipherSuites = Buffer.from([0x13, 1]),
    compressions = Buffer.from([0]),
    extensions,
  } = fields;
  const body = Buffer.concat([
    number16(version),
    Buffer.alloc(32, 7),
    prefixed(1, Buffer.alloc(sessionBytes)),
    prefixed(2, cipherSuites),
    prefixed(1, compressions),
    ...(extensions === undefined ? [] : [prefixed(2, Buffer.concat(extensions))]),
  ]);
  return Buffer.concat([Buffer.from([1]), prefixed(3, body)]);
}

/** A message in records of so many bytes. */
export function records(message: Buffer, size: number = 16_384): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    parts.push(Buffer.from([22, 3, 1]), prefixed(2, message.subarray(at, at + size)));
  }
  return Buffer.concat(parts);
}
