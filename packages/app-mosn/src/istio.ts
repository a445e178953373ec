import { isIPv6 } from "node:net";
import type { DrainTimes } from "./drain.ts";
import { parseDownwardApi, type IstioFiles } from "./istio-files.ts";
import { istioNode, pilotName, type Environment, type IstioRole } from "./istio-node.ts";
import { readProxyConfig, type Json, type ProxyConfig } from "./istio-proxy-config.ts";

export interface IstioOptions {
  /** The process's environment. */
  readonly env: Environment;
  /** Default: none were there. */
  readonly files?: IstioFiles;
  /** The machine's addresses, told to istiod after `INSTANCE_IP`. Default: none. */
  readonly addresses?: readonly string[];
  /** `host:port` of istiod, before what the environment says. Port 15010 is plain text. Default: istiod.istio-system.svc:15012. */
  readonly discoveryAddress?: string;
  /** Default: `sidecar`. */
  readonly role?: IstioRole;
  /** The DNS suffix of the proxy's services. Default: `<POD_NAMESPACE>.svc.cluster.local`. */
  readonly domain?: string;
  /** Of the Istio that is impersonated, by which istiod decides what the proxy can do. Default: `ISTIO_META_ISTIO_VERSION`, or not told: the newest. */
  readonly istioVersion?: string;
  /** The token by which istiod knows the pod. Default: as `JWT_POLICY` says, `/var/run/secrets/tokens/istio-token`. */
  readonly tokenPath?: string;
  /** The authority of istiod's certificate. Default: as istio-agent finds it, `/var/run/secrets/istio/root-cert.pem`. */
  readonly rootCertPath?: string;
}

export interface IstioBootstrap {
  /** In ProtoJSON, as `createProxy` takes it. */
  readonly bootstrap: Json;
  /** How long istio-agent would have connections take to end. */
  readonly drainTimes: DrainTimes;
  /** What was left out of it. */
  readonly warnings: readonly string[];
}

/**
 * The bootstrap with which the proxy stands where istio-proxy stands: what istio-agent makes for Envoy of the environment that the injector
 * gives it, save that the proxy talks to istiod itself, and that readiness is the proxy's own. Throws a `ConfigError`.
 */
export function istioBootstrap(options: IstioOptions): IstioBootstrap {
  const { files = {}, role = "sidecar", domain, istioVersion, discoveryAddress } = options;
  const warnings: string[] = [];
  const podAnnotations = parseDownwardApi(files.annotations ?? "");
  const { env: own } = options;
  const proxyConfig = readProxyConfig({ mesh: files.mesh, env: own["PROXY_CONFIG"], annotations: podAnnotations, discoveryAddress });
  // The injector makes variables of the container from `proxyMetadata`; where nobody did, they count all the same.
  const env = { ...proxyConfig.proxyMetadata, ...own };
  const addresses = readAddresses(env, options.addresses ?? [], (text) => warnings.push(text));
  const prometheusPort = readPort(env, "ENVOY_PROMETHEUS_PORT", 15_090);
  const statusPort = readPort(env, "ENVOY_STATUS_PORT", 15_021);
  const node = istioNode({
    env,
    role,
    domain,
    addresses,
    podLabels: files.labels === undefined ? undefined : parseDownwardApi(files.labels),
    podAnnotations,
    proxyConfig,
    istioVersion,
    statusPort,
    prometheusPort,
    warn: (text) => warnings.push(text),
  });
  const [localhost, wildcard] = addresses.every(isIPv6) ? ["::1", "::"] : ["127.0.0.1", "0.0.0.0"];
  const ads = { ads: {}, initial_fetch_timeout: "0s", resource_api_version: "V3" };
  const ports = [...new Set([prometheusPort, statusPort, proxyConfig.statusPort])];
  const bootstrap = {
    node,
    admin: { address: socketAddress(localhost, proxyConfig.adminPort) },
    dynamic_resources: {
      lds_config: ads,
      cds_config: ads,
      ads_config: {
        api_type: "DELTA_GRPC",
        transport_api_version: "V3",
        set_node_on_first_message_only: true,
        grpc_services: [{ google_grpc: googleGrpc(proxyConfig, env, options), initial_metadata: initialMetadata(env) }],
      },
    },
    static_resources: {
      clusters: [adminCluster(socketAddress(localhost, proxyConfig.adminPort))],
      listeners: ports.map((port) => statusListener(socketAddress(wildcard, port), port, port === prometheusPort)),
    },
  };
  // With it istio-agent waits until all are gone.
  const waitsForAll = env["EXIT_ON_ZERO_ACTIVE_CONNECTIONS"] === "true";
  const terminationMs = waitsForAll ? Infinity : proxyConfig.terminationDrainDurationMs;
  return { bootstrap, drainTimes: { drainTimeMs: proxyConfig.drainDurationMs, terminationMs }, warnings };
}

function readAddresses(env: Environment, others: readonly string[], warn: (text: string) => void): string[] {
  const own = env["INSTANCE_IP"] ?? "";
  const addresses = [...new Set([...(own === "" ? [] : [own]), ...others])];
  if (addresses.length > 0) return addresses;
  warn("INSTANCE_IP: is not set, and the machine has no address but its own: istiod finds no service of this proxy");
  return ["127.0.0.1"];
}

function readPort(env: Environment, name: string, otherwise: number): number {
  const port = Number(env[name] ?? otherwise);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : otherwise;
}

const tokenPaths: Readonly<Record<string, string>> = {
  "third-party-jwt": "/var/run/secrets/tokens/istio-token",
  "first-party-jwt": "/var/run/secrets/kubernetes.io/serviceaccount/token",
};

/** The connection to istiod: in plain text, or by TLS with the pod's token (or, on a virtual machine, its certificate: `PROV_CERT`). */
function googleGrpc({ discoveryAddress, isPlainText }: ProxyConfig, env: Environment, { tokenPath, rootCertPath }: IstioOptions): Json {
  const target = { target_uri: discoveryAddress, stat_prefix: "xds-grpc" };
  if (isPlainText) return target;
  const folder = env["PROV_CERT"] ?? "";
  const rootCert = rootCertPath ?? findRootCert(env, folder);
  const name = env["ISTIOD_SAN"] || pilotName(discoveryAddress);
  const isOtherName = !discoveryAddress.startsWith(`${name}:`);
  const token = tokenPath ?? tokenPaths[env["JWT_POLICY"] ?? "third-party-jwt"] ?? tokenPaths["third-party-jwt"];
  return {
    ...target,
    channel_credentials: {
      ssl_credentials: {
        ...(rootCert === undefined ? {} : { root_certs: { filename: rootCert } }),
        ...(folder === "" ? {} : { cert_chain: { filename: `${folder}/cert-chain.pem` }, private_key: { filename: `${folder}/key.pem` } }),
      },
    },
    ...(isOtherName ? { channel_args: { args: { "grpc.ssl_target_name_override": { string_value: name } } } } : {}),
    ...(folder === "" ? { call_credentials: [fileToken(token ?? "")], credentials_factory_name: fileBasedMetadata } : {}),
  };
}

/** Undefined: those that the system trusts. */
function findRootCert(env: Environment, folder: string): string | undefined {
  const given = env["XDS_ROOT_CA"] ?? "";
  if (given === "SYSTEM") return undefined;
  if (given !== "") return given;
  if (folder !== "") return `${folder}/root-cert.pem`;
  const isKubernetes = env["PILOT_CERT_PROVIDER"] === "kubernetes";
  return isKubernetes ? "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt" : "/var/run/secrets/istio/root-cert.pem";
}

const fileBasedMetadata = "envoy.grpc_credentials.file_based_metadata";

const fileToken = (filename: string): Json => ({
  from_plugin: {
    name: fileBasedMetadata,
    typed_config: {
      "@type": "type.googleapis.com/udpa.type.v1.TypedStruct",
      type_url: "type.googleapis.com/envoy.config.grpc_credential.v3.FileBasedMetadataConfig",
      value: { secret_data: { filename }, header_prefix: "Bearer " },
    },
  },
});

const headerPrefix = "XDS_HEADER_";

/** By `clusterid` istiod knows which Kubernetes to ask about the token. */
function initialMetadata(env: Environment): Json[] {
  const clusterId = env["ISTIO_META_CLUSTER_ID"] ?? "";
  const headers = Object.entries(env).flatMap(([name, value]): [string, string][] =>
    name.startsWith(headerPrefix) && value !== undefined ? [[name.slice(headerPrefix.length).toLowerCase(), value]] : [],
  );
  const entries: [string, string][] = clusterId === "" ? headers : [["clusterid", clusterId], ...headers];
  return entries.map(([key, value]) => ({ key, value: value.replaceAll("%", "%%") }));
}

const socketAddress = (address: string, port: number): Json => ({ socket_address: { address, port_value: port } });

const adminName = "prometheus_stats";

const adminCluster = (address: Json): Json => ({
  name: adminName,
  type: "STATIC",
  connect_timeout: "0.25s",
  load_assignment: { cluster_name: adminName, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
});

/**
 * What Kubernetes and Prometheus ask for: on 15090 statistics as in Istio; on 15021 and on 15020, which is istio-agent's there, readiness and
 * statistics.
 */
function statusListener(address: Json, port: number, isPrometheus: boolean): Json {
  const statistics = { match: { prefix: "/stats/prometheus" }, route: { cluster: adminName } };
  const readiness = { match: { prefix: "/healthz/ready" }, route: { cluster: adminName, prefix_rewrite: "/ready" } };
  const virtualHost = { name: "backend", domains: ["*"], routes: isPrometheus ? [statistics] : [readiness, statistics] };
  const manager = {
    "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    stat_prefix: isPrometheus ? "stats" : "agent",
    route_config: { virtual_hosts: [virtualHost] },
    http_filters: [
      {
        name: "envoy.filters.http.router",
        typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
      },
    ],
  };
  return {
    name: `status_${port}`,
    address,
    filter_chains: [{ filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }] }],
  };
}
