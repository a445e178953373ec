import { freePort } from "../../e2e/peers/ports.ts";
import type { Peer } from "../../e2e/peers/process.ts";
import { summarize, type Row, type Sample } from "./measure.ts";

/** A proxy to be measured. */
export interface Contender {
  readonly name: string;
  readonly start: (port: number, upstreamPort: number) => Promise<Peer>;
}

export interface RunningContender {
  readonly name: string;
  readonly port: number;
  readonly peer: Peer;
}

/**
 * Measures contenders in turn, round by round, so that a machine that gets slower or faster meanwhile does so for all. Each round starts each of
 * them anew: how one process happens to be compiled, and how its batches fall, then counts once and not for all rounds.
 */
export async function compare(
  contenders: readonly Contender[],
  upstreamPort: number,
  rounds: number,
  run: (contender: RunningContender) => Promise<Sample>,
): Promise<Row[]> {
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, start } of contenders) {
      const port = await freePort();
      const peer = await start(port, upstreamPort);
      try {
        const sample = await run({ name, port, peer });
        samples.get(name)?.push(sample);
        process.stderr.write(`  ${name}: ${sample.cpuMicrosPerRequest.toFixed(2)} µs, ${Math.round(sample.requestsPerSecond)}/s\n`);
      } finally {
        await peer.stop();
      }
    }
  }
  return contenders.map(({ name }) => summarize(name, samples.get(name) ?? []));
}
