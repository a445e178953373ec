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
        samples.get(name)?.push(await told(run, { name, port, peer }));
      } finally {
        await peer.stop();
      }
    }
  }
  return contenders.map(({ name }) => summarize(name, samples.get(name) ?? []));
}

/**
 * Measures contenders that all run, in short turns: a disturbance of the machine, which decides what the slowest of a hundred requests took, then
 * spoils a turn of one of them, and medians over many turns do not show it.
 *
 * @param prepare is called for each before the first turn
 */
export async function compareInTurns(
  contenders: readonly Contender[],
  upstreamPort: number,
  turns: number,
  prepare: (contender: RunningContender) => Promise<void>,
  run: (contender: RunningContender) => Promise<Sample>,
): Promise<Row[]> {
  const running: RunningContender[] = [];
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  try {
    for (const { name, start } of contenders) {
      const port = await freePort();
      const contender = { name, port, peer: await start(port, upstreamPort) };
      running.push(contender);
      await prepare(contender);
    }
    for (let turn = 0; turn < turns; turn++) {
      for (const contender of running) samples.get(contender.name)?.push(await told(run, contender));
    }
  } finally {
    for (const { peer } of running) await peer.stop();
  }
  return contenders.map(({ name }) => summarize(name, samples.get(name) ?? []));
}

async function told(run: (contender: RunningContender) => Promise<Sample>, contender: RunningContender): Promise<Sample> {
  const sample = await run(contender);
  const { cpuMicrosPerRequest, requestsPerSecond, p99 } = sample;
  const slowest = p99 === undefined ? "" : `, p99 ${p99} µs`;
  process.stderr.write(`  ${contender.name}: ${cpuMicrosPerRequest.toFixed(2)} µs, ${Math.round(requestsPerSecond)}/s${slowest}\n`);
  return sample;
}
