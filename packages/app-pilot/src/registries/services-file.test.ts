import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DirectoryRuntime } from "@mesh/istio-config";
import type { RegistryError, RegistrySource } from "@mesh/registry";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openServicesFile, parseMemoryUrl } from "./services-file.ts";

let folder: string;
let path: string;
let source: RegistrySource;
const told: string[] = [];

/** Events and time that the test makes. */
class ManualRuntime implements DirectoryRuntime {
  #run: () => void = () => undefined;
  #change: () => void = () => undefined;
  readonly delays: number[] = [];
  isWatchable = true;

  startTimer(ms: number, callback: () => void): { cancel(): void } {
    this.delays.push(ms);
    this.#run = callback;
    return { cancel: () => (this.#run = () => undefined) };
  }

  watchDirectory(_: string, onChange: () => void): { close(): void } {
    if (!this.isWatchable) throw new Error("no more watches");
    this.#change = onChange;
    return { close: () => (this.#change = () => undefined) };
  }

  /** Something in the folder has changed, and nothing more comes. */
  settle(): void {
    this.#change();
    this.elapse();
  }

  elapse(): void {
    const run = this.#run;
    this.#run = () => undefined;
    run();
  }
}

let runtime: ManualRuntime;

const services = (...names: readonly string[]): string =>
  `services: [${names.map((name) => `{ name: ${name}, instances: [{ address: 10.0.0.1, port: 80, protocol: http }] }`).join(", ")}]\n`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mesh-services-"));
  path = join(folder, "services.yaml");
  told.length = 0;
  runtime = new ManualRuntime();
});

afterEach(async () => {
  await source.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(): Promise<void> {
  source = openServicesFile({ path, name: "file", runtime });
  source.start({
    onChanged: (changes) => {
      for (const [name, service] of changes) told.push(service === undefined ? `${name} is gone` : name);
    },
    onReady: () => told.push("ready"),
    onError: (error: RegistryError) => told.push(error.code),
    onRecovered: () => told.push("recovered"),
    onEntryRecovered: (where) => told.push(`${where.slice(folder.length)} is good`),
  });
  expect(told).toEqual([]);
  await settled();
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function write(text: string): Promise<void> {
  writeFileSync(path, text);
  runtime.settle();
  await settled();
}

describe("a registry in a file", () => {
  test("tells what is there, and then what changes", async () => {
    writeFileSync(path, services("a", "b"));
    await open();
    expect(told.splice(0)).toEqual(["a", "b", "ready"]);
    await write(services("b", "c"));
    expect(told.splice(0).sort()).toEqual(["a is gone", "c"]);
    await write(services("b", "c"));
    expect(told).toEqual([]);
  });

  test("follows a file that is put into its place", async () => {
    writeFileSync(path, services("a"));
    await open();
    told.length = 0;
    writeFileSync(`${path}.new`, services("b"));
    renameSync(`${path}.new`, path);
    runtime.settle();
    await settled();
    expect(told.sort()).toEqual(["a is gone", "b"]);
  });

  test("keeps what was there while the file is broken, empty or away", async () => {
    writeFileSync(path, services("a"));
    await open();
    told.length = 0;
    await write("services: 1");
    await write("");
    expect(told.splice(0)).toEqual(["MESH_REGISTRY_MALFORMED"]);
    rmSync(path);
    runtime.settle();
    await settled();
    expect(told.splice(0)).toEqual(["/services.yaml is good", "MESH_REGISTRY_UNAVAILABLE"]);
    runtime.elapse();
    expect(told).toEqual([]);
    await write(services("a", "b"));
    expect(told).toEqual(["recovered", "b"]);
  });

  test("refuses names and labels that no service may have, and says where", async () => {
    writeFileSync(path, services("a"));
    await open();
    told.length = 0;
    await write(services("a", '"b:1.0"'));
    expect(told.splice(0)).toEqual(["MESH_REGISTRY_MALFORMED"]);
    await write('services: [{ name: a, labels: { zone: "x\\u0001" }, instances: [] }]');
    expect(told.splice(0)).toEqual(["MESH_REGISTRY_MALFORMED"]);
    await write(services("a", "b"));
    expect(told.sort()).toEqual(["/services.yaml is good", "b"]);
  });

  test("is not ready before the file could be read once", async () => {
    await open();
    expect(told.splice(0)).toEqual(["MESH_REGISTRY_UNAVAILABLE"]);
    await write(services("a"));
    expect(told).toEqual(["recovered", "a", "ready"]);
  });

  test("reads again after a time where the folder cannot be watched", async () => {
    runtime.isWatchable = false;
    writeFileSync(path, services("a"));
    await open();
    told.length = 0;
    expect(runtime.delays).toEqual([10_000]);
    writeFileSync(path, services("b"));
    runtime.elapse();
    await settled();
    expect(told.sort()).toEqual(["a is gone", "b"]);
  });

  test("says nothing after it is closed, and is started once", async () => {
    writeFileSync(path, services("a"));
    await open();
    await source.close();
    told.length = 0;
    writeFileSync(path, services("b"));
    runtime.settle();
    await settled();
    expect(told).toEqual([]);
    expect(() => source.start({ onChanged: () => undefined, onReady: () => undefined })).toThrow("was started or closed before");
  });
});

describe("memory:", () => {
  test.for([
    ["memory:///etc/services.yaml", { path: "/etc/services.yaml" }],
    ["memory:services.yaml?name=lab", { path: "services.yaml", name: "lab" }],
    ["memory:///a%20b.yaml", { path: "/a b.yaml" }],
  ] as const)("%s", async ([url, options]) => {
    expect(parseMemoryUrl(url)).toEqual(options);
    source = openServicesFile({ path: "x" });
  });

  test.for(["memory:", "memory://", "memory:///a?nam=x"])("%s is refused", (url) => {
    expect(() => parseMemoryUrl(url)).toThrow("--registry memory:");
    source = openServicesFile({ path: "x" });
  });
});
