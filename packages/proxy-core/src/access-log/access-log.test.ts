import { once } from "node:events";
import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { createTypeRegistry, fromJson } from "@mesh/xds-proto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigPath, ExtensionSet } from "../config/index.ts";
import { testRuntime } from "../runtime/testing.ts";
import { StatsStore } from "../stats/index.ts";
import { statValue } from "../stats/testing.ts";
import { compileAccessLogs } from "./access-log.ts";
import type { AccessLogExtension, AccessLogger } from "./access-log.ts";
import { AccessLogFiles } from "./log-files.ts";
import { accessLogExtensions } from "./standard-loggers.ts";
import { headersOf, streamInfo } from "./testing.ts";

describe("access logs", () => {
  const path = ConfigPath.of("access_log");
  let folder = "";
  let files: AccessLogFiles;
  let stats: StatsStore;
  let stdout: PassThrough;
  let runtime: ReturnType<typeof testRuntime>;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "access-log-"));
    runtime = testRuntime();
    stats = new StatsStore();
    stdout = new PassThrough({ encoding: "utf8" });
    files = new AccessLogFiles({ timers: runtime.timers, stats, stdout, stderr: stdout });
  });
  afterEach(async () => {
    await files.close();
    await rm(folder, { recursive: true });
  });

  function compile(messages: readonly object[], more: readonly AccessLogExtension[] = []): readonly AccessLogger[] {
    const extensions = new ExtensionSet(createTypeRegistry(), [...accessLogExtensions, ...more]);
    return compileAccessLogs(
      messages.map((message) => fromJson("envoy.config.accesslog.v3.AccessLog", message)),
      path,
      { runtime, stats, extensions, accessLogFiles: files },
    );
  }
  const file = (name: string, format: string): object => ({
    name: "envoy.access_loggers.file",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
      path: join(folder, name),
      log_format: { text_format_source: { inline_string: format } },
    },
  });
  const stream = (name: string): object => ({
    name: `envoy.access_loggers.${name.toLowerCase()}`,
    typed_config: {
      "@type": `type.googleapis.com/envoy.extensions.access_loggers.stream.v3.${name}AccessLog`,
      log_format: { json_format: { code: "%RESPONSE_CODE%" } },
    },
  });
  const read = (name: string): Promise<string> => readFile(join(folder, name), "utf8");

  test("two logs of one path share a file; lines keep their order", async () => {
    const [first, second] = compile([file("a.log", "1 %RESPONSE_CODE%\n"), file("a.log", "2 %RESPONSE_CODE%\n")]);
    first?.log(streamInfo({ responseCode: 200 }));
    second?.log(streamInfo({ responseCode: 503 }));
    first?.log(streamInfo({ responseCode: 404 }));
    await files.flush();
    expect(await read("a.log")).toBe("1 200\n2 503\n1 404\n");
    expect(statValue(stats, "filesystem.write_completed")).toBe(1);
  });

  test("a filter keeps lines out", async () => {
    const filter = { status_code_filter: { comparison: { op: "GE", value: { default_value: 500, runtime_key: "k" } } } };
    const [logger] = compile([{ ...file("a.log", "%RESPONSE_CODE%\n"), filter }]);
    for (const responseCode of [200, 500, 404, 503]) logger?.log(streamInfo({ responseCode }));
    await files.flush();
    expect(await read("a.log")).toBe("500\n503\n");
  });

  test("after a rotation, lines go to a new file once it was reopened, and none is lost", async () => {
    const [logger] = compile([file("a.log", "%CONNECTION_ID%\n")]);
    logger?.log(streamInfo({ connectionId: 1 }));
    await files.flush();
    await rename(join(folder, "a.log"), join(folder, "a.log.1"));
    logger?.log(streamInfo({ connectionId: 2 }));
    await files.flush();
    files.reopen();
    logger?.log(streamInfo({ connectionId: 3 }));
    await files.close();
    expect([await read("a.log.1"), await read("a.log")]).toEqual(["1\n2\n", "3\n"]);
  });

  test("the process's output takes lines too, by extension or by the name of its device", async () => {
    const device = { ...file("x", "device\n") };
    Reflect.set(Reflect.get(device, "typed_config"), "path", "/dev/stdout");
    for (const logger of compile([stream("Stdout"), stream("Stderr"), device])) logger.log(streamInfo());
    await files.flush();
    if (stdout.readableLength === 0) await once(stdout, "readable");
    expect(stdout.read().split("\n").toSorted()).toEqual(["", "device", '{"code":200}', '{"code":200}']);
  });

  test("output that nobody reads any more costs its lines and nothing else", async () => {
    const [logger] = compile([stream("Stdout")]);
    const closed = new Promise<void>((resolve) => stdout.once("close", resolve));
    stdout.destroy(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    await closed;
    logger?.log(streamInfo());
    await files.flush();
    expect(statValue(stats, "filesystem.write_failed")).toBe(1);
  });

  test("what a peer sends cannot begin a line of its own", async () => {
    const [logger] = compile([file("a.log", "%REQ(X)%\n")]);
    const forged = headersOf({ x: "a\r\n[forged]\t\x1b[2J\x9b é中" });
    logger?.log(streamInfo({ protocol: "bolt", request: forged }));
    await files.flush();
    expect(await read("a.log")).toBe("a\\x0d\\x0a[forged]\t\\x1b[2J\\x9b é中\n");
  });

  test("a logger of the user's own is made with its configuration", () => {
    const seen: number[] = [];
    const custom: AccessLogExtension = {
      name: "acme.logger",
      category: "envoy.access_loggers",
      messageName: "acme.Logger",
      fields: undefined,
      create: (extension) => {
        expect(extension.config).toEqual({ greeting: "hello" });
        return { log: (info) => void seen.push(info.responseCode) };
      },
    };
    const typedConfig = {
      "@type": "type.googleapis.com/xds.type.v3.TypedStruct",
      type_url: "types/acme.Logger",
      value: { greeting: "hello" },
    };
    compile([{ name: "acme.logger", typed_config: typedConfig }], [custom])[0]?.log(streamInfo({ responseCode: 418 }));
    expect(seen).toEqual([418]);
  });

  test("errors say where they are", () => {
    expect(() => compile([file("no/such/folder/a.log", "")])).toThrow(/^access_log\[0\]\.typed_config\.path: cannot be opened: ENOENT/u);
    expect(() => compile([stream("Stdout"), file("a.log", "%FOO%")])).toThrow(
      "access_log[1].typed_config.log_format.text_format_source: at character 1: there is no command operator %FOO%",
    );
    expect(() => compile([{ name: "x" }])).toThrow("access_log[0].typed_config: is required");
  });
});
