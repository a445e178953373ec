/** What a control plane may do while HTTP, Bolt and Dubbo are called without a pause: everything, and no request fails. */
import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { fromJson } from "@mesh/xds-proto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startGoControlPlane, type GoControlPlane } from "../peers/go-control-plane.ts";
import { goControlPlane } from "../peers/go.ts";
import { java } from "../peers/java.ts";
import type { MosnPeer } from "../peers/mosn.ts";
import { freePort } from "../peers/ports.ts";
import { requirePeer } from "../peers/tools.ts";
import { frameworks, type RpcConsumer, type RpcFramework, type RpcProvider } from "./frameworks.ts";
import { ask, startHttpOrigin, type Origin } from "./origin.ts";
import { HttpTraffic, JavaTraffic, sample, settlesOn, type Traffic } from "./xds-load.ts";
import { dumpOf, startByAds, until } from "./xds-mosn.ts";
import {
  edsCluster,
  endpoints,
  F,
  faults,
  listeningOn,
  routesTo,
  type ClusterMessage,
  type EndpointsMessage,
  type ListenerMessage,
  type Place,
  type RoutesMessage,
  type Target,
} from "./xds-resources.ts";
import { answered, toPlane, World, type Service } from "./xds-world.ts";

/** A framework with what its two ends are. */
interface RpcPeers {
  readonly framework: RpcFramework;
  readonly providers: readonly [RpcProvider, RpcProvider];
  readonly consumer: RpcConsumer;
}

async function startRpcPeers(name: string, ids: readonly [string, string]): Promise<RpcPeers> {
  const framework = frameworks.find((each) => each.name === name);
  if (framework === undefined) throw new Error(`no framework ${name}`);
  const [one, two, consumer] = await Promise.all([
    framework.startProvider({ id: ids[0] }),
    framework.startProvider({ id: ids[1] }),
    framework.startConsumer(),
  ]);
  return { framework, providers: [one, two], consumer };
}

/** A service under load. */
interface Loaded {
  readonly service: Service;
  readonly traffic: Traffic;
}

describe.runIf(requirePeer(goControlPlane, java))("under constant HTTP, Bolt and Dubbo load", () => {
  let webs: readonly [Origin, Origin];
  let rpcs: readonly (RpcPeers & { readonly name: "bolt" | "dubbo" })[];
  /** Requests for `/hold`, which wait for `release`. */
  const held = new Set<ServerResponse>();

  const release = (): void => {
    for (const response of held) response.end("held");
    held.clear();
  };

  const answerAs =
    (id: string) =>
    (request: IncomingMessage, response: ServerResponse): void => {
      request.resume().once("end", () => {
        if (request.url === "/hold") held.add(response);
        else response.end(id);
      });
    };

  beforeAll(async () => {
    const [web1, web2, bolt, dubbo] = await Promise.all([
      startHttpOrigin(answerAs("w1")),
      startHttpOrigin(answerAs("w2")),
      startRpcPeers("SOFARPC", ["s1", "s2"]),
      startRpcPeers("Dubbo 3.2", ["d1", "d2"]),
    ]);
    webs = [web1, web2];
    rpcs = [
      { ...bolt, name: "bolt" },
      { ...dubbo, name: "dubbo" },
    ];
  });

  afterAll(async () => {
    await Promise.all(webs.map((origin) => origin.close()));
  });

  describe.each(["sotw", "delta"] as const)("a control plane that speaks %s", (protocol) => {
    let plane: GoControlPlane;
    let world: World;
    let mosn: MosnPeer;
    let web: Service;
    /** Where the web's listener is moved to; its callers know both. */
    let secondPort: number;
    let http: HttpTraffic;
    let java: readonly (Loaded & { readonly traffic: JavaTraffic; readonly consumer: RpcConsumer })[];
    let all: readonly Loaded[];

    beforeAll(async () => {
      plane = await startGoControlPlane();
      secondPort = await freePort();
      web = { name: "web", port: await freePort(), hosts: [webs[0].port, webs[1].port], ids: ["w1", "w2"] };
      java = await Promise.all(
        rpcs.map(async ({ name, framework, providers: [one, two], consumer }) => {
          const port = await freePort();
          const service: Service = { name, port, framework, hosts: [one.port, two.port], ids: [one.id, two.id] };
          const traffic = new JavaTraffic(name, () => consumer.refer({ url: framework.url(port), timeout: 20_000 }));
          return { service, traffic, consumer };
        }),
      );
      world = new World({ publisher: toPlane(plane), services: [web, ...java.map(({ service }) => service)] });
      await world.reset();
      mosn = await startByAds(plane.address, protocol);
      http = new HttpTraffic({ ports: [web.port, secondPort] });
      all = [{ service: web, traffic: http }, ...java];
      await startJava();
    });

    afterAll(async () => {
      await stopJava();
      await http.stop();
      await mosn.stop();
      await plane.close();
    });

    beforeEach(async () => {
      await world.reset();
      await allSettleOn(({ ids: [first] }) => [first]);
    });

    afterEach(async () => {
      release();
      expect(await Promise.all(all.map(({ traffic }) => traffic.failures()))).toEqual([[], [], []]);
    });

    const startJava = async (): Promise<void> => {
      await Promise.all(java.map(({ traffic }) => traffic.start()));
    };

    const stopJava = async (): Promise<void> => {
      await Promise.all(java.map(({ traffic }) => traffic.stop()));
    };

    /** Resolves once all calls are answered by these and nobody else. */
    const allSettleOn = async (who: (service: Service) => readonly string[]): Promise<void> => {
      await Promise.all(all.map(({ service, traffic }) => settlesOn(traffic, who(service))));
    };

    const first = ({ ids: [id] }: Service): readonly string[] => [id];
    const second = ({ ids: [, id] }: Service): readonly string[] => [id];
    const both = ({ ids }: Service): readonly string[] => ids;

    /** Something for each service, by its name with a suffix. */
    const each = <Value>(make: (service: Service) => Value, suffix: string = ""): Record<string, Value> =>
      Object.fromEntries(all.map(({ service }) => [`${service.name}${suffix}`, make(service)]));

    const routes = (target: (name: string) => Target): Record<string, RoutesMessage> => each(({ name }) => routesTo(name, target(name)));

    /** What the clusters `…-a` consist of. */
    const hosts = (places: (hosts: readonly [number, number]) => readonly (number | Place)[]): Record<string, EndpointsMessage> =>
      each(({ name, hosts: ports }) => endpoints(`${name}-a`, places(ports)), "-a");

    /** Asks for a cluster by its name. */
    const askFor = (cluster: string, path: string = "/"): ReturnType<typeof ask> =>
      ask(web.port, { path, headers: { "x-cluster": cluster } });

    test("traffic goes where a route sends it, and in shares as it is weighted, from one moment to the next", async () => {
      await world.publish({ routes: routes((name) => `${name}-b`) });
      await allSettleOn(second);
      await world.publish({ routes: routes((name) => ({ [`${name}-a`]: 80, [`${name}-b`]: 20 })) });
      await allSettleOn(both);
      await Promise.all(
        all.map(async ({ service, traffic }) => {
          const size = 600;
          const share = ((await sample(traffic, size)).get(service.ids[0]) ?? 0) / size;
          // Seven standard deviations to either side, and what was under way at the beginning.
          expect(share).toBeGreaterThan(0.67);
          expect(share).toBeLessThan(0.93);
        }),
      );
      await world.publish({ routes: routes((name) => ({ [`${name}-a`]: 0, [`${name}-b`]: 1 })) });
      await allSettleOn(second);
    });

    test("hosts come, go, are drained, fall ill and stand in for each other", async () => {
      const steps: readonly (readonly [who: (service: Service) => readonly string[], places: Parameters<typeof hosts>[0]])[] = [
        [both, ([one, two]) => [one, two]],
        [second, ([, two]) => [two]],
        [second, ([one, two]) => [{ port: one, health: "DRAINING" }, two]],
        [both, ([one, two]) => [{ port: one, health: "HEALTHY" }, two]],
        [first, ([one, two]) => [one, { port: two, health: "UNHEALTHY" }]],
        [first, ([one, two]) => [one, { port: two, priority: 1 }]],
        [
          second,
          ([one, two]) => [
            { port: one, health: "UNHEALTHY" },
            { port: two, priority: 1 },
          ],
        ],
        [second, ([one, two]) => [{ port: one, priority: 1 }, two]],
      ];
      for (const [who, places] of steps) {
        await world.publish({ endpoints: hosts(places) });
        await allSettleOn(who);
      }
    });

    test("a cluster with other timeouts and limits takes the place of the one before, which ends with its last request", async () => {
      const narrow = (maxRequests: number): ClusterMessage =>
        edsCluster("narrow", { circuit_breakers: { thresholds: [{ max_requests: maxRequests }] } });
      const added = { clusters: { narrow: narrow(1) }, endpoints: { narrow: endpoints("narrow", [webs[0].port]) } };
      await world.publish(added);
      await until(async () => (await askFor("narrow")).status === 200);
      const waiting = askFor("narrow", "/hold");
      await until(() => held.size === 1);
      expect(await askFor("narrow")).toMatchObject({ status: 503, headers: { "x-envoy-overloaded": "true" } });
      await world.publish({ clusters: { narrow: narrow(5) } });
      await until(async () => (await askFor("narrow")).status === 200);

      const limits = (suffix: string): Record<string, ClusterMessage> =>
        each(
          ({ name }) =>
            edsCluster(`${name}${suffix}`, {
              connect_timeout: "3s",
              circuit_breakers: { thresholds: [{ max_requests: 777, max_connections: 666 }] },
            }),
          suffix,
        );
      await world.publish({ clusters: { ...limits("-a"), ...limits("-b") } });
      const clusters = async (): Promise<string> => (await mosn.admin("/clusters")).text();
      const limited = /^(web|bolt|dubbo)-[ab]::default_priority::max_(requests::777|connections::666)$/gm;
      await until(async () => [...(await clusters()).matchAll(limited)].length === 12);
      await allSettleOn(first);
      release();
      expect(await waiting).toMatchObject({ status: 200, body: "held" });
    });

    test("a cluster, routes, endpoints and filters that are taken away and come back are missed by nobody who does not ask for them", async () => {
      await world.publish({ clusters: { spare: edsCluster("spare") }, endpoints: { spare: endpoints("spare", [webs[0].port]) } });
      await until(async () => (await askFor("spare")).status === 200);
      const waiting = askFor("spare", "/hold");
      await until(() => held.size === 1);
      const without = await world.publish({ clusters: { spare: null }, endpoints: { spare: null } });
      await answered(plane, "clusters", "ack", without);
      expect(await askFor("spare")).toMatchObject({ status: 503 });
      release();
      expect(await waiting).toMatchObject({ status: 200, body: "held" });
      await world.publish({ clusters: { spare: edsCluster("spare") }, endpoints: { spare: endpoints("spare", [webs[1].port]) } });
      await until(async () => (await askFor("spare")).status === 200);
      expect(await askFor("spare")).toMatchObject({ body: "w2" });

      // What is taken away without those who use it stays in use.
      await world.publish({
        routes: each(() => null),
        endpoints: each(() => null, "-a"),
        filters: Object.fromEntries(all.map(({ service: { name } }) => [`faults-${name}`, null])),
      });
      await allSettleOn(first);
      const back = await world.publish({
        routes: routes((name) => `${name}-a`),
        endpoints: hosts(([, two]) => [two]),
        filters: Object.fromEntries(all.map(({ service: { name } }) => [`faults-${name}`, faults(`faults-${name}`)])),
      });
      await answered(plane, "endpoints", "ack", back);
      await allSettleOn(second);
    });

    test("of a listener's filter chains only those that change let their connections go", async () => {
      const chains = (statPrefix: string): ListenerMessage => {
        const [chain] = world.listener(web).filterChains;
        const [other] = world.listener(web, {}, { stat_prefix: statPrefix }).filterChains;
        if (chain === undefined || other === undefined) throw new Error("no filter chains");
        const filterChainMatch = fromJson("envoy.config.listener.v3.FilterChainMatch", {
          source_prefix_ranges: [{ address_prefix: "127.0.0.2", prefix_len: 32 }],
        });
        return { ...world.listener(web), filterChains: [{ ...other, name: "second", filterChainMatch }, chain] };
      };
      await world.publish({ listeners: { web: chains("one") } });
      await mosn.statReaches("listener_manager.listener_in_place_updated", 1);
      const other = new HttpTraffic({ ports: [web.port], from: "127.0.0.2", connections: 4 });
      await mosn.statReaches("http.one.downstream_cx_active", 4);
      await other.succeed(50);
      expect(other.opened).toBe(4);
      const { opened } = http;
      const updates = await mosn.stat("listener_manager.listener_in_place_updated");
      await world.publish({ listeners: { web: chains("two") } });
      await mosn.statReaches("http.two.downstream_cx_active", 4);
      expect(await mosn.stat("listener_manager.listener_in_place_updated")).toBe(updates + 1);
      await Promise.all([other.succeed(50), http.succeed(100)]);
      expect(other).toMatchObject({ opened: 8, closing: 4 });
      expect(http.opened).toBe(opened);
      await world.publish({ routes: { web: routesTo("web", "web-b") } });
      await Promise.all([settlesOn(http, ["w2"]), settlesOn(other, ["w2"])]);
      await other.stop();
      expect(await other.failures()).toEqual([]);
    });

    test("a listener that is replaced as a whole hands its port over; its HTTP connections end between two requests, and RPC goes on with the new one", async () => {
      const { opened } = http;
      await world.publish({ listeners: each((service) => world.listener(service, { per_connection_buffer_limit_bytes: 500_000 })) });
      await until(() => http.opened >= opened + 6);
      await world.publish({ routes: routes((name) => `${name}-b`) });
      await allSettleOn(second);
      // The Java consumers' connections are never idle: the new listeners have them.
      await until(async () => (await mosn.stat("listener_manager.total_listeners_draining")) === 0);
      await allSettleOn(second);
      expect(http.opened).toBe(opened + 6);
    });

    test("a listener that moves to another address listens there before it stops listening here", async () => {
      const { opened } = http;
      await world.publish({ listeners: { web: world.listener(web, listeningOn(secondPort)) } });
      await until(() => http.opened >= opened + 6);
      await settlesOn(http, ["w1"]);
      expect(await ask(secondPort)).toMatchObject({ status: 200, body: "w1" });
      await expect(ask(web.port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    });

    test("listeners of other names take the addresses of those that go, which are never without one", async () => {
      const { opened } = http;
      const renamed = (suffix: string): Record<string, ListenerMessage> =>
        each((service) => ({ ...world.listener(service), name: `${service.name}${suffix}` }), suffix);
      await world.publish({ listeners: { ...each(() => null), ...renamed("-new") } });
      await until(() => http.opened >= opened + 6);
      await allSettleOn(first);
      const { listener_statuses: statuses } = Object(await (await mosn.admin("/listeners?format=json")).json());
      expect(statuses.map(({ name }: { readonly name: string }) => name).sort()).toEqual(["bolt-new", "dubbo-new", "web-new"]);
      await world.publish({ routes: routes((name) => `${name}-b`) });
      await allSettleOn(second);
    });

    test("a listener that is removed answers what it was asked, and nobody after that, until it comes back", async () => {
      const port = await freePort();
      const extra = (): ListenerMessage => ({ ...world.listener({ ...web, port }), name: "extra" });
      await world.publish({ listeners: { extra: extra() } });
      const askExtra = (path: string): ReturnType<typeof ask> => ask(port, { path });
      await until(() =>
        askExtra("/").then(
          ({ status }) => status === 200,
          () => false,
        ),
      );
      const waiting = askExtra("/hold");
      await until(() => held.size === 1);
      await world.publish({ listeners: { extra: null } });
      await until(() =>
        askExtra("/").then(
          () => false,
          () => true,
        ),
      );
      release();
      expect(await waiting).toMatchObject({ status: 200, body: "held" });
      await world.publish({ listeners: { extra: extra() } });
      await until(() =>
        askExtra("/").then(
          ({ status }) => status === 200,
          () => false,
        ),
      );
    });

    test("filters change while requests pass them: a fault is turned on for some requests, and off", async () => {
      const unlucky = "unlucky";
      const turn = (isOn: boolean): Promise<string> =>
        world.publish({
          filters: Object.fromEntries(
            all.map(({ service: { name, framework } }) => {
              const header = framework?.tagHeader ?? "x-luck";
              return [`faults-${name}`, isOn ? faults(`faults-${name}`, { header, value: unlucky }) : faults(`faults-${name}`)];
            }),
          ),
        });
      const tagged = await Promise.all(
        java.map(async ({ service: { framework, port }, consumer }) => ({
          failure: framework?.failures.fault,
          reference: await consumer.refer({ url: framework?.url(port) ?? "", tag: unlucky }),
        })),
      );
      const askUnlucky = (): ReturnType<typeof ask> => ask(web.port, { headers: { "x-luck": unlucky } });
      expect(await askUnlucky()).toMatchObject({ status: 200 });
      for (let times = 0; times < 3; times++) {
        await answered(plane, "filters", "ack", await turn(true));
        expect(await askUnlucky()).toMatchObject({ status: 503 });
        for (const { reference, failure } of tagged) {
          await expect(reference.call("id", [], reference.callOptions)).rejects.toMatchObject({ ...failure });
        }
        await answered(plane, "filters", "ack", await turn(false));
        expect(await askUnlucky()).toMatchObject({ status: 200 });
        for (const { reference } of tagged) expect(await reference.call("id", [], reference.callOptions)).not.toBe("");
      }
      await allSettleOn(first);
      await Promise.all(tagged.map(({ reference }) => reference.release()));
    });

    test("what is wrong is refused by its name and field, the rest of an update is taken, and what was good stays", async () => {
      const listener = world.listener(web);
      const anybody = { name: "again", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "web-b" } }] };
      const version = await world.publish({
        clusters: { "web-b": edsCluster("web-b", { connect_timeout: "-1s" }), "bolt-b": edsCluster("bolt-b", { connect_timeout: "2s" }) },
        endpoints: { "web-a": endpoints("web-a", [99_999]), "bolt-a": endpoints("bolt-a", [rpcs[0]?.providers[1].port ?? 0]) },
        listeners: {
          web: { ...listener, filterChains: [...listener.filterChains.slice(1), fromJson("envoy.config.listener.v3.FilterChain", {})] },
        },
        routes: { web: routesTo("web", "web-b", { more: [anybody] }), dubbo: routesTo("dubbo", "dubbo-b") },
        filters: {
          "faults-web": fromJson(F, {
            name: "faults-web",
            typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
          }),
        },
      });
      const refusals = {
        clusters: "web-b: connect_timeout: ",
        endpoints: "web-a: endpoints[0].lb_endpoints[0].endpoint.address.socket_address.port_value: ",
        listeners: "web: filter_chains[0].filters: ",
        routes: "web: virtual_hosts[1].domains[0]: ",
        filters: "faults-web: typed_config: ",
      } as const;
      for (const kind of ["clusters", "endpoints", "listeners", "routes", "filters"] as const) {
        expect.soft((await answered(plane, kind, "nack", version)).error).toContain(refusals[kind]);
      }
      await Promise.all(all.map(({ service, traffic }) => settlesOn(traffic, service.name === "web" ? ["w1"] : second(service))));
      const lists = [
        ["dynamic_active_clusters", "web-b", refusals.clusters],
        ["dynamic_listeners", "web", refusals.listeners],
        ["dynamic_route_configs", "web", refusals.routes],
        ["ecds_filters", "faults-web", refusals.filters],
      ] as const;
      for (const [list, name, refusal] of lists) {
        const at = refusal.slice(refusal.indexOf(": ") + 2);
        const state = {
          details: expect.stringContaining(at),
          version_info: expect.any(String),
          failed_configuration: expect.objectContaining({}),
        };
        expect.soft(await dumpOf(mosn, list, name)).toMatchObject({ configs: [{ error_state: state }] });
      }
      await world.reset();
      for (const [list, name] of lists) {
        await until(async () => !JSON.stringify(await dumpOf(mosn, list, name)).includes("error_state"));
      }
      await allSettleOn(first);
    });

    test("a control plane that is away, restarts, breaks its streams or hangs is waited for; what it says then is done", async () => {
      await world.publish({ clusters: { spare: edsCluster("spare") }, endpoints: { spare: endpoints("spare", [webs[0].port]) } });
      await until(async () => (await askFor("spare")).status === 200);
      let toSecond = false;
      /** Sends everything to the other hosts. */
      const turn = async (): Promise<void> => {
        toSecond = !toSecond;
        await world.publish({ routes: routes((name) => `${name}-${toSecond ? "b" : "a"}`) });
      };
      const now = (service: Service): readonly string[] => (toSecond ? second(service) : first(service));
      const isLost = async (): Promise<boolean> => (await mosn.stat("control_plane.connected_state")) === 0;
      await plane.stop();
      await until(isLost);
      await world.publish({ clusters: { spare: null }, endpoints: { spare: null } });
      await turn();
      await allSettleOn((service) => first(service));
      expect(await askFor("spare")).toMatchObject({ status: 200 });
      await plane.start();
      await allSettleOn(now);
      await until(async () => (await askFor("spare")).status === 503);

      await plane.breakStreams();
      await turn();
      await allSettleOn(now);

      // Half-open connections: the server is there, and does not answer.
      await plane.hang();
      await until(isLost);
      await allSettleOn(now);
      await turn();
      await plane.resume();
      await allSettleOn(now);

      await turn();
      await allSettleOn(now);
      plane.peer.signal("SIGSTOP");
      await until(isLost);
      await allSettleOn(now);
      plane.peer.signal("SIGCONT");
      await turn();
      await allSettleOn(now);
    });

    test("a request under way ends as it began, whatever of its way changes before its last byte", async () => {
      const upload = httpRequest({ host: "127.0.0.1", port: web.port, method: "POST" });
      const answer = new Promise<string>((resolve, reject) => {
        upload.once("error", reject);
        upload.once("response", (response) => {
          let text = String(response.statusCode);
          response.setEncoding("latin1").on("data", (chunk: string) => (text += ` ${chunk}`));
          response.once("error", reject);
          response.once("end", () => resolve(text));
        });
      });
      upload.write(Buffer.alloc(100_000, "u"));
      // Not what a provider has begun before.
      const millis = protocol === "sotw" ? 1500 : 1501;
      const slow = await Promise.all(
        java.map(async ({ service: { framework, port }, consumer }) => {
          const reference = await consumer.refer({ url: framework?.url(port) ?? "", timeout: 20_000 });
          return { reference, call: reference.call("slow", [millis]) };
        }),
      );
      await Promise.all(rpcs.map(({ providers: [one] }) => one.line(new RegExp(`^BEGIN slow ${millis}$`))));
      const { opened } = http;
      await world.publish({
        clusters: each(({ name }) => edsCluster(`${name}-a`, { connect_timeout: "9s" }), "-a"),
        endpoints: hosts(([, two]) => [two]),
        listeners: each((service) => world.listener(service, { per_connection_buffer_limit_bytes: 600_000 })),
        routes: routes((name) => `${name}-b`),
      });
      await until(() => http.opened >= opened + 6);
      await allSettleOn(second);
      upload.end(Buffer.alloc(100_000, "u"));
      expect(await answer).toBe("200 w1");
      expect(await Promise.all(slow.map(({ call }) => call))).toEqual([`slept ${millis}`, `slept ${millis}`]);
      await Promise.all(slow.map(({ reference }) => reference.release()));
    });

    test("a hundred changes of everything, one upon the other and some of them wrong, lose nothing", async () => {
      const slow = await Promise.all(
        java.map(async ({ service: { framework, port }, consumer }) => {
          const reference = await consumer.refer({ url: framework?.url(port) ?? "", timeout: 20_000 });
          return { reference, load: await reference.start("slow", [30], { concurrency: 4 }) };
        }),
      );
      const places: readonly Parameters<typeof hosts>[0][] = [
        ([one, two]) => [one, two],
        ([, two]) => [two],
        ([one, two]) => [{ port: one, priority: 1 }, two],
        ([one, two]) => [one, { port: two, health: "UNHEALTHY" }],
      ];
      const anybody = { name: "again", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "web-b" } }] };
      for (let step = 1; step <= 100; step++) {
        const timeout = { connect_timeout: `${1 + (step % 7)}s` };
        const isWrong = step % 10 === 0;
        await world.publish({
          endpoints: hosts(places[step % places.length] ?? ((ports) => ports)),
          ...(step % 2 === 0 && { clusters: each(({ name }) => edsCluster(`${name}-a`, timeout), "-a") }),
          ...(step % 3 === 0 && { routes: routes((name) => ({ [`${name}-a`]: step, [`${name}-b`]: 50 })) }),
          ...(isWrong && { routes: { web: routesTo("web", "web-b", { more: [anybody] }) } }),
          ...(step % 5 === 0 && {
            listeners: each((service) => world.listener(service, { per_connection_buffer_limit_bytes: 500_000 + step })),
          }),
        });
        await http.succeed(20);
      }
      await world.publish({ routes: routes((name) => `${name}-b`) });
      await allSettleOn(second);
      for (const { reference, load } of slow) {
        expect(await load.stop()).toMatchObject({ failed: 0, failures: [] });
        await reference.release();
      }
    });
  });
});
