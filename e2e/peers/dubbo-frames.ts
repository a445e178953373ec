/** Cuts what a connection carried into Dubbo's frames, by the 16 bytes before each, and looks no further: for tests that must not believe a codec. */

const headLength = 16;
const magic = 0xdabb;

export interface RawDubboFrame {
  /** All of it. */
  readonly bytes: Buffer;
  readonly isRequest: boolean;
  readonly isTwoWay: boolean;
  /** A heartbeat, or a notice that the sender goes. */
  readonly isEvent: boolean;
  /** 2 is hessian2, 23 fastjson2. */
  readonly serializationId: number;
  /** 20 is OK; requests have none. */
  readonly status: number;
  /** An answer has its request's. */
  readonly id: bigint;
  readonly body: Buffer;
}

/** The frames that are whole. Throws where a frame should begin and does not. */
export function splitDubboFrames(bytes: Buffer): RawDubboFrame[] {
  const frames: RawDubboFrame[] = [];
  let at = 0;
  while (bytes.length - at >= headLength) {
    if (bytes.readUInt16BE(at) !== magic) throw new Error(`no frame at ${at}: ${bytes.toString("hex", at, at + headLength)}`);
    const end = at + headLength + bytes.readUInt32BE(at + 12);
    if (end > bytes.length) break;
    const flags = bytes.readUInt8(at + 2);
    frames.push({
      bytes: bytes.subarray(at, end),
      isRequest: (flags & 0x80) !== 0,
      isTwoWay: (flags & 0x40) !== 0,
      isEvent: (flags & 0x20) !== 0,
      serializationId: flags & 0x1f,
      status: bytes.readUInt8(at + 3),
      id: bytes.readBigUInt64BE(at + 4),
      body: bytes.subarray(at + headLength, end),
    });
    at = end;
  }
  return frames;
}
