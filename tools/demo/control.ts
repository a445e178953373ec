/** The programs of the mesh: pilot, and the sidecars that it configures. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { freePort } from "../../e2e/peers/ports.ts";
import { startPeer, type Peer } from "../../e2e/peers/process.ts";

const programOf = (app: string): string => fileURLToPath(new URL(`../../packages/app-${app}/bin/${app}.mjs`, import.meta.url));

export interface PilotProcess extends Peer {
  /** What it has warned of since this was asked last, without the time. */
  warnings(): readonly string[];
  /** Where it serves xDS: `127.0.0.1:<port>`. */
  readonly xds: string;
  /** Where its pages are: `127.0.0.1:<port>`. */
  readonly pages: string;
}

/** @param registries URLs */
export async function startPilot(configDir: string, registries: readonly string[]): Promise<PilotProcess> {
  const address = async (): Promise<string> => `127.0.0.1:${await freePort()}`;
  const [xds, pages, metrics] = [await address(), await address(), await address()];
  const peer = await startPeer({
    name: "pilot",
    command: process.execPath,
    args: [
      programOf("pilot"),
      "discovery",
      `--config-dir=${configDir}`,
      ...registries.map((url) => `--registry=${url}`),
      `--grpc-address=${xds}`,
      `--http-address=${pages}`,
      `--monitoring-address=${metrics}`,
      "--log-format=text",
    ],
    ready: /pilot is ready/,
  });
  const told = new Set<string>();
  const warnings = (): readonly string[] => {
    const lines = peer
      .output()
      .split("\n")
      .filter((line) => / (?:warn|error) /.test(line) && !told.has(line));
    for (const line of lines) told.add(line);
    return lines.map((line) =>
      line
        .slice(line.indexOf(" "))
        .trim()
        .replace(/^(?:warn|error) +/, "")
        .replaceAll(`${configDir}/`, ""),
    );
  };
  return Object.assign(peer, { xds, pages, warnings });
}

/**
 * A bootstrap with what a sidecar must know itself: who it is, and where pilot is.
 *
 * @param address of the workload: in a real mesh the pod's, here one that nobody else in the mesh has
 */
function bootstrap(name: string, address: string, xds: string, adminPort: number): object {
  const [host, port] = xds.split(":");
  const options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  const socketAddress = (ip: string | undefined, number: number): object => ({ socket_address: { address: ip, port_value: number } });
  return {
    node: {
      id: `sidecar~${address}~${name}.default~default.svc.cluster.local`,
      cluster: name,
      // Nothing is redirected on this machine: applications connect to the sidecar's ports.
      metadata: { INTERCEPTION_MODE: "NONE", LABELS: { app: name } },
    },
    admin: { address: socketAddress("127.0.0.1", adminPort) },
    dynamic_resources: {
      ads_config: {
        api_type: "DELTA_GRPC",
        transport_api_version: "V3",
        grpc_services: [{ envoy_grpc: { cluster_name: "pilot" } }],
      },
      cds_config: { ads: {}, resource_api_version: "V3" },
      lds_config: { ads: {}, resource_api_version: "V3" },
    },
    static_resources: {
      clusters: [
        {
          name: "pilot",
          type: "STATIC",
          connect_timeout: "1s",
          typed_extension_protocol_options: {
            [options]: { "@type": `type.googleapis.com/${options}`, explicit_http_config: { http2_protocol_options: {} } },
          },
          load_assignment: {
            cluster_name: "pilot",
            endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(host, Number(port)) } }] }],
          },
        },
      ],
    },
  };
}

export interface SidecarProcess extends Peer {
  readonly admin: string;
}

/** @param ports that pilot gives it: it is ready when it listens there */
export async function startSidecar(
  folder: string,
  {
    name,
    address,
    xds,
    ports,
  }: { readonly name: string; readonly address: string; readonly xds: string; readonly ports: readonly number[] },
): Promise<SidecarProcess> {
  const adminPort = await freePort();
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, stringify(bootstrap(name, address, xds, adminPort)));
  const peer = await startPeer({
    name: `the sidecar of the ${name}`,
    command: process.execPath,
    args: [programOf("mosn"), "start", "-c", file, "--log-level", "warning"],
    ready: ports,
  });
  return Object.assign(peer, { admin: `127.0.0.1:${adminPort}` });
}
