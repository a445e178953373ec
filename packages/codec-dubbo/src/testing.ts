import { dubboCodec } from "./codec.ts";
import type { DubboFrame } from "./frame.ts";

/** The only frame in `bytes`. For tests. */
export function read(bytes: Buffer): DubboFrame {
  const frames: DubboFrame[] = [];
  const session = dubboCodec().open({ onFrame: (frame) => frames.push(frame) }, { role: "server" });
  session.push(bytes);
  if (session.error !== undefined) throw session.error;
  const [frame] = frames;
  if (frame === undefined || frames.length !== 1) throw new Error(`${frames.length} frames`);
  return frame;
}

export function written(frame: DubboFrame): Buffer {
  const bytes = Buffer.alloc(frame.encodedLength());
  frame.writeTo(bytes, 0, frame.idHigh, frame.idLow);
  return bytes;
}

export function rewritten(frame: DubboFrame): DubboFrame {
  return read(written(frame));
}

export function entriesOf(frame: DubboFrame): [string, string | null][] {
  const entries: [string, string | null][] = [];
  frame.headers.forEach((name, value) => entries.push([name, value]));
  return entries;
}

/** Bytes in hexadecimal, with spaces as one likes. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(" ", ""), "hex");
}
