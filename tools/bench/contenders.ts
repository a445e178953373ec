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
 * Starts all contenders and measures them in turn, round by round, so that a machine that gets slower or faster meanwhile does so for all. Only one
 * of them has anything to do at a time.
 */
export async function compare(
  contenders: readonly Contender[],
  upstreamPort: number,
  rounds: number,
  run: (contender: RunningContender) => Promise<Sample>,
): Promise<Row[]> {
  const running: RunningContender[] = [];
  try {
    for (const { name, start } of contenders) {
      const port = await freePort();
      running.push({ name, port, peer: await start(port, upstreamPort) });
    }
    const samples = new Map<string, Sample[]>(running.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const contender of running) {
        const sample = await run(contender);
        samples.get(contender.name)?.push(sample);
        process.stderr.write(
          `  ${contender.name}: ${sample.cpuMicrosPerRequest.toFixed(2)} µs, ${Math.round(sample.requestsPerSecond)}/s\n`,
        );
      }
    }
    return running.map(({ name }) => summarize(name, samples.get(name) ?? []));
  } finally {
    await Promise.all(running.map(({ peer }) => peer.stop()));
  }
}
