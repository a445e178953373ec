/** A thousand clusters with ten endpoints each, of which now one changes, now another. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isRecord, readList } from "../peers/echo-service.ts";
import { startGoControlPlane, type GoControlPlane } from "../peers/go-control-plane.ts";
import { goControlPlane } from "../peers/go.ts";
import { httpListener, type MosnPeer } from "../peers/mosn.ts";
import { freePort } from "../peers/ports.ts";
import { requirePeer } from "../peers/tools.ts";
import { ask, startHttpOrigin, type Origin } from "./origin.ts";
import { HttpTraffic, settlesOn } from "./xds-load.ts";
import { dumpOf, startByAds, until } from "./xds-mosn.ts";
import {
  byAds,
  C,
  E,
  edsCluster,
  endpoints,
  L,
  listenerOf,
  R,
  routesTo,
  type ClusterMessage,
  type EndpointsMessage,
  type Place,
} from "./xds-resources.ts";

const clusterCount = 1000;
const endpointCount = 10;

const nameOf = (index: number): string => `service-${index}`;

describe.runIf(requirePeer(goControlPlane)).each(["sotw", "delta"] as const)("1,000 clusters and 10,000 endpoints by %s", (protocol) => {
  let origins: readonly [Origin, Origin];
  let plane: GoControlPlane;
  let mosn: MosnPeer;
  let port: number;
  let http: HttpTraffic;
  const clusters: ClusterMessage[] = Array.from({ length: clusterCount }, (_, index) => edsCluster(nameOf(index)));
  const assignments: EndpointsMessage[] = [];
  let version = 0;

  /** The origin, and others that stand by. */
  const placesOf = (index: number, { port: first }: Origin): Place[] => [
    { port: first },
    ...Array.from({ length: endpointCount - 1 }, (_, place) => ({
      address: `127.${1 + (index >> 8)}.${index & 255}.${1 + place}`,
      port: 80,
      priority: 1,
    })),
  ];

  const publish = async (): Promise<void> => {
    await plane.set({ [C]: clusters, [E]: assignments }, String(++version));
  };

  const askFor = (index: number): Promise<string> =>
    ask(port, { headers: { "x-cluster": nameOf(index) } }).then(({ status, body }) => (status === 200 ? body : String(status)));

  beforeAll(async () => {
    const start = (id: string): Promise<Origin> =>
      startHttpOrigin((request, response) => void request.resume().once("end", () => response.end(id)));
    origins = await Promise.all([start("w1"), start("w2")]);
    for (let index = 0; index < clusterCount; index++) assignments.push(endpoints(nameOf(index), placesOf(index, origins[0])));
    plane = await startGoControlPlane();
    port = await freePort();
    const rds = { config_source: byAds, route_config_name: "main" };
    await plane.set({ [L]: [listenerOf("main", httpListener(port, { rds }))], [R]: [routesTo("main", nameOf(0))] }, "1");
    await publish();
    mosn = await startByAds(plane.address, protocol);
    http = new HttpTraffic({ ports: [port] });
  });

  afterAll(async () => {
    await http.stop();
    await mosn.stop();
    await plane.close();
    await Promise.all(origins.map((origin) => origin.close()));
  });

  /** Clusters with as many hosts as they shall have. */
  const whole = async (): Promise<number> => {
    const page: unknown = await (await mosn.admin("/clusters?format=json")).json();
    if (!isRecord(page)) throw new Error("not a page");
    const hosts = readList(page["cluster_statuses"], (status) =>
      isRecord(status) ? readList(status["host_statuses"] ?? [], isRecord).length : 0,
    );
    return hosts.filter((count) => count === endpointCount).length;
  };

  test("all are there when the sidecar is ready", async () => {
    expect(await whole()).toBe(clusterCount);
    expect(await mosn.stat("cluster_manager.active_clusters")).toBe(clusterCount);
    await settlesOn(http, ["w1"]);
  });

  test("each single change arrives while requests go on, and none of these fails", async () => {
    const touched = Array.from({ length: 25 }, (_, step) => (step * 41) % clusterCount);
    for (const index of touched) {
      assignments[index] = endpoints(nameOf(index), placesOf(index, origins[1]));
      await publish();
      await until(async () => (await askFor(index)) === "w2");
    }
    // The first of them is the one that is called all the time.
    await settlesOn(http, ["w2"]);
    expect(await Promise.all(touched.map((index) => askFor(index + 1)))).toEqual(touched.map(() => "w1"));

    clusters[7] = edsCluster(nameOf(7), { connect_timeout: "7s" });
    clusters.push(edsCluster("another"));
    assignments.push(endpoints("another", [origins[1].port]));
    await publish();
    const askAnother = (): ReturnType<typeof ask> => ask(port, { headers: { "x-cluster": "another" } });
    await until(async () => (await askAnother()).body === "w2");
    await until(async () => JSON.stringify(await dumpOf(mosn, "dynamic_active_clusters", nameOf(7))).includes('"connect_timeout":"7s"'));
    clusters.pop();
    assignments.pop();
    await publish();
    await until(async () => (await askAnother()).status === 503);

    // A last one in which every cluster changes.
    for (let index = 0; index < clusterCount; index++)
      assignments[index] = endpoints(nameOf(index), placesOf(index, origins[1]).slice(0, -1));
    await publish();
    // The control plane sends them in no order.
    await until(async () => (await whole()) === 0);
    await settlesOn(http, ["w2"]);
    expect(await http.failures()).toEqual([]);
    expect(await plane.nacks()).toEqual([]);
  });
});
