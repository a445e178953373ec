/** Runs programs and keeps what they print. */
import { spawn } from "node:child_process";

/** The flags with which Node runs our TypeScript on the sources of the packages, not their build. */
export const sourceFlags: readonly string[] = [
  "--conditions=@mesh/source",
  ...process.execArgv.filter((flag) => flag === "--experimental-strip-types"),
];

export interface ExecOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds after which the program and all that it started are killed. Default: never. */
  readonly timeout?: number;
}

export interface ExecResult {
  /** The exit code; 1 where a signal or the timeout ended the program. */
  readonly code: number;
  readonly stdout: string;
  /** Standard output and standard error in the order in which they came, with a last line if time ran out. */
  readonly output: string;
}

const running = new Set<number>();

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // Gone by itself in the meantime.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** Ends what `exec` started and has not ended yet, with everything below it. */
export function killRunning(signal: NodeJS.Signals): void {
  for (const pid of running) killGroup(pid, signal);
}

/** Never rejects because of what the program does, only when it cannot be started. */
export function exec(command: string, args: readonly string[], options: ExecOptions): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    // A process group of its own, so that a program that hangs is killed together with its children.
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const { pid } = child;
    if (pid !== undefined) running.add(pid);
    let stdout = "";
    let output = "";
    let isLate = false;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    const expire = (): void => {
      isLate = true;
      if (pid !== undefined) killGroup(pid, "SIGKILL");
    };
    const timer = options.timeout === undefined ? undefined : setTimeout(expire, options.timeout);
    child.once("error", (error) => {
      clearTimeout(timer);
      if (pid !== undefined) running.delete(pid);
      reject(error);
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      if (pid !== undefined) running.delete(pid);
      if (isLate) output += `\n${command} was killed: it took longer than ${(options.timeout ?? 0) / 1000} s\n`;
      resolve({ code: isLate ? 1 : (code ?? 1), stdout, output });
    });
  });
}
