import type { PoolSlot } from "./contract.ts";

let allocated = 0;

/** A place for the pools of one protocol with one configuration on every host. Made while configuration is compiled: slots are not given back. */
export function allocatePoolSlot(): PoolSlot {
  const slot = allocated;
  allocated++;
  return { slot };
}
