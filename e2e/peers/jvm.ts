import { createHash } from "node:crypto";
import { cpSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { cached, findCached } from "./cache.ts";
import { runProgram, startPeer } from "./process.ts";
import type { PeerOptions, RunningPeer } from "./process.ts";
import { makeScratch } from "./scratch.ts";
import { findProgram, toolPath } from "./tools.ts";
import type { PeerTool } from "./tools.ts";

const sources = join(import.meta.dirname, "java");

/** A JDK, and Maven to build the peers with, unless they have been built already. */
export const java: PeerTool = {
  name: "Java 17 with Maven",
  installHint: "apt-get install openjdk-17-jdk-headless maven",
  find() {
    const isBuildable = findProgram("javac") !== undefined && findProgram("mvn") !== undefined;
    return isBuildable || findCached(buildName()) !== undefined ? findProgram("java") : undefined;
  },
};

/** Names a build by what it is made from, so that a changed pom or source is built anew. */
function buildName(): string {
  const hash = createHash("sha256");
  const files = globSync("{pom.xml,*/pom.xml,*/src/**/*.java,*/src/main/resources/META-INF/*/*}", { cwd: sources });
  for (const file of files.sort()) {
    const text = readFileSync(join(sources, file));
    hash.update(`${file} ${text.length}\n`).update(text);
  }
  return `java-${hash.digest("hex").slice(0, 16)}`;
}

/** The frameworks, and releases of them, that there are peers of: the modules beside `harness`. */
export type JavaModule = (typeof modules)[number];

const modules = ["sofarpc", "dubbo27", "dubbo32", "dubbo33"] as const;

/**
 * Builds the Java peers, once for each state of their sources. The first time Maven fetches what they need.
 *
 * @returns a folder with, for each module, `<module>/peer.jar` and its class path
 */
export function buildJavaPeers(): Promise<string> {
  // Peers are started side by side; one build serves them all.
  return (built ??= build());
}

let built: Promise<string> | undefined;

function build(): Promise<string> {
  return cached(buildName(), async (folder) => {
    const work = join(folder, "work");
    cpSync(sources, work, { recursive: true });
    const mvn = findProgram("mvn");
    if (mvn === undefined) throw new Error(`${java.name} is not installed: ${java.installHint}`);
    const { exit, stdout, stderr } = await runProgram(mvn, ["--quiet", "--batch-mode", "package"], { cwd: work, timeoutMs: 900_000 });
    if (exit.code !== 0) throw new Error(`the Java peers could not be built:\n${stdout}${stderr}`);
    for (const module of modules) {
      const target = join(work, module, "target");
      mkdirSync(join(folder, module));
      renameSync(join(target, `${module}-1.jar`), join(folder, module, "peer.jar"));
      renameSync(join(target, "lib"), join(folder, module, "lib"));
    }
    rmSync(work, { recursive: true });
  });
}

export interface JvmOptions {
  /** The only CPU that the JVM may run on. Default: all. */
  readonly cpu?: number;
  /** More flags of the JVM: `-Dname=value`, `-Xmx1g`. */
  readonly jvm?: readonly string[];
}

/** A quick start counts for more than peak speed: with only the first compiler and the simple collector it takes a fifth of the time. */
const flags = [
  "-XX:TieredStopAtLevel=1",
  "-XX:+UseSerialGC",
  "-Xshare:auto",
  "-Xmx512m",
  "-Djava.net.preferIPv4Stack=true",
  "-Dfile.encoding=UTF-8",
  // Hessian reads and sets private fields of the JDK's classes, as applications on Java 17 allow it.
  "--add-opens=java.base/java.lang=ALL-UNNAMED",
  "--add-opens=java.base/java.math=ALL-UNNAMED",
  "--add-opens=java.base/java.util=ALL-UNNAMED",
];

/** Runs a main class of a module. Its logs and its home are in a folder that goes with it. */
export async function startJvm(
  module: JavaModule,
  main: string,
  args: readonly string[],
  options: JvmOptions & Pick<PeerOptions, "name" | "ready" | "onLine">,
): Promise<RunningPeer> {
  const folder = await buildJavaPeers();
  const scratch = makeScratch(module);
  // Frameworks ask for this host's address; all that they may find is loopback.
  const hosts = join(scratch, "hosts");
  writeFileSync(hosts, `127.0.0.1 localhost ${hostname()}\n`);
  return startPeer({
    name: options.name,
    command: toolPath(java),
    args: [
      ...flags,
      `-Duser.home=${scratch}`,
      `-Djdk.net.hosts.file=${hosts}`,
      `-Dlogging.path=${join(scratch, "logs")}`,
      ...(options.jvm ?? []),
      "-cp",
      join(folder, module, "peer.jar"),
      main,
      ...args,
    ],
    cwd: scratch,
    scratch,
    ready: options.ready,
    ...(options.onLine === undefined ? {} : { onLine: options.onLine }),
    ...(options.cpu === undefined ? {} : { cpu: options.cpu }),
  });
}
