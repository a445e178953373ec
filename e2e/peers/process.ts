import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { createInterface } from "node:readline";
import { removeScratch } from "./scratch.ts";
import { findProgram } from "./tools.ts";

/** How a process ended. */
export interface Exit {
  /** The exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that runs beside the tests. */
export interface Peer {
  readonly name: string;
  readonly pid: number;
  /** Resolves when the process is gone; never rejects. */
  readonly exited: Promise<Exit>;
  /** SIGTERM, and SIGKILL when it is not gone after `graceMs` (default 10 s). */
  stop(graceMs?: number): Promise<Exit>;
  /** SIGKILL: the peer has no time to say goodbye. */
  kill(): Promise<Exit>;
  /** SIGSTOP makes a peer hang with its connections open, SIGCONT wakes it. */
  signal(signal: NodeJS.Signals): void;
  /** The last lines that it printed, for a message about what went wrong. */
  output(): string;
  /** The first line that matches, printed already or yet to come. Rejects when the process ends without it. */
  line(pattern: RegExp): Promise<string>;
}

export interface PeerOptions {
  /** For messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The only CPU that it may run on. Default: all. Linux only. */
  readonly cpu?: number;
  /** It is ready once it prints such a line, or accepts connections on all these ports of 127.0.0.1. */
  readonly ready: RegExp | readonly number[];
  /** A safety net: milliseconds after which a peer that is not ready is killed. Default: 60 s. */
  readonly readyTimeoutMs?: number;
  /** A folder that is removed when the process is gone. */
  readonly scratch?: string;
  /** Takes lines of standard output that are not for people: true keeps a line from `output()`. */
  readonly onLine?: (line: string) => boolean;
}

const mostLines = 400;
const live = new Set<RunningPeer>();

function killLive(): void {
  for (const peer of live) peer.signal("SIGKILL");
}

/** Kills every peer that has not been stopped: for the end of a test file, some of whose tests may have failed half way. */
export async function endAllPeers(): Promise<void> {
  await Promise.all([...live].map((peer) => peer.kill()));
}

/**
 * The command line that starts a program as a child of this process only: Linux kills it when we are gone, even by SIGKILL.
 * Elsewhere `killLive` does what it can.
 */
function commandLine(options: Pick<PeerOptions, "command" | "args" | "cpu">): [command: string, args: string[]] {
  const line = [options.command, ...options.args];
  if (process.platform === "linux") {
    const taskset = options.cpu === undefined ? undefined : findProgram("taskset");
    if (taskset !== undefined) line.unshift(taskset, "--cpu-list", String(options.cpu));
    const setpriv = findProgram("setpriv");
    if (setpriv !== undefined) line.unshift(setpriv, "--pdeathsig", "KILL", "--");
  }
  const [command = "", ...args] = line;
  return [command, args];
}

/** Starts a program and waits until it is ready. Rejects with what it printed when it ends before that. */
export async function startPeer(options: PeerOptions): Promise<RunningPeer> {
  const peer = new RunningPeer(options);
  const timeoutMs = options.readyTimeoutMs ?? 60_000;
  const net = setTimeout(() => void peer.kill(), timeoutMs);
  try {
    await peer.becomeReady(options.ready);
    return peer;
  } catch (cause) {
    await peer.kill();
    throw new Error(`${options.name} did not become ready (within ${timeoutMs} ms):\n${peer.output()}`, { cause });
  } finally {
    clearTimeout(net);
  }
}

async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

export class RunningPeer implements Peer {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #watchers = new Set<(line: string) => void>();
  #isGone = false;

  constructor(options: PeerOptions) {
    this.name = options.name;
    if (live.size === 0) process.once("exit", killLive);
    const [command, args] = commandLine(options);
    const child = spawn(command, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...process.env, ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    live.add(this);
    this.#child = child;
    this.pid = child.pid ?? -1;
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (options.onLine?.(line) !== true) this.#print(line);
    });
    createInterface({ input: child.stderr }).on("line", (line) => this.#print(line));
    // A peer that is gone takes no more input; `exited` tells.
    child.stdin.on("error", () => {});
    this.exited = new Promise((resolve) => {
      const end = (exit: Exit): void => {
        if (this.#isGone) return;
        this.#isGone = true;
        live.delete(this);
        if (live.size === 0) process.off("exit", killLive);
        if (options.scratch !== undefined) removeScratch(options.scratch);
        resolve(exit);
      };
      child.once("error", (error) => {
        this.#print(String(error));
        end({ code: null, signal: null });
      });
      child.once("close", (code, signal) => end({ code, signal }));
    });
  }

  #print(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > mostLines) this.#lines.shift();
    for (const watch of this.#watchers) watch(line);
  }

  async becomeReady(ready: RegExp | readonly number[]): Promise<void> {
    if (ready instanceof RegExp) {
      await this.line(ready);
      return;
    }
    for (const port of ready) {
      while (!(await accepts(port))) {
        if (this.#isGone) throw new Error(`${this.name} ended before it listened on port ${port}`);
        await delay(10);
      }
    }
  }

  line(pattern: RegExp): Promise<string> {
    const seen = this.#lines.find((line) => pattern.test(line));
    if (seen !== undefined) return Promise.resolve(seen);
    return new Promise((resolve, reject) => {
      const watch = (line: string): void => {
        if (!pattern.test(line)) return;
        this.#watchers.delete(watch);
        resolve(line);
      };
      this.#watchers.add(watch);
      const giveUp = async (): Promise<void> => {
        await this.exited;
        this.#watchers.delete(watch);
        reject(new Error(`${this.name} ended without printing ${pattern.source}:\n${this.output()}`));
      };
      void giveUp();
    });
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  output(): string {
    return this.#lines.join("\n");
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async stop(graceMs: number = 10_000): Promise<Exit> {
    this.#child.kill("SIGTERM");
    // A stopped process hears nothing else.
    this.#child.kill("SIGCONT");
    const net = setTimeout(() => this.#child.kill("SIGKILL"), graceMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(net);
    }
  }

  async kill(): Promise<Exit> {
    this.#child.kill("SIGKILL");
    return this.exited;
  }
}

export interface RunResult {
  readonly exit: Exit;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly cpu?: number;
  /** A safety net: milliseconds after which the program is killed. Default: 60 s. */
  readonly timeoutMs?: number;
}

/** Runs a program to its end, whatever its exit code. Rejects only when it cannot be started. */
export function runProgram(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [program, rest] = commandLine({ command, args, ...(options.cpu === undefined ? {} : { cpu: options.cpu }) });
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      stdio: ["ignore", "pipe", "pipe"],
      timeout: options.timeoutMs ?? 60_000,
      killSignal: "SIGKILL",
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ exit: { code, signal }, stdout, stderr }));
  });
}
