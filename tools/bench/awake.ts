import { closeSync, openSync, writeSync } from "node:fs";

/** Linux: as long as somebody holds it open, no CPU sleeps so deeply that waking takes longer than the microseconds written to it. */
const device = "/dev/cpu_dma_latency";

/**
 * Keeps idle CPUs from sleeping while something runs, as programs that measure latencies do. On a virtual machine a CPU that sleeps has to be woken by the
 * host, which takes tens to hundreds of microseconds, several times a request: more than any proxy, and not the proxy's.
 *
 * @returns what came of `run`, and whether the CPUs could be kept awake, which takes root
 */
export async function whileAwake<T>(run: () => Promise<T>): Promise<{ readonly result: T; readonly isAwake: boolean }> {
  let held: number | undefined;
  try {
    held = openSync(device, "r+");
    writeSync(held, Buffer.alloc(4));
  } catch {
    // No such device, or not ours: the figures are those of CPUs that sleep.
  }
  try {
    return { result: await run(), isAwake: held !== undefined };
  } finally {
    if (held !== undefined) closeSync(held);
  }
}
