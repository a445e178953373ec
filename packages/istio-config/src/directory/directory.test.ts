import { chmod, mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isIstioConfigError } from "../errors.ts";
import { yamlOf } from "../testing.ts";
import { createConfigDirectory, type ConfigDirectory, type ConfigDirectoryOptions } from "./directory.ts";
import type { DirectoryRuntime } from "./runtime.ts";
import type { ConfigSnapshot } from "./store.ts";

const entry = (name: string, address = "10.0.0.1"): string => yamlOf("WorkloadEntry", `address: ${address}`, `{ name: ${name} }`);

let root: string;
const opened: ConfigDirectory[] = [];

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "istio-config-")));
});

afterEach(async () => {
  for (const directory of opened.splice(0)) directory.close();
  await rm(root, { recursive: true, force: true });
});

async function open(options: Partial<ConfigDirectoryOptions> = {}): Promise<ConfigDirectory> {
  const directory = await createConfigDirectory({ directory: root, debounceMs: 10, rescanMs: 0, ...options });
  opened.push(directory);
  return directory;
}

const put = (file: string, text: string): Promise<void> => writeFile(join(root, file), text);

function namesOf({ configs }: ConfigSnapshot): string[] {
  return configs.map(({ name, spec }) => `${name} ${"address" in spec ? spec.address : ""}`);
}

/** Resolves once what is in force is as wanted. */
function until(directory: ConfigDirectory, isWanted: (snapshot: ConfigSnapshot) => boolean): Promise<ConfigSnapshot> {
  return new Promise((resolve) => {
    const end = directory.subscribe((snapshot) => {
      if (!isWanted(snapshot)) return;
      end();
      resolve(snapshot);
    });
    if (isWanted(directory.snapshot)) {
      end();
      resolve(directory.snapshot);
    }
  });
}

const has =
  (name: string) =>
  (snapshot: ConfigSnapshot): boolean =>
    namesOf(snapshot).includes(name);

describe("the files of a directory", () => {
  test("are read again however soon they change, and if nothing but their content tells", async () => {
    await put("a.yaml", entry("a", "10.0.0.1"));
    await put("b.yaml", entry("b", "10.0.0.1"));
    const directory = await open({ watch: false });
    for (let last = 2; last < 8; last++) {
      await put("a.yaml", entry("a", `10.0.0.${last}`));
      expect(namesOf(await directory.refresh())).toEqual([`a 10.0.0.${last}`, "b 10.0.0.1"]);
    }
  });

  test("are *.yaml, *.yml and *.json, below it too, in the order of their names", async () => {
    await mkdir(join(root, "sub", "deep"), { recursive: true });
    await put("b.yml", entry("b"));
    await put("a.yaml", entry("a"));
    await put(
      "sub/deep/c.json",
      JSON.stringify({
        apiVersion: "networking.istio.io/v1",
        kind: "WorkloadEntry",
        metadata: { name: "c" },
        spec: { address: "10.0.0.1" },
      }),
    );
    await put("notes.txt", "no: [");
    await put(".hidden.yaml", "no: [");
    const directory = await open({ watch: false });
    expect(directory.snapshot.configs.map(({ name, origin }) => [name, origin.file])).toEqual([
      ["a", join(root, "a.yaml")],
      ["b", join(root, "b.yml")],
      ["c", join(root, "sub/deep/c.json")],
    ]);
    expect(directory.snapshot.problems).toEqual([]);
  });

  test("may be reached by symbolic links, and a link in a circle ends", async () => {
    await mkdir(join(root, "sub"));
    await put("sub/a.yaml", entry("a"));
    await symlink(root, join(root, "sub", "circle"));
    await symlink(join(root, "nowhere"), join(root, "broken.yaml"));
    expect(namesOf((await open({ watch: false })).snapshot)).toEqual(["a 10.0.0.1"]);
  });

  test("that cannot be read are a problem each, and what they had stays", async () => {
    await put("a.yaml", entry("a"));
    await mkdir(join(root, "b.yaml"));
    const directory = await open({ watch: false });
    expect(directory.snapshot.problems).toEqual([]);
    if (process.getuid?.() === 0) return; // root reads everything
    await chmod(join(root, "a.yaml"), 0);
    expect(namesOf(await directory.refresh())).toEqual(["a 10.0.0.1"]);
    expect(directory.snapshot.problems).toMatchObject([{ rule: "file/read", file: join(root, "a.yaml") }]);
  });

  test("that are no UTF-8 are a problem with its place", async () => {
    await writeFile(join(root, "a.yaml"), Buffer.from(entry("a").replace("10.0.0.1", "caf\u00e9"), "latin1"));
    const directory = await open({ watch: false });
    expect(directory.snapshot.configs).toEqual([]);
    expect(directory.snapshot.problems).toMatchObject([{ rule: "file/utf-8", file: join(root, "a.yaml"), line: 5, column: 15 }]);
  });

  test("get the namespace of the options", async () => {
    await put("a.yaml", entry("a"));
    expect((await open({ watch: false, namespace: "shop" })).snapshot.configs[0]?.namespace).toBe("shop");
  });
});

describe("a directory that is watched", () => {
  test("tells of new, changed and removed files", async () => {
    const directory = await open();
    const seen: string[][] = [];
    directory.subscribe((_snapshot, { added, changed, removed }) =>
      seen.push([
        ...added.map(({ name }) => `+${name}`),
        ...changed.map(({ name }) => `~${name}`),
        ...removed.map(({ name }) => `-${name}`),
      ]),
    );
    await put("a.yaml", entry("a"));
    await until(directory, has("a 10.0.0.1"));
    await put("a.yaml", entry("a", "10.0.0.2"));
    await until(directory, has("a 10.0.0.2"));
    await rm(join(root, "a.yaml"));
    await until(directory, ({ configs }) => configs.length === 0);
    expect(seen.filter((change) => change.length > 0)).toEqual([["+a"], ["~a"], ["-a"]]);
  });

  test("sees files that are moved to their places, and directories that appear", async () => {
    const directory = await open();
    await mkdir(join(root, "sub"));
    await put("sub/new.tmp", entry("a"));
    await rename(join(root, "sub/new.tmp"), join(root, "sub/a.yaml"));
    await until(directory, has("a 10.0.0.1"));
    await put("sub/b.yaml", entry("b"));
    await until(directory, has("b 10.0.0.1"));
  });

  test("follows the swap of a mounted ConfigMap", async () => {
    const version = async (name: string, text: string): Promise<void> => {
      await mkdir(join(root, name));
      await put(`${name}/routes.yaml`, text);
    };
    await version("..2026_01", entry("a"));
    await symlink("..2026_01", join(root, "..data"));
    await symlink("..data/routes.yaml", join(root, "routes.yaml"));
    const directory = await open();
    expect(namesOf(directory.snapshot)).toEqual(["a 10.0.0.1"]);
    await version("..2026_02", entry("a", "10.0.0.2"));
    await symlink("..2026_02", join(root, "..data_tmp"));
    await rename(join(root, "..data_tmp"), join(root, "..data"));
    await rm(join(root, "..2026_01"), { recursive: true });
    expect(namesOf(await until(directory, has("a 10.0.0.2")))).toEqual(["a 10.0.0.2"]);
  });

  test("keeps what was good when a file breaks, and takes it up again when it is mended", async () => {
    await put("a.yaml", entry("a"));
    const directory = await open();
    await put("a.yaml", entry("a", "a_b"));
    const broken = await until(directory, ({ problems }) => problems.length > 0);
    expect(namesOf(broken)).toEqual(["a 10.0.0.1"]);
    await put("a.yaml", entry("a", "10.0.0.2"));
    const mended = await until(directory, has("a 10.0.0.2"));
    expect(mended.problems).toEqual([]);
  });

  test("is watched again when another takes its place", async () => {
    await mkdir(join(root, "sub"));
    await put("sub/a.yaml", entry("a"));
    const directory = await open();
    await rename(join(root, "sub"), join(root, ".old"));
    await until(directory, ({ configs }) => configs.length === 0);
    await mkdir(join(root, "sub"));
    await put("sub/a.yaml", entry("a", "10.0.0.2"));
    await until(directory, has("a 10.0.0.2"));
    await put("sub/a.yaml", entry("a", "10.0.0.3"));
    await until(directory, has("a 10.0.0.3"));
  });
});

describe("symbolic links on the way to a directory that is watched", () => {
  const point = async (link: string, target: string): Promise<void> => {
    await symlink(target, join(root, "link.tmp"));
    await rename(join(root, "link.tmp"), join(root, link));
  };

  test("are followed when they are pointed elsewhere, each of them", async () => {
    for (const [index, version] of ["one", "two", "three"].entries()) {
      await mkdir(join(root, "tree", version, "config"), { recursive: true });
      await put(`tree/${version}/config/a.yaml`, entry("a", `10.0.0.${index + 1}`));
    }
    await mkdir(join(root, "links"));
    await point("links/current", "../tree/one");
    await point("config", join(root, "links/current/config"));
    const directory = await open({ directory: join(root, "config") });
    expect(namesOf(directory.snapshot)).toEqual(["a 10.0.0.1"]);
    await point("links/current", "../tree/two");
    await until(directory, has("a 10.0.0.2"));
    await point("config", "tree/three/config");
    await until(directory, has("a 10.0.0.3"));
    await put("tree/three/config/a.yaml", entry("a", "10.0.0.4"));
    await until(directory, has("a 10.0.0.4"));
  });

  test("are followed below it, too, to files elsewhere and to what replaces them", async () => {
    await mkdir(join(root, "config"));
    await mkdir(join(root, "elsewhere"));
    await put("elsewhere/a.txt", entry("a"));
    await symlink("../elsewhere/a.txt", join(root, "config", "a.yaml"));
    const directory = await open({ directory: join(root, "config") });
    await put("elsewhere/a.txt", entry("a", "10.0.0.2"));
    await until(directory, has("a 10.0.0.2"));
    await put("elsewhere/new", entry("a", "10.0.0.3"));
    await rename(join(root, "elsewhere/new"), join(root, "elsewhere/a.txt"));
    await until(directory, has("a 10.0.0.3"));
  });

  test("have their directories watched while they lead somewhere, and only for what they are called", async () => {
    for (const version of ["one", "two"]) await mkdir(join(root, version, "config"), { recursive: true });
    await point("current", "one");
    const runtime = new ManualRuntime();
    const directory = await open({ directory: join(root, "current", "config"), runtime, debounceMs: 100, rescanMs: 0 });
    const watched = (): string[] => [...runtime.watches.keys()].map((path) => path.slice(root.length)).sort();
    expect(watched()).toEqual(["", "/current/config", "/one"]);
    runtime.watches.get(root)?.change("other");
    expect(runtime.pending()).toEqual([]);
    runtime.watches.get(root)?.change("current");
    expect(runtime.pending()).toEqual([100]);
    await point("current", "two");
    await directory.refresh();
    expect(watched()).toEqual(["", "/current/config", "/two"]);
    await rm(join(root, "current"));
    await rename(join(root, "two"), join(root, "current"));
    await directory.refresh();
    expect(watched()).toEqual(["/current/config"]);
    directory.close();
    expect(watched()).toEqual([]);
  });

  test("in a circle are an error", async () => {
    await symlink("b", join(root, "a"));
    await symlink("a", join(root, "b"));
    await expect(open({ directory: join(root, "a") })).rejects.toThrow("ELOOP");
  });
});

/** A runtime whose timers and watches the test fires. */
class ManualRuntime implements DirectoryRuntime {
  readonly timers = new Set<{ readonly ms: number; readonly callback: () => void }>();
  readonly watches = new Map<string, { change: (name?: string) => void; fail: (error: unknown) => void }>();
  watchError: Error | undefined;

  startTimer(ms: number, callback: () => void): { cancel(): void } {
    const timer = { ms, callback };
    this.timers.add(timer);
    return { cancel: () => this.timers.delete(timer) };
  }

  watchDirectory(path: string, change: (name?: string) => void, fail: (error: unknown) => void): { close(): void } {
    if (this.watchError) throw this.watchError;
    this.watches.set(path, { change, fail });
    return { close: () => this.watches.delete(path) };
  }

  fire(wanted: number): void {
    const due = Array.from(this.timers).filter(({ ms }) => ms === wanted);
    for (const timer of due) {
      this.timers.delete(timer);
      timer.callback();
    }
  }

  pending(): number[] {
    return [...this.timers].map(({ ms }) => ms);
  }
}

describe("a directory's timers", () => {
  test("are one for quiet, that every event starts anew, and one for rescans", async () => {
    const runtime = new ManualRuntime();
    const directory = await open({ runtime, debounceMs: 100, rescanMs: 5000 });
    expect(runtime.pending()).toEqual([5000]);
    runtime.watches.get(root)?.change();
    runtime.watches.get(root)?.change();
    expect(runtime.pending()).toEqual([5000, 100]);
    await put("a.yaml", entry("a"));
    const settled = until(directory, has("a 10.0.0.1"));
    runtime.fire(100);
    await settled;
    expect(runtime.pending()).toEqual([5000]);
    directory.close();
    expect(runtime.pending()).toEqual([]);
    expect(runtime.watches.size).toBe(0);
  });

  test("heal a lost event by the rescan", async () => {
    const runtime = new ManualRuntime();
    const directory = await open({ runtime, rescanMs: 5000 });
    await put("a.yaml", entry("a"));
    const settled = until(directory, has("a 10.0.0.1"));
    runtime.fire(5000);
    await settled;
  });

  test("give an emptied file a second look before its configurations go", async () => {
    const runtime = new ManualRuntime();
    await put("a.yaml", entry("a"));
    const directory = await open({ runtime, debounceMs: 100 });
    await put("a.yaml", "");
    expect(namesOf(await directory.refresh())).toEqual(["a 10.0.0.1"]);
    expect(runtime.pending()).toEqual([100]);
    expect(namesOf(await directory.refresh())).toEqual([]);
    await put("a.yaml", entry("a"));
    expect(namesOf(await directory.refresh())).toEqual(["a 10.0.0.1"]);
  });

  test("stay the only help where the system cannot watch, which is a warning", async () => {
    const runtime = new ManualRuntime();
    runtime.watchError = new Error("ENOSPC");
    const directory = await open({ runtime, rescanMs: 5000 });
    expect(directory.snapshot.problems).toMatchObject([{ severity: "warning", rule: "file/watch", file: root }]);
    expect(runtime.pending()).toEqual([5000]);
    runtime.watchError = undefined;
    expect((await directory.refresh()).problems).toEqual([]);
    runtime.watches.get(root)?.fail(new Error("gone"));
    expect(runtime.watches.size).toBe(0);
    expect((await directory.refresh()).problems).toEqual([]);
  });
});

test("a directory that is not there is an error at the start", async () => {
  const error: unknown = await createConfigDirectory({ directory: join(root, "none") }).catch((reason: unknown) => reason);
  expect(isIstioConfigError(error) && error.code).toBe("MESH_ISTIO_CONFIG_DIRECTORY");
});

test("a directory that goes away later leaves everything in force", async () => {
  const inner = join(root, "config");
  await mkdir(inner);
  await put("config/a.yaml", entry("a"));
  const directory = await open({ directory: inner, watch: false });
  await rename(inner, join(root, "away"));
  expect(namesOf(await directory.refresh())).toEqual(["a 10.0.0.1"]);
  expect(directory.snapshot.problems).toMatchObject([
    { rule: "file/read", file: inner },
    { rule: "file/read", file: join(inner, "a.yaml") },
  ]);
  await rename(join(root, "away"), inner);
  expect(namesOf(await directory.refresh())).toEqual(["a 10.0.0.1"]);
  expect(directory.snapshot.problems).toEqual([]);
});

test("a closed directory keeps its snapshot, tells nobody and reads no more", async () => {
  await put("a.yaml", entry("a"));
  const directory = await open();
  directory.close();
  expect(namesOf(directory.snapshot)).toEqual(["a 10.0.0.1"]);
  const error: unknown = await directory.refresh().catch((reason: unknown) => reason);
  expect(isIstioConfigError(error) && error.code).toBe("MESH_ISTIO_CONFIG_CLOSED");
});

test("refreshes at the same time end with what the files had at the call of each", async () => {
  const directory = await open({ watch: false });
  const first = directory.refresh();
  await put("a.yaml", entry("a"));
  const [, second, third] = await Promise.all([first, directory.refresh(), directory.refresh()]);
  expect(namesOf(second)).toEqual(["a 10.0.0.1"]);
  expect(namesOf(third)).toEqual(["a 10.0.0.1"]);
});
