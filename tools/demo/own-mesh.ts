import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../e2e/peers/ports.ts";
import { OwnApplication, type Application } from "./applications.ts";
import { startPilot, startSidecar, type PilotProcess, type SidecarProcess } from "./control.ts";
import { sidecarsYaml, TrafficFile, versionsYaml, type Inbound, type ProxyPorts } from "./istio-files.ts";
import { orders, stock, webHost } from "./protocols.ts";
import { RegistryFile } from "./registry-file.ts";
import { RpcConsumer } from "./rpc-consumer.ts";
import { Traffic } from "./traffic.ts";
import { startWebClient } from "./web-client.ts";

export interface MeshOptions {
  /** For registry and bootstraps. */
  readonly folder: string;
  /** For Istio's configuration. */
  readonly configDir: string;
  /** What is being done. */
  readonly tell: (text: string) => void;
}

/** All that runs. */
export interface Mesh {
  readonly headline: string;
  /** The way of a call. */
  readonly path: string;
  /** Where the callers' sidecar listens, for people. */
  readonly entrances: string;
  /** Where the registry is. */
  readonly registry: string;
  readonly pilot: PilotProcess;
  readonly callers: SidecarProcess;
  readonly providers: SidecarProcess;
  readonly applications: readonly Application[];
  readonly traffics: readonly Traffic[];
  readonly rules: TrafficFile;
  stopCalls(): void;
}

/** Between two calls, in milliseconds. */
export const intervalMs = 10;

/** There are two of v2, so that one can be missed. */
export const instances = [
  { id: "v1", version: "v1" },
  { id: "v2-a", version: "v2" },
  { id: "v2-b", version: "v2" },
] as const;

/** What RPC frameworks call a version is a part of the service's name; releases of an application are told by another label. */
export const releaseLabel = "release";

export async function threePorts(): Promise<ProxyPorts> {
  return { bolt: await freePort(), dubbo: await freePort(), http: await freePort() };
}

/** `curl -H "host: catalog.acme" http://127.0.0.1:<HTTP>/` calls as the web client does. */
export const entrancesOf = ({ bolt, dubbo, http }: ProxyPorts): string => `Bolt ${bolt}, Dubbo ${dubbo}, HTTP ${http} (host: ${webHost})`;

/** Everything in JavaScript, and a file for a registry. */
export async function ownMesh({ folder, configDir, tell }: MeshOptions): Promise<Mesh> {
  const outbound = await threePorts();
  const services = [
    { host: orders.host, protocol: "bolt", port: 12200, label: releaseLabel },
    { host: stock.host, protocol: "dubbo", port: 20880, label: releaseLabel },
    // Requests of HTTP name the port that they came to, which has to be the service's.
    { host: webHost, protocol: "http", port: outbound.http, label: "version" },
  ] as const;
  const registry = new RegistryFile(join(folder, "services.yaml"), services);
  const applications: OwnApplication[] = [];
  const inbounds: Inbound[] = [];
  for (const { id, version } of instances) {
    const [ports, inbound] = [await threePorts(), await threePorts()];
    applications.push(new OwnApplication({ id, version, ports, inbound, registry }));
    for (const { protocol } of services) inbounds.push({ protocol, port: inbound[protocol], applicationPort: ports[protocol] });
  }
  writeFileSync(join(configDir, "sidecars.yaml"), sidecarsYaml(outbound, inbounds));
  writeFileSync(join(configDir, "versions.yaml"), versionsYaml(services));
  const rules = new TrafficFile(configDir, services);

  tell("starting three applications, pilot and two sidecars …");
  const url = `memory://${registry.path}`;
  const [pilot] = await Promise.all([startPilot(configDir, [url]), ...applications.map((application) => application.start())]);
  const { xds } = pilot;
  const [providers, callers] = await Promise.all([
    startSidecar(folder, { name: "providers", address: "127.0.0.3", xds, ports: inbounds.map(({ port }) => port) }),
    startSidecar(folder, { name: "callers", address: "127.0.0.2", xds, ports: Object.values(outbound) }),
  ]);
  const [rpc, dubbo, web] = [new Traffic("SOFARPC (Bolt)"), new Traffic("Dubbo"), new Traffic("HTTP/1.1")] as const;
  const consumers = [new RpcConsumer(outbound.bolt, orders, intervalMs, rpc), new RpcConsumer(outbound.dubbo, stock, intervalMs, dubbo)];
  const stopWeb = startWebClient(outbound.http, intervalMs, web);
  return {
    headline: "A mesh on this machine",
    path: "callers → mosn → mosn → applications; pilot tells both sidecars what to do",
    entrances: entrancesOf(outbound),
    registry: registry.path,
    pilot,
    callers,
    providers,
    applications,
    traffics: [rpc, dubbo, web],
    rules,
    stopCalls: () => {
      for (const consumer of consumers) consumer.stop();
      stopWeb();
    },
  };
}
