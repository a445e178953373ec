/** Runs a program in our place: our terminal, our signals, its exit code. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { isatty } from "node:tty";

/**
 * Resolves with the exit code once the program has ended by itself, however many signals came in the meantime.
 *
 * A terminal sends Ctrl-C to every process of the foreground group, so the program has it already and a second SIGINT from us
 * would look like impatience. Without a terminal nobody else tells it.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, quiet?: string | undefined, isTerminal?: boolean }} options `quiet` is a line
 *   that stands for the output of the program, which is shown only when it fails
 * @returns {Promise<number>}
 */
export function run(command, args, { cwd, env, quiet, isTerminal = isatty(0) }) {
  return new Promise((resolve, reject) => {
    if (quiet) console.log(quiet);
    const child = spawn(command, args, { cwd, env, stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit" });
    /** @type {Buffer[]} */
    const output = [];
    child.stdout?.on("data", (chunk) => output.push(chunk));
    child.stderr?.on("data", (chunk) => output.push(chunk));
    const onSignal = (/** @type {NodeJS.Signals} */ signal) => {
      if (signal === "SIGINT" && isTerminal) return;
      child.kill(signal);
    };
    const signals = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);
    for (const signal of signals) process.on(signal, onSignal);
    const done = () => signals.forEach((signal) => process.off(signal, onSignal));
    child.once("error", (/** @type {Error} */ error) => {
      done();
      reject(error);
    });
    child.once("close", (code, signal) => {
      done();
      if (code !== 0) process.stderr.write(Buffer.concat(output));
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}
