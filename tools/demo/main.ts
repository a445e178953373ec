/**
 * `npm start`: a mesh on this machine. Applications of two versions provide services over SOFARPC, Dubbo and HTTP; pilot reads who they are from a registry, and
 * Istio's rules from files; two sidecars get all that they know from it. Calls are shifted from v1 to v2 while you watch, and an application is killed
 * and comes back. With `--java` the RPC applications and their callers are SOFARPC's and Dubbo's own, and the registry is a ZooKeeper.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { endAllPeers } from "../../e2e/peers/process.ts";
import { javaMesh, missingForJava } from "./java-mesh.ts";
import { ownMesh } from "./own-mesh.ts";
import { Screen } from "./screen.ts";
import { Story } from "./story.ts";

const usage = `npm start -- [--java] [--seconds N] [--rounds N] [--pace SECONDS]

  --java          SOFARPC and Dubbo applications in Java, which register in a ZooKeeper
  --seconds N     end after N seconds
  --rounds N      end after the story was told N times
  --pace SECONDS  between two events of the story, 4 by default`;

function numberOf(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  console.error(`--${name} must be a number above 0, not ${text}\n\n${usage}`);
  process.exit(2);
}

function readOptions(): { java: boolean; help: boolean; seconds: number; rounds: number; paceMs: number } {
  try {
    const text = { type: "string" } as const;
    const flag = { type: "boolean", default: false } as const;
    const { values } = parseArgs({ options: { java: flag, help: flag, seconds: text, rounds: text, pace: text } });
    const seconds = numberOf("seconds", values.seconds, Number.POSITIVE_INFINITY);
    const rounds = numberOf("rounds", values.rounds, Number.POSITIVE_INFINITY);
    return { java: values.java, help: values.help, seconds, rounds, paceMs: numberOf("pace", values.pace, 4) * 1000 };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

async function run(folder: string, { java, rounds, paceMs }: ReturnType<typeof readOptions>, stopped: AbortSignal): Promise<void> {
  const events: string[] = [];
  const say = (text: string): void => void events.push(`${new Date().toLocaleTimeString("en-GB")}  ${text}`);
  const configDir = join(folder, "istio");
  mkdirSync(configDir);
  const mesh = await (java ? javaMesh : ownMesh)({ folder, configDir, tell: (text) => console.log(text) });
  const { applications, traffics, rules } = mesh;
  stopped.addEventListener("abort", () => {
    for (const traffic of traffics) traffic.end();
  });
  const story = new Story({ rules, applications, traffics, paceMs, rounds, stopped, say });
  const screen = new Screen(process.stdout);
  const draw = (): void => {
    // Ctrl-C ends pilot, too, which says so.
    if (!stopped.aborted) for (const warning of mesh.pilot.warnings()) say(`pilot: ${warning}`);
    screen.draw(
      {
        headline: mesh.headline,
        path: mesh.path,
        rule: story.describeRule(),
        instances: new Map(applications.map(({ id, isRunning }) => [id, isRunning])),
        places: [
          ["Istio's rules", `${configDir}/  (edit me)`],
          ["registry", mesh.registry],
          ["pilot", `http://${mesh.pilot.pages}/debug`],
          ["calls go to", mesh.entrances],
          ["callers' sidecar", `http://${mesh.callers.admin}/`],
          ["providers' sidecar", `http://${mesh.providers.admin}/`],
        ],
        events,
      },
      traffics.map((traffic) => traffic.report()),
    );
  };
  say("calls flow; all go to v1");
  if (process.stdout.isTTY) process.stdout.write("\u001B[2J");
  const drawing = setInterval(draw, 1000);
  try {
    await story.tell();
  } finally {
    clearInterval(drawing);
    for (const traffic of traffics) traffic.end();
    draw();
    mesh.stopCalls();
  }
}

const options = readOptions();
if (options.help) {
  console.log(usage);
  process.exit(0);
}
const missing = options.java ? missingForJava() : [];
if (missing.length > 0) {
  console.error(`--java needs\n${missing.map((what) => `  ${what}`).join("\n")}`);
  process.exit(2);
}
const stopping = new AbortController();
// SIGHUP: the terminal was closed.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => stopping.abort());
// Who read the lines reads no more.
process.stdout.on("error", () => stopping.abort());
const folder = mkdtempSync(join(tmpdir(), "mesh-demo-"));
if (Number.isFinite(options.seconds)) setTimeout(() => stopping.abort(), options.seconds * 1000).unref();
let code = 0;
try {
  await run(folder, options, stopping.signal);
} catch (error) {
  // Ctrl-C during the start ends the programs that are waited for.
  if (!stopping.signal.aborted) {
    console.error(error);
    code = 1;
  }
} finally {
  await endAllPeers();
  rmSync(folder, { recursive: true, force: true });
}
console.log("all stopped");
process.exit(code);
