import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";

/** The signals that mean something to pilot. */
const signals = ["SIGTERM", "SIGINT"];

/**
 * For a Node that is too old: goes on with the one that is installed as a package, as it is where this repository is checked out, or says
 * what is needed.
 *
 * @param {readonly string[]} args the program and its arguments
 */
export function runWithNewerNode(args) {
  const path = findNode();
  if (path === undefined) {
    console.error(`pilot needs Node.js 22.12 or newer; this is ${process.versions.node}`);
    process.exitCode = 1;
    return;
  }
  // In a group of its own, so that Ctrl-C in a terminal reaches it once: from here.
  const child = spawn(path, args, { stdio: "inherit", detached: true });
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.once("error", (error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
  child.once("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 128 + constants.signals[signal]));
}

function findNode() {
  try {
    return createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/bin/node`);
  } catch {
    return undefined;
  }
}
