/**
 * The least that any proxy on this runtime does with a head: find its end, look for four fields by the lengths of their names, and copy it with a line added.
 * It checks nothing, so it is a floor to compare with and not an alternative.
 */
export interface Floor {
  contentLength: number;
  hostStart: number;
  hostEnd: number;
}

const CR = 13;
const LF = 10;
const COLON = 58;

export function scanFloor(bytes: Buffer, found: Floor): number {
  const end = bytes.indexOf("\r\n\r\n", 0, "latin1");
  let at = bytes.indexOf(LF) + 1;
  while (at < end) {
    const eol = Math.min(bytes.indexOf(CR, at), end);
    const colon = bytes.indexOf(COLON, at);
    switch (colon - at) {
      case 4:
        found.hostStart = colon + 2;
        found.hostEnd = eol;
        break;
      case 14:
        found.contentLength = 0;
        for (let i = colon + 2; i < eol; i++) found.contentLength = found.contentLength * 10 + bytes[i]! - 48;
        break;
      default:
    }
    at = eol + 2;
  }
  return end;
}

export function forwardFloor(bytes: Buffer, end: number, line: Buffer, out: Buffer): number {
  bytes.copy(out, 0, 0, end + 2);
  line.copy(out, end + 2);
  bytes.copy(out, end + 2 + line.length, end + 4);
  return end + 2 + line.length;
}
