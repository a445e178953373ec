/** Real Envoy, configured by the xDS server alone: what it does by itself, and where it waits for the server. And the client, by its own. */
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { typeUrl, type Message, type MessageInit, type MessageName } from "@mesh/xds-proto";
import { createResource, createResourceSet, createXdsServer, type DerivableResourceSet, type XdsServer } from "@mesh/xds-server";
import { createXdsClient, endpointsType, resourceKind } from "@mesh/xds-client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { envoy, startEnvoy, type EnvoyPeer } from "../peers/envoy.ts";
import { envoyXdsBootstrap } from "../peers/envoy-xds.ts";
import { httpListener } from "../peers/mosn.ts";
import { freePort } from "../peers/ports.ts";
import { startHttpOrigin, type Origin } from "./origin.ts";
import { HttpTraffic, settlesOn } from "./xds-load.ts";
import { until } from "./xds-mosn.ts";
import { byAds, C, E, edsCluster, endpoints, L, listenerOf, R, routesTo, type ClusterMessage } from "./xds-resources.ts";

/** A control plane whose xDS server can be replaced by another on the same port. */
class Plane {
  readonly sets = new Map<string, DerivableResourceSet>();
  /** Responses since the last push: the types, and how many resources they had. */
  sent: { readonly type: string; readonly count: number }[] = [];
  server: XdsServer;
  #grpc: Server | undefined = undefined;
  port = 0;

  constructor() {
    this.server = this.#createServer();
  }

  #createServer(): XdsServer {
    return createXdsServer({
      source: { open: () => ({ resources: (type) => this.sets.get(type), close: () => undefined }) },
      observer: {
        onResponse: (_, { typeUrl: type, resourceCount }) =>
          this.sent.push({ type: type.slice(type.lastIndexOf(".") + 1), count: resourceCount }),
      },
    });
  }

  async start(): Promise<void> {
    this.server = this.#createServer();
    const grpc = new Server();
    this.server.addTo(grpc);
    this.port = await new Promise<number>((resolve, reject) => {
      grpc.bindAsync(`127.0.0.1:${this.port}`, ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    this.#grpc = grpc;
  }

  stop(): void {
    this.server.close();
    this.#grpc?.forceShutdown();
  }

  set<Name extends MessageName>(type: Name, name: string, message: MessageInit<Name>): void {
    this.#change(type, (set) => set.with({ set: [createResource(type, name, message)] }));
  }

  remove(type: MessageName, name: string): void {
    this.#change(type, (set) => set.with({ remove: [name] }));
  }

  #change(type: MessageName, change: (set: DerivableResourceSet) => DerivableResourceSet): void {
    const url = typeUrl(type);
    this.sets.set(url, change(this.sets.get(url) ?? createResourceSet()));
  }

  push(): void {
    this.sent = [];
    this.server.push();
  }

  /** Whether all that was sent has been answered, and the last of it is what there is. */
  get isSettled(): boolean {
    const [client] = this.server.clients();
    return (
      client !== undefined &&
      client.types.length === 4 &&
      client.types.every(({ isInFlight, sentVersion, typeUrl: type }) => !isInFlight && sentVersion === this.sets.get(type)?.version)
    );
  }
}

describe.skipIf(envoy.find() === undefined).each(["sotw", "delta"] as const)("Envoy with %s", (protocol) => {
  let origins: readonly [Origin, Origin];
  let plane: Plane;
  let peer: EnvoyPeer;
  let http: HttpTraffic;

  const stat = async (name: string): Promise<number> => {
    const response = await fetch(`http://127.0.0.1:${peer.adminPort}/stats?filter=^${name}$`);
    return Number((await response.text()).split(": ")[1]);
  };
  const cluster = (name: string, timeout: string = "1s"): ClusterMessage => edsCluster(name, { connect_timeout: timeout });
  const settle = (): Promise<void> => until(async () => plane.isSettled && (await stat("cluster_manager.warming_clusters")) === 0);

  beforeAll(async () => {
    const start = (id: string): Promise<Origin> =>
      startHttpOrigin((request, response) => void request.resume().once("end", () => response.end(id)));
    origins = await Promise.all([start("v1"), start("v2")]);
    const port = await freePort();
    plane = new Plane();
    await plane.start();
    plane.set(C, "a", cluster("a"));
    plane.set(C, "b", cluster("b"));
    plane.set(E, "a", endpoints("a", [origins[0].port]));
    plane.set(E, "b", endpoints("b", [origins[1].port]));
    plane.set(R, "main", routesTo("main", "a"));
    plane.set(
      L,
      "main",
      listenerOf("main", httpListener(port, { rds: { config_source: byAds, route_config_name: "main" }, more: { stat_prefix: "main" } })),
    );
    peer = await startEnvoy({ bootstrap: envoyXdsBootstrap({ address: `127.0.0.1:${plane.port}`, protocol }), ports: [port] });
    http = new HttpTraffic({ ports: [port] });
  });

  afterAll(async () => {
    await http.stop();
    await peer.stop();
    plane.stop();
    await Promise.all(origins.map((origin) => origin.close()));
  });

  beforeEach(async () => {
    await settlesOn(http, ["v1"]);
    await settle();
  });

  afterEach(async () => {
    expect(await http.failures()).toEqual([]);
  });

  test("warms a cluster that changes with endpoints that do not", async () => {
    const updates = await stat("cluster_manager.cluster_modified");
    plane.set(C, "a", cluster("a", "2s"));
    plane.push();
    await until(async () => (await stat("cluster_manager.cluster_modified")) === updates + 1);
    await settle();
    expect(plane.sent).toEqual([
      { type: "Cluster", count: protocol === "sotw" ? 2 : 1 },
      { type: "ClusterLoadAssignment", count: 1 },
    ]);
  });

  test("takes endpoints, routes and clusters in one push, and loses no request", async () => {
    plane.set(C, "c", cluster("c"));
    plane.set(E, "c", endpoints("c", [origins[1].port]));
    plane.set(R, "main", routesTo("main", "c"));
    plane.push();
    await settlesOn(http, ["v2"]);
    plane.set(R, "main", routesTo("main", "a"));
    plane.remove(C, "c");
    plane.remove(E, "c");
    plane.push();
    await settlesOn(http, ["v1"]);
    await until(async () => (await stat("cluster_manager.active_clusters")) === 3);
    plane.set(E, "a", endpoints("a", [origins[1].port]));
    plane.push();
    await settlesOn(http, ["v2"]);
    expect(plane.sent).toEqual([{ type: "ClusterLoadAssignment", count: 1 }]);
    plane.set(E, "a", endpoints("a", [origins[0].port]));
    plane.push();
    await settlesOn(http, ["v1"]);
  });

  test("refuses what is wrong, of which the server knows, and takes what is right afterwards", async () => {
    const clusters = (): { readonly refusal: unknown } | undefined => plane.server.clients()[0]?.types[0];
    plane.set(C, "b", edsCluster("b", { type: "STATIC" }));
    plane.push();
    await until(async () => clusters()?.refusal !== undefined);
    expect(clusters()?.refusal).toMatchObject({ message: expect.stringContaining("b") });
    plane.push();
    expect(plane.sent).toEqual([]);
    plane.set(C, "b", cluster("b", "3s"));
    plane.push();
    await until(async () => clusters()?.refusal === undefined);
  });

  test("comes back to another server, and is sent what has changed", async () => {
    plane.stop();
    plane.set(C, "a", cluster("a", "5s"));
    plane.set(E, "a", endpoints("a", [origins[1].port]));
    plane.sent = [];
    await plane.start();
    await settlesOn(http, ["v2"]);
    await settle();
    const counts = Object.fromEntries(plane.sent.map(({ type, count }) => [type, count]));
    expect(counts).toEqual(
      protocol === "sotw"
        ? { Cluster: 2, ClusterLoadAssignment: 2, Listener: 1, RouteConfiguration: 1 }
        : { Cluster: 1, ClusterLoadAssignment: 1, Listener: 0, RouteConfiguration: 0 },
    );
    plane.set(E, "a", endpoints("a", [origins[0].port]));
    plane.push();
  });
});

describe.each(["sotw", "delta"] as const)("the client of @mesh/xds-client with %s", (protocol) => {
  test("watches all endpoints, and some of them as well", async () => {
    const plane = new Plane();
    plane.set(E, "a", endpoints("a", [1]));
    plane.set(E, "b", endpoints("b", [2]));
    await plane.start();
    const client = createXdsClient({ node: { id: "me" }, ads: { address: `127.0.0.1:${plane.port}`, protocol } });
    onTestFinished(() => {
      client.close();
      plane.stop();
    });
    const kind = resourceKind(endpointsType);
    const [all, one] = [new Map<string, number>(), new Map<string, number>()];
    const portOf = ({ endpoints: [locality] }: Message<typeof E>): number => {
      const [host] = locality?.lbEndpoints ?? [];
      return host?.endpoint?.address?.socketAddress?.portValue ?? 0;
    };
    const errors: string[] = [];
    const onError = ({ message }: { readonly message: string }): void => void errors.push(message);
    const watch = client.watchAll(kind, {
      onChanged: ({ changed }) => {
        for (const { name, value } of changed) all.set(name, portOf(value));
      },
      onError,
    });
    await until(() => all.size === 2);
    client.watch(kind, "b", { onChanged: ({ name, value }) => one.set(name, portOf(value)), onError, onDoesNotExist: () => undefined });
    await until(() => one.get("b") === 2);
    plane.set(E, "b", endpoints("b", [3]));
    plane.set(E, "c", endpoints("c", [4]));
    plane.server.push();
    await until(() => all.get("b") === 3 && all.get("c") === 4 && one.get("b") === 3);
    watch.close();
    plane.set(E, "a", endpoints("a", [5]));
    plane.set(E, "b", endpoints("b", [6]));
    plane.server.push();
    await until(() => one.get("b") === 6);
    expect([...all]).toEqual([
      ["a", 1],
      ["b", 3],
      ["c", 4],
    ]);
    expect(errors).toEqual([]);
  });
});
