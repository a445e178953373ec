import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HostsFile, parseHostNames } from "./hosts-file.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hosts-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("names are all but the first field, without comments and without regard to case", () => {
  expect(parseHostNames("127.0.0.1 localhost\n# 10.0.0.1 no\n::1\tip6-localhost  Loopback # rest\n\n10.0.0.2")).toEqual(
    new Set(["localhost", "ip6-localhost", "loopback"]),
  );
});

test("the file is read again when it has changed", async () => {
  const path = join(folder, "hosts");
  const hosts = new HostsFile(path);
  expect(await hosts.has("db.example")).toBe(false);
  await writeFile(path, "10.0.0.1 db.example\n");
  expect(await hosts.has("DB.example")).toBe(true);
  await writeFile(path, "10.0.0.1 other.example.org\n");
  expect(await hosts.has("db.example")).toBe(false);
});
