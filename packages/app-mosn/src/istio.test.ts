import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProxy, isConfigError } from "@mesh/proxy-core";
import { fileBasedMetadata, xdsConfigSources } from "@mesh/proxy-xds";
import { createFakeControlPlane, testCa, testCertificate, testKey } from "@mesh/xds-client/testing";
import { expect, onTestFinished, test } from "vitest";
import type { Environment } from "./istio-node.ts";
import { istioBootstrap, type IstioOptions } from "./istio.ts";

/** What the injector gives a sidecar's container. */
const env = {
  POD_NAME: "orders-7d4b9-x2x",
  POD_NAMESPACE: "shop",
  INSTANCE_IP: "10.1.2.3",
  SERVICE_ACCOUNT: "orders",
  HOST_IP: "192.0.2.1",
  JWT_POLICY: "third-party-jwt",
  PILOT_CERT_PROVIDER: "istiod",
  PROXY_CONFIG: '{"discoveryAddress":"istiod-canary.istio-system.svc:15012","proxyMetadata":{"ISTIO_META_DNS_CAPTURE":"true"}}\n',
  ISTIO_META_POD_PORTS: '[{"containerPort":8080,"protocol":"TCP"}]',
  ISTIO_META_APP_CONTAINERS: "orders",
  ISTIO_META_CLUSTER_ID: "Kubernetes",
  ISTIO_META_NODE_NAME: "node-1",
  ISTIO_META_INTERCEPTION_MODE: "REDIRECT",
  ISTIO_META_WORKLOAD_NAME: "orders",
  ISTIO_META_OWNER: "kubernetes://apis/apps/v1/namespaces/shop/deployments/orders",
  ISTIO_META_MESH_ID: "cluster.local",
  ISTIO_META_NETWORK: "network-1",
  ISTIO_METAJSON_ANNOTATIONS: '{"kubernetes.io/psp":"x"}',
  TRUST_DOMAIN: "cluster.local",
};
const files = {
  labels: 'app="orders"\nistio-locality="eu.eu-1.rack-2"\npod-template-hash="7d4b9"\nversion="v1"',
  annotations: 'sidecar.istio.io/inject="true"\nnote="a \\"b\\"\\n\\u00e4"',
};

interface Bootstrap {
  readonly node: { readonly id: string; readonly cluster: string; readonly locality?: object; readonly metadata: Record<string, unknown> };
  readonly admin: { readonly address: object };
  readonly dynamic_resources: {
    readonly ads_config: {
      readonly api_type: string;
      readonly grpc_services: { readonly google_grpc: object; readonly initial_metadata: object[] }[];
    };
  };
  readonly static_resources: { readonly listeners: { readonly address: object }[] };
}

/** As the proxy is given it: in JSON. */
function make(options: Partial<IstioOptions> = {}): Bootstrap & { readonly warnings: readonly string[] } {
  const { bootstrap, warnings } = istioBootstrap({ env, ...options });
  const json: Bootstrap = JSON.parse(JSON.stringify(bootstrap)); // its shape is what the tests are about
  return { ...json, warnings };
}

const service = (bootstrap: Bootstrap): object => bootstrap.dynamic_resources.ads_config.grpc_services[0]?.google_grpc ?? {};

test("the node of a sidecar is the one that istio-agent makes", () => {
  const { node, warnings } = make({ files, addresses: ["10.1.2.3", "fd00::3"] });
  expect(node).toEqual({
    id: "sidecar~10.1.2.3~orders-7d4b9-x2x.shop~shop.svc.cluster.local",
    cluster: "orders.shop",
    locality: { region: "eu", zone: "eu-1", sub_zone: "rack-2" },
    metadata: {
      ANNOTATIONS: { "sidecar.istio.io/inject": "true", note: 'a "b"\nä' },
      APP_CONTAINERS: "orders",
      CLUSTER_ID: "Kubernetes",
      DNS_CAPTURE: "true",
      ENVOY_PROMETHEUS_PORT: 15_090,
      ENVOY_STATUS_PORT: 15_021,
      INSTANCE_IPS: "10.1.2.3,fd00::3",
      INTERCEPTION_MODE: "REDIRECT",
      LABELS: { app: "orders", "istio-locality": "eu/eu-1/rack-2", version: "v1" },
      MESH_ID: "cluster.local",
      NAME: "orders-7d4b9-x2x",
      NAMESPACE: "shop",
      NETWORK: "network-1",
      NODE_NAME: "node-1",
      OWNER: "kubernetes://apis/apps/v1/namespaces/shop/deployments/orders",
      PILOT_SAN: ["istiod-canary.istio-system.svc"],
      POD_PORTS: '[{"containerPort":8080,"protocol":"TCP"}]',
      PROXY_CONFIG: expect.objectContaining({ discoveryAddress: "istiod-canary.istio-system.svc:15012", statusPort: 15_020 }) as unknown,
      SERVICE_ACCOUNT: "orders",
      WORKLOAD_NAME: "orders",
      "kubernetes.io/psp": "x",
    },
  });
  expect(warnings).toEqual([]);
});

test.each([
  [{}, {}, "orders.shop"],
  [{ ISTIO_META_WORKLOAD_NAME: "" }, {}, "istio-proxy.shop"],
  [{ ISTIO_METAJSON_LABELS: '{"app":"static"}' }, {}, "static.shop"],
  [{}, { labels: 'app="labelled"' }, "labelled.shop"],
  [{ PROXY_CONFIG: "serviceCluster: mine" }, {}, "mine"],
  [{ PROXY_CONFIG: "tracingServiceName: CANONICAL_NAME_ONLY" }, { labels: 'app.kubernetes.io/name="canonical"' }, "canonical"],
  [{ PROXY_CONFIG: "tracingServiceName: CANONICAL_NAME_AND_NAMESPACE" }, {}, "orders.shop"],
  [{ PROXY_CONFIG: "tracingServiceName: APP_LABEL_AND_NAMESPACE" }, { labels: 'app="labelled"' }, "labelled.shop"],
])("with %j and %j the cluster is %s", (more, mounted, cluster) => {
  expect(make({ env: { ...env, ...more }, files: mounted }).node.cluster).toBe(cluster);
});

test.each([
  ['topology.istio.io/locality="a.b"\nistio-locality="c"', { region: "a", zone: "b", sub_zone: "" }],
  ['istio-locality="us/us.east-1"', { region: "us", zone: "us.east-1", sub_zone: "" }],
  ['istio-locality=""', undefined],
])("labels %j make the locality", (labels, locality) => {
  expect(make({ files: { labels } }).node.locality).toEqual(locality);
});

test("the name of a pod is needed, and a pod without an address is told of", () => {
  const refused = (more: object): unknown => {
    try {
      return make({ env: { ...env, ...more } });
    } catch (error) {
      return isConfigError(error) ? error.message : error;
    }
  };
  expect(refused({ POD_NAME: "" })).toBe("POD_NAME: is not set: istiod tells proxies apart by it");
  expect(refused({ POD_NAMESPACE: undefined })).toBe("POD_NAMESPACE: is not set: istiod tells proxies apart by it");
  const { node, warnings } = make({ env: { ...env, INSTANCE_IP: undefined }, role: "router", domain: "shop.svc.example" });
  expect(node.id).toBe("router~127.0.0.1~orders-7d4b9-x2x.shop~shop.svc.example");
  expect(warnings).toEqual([expect.stringContaining("INSTANCE_IP: is not set")]);
  expect(make({ env: { ...env, INSTANCE_IP: "" }, addresses: ["10.0.0.9"] }).node.id).toContain("~10.0.0.9~");
});

test("metadata that cannot be read are left out, with a warning", () => {
  const { warnings, node } = make({
    env: { ...env, ISTIO_METAJSON_X: "{", ISTIO_METAJSON_Y: "[1]", ISTIO_METAJSON_Z: '{"GENERATOR":"grpc"}' },
  });
  expect(warnings).toEqual([
    expect.stringMatching(/^ISTIO_METAJSON_X: is left out of the node's metadata: /),
    "ISTIO_METAJSON_Y: is no JSON object, and is left out of the node's metadata",
  ]);
  expect(node.metadata).toMatchObject({ GENERATOR: "grpc" });
});

test("a version is told that was asked for, unless the environment has one", () => {
  expect(make().node.metadata).not.toHaveProperty("ISTIO_VERSION");
  expect(make({ istioVersion: "1.24.0" }).node.metadata).toMatchObject({ ISTIO_VERSION: "1.24.0" });
  const own = { ...env, ISTIO_META_ISTIO_VERSION: "1.20.0" };
  expect(make({ env: own, istioVersion: "1.24.0" }).node.metadata).toMatchObject({ ISTIO_VERSION: "1.20.0" });
});

test("the configuration is Istio's default, then the mesh's, the environment's, the annotation's, field by field, and the caller's address", () => {
  const mesh =
    "trustDomain: td\ndefaultConfig:\n  discoveryAddress: mesh:1\n  statusPort: 1\n  proxyAdminPort: 1\n  proxyMetadata: { A: mesh, B: mesh }\n";
  const PROXY_CONFIG = JSON.stringify({ discoveryAddress: "env:1", statusPort: 2, proxyMetadata: { B: "env" } });
  const annotations = 'proxy.istio.io/config="statusPort: 3\\n"\nsidecar.istio.io/discoveryAddress="annotation:1"';
  const configOf = (options: Partial<IstioOptions>): unknown =>
    make({ env: { ...env, PROXY_CONFIG }, ...options }).node.metadata["PROXY_CONFIG"];
  expect(configOf({ files: { mesh, annotations } })).toMatchObject({
    discoveryAddress: "annotation:1",
    statusPort: 3,
    proxyAdminPort: 1,
    drainDuration: "45s",
    proxyMetadata: { A: "mesh", B: "env" },
  });
  expect(configOf({})).toMatchObject({ discoveryAddress: "env:1", statusPort: 2, proxyAdminPort: 15_000 });
  expect(configOf({ discoveryAddress: "mine:15010", files: { annotations } })).toMatchObject({ discoveryAddress: "mine:15010" });
  expect(make({ env: { ...env, PROXY_CONFIG: undefined } }).node.metadata["PROXY_CONFIG"]).toMatchObject({
    discoveryAddress: "istiod.istio-system.svc:15012",
  });
});

test.each([
  ["[1]", "PROXY_CONFIG: must be a map"],
  ["{", "PROXY_CONFIG: is no YAML: "],
  ["statusPort: -1", "PROXY_CONFIG: statusPort must be a port, is -1"],
  ["drainDuration: 45", 'PROXY_CONFIG: drainDuration must be a duration such as "45s", is 45'],
  ["terminationDrainDuration: -1s", 'PROXY_CONFIG: terminationDrainDuration must be a duration such as "45s", is "-1s"'],
  ["discoveryAddress: istiod", 'PROXY_CONFIG: discoveryAddress must be host:port, is "istiod"'],
])("a PROXY_CONFIG %j is refused", (PROXY_CONFIG, message) => {
  expect(() => make({ env: { ...env, PROXY_CONFIG } })).toThrow(message);
});

test("istiod is talked to in plain text on port 15010, or where its policy says so", () => {
  const plain = { target_uri: "istiod.istio-system.svc:15010", stat_prefix: "xds-grpc" };
  expect(service(make({ discoveryAddress: "istiod.istio-system.svc:15010" }))).toEqual(plain);
  const PROXY_CONFIG = "{ controlPlaneAuthPolicy: NONE, discoveryAddress: 'pilot:15011' }";
  expect(service(make({ env: { ...env, PROXY_CONFIG } }))).toEqual({ target_uri: "pilot:15011", stat_prefix: "xds-grpc" });
});

const tokenOf = (filename: string): object => ({
  from_plugin: { typed_config: { value: { secret_data: { filename }, header_prefix: "Bearer " } } },
});

test.each([
  [{}, "/var/run/secrets/istio/root-cert.pem", "/var/run/secrets/tokens/istio-token"],
  [
    { JWT_POLICY: "first-party-jwt", PILOT_CERT_PROVIDER: "kubernetes" },
    "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
    "/var/run/secrets/kubernetes.io/serviceaccount/token",
  ],
  [{ XDS_ROOT_CA: "/own.pem" }, "/own.pem", "/var/run/secrets/tokens/istio-token"],
])("otherwise by TLS: with %j the authority is %s and the token %s", (more, filename, token) => {
  const google = service(make({ env: { ...env, ...more } }));
  expect(google).toMatchObject({
    channel_credentials: { ssl_credentials: { root_certs: { filename } } },
    call_credentials: [tokenOf(token)],
  });
  expect(google).not.toHaveProperty("channel_args");
});

test("a virtual machine has a certificate in place of a token, and addresses may hide the name of the certificate", () => {
  const google = service(make({ env: { ...env, PROV_CERT: "/etc/certs", ISTIOD_SAN: "istiod.example" } }));
  expect(google).toEqual({
    target_uri: "istiod-canary.istio-system.svc:15012",
    stat_prefix: "xds-grpc",
    channel_credentials: {
      ssl_credentials: {
        root_certs: { filename: "/etc/certs/root-cert.pem" },
        cert_chain: { filename: "/etc/certs/cert-chain.pem" },
        private_key: { filename: "/etc/certs/key.pem" },
      },
    },
    channel_args: { args: { "grpc.ssl_target_name_override": { string_value: "istiod.example" } } },
  });
  expect(service(make({ env: { ...env, XDS_ROOT_CA: "SYSTEM" } }))).toMatchObject({ channel_credentials: { ssl_credentials: {} } });
  expect(service(make({ discoveryAddress: "localhost:15012" }))).toMatchObject({
    channel_args: { args: { "grpc.ssl_target_name_override": { string_value: "istiod.istio-system.svc" } } },
  });
});

test("what istiod is told with the stream is its cluster and the headers that the environment names", () => {
  const { dynamic_resources } = make({ env: { ...env, XDS_HEADER_x_tenant: "100%" } });
  expect(dynamic_resources.ads_config.grpc_services[0]?.initial_metadata).toEqual([
    { key: "clusterid", value: "Kubernetes" },
    { key: "x_tenant", value: "100%%" },
  ]);
});

test("connections have the time to end that istio-agent would give them", () => {
  const timesOf = (more: Environment): unknown => istioBootstrap({ env: { ...env, ...more } }).drainTimes;
  expect(timesOf({})).toEqual({ drainTimeMs: 45_000, terminationMs: 5000 });
  const PROXY_CONFIG = "{ drainDuration: 60s, terminationDrainDuration: 1.5s }";
  expect(timesOf({ PROXY_CONFIG })).toEqual({ drainTimeMs: 60_000, terminationMs: 1500 });
  const untilGone = { drainTimeMs: 45_000, terminationMs: Infinity };
  expect(timesOf({ EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true" })).toEqual(untilGone);
  expect(timesOf({ PROXY_CONFIG: "proxyMetadata: { EXIT_ON_ZERO_ACTIVE_CONNECTIONS: 'true' }" })).toEqual(untilGone);
});

test("the ports are those of Istio's, on the addresses' family", () => {
  const portsOf = ({ admin, static_resources: { listeners } }: Bootstrap): unknown[] => [
    admin.address,
    ...listeners.map(({ address }) => address),
  ];
  const at = (address: string, port_value: number): object => ({ socket_address: { address, port_value } });
  expect(portsOf(make())).toEqual([at("127.0.0.1", 15_000), at("0.0.0.0", 15_090), at("0.0.0.0", 15_021), at("0.0.0.0", 15_020)]);
  const other = make({
    env: { ...env, INSTANCE_IP: "fd00::1", ENVOY_STATUS_PORT: "1", PROXY_CONFIG: "{ statusPort: 1, proxyAdminPort: 2 }" },
  });
  expect(portsOf(other)).toEqual([at("::1", 2), at("::", 15_090), at("::", 1)]);
});

test("over TLS istiod sees the pod's token and the node, and the token that is there when a stream is opened anew", async () => {
  const folder = mkdtempSync(join(tmpdir(), "mesh-mosn-istio-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [tokenPath, rootCertPath] = [join(folder, "istio-token"), join(folder, "root-cert.pem")];
  writeFileSync(tokenPath, "t1");
  writeFileSync(rootCertPath, testCa);
  const plane = await createFakeControlPlane({ tls: { certificate: testCertificate, key: testKey } });
  onTestFinished(() => plane.close());
  const { bootstrap } = istioBootstrap({
    env: { ...env, ISTIOD_SAN: "xds.test" },
    files,
    discoveryAddress: plane.address,
    tokenPath,
    rootCertPath,
  });
  const proxy = createProxy({ bootstrap, configSources: xdsConfigSources({ version: "1.2.3" }), extensions: [fileBasedMetadata] });
  onTestFinished(() => proxy.stop());
  // Clusters come before listeners, so nothing is bound but the admin port, which the test does without.
  proxy.clusters.start();
  const { node } = await plane.waitFor(({ typeUrl }) => typeUrl.endsWith(".Cluster"));
  expect(node).toMatchObject({ id: "sidecar~10.1.2.3~orders-7d4b9-x2x.shop~shop.svc.cluster.local", userAgentName: "mosn" });
  expect([plane.metadata.get("authorization"), plane.metadata.get("clusterid")]).toEqual(["Bearer t1", "Kubernetes"]);
  writeFileSync(tokenPath, "t2");
  plane.breakStreams();
  await plane.waitFor(({ stream }) => stream === 2);
  expect(plane.metadata.get("authorization")).toBe("Bearer t2");
});
