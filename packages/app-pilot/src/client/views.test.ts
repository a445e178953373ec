import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { proxyConfig, views, type ProxyConfigOptions } from "./proxy-config.ts";
import { proxyStatus } from "./proxy-status.ts";

/** What the pilot says: status and body, by path. */
const pages = new Map<string, readonly [status: number, body: string]>();
let server: Server;
let address: string;

beforeEach(async () => {
  pages.clear();
  server = createServer((request, response) => {
    const [status, body] = pages.get(request.url ?? "") ?? [404, "nothing there\n"];
    response.writeHead(status).end(body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  address = `127.0.0.1:${typeof bound === "object" && bound !== null ? bound.port : 0}`;
});

afterEach(() => void server.close());

const lines = (text: string): string[][] => text.split("\n").map((line) => line.split(/ {3,}/));

describe("proxy-status", () => {
  const client = (name: string, types: object): object => ({
    proxy: name,
    node_id: `sidecar~10.0.0.1~${name}~x`,
    proxy_type: "sidecar",
    version: "1.27.0",
    types,
  });

  test("has a row for each proxy, by name, and below what is refused", async () => {
    const types = {
      cds: { status: "ERROR", error: "no such\nthing" },
      eds: { status: "SYNCED" },
      lds: { status: "STALE" },
      rds: { status: "NOT SENT" },
    };
    pages.set("/debug/syncz", [200, JSON.stringify([client("b.shop", types), client("a.shop", {})])]);
    expect(lines(await proxyStatus(undefined, { address, output: "table" }))).toEqual([
      ["NAME", "TYPE", "CDS", "LDS", "EDS", "RDS", "NDS", "VERSION"],
      ["a.shop", "sidecar", "IGNORED", "IGNORED", "IGNORED", "IGNORED", "IGNORED", "1.27.0"],
      ["b.shop", "sidecar", "ERROR", "STALE", "SYNCED", "NOT SENT", "IGNORED", "1.27.0"],
      [""],
      ["b.shop refuses CDS: no such"],
      ["thing"],
    ]);
    for (const node of ["a", "a.shop", "sidecar~10.0.0.1~a.shop~x"]) {
      expect(lines(await proxyStatus(node, { address: `http://${address}`, output: "table" }))).toHaveLength(2);
    }
    expect(JSON.parse(await proxyStatus("a", { address, output: "json" }))).toMatchObject([{ proxy: "a.shop" }]);
  });

  test("says so where nobody is connected", async () => {
    pages.set("/debug/syncz", [200, "[]"]);
    expect(await proxyStatus(undefined, { address, output: "table" })).toBe("No proxies are connected.");
    expect(await proxyStatus("a", { address, output: "table" })).toBe('No proxy "a" is connected.');
  });

  test("tells what the pilot answers, and that something is no pilot", async () => {
    await expect(proxyStatus(undefined, { address, output: "table" })).rejects.toThrow("nothing there");
    pages.set("/debug/syncz", [200, "<html>"]);
    await expect(proxyStatus(undefined, { address, output: "table" })).rejects.toThrow("is no pilot");
    await expect(proxyStatus(undefined, { address: "127.0.0.1:1", output: "table" })).rejects.toThrow(/cannot ask the pilot.*--address/);
  });
});

describe("proxy-config", () => {
  const dump = {
    configs: [
      {
        "@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump",
        dynamic_active_clusters: [
          {
            cluster: {
              name: "outbound|80|v1|reviews.shop",
              type: "EDS",
              metadata: { filter_metadata: { istio: { config: "/apis/networking.istio.io/v1/namespaces/shop/destination-rule/reviews" } } },
            },
          },
          { cluster: { name: "outbound|80||reviews.shop", type: "EDS" } },
          { cluster: { name: "inbound|8080||", type: "ORIGINAL_DST" } },
          { cluster: { name: "BlackHoleCluster" } },
        ],
      },
      {
        "@type": "type.googleapis.com/envoy.admin.v3.ListenersConfigDump",
        dynamic_listeners: [
          listener("0.0.0.0", 80, [{ filters: [filter({ rds: { route_config_name: "80" } })] }]),
          listener("10.0.0.1", 3306, [
            {
              filter_chain_match: { prefix_ranges: [{ address_prefix: "10.0.0.0", prefix_len: 8 }], destination_port: 3306 },
              filters: [filter({ cluster: "db" })],
            },
            {
              filter_chain_match: { server_names: ["a", "b"], transport_protocol: "tls", application_protocols: ["h2"] },
              filters: [filter({ weighted_clusters: { clusters: [{ name: "x", weight: 1 }] } })],
            },
            { filter_chain_match: { destination_port: 5 }, filters: [filter({})] },
          ]),
          { active_state: { listener: { name: "reviews:80", api_listener: { api_listener: { rds: { route_config_name: "grpc" } } } } } },
          listener("0.0.0.0", 15_006, [
            {
              filters: [
                filter({
                  route_config: {
                    virtual_hosts: [{ domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "inbound|8080||" } }] }],
                  },
                }),
              ],
            },
          ]),
        ],
      },
      {
        "@type": "type.googleapis.com/envoy.admin.v3.RoutesConfigDump",
        dynamic_route_configs: [
          {
            route_config: {
              name: "80",
              virtual_hosts: [
                {
                  name: "reviews:80",
                  domains: ["reviews", "reviews.shop", "reviews.shop.svc"],
                  routes: [
                    {
                      match: { prefix: "/", headers: [{ name: "user" }] },
                      route: {
                        weighted_clusters: {
                          clusters: [
                            { name: "a", weight: 80 },
                            { name: "b", weight: 20 },
                          ],
                        },
                      },
                    },
                    { match: { safe_regex: { regex: "/x.*" } }, redirect: {} },
                    { match: { path: "/y" }, direct_response: { status: 503 } },
                    { match: { path_separated_prefix: "/z" }, route: { cluster: "c" } },
                  ],
                },
                { name: "empty", domains: ["*"] },
              ],
            },
          },
        ],
      },
      {
        "@type": "type.googleapis.com/envoy.admin.v3.EndpointsConfigDump",
        dynamic_endpoint_configs: [
          {
            endpoint_config: {
              cluster_name: "outbound|80||reviews.shop",
              endpoints: [
                {
                  locality: { region: "cn", zone: "hz" },
                  lb_endpoints: [
                    {
                      health_status: "UNHEALTHY",
                      load_balancing_weight: 5,
                      endpoint: { address: { socket_address: { address: "10.0.0.1", port_value: 80 } } },
                    },
                    { endpoint: { address: { socket_address: { address: "::1", port_value: 80 } } } },
                    { endpoint: { address: { pipe: { path: "/tmp/s" } } } },
                  ],
                },
              ],
            },
          },
        ],
      },
    ],
  };

  beforeEach(() => void pages.set("/debug/config_dump?proxyID=a.shop", [200, JSON.stringify(dump)]));

  const table = async (kind: keyof typeof views, filters: Omit<ProxyConfigOptions, "address" | "output"> = {}): Promise<string[][]> =>
    lines(await proxyConfig(views[kind], "a.shop", { address, output: "table", ...filters })).slice(1);

  test("cluster", async () => {
    expect(await table("cluster")).toEqual([
      ["", "8080", "-", "inbound", "ORIGINAL_DST"],
      ["BlackHoleCluster", "-", "-", "-", "STATIC"],
      ["reviews.shop", "80", "-", "outbound", "EDS"],
      ["reviews.shop", "80", "v1", "outbound", "EDS", "reviews.shop"],
    ]);
    expect(await table("cluster", { fqdn: "reviews", subset: "v1" })).toHaveLength(1);
    expect(await table("cluster", { port: "8080" })).toHaveLength(1);
    expect(await table("cluster", { direction: "inbound" })).toHaveLength(1);
  });

  test("listener", async () => {
    expect(await table("listener")).toEqual([
      ["0.0.0.0", "80", "ALL", "Route: 80"],
      ["0.0.0.0", "15006", "ALL", "Inline Route: inbound|8080||"],
      ["10.0.0.1", "3306", "Addr: *:5", "TcpProxy"],
      ["10.0.0.1", "3306", "Addr: 10.0.0.0/8:3306", "Cluster: db"],
      ["10.0.0.1", "3306", "SNI: a,b; Trans: tls; App: h2", "Clusters: x (1)"],
      ["reviews:80", "-", "ALL", "Route: grpc"],
    ]);
    expect(await table("listener", { port: "80" })).toHaveLength(1);
    expect(await table("listener", { name: "reviews:80" })).toHaveLength(1);
  });

  test("route, in the order in which routes are tried", async () => {
    const start = ["80", "reviews:80", "reviews, reviews.shop + 1 more..."];
    expect(await table("route")).toEqual([
      ["80", "empty", "*", "-", "-"],
      [...start, "/* headers user", "a (80), b (20)"],
      [...start, "regex /x.*", "redirect"],
      [...start, "/y", "response 503"],
      [...start, "/z*", "c"],
    ]);
    expect(await table("route", { fqdn: "reviews.shop" })).toHaveLength(4);
    expect(await table("route", { name: "81" })).toEqual([]);
  });

  test("endpoint", async () => {
    const cluster = "outbound|80||reviews.shop";
    expect(await table("endpoint")).toEqual([
      ["[::1]:80", "HEALTHY", "1", "cn/hz", cluster],
      ["/tmp/s", "HEALTHY", "1", "cn/hz", cluster],
      ["10.0.0.1:80", "UNHEALTHY", "5", "cn/hz", cluster],
    ]);
    expect(await table("endpoint", { cluster: "other" })).toEqual([]);
    expect(await table("endpoint", { fqdn: "reviews", port: "80" })).toHaveLength(3);
  });

  test("in JSON, what is filtered as it is", async () => {
    const json: unknown = JSON.parse(await proxyConfig(views.cluster, "a.shop", { address, output: "json", fqdn: "BlackHole" }));
    expect(json).toEqual([{ name: "BlackHoleCluster" }]);
  });

  test("of a pilot that says nothing of it", async () => {
    pages.set("/debug/config_dump?proxyID=a.shop", [200, "{}"]);
    await expect(table("cluster")).rejects.toThrow("says nothing of envoy.admin.v3.ClustersConfigDump");
  });
});

function listener(host: string, port: number, chains: readonly object[]): object {
  return {
    active_state: {
      listener: { name: `${host}_${port}`, address: { socket_address: { address: host, port_value: port } }, filter_chains: chains },
    },
  };
}

function filter(fields: object): object {
  return { typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", ...fields } };
}
