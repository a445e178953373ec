import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import {
  clusterType,
  createXdsClient,
  endpointsType,
  extensionConfigType,
  listenerType,
  resourceKind,
  routeConfigurationType,
  runtimeType,
  scopedRoutesType,
  secretType,
  virtualHostType,
  type ResourceKind,
  type ResourceType,
  type XdsClient,
  type XdsClientOptions,
  type XdsServerOptions,
  type XdsWatch,
} from "@mesh/xds-client";
import { fromJson, unpackAs, type Message, type MessageName } from "@mesh/xds-proto";
import { curl, headerOf, runCurl } from "./curl.ts";
import { envoyXdsBootstrap } from "./envoy-xds.ts";
import { envoy, startEnvoy } from "./envoy.ts";
import { startGoControlPlane, type GoControlPlane, type GoRequest, type GoResources } from "./go-control-plane.ts";
import { goControlPlane } from "./go.ts";
import { nginx, startNginxBackend } from "./nginx.ts";
import { freePort } from "./ports.ts";
import { requirePeer } from "./tools.ts";

const C = "envoy.config.cluster.v3.Cluster";
const E = "envoy.config.endpoint.v3.ClusterLoadAssignment";
const L = "envoy.config.listener.v3.Listener";
const R = "envoy.config.route.v3.RouteConfiguration";

const protocols = ["sotw", "delta"] as const;
const byAds = { ads: {}, resource_api_version: "V3" };

function cluster(name: string, seconds: number = 1): Message<typeof C> {
  return fromJson(C, { name, type: "EDS", connect_timeout: `${seconds}s`, eds_cluster_config: { eds_config: byAds } });
}

function endpoints(name: string, port: number): Message<typeof E> {
  const address = { socket_address: { address: "127.0.0.1", port_value: port } };
  return fromJson(E, { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] });
}

/** All requests go to one cluster. */
function route(name: string, to: string): Message<typeof R> {
  return fromJson(R, {
    name,
    virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: to } }] }],
  });
}

/** An HTTP listener with its routes from RDS. */
function listener(name: string, port: number, routes: string): Message<typeof L> {
  const typed = (type: string, fields: object): object => ({ "@type": `type.googleapis.com/envoy.extensions.filters.${type}`, ...fields });
  const connectionManager = typed("network.http_connection_manager.v3.HttpConnectionManager", {
    stat_prefix: name,
    rds: { config_source: byAds, route_config_name: routes },
    http_filters: [{ name: "router", typed_config: typed("http.router.v3.Router", {}) }],
  });
  return fromJson(L, {
    name,
    address: { socket_address: { address: "127.0.0.1", port_value: port } },
    filter_chains: [{ filters: [{ name: "http", typed_config: connectionManager }] }],
  });
}

/** What a test has opened, and `afterEach` closes. */
const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

async function startPlane(ads: boolean): Promise<GoControlPlane> {
  const plane = await startGoControlPlane({ ads });
  opened.push(plane);
  return plane;
}

function startClient(options: Omit<XdsClientOptions, "node">): XdsClient {
  const client = createXdsClient({ node: { id: "ours" }, ...options });
  opened.push(client);
  return client;
}

const isAnswer = (kind: GoRequest["kind"], type: string, version: string) => (request: GoRequest) =>
  request.kind === kind && request.typeUrl.endsWith(`/${type}`) && request.answers === version;

/** A cluster's timeout in seconds; at most 60. */
const clusterKind: ResourceKind<number> = resourceKind(clusterType, (_name, any) => {
  const seconds = unpackAs(C, any).connectTimeout?.seconds ?? 0;
  return seconds > 60 ? { errors: [{ path: "connect_timeout", message: "must be at most 60s" }] } : { value: seconds };
});

/** The port of the only endpoint. */
const endpointsKind: ResourceKind<number> = resourceKind(endpointsType, (_name, any) => {
  const [host] = unpackAs(E, any).endpoints[0]?.lbEndpoints ?? [];
  return { value: host?.endpoint?.address?.socketAddress?.portValue ?? 0 };
});

/** Clusters with their endpoints as our client sees them: `name=timeout:port`. */
class View {
  readonly #clusters = new Map<string, number>();
  readonly #ports = new Map<string, number>();
  readonly #watches = new Map<string, XdsWatch>();
  readonly #checks = new Set<() => void>();

  constructor(client: XdsClient, source: XdsServerOptions | undefined) {
    const options = source === undefined ? {} : { source: { server: source } };
    const watchEndpoints = (name: string): XdsWatch =>
      client.watch(
        endpointsKind,
        name,
        { onChanged: ({ value }) => this.#changed(() => this.#ports.set(name, value)), onError: () => {}, onDoesNotExist: () => {} },
        options,
      );
    client.watchAll(
      clusterKind,
      {
        onChanged: ({ changed, removed }) =>
          this.#changed(() => {
            for (const { name, value } of changed) {
              this.#clusters.set(name, value);
              if (!this.#watches.has(name)) this.#watches.set(name, watchEndpoints(name));
            }
            for (const name of removed) {
              this.#clusters.delete(name);
              this.#ports.delete(name);
              this.#watches.get(name)?.close();
              this.#watches.delete(name);
            }
          }),
        onError: () => {},
      },
      options,
    );
  }

  #changed(change: () => void): void {
    change();
    for (const check of this.#checks) check();
  }

  text(): string {
    return [...this.#clusters]
      .map(([name, seconds]) => `${name}=${seconds}:${this.#ports.get(name) ?? ""}`)
      .sort()
      .join(" ");
  }

  until(text: string): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (this.text() !== text) return;
        this.#checks.delete(check);
        resolve();
      };
      this.#checks.add(check);
      check();
    });
  }
}

const backOff = { baseMs: 20, maxMs: 100 };

describe.runIf(requirePeer(goControlPlane))("a control plane in Go, asked by our client", () => {
  const cases = protocols.flatMap((protocol) => [true, false].map((ads) => ({ protocol, ads, streams: ads ? "aggregated" : "single" })));

  describe.each(cases)("$protocol, $streams streams", ({ protocol, ads }) => {
    async function start(resources: GoResources): Promise<{ readonly plane: GoControlPlane; readonly view: View }> {
      const plane = await startPlane(ads);
      await plane.set(resources, "1");
      const server = { address: plane.address, protocol, backOff };
      const view = new View(startClient(ads ? { ads: server } : {}), ads ? undefined : server);
      return { plane, view };
    }

    test("supplies, changes and removes", async () => {
      const { plane, view } = await start({ [C]: [cluster("a", 1), cluster("b", 2)], [E]: [endpoints("a", 11), endpoints("b", 12)] });
      await view.until("a=1:11 b=2:12");
      await plane.set({ [C]: [cluster("b", 3), cluster("c", 4)], [E]: [endpoints("b", 12), endpoints("c", 13)] }, "2");
      await view.until("b=3:12 c=4:13");
      await plane.set({ [E]: [endpoints("b", 22), endpoints("c", 13)] }, "3");
      await view.until("b=3:22 c=4:13");
      await plane.set({ [C]: [], [E]: [] }, "4");
      await view.until("");
      await plane.waitFor(isAnswer("ack", C, "4"));

      expect(await plane.nacks()).toEqual([]);
      expect(plane.requests[0]).toMatchObject({ stream: 1, protocol, kind: "request", nodeId: "ours", nonce: "", answers: "" });
      const stats = await plane.stats();
      expect(stats.map(({ stream, typeUrl }) => `${stream} ${typeUrl.split(".").pop() ?? ""}`)).toEqual(
        ads ? ["1 Cluster", "1 ClusterLoadAssignment"] : ["1 Cluster", "2 ClusterLoadAssignment"],
      );
      expect(stats[0]).toMatchObject({ protocol, isOpen: true, acks: 3, nacks: 0, responses: 3 });
      expect(stats[0]?.path).toMatch(ads ? /AggregatedResources$/ : /\/(Stream|Delta)Clusters$/);
    });

    test("is told of what was refused, and replaces it", async () => {
      const { plane, view } = await start({ [C]: [cluster("a", 1), cluster("b", 2)], [E]: [endpoints("a", 11), endpoints("b", 12)] });
      await view.until("a=1:11 b=2:12");
      await plane.set({ [C]: [cluster("a", 99), cluster("b", 3)] }, "2");
      await view.until("a=1:11 b=3:12");
      const nack = await plane.waitFor(isAnswer("nack", C, "2"));
      expect(nack.error).toContain("a: connect_timeout: must be at most 60s");
      expect(nack.version).toBe(protocol === "sotw" ? "1" : "");
      expect(await plane.nacks()).toEqual([nack]);
      await plane.set({ [C]: [cluster("a", 4), cluster("b", 3)] }, "3");
      await view.until("a=4:11 b=3:12");
      await plane.waitFor(isAnswer("ack", C, "3"));
    });

    test("loses nothing when it is restarted, or breaks its streams", async () => {
      const { plane, view } = await start({ [C]: [cluster("a", 1), cluster("b", 2)], [E]: [endpoints("a", 11), endpoints("b", 12)] });
      await view.until("a=1:11 b=2:12");
      await plane.stop();
      await plane.stop();
      await plane.set({ [C]: [cluster("b", 3)], [E]: [endpoints("b", 12)] }, "2");
      expect(view.text()).toBe("a=1:11 b=2:12");
      await plane.start();
      await view.until("b=3:12");
      await expect(plane.start()).rejects.toThrow("listens on");

      const before = Math.max(...(await plane.stats()).map(({ stream }) => stream));
      await plane.breakStreams();
      const again = await plane.waitFor(({ stream, typeUrl }) => stream > before && typeUrl === clusterType.typeUrl);
      if (protocol === "delta") expect(Object.keys(again.initialVersions)).toEqual(["b"]);
      else expect(again.version).toBe("2");
      await plane.set({ [E]: [endpoints("b", 22)] }, "3");
      await view.until("b=3:22");
      const stats = await plane.stats();
      expect(stats.filter(({ stream, isOpen }) => isOpen && stream <= before)).toEqual([]);
      expect(await plane.nacks()).toEqual([]);
    });
  });

  test("serves each type on its own service", async () => {
    const resources: GoResources = {
      [C]: [cluster("x")],
      [E]: [endpoints("x", 11)],
      [L]: [listener("x", 12, "x")],
      [R]: [route("x", "x")],
      "envoy.config.route.v3.ScopedRouteConfiguration": [{ name: "x", routeConfigurationName: "x" }],
      "envoy.extensions.transport_sockets.tls.v3.Secret": [{ name: "x", genericSecret: { secret: { inlineString: "s" } } }],
      "envoy.service.runtime.v3.Runtime": [{ name: "x" }],
      "envoy.config.core.v3.TypedExtensionConfig": [
        // A type that Go has never heard of.
        { name: "x", typedConfig: { type_url: "type.googleapis.com/mesh.e2e.Unheard", value: Uint8Array.of(8, 1) } },
      ],
    };
    const plane = await startPlane(false);
    await plane.set(resources, "1");
    const client = startClient({});
    const arrives = <Name extends MessageName>(type: ResourceType<Name>, server: XdsServerOptions): Promise<Message<Name>> =>
      new Promise((resolve, reject) => {
        client.watch(
          resourceKind(type),
          "x",
          { onChanged: ({ value }) => resolve(value), onError: reject, onDoesNotExist: () => reject(new Error(`no ${type.label}`)) },
          { source: { server } },
        );
      });
    for (const protocol of protocols) {
      const server = { address: plane.address, protocol };
      expect(await arrives(clusterType, server)).toEqual(cluster("x"));
      expect(await arrives(endpointsType, server)).toEqual(endpoints("x", 11));
      expect(await arrives(listenerType, server)).toEqual(listener("x", 12, "x"));
      expect(await arrives(routeConfigurationType, server)).toEqual(route("x", "x"));
      expect((await arrives(scopedRoutesType, server)).routeConfigurationName).toBe("x");
      expect((await arrives(secretType, server)).genericSecret?.secret?.inlineString).toBe("s");
      expect((await arrives(runtimeType, server)).name).toBe("x");
      const { typedConfig } = await arrives(extensionConfigType, server);
      expect(typedConfig?.type_url).toBe("type.googleapis.com/mesh.e2e.Unheard");
      expect([...(typedConfig?.value ?? [])]).toEqual([8, 1]);
    }
  });

  test("serves virtual hosts on demand", async () => {
    const plane = await startPlane(false);
    await plane.set({ "envoy.config.route.v3.VirtualHost": [{ name: "routes/shop.example", domains: ["shop.example"] }] }, "1");
    const client = startClient({});
    const domains = await new Promise((resolve, reject) => {
      const watch = client.watchVirtualHosts(
        resourceKind(virtualHostType),
        "routes",
        {
          onChanged: ({ changed }) => {
            if (changed.length > 0) resolve(changed.map(({ value }) => value.domains));
          },
          onError: reject,
          onDoesNotExist: (host) => reject(new Error(host)),
        },
        { source: { server: { address: plane.address, protocol: "delta" } } },
      );
      watch.request("shop.example");
    });
    expect(domains).toEqual([["shop.example"]]);
    const first = await plane.waitFor(({ typeUrl }) => typeUrl === virtualHostType.typeUrl);
    expect(first.path).toBe("/envoy.service.route.v3.VirtualHostDiscoveryService/DeltaVirtualHosts");
  });

  test("hangs: takes connections and answers nothing, until it goes on", async () => {
    const plane = await startPlane(true);
    await plane.set({ [C]: [cluster("a", 1)], [E]: [endpoints("a", 11)] }, "1");
    const lost = Promise.withResolvers<string>();
    const client = startClient({
      ads: { address: plane.address, protocol: "delta", backOff, keepAlive: { timeMs: 100, timeoutMs: 100 } },
      observer: { onStreamClose: (_server, _path, { details }) => lost.resolve(details) },
    });
    const view = new View(client, undefined);
    await view.until("a=1:11");
    await plane.hang();
    await plane.set({ [C]: [cluster("a", 2)] }, "2");
    expect(await lost.promise).not.toBe("");
    const [host, port] = plane.address.split(":");
    const socket = connect(Number(port), host);
    opened.push({ close: () => socket.destroy() });
    await new Promise((resolve) => socket.once("connect", resolve));
    expect(view.text()).toBe("a=1:11");
    await plane.resume();
    await view.until("a=2:11");
  });

  test("in ADS mode it answers a request of names once that names all there are", async () => {
    const plane = await startPlane(true);
    await plane.set({ [E]: [endpoints("a", 11), endpoints("b", 12)] }, "1");
    const client = startClient({ ads: { address: plane.address, protocol: "sotw" } });
    const seen: string[] = [];
    const watch = (name: string): Promise<void> =>
      new Promise((resolve, reject) => {
        client.watch(endpointsKind, name, {
          onChanged: () => {
            seen.push(name);
            resolve();
          },
          onError: reject,
          onDoesNotExist: () => reject(new Error(name)),
        });
      });
    const first = watch("a");
    await plane.waitFor(({ names }) => names.join() === "a");
    expect(seen).toEqual([]);
    await Promise.all([first, watch("b")]);
    expect(seen.sort()).toEqual(["a", "b"]);
    expect(await plane.stats()).toMatchObject([{ responses: 1 }]);
  });

  test("one that is gone says so", async () => {
    const plane = await startPlane(true);
    await Promise.all([expect(plane.waitFor(() => false)).rejects.toThrow("has ended"), plane.close()]);
    await expect(plane.set({}, "1")).rejects.toThrow("has ended");
  });
});

describe.runIf(requirePeer(goControlPlane, envoy, nginx, curl))("a control plane in Go, asked by Envoy", () => {
  describe.each(protocols)("%s", (protocol) => {
    interface Mesh {
      readonly plane: GoControlPlane;
      readonly port: number;
      readonly backends: readonly number[];
      /** Asks until the answer comes from that back end: what Envoy has taken takes a moment to reach its workers. */
      readonly answersFrom: (id: string) => Promise<void>;
      readonly ask: () => Promise<string>;
    }

    /** Envoy with one listener, which leads to b1, by way of the cluster a, or to b2, by way of b. */
    async function start(): Promise<Mesh> {
      const plane = await startPlane(true);
      const b1 = await startNginxBackend({ id: "b1" });
      const b2 = await startNginxBackend({ id: "b2" });
      const port = await freePort();
      await plane.set(
        {
          [C]: [cluster("a"), cluster("b")],
          [E]: [endpoints("a", b1.port), endpoints("b", b2.port)],
          [L]: [listener("in", port, "routes")],
          [R]: [route("routes", "a")],
        },
        "1",
      );
      const proxy = await startEnvoy({ bootstrap: envoyXdsBootstrap({ address: plane.address, protocol }), ports: [port] });
      for (const peer of [b1, b2, proxy]) opened.push({ close: () => peer.kill() });
      const ask = async (): Promise<string> => {
        const answer = await runCurl(`http://127.0.0.1:${port}/`);
        return answer.status === 200 ? (headerOf(answer, "x-backend") ?? "") : `status ${answer.status}`;
      };
      return {
        plane,
        port,
        backends: [b1.port, b2.port],
        ask,
        answersFrom: async (id) => {
          const before = await ask();
          for (let now = before; now !== id; now = await ask()) expect(now).toBe(before);
        },
      };
    }

    test("configures clusters, endpoints, listeners and routes", async () => {
      const { plane, port, backends, ask, answersFrom } = await start();
      expect(await ask()).toBe("b1");
      await plane.waitFor(isAnswer("ack", R, "1"));
      const firsts = plane.requests.filter(({ kind }) => kind === "request");
      expect(firsts.map(({ typeUrl }) => typeUrl.split(".").pop())).toEqual([
        "Cluster",
        "ClusterLoadAssignment",
        "Listener",
        "RouteConfiguration",
      ]);
      expect(firsts[0]).toMatchObject({ stream: 1, protocol, names: [], nodeId: "envoy" });

      await plane.set({ [R]: [route("routes", "b")] }, "2");
      await answersFrom("b2");
      await plane.set({ [E]: [endpoints("a", backends[0] ?? 0), endpoints("b", backends[0] ?? 0)] }, "3");
      await answersFrom("b1");
      await plane.set({ [C]: [cluster("b")], [E]: [endpoints("b", backends[0] ?? 0)] }, "4");
      await plane.waitFor(isAnswer("ack", C, "4"));
      expect(await ask()).toBe("b1");
      await plane.set({ [L]: [listener("in", port, "other")], [R]: [route("other", "b")] }, "5");
      await plane.waitFor(isAnswer("ack", L, "5"));
      await plane.waitFor(({ names }) => names.includes("other"));
      expect(await ask()).toBe("b1");
      expect(await plane.nacks()).toEqual([]);
    });

    test("a bad update is refused and seen, and what was good stays", async () => {
      const { plane, port, ask, answersFrom } = await start();
      const routes = route("routes", "b");
      await plane.set({ [R]: [{ ...routes, virtualHosts: [...routes.virtualHosts, ...routes.virtualHosts] }] }, "2");
      const refusedRoutes = await plane.waitFor(isAnswer("nack", R, "2"));
      expect(refusedRoutes.error).toContain("Only a single wildcard domain is permitted");
      expect(await ask()).toBe("b1");
      await plane.set({ [R]: [routes] }, "3");
      await answersFrom("b2");

      const unknown = { type_url: "type.googleapis.com/mesh.e2e.Unheard", value: new Uint8Array() };
      const bad = { ...listener("bad", await freePort(), "routes"), filterChains: [{ filters: [{ name: "no", typedConfig: unknown }] }] };
      await plane.set({ [L]: [listener("in", port, "routes"), bad] }, "4");
      const refusedListeners = await plane.waitFor(isAnswer("nack", L, "4"));
      expect(refusedListeners.error).toContain("bad: Didn't find a registered implementation for 'no' with type URL: 'mesh.e2e.Unheard'");
      expect(await ask()).toBe("b2");
      await plane.set({ [L]: [listener("in", port, "routes")] }, "5");
      await plane.waitFor(isAnswer("ack", L, "5"));
      expect(await plane.nacks()).toEqual([refusedRoutes, refusedListeners]);
    });

    test("a restart loses nothing", async () => {
      const { plane, ask, answersFrom } = await start();
      await plane.stop();
      expect(await ask()).toBe("b1");
      await plane.set({ [R]: [route("routes", "b")] }, "2");
      await plane.start();
      await answersFrom("b2");
      await plane.waitFor(isAnswer("ack", R, "2"));
      const again = plane.requests.filter(({ stream, kind }) => stream > 1 && kind === "request");
      expect(again.map(({ typeUrl }) => typeUrl.split(".").pop())).toEqual([
        "Cluster",
        "ClusterLoadAssignment",
        "Listener",
        "RouteConfiguration",
      ]);
      if (protocol === "delta")
        expect(again.map(({ initialVersions }) => Object.keys(initialVersions).sort().join())).toEqual(["a,b", "a,b", "in", "routes"]);
      else expect(again.map(({ version }) => version)).toEqual(["1", "1", "1", "1"]);
      expect(await plane.nacks()).toEqual([]);
    });
  });
});
