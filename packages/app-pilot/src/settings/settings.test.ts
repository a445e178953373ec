import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unknownVariables } from "./environment.ts";
import { parseSettings } from "./file.ts";
import { formatOrigins } from "./print.ts";
import { resolveSettings, type SettingSources, type Settings } from "./resolve.ts";
import { readAddress, readAddressOrOff, readDuration, readLimit, readNumber, variableOf } from "./setting.ts";
import { allSettings } from "./table.ts";

function resolve({
  flags = {},
  env = {},
  file = "",
}: {
  flags?: Readonly<Record<string, readonly string[]>>;
  env?: SettingSources["env"];
  file?: string;
}): Settings {
  return resolveSettings({
    flags: new Map(Object.entries(flags).map(([name, texts]) => [name, { texts, place: `--${name}` }])),
    env,
    file: parseSettings(file, "pilot.yaml", allSettings),
  });
}

describe("settings", () => {
  test("are Istio's where nothing is said", () => {
    expect(resolve({})).toMatchObject({
      configDir: undefined,
      registries: [],
      grpc: { host: "0.0.0.0", port: 15_010 },
      http: { host: "0.0.0.0", port: 8080 },
      monitoring: { host: "0.0.0.0", port: 15_014 },
      debounceAfterMs: 100,
      debounceMaxMs: 10_000,
      maxConnectionAgeMs: 1_800_000,
      maxConnections: undefined,
      logLevel: "info",
    });
  });

  test("may turn an address off", () => {
    const found = resolve({ flags: { "monitoring-address": ["off"] }, file: "http-address: off\n" });
    expect(found).toMatchObject({ http: undefined, monitoring: undefined, grpc: { port: 15_010 } });
  });

  test("of flags go before the environment's, these before the file's", () => {
    const file = "debounce-after: 1s\ndebounce-max: 1s\nready-timeout: 1s\n";
    const env = { PILOT_DEBOUNCE_AFTER: "2s", PILOT_DEBOUNCE_MAX: "2s", PILOT_READY_TIMEOUT: "" };
    const found = resolve({ flags: { "debounce-after": ["3s"] }, env, file });
    expect(found).toMatchObject({ debounceAfterMs: 3000, debounceMaxMs: 2000, readyTimeoutMs: 1000 });
    const from = new Map(found.origins.map((each) => [each.name, each.from]));
    expect(["debounce-after", "debounce-max", "ready-timeout", "log-level"].map((name) => from.get(name))).toEqual([
      "--debounce-after",
      "PILOT_DEBOUNCE_MAX",
      "pilot.yaml:3:1",
      "default",
    ]);
  });

  test("that are lists are taken whole from one place", () => {
    const file = "registry: [memory:///a.yaml, 'zookeeper://zk:2181?namespace=shop']\n";
    expect(resolve({ file }).registries).toEqual([
      { scheme: "memory", url: "memory:///a.yaml", namespace: "default" },
      { scheme: "zookeeper", url: "zookeeper://zk:2181", namespace: "shop" },
    ]);
    expect(resolve({ file: "registry: memory:///a.yaml" }).registries).toHaveLength(1);
    const env = { PILOT_REGISTRY: " memory:///b.yaml  memory:///c.yaml " };
    expect(resolve({ file, env }).registries.map(({ url }) => url)).toEqual(["memory:///b.yaml", "memory:///c.yaml"]);
  });

  test("that cannot be used are told all at once, each with its place", () => {
    const file = "debounce-max: never\nlog-level: loud\n";
    const env = { PILOT_MAX_CONNECTIONS: "-1" };
    const flags = { "grpc-address": ["15010"], registry: ["x", "zookeeper://u:secret@zk?namespace=A"] };
    let message = "";
    try {
      resolve({ flags, env, file });
    } catch (error) {
      message = error instanceof Error ? error.message : "";
    }
    expect(message.split("\n")).toEqual([
      '--registry must be a URL such as zookeeper://127.0.0.1:2181, not "x"',
      '--registry its namespace must be a name such as shop, not "A", not "zookeeper://…@zk?namespace=A"',
      '--grpc-address must be <host>:<port> or :<port>, such as 127.0.0.1:15010, not "15010"',
      'pilot.yaml:2:1: log-level must be one of debug, info, warn, error, not "loud"',
      'pilot.yaml:1:1: debounce-max must be a duration of at most 24 days, such as 100ms, 10s or 1h30m, not "never"',
      'PILOT_MAX_CONNECTIONS: max-connections must be a whole number, 1 or more, not "-1"',
    ]);
  });

  test("of every name have a default that can be read, a description, and a name of their own", () => {
    expect(() => resolve({})).not.toThrow();
    for (const setting of allSettings) expect(setting.about).not.toBe("");
    expect(new Set(allSettings.map(variableOf)).size).toBe(allSettings.length);
    expect(resolve({}).origins.map(({ name }) => name)).toEqual(allSettings.map(({ name }) => name));
  });

  test("are printed without passwords", () => {
    const text = formatOrigins(resolve({ env: { PILOT_REGISTRY: "zookeeper://u:secret@zk:2181" } }).origins);
    expect(text).toMatch(/^registry +zookeeper:\/\/…@zk:2181 +PILOT_REGISTRY$/m);
    expect(text).not.toContain("secret");
  });
});

describe("a settings file", () => {
  test.for([
    ["debounce_after: 1s", 'pilot.yaml:1:1: there is no setting "debounce_after", did you mean "debounce-after"?'],
    ["a: {}\n", 'pilot.yaml:1:1: there is no setting "a"'],
    ["log-level: [debug]", "pilot.yaml:1:1: log-level must be a text or a number"],
    ["identifier: true", "pilot.yaml:1:1: identifier must be a text or a number"],
    ["identifier:", "pilot.yaml:1:1: identifier must be a text or a number"],
    ["registry: [[a]]", "pilot.yaml:1:1: registry must be a text or a number, or a list of them"],
    ["- a", "pilot.yaml:1:1: must be a map of settings"],
    ["identifier: a\nidentifier: b", "pilot.yaml:2:1: Map keys must be unique"],
    ["a: [", "pilot.yaml:1:5: "],
  ] as const)("%j is refused", ([text, message]) => {
    expect(() => parseSettings(text, "pilot.yaml", allSettings)).toThrow(message);
  });

  test("may have numbers as they are", () => {
    expect(resolve({ file: "protection-max-loss: 0.50\nmax-connections: 5\n" })).toMatchObject({ maxLoss: 0.5, maxConnections: 5 });
  });
});

test("variables with the prefix that mean nothing are told, save Kubernetes' own", () => {
  const env = {
    PATH: "",
    PILOT_SETTINGS: "x",
    PILOT_DEBOUNCE_MAX: "1s",
    PILOT_DEBOUNCE_MAXX: "1s",
    PILOT_ENABLE_EDS_DEBOUNCE: "true",
    PILOT_SERVICE_HOST: "10.0.0.1",
    PILOT_SERVICE_PORT_GRPC: "1",
    PILOT_PORT: "tcp://10.0.0.1:15010",
    PILOT_PORT_15010_TCP: "tcp://10.0.0.1:15010",
  };
  expect(unknownVariables(env, allSettings)).toEqual([
    'the variable PILOT_DEBOUNCE_MAXX is not known and means nothing, did you mean "PILOT_DEBOUNCE_MAX"?',
    "the variable PILOT_ENABLE_EDS_DEBOUNCE is not known and means nothing",
  ]);
});

describe("values", () => {
  test.for([
    ["0", 0],
    ["100ms", 100],
    ["1.5s", 1500],
    ["1h30m", 5_400_000],
    ["2m0s", 120_000],
  ] as const)("the duration %s is %d ms", ([text, ms]) => expect(readDuration(text)).toBe(ms));

  test.for(["", "1", "s", "1 s", "-1s", "1d", "1s1", "600h", "1e3s"])("%j is no duration", (text) => {
    expect(() => readDuration(text)).toThrow("must be a duration");
  });

  test("the duration 0 is no limit", () => {
    expect(readLimit("0")).toBe(Number.POSITIVE_INFINITY);
    expect(readLimit("1s")).toBe(1000);
  });

  test.for([
    [":15010", { host: "0.0.0.0", port: 15_010 }],
    ["127.0.0.1:0", { host: "127.0.0.1", port: 0 }],
    ["[::]:80", { host: "::", port: 80 }],
    ["pilot.local:80", { host: "pilot.local", port: 80 }],
  ] as const)("the address %s is %j", ([text, address]) => expect(readAddress(text)).toEqual(address));

  test.for(["", "80", "::1:80", "a:b", "a:65536", "[x]:1", "http://a:1"])("%j is no address", (text) => {
    expect(() => readAddress(text)).toThrow("must be <host>:<port>");
  });

  test("an address may be off", () => expect(readAddressOrOff("off")).toBeUndefined());

  test("a number has its range, and is nothing but digits", () => {
    expect(readNumber(0, 1)("0.5")).toBe(0.5);
    for (const text of ["", "1.1", "-0", "1e-1", "Infinity", "0x1"]) expect(() => readNumber(0, 1)(text)).toThrow("from 0 to 1");
    expect(() => readNumber(1, undefined, true)("1.5")).toThrow("a whole number, 1 or more");
  });

  test("every duration that Go prints of whole milliseconds is read as it was", () => {
    fc.assert(
      fc.property(fc.nat(23), fc.nat(59), fc.nat(59), fc.nat(999), (h, m, s, ms) => {
        expect(readDuration(`${h}h${m}m${s}s${ms}ms`)).toBe(((h * 60 + m) * 60 + s) * 1000 + ms);
      }),
    );
  });
});
