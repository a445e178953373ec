import { fail } from "@mesh/proxy-core";
import { parse } from "yaml";

export type Json = Readonly<Record<string, unknown>>;

export const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

/** Fields of Istio's ProxyConfig (`istio.mesh.v1alpha1`) that say something to the sidecar itself; the control plane is given all that there are. */
export interface ProxyConfig {
  /** As `PROXY_CONFIG` in the node's metadata. */
  readonly json: Json;
  readonly discoveryAddress: string;
  /** Whether the control plane is talked to in plain text. */
  readonly isPlainText: boolean;
  readonly adminPort: number;
  readonly statusPort: number;
  /** Milliseconds for connections of listeners that are replaced. */
  readonly drainDurationMs: number;
  /** Milliseconds for connections when the proxy is told to end. */
  readonly terminationDrainDurationMs: number;
  readonly serviceCluster: string;
  readonly tracingServiceName: string;
  readonly proxyMetadata: Readonly<Record<string, string>>;
}

/** Istio's defaults, without those for how it starts Envoy. */
const defaults: Json = {
  configPath: "./etc/istio/proxy",
  serviceCluster: "istio-proxy",
  drainDuration: "45s",
  terminationDrainDuration: "5s",
  discoveryAddress: "istiod.istio-system.svc:15012",
  proxyAdminPort: 15000,
  controlPlaneAuthPolicy: "MUTUAL_TLS",
  statNameLength: 189,
  statusPort: 15020,
};

export interface ProxyConfigSources {
  /** Content of the mesh configuration: its `defaultConfig` counts. */
  readonly mesh: string | undefined;
  /** `PROXY_CONFIG`, which the injector sets. */
  readonly env: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  /** Before all others. */
  readonly discoveryAddress: string | undefined;
}

/**
 * The effective configuration, as istio-agent has it: its defaults, the mesh configuration, the environment, the annotation
 * `proxy.istio.io/config`, each in place of what is before it field by field, and the annotations for single fields. Throws a `ConfigError`.
 */
export function readProxyConfig({ mesh, env, annotations, discoveryAddress }: ProxyConfigSources): ProxyConfig {
  const meshDefault = parseMap(mesh, "mesh configuration")["defaultConfig"];
  const layers = [
    defaults,
    isJson(meshDefault) ? meshDefault : {},
    parseMap(env, "PROXY_CONFIG"),
    parseMap(annotations["proxy.istio.io/config"], "annotation proxy.istio.io/config"),
    singleFields(annotations),
    discoveryAddress === undefined ? {} : { discoveryAddress },
  ];
  const json = layers.reduce(overlay);
  const text = (name: string): string => (typeof json[name] === "string" ? json[name] : "");
  const port = (name: string): number => {
    const value = Number(json[name]);
    return Number.isInteger(value) && value > 0 && value < 65_536
      ? value
      : fail("PROXY_CONFIG", `${name} must be a port, is ${JSON.stringify(json[name])}`);
  };
  const duration = (name: string): number => {
    const seconds = /^(\d+(?:\.\d{1,9})?)s$/u.exec(text(name))?.[1];
    return seconds === undefined
      ? fail("PROXY_CONFIG", `${name} must be a duration such as "45s", is ${JSON.stringify(json[name])}`)
      : Number(seconds) * 1000;
  };
  const address = text("discoveryAddress");
  if (!/^.+:\d+$/.test(address)) fail("PROXY_CONFIG", `discoveryAddress must be host:port, is ${JSON.stringify(address)}`);
  return {
    json,
    discoveryAddress: address,
    isPlainText: json["controlPlaneAuthPolicy"] === "NONE" || address.endsWith(`:${plainTextPort}`),
    adminPort: port("proxyAdminPort"),
    statusPort: port("statusPort"),
    drainDurationMs: duration("drainDuration"),
    terminationDrainDurationMs: duration("terminationDrainDuration"),
    serviceCluster: text("serviceCluster"),
    tracingServiceName: text("tracingServiceName"),
    proxyMetadata: stringsOf(json["proxyMetadata"]),
  };
}

/** istiod's port for xDS without TLS. The policy says how the one on 15012 is talked to, and nobody gives it with this one. */
const plainTextPort = 15_010;

function singleFields(annotations: Readonly<Record<string, string>>): Json {
  const address = annotations["sidecar.istio.io/discoveryAddress"];
  const statusPort = annotations["status.sidecar.istio.io/port"];
  return {
    ...(address === undefined ? {} : { discoveryAddress: address }),
    ...(statusPort === undefined ? {} : { statusPort: Number(statusPort) }),
  };
}

/** Fields replace fields, except that the entries of `proxyMetadata` are joined; `tracingServiceName` and `serviceCluster` exclude each other. */
function overlay(base: Json, over: Json): Json {
  const isTraced = "tracingServiceName" in over;
  const rest = Object.entries(base).filter(
    ([name]) => !(isTraced && name === "serviceCluster") && !("serviceCluster" in over && name === "tracingServiceName"),
  );
  const proxyMetadata = { ...stringsOf(base["proxyMetadata"]), ...stringsOf(over["proxyMetadata"]) };
  return { ...Object.fromEntries(rest), ...over, ...(Object.keys(proxyMetadata).length === 0 ? {} : { proxyMetadata }) };
}

function stringsOf(value: unknown): Record<string, string> {
  return isJson(value) ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, String(each)])) : {};
}

/** YAML includes JSON. */
function parseMap(text: string | undefined, where: string): Json {
  if (text === undefined || text.trim() === "") return {};
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    return fail(where, `is no YAML: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  return isJson(value) ? value : fail(where, "must be a map");
}
