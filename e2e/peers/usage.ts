import { readFileSync, readdirSync } from "node:fs";

/** What a running process has used. Linux only. */
export interface Usage {
  /** Microseconds of CPU, user and system, of all its threads that still run. */
  readonly cpuMicros: number;
  /** Resident memory in KiB. */
  readonly rssKiB: number;
}

/** Nanoseconds that one thread was on a CPU; /proc/<pid>/stat would count in ticks of 10 ms. */
function threadNanos(folder: string): number {
  try {
    return Number(readFileSync(`${folder}/schedstat`, "utf8").split(" ", 1)[0]);
  } catch {
    // The thread ended after the folder was listed.
    return 0;
  }
}

export function readUsage(pid: number): Usage {
  const tasks = `/proc/${pid}/task`;
  // The first thread is always there: a kernel without these figures is an error here, not a zero.
  readFileSync(`${tasks}/${pid}/schedstat`);
  const nanos = readdirSync(tasks).reduce((sum, thread) => sum + threadNanos(`${tasks}/${thread}`), 0);
  const rss = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return { cpuMicros: nanos / 1000, rssKiB: Number(rss?.[1] ?? 0) };
}
