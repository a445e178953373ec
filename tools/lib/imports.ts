/** What a TypeScript source imports. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

export interface ImportedModule {
  readonly specifier: string;
  /** 1-based. */
  readonly line: number;
}

/** Static, dynamic and type-only imports, and re-exports. */
export function importsOf(text: string): ImportedModule[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName, pos }) => ({
    specifier: fileName,
    line: text.slice(0, pos).split("\n").length,
  }));
}

export interface SourceFile {
  /** Relative to the folder that was searched, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** The .ts and .mjs files below a folder, sorted; not those of dependencies, builds and fixtures. */
export function sourcesBelow(folder: string): SourceFile[] {
  return globSync("**/*.{ts,mts,mjs}", { cwd: folder, exclude: (path) => /(^|\/)(node_modules|dist|fixtures)$/.test(path) })
    .sort()
    .map((path) => ({ path, text: readFileSync(join(folder, path), "utf8") }));
}

export const isTest = (path: string): boolean => path.endsWith(".test.ts");
