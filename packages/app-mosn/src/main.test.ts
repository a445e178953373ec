import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { compose } from "./config.ts";
import { main } from "./main.ts";
import { version } from "./version.ts";

let folder: string;
const out: string[] = [];
const err: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mosn-test-"));
  vi.spyOn(console, "log").mockImplementation((line: unknown) => void out.push(String(line)));
  vi.spyOn(console, "error").mockImplementation((line: unknown) => void err.push(String(line)));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  out.length = 0;
  err.length = 0;
  process.exitCode = undefined;
});

/** Runs the command line; what it printed is in `out` and `err`. */
async function run(...args: string[]): Promise<typeof process.exitCode> {
  await main(["node", "mosn", ...args]);
  return process.exitCode;
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test("version prints the package's own", async () => {
  expect(await run("version")).toBeUndefined();
  expect(out).toEqual([`mosn ${version()}`]);
  expect(version()).toMatch(/^\d+\.\d+\.\d+/);
});

test("validate says OK, and 0", async () => {
  const path = file("ok.yaml", "node: { id: a, cluster: b }\n");
  expect(await run("validate", "-c", path)).toBe(0);
  expect(out).toEqual([`configuration '${path}' OK`]);
});

test("validate takes the file from MOSN_CONFIG where -c does not say", async () => {
  const path = file("ok.json", "{}");
  vi.stubEnv("MOSN_CONFIG", path);
  expect(await run("validate")).toBe(0);
  expect(out).toEqual([`configuration '${path}' OK`]);
});

test("validate prints every problem with its line, and 1", async () => {
  const path = file("bad.yaml", "node: { id: a }\nadmim: {}\nstatic_resources:\n  clusters:\n    - { name: x, typ: STATIC }\n");
  expect(await run("validate", "-c", path)).toBe(1);
  expect(err.join("\n")).toContain(`${path}:2:1:`);
  expect(err.join("\n")).toContain("did you mean admin?");
  expect(err.join("\n")).toContain(`${path}:5:`);
});

test("a file that is not there, and no file at all, are told without a stack", async () => {
  expect(await run("validate", "-c", join(folder, "none.yaml"))).toBe(1);
  expect(await run("validate")).toBe(1);
  expect(err).toHaveLength(2);
  expect(err[0]).toMatch(/^cannot read the configuration: ENOENT/);
  expect(err[1]).toBe("no configuration: give a file with -c, text with --config-yaml, or --istio");
});

test("--config-yaml stands alone, or is merged over the file", async () => {
  expect(await run("validate", "--config-yaml", "node: { id: a }")).toBe(0);
  const path = file("base.yaml", "static_resources: { clusters: [{ name: one, type: STATIC, load_assignment: { cluster_name: one } }] }\n");
  const second = "static_resources: { clusters: [{ name: one, type: STATIC, load_assignment: { cluster_name: one } }] }";
  expect(await run("validate", "-c", path, "--config-yaml", second)).toBe(1);
  expect(err.join("\n")).toContain('there is another cluster "one"');
});

test("ignored fields are named on the way", async () => {
  const path = file("ignored.yaml", "stats_flush_interval: 5s\n");
  expect(await run("validate", "-c", path)).toBe(0);
  expect(err.join("\n")).toContain("stats_flush_interval");
});

test.for([
  [["start", "-l", "loud"], "It is one of trace, debug, info, warning, error, critical, off."],
  [["start", "--drain-time-s", "soon"], "It is a number of seconds, 0 or more."],
  [["start", "--drain-time-s", "-1"], "It is a number of seconds, 0 or more."],
  [["start", "--drain-strategy", "slow"], "It is one of gradual, immediate."],
  [["strat"], "unknown command 'strat'"],
  [["start", "--nope"], "unknown option '--nope'"],
] as const)("%j is refused, and help follows", async ([args, message]) => {
  const exit = vi.spyOn(process, "exit").mockImplementation(() => {
    throw new Error("exit");
  });
  const written: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0);
  await expect(run(...args)).rejects.toThrow("exit");
  expect(exit).toHaveBeenCalledWith(1);
  expect(written.join("")).toContain(message);
  expect(written.join("")).toContain("Usage: mosn");
});

test("node.id and node.cluster of the command line take the place of the file's", async () => {
  const seen = await dumpedNode({ configYaml: "node: { id: a, cluster: b }", serviceNode: "c", serviceCluster: "d" });
  expect(seen).toMatchObject({ id: "c", cluster: "d" });
  expect(await dumpedNode({ configYaml: "node: { id: a, cluster: b }" })).toMatchObject({ id: "a", cluster: "b" });
});

/** `node` as the admin socket shows it. */
async function dumpedNode(options: Parameters<typeof compose>[0]): Promise<unknown> {
  const socketPath = join(folder, "admin.sock");
  const { proxy } = compose({
    ...options,
    configYaml: `${options.configYaml ?? ""}\nadmin: { address: { pipe: { path: ${socketPath} } } }`,
  });
  await proxy.start();
  const asked = request({ socketPath, path: "/server_info", agent: false });
  asked.end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  await proxy.stop();
  return (JSON.parse(Buffer.concat(chunks).toString()) as { node: unknown }).node;
}
