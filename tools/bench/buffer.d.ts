/** Node's own decoder behind `toString("latin1")`; the types do not know it, and a floor must not pay for the detour. */
interface Buffer {
  latin1Slice(start: number, end: number): string;
}
