/**
 * A proxy of your own: `createProxy` with a stream filter and a load balancer that are not part of it. It starts two servers to proxy to, sends
 * itself requests, prints what came back and ends.
 *
 *     npm run build && node_modules/.bin/node docs/examples/custom-proxy.ts
 */
import { strict as assert } from "node:assert";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import {
  createProxy,
  fail,
  FilterStatus,
  type DecodedExtension,
  type FilterStream,
  type Host,
  type LoadBalancerExtension,
  type Picker,
  type StreamFilter,
  type StreamFilterExtension,
} from "@mesh/proxy-core";

// A stream filter: who sends a known key gets in, and the host learns the tenant in place of the key.

class TenantFilter implements StreamFilter {
  readonly #tenants: ReadonlyMap<string, string>;

  constructor(tenants: ReadonlyMap<string, string>) {
    this.#tenants = tenants;
  }

  onRequest(stream: FilterStream): FilterStatus {
    const { headers } = stream.request;
    const tenant = this.#tenants.get(headers.get("x-api-key") ?? "");
    if (tenant === undefined) {
      stream.sendLocalReply({ cause: "denied", httpStatus: 403, message: "unknown key\n" });
      return FilterStatus.Stop;
    }
    headers.delete("x-api-key");
    headers.set("x-tenant", tenant);
    return FilterStatus.Continue;
  }
}

const tenantFilter: StreamFilterExtension = {
  name: "acme.filters.http.tenant",
  category: "envoy.filters.http",
  messageName: "acme.filters.http.tenant.v1.Tenant",
  fields: undefined,
  create: (extension) => new TenantFilter(readTenants(extension)),
};

/** No message of that name is known here, so the configuration comes as plain JSON: it is for the extension to check. */
function readTenants({ config, path }: DecodedExtension): ReadonlyMap<string, string> {
  const tenants = typeof config === "object" && config !== null && "tenants" in config ? config.tenants : undefined;
  if (typeof tenants !== "object" || tenants === null) fail(path.field("tenants"), "is required: tenants by their keys");
  return new Map(Object.entries(tenants).map(([key, tenant]) => [key, String(tenant)]));
}

// A load balancer: the first host gets everything until it has as much as it may have, then the second, and so on.

class FillPicker implements Picker {
  readonly #hosts: readonly Host[];
  readonly #maxActive: number;

  constructor(hosts: readonly Host[], maxActive: number) {
    this.#hosts = hosts;
    this.#maxActive = maxActive;
  }

  pick(): Host | undefined {
    for (const host of this.#hosts) if (host.stats.rqActive < this.#maxActive) return host;
    return undefined;
  }
}

const fillBalancer: LoadBalancerExtension = {
  name: "acme.load_balancing.fill",
  category: "envoy.load_balancing_policies",
  messageName: "acme.load_balancing.fill.v1.Fill",
  fields: undefined,
  create: ({ config, path }) => {
    const maxActive = typeof config === "object" && config !== null && "max_active" in config ? Number(config.max_active) : 1;
    if (!Number.isInteger(maxActive) || maxActive < 1) fail(path.field("max_active"), "must be a whole number above 0");
    // Called anew whenever the hosts or their health change; `hosts` are those that requests may go to.
    return (hosts) => new FillPicker(hosts, maxActive);
  },
};

// Two hosts. They answer once three requests are with them, so that these overlap.

const waiting: (() => void)[] = [];

async function startHost(name: string): Promise<Server> {
  const server = createServer((request, response) => {
    waiting.push(() => response.end(`${name} serves ${String(request.headers["x-tenant"])}\n`));
    if (waiting.length === 3) for (const answer of waiting) answer();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

const hosts = await Promise.all(["first", "second"].map(startHost));

// The configuration is Envoy's. Extensions whose message is not known are configured with a TypedStruct.

const typedStruct = (messageName: string, value: object): object => ({
  "@type": "type.googleapis.com/xds.type.v3.TypedStruct",
  type_url: `type.googleapis.com/${messageName}`,
  value,
});

const endpoint = (server: Server): object => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the host does not listen");
  return { endpoint: { address: { socket_address: { address: address.address, port_value: address.port } } } };
};

const proxy = createProxy({
  extensions: [tenantFilter, fillBalancer],
  bootstrap: {
    static_resources: {
      listeners: [
        {
          name: "in",
          address: { socket_address: { address: "127.0.0.1", port_value: 0 } },
          filter_chains: [
            {
              filters: [
                {
                  name: "http",
                  typed_config: {
                    "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                    stat_prefix: "in",
                    http_filters: [
                      {
                        name: "tenant",
                        typed_config: typedStruct(tenantFilter.messageName, { tenants: { "k-1": "acme", "k-2": "globex" } }),
                      },
                      {
                        name: "envoy.filters.http.router",
                        typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
                      },
                    ],
                    route_config: {
                      virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "hosts" } }] }],
                    },
                  },
                },
              ],
            },
          ],
        },
      ],
      clusters: [
        {
          name: "hosts",
          type: "STATIC",
          lb_policy: "LOAD_BALANCING_POLICY_CONFIG",
          load_balancing_policy: {
            policies: [
              { typed_extension_config: { name: "fill", typed_config: typedStruct(fillBalancer.messageName, { max_active: 2 }) } },
            ],
          },
          load_assignment: { cluster_name: "hosts", endpoints: [{ lb_endpoints: hosts.map(endpoint) }] },
        },
      ],
    },
  },
});
await proxy.start();

const url = `http://${proxy.listeners[0]?.addressText}/`;
const ask = async (key: string): Promise<string> => {
  const response = await fetch(url, { headers: { "x-api-key": key } });
  return `${response.status} ${(await response.text()).trim()}`;
};

const answers = [...(await Promise.all([ask("k-1"), ask("k-1"), ask("k-2")])).toSorted(), await ask("k-9")];
console.log(answers.join("\n"));
assert.equal(answers.filter((answer) => answer.startsWith("200 first serves")).length, 2);
assert.equal(answers.filter((answer) => answer.startsWith("200 second serves")).length, 1);
assert.equal(answers.at(-1), "403 unknown key");

await proxy.shutdown(1000);
for (const server of hosts) server.close();
