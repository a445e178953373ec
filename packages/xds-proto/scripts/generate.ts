/**
 * Makes `src/generated` from the .proto files:
 *
 *     node packages/xds-proto/scripts/generate.ts            writes the files
 *     node packages/xds-proto/scripts/generate.ts --check    fails where a file is not what would be written
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { loadProtos } from "./load-protos.ts";
import { prune } from "./prune.ts";
import { writeDescriptor } from "./write-descriptor.ts";
import { writeEnums, writeTypes } from "./write-types.ts";

const directory = new URL("../src/generated/", import.meta.url);

/** The contents of the generated files, by name. */
export function generate(): ReadonlyMap<string, string> {
  const kept = prune(loadProtos());
  return new Map([
    ["descriptor.ts", writeDescriptor(kept)],
    ["enums.ts", writeEnums(kept)],
    ["types.ts", writeTypes(kept)],
  ]);
}

/** The names of the generated files whose contents are not what `generate` makes. */
export function findDrift(): readonly string[] {
  return [...generate()]
    .filter(([name, text]) => {
      const url = new URL(name, directory);
      return !existsSync(url) || readFileSync(url, "utf8") !== text;
    })
    .map(([name]) => name);
}

function main(): void {
  if (process.argv.includes("--check")) {
    const drift = findDrift();
    if (drift.length === 0) return;
    console.error(`src/generated does not match the .proto files (${drift.join(", ")}): run packages/xds-proto/scripts/generate.ts`);
    process.exitCode = 1;
    return;
  }
  mkdirSync(directory, { recursive: true });
  for (const [name, text] of generate()) writeFileSync(new URL(name, directory), text);
}

if (import.meta.main) main();
