/** Proxies that a pilot configures, and what they refused of it. */
import { envoyXdsBootstrap } from "../peers/envoy-xds.ts";
import { startEnvoy, type EnvoyMessage, type EnvoyPeer } from "../peers/envoy.ts";
import { startMosn, type MosnPeer } from "../peers/mosn.ts";

export interface ProxyOptions {
  /** `127.0.0.1:15010`. */
  readonly pilot: string;
  readonly role?: "sidecar" | "router";
  readonly protocol?: "sotw" | "delta";
  /** Unique among the proxies of a test: what runs at its address is its application. Default: 127.9.9.9. */
  readonly address?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly metadata?: EnvoyMessage;
  /** Default: NONE, nothing is redirected, and applications connect to the proxy's ports. */
  readonly interception?: "NONE" | "REDIRECT";
  /** Listeners that must be there before it counts as started. */
  readonly ports?: readonly number[];
}

function xdsOptions({
  pilot,
  role = "sidecar",
  protocol = "sotw",
  address = "127.9.9.9",
  name = "app-1",
  namespace = "shop",
  labels = {},
  metadata = {},
  interception = "NONE",
}: ProxyOptions) {
  return {
    address: pilot,
    protocol,
    nodeId: `${role}~${address}~${name}.${namespace}~${namespace}.svc.cluster.local`,
    metadata: { INTERCEPTION_MODE: interception, NAMESPACE: namespace, LABELS: labels, ...metadata },
  } as const;
}

export const startConfiguredEnvoy = (options: ProxyOptions): Promise<EnvoyPeer> =>
  startEnvoy({ bootstrap: envoyXdsBootstrap(xdsOptions(options)), ports: options.ports ?? [] });

export async function startConfiguredMosn(options: ProxyOptions): Promise<MosnPeer> {
  const mosn = await startMosn({ xds: xdsOptions(options) });
  return mosn;
}

/** The statistics of a proxy that count refused updates, those that are not 0. */
export async function refusedBy({ adminPort }: { readonly adminPort: number }): Promise<readonly string[]> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/stats?filter=update_rejected$`)).text();
  return text.split("\n").filter((line) => line !== "" && !line.endsWith(": 0"));
}
