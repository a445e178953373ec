import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeStaleSocket } from "./unix-socket.ts";

let folder = "";
let path = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stale-"));
  path = join(folder, "sock");
});
afterEach(() => rm(folder, { recursive: true }));

test("what a process left that is gone is removed", async () => {
  const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  await once(spawn(process.execPath, ["-e", script], { stdio: "ignore" }), "exit");
  expect(existsSync(path)).toBe(true);
  await removeStaleSocket(path);
  expect(existsSync(path)).toBe(false);
});

test("a socket that someone listens on stays", async () => {
  const server = createServer().listen(path);
  await once(server, "listening");
  await removeStaleSocket(path);
  expect(existsSync(path)).toBe(true);
  server.close();
});

test("a file that is no socket stays, and one that is not there is no matter", async () => {
  await removeStaleSocket(path);
  await removeStaleSocket("@abstract");
  await writeFile(path, "");
  await removeStaleSocket(path);
  expect(existsSync(path)).toBe(true);
});
