import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { freePort } from "./ports.ts";
import { endAllPeers, runProgram, startPeer } from "./process.ts";
import { makeScratch } from "./scratch.ts";
import { requirePeer } from "./tools.ts";
import type { PeerTool } from "./tools.ts";
import { readUsage } from "./usage.ts";

const node = process.execPath;

/** A process that nobody has waited for yet is dead, too: not every container's first process does that. */
function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

describe("a started peer", () => {
  test("is ready once it has printed its line, and its lines can be awaited before and after they came", async () => {
    const code = `console.log("READY"); console.error("from stderr"); process.stdin.on("data", (text) => console.log("got " + text));`;
    const peer = await startPeer({ name: "echo", command: node, args: ["-e", code], ready: /^READY$/ });
    await expect(peer.line(/stderr/)).resolves.toBe("from stderr");
    const later = peer.line(/^got/);
    peer.write("hello");
    await expect(later).resolves.toBe("got hello");
    await peer.kill();
    await expect(peer.line(/never/)).rejects.toThrow("ended without printing never");
  });

  test("is ready once it accepts connections", async () => {
    const port = await freePort();
    const code = `require("net").createServer().listen(${port}, "127.0.0.1")`;
    const peer = await startPeer({ name: "listener", command: node, args: ["-e", code], ready: [port] });
    expect(await peer.stop()).toEqual({ code: null, signal: "SIGTERM" });
  });

  test("that ends too early is an error with its output", async () => {
    const start = startPeer({
      name: "failing",
      command: node,
      args: ["-e", `console.error("no such thing"); process.exit(3)`],
      ready: /READY/,
    });
    await expect(start).rejects.toThrow(/failing did not become ready[^]*no such thing/);
  });

  test("that cannot be started is an error", async () => {
    await expect(startPeer({ name: "nothing", command: "/nonexistent", args: [], ready: /READY/ })).rejects.toThrow(
      "nothing did not become ready",
    );
  });

  test("that does not listen to SIGTERM is killed, and so is one that is stopped", async () => {
    const code = `process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("READY");`;
    const deaf = await startPeer({ name: "deaf", command: node, args: ["-e", code], ready: /READY/ });
    expect((await deaf.stop(50)).signal).toBe("SIGKILL");

    const frozen = await startPeer({ name: "frozen", command: node, args: ["-e", code], ready: /READY/ });
    frozen.signal("SIGSTOP");
    expect((await frozen.stop(50)).signal).toBe("SIGKILL");
  });

  test("takes its folder with it", async () => {
    const scratch = makeScratch("test");
    const peer = await startPeer({ name: "tidy", command: node, args: ["-e", `console.log("READY")`], ready: /READY/, scratch });
    await peer.exited;
    expect(existsSync(scratch)).toBe(false);
  });

  test("that was forgotten is ended with the others", async () => {
    const scratch = makeScratch("test");
    const code = `setInterval(() => {}, 1000); console.log("READY");`;
    const peer = await startPeer({ name: "forgotten", command: node, args: ["-e", code], ready: /READY/, scratch });
    await endAllPeers();
    expect(await peer.exited).toMatchObject({ signal: "SIGKILL" });
    expect(existsSync(scratch)).toBe(false);
  });

  test.runIf(process.platform === "linux")("ends with the process that started it, even if that one is killed", async () => {
    const child = `console.log("child " + process.pid); setInterval(() => {}, 1000);`;
    const starter = `
      const { startPeer } = await import(${JSON.stringify(join(import.meta.dirname, "process.ts"))});
      const peer = await startPeer({ name: "child", command: process.execPath, args: ["-e", ${JSON.stringify(child)}], ready: /child/ });
      console.log("started " + peer.pid);`;
    const parent = await startPeer({ name: "parent", command: node, args: ["--input-type=module", "-e", starter], ready: /^started/ });
    const pid = Number((await parent.line(/^started/)).split(" ")[1]);
    expect(isAlive(pid)).toBe(true);
    await parent.kill();
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  test.runIf(process.platform === "linux")("can be asked what it uses", async () => {
    const code = `for (let end = process.cpuUsage().user + 100_000; process.cpuUsage().user < end; ); console.log("READY"); setInterval(() => {}, 1000);`;
    const peer = await startPeer({ name: "busy", command: node, args: ["-e", code], ready: /READY/ });
    const { cpuMicros, rssKiB } = readUsage(peer.pid);
    expect(cpuMicros).toBeGreaterThan(100_000);
    expect(rssKiB).toBeGreaterThan(1000);
    await peer.kill();
  });
});

test("a program runs to its end and tells how it went", async () => {
  const result = await runProgram(node, ["-e", `console.log("out"); console.error("err"); process.exit(4)`]);
  expect(result).toEqual({ exit: { code: 4, signal: null }, stdout: "out\n", stderr: "err\n" });
});

test("free ports are free, different, and not of the range for outgoing connections", async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, freePort));
  expect(new Set(ports).size).toBe(20);
  expect(Math.max(...ports)).toBeLessThan(32_768);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(ports[0], "127.0.0.1", resolve));
  await new Promise((resolve) => server.close(resolve));
});

describe("a missing peer", () => {
  const missing: PeerTool = { name: "Nonesuch", installHint: "apt-get install nonesuch", find: () => undefined };

  test("fails the tests in CI and says what to install", () => {
    vi.stubEnv("CI", "true");
    try {
      expect(() => requirePeer(missing)).toThrow("Nonesuch is not installed: apt-get install nonesuch");
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test("has them skipped elsewhere, and says so once", () => {
    vi.stubEnv("CI", "");
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    try {
      expect(requirePeer(missing)).toBe(false);
      expect(requirePeer(missing)).toBe(false);
      expect(warn.mock.calls).toEqual([["skipped: Nonesuch is not installed: apt-get install nonesuch"]]);
    } finally {
      vi.unstubAllEnvs();
      warn.mockRestore();
    }
  });
});
