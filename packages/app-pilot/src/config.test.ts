import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPilot, type Pilot } from "@mesh/pilot";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openConfig, type OpenedConfig, type StartChoice } from "./config.ts";

let folder: string;
let opened: OpenedConfig | undefined;
let pilot: Pilot | undefined;
const lines: string[] = [];
const logger = { log: (level: string, message: string) => void lines.push(`${level} ${message}`) };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pilot-config-"));
});

afterEach(async () => {
  await pilot?.close();
  opened?.directory.close();
  rmSync(folder, { recursive: true });
  lines.length = 0;
});

const entry = (name: string, resolution: string): string => `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: ${name}, namespace: shop }
spec:
  hosts: [${name}.com]
  ports: [{ number: 80, name: http, protocol: HTTP }]
  resolution: ${resolution}
`;

function write(...entries: string[]): void {
  writeFileSync(join(folder, "a.yaml"), entries.join("---\n"));
}

async function start(configErrorsAtStart: StartChoice): Promise<Pilot> {
  opened = await openConfig({ configDir: folder, configNamespace: "default", configErrorsAtStart }, logger);
  pilot = createPilot({
    ...(opened === undefined ? {} : { config: opened.source }),
    grpc: { port: 0 },
    http: { port: 0 },
    debounce: { quietMs: 1 },
  });
  await pilot.start();
  return pilot;
}

const hostsOf = ({ snapshot }: Pilot): readonly string[] | undefined => snapshot?.services.all.map(({ hostname }) => hostname);
const readiness = async ({ httpAddress }: Pilot): Promise<number> => (await fetch(`http://${httpAddress}/ready`)).status;

test("a pilot that starts while documents have errors goes without them by default, and says so", async () => {
  write(entry("a", "DNS"), entry("b", "SOON"));
  const running = await start("serve");
  await running.ready();
  expect(hostsOf(running)).toEqual(["a.com"]);
  expect(lines).toEqual([
    expect.stringMatching(/^error .*a\.yaml:15:15: error: ServiceEntry shop\/b: spec\.resolution /),
    expect.stringMatching(/^warn .* has 1 error: proxies are answered without/),
  ]);
});

test("or waits until nothing is wrong, once: what breaks later is kept as it was", async () => {
  write(entry("a", "DNS"), entry("b", "SOON"));
  const running = await start("wait");
  expect(lines.at(-1)).toMatch(/^warn .* has 1 error: no proxy is answered until it has none/);
  write(entry("a", "DNS"), entry("b", "LATER"));
  await opened?.directory.refresh();
  expect(lines.at(-1)).toContain('"LATER"');
  expect(hostsOf(running)).toBeUndefined();
  expect(await readiness(running)).toBe(503);
  write(entry("a", "DNS"), entry("b", "DNS"));
  await running.ready();
  expect(hostsOf(running)).toEqual(["a.com", "b.com"]);
  write(entry("b", "SOON"));
  await opened?.directory.refresh();
  while (hostsOf(running)?.length === 2) await new Promise((resolve) => setImmediate(resolve));
  expect(hostsOf(running)).toEqual(["b.com"]);
  expect(await readiness(running)).toBe(200);
});

test("a directory without errors is not waited for", async () => {
  write(entry("a", "DNS"));
  const running = await start("wait");
  await running.ready();
  expect(hostsOf(running)).toEqual(["a.com"]);
  expect(lines).toEqual([]);
});

test("without a directory there is none", async () => {
  expect(await openConfig({ configDir: undefined, configNamespace: "default", configErrorsAtStart: "wait" }, logger)).toBeUndefined();
});
