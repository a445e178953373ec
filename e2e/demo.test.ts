/** `npm start`, without a terminal: the story is told once, all protocols follow it, and no call fails. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, onTestFailed, onTestFinished, test } from "vitest";
import { java } from "./peers/java.ts";
import { requirePeer } from "./peers/tools.ts";
import { zookeeper } from "./peers/zookeeper.ts";

const program = fileURLToPath(new URL("../tools/demo/main.ts", import.meta.url));

interface Told {
  readonly code: number | null;
  readonly output: string;
  /** What was said on the way, without pilot's warnings. */
  readonly events: readonly string[];
  /** By protocol: what was counted, once a second. */
  readonly counts: ReadonlyMap<string, readonly Count[]>;
}

interface Count {
  /** In percent; undefined for a second without answers. */
  readonly v2: number | undefined;
  readonly calls: number;
  readonly failed: number;
}

async function runDemo(args: readonly string[]): Promise<Told> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGTERM"));
  let output = "";
  const collect = (text: string): void => void (output += text);
  child.stdout.setEncoding("utf8").on("data", collect);
  child.stderr.setEncoding("utf8").on("data", collect);
  onTestFailed(() => console.log(output));
  const [code]: (number | null)[] = await once(child, "close");
  const counts = new Map<string, Count[]>();
  for (const [, name = "", v2, calls, failed] of output.matchAll(/([\w()/. ]+): \d+\/s, v2 (\d+|–)(?: %)?, (\d+) calls, (\d+) failed/g)) {
    const list = counts.get(name.trim()) ?? [];
    counts.set(name.trim(), list);
    list.push({ v2: v2 === "–" ? undefined : Number(v2), calls: Number(calls), failed: Number(failed) });
  }
  const events = [...output.matchAll(/^\* \S+ +(?!pilot: )(.*)$/gm)].map(([, event = ""]) => event);
  return { code: code ?? null, output, events, counts };
}

function expectTheStory({ code, output, events, counts }: Told, protocols: readonly string[]): void {
  expect(code).toBe(0);
  expect([...counts.keys()].sort()).toEqual([...protocols].sort());
  for (const list of counts.values()) {
    const last = list.at(-1);
    const shares = list.flatMap(({ v2 }) => (v2 === undefined ? [] : [v2]));
    expect(last?.calls).toBeGreaterThan(100);
    expect(last?.failed).toBe(0);
    expect(shares[0]).toBe(0);
    expect(Math.max(...shares)).toBe(100);
    expect(shares.at(-1)).toBeLessThan(100);
  }
  expect(events).toEqual([
    "calls flow; all go to v1",
    "traffic.yaml: v1 gets 90 %, v2 10 %",
    "traffic.yaml: v1 gets 50 %, v2 50 %",
    "traffic.yaml: v1 gets 0 %, v2 100 %",
    expect.stringMatching(/^v1 answered its last call \d+ ms after the change$/),
    "v2-b is killed (SIGKILL)",
    "the registry has v2-b no more",
    "v2-b is back",
    "traffic.yaml: v1 gets 100 %, v2 0 %",
    expect.stringMatching(/^v2 answered its last call \d+ ms after the change$/),
  ]);
  expect(output).toMatch(/\nall stopped\n$/);
}

const foldersOfDemos = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("mesh-demo-"));

let foldersBefore: string[];

beforeEach(() => {
  foldersBefore = foldersOfDemos();
});

afterEach(() => {
  expect(foldersOfDemos().filter((name) => !foldersBefore.includes(name))).toEqual([]);
});

test("calls go from v1 to v2 and back, an application is killed and comes back, and no call fails", async () => {
  expectTheStory(await runDemo(["--rounds", "1", "--pace", "1.5"]), ["SOFARPC (Bolt)", "Dubbo", "HTTP/1.1"]);
});

describe.runIf(requirePeer(java, zookeeper))("with the real frameworks and a ZooKeeper", () => {
  // Nine JVMs, on a machine that may have two cores.
  test("the story is the same", { timeout: 300_000 }, async () => {
    expectTheStory(await runDemo(["--java", "--rounds", "1", "--pace", "2"]), ["SOFARPC", "Dubbo", "HTTP/1.1"]);
  });
});

test("after some seconds it ends by itself", async () => {
  const { code, output } = await runDemo(["--seconds", "3"]);
  expect(code).toBe(0);
  expect(output).toMatch(/\nall stopped\n$/);
});

test("a flag that it does not know is refused with those that it knows", async () => {
  const { code, output } = await runDemo(["--jawa"]);
  expect(code).toBe(2);
  expect(output).toContain("--jawa");
  expect(output).toContain("--rounds N");
});
