import { FRAME_HEADER } from "../wire/responses.ts";

/** Below, what is given back costs more than it brings. */
const WORTHWHILE_BYTES = 16_384;

/**
 * Gives the memory of a message back that nobody will look at any more, where it has memory of its own. A push in state of the world is
 * answered with the names of all that is subscribed to: 54 kB from each of 500 clients. Left to the garbage collector, these start it with
 * nearly each push, to look through a heap in which there is nothing else to be had: most pushes cost twice as much CPU then.
 *
 * @param bytes as gRPC gives them: the end of what was allocated for the message with its header
 */
export function release(bytes: Buffer): void {
  const { buffer } = bytes;
  // Memory of Node's pool is of others, too.
  const isAlone = bytes.byteOffset === FRAME_HEADER && buffer.byteLength === FRAME_HEADER + bytes.length;
  if (buffer instanceof ArrayBuffer && isAlone && bytes.length >= WORTHWHILE_BYTES) buffer.transfer(0);
}
