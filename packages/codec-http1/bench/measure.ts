/** CPU time of one operation: the best of several rounds, as other processes can only add to it. */
export function measure(name: string, operation: () => number, rounds = 25, millisecondsARound = 40): number {
  let guard = 0;
  let count = 1000;
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const start = process.threadCpuUsage();
    for (let i = 0; i < count; i++) guard += operation();
    const { user, system } = process.threadCpuUsage(start);
    const each = ((user + system) * 1000) / count;
    // The first rounds warm the compiler up.
    if (round >= 2) best = Math.min(best, each);
    count = Math.max(1000, Math.min(count * 100, Math.round((millisecondsARound * 1e6) / each)));
  }
  if (Number.isNaN(guard)) throw new Error(`${name} made no sense`);
  console.log(`${name.padEnd(64)} ${best.toFixed(0).padStart(7)} ns`);
  return best;
}
