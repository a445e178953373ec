/** A control plane that says things late, or not at all: who calls meanwhile does not notice. */
import { createFakeControlPlane, type FakeControlPlane } from "@mesh/xds-client/testing";
import { clusterType, endpointsType, extensionConfigType, listenerType, routeConfigurationType } from "@mesh/xds-client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { httpListener, type MosnPeer } from "../peers/mosn.ts";
import { freePort } from "../peers/ports.ts";
import { ask, startHttpOrigin, type HttpAnswer, type Origin } from "./origin.ts";
import { HttpTraffic, settlesOn } from "./xds-load.ts";
import { dumpOf, startByAds, until } from "./xds-mosn.ts";
import { byAds, edsCluster, endpoints, faults, faultsFrom, listenerOf, routesTo, type ListenerMessage } from "./xds-resources.ts";

const types = [clusterType, endpointsType, listenerType, routeConfigurationType, extensionConfigType];

const statusOf = (asked: Promise<HttpAnswer>): Promise<number | "refused"> =>
  asked.then(
    ({ status }) => status,
    () => "refused",
  );

describe.each(["sotw", "delta"] as const)("a control plane that speaks %s and takes its time", (protocol) => {
  let origins: readonly [Origin, Origin];
  let plane: FakeControlPlane;
  let mosn: MosnPeer;
  let port: number;
  let http: HttpTraffic;

  const listener = (name: string, at: number, routes: string, fetchTimeout: string = "15s"): ListenerMessage =>
    listenerOf(
      name,
      httpListener(at, {
        rds: { config_source: { ...byAds, initial_fetch_timeout: fetchTimeout }, route_config_name: routes },
        more: { stat_prefix: name },
      }),
    );

  /** As it is before each test. */
  const reset = (): void => {
    for (const type of types) plane.silence(type, false);
    plane.batch(() => {
      plane.set(endpointsType, [endpoints("a", [origins[0].port]), endpoints("b", [origins[1].port])]);
      plane.set(clusterType, [edsCluster("a"), edsCluster("b")]);
      plane.set(routeConfigurationType, [routesTo("main", "a")]);
      plane.set(listenerType, [listener("main", port, "main")]);
    });
  };

  beforeAll(async () => {
    const start = (id: string): Promise<Origin> =>
      startHttpOrigin((request, response) => void request.resume().once("end", () => response.end(id)));
    origins = await Promise.all([start("w1"), start("w2")]);
    plane = await createFakeControlPlane();
    port = await freePort();
    reset();
    mosn = await startByAds(plane.address, protocol);
    http = new HttpTraffic({ ports: [port] });
  });

  afterAll(async () => {
    await http.stop();
    await mosn.stop();
    await plane.close();
    await Promise.all(origins.map((origin) => origin.close()));
  });

  beforeEach(async () => {
    reset();
    await settlesOn(http, ["w1"]);
  });

  afterEach(async () => {
    expect(await http.failures()).toEqual([]);
  });

  const stat = (name: string): Promise<number> => mosn.stat(name);
  const warming = (): Promise<number> => stat("cluster_manager.warming_clusters");

  test("a cluster that changes is used as it was until the endpoints of the new one have come", async () => {
    plane.silence(endpointsType);
    plane.set(clusterType, [edsCluster("a", { eds_cluster_config: { eds_config: byAds, service_name: "a-late" } })]);
    await until(async () => (await warming()) === 1);
    await http.succeed(100);
    await settlesOn(http, ["w1"]);
    expect(await dumpOf(mosn, "dynamic_warming_clusters", "a")).toMatchObject({
      configs: [{ cluster: { eds_cluster_config: { service_name: "a-late" } } }],
    });
    plane.set(endpointsType, [endpoints("a-late", [origins[1].port])]);
    plane.silence(endpointsType, false);
    await settlesOn(http, ["w2"]);
    expect(await warming()).toBe(0);
  });

  test("a cluster that changes and keeps its endpoints' name need not be told them again", async () => {
    plane.silence(endpointsType);
    plane.set(clusterType, [edsCluster("a", { connect_timeout: "3s" })]);
    await until(async () => JSON.stringify(await dumpOf(mosn, "dynamic_active_clusters", "a")).includes('"connect_timeout":"3s"'));
    await settlesOn(http, ["w1"]);
    expect(await warming()).toBe(0);
  });

  test("a cluster whose endpoints do not come in time is used without them, and has them when they come", async () => {
    plane.silence(endpointsType);
    const source = { ...byAds, initial_fetch_timeout: "0.2s" };
    plane.batch(() => {
      plane.set(clusterType, [edsCluster("late", {}, source)]);
      plane.set(routeConfigurationType, [routesTo("main", "a")]);
    });
    const askLate = (): Promise<number | "refused"> => statusOf(ask(port, { headers: { "x-cluster": "late" } }));
    await mosn.statReaches("cluster.late.init_fetch_timeout", 1);
    await until(async () => (await warming()) === 0);
    expect(await askLate()).toBe(503);
    plane.set(endpointsType, [endpoints("late", [origins[0].port])]);
    plane.silence(endpointsType, false);
    await until(async () => (await askLate()) === 200);
    plane.remove(clusterType, ["late"]);
  });

  test("a listener without its routes is not bound, and one that changes is used as it was until the new routes have come", async () => {
    const other = await freePort();
    plane.silence(routeConfigurationType);
    plane.set(listenerType, [listener("main", port, "main-late"), listener("late", other, "late")]);
    await until(async () => (await stat("listener_manager.total_listeners_warming")) === 2);
    const { opened } = http;
    await http.succeed(100);
    await settlesOn(http, ["w1"]);
    expect(await statusOf(ask(other))).toBe("refused");
    plane.set(routeConfigurationType, [routesTo("main-late", "b"), routesTo("late", "b")]);
    plane.silence(routeConfigurationType, false);
    await settlesOn(http, ["w2"]);
    await until(async () => (await statusOf(ask(other))) === 200);
    expect(http.opened).toBe(opened + 6);
    plane.remove(listenerType, ["late"]);
  });

  test("a listener whose routes do not come in time is bound without them, and has them when they come", async () => {
    const other = await freePort();
    plane.silence(routeConfigurationType);
    plane.set(listenerType, [listener("late", other, "nowhere", "0.2s")]);
    await until(async () => (await statusOf(ask(other))) === 404);
    expect(await stat("http.late.rds.nowhere.init_fetch_timeout")).toBe(1);
    plane.set(routeConfigurationType, [routesTo("nowhere", "b")]);
    plane.silence(routeConfigurationType, false);
    await until(async () => (await statusOf(ask(other))) === 200);
    plane.remove(listenerType, ["late"]);
  });

  test("a listener waits for a filter that is to come, and goes on without it where its default may be used at once", async () => {
    const [waits, begins] = [await freePort(), await freePort()];
    plane.silence(extensionConfigType);
    const filter = faultsFrom("late-faults");
    const hasty = { ...filter, config_discovery: { ...Object(filter["config_discovery"]), apply_default_config_without_warming: true } };
    const filtered = (name: string, at: number, faultFilter: object): ListenerMessage => {
      const rds = { config_source: byAds, route_config_name: "main" };
      return listenerOf(name, httpListener(at, { rds, filters: [{ ...faultFilter }] }));
    };
    plane.set(listenerType, [filtered("waits", waits, filter), filtered("begins", begins, hasty)]);
    const askUnlucky = (at: number): Promise<number | "refused"> => statusOf(ask(at, { headers: { "x-luck": "none" } }));
    await until(async () => (await askUnlucky(begins)) === 200);
    expect(await askUnlucky(waits)).toBe("refused");
    plane.set(extensionConfigType, [faults("late-faults", { header: "x-luck", value: "none" })]);
    plane.silence(extensionConfigType, false);
    await until(async () => (await askUnlucky(waits)) === 503);
    expect(await askUnlucky(begins)).toBe(503);
    plane.remove(listenerType, ["waits", "begins"]);
  });

  test("a sidecar starts though the control plane says nothing in time, and takes what it says later", async () => {
    const silent = await createFakeControlPlane();
    for (const type of types) silent.silence(type);
    const at = await freePort();
    const source = { ...byAds, initial_fetch_timeout: "0.2s" };
    const sidecar = await startByAds(silent.address, protocol, { cds_config: source, lds_config: source });
    expect(await sidecar.admin("/ready")).toMatchObject({ status: 200 });
    silent.batch(() => {
      silent.set(endpointsType, [endpoints("a", [origins[0].port])]);
      silent.set(clusterType, [edsCluster("a")]);
      silent.set(routeConfigurationType, [routesTo("main", "a")]);
      silent.set(listenerType, [listener("main", at, "main")]);
    });
    for (const type of types) silent.silence(type, false);
    await until(async () => (await statusOf(ask(at))) === 200);
    await sidecar.stop();
    await silent.close();
  });

  // In state of the world nobody says so.
  const testInDelta = protocol === "delta" ? test : undefined;
  testInDelta?.("what is said not to exist is waited for as long as the source says, and taken when it comes", async () => {
    const [other, patient] = [await freePort(), await freePort()];
    plane.batch(() => {
      plane.set(clusterType, [edsCluster("ghost")]);
      plane.set(listenerType, [listener("ghost", other, "ghost", "0.3s"), listener("patient", patient, "ghost", "0s")]);
    });
    await until(async () => (await statusOf(ask(other))) === 404);
    expect(await statusOf(ask(patient))).toBe("refused");
    expect(await stat("cluster.ghost.update_empty")).toBe(1);
    expect(await stat("http.ghost.rds.ghost.update_empty")).toBe(1);
    plane.batch(() => {
      plane.set(endpointsType, [endpoints("ghost", [origins[1].port])]);
      plane.set(routeConfigurationType, [routesTo("ghost", "ghost")]);
    });
    await until(async () => (await statusOf(ask(other))) === 200);
    await until(async () => (await statusOf(ask(patient))) === 200);
    plane.batch(() => {
      plane.remove(listenerType, ["ghost", "patient"]);
      plane.remove(clusterType, ["ghost"]);
    });
  });
});
