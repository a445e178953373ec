import { fail } from "@mesh/proxy-core";
import { isJson, type Json, type ProxyConfig } from "./istio-proxy-config.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What kind of proxy istiod takes it for: beside an application, or a gateway. */
export type IstioRole = "sidecar" | "router";

export interface IstioNodeOptions {
  readonly env: Environment;
  readonly role: IstioRole;
  /** Of the proxy's own services; by default `<namespace>.svc.cluster.local`. */
  readonly domain: string | undefined;
  /** Of the pod, the one that others use first. */
  readonly addresses: readonly string[];
  /** Of the pod, as the downward API has them; undefined where they are not mounted. */
  readonly podLabels: Readonly<Record<string, string>> | undefined;
  readonly podAnnotations: Readonly<Record<string, string>>;
  readonly proxyConfig: ProxyConfig;
  readonly istioVersion: string | undefined;
  readonly statusPort: number;
  readonly prometheusPort: number;
  readonly warn: (message: string) => void;
}

const metaPrefix = "ISTIO_META_";
const metaJsonPrefix = "ISTIO_METAJSON_";

/** Set by Kubernetes for its own use: it tells replica sets apart, which are no different to the mesh. */
const templateHash = "pod-template-hash";

/** The node, in ProtoJSON, by which istiod knows the proxy (Istio: `pkg/bootstrap`, "node metadata"). */
export function istioNode(options: IstioNodeOptions): Json {
  const { env, role, addresses, domain } = options;
  const [name, namespace] = [requireEnv(env, "POD_NAME"), requireEnv(env, "POD_NAMESPACE")];
  const { labels, locality } = readLabels(options);
  const raw = rawMetadata(options);
  return {
    id: [role, addresses[0], `${name}.${namespace}`, domain ?? `${namespace}.svc.cluster.local`].join("~"),
    cluster: serviceCluster(options.proxyConfig, { labels, namespace, workload: stringOf(raw["WORKLOAD_NAME"]) }),
    ...(locality === undefined ? {} : { locality }),
    metadata: { ...raw, ...typedMetadata(options, labels, raw), NAME: name, NAMESPACE: namespace },
  };
}

function requireEnv(env: Environment, name: string): string {
  const value = env[name] ?? "";
  return value === "" ? fail(name, "is not set: istiod tells proxies apart by it") : value;
}

/** What `ISTIO_META_X=…` and the maps in `ISTIO_METAJSON_…` say, the latter whatever they are called. */
function rawMetadata({ env, warn }: IstioNodeOptions): Json {
  const entries = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const plain = entries.flatMap(([name, value]) => (name.startsWith(metaPrefix) ? [[name.slice(metaPrefix.length), value] as const] : []));
  const maps = entries.flatMap(([name, value]) => (name.startsWith(metaJsonPrefix) ? [parseJsonMap(name, value, warn)] : []));
  return Object.assign({}, Object.fromEntries(plain), ...maps);
}

function parseJsonMap(name: string, text: string, warn: (message: string) => void): Json {
  try {
    const value: unknown = JSON.parse(text);
    if (isJson(value)) return value;
    warn(`${name}: is no JSON object, and is left out of the node's metadata`);
  } catch (error) {
    warn(`${name}: is left out of the node's metadata: ${error instanceof Error ? error.message : String(error)}`);
  }
  return {};
}

function typedMetadata(options: IstioNodeOptions, labels: Readonly<Record<string, string>>, raw: Json): Json {
  const { env, addresses, podAnnotations, proxyConfig, istioVersion, statusPort, prometheusPort } = options;
  const staticLabels = staticLabelsOf(env);
  const annotations = { ...(isJson(raw["ANNOTATIONS"]) ? raw["ANNOTATIONS"] : {}), ...podAnnotations };
  const account = env["SERVICE_ACCOUNT"] ?? "";
  return {
    ...(istioVersion === undefined || "ISTIO_VERSION" in raw ? {} : { ISTIO_VERSION: istioVersion }),
    INSTANCE_IPS: [...new Set(addresses)].join(","),
    ENVOY_STATUS_PORT: statusPort,
    ENVOY_PROMETHEUS_PORT: prometheusPort,
    PILOT_SAN: [pilotName(proxyConfig.discoveryAddress)],
    PROXY_CONFIG: proxyConfig.json,
    ...(account === "" ? {} : { SERVICE_ACCOUNT: account }),
    ...(Object.keys(labels).length === 0 ? {} : { LABELS: labels }),
    ...(Object.keys(staticLabels).length === 0 ? {} : { STATIC_LABELS: staticLabels }),
    ...(Object.keys(annotations).length === 0 ? {} : { ANNOTATIONS: annotations }),
  };
}

/** The name that the control plane's certificate holds. On the machine of its developer it is reached as `localhost`. */
export function pilotName(discoveryAddress: string): string {
  const host = discoveryAddress.slice(0, discoveryAddress.lastIndexOf(":"));
  return host === "localhost" ? "istiod.istio-system.svc" : host;
}

function staticLabelsOf(env: Environment): Record<string, string> {
  const labels = parseJsonMap("", env["ISTIO_METAJSON_LABELS"] ?? "{}", () => {});
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));
}

interface Labels {
  readonly labels: Readonly<Record<string, string>>;
  readonly locality: Json | undefined;
}

const localityLabels: readonly string[] = ["topology.istio.io/locality", "istio-locality"];

/** Kubernetes takes no slashes in labels: in a locality, dots stand for them unless there are slashes all the same. */
function readLabels({ env, podLabels = {} }: IstioNodeOptions): Labels {
  const { [templateHash]: _, ...own } = podLabels;
  const labels: Record<string, string> = { ...staticLabelsOf(env), ...own };
  const label = localityLabels.find((name) => Object.hasOwn(labels, name));
  const text = (label === undefined ? undefined : labels[label]) ?? "";
  if (label === undefined || text === "") return { labels, locality: undefined };
  const value = text.includes("/") ? text : text.replaceAll(".", "/");
  const [region = "", zone = "", sub_zone = ""] = value.split("/");
  return { labels: { ...labels, [label]: value }, locality: { region, zone, sub_zone } };
}

interface Workload {
  readonly labels: Readonly<Record<string, string>>;
  readonly namespace: string;
  readonly workload: string;
}

const defaultCluster = "istio-proxy";

/** `node.cluster`: the configured name, or one of the application, which traces and logs know it by. */
function serviceCluster({ serviceCluster: configured, tracingServiceName }: ProxyConfig, workload: Workload): string {
  const canonical = canonicalName(workload);
  switch (tracingServiceName) {
    case "CANONICAL_NAME_ONLY":
      return clusterOrDefault(canonical, workload);
    case "CANONICAL_NAME_AND_NAMESPACE":
      return `${canonical}.${workload.namespace}`;
    default:
      return clusterOrDefault(configured, workload);
  }
}

function clusterOrDefault(name: string, { labels, namespace, workload }: Workload): string {
  if (name !== "" && name !== defaultCluster) return name;
  return `${labels["app"] ?? (workload === "" ? defaultCluster : workload)}.${namespace}`;
}

function canonicalName({ labels, workload }: Workload): string {
  const label = ["service.istio.io/canonical-name", "app.kubernetes.io/name", "app"].find((each) => Object.hasOwn(labels, each));
  return (label === undefined ? undefined : labels[label]) ?? (workload === "" ? defaultCluster : workload);
}

const stringOf = (value: unknown): string => (typeof value === "string" ? value : "");
