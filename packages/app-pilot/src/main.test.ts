import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { describeSettings } from "./settings/describe.ts";
import { main } from "./main.ts";
import { takeSignals } from "./signals.ts";
import { version } from "./version.ts";

let folder: string;
const out: string[] = [];
const err: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pilot-main-"));
  mkdirSync(join(folder, "config"));
  vi.spyOn(console, "log").mockImplementation((line: unknown) => void out.push(String(line)));
  vi.spyOn(console, "error").mockImplementation((line: unknown) => void err.push(String(line)));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  out.length = 0;
  err.length = 0;
  process.exitCode = undefined;
});

/** Runs the command line; what it printed is in `out` and `err`. */
async function run(...args: string[]): Promise<typeof process.exitCode> {
  await main(["node", "pilot", ...args]);
  return process.exitCode;
}

function write(name: string, text: string): string {
  const path = join(folder, "config", name);
  writeFileSync(path, text);
  return path;
}

const routeTo = (host: string, timeout: string = "3s"): string => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews, namespace: shop }
spec:
  hosts: [reviews]
  http: [{ timeout: ${timeout}, route: [{ destination: { host: ${host} } }] }]
`;

const services = "services: [{ name: com.acme.Echo, instances: [{ address: 10.0.0.1, port: 12200, protocol: bolt }] }]\n";

test("version prints the package's own", async () => {
  expect(await run("version")).toBeUndefined();
  expect(out).toEqual([`pilot ${version()}`]);
});

describe("validate", () => {
  test("counts what is good, and 0", async () => {
    expect(await run("validate", write("a.yaml", routeTo("a")), write("b.yaml", routeTo("b")))).toBe(0);
    expect(out).toEqual(["2 configurations are good"]);
  });

  test("prints each problem with its place, and 1", async () => {
    const path = write("bad.yaml", routeTo("a", "soon"));
    expect(await run("validate", path)).toBe(1);
    expect(out.join("\n")).toMatch(
      new RegExp(
        `^${path}:6:\\d+: error: VirtualService shop/reviews: spec\\.http\\[0\\]\\.timeout .*\n1 error; 0 configurations are good$`,
      ),
    );
    expect(err).toEqual([]);
  });

  test("puts documents that name no namespace into that of -n", async () => {
    const path = write("a.yaml", routeTo("a").replace(", namespace: shop", ""));
    expect(await run("validate", path, "-o", "json", "-n", "other")).toBe(0);
    expect(JSON.parse(out.join(""))).toEqual({
      problems: [],
      configs: [{ kind: "VirtualService", namespace: "other", name: "reviews", file: path, line: 1 }],
    });
  });

  test("a file that is no UTF-8 is an error with its place", async () => {
    const path = join(folder, "config", "latin1.yaml");
    writeFileSync(path, Buffer.from(routeTo("caf\u00e9"), "latin1"));
    expect(await run("validate", path)).toBe(1);
    expect(out[0]).toMatch(new RegExp(`^${path}:6:\\d+: error: is not UTF-8: .*0xe9.* \\[file/utf-8\\]$`, "m"));
    expect(await run("analyze", join(folder, "config"))).toBe(1);
    expect(out[1]).toContain("[file/utf-8]");
  });

  test("a file that is not there is told without a stack, and 1", async () => {
    expect(await run("validate", join(folder, "none.yaml"))).toBe(1);
    expect(err).toEqual([expect.stringMatching(/^cannot read .*none\.yaml: ENOENT/)]);
  });
});

describe("analyze", () => {
  test("0 where routes lead to what is known: by the directory, or by --services", async () => {
    write("route.yaml", routeTo("com.acme.Echo").replace("[reviews]", "[com.acme.Echo]"));
    expect(await run("analyze", join(folder, "config"))).toBe(79);
    const file = join(folder, "services.yaml");
    writeFileSync(file, services);
    expect(await run("analyze", join(folder, "config"), "--services", file)).toBe(0);
    expect(out.at(-1)).toBe(`no issues found in ${join(folder, "config")} (1 configurations)`);
  });

  test("finds nothing at a threshold above", async () => {
    const gateway =
      "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: { name: g, namespace: shop }\nspec: { selector: { a: b }, servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ['*'] }] }\n";
    write("gateway.yaml", gateway);
    expect(await run("analyze", join(folder, "config"))).toBe(0);
    expect(out.join("\n")).toContain("info MESH0005");
    expect(await run("analyze", join(folder, "config"), "--failure-threshold", "info")).toBe(79);
    expect(await run("analyze", join(folder, "config"), "--failure-threshold", "warning")).toBe(0);
  });

  test("1 for a file with an error, a directory that is not there, and services that cannot be read", async () => {
    write("route.yaml", routeTo("a", "soon"));
    expect(await run("analyze", join(folder, "config"))).toBe(1);
    expect(await run("analyze", join(folder, "none"))).toBe(1);
    const file = join(folder, "services.yaml");
    expect(await run("analyze", join(folder, "config"), "--services", file)).toBe(1);
    writeFileSync(file, "services: 1");
    expect(await run("analyze", join(folder, "config"), "--services", file)).toBe(1);
    expect(err).toEqual([
      expect.stringContaining(join(folder, "none")),
      expect.stringMatching(/^--services: ENOENT/),
      `${file}:1:1: services must be a list`,
    ]);
  });
});

describe("discovery", () => {
  const free = [
    "--grpc-address",
    "127.0.0.1:0",
    "--http-address",
    "127.0.0.1:0",
    "--monitoring-address",
    "127.0.0.1:0",
    "--log-level",
    "error",
  ];

  test.for(["SIGTERM", "SIGINT"] as const)("runs until %s, and leaves no handler behind", async (signal) => {
    const before = process.listenerCount(signal);
    writeFileSync(join(folder, "services.yaml"), services);
    const ended = run("discovery", ...free, "--config-dir", join(folder, "config"), "--registry", `memory://${folder}/services.yaml`);
    while (process.listenerCount(signal) === before) await new Promise((resolve) => setImmediate(resolve));
    process.emit(signal, signal);
    expect(await ended).toBe(0);
    expect(process.listenerCount(signal)).toBe(before);
  });

  test.for(["SIGHUP", "SIGUSR1"] as const)("goes on after %s, with a line in the log", async (signal) => {
    const before = process.listenerCount(signal);
    const lines: string[] = [];
    const signals = takeSignals({ log: (level, message) => lines.push(`${level} ${message}`) });
    process.emit(signal, signal);
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^warn ${signal} is passed over: `))]);
    process.emit("SIGTERM", "SIGTERM");
    expect(await signals.stop).toBe("SIGTERM");
    process.emit("SIGINT", "SIGINT");
    await signals.atOnce;
    signals.release();
    expect(process.listenerCount(signal)).toBe(before);
  });

  test.for([
    [["--registry", "consul://a"], 'there is no registry "consul"'],
    [["--registry", "memory:"], "must name a file of services"],
    [["--registry", "memory:a", "--registry", "memory:b"], 'two are called "memory"'],
    [["--registry", "zookeeper://a?layout=b"], 'the parameter "layout" is not known'],
    [["--debounce-max", "soon"], "--debounce-max must be a duration"],
    [["--settings", "/nowhere.yaml"], "--settings: ENOENT"],
    [["--config-dir", "/nowhere"], "/nowhere cannot be read"],
  ] as const)("%j is told in a line, and 1", async ([args, message]) => {
    expect(await run("discovery", ...free, ...args)).toBe(1);
    expect(err).toHaveLength(1);
    expect(err[0]).toContain(message);
  });

  test("--print-settings prints what is and why, and warns of variables that mean nothing", async () => {
    const file = join(folder, "pilot.yaml");
    writeFileSync(file, "log-format: text\n");
    vi.stubEnv("PILOT_SETTINGS", file);
    vi.stubEnv("PILOT_PUSH_THROTTLE", "7");
    vi.stubEnv("PILOT_TRACE_SAMPLING", "1");
    expect(await run("discovery", "--print-settings", "--identifier", "me")).toBe(0);
    const text = out.join("\n");
    expect(text).toMatch(/^identifier +me +--identifier$/m);
    expect(text).toMatch(/^push-throttle +7 +PILOT_PUSH_THROTTLE$/m);
    expect(text).toMatch(new RegExp(`^log-format +text +${file}:1:1$`, "m"));
    expect(err).toEqual(["the variable PILOT_TRACE_SAMPLING is not known and means nothing"]);
  });
});

test("every setting is described, with a default", () => {
  for (const { name, variable, about, fallback } of describeSettings()) {
    expect([name, variable]).toEqual([expect.stringMatching(/^[a-z-]+$/), expect.stringMatching(/^PILOT_[A-Z_]+$/)]);
    expect([about, fallback]).not.toContain("");
  }
});

test.for([
  [["discover"], "unknown command 'discover'"],
  [["discovery", "--nope"], "unknown option '--nope'"],
  [["proxy-config", "cluster"], "missing required argument 'node'"],
  [["validate"], "missing required argument 'file'"],
  [["analyze", "x", "-o", "xml"], "Allowed choices are text, json."],
  [["analyze", "x", "-o", "json", "-o", "text"], "argument 'text' is invalid. It is given twice."],
  [["discovery", "--config-dir", "a", "--config-dir", "b"], "argument 'b' is invalid. It is given twice."],
  [["discovery", "--settings", "a", "--settings", "a"], "It is given twice."],
  [["proxy-config", "cluster", "x", "--fqdn", "a", "--fqdn", "b"], "It is given twice."],
] as const)("%j is refused, and help follows", async ([args, message]) => {
  const exit = vi.spyOn(process, "exit").mockImplementation(() => {
    throw new Error("exit");
  });
  const written: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0);
  await expect(run(...args)).rejects.toThrow("exit");
  expect(exit).toHaveBeenCalledWith(1);
  expect(written.join("")).toContain(message);
  expect(written.join("")).toContain("Usage: pilot");
});
