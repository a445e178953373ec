import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigPath } from "@mesh/proxy-core";
import { clusterType } from "@mesh/xds-client";
import { testCa, testCertificate, testKey, type FakeControlPlane } from "@mesh/xds-client/testing";
import { createTypeRegistry, fromJson, type DescriptorJson, type TypeRegistry } from "@mesh/xds-proto";
import { expect, onTestFinished, test } from "vitest";
import { xdsConfigSources } from "./config-sources.ts";
import { ads, clusterReader, contextOf, startPlane } from "./test-harness.ts";

/** Watches clusters through a bootstrap's `ads_config`; gives what to call to wait for a value of `a`. */
function watchClusters(service: object, bootstrap: object = {}, registry?: TypeRegistry): (value: number) => Promise<void> {
  const ads_config = { api_type: "DELTA_GRPC", transport_api_version: "V3", grpc_services: [service] };
  const context = contextOf({});
  const message = (registry ?? context.registry).fromJson("envoy.config.bootstrap.v3.Bootstrap", {
    node: { id: "me" },
    dynamic_resources: { ads_config },
    ...bootstrap,
  });
  const sources = xdsConfigSources()({ ...context, bootstrap: message, registry: registry ?? context.registry });
  onTestFinished(() => sources.close());
  let last = -1;
  let wake = (): void => undefined;
  sources.open(fromJson("envoy.config.core.v3.ConfigSource", ads), ConfigPath.root).watch(clusterReader(), "a", {
    onChanged: ({ value }) => {
      last = value;
      wake();
    },
    onMissing: () => undefined,
    onFailed: () => undefined,
  });
  return async (value) => {
    const isThere = (): boolean => last === value;
    while (!isThere()) await new Promise<void>((resolve) => (wake = resolve));
  };
}

const setCluster = (plane: FakeControlPlane, seconds: number): void => plane.set(clusterType, [{ name: "a", connectTimeout: { seconds } }]);

test("resources come over gRPC from a cluster's endpoint that answers", async () => {
  const plane = await startPlane();
  const port = Number(plane.address.split(":")[1]);
  setCluster(plane, 1);
  const endpoints = [1, port].map((port_value) => ({
    endpoint: { address: { socket_address: { address: "127.0.0.1", port_value } } },
  }));
  const cluster = { name: "xds", load_assignment: { cluster_name: "xds", endpoints: [{ lb_endpoints: endpoints }] } };
  const until = watchClusters({ envoy_grpc: { cluster_name: "xds" } }, { static_resources: { clusters: [cluster] } });
  await until(1);
  setCluster(plane, 2);
  await until(2);
  expect(plane.metadata.get(":authority")).toBe("xds");
});

/** As a registry has it that was made with the message of the plugin. */
const pluginDescriptor: DescriptorJson = {
  nested: {
    envoy: {
      nested: {
        config: {
          nested: {
            grpc_credential: {
              nested: {
                v3: {
                  nested: {
                    FileBasedMetadataConfig: {
                      fields: {
                        secret_data: { type: "envoy.config.core.v3.DataSource", id: 1 },
                        header_key: { type: "string", id: 2 },
                        header_prefix: { type: "string", id: 3 },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
};

test.each(["TypedStruct", "message"])(
  "over TLS the token of a file is sent, read anew for each stream; its plugin is a %s",
  async (form) => {
    const folder = mkdtempSync(join(tmpdir(), "mesh-proxy-xds-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [token, ca] = [join(folder, "token"), join(folder, "ca.pem")];
    writeFileSync(token, "t1\n");
    writeFileSync(ca, testCa);
    const plane = await startPlane({ tls: { certificate: testCertificate, key: testKey } });
    setCluster(plane, 1);
    const url = "type.googleapis.com/envoy.config.grpc_credential.v3.FileBasedMetadataConfig";
    const value = { secret_data: { filename: token }, header_prefix: "Bearer " };
    const typed_config =
      form === "message" ? { "@type": url, ...value } : { "@type": "type.googleapis.com/udpa.type.v1.TypedStruct", type_url: url, value };
    const google_grpc = {
      target_uri: plane.address,
      stat_prefix: "xds",
      channel_credentials: { ssl_credentials: { root_certs: { filename: ca } } },
      channel_args: { args: { "grpc.ssl_target_name_override": { string_value: "xds.test" } } },
      call_credentials: [{ from_plugin: { name: "envoy.grpc_credentials.file_based_metadata", typed_config } }],
      credentials_factory_name: "envoy.grpc_credentials.file_based_metadata",
    };
    const registry = form === "message" ? createTypeRegistry({ descriptors: [pluginDescriptor] }) : undefined;
    const until = watchClusters({ google_grpc }, {}, registry);
    await until(1);
    expect(plane.metadata.get("authorization")).toBe("Bearer t1");
    writeFileSync(token, "t2\n");
    plane.breakStreams();
    setCluster(plane, 2);
    await until(2);
    expect(plane.metadata.get("authorization")).toBe("Bearer t2");
  },
);
