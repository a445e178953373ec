/** The command line of the built `pilot`: discovery with a real Envoy, and what operators ask it. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseExposition } from "../mesh/exposition.ts";
import { envoy, startEnvoy, type EnvoyPeer } from "../peers/envoy.ts";
import { envoyXdsBootstrap } from "../peers/envoy-xds.ts";
import { pilotProgram, startPilot, type PilotPeer } from "../peers/pilot.ts";
import { freePort } from "../peers/ports.ts";
import { checkMetrics, promtool } from "../peers/promtool.ts";
import { endAllPeers, runProgram } from "../peers/process.ts";
import { makeScratch, removeScratch } from "../peers/scratch.ts";
import { requirePeer } from "../peers/tools.ts";

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(...args: readonly string[]): Promise<Outcome> {
  const { exit, stdout, stderr } = await runProgram(process.execPath, [pilotProgram, ...args]);
  return { code: exit.code, stdout, stderr };
}

let folder: string;
let configDir: string;

beforeEach(() => {
  folder = makeScratch("pilot-cli");
  configDir = join(folder, "config");
  mkdirSync(configDir);
});

afterEach(async () => {
  await endAllPeers();
  removeScratch(folder);
});

function write(name: string, text: string): string {
  const path = join(configDir, name);
  writeFileSync(path, text);
  return path;
}

const serviceEntry = (port: number): string => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: reviews, namespace: shop }
spec:
  hosts: [reviews.shop.svc.cluster.local]
  ports: [{ number: ${port}, name: http, protocol: HTTP }]
  resolution: STATIC
  endpoints: [{ address: 127.0.0.1, ports: { http: 1 } }]
`;

const virtualService = (timeout: string): string => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews, namespace: shop }
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http: [{ timeout: ${timeout}, route: [{ destination: { host: reviews.shop.svc.cluster.local } }] }]
`;

async function until<Value>(get: () => Promise<Value>, isRight: (value: Value) => boolean): Promise<Value> {
  for (;;) {
    const value = await get();
    if (isRight(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe.runIf(requirePeer(envoy))("discovery with a real Envoy", () => {
  let pilot: PilotPeer;
  let peer: EnvoyPeer;
  let port: number;

  beforeEach(async () => {
    port = await freePort();
    write("reviews.yaml", serviceEntry(port));
    write("route.yaml", virtualService("3s"));
    pilot = await startPilot({ configDir });
    const node = {
      id: "sidecar~10.0.0.7~orders-1.shop~shop.svc.cluster.local",
      cluster: "orders.shop",
      metadata: { NAMESPACE: "shop", ISTIO_VERSION: "1.27.0", INTERCEPTION_MODE: "NONE" },
    };
    peer = await startEnvoy({
      bootstrap: { ...envoyXdsBootstrap({ address: pilot.grpcAddress, protocol: "delta" }), node },
      ports: [port],
    });
  });

  const status = (...args: readonly string[]): Promise<Outcome> => run("proxy-status", "--address", pilot.httpAddress, ...args);
  const config = (...args: readonly string[]): Promise<Outcome> => run("proxy-config", ...args, "--address", pilot.httpAddress);
  const isSynced = ({ stdout }: Outcome): boolean => /^orders-1\.shop +sidecar +(SYNCED +){4}IGNORED +1\.27\.0$/m.test(stdout);

  test("proxy-status shows it as SYNCED, proxy-config what it has", async () => {
    const shown = await until(status, isSynced);
    expect(shown.stdout.split("\n")[0]).toMatch(/^NAME +TYPE +CDS +LDS +EDS +RDS +NDS +VERSION$/);
    expect((await status("-o", "json")).stdout).toContain('"status": "SYNCED"');
    expect((await status("nobody")).stdout).toBe('No proxy "nobody" is connected.\n');

    const clusters = await config("cluster", "orders-1.shop", "--fqdn", "reviews");
    expect(clusters.stdout.trim().split("\n").slice(1)).toEqual([
      expect.stringMatching(new RegExp(`^reviews\\.shop\\.svc\\.cluster\\.local +${port} +- +outbound +EDS`)),
    ]);
    expect((await config("listener", "orders-1", "--port", String(port))).stdout).toMatch(
      new RegExp(`^127\\.0\\.0\\.1 +${port} +ALL +Route: `, "m"),
    );
    expect((await config("route", "orders-1")).stdout).toMatch(/reviews\.shop\.svc\.cluster\.local.*\/\*.*reviews\.shop$/m);
    expect((await config("endpoint", "orders-1", "--fqdn", "reviews")).stdout).toMatch(/^127\.0\.0\.1:1 +HEALTHY +1 +- +outbound\|/m);
    const json: unknown = JSON.parse((await config("cluster", "orders-1", "--port", String(port), "-o", "json")).stdout);
    expect(json).toMatchObject([{ name: `outbound|${port}||reviews.shop.svc.cluster.local` }]);
    const nobody = await config("cluster", "nobody");
    expect([nobody.code, nobody.stdout, nobody.stderr]).toEqual([
      1,
      "",
      'no proxy "nobody" is connected; /debug/syncz lists those that are\n',
    ]);
    expect(await pilot.metric("pilot_proxy_convergence_time_count")).toBe(0);
  });

  test("a change reaches it, a broken file does not, and is told with its line", async () => {
    await until(status, isSynced);
    write("route.yaml", virtualService("4s"));
    await until(
      async () => JSON.stringify(await dumped()),
      (text) => text.includes('"timeout":"4s"'),
    );
    expect(await pilot.metric("pilot_proxy_convergence_time_count")).toBe(1);

    write("route.yaml", virtualService("soon"));
    const line = await pilot.line(/error .*route\.yaml:7:\d+: error: VirtualService shop\/reviews: spec\.http\[0\]\.timeout/);
    expect(line).toContain("[schema/duration]");
    const shown = JSON.stringify(await pilot.debug("configz"));
    expect(shown).toContain('"rule":"schema/duration"');
    expect(shown).toContain('"rule":"file/kept"');
    expect(JSON.stringify(await dumped())).toContain('"timeout":"4s"');
    expect(await pilot.metric('pilot_total_xds_rejects{type="rds"}')).toBe(0);
  });

  test("metrics are as Prometheus reads them", async () => {
    await until(status, isSynced);
    const url = `http://${pilot.monitoringAddress}/metrics`;
    const families = parseExposition(await (await fetch(url)).text());
    expect(families.get("pilot_xds")?.samples).toEqual([{ name: "pilot_xds", labels: { version: "1.27.0" }, value: 1 }]);
    if (requirePeer(promtool)) {
      const { exit, stderr } = await checkMetrics(url);
      expect(exit.code).toBe(3);
      // Istio's counters do not end in what is Prometheus' taste.
      const others = stderr
        .trimEnd()
        .split("\n")
        .filter((line) => !line.endsWith('counter metrics should have "_total" suffix'));
      expect(others).toEqual([]);
    }
  });

  test("ends with 0 on SIGTERM and SIGINT, and the proxy goes on", async () => {
    await until(status, isSynced);
    expect(await pilot.stop()).toEqual({ code: 0, signal: null });
    expect(pilot.output()).toContain("SIGTERM: ending streams");
    expect(JSON.stringify(await dumped())).toContain("reviews.shop.svc.cluster.local");
    const other = await startPilot({ configDir });
    other.signal("SIGINT");
    expect(await other.exited).toEqual({ code: 0, signal: null });
  });

  const dumped = async (): Promise<unknown> => (await fetch(`http://127.0.0.1:${peer.adminPort}/config_dump?include_eds`)).json();
});

describe("discovery", () => {
  test("takes services from a file, and follows it", async () => {
    const path = join(folder, "services.yaml");
    const services = (address: string): string =>
      `services: [{ name: com.acme.Echo, instances: [{ address: ${address}, port: 12200, protocol: bolt }] }]\n`;
    writeFileSync(path, services("10.0.0.1"));
    const pilot = await startPilot({ registries: [`memory://${path}?namespace=shop&name=file`] });
    expect(JSON.stringify(await pilot.debug("endpointz"))).toContain('"address":"10.0.0.1"');
    writeFileSync(path, services("10.0.0.2"));
    await until(
      async () => JSON.stringify(await pilot.debug("endpointz")),
      (text) => text.includes('"address":"10.0.0.2"'),
    );
    writeFileSync(path, "services: [{ nam: x }]\n");
    await pilot.line(/services\.yaml:1:14: services\[0\]\.nam is not known, did you mean "name"\?/);
    expect(JSON.stringify(await pilot.debug("endpointz"))).toContain('"address":"10.0.0.2"');
    expect(await pilot.debug("registryz")).toMatchObject({ registries: [{ name: "file", namespace: "shop", instances: 1 }] });
  });

  test("flags go before variables, these before the file", async () => {
    const file = join(folder, "pilot.yaml");
    writeFileSync(file, "debounce-after: 1s\ndebounce-max: 2s\nlog-level: warn\nregistry: [memory:///a.yaml, memory:///b.yaml?name=b]\n");
    const env = ["PILOT_DEBOUNCE_AFTER=3s", "PILOT_DEBOUNCE_MAX=4s", "PILOT_TYPO=1", `PILOT_SETTINGS=${file}`];
    const command = [process.execPath, pilotProgram, "discovery", "--print-settings", "--debounce-after", "5s"];
    const { exit, stdout, stderr } = await runProgram("env", [...env, ...command]);
    const row = (name: string): string[] | undefined =>
      stdout
        .split("\n")
        .find((line) => line.startsWith(`${name} `))
        ?.split(/ {3,}/);
    expect(exit.code).toBe(0);
    expect(row("debounce-after")).toEqual(["debounce-after", "5s", "--debounce-after"]);
    expect(row("debounce-max")).toEqual(["debounce-max", "4s", "PILOT_DEBOUNCE_MAX"]);
    expect(row("log-level")).toEqual(["log-level", "warn", `${file}:3:1`]);
    expect(row("registry")).toEqual(["registry", "memory:///a.yaml memory:///b.yaml?name=b", `${file}:4:1`]);
    expect(row("grpc-address")).toEqual(["grpc-address", ":15010", "default"]);
    expect(stderr).toBe("the variable PILOT_TYPO is not known and means nothing\n");
  });

  test("a port in use, a directory or registry that there is not: one line, and 1", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const noPages = ["--http-address", "off", "--monitoring-address", "off"];
    const free = ["--grpc-address", "127.0.0.1:0", ...noPages];
    const outcomes = [
      await run("discovery", ...noPages, "--grpc-address", `127.0.0.1:${port}`),
      await run("discovery", "--grpc-address", "127.0.0.1:0", "--http-address", `127.0.0.1:${port}`, "--monitoring-address", "off"),
      await run("discovery", ...free, "--config-dir", join(folder, "none")),
      await run("discovery", ...free, "--config-dir", "a", "--config-dir", "b"),
      await run("discovery", ...free, "--registry", "consul://127.0.0.1"),
      await run("discovery", ...free, "--registry", "zookeeper://127.0.0.1?layout=dubbo"),
      await run("discovery", ...free, "--registry", "memory:"),
      await run("discovery", ...free, "--debounce-max", "soon"),
    ];
    taken.close();
    expect(outcomes.map(({ code }) => code)).toEqual(outcomes.map(() => 1));
    const lines = outcomes.map(({ stderr }) =>
      stderr
        .trimEnd()
        .split("\n")
        .filter((line) => !line.startsWith("{")),
    );
    // Where the command line itself is wrong, help follows.
    expect(lines.splice(3, 1)[0]?.[0]).toBe("error: option '--config-dir <dir>' argument 'b' is invalid. It is given twice.");
    expect(lines).toEqual([
      [expect.stringMatching(new RegExp(`^cannot listen on 127\\.0\\.0\\.1:${port}: .*EADDRINUSE`))],
      [expect.stringMatching(new RegExp(`^cannot listen on 127\\.0\\.0\\.1:${port}: .*EADDRINUSE`))],
      [expect.stringContaining(join(folder, "none"))],
      [expect.stringContaining('there is no registry "consul"; there are zookeeper, memory')],
      [expect.stringContaining('the parameter "layout" is not known')],
      [expect.stringContaining("must name a file of services")],
      [expect.stringContaining("--debounce-max must be a duration")],
    ]);
  });

  test("serves without anything to tell, and says so", async () => {
    const pilot = await startPilot({});
    expect(pilot.output()).toContain("neither --config-dir nor --registry is given");
    expect((await pilot.status("/ready")).status).toBe(200);
  });
});

describe("checks", () => {
  test("validate: 0 for good files, 1 with file, line and field for bad ones, also from stdin", async () => {
    const good = write("good.yaml", serviceEntry(80));
    const bad = write("bad.yaml", virtualService("soon"));
    expect(await run("validate", good)).toEqual({ code: 0, stdout: "1 configuration is good\n", stderr: "" });
    const outcome = await run("validate", good, bad);
    expect(outcome.code).toBe(1);
    expect(outcome.stdout).toMatch(new RegExp(`^${bad}:7:\\d+: error: VirtualService shop/reviews: spec\\.http\\[0\\]\\.timeout `));
    const json = await run("validate", bad, "-o", "json");
    expect([json.code, JSON.parse(json.stdout)]).toMatchObject([1, { problems: [{ rule: "schema/duration", line: 7 }], configs: [] }]);
    const { exit, stdout } = await runProgram("sh", ["-c", `"$0" "$1" validate - < "$2"`, process.execPath, pilotProgram, bad]);
    expect([exit.code, stdout]).toEqual([1, expect.stringMatching(/^stdin:7:/)]);
    expect(await run("validate", join(folder, "none.yaml"))).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("none.yaml"),
    });
  });

  test("analyze: 0 where all is well, 79 for a finding, 1 for a file with an error", async () => {
    write("reviews.yaml", serviceEntry(80));
    write("route.yaml", virtualService("3s"));
    expect(await run("analyze", configDir)).toMatchObject({ code: 0, stdout: expect.stringContaining("no issues found") });
    write("route.yaml", virtualService("3s").replace("destination: { host: reviews", "destination: { host: ratings"));
    const found = await run("analyze", configDir);
    expect([found.code, found.stdout]).toEqual([
      79,
      expect.stringMatching(/route\.yaml:\d+:\d+: error IST0101 VirtualService shop\/reviews: /),
    ]);
    const json = await run("analyze", configDir, "--output", "json");
    expect([json.code, JSON.parse(json.stdout)]).toMatchObject([79, { problems: [], findings: [{ code: "IST0101" }] }]);
    write("route.yaml", virtualService("soon"));
    expect(await run("analyze", configDir)).toMatchObject({ code: 1, stdout: expect.stringContaining("[schema/duration]") });
    rmSync(configDir, { recursive: true });
    expect((await run("analyze", configDir)).code).toBe(1);
  });

  test("version, help and mistakes", async () => {
    expect((await run("version")).stdout).toMatch(/^pilot \d+\.\d+\.\d+/);
    const mistake = await run("discover");
    expect([mistake.code, mistake.stderr]).toEqual([1, expect.stringContaining("unknown command 'discover'")]);
    const away = await run("proxy-status", "--address", "127.0.0.1:1");
    expect([away.code, away.stdout, away.stderr]).toEqual([
      1,
      "",
      expect.stringMatching(/^cannot ask the pilot at http:\/\/127\.0\.0\.1:1: .+--address/),
    ]);
  });
});
