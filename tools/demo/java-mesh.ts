import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  echoInterface,
  java,
  startDubboConsumer,
  startDubboProvider,
  startSofaConsumer,
  startSofaProvider,
  twinInterface,
  type EchoReference,
  type ZookeeperRegistry,
} from "../../e2e/peers/java.ts";
import { freePort } from "../../e2e/peers/ports.ts";
import type { Peer } from "../../e2e/peers/process.ts";
import { startZookeeper, zookeeper } from "../../e2e/peers/zookeeper.ts";
import { OwnApplication, type Application } from "./applications.ts";
import { startPilot, startSidecar, type PilotProcess, type SidecarProcess } from "./control.ts";
import { sidecarsYaml, TrafficFile, versionsYaml, type Inbound } from "./istio-files.ts";
import { entrancesOf, instances, intervalMs, releaseLabel, threePorts, type Mesh, type MeshOptions } from "./own-mesh.ts";
import { webHost } from "./protocols.ts";
import { RegistryFile } from "./registry-file.ts";
import { Traffic, type Version } from "./traffic.ts";
import { startWebClient } from "./web-client.ts";

/** On a busy machine a JVM may be silent for a second or two, which must not look like its end. */
const sessionMs = 4000;

/** What has to be installed first. */
export function missingForJava(): string[] {
  return [java, zookeeper].filter((tool) => tool.find() === undefined).map(({ name, installHint }) => `${name}: ${installHint}`);
}

interface JavaApplicationOptions {
  readonly version: Version;
  readonly zookeeper: ZookeeperRegistry;
  readonly ports: { readonly bolt: number; readonly dubbo: number };
  /** The part of the application that is not in Java. */
  readonly web: OwnApplication;
  /** Resolves when pilot knows of no instance at this port. */
  readonly gone: (host: string, port: number) => Promise<void>;
}

/** A SOFARPC provider, a Dubbo provider and a web server, which live and die together. */
class JavaApplication implements Application {
  readonly version: Version;
  readonly #options: JavaApplicationOptions;
  #peers: readonly Peer[] = [];

  constructor(options: JavaApplicationOptions) {
    this.version = options.version;
    this.#options = options;
  }

  get id(): string {
    return this.#options.web.id;
  }

  get isRunning(): boolean {
    return this.#peers.length > 0;
  }

  async start(): Promise<void> {
    const { zookeeper: registry, ports, web, version } = this.#options;
    const parameters = { [releaseLabel]: version };
    const [sofa, dubbo] = await Promise.all([
      startSofaProvider({ id: this.id, app: "orders", port: ports.bolt, registry, parameters }),
      startDubboProvider("3.3", {
        id: this.id,
        app: "stock",
        port: ports.dubbo,
        registry,
        services: [{ interface: twinInterface, parameters }],
      }),
      web.start(),
    ]);
    this.#peers = [sofa, dubbo];
  }

  async kill(): Promise<void> {
    const { ports, web, gone } = this.#options;
    const peers = this.#peers;
    this.#peers = [];
    await Promise.all([...peers.map((peer) => peer.kill()), web.kill()]);
    await Promise.all([gone(echoInterface, ports.bolt), gone(twinInterface, ports.dubbo)]);
  }
}

/** Calls of the real framework, counted four times a second; the returned function stops the counting. */
async function countCalls(echo: EchoReference, callers: SidecarProcess, port: number, traffic: Traffic): Promise<() => void> {
  const load = await echo.start("id", [], { pauseMs: intervalMs });
  const seen = new Map<string, number>();
  let failed = 0;
  const count = async (): Promise<void> => {
    const summary = await load.progress();
    for (const { value, count: answers } of summary.results) {
      const id = String(value);
      for (let known = seen.get(id) ?? 0; known < answers; known++) traffic.succeeded(undefined, id);
      seen.set(id, answers);
    }
    for (; failed < summary.failed; failed++) traffic.failed(summary.failures.at(-1)?.message ?? "exception");
    // How long calls took is what the sidecar says: the Java side counts, and does not time.
    const stats = await fetch(`http://${callers.admin}/stats?filter=^rpc.outbound_127.0.0.1_${port}.downstream_rq_time$`);
    const quantiles = /P50\([^,]+,([\d.]+)\).* P99\([^,]+,([\d.]+)\)/.exec(await stats.text());
    if (quantiles !== null) traffic.measured(Number(quantiles[1]), Number(quantiles[2]));
  };
  const poll = setInterval(() => void count().catch(() => {}), 250);
  return () => clearInterval(poll);
}

async function untilGone(pilot: PilotProcess, host: string, port: number): Promise<void> {
  const url = `http://${pilot.pages}/debug/endpointz?host=${host}`;
  const isThere = async (): Promise<boolean> => (await (await fetch(url)).text()).includes(`${port}`);
  while (await isThere()) await delay(100);
}

/** The real frameworks, registered in a real ZooKeeper under their own addresses; the web as without Java. */
export async function javaMesh({ folder, configDir, tell }: MeshOptions): Promise<Mesh> {
  tell("starting ZooKeeper, pilot and three Java applications (the first time Maven fetches SOFARPC and Dubbo) …");
  const { connectString } = await startZookeeper();
  const outbound = await threePorts();
  const services = [
    { host: echoInterface, label: releaseLabel },
    { host: twinInterface, label: releaseLabel },
    { host: webHost, label: "version" },
  ];
  const registry = new RegistryFile(join(folder, "services.yaml"), [
    { host: webHost, protocol: "http", port: outbound.http, label: "version" },
  ]);
  const pilot = await startPilot(configDir, [`zookeeper://${connectString}`, `memory://${registry.path}`]);
  const gone = (host: string, port: number): Promise<void> => untilGone(pilot, host, port);
  const applications: JavaApplication[] = [];
  const inbounds: Inbound[] = [];
  for (const { id, version } of instances) {
    const [http, port] = [await freePort(), await freePort()];
    inbounds.push({ protocol: "http", port, applicationPort: http });
    const web = new OwnApplication({ id, version, ports: { http }, inbound: { http: port }, registry });
    const ports = { bolt: await freePort(), dubbo: await freePort() };
    applications.push(new JavaApplication({ version, zookeeper: { connectString, sessionMs }, ports, web, gone }));
  }
  writeFileSync(join(configDir, "sidecars.yaml"), sidecarsYaml(outbound, inbounds));
  writeFileSync(join(configDir, "versions.yaml"), versionsYaml(services));
  const rules = new TrafficFile(configDir, services);
  await Promise.all(applications.map((application) => application.start()));

  tell("starting two sidecars and two Java callers …");
  const { xds } = pilot;
  const [providers, callers, sofa, dubbo] = await Promise.all([
    startSidecar(folder, { name: "providers", address: "127.0.0.3", xds, ports: inbounds.map(({ port }) => port) }),
    startSidecar(folder, { name: "callers", address: "127.0.0.2", xds, ports: Object.values(outbound) }),
    startSofaConsumer(),
    startDubboConsumer("3.3"),
  ]);
  const traffics = [new Traffic("SOFARPC"), new Traffic("Dubbo"), new Traffic("HTTP/1.1")] as const;
  const [rpcTraffic, dubboTraffic, webTraffic] = traffics;
  const echo = await sofa.refer({ url: `bolt://127.0.0.1:${outbound.bolt}` });
  const twin = await dubbo.refer({ url: `dubbo://127.0.0.1:${outbound.dubbo}`, interface: twinInterface });
  const stops = [
    await countCalls(echo, callers, outbound.bolt, rpcTraffic),
    await countCalls(twin, callers, outbound.dubbo, dubboTraffic),
    startWebClient(outbound.http, intervalMs, webTraffic),
  ];
  return {
    headline: "A mesh on this machine, with SOFARPC and Dubbo in Java",
    path: "callers → mosn → (HTTP: mosn →) applications; pilot tells both sidecars what to do",
    entrances: entrancesOf(outbound),
    registry: `zookeeper://${connectString}; HTTP: services.yaml beside istio/`,
    pilot,
    callers,
    providers,
    applications,
    traffics,
    rules,
    stopCalls: () => {
      for (const stop of stops) stop();
    },
  };
}
