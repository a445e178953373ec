/** A `mosn` that is told everything by a control plane, or by files. */
import { startMosn, type Json, type MosnPeer } from "../peers/mosn.ts";
import { byAds } from "./xds-resources.ts";

export type Protocol = "sotw" | "delta";

/** Milliseconds after which a control plane that is silent is asked whether it is there, and until when it must answer: the defaults are longer than a test. */
const channelArgs = { "grpc.keepalive_time_ms": 1000, "grpc.keepalive_timeout_ms": 500 };

/** An ApiConfigSource. */
function apiSource(address: string, protocol: Protocol): Json {
  const args = Object.fromEntries(Object.entries(channelArgs).map(([name, value]) => [name, { int_value: value }]));
  return {
    api_type: protocol === "sotw" ? "GRPC" : "DELTA_GRPC",
    transport_api_version: "V3",
    grpc_services: [{ google_grpc: { target_uri: address, stat_prefix: "control-plane", channel_args: { args } } }],
  };
}

/** A ConfigSource with a stream of its own. */
export const singleSource = (address: string, protocol: Protocol): Json => ({
  api_config_source: apiSource(address, protocol),
  resource_api_version: "V3",
});

/** Its listeners and clusters come from there, by one stream. Resolves once it has them. */
export const startByAds = (address: string, protocol: Protocol, sources: Json = {}): Promise<MosnPeer> =>
  startDynamic({ ads_config: apiSource(address, protocol), cds_config: byAds, lds_config: byAds, ...sources });

/** Seconds over which the connections of a listener that goes end: the default is longer than a test. */
const drainTime = "2";

/** With these `dynamic_resources`. */
export function startDynamic(resources: Json): Promise<MosnPeer> {
  const bootstrap = { node: { id: "sidecar", cluster: "e2e" }, dynamic_resources: resources };
  return startMosn({ args: ["--drain-time-s", drainTime, "--config-yaml", JSON.stringify(bootstrap)] });
}

/** An entry of a list of `/config_dump`, by its name. */
export async function dumpOf(mosn: MosnPeer, list: string, name: string): Promise<unknown> {
  const answer = await mosn.admin(`/config_dump?resource=${list}&name_regex=${encodeURIComponent(name)}`);
  const dump: unknown = await answer.json();
  return dump;
}

/** Asks again until it is so. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}
