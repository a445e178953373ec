/**
 * A hundred ways to break a configuration, under load and with a real Envoy that is configured by it: each is told with its place, and nothing
 * that worked stops working.
 */
import { parseIstioConfig } from "@mesh/istio-config";
import fc from "fast-check";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHttpOrigin, type Origin } from "../mesh/origin.ts";
import { HttpTraffic, settlesOn } from "../mesh/xds-load.ts";
import { until } from "../mesh/xds-mosn.ts";
import { envoy, type EnvoyPeer } from "../peers/envoy.ts";
import { startPilot, type PilotPeer } from "../peers/pilot.ts";
import { freePort } from "../peers/ports.ts";
import { makeScratch, removeScratch } from "../peers/scratch.ts";
import { requirePeer } from "../peers/tools.ts";
import { refusedBy, startConfiguredEnvoy } from "./configured.ts";

const documents = (port: number, origin: number): string => `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata:
  name: web
  namespace: shop
spec:
  hosts:
  - web.shop.svc.cluster.local
  location: MESH_INTERNAL
  resolution: STATIC
  ports:
  - number: ${port}
    name: http
    protocol: HTTP
  endpoints:
  - address: 127.0.0.1
    ports:
      http: ${origin}
    labels:
      version: v1
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: web
  namespace: shop
spec:
  host: web
  trafficPolicy:
    connectionPool:
      http:
        http1MaxPendingRequests: 100
    outlierDetection:
      interval: 10s
      maxEjectionPercent: 10
  subsets:
  - name: v1
    labels:
      version: v1
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: web
  namespace: shop
spec:
  hosts:
  - web
  http:
  - match:
    - uri:
        prefix: /never
    redirect:
      uri: /there
  - timeout: 30s
    retries:
      attempts: 2
    route:
    - destination:
        host: web
        subset: v1
      weight: 100
`;

/** Edits of one line that people make by mistake. */
const edits: readonly ((line: string) => string)[] = [
  (line) => line.replace(/(\w)(\w+):/, "$2$1:"),
  (line) => line.replace(/: .*/, ": {oops: 1}"),
  (line) => line.replace(/: .*/, ": -7"),
  (line) => line.replace(/: .*/, ": ''"),
  (line) => line.replace(/: .*/, ": [a, b]"),
  (line) => line.replace(/: .*/, ": not a value of this at all"),
  (line) => line.replace(/: ?/, " "),
  (line) => line.replace(/:$/, ": 3"),
  (line) => `   ${line}`,
  (line) => `${line}\n${line}`,
  (line) => line.replace("- ", "-- "),
  (line) => line.replace(/: (.*)/, ': "$1'),
];

/** Broken versions of a text, none twice. What is still right, or is about other resources, is left out. */
function brokenVersions(text: string, count: number): readonly string[] {
  const lines = text.split("\n");
  const edit = fc.record({ line: fc.nat(lines.length - 1), edit: fc.constantFrom(...edits) });
  const found = new Set<string>();
  for (const { line, edit: change } of fc.sample(edit, { numRuns: count * 40, seed: 20261123 })) {
    if (/name|kind|---/.test(lines[line] ?? "")) continue;
    const broken = lines.map((each, at) => (at === line ? change(each) : each)).join("\n");
    const { problems } = parseIstioConfig(broken, { file: "all.yaml" });
    if (problems.some(({ severity }) => severity === "error")) found.add(broken);
    if (found.size === count) break;
  }
  return [...found];
}

interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly rule: string;
  readonly severity: string;
}

describe.runIf(requirePeer(envoy))("a broken configuration", () => {
  let folder: string;
  let origin: Origin;
  let pilot: PilotPeer;
  let sidecar: EnvoyPeer;
  let traffic: HttpTraffic;
  let good: string;

  const file = (): string => join(folder, "all.yaml");

  beforeAll(async () => {
    folder = makeScratch("broken");
    origin = await startHttpOrigin((request, response) => void request.resume().once("end", () => response.end("web")));
    const port = await freePort();
    good = documents(port, origin.port);
    writeFileSync(file(), good);
    pilot = await startPilot({ configDir: folder });
    sidecar = await startConfiguredEnvoy({ pilot: pilot.grpcAddress, ports: [port] });
    traffic = new HttpTraffic({ ports: [port], headers: { host: "web" } });
    await settlesOn(traffic, ["web"]);
  });

  afterAll(async () => {
    await traffic.stop();
    await sidecar.stop();
    await pilot.stop();
    await origin.close();
    removeScratch(folder);
  });

  const problems = async (): Promise<readonly Problem[]> => {
    const page: unknown = await pilot.debug("configz");
    const list: unknown = typeof page === "object" && page !== null && "problems" in page ? page.problems : [];
    return Array.isArray(list) ? list : [];
  };

  test("is told with file, line and rule, and what was good stays in force, a hundred times", { timeout: 300_000 }, async () => {
    const versions = brokenVersions(good, 100);
    expect(versions).toHaveLength(100);
    for (const broken of versions) {
      writeFileSync(file(), broken);
      await until(async () => (await problems()).some(({ severity }) => severity === "error"));
      for (const problem of await problems()) {
        expect(problem).toMatchObject({ file: expect.stringContaining("all.yaml"), rule: expect.stringMatching(/\w/) });
        expect(problem.line).toBeGreaterThan(0);
      }
      writeFileSync(file(), good);
      await until(async () => (await problems()).every(({ severity }) => severity !== "error"));
    }
    await traffic.succeed(100);
    expect(await traffic.failures()).toEqual([]);
    expect(await refusedBy(sidecar)).toEqual([]);
  });

  test("that is there when pilot starts leaves out only itself", async () => {
    const other = makeScratch("broken-start");
    writeFileSync(join(other, "all.yaml"), good.replace("timeout: 30s", "timeout: soon"));
    const late = await startPilot({ configDir: other });
    const page = JSON.stringify(await late.debug("configz"));
    expect(page).toContain('"DestinationRule"');
    expect(page).not.toContain('"kind":"VirtualService","apiVersion"');
    expect(late.output()).toMatch(/all\.yaml:\d+/);
    await late.stop();
    rmSync(other, { recursive: true });
  });
});
