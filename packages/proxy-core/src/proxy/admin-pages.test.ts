import { fromJson, type Message } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { statValue } from "../stats/testing.ts";
import { TestConfigSources } from "../subscription/testing.ts";
import { createProxy, type Proxy } from "./create-proxy.ts";

const cdsName = "envoy.config.cluster.v3.Cluster";
const claName = "envoy.config.endpoint.v3.ClusterLoadAssignment";
const ldsName = "envoy.config.listener.v3.Listener";
const address = (port: number): object => ({ socket_address: { address: "127.0.0.1", port_value: port } });
const ads = { ads: {}, resource_api_version: "V3" };

interface Live extends AsyncDisposable {
  readonly proxy: Proxy;
  readonly sources: TestConfigSources;
  readonly started: Promise<void>;
}

/** A proxy that has begun to ask for clusters and listeners. */
async function live(): Promise<Live> {
  const sources = new TestConfigSources();
  const proxy = createProxy({
    configSources: () => sources,
    bootstrap: { admin: { address: address(0) }, dynamic_resources: { cds_config: ads, lds_config: ads } },
  });
  const started = proxy.start();
  await expect.poll(() => sources.watched(cdsName)).toEqual(["*"]);
  return { proxy, sources, started, [Symbol.asyncDispose]: () => proxy.stop() };
}

async function ask(
  proxy: Proxy,
  path: string,
  method: "GET" | "POST" = "GET",
): Promise<{ readonly status: number; readonly text: string }> {
  const bound = proxy.adminAddress;
  if (bound?.kind !== "ip") throw new Error("there is no admin port");
  const response = await fetch(`http://${bound.address}:${bound.port}${path}`, { method });
  return { status: response.status, text: await response.text() };
}

async function json(proxy: Proxy, path: string): Promise<unknown> {
  return JSON.parse((await ask(proxy, path)).text);
}

const cluster = (): Message<typeof cdsName> => fromJson(cdsName, { name: "a", type: "EDS", eds_cluster_config: { eds_config: ads } });

test("/ready and /server_info tell how far the start is, and of a health check that is to fail, as Envoy does", async () => {
  await using made = await live();
  const { proxy, sources, started } = made;
  const state = async (): Promise<unknown[]> => {
    const { status, text } = await ask(proxy, "/ready");
    const info = await json(proxy, "/server_info");
    await ask(proxy, "/stats");
    return [status, text.trim(), Reflect.get(Object(info), "state"), statValue(proxy.stats, "server.live")];
  };
  expect(await state()).toEqual([503, "PRE_INITIALIZING", "PRE_INITIALIZING", 0]);
  sources.set(cdsName, { a: cluster() });
  expect(await state()).toEqual([503, "PRE_INITIALIZING", "PRE_INITIALIZING", 0]);
  sources.set(claName, { a: { clusterName: "a" } });
  await expect.poll(() => sources.watched(ldsName)).toEqual(["*"]);
  expect(await state()).toEqual([503, "INITIALIZING", "INITIALIZING", 0]);
  await sources.update(ldsName, {});
  await started;
  expect(await state()).toEqual([200, "LIVE", "LIVE", 1]);
  expect(statValue(proxy.stats, "server.initialization_time_ms")).toBe(1);
  await ask(proxy, "/healthcheck/fail", "POST");
  expect(await state()).toEqual([503, "DRAINING", "DRAINING", 0]);
  await ask(proxy, "/healthcheck/ok", "POST");
  expect(await state()).toEqual([200, "LIVE", "LIVE", 1]);
});

describe("the lists of endpoints of /config_dump", () => {
  async function withEndpoints(): Promise<Live> {
    const made = await live();
    const { sources, started } = made;
    sources.set(cdsName, { a: cluster() });
    const one = {
      endpoint: { address: address(81), hostname: "one", health_check_config: { port_value: 99, hostname: "check" } },
      metadata: { filter_metadata: { "com.acme": { zone: 1 } } },
      load_balancing_weight: 3,
    };
    const locality = { region: "r", zone: "z" };
    sources.set(claName, {
      a: fromJson(claName, {
        cluster_name: "a",
        policy: { overprovisioning_factor: 150 },
        endpoints: [
          { locality, load_balancing_weight: 2, lb_endpoints: [one] },
          { priority: 1, lb_endpoints: [{ endpoint: { address: address(82) } }] },
        ],
      }),
    });
    await expect.poll(() => sources.watched(ldsName)).toEqual(["*"]);
    await sources.update(ldsName, {});
    await started;
    return made;
  }

  test("are there with include_eds only", async () => {
    await using made = await withEndpoints();
    for (const list of ["dynamic_endpoint_configs", "static_endpoint_configs"]) {
      expect(await ask(made.proxy, `/config_dump?resource=${list}`)).toEqual({
        status: 404,
        text: `${list} not found in config dump: it needs include_eds\n`,
      });
    }
    expect(await json(made.proxy, "/config_dump?resource=static_endpoint_configs&include_eds")).toEqual({});
  });

  test("tell what is known of the endpoints, as Envoy does", async () => {
    await using made = await withEndpoints();
    expect(await json(made.proxy, "/config_dump?resource=dynamic_endpoint_configs&include_eds")).toEqual({
      configs: [
        {
          "@type": "type.googleapis.com/envoy.admin.v3.EndpointsConfigDump.DynamicEndpointConfig",
          endpoint_config: {
            "@type": `type.googleapis.com/${claName}`,
            cluster_name: "a",
            policy: { overprovisioning_factor: 150 },
            endpoints: [
              {
                locality: { region: "r", zone: "z" },
                load_balancing_weight: 2,
                lb_endpoints: [
                  {
                    endpoint: { address: address(81), hostname: "one", health_check_config: { port_value: 99, hostname: "check" } },
                    metadata: { filter_metadata: { "com.acme": { zone: 1 } } },
                    health_status: "HEALTHY",
                    load_balancing_weight: 3,
                  },
                ],
              },
              {
                priority: 1,
                locality: {},
                load_balancing_weight: 0,
                lb_endpoints: [
                  { endpoint: { address: address(82), health_check_config: {} }, health_status: "HEALTHY", load_balancing_weight: 1 },
                ],
              },
            ],
          },
        },
      ],
    });
  });

  test("have the fields that a mask chooses", async () => {
    await using made = await withEndpoints();
    const path = "/config_dump?resource=dynamic_endpoint_configs&include_eds&mask=endpoint_config.cluster_name";
    expect(await json(made.proxy, path)).toMatchObject({ configs: [{ endpoint_config: { cluster_name: "a" } }] });
    expect((await ask(made.proxy, path)).text).not.toContain("lb_endpoints");
    // Without a list, a mask chooses among the sections; that of endpoints is there with include_eds only.
    expect((await ask(made.proxy, "/config_dump?mask=dynamic_endpoint_configs")).status).toBe(400);
    const section = { "@type": "type.googleapis.com/envoy.admin.v3.EndpointsConfigDump" };
    expect(await json(made.proxy, "/config_dump?mask=dynamic_endpoint_configs&include_eds")).toMatchObject({ configs: [section] });
  });
});

test("/drain_listeners skips the exit only of what drains", async () => {
  await using made = await live();
  const { proxy } = made;
  expect(await ask(proxy, "/drain_listeners?skip_exit", "POST")).toEqual({ status: 400, text: "skip_exit requires graceful\n" });
  expect((await ask(proxy, "/ready")).text.trim()).not.toBe("DRAINING");
  expect((await ask(proxy, "/drain_listeners?graceful&skip_exit", "POST")).status).toBe(200);
  expect((await ask(proxy, "/ready")).text.trim()).toBe("DRAINING");
});
