import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";
import { roots, unreadable } from "./roots.ts";

/** Where .proto files are searched: our own, those that come with gRPC's xDS client, and protobufjs's for options. */
function includeDirectories(): readonly string[] {
  const { resolve } = createRequire(import.meta.url);
  const deps = join(dirname(resolve("@grpc/grpc-js-xds/package.json")), "deps");
  const own = fileURLToPath(new URL("../proto", import.meta.url));
  const theirs = ["envoy-api", "xds", "googleapis", "protoc-gen-validate"].map((name) => join(deps, name));
  return [own, ...theirs, dirname(resolve("protobufjs/package.json"))];
}

const isBundled = (file: string): boolean => protobuf.common.get(file) !== null;

/** The files that a line of the list of roots stands for, by their import names. */
function expandRoot(root: string, include: readonly string[]): readonly string[] {
  if (!root.endsWith("/")) return [root];
  const files = include
    .map((directory) => join(directory, root))
    .filter((directory) => existsSync(directory))
    .flatMap((directory) => readdirSync(directory))
    .filter((name) => name.endsWith(".proto"))
    .map((name) => root + name)
    .filter((file) => !unreadable.has(file))
    .toSorted();
  if (files.length === 0) throw new Error(`${root} has no .proto files: correct scripts/roots.ts`);
  return files;
}

export interface LoadedProtos {
  readonly root: protobuf.Root;
  /** What is declared in one of the root files. */
  readonly isRoot: (object: protobuf.ReflectionObject) => boolean;
}

/** Parses the root files and all that they import, with the names of the .proto sources. */
export function loadProtos(): LoadedProtos {
  const include = includeDirectories();
  const rootFiles = roots.flatMap((root) => expandRoot(root, include));
  const importNames = new Map<string, string>(); // by the file's path

  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => {
    if (unreadable.has(target)) return null;
    if (isBundled(target)) return target;
    const path = include.map((directory) => join(directory, target)).find((candidate) => existsSync(candidate));
    if (path === undefined) throw new Error(`${target} is imported by a root file and not to be found`);
    importNames.set(path, target);
    return path;
  };
  root.loadSync([...rootFiles], { keepCase: true });
  root.resolveAll();

  const wanted = new Set(rootFiles);
  return {
    root,
    isRoot: (object) => {
      if (object.fullName.startsWith(".google.protobuf.")) return wellKnown.has(object.fullName);
      return object.filename !== null && wanted.has(importNames.get(object.filename) ?? "");
    },
  };
}

/** protobufjs carries these messages itself and does not say which came from which file. */
const wellKnown: ReadonlySet<string> = new Set(
  [
    ["Any", "Duration", "Empty", "FieldMask", "ListValue", "NullValue", "Struct", "Timestamp", "Value"],
    ["BoolValue", "BytesValue", "DoubleValue", "FloatValue", "Int32Value", "Int64Value", "StringValue", "UInt32Value", "UInt64Value"],
  ].flatMap((names) => names.map((name) => `.google.protobuf.${name}`)),
);
