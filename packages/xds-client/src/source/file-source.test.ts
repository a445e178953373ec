import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { encodeMessage, packAny } from "@mesh/xds-proto";
import { parse } from "yaml";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { createXdsClient, type XdsClient } from "../client/client.ts";
import type { XdsClientOptions } from "../client/options.ts";
import { recorder, timeouts } from "../client/test-harness.ts";
import type { XdsWatch } from "../client/watch.ts";
import type { XdsError } from "../errors.ts";
import { clusterType } from "../resource/types.ts";
import { ManualRuntime } from "../testing.ts";
import type { PathSource } from "./file-source.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mesh-xds-"));
  onTestFinished(() => rm(folder, { recursive: true }));
});

interface Cluster {
  readonly name: string;
  readonly seconds: number;
}

function json(version: string, clusters: readonly Cluster[]): string {
  const resources = clusters.map(({ name, seconds }) => ({ "@type": clusterType.typeUrl, name, connect_timeout: `${seconds}s` }));
  return JSON.stringify({ version_info: version, resources });
}

/** Replaces a file as a program should. */
async function move(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(`${path}.new`, content);
  await rename(`${path}.new`, path);
}

function open(options: Partial<XdsClientOptions> = {}): XdsClient {
  const client = createXdsClient({ node: { id: "me" }, ...options });
  onTestFinished(() => client.close());
  return client;
}

/** Collects what a watch of all clusters is told, and waits for it. */
class Log {
  readonly lines: string[] = [];
  readonly errors: XdsError[] = [];
  #wake: () => void = () => undefined;

  watch(client: XdsClient, path: PathSource): XdsWatch {
    return client.watchAll(
      timeouts(),
      {
        onChanged: ({ changed, removed }) => {
          this.lines.push([...changed.map(({ name, value }) => `${name}=${value}`), ...removed.map((name) => `-${name}`)].join(" "));
          this.#wake();
        },
        onError: (error) => {
          this.errors.push(error);
          this.#wake();
        },
      },
      { source: { path } },
    );
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

describe("a file", () => {
  test("is read, and read again when another takes its place: what it does not hold is gone", async () => {
    const path = join(folder, "cds.json");
    await move(
      path,
      json("1", [
        { name: "a", seconds: 1 },
        { name: "b", seconds: 2 },
      ]),
    );
    const client = open();
    const log = new Log();
    log.watch(client, { path });
    await log.until(() => log.lines.length === 1);
    await move(path, json("2", [{ name: "b", seconds: 3 }]));
    await log.until(() => log.lines.length === 2);
    expect(log.lines).toEqual(["a=1 b=2", "b=3 -a"]);
    expect(client.dump().map(({ source, version }) => [source, version])).toEqual([[path, "2"]]);
  });

  test("that is wrong changes nothing, and what is wrong is told", async () => {
    const path = join(folder, "cds.json");
    await move(path, json("1", [{ name: "a", seconds: 1 }]));
    const log = new Log();
    const client = open();
    log.watch(client, { path });
    await log.until(() => log.lines.length === 1);
    await move(path, '{"resources": [{"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "nmae": "a"}]}');
    await log.until(() => log.errors.length === 1);
    await move(
      path,
      json("2", [
        { name: "a", seconds: 99 },
        { name: "b", seconds: 2 },
      ]),
    );
    await log.until(() => log.errors.length === 2);
    expect(log.errors.map(({ code }) => code)).toEqual(["MESH_XDS_FILE", "MESH_XDS_REFUSED"]);
    expect(log.errors[0]?.message).toContain(`${path}: resources[0].nmae:`);
    expect(log.lines).toEqual(["a=1", "b=2"]);
    expect(client.dump()[0]?.version).toBe("1");
  });

  test("may be reached through a directory that Kubernetes swaps", async () => {
    for (const [name, seconds] of [
      ["one", 1],
      ["two", 2],
    ] as const) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, "cds.json"), json(name, [{ name: "a", seconds }]));
    }
    await symlink("one", join(folder, "..data"));
    await symlink("..data/cds.json", join(folder, "cds.json"));
    const log = new Log();
    log.watch(open(), { path: join(folder, "cds.json"), watchedDirectory: folder });
    await log.until(() => log.lines.length === 1);
    await symlink("two", join(folder, "..new"));
    await rename(join(folder, "..new"), join(folder, "..data"));
    await log.until(() => log.lines.length === 2);
    expect(log.lines).toEqual(["a=1", "a=2"]);
  });

  test("may be binary or, with a parser, YAML", async () => {
    const resources = [packAny("envoy.config.cluster.v3.Cluster", { name: "a", connectTimeout: { seconds: 5 } })];
    await move(join(folder, "cds.pb"), encodeMessage("envoy.service.discovery.v3.DiscoveryResponse", { resources }));
    await move(join(folder, "cds.yaml"), `resources:\n- "@type": ${clusterType.typeUrl}\n  name: a\n  connect_timeout: 6s\n`);
    for (const [file, line] of [
      ["cds.pb", "a=5"],
      ["cds.yaml", "a=6"],
    ] as const) {
      const log = new Log();
      log.watch(open({ parseYaml: (text) => parse(text) }), { path: join(folder, file) });
      await log.until(() => log.lines.length + log.errors.length === 1);
      expect(log.lines).toEqual([line]);
    }
  });

  test("of another type is refused", async () => {
    const path = join(folder, "cds.json");
    await move(path, JSON.stringify({ type_url: "type.googleapis.com/envoy.config.listener.v3.Listener" }));
    const log = new Log();
    log.watch(open(), { path });
    await log.until(() => log.errors.length === 1);
    expect(log.errors[0]?.message).toBe(
      `${path}: type_url: must be ${clusterType.typeUrl}, not type.googleapis.com/envoy.config.listener.v3.Listener`,
    );
  });
});

test.each(["cds.pb_text", "cds", "cds.yaml"])("a file %s is refused", (name) => {
  const log = new Log();
  expect(() => log.watch(open(), { path: join(folder, name) })).toThrow(expect.objectContaining({ code: "MESH_XDS_INVALID_OPTIONS" }));
});

test("a name that a file does not hold does not exist, until it does", async () => {
  const path = join(folder, "cds.json");
  await move(path, json("1", []));
  const log: string[] = [];
  const woken = { wake: (): void => undefined };
  const told = (): Promise<void> =>
    new Promise((resolve) => {
      woken.wake = resolve;
    });
  const next = told();
  const watcher = recorder(log);
  open().watch(
    timeouts(),
    "a",
    {
      onChanged: (resource) => {
        watcher.onChanged(resource);
        woken.wake();
      },
      onError: (error) => watcher.onError(error),
      onDoesNotExist: (isTimedOut) => {
        watcher.onDoesNotExist(isTimedOut);
        woken.wake();
      },
    },
    { source: { path: { path } } },
  );
  await next;
  const then = told();
  await move(path, json("2", [{ name: "a", seconds: 1 }]));
  await then;
  expect(log).toEqual(["none", "a=1"]);
});

test("a file that is written in place is not read before another takes its place", async () => {
  const path = join(folder, "cds.json");
  await move(path, json("1", [{ name: "a", seconds: 1 }]));
  const log = new Log();
  log.watch(open(), { path });
  await log.until(() => log.lines.length === 1);
  await writeFile(path, "half a fi");
  await move(path, json("2", [{ name: "a", seconds: 2 }]));
  await log.until(() => log.lines.length === 2);
  expect(log.errors).toEqual([]);
});

test("a watch that comes later is told of what the file holds, though it did not change", async () => {
  const path = join(folder, "cds.json");
  await move(
    path,
    json("1", [
      { name: "a", seconds: 1 },
      { name: "b", seconds: 2 },
    ]),
  );
  const client = open();
  const kind = timeouts();
  for (const name of ["a", "b"]) {
    const value = await new Promise((resolve) => {
      const watcher = { ...recorder([]), onChanged: (resource: { value: number }) => resolve(resource.value) };
      client.watch(kind, name, watcher, { source: { path: { path } } });
    });
    expect(value).toBe(name === "a" ? 1 : 2);
  }
});

test("a directory that is not there is tried again after a back-off", async () => {
  const runtime = new ManualRuntime();
  const inner = join(folder, "later");
  const log = new Log();
  log.watch(open({ runtime }), { path: join(inner, "cds.json") });
  await log.until(() => log.errors.length === 1);
  expect([log.errors[0]?.code, runtime.timers]).toEqual(["MESH_XDS_FILE", [250]]);
  await mkdir(inner);
  await move(join(inner, "cds.json"), json("1", [{ name: "a", seconds: 1 }]));
  runtime.advance(250);
  await log.until(() => log.lines.length === 1);
  expect(log.lines).toEqual(["a=1"]);
});

describe("the watch of a file", () => {
  test("whose folder is replaced goes on in the new one", async () => {
    const inner = join(folder, "config");
    const path = join(inner, "cds.json");
    await mkdir(inner);
    await move(path, json("1", [{ name: "a", seconds: 1 }]));
    const log = new Log();
    log.watch(open(), { path });
    await log.until(() => log.lines.length === 1);
    await mkdir(`${inner}.new`);
    await move(join(`${inner}.new`, "cds.json"), json("2", [{ name: "a", seconds: 2 }]));
    await rename(inner, `${inner}.old`);
    await rename(`${inner}.new`, inner);
    await log.until(() => log.lines.includes("a=2"));
    await move(path, json("3", [{ name: "a", seconds: 3 }]));
    await log.until(() => log.lines.includes("a=3"));
    expect(log.lines).toEqual(["a=1", "a=2", "a=3"]);
  });

  test("is let go of when nobody asks for it any more, and may begin again", async () => {
    const path = join(folder, "cds.json");
    await move(path, json("1", [{ name: "a", seconds: 1 }]));
    const client = open();
    const log = new Log();
    const watch = log.watch(client, { path });
    await log.until(() => log.lines.length === 1);
    const watched = openWatches();
    watch.close();
    expect(client.dump()).toEqual([]);
    while (openWatches() >= watched) await setImmediate();
    await move(path, json("2", [{ name: "a", seconds: 2 }]));
    log.watch(client, { path });
    await log.until(() => log.lines.length === 2);
    expect(log.lines).toEqual(["a=1", "a=2"]);
  });
});

/** Of the file system, in this process. */
const openWatches = (): number => process.getActiveResourcesInfo().filter((name) => name === "FSEventWrap").length;
