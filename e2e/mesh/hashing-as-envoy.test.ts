/** Balancers that hash choose, in `mosn` and in Envoy, the same host for the same request: a client may come through either. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { envoy, startEnvoy } from "../peers/envoy.ts";
import { httpListener, socketAddress, startMosn, type Json } from "../peers/mosn.ts";
import { freePort } from "../peers/ports.ts";
import type { Peer } from "../peers/process.ts";
import { requirePeer } from "../peers/tools.ts";
import { ask, startHttpOrigin, type HttpAsk, type Origin } from "./origin.ts";

const weights = [1, 1, 2, 5];

/** What hashes, by the path that leads to it. */
const routes: Readonly<Record<string, readonly Json[]>> = {
  header: [{ header: { header_name: "x-user" } }],
  rewritten: [{ header: { header_name: "x-user", regex_rewrite: { pattern: { regex: "-.*" }, substitution: "" } } }],
  query: [{ query_parameter: { name: "q" } }],
  cookie: [{ cookie: { name: "id" } }],
  several: [{ header: { header_name: "x-user" } }, { query_parameter: { name: "q" } }, { connection_properties: { source_ip: true } }],
  terminal: [{ header: { header_name: "x-user" }, terminal: true }, { query_parameter: { name: "q" } }],
};

const policies: Readonly<Record<string, Json>> = {
  ring: { lb_policy: "RING_HASH" },
  small: { lb_policy: "RING_HASH", ring_hash_lb_config: { minimum_ring_size: 10, maximum_ring_size: 50 } },
  maglev: { lb_policy: "MAGLEV" },
  tiny: { lb_policy: "MAGLEV", maglev_lb_config: { table_size: 101 } },
};

function asks(kind: string): readonly HttpAsk[] {
  return Array.from({ length: 25 }, (_, index) => ({
    path: `/${kind}?q=v${index % 7}&r=1`,
    headers: { "x-user": `user${index}-${index * 7}`, cookie: `a=b; id="c${index}"` },
  }));
}

describe.runIf(requirePeer(envoy))("mosn and Envoy", () => {
  const origins: Origin[] = [];
  const peers: Peer[] = [];
  const ports: Record<"mosn" | "Envoy", number> = { mosn: 0, Envoy: 0 };

  const everChosen = new Set<string>();

  beforeAll(async () => {
    for (const index of weights.keys()) {
      origins.push(await startHttpOrigin((_request, response) => void response.end(String(index))));
    }
    const endpoints = origins.map(({ port }, index) => ({
      endpoint: { address: socketAddress(port) },
      load_balancing_weight: weights[index],
    }));
    const clusters = Object.entries(policies).map(([name, policy]) => ({
      name,
      connect_timeout: "1s",
      load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: endpoints }] },
      ...policy,
    }));
    const virtualHosts = Object.keys(policies).map((cluster) => ({
      name: cluster,
      domains: [cluster],
      routes: Object.entries(routes).map(([path, hash_policy]) => ({ match: { prefix: `/${path}` }, route: { cluster, hash_policy } })),
    }));
    ports.mosn = await freePort();
    ports.Envoy = await freePort();
    peers.push(await startMosn({ listeners: [httpListener(ports.mosn, { virtualHosts })], clusters }));
    const bootstrap = { static_resources: { listeners: [httpListener(ports.Envoy, { virtualHosts })], clusters } };
    peers.push(await startEnvoy({ bootstrap, ports: [ports.Envoy] }));
  });

  afterAll(async () => {
    await Promise.all(peers.map((peer) => peer.stop()));
    await Promise.all(origins.map((origin) => origin.close()));
  });

  test.each(Object.keys(policies).flatMap((policy) => Object.keys(routes).map((kind) => [policy, kind] as const)))(
    "agree: %s by %s",
    async (policy, kind) => {
      const chosen = async (port: number): Promise<readonly string[]> => {
        const hosts: string[] = [];
        for (const options of asks(kind)) {
          hosts.push((await ask(port, { ...options, headers: { ...options.headers, host: policy } })).body);
        }
        return hosts;
      };
      const expected = await chosen(ports.Envoy);
      expect(await chosen(ports.mosn)).toEqual(expected);
      for (const host of expected) everChosen.add(host);
    },
  );

  test("spread requests", () => {
    expect(everChosen.size).toBeGreaterThan(1);
  });

  test("agree on what a cookie looks like that is given", async () => {
    const given = { cookie: { name: "affinity", ttl: "60s", path: "/p", attributes: [{ name: "SameSite", value: "Lax" }] } };
    const answers = [];
    for (const start of [startMosn, undefined] as const) {
      const port = await freePort();
      const listeners = [
        httpListener(port, {
          virtualHosts: [
            { name: "a", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "c", hash_policy: [given] } }] },
          ],
        }),
      ];
      const lb_endpoints = origins.map((origin) => ({ endpoint: { address: socketAddress(origin.port) } }));
      const clusters = [
        { name: "c", connect_timeout: "1s", lb_policy: "RING_HASH", load_assignment: { cluster_name: "c", endpoints: [{ lb_endpoints }] } },
      ];
      const peer =
        start === undefined
          ? await startEnvoy({ bootstrap: { static_resources: { listeners, clusters } }, ports: [port] })
          : await start({ listeners, clusters });
      const { headers, body } = await ask(port);
      const [cookie = ""] = headers["set-cookie"] ?? [];
      const again = await ask(port, { headers: { cookie: cookie.slice(0, cookie.indexOf(";")) } });
      expect(again.body).toBe(body);
      expect(again.headers["set-cookie"]).toBeUndefined();
      answers.push(cookie.replace(/"[0-9a-f]+"/u, (value) => `"${"x".repeat(value.length - 2)}"`));
      await peer.stop();
    }
    expect(answers[0]).toBe(answers[1]);
  });
});
