/** The packages of the repository, as their package.json files describe them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the checkout. */
export const repositoryRoot: string = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

type Dependencies = Readonly<Record<string, string>>;

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly engines?: { readonly node?: string };
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Dependencies;
  readonly peerDependencies?: Dependencies;
  readonly optionalDependencies?: Dependencies;
  readonly devDependencies?: Dependencies;
  /** Where the package stands in the design: see tools/checks/layers.ts. */
  readonly mesh?: { readonly layer?: string };
}

export interface Package {
  readonly name: string;
  /** Relative to the root, with slashes: `packages/codec`. */
  readonly path: string;
  /** Absolute. */
  readonly folder: string;
  readonly manifest: Manifest;
}

function expandWorkspace(root: string, pattern: string): string[] {
  if (!pattern.endsWith("/*")) return [pattern];
  const parent = pattern.slice(0, -2);
  if (!existsSync(join(root, parent))) return [];
  return readdirSync(join(root, parent))
    .sort()
    .map((name) => `${parent}/${name}`);
}

/** All workspaces of the root's package.json, private ones too, sorted by path within each pattern. */
export function readPackages(root: string = repositoryRoot): Package[] {
  const { workspaces = [] } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { workspaces?: string[] };
  return workspaces
    .flatMap((pattern) => expandWorkspace(root, pattern))
    .filter((path) => existsSync(join(root, path, "package.json")))
    .map((path) => {
      const manifest = JSON.parse(readFileSync(join(root, path, "package.json"), "utf8")) as Manifest;
      return { name: manifest.name, path, folder: join(root, path), manifest };
    });
}

/** Those that go to the npm registry. */
export function publishedPackages(root: string = repositoryRoot): Package[] {
  return readPackages(root).filter(({ manifest }) => manifest.private !== true);
}
