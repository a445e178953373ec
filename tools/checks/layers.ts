/**
 * Holds the packages to the layers of the design: a package imports only packages of lower layers and the contracts of its own,
 * declares what it imports, and imports nothing that another package does not export.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { importsOf, isTest, sourcesBelow } from "../lib/imports.ts";
import { readPackages, type Manifest, type Package } from "../lib/workspace.ts";

/** `mesh.layer` of package.json, from the bottom up. */
const layers: readonly string[] = ["base", "codecs", "core", "features", "planes", "apps"];

/** What the other packages of the same layer may import: these hold a contract and its test suite. */
const contracts: ReadonlySet<string> = new Set(["@mesh/codec", "@mesh/registry"]);

/** Layers whose packages have no runtime dependency outside the scope. */
const selfContained: ReadonlySet<string> = new Set(["codecs"]);

const scope = "@mesh/";

type Problem = string;
type PackagesByName = ReadonlyMap<string, Package>;

const ownNames = (dependencies: Readonly<Record<string, string>> = {}): string[] =>
  Object.keys(dependencies).filter((name) => name.startsWith(scope));

/** What users of the package install with it. */
function runtimeDependencies({ dependencies, peerDependencies, optionalDependencies }: Manifest): string[] {
  return [dependencies, peerDependencies, optionalDependencies].flatMap(ownNames);
}

const allDependencies = (manifest: Manifest): string[] => [...runtimeDependencies(manifest), ...ownNames(manifest.devDependencies)];

/** Why the edge is not allowed, or undefined where it is. */
function misdirection(from: Package, to: Package): string | undefined {
  const [own, other] = [from.manifest.mesh?.layer ?? "", to.manifest.mesh?.layer ?? ""];
  const [ownRank, otherRank] = [layers.indexOf(own), layers.indexOf(other)];
  // A package without a layer of its own (e2e, tools) stands above all.
  if (ownRank === -1 || otherRank < ownRank) return undefined;
  if (otherRank > ownRank) return `is of layer "${own}" and must not use ${to.name} of the higher layer "${other}"`;
  return contracts.has(to.name) ? undefined : `must not use ${to.name} of its own layer "${own}": only contracts are shared sideways`;
}

function checkManifest({ name, manifest, path }: Package, packages: PackagesByName): Problem[] {
  const problems: Problem[] = [];
  const at = `${path}/package.json`;
  const layer = manifest.mesh?.layer;
  if (manifest.private !== true && !layers.includes(layer ?? "")) {
    problems.push(`${at}: "mesh": {"layer": …} must be one of ${layers.join(", ")}, not ${JSON.stringify(layer)}`);
  }
  for (const dependency of allDependencies(manifest)) {
    const target = packages.get(dependency);
    if (!target) {
      problems.push(`${at}: ${dependency} is no package of this repository`);
      continue;
    }
    const reason = misdirection({ name, manifest, path, folder: "" }, target);
    if (reason) problems.push(`${at}: ${name} ${reason}`);
  }
  if (selfContained.has(layer ?? "")) {
    const foreign = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }).filter((other) => !other.startsWith(scope));
    for (const other of foreign) problems.push(`${at}: a package of layer "${layer}" must not depend on ${other}, only on ${scope}*`);
  }
  return problems;
}

/** Whether the target's `exports` have the path behind its name, such as `./compliance` or `.`. */
const isExported = (target: Package, subpath: string): boolean => Object.hasOwn(target.manifest.exports ?? {}, subpath);

function checkImport(from: Package, path: string, specifier: string, packages: PackagesByName): Problem | undefined {
  if (specifier.startsWith(".")) {
    const target = join(from.path, path, "..", specifier);
    const isInside = target === from.path || target.startsWith(`${from.path}/`);
    const entered = isInside ? undefined : [...packages.values()].find((other) => target.startsWith(`${other.path}/`));
    // What is never published (e2e, tools) has no surface to keep to.
    return entered && entered.manifest.private !== true
      ? `reaches into ${entered.path} by a relative path; import ${entered.name}`
      : undefined;
  }
  if (!specifier.startsWith(scope)) return undefined;
  const [, name = "", rest = ""] = /^(@[^/]+\/[^/]+)(.*)$/.exec(specifier) ?? [];
  const target = packages.get(name);
  if (!target) return `imports ${specifier}, which is no package of this repository`;
  if (!isExported(target, `.${rest}`)) return `imports ${specifier}, which ${name} does not export`;
  if (name === from.name) return undefined;
  const isFromSource = path.startsWith("src/") && !isTest(path);
  const isDeclared = (isFromSource ? runtimeDependencies : allDependencies)(from.manifest).includes(name);
  // Packages that are never installed (e2e, tools) may leave their list to the workspace.
  if (!isDeclared && from.manifest.private !== true) {
    return `imports ${name}, which package.json does not list in its ${isFromSource ? "dependencies" : "dependencies or devDependencies"}`;
  }
  return undefined;
}

function checkImports(from: Package, packages: PackagesByName): Problem[] {
  return sourcesBelow(from.folder).flatMap(({ path, text }) =>
    importsOf(text).flatMap(({ specifier, line }) => {
      const problem = checkImport(from, path, specifier, packages);
      return problem ? [`${from.path}/${path}:${line}: ${problem}`] : [];
    }),
  );
}

/** `tsc -b` builds in the order of the references, so they name what package.json names. */
function checkReferences({ path, folder, manifest }: Package, packages: PackagesByName): Problem[] {
  const config = join(folder, "tsconfig.json");
  if (manifest.private === true || !existsSync(config)) return [];
  const { references = [] } = JSON.parse(readFileSync(config, "utf8")) as { references?: { path: string }[] };
  const actual = new Set(references.map((reference) => join(path, reference.path)));
  const wanted = new Set(allDependencies(manifest).flatMap((name) => packages.get(name)?.path ?? []));
  return [
    ...[...wanted].filter((other) => !actual.has(other)).map((other) => `${path}/tsconfig.json: no reference to ${other}, a dependency`),
    ...[...actual].filter((other) => !wanted.has(other)).map((other) => `${path}/tsconfig.json: a reference to ${other}, no dependency`),
  ];
}

/** One line for each cycle of dependencies, development's included: builds follow them too. */
function findCycles(packages: PackagesByName): Problem[] {
  const problems: Problem[] = [];
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): void => {
    const start = trail.indexOf(name);
    if (start !== -1) problems.push(`the packages ${[...trail.slice(start), name].join(" → ")} depend on each other`);
    if (start !== -1 || done.has(name)) return;
    for (const next of allDependencies(packages.get(name)?.manifest ?? { name, version: "" })) visit(next, [...trail, name]);
    done.add(name);
  };
  for (const name of packages.keys()) visit(name, []);
  return problems;
}

/** One line for each breach below this root. */
export function checkLayers(root: string): string[] {
  const list = readPackages(root);
  const packages: PackagesByName = new Map(list.map((each) => [each.name, each]));
  return [
    ...list.flatMap((each) => [...checkManifest(each, packages), ...checkReferences(each, packages), ...checkImports(each, packages)]),
    ...findCycles(packages),
  ];
}
