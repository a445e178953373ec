/** Control planes that are asked by a stream for each type, and files in their place: HTTP goes on all the while. */
import { renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGoControlPlane, type GoControlPlane } from "../peers/go-control-plane.ts";
import { goControlPlane } from "../peers/go.ts";
import type { Json, MosnPeer } from "../peers/mosn.ts";
import { freePort } from "../peers/ports.ts";
import { makeScratch, removeScratch } from "../peers/scratch.ts";
import { requirePeer } from "../peers/tools.ts";
import { ask, startHttpOrigin, type Origin } from "./origin.ts";
import { HttpTraffic, settlesOn } from "./xds-load.ts";
import { dumpOf, singleSource, startDynamic, until } from "./xds-mosn.ts";
import { endpoints, faults, routesTo } from "./xds-resources.ts";
import { fileOf, replaceFile, toFiles, toPlane, World, type Kind, type Publisher, type Service } from "./xds-world.ts";

let origins: readonly [Origin, Origin];

beforeAll(async () => {
  const start = (id: string): Promise<Origin> =>
    startHttpOrigin((request, response) => void request.resume().once("end", () => response.end(id)));
  origins = await Promise.all([start("w1"), start("w2")]);
});

afterAll(async () => {
  await Promise.all(origins.map((origin) => origin.close()));
});

interface Mesh {
  readonly web: Service;
  readonly world: World;
  readonly mosn: MosnPeer;
  readonly http: HttpTraffic;
}

async function startMesh(publisher: Publisher, sourceOf: (kind: Kind) => Json): Promise<Mesh> {
  const web: Service = { name: "web", port: await freePort(), hosts: [origins[0].port, origins[1].port], ids: ["w1", "w2"] };
  const world = new World({ publisher, services: [web], sourceOf });
  await world.reset();
  const mosn = await startDynamic({ cds_config: sourceOf("clusters"), lds_config: sourceOf("listeners") });
  return { web, world, mosn, http: new HttpTraffic({ ports: [web.port] }) };
}

/** Each type changes once. */
async function changeEverything({ web, world, mosn, http }: Mesh): Promise<void> {
  await settlesOn(http, ["w1"]);
  await world.publish({ routes: { web: routesTo("web", "web-b") } });
  await settlesOn(http, ["w2"]);
  await world.publish({ endpoints: { "web-b": endpoints("web-b", [web.hosts[0]]) } });
  await settlesOn(http, ["w1"]);
  const limits = { thresholds: [{ max_requests: 77 }] };
  await world.publish({ clusters: { "web-b": world.cluster("web-b", { circuit_breakers: limits }) } });
  await until(async () => (await (await mosn.admin("/clusters")).text()).includes("web-b::default_priority::max_requests::77\n"));
  await settlesOn(http, ["w1"]);
  const { opened } = http;
  await world.publish({ listeners: { web: world.listener(web, { per_connection_buffer_limit_bytes: 500_000 }) } });
  await until(() => http.opened >= opened + 6);
  await settlesOn(http, ["w1"]);
  const askUnlucky = (): ReturnType<typeof ask> => ask(web.port, { headers: { "x-luck": "none" } });
  expect(await askUnlucky()).toMatchObject({ status: 200 });
  await world.publish({ filters: { "faults-web": faults("faults-web", { header: "x-luck", value: "none" }) } });
  await until(async () => (await askUnlucky()).status === 503);
  await settlesOn(http, ["w1"]);
}

async function end({ mosn, http }: Mesh): Promise<void> {
  await http.stop();
  expect(await http.failures()).toEqual([]);
  await mosn.stop();
}

describe.runIf(requirePeer(goControlPlane)).each(["sotw", "delta"] as const)(
  "a control plane that is asked by single streams, %s",
  (protocol) => {
    let plane: GoControlPlane;
    let mesh: Mesh;

    beforeAll(async () => {
      plane = await startGoControlPlane({ ads: false });
      mesh = await startMesh(toPlane(plane), () => singleSource(plane.address, protocol));
    });

    afterAll(async () => {
      await mesh.mosn.stop();
      await plane.close();
    });

    test("changes everything without a failed request, and again after it was away", async () => {
      await changeEverything(mesh);
      await plane.stop();
      await settlesOn(mesh.http, ["w1"]);
      await plane.start();
      await mesh.world.reset();
      await mesh.world.publish({ routes: { web: routesTo("web", "web-b") } });
      await settlesOn(mesh.http, ["w2"]);
      const method = protocol === "sotw" ? "Stream" : "Delta";
      const paths = [
        `/envoy.service.cluster.v3.ClusterDiscoveryService/${method}Clusters`,
        `/envoy.service.endpoint.v3.EndpointDiscoveryService/${method}Endpoints`,
        `/envoy.service.extension.v3.ExtensionConfigDiscoveryService/${method}ExtensionConfigs`,
        `/envoy.service.listener.v3.ListenerDiscoveryService/${method}Listeners`,
        `/envoy.service.route.v3.RouteDiscoveryService/${method}Routes`,
      ];
      // Each stream comes back in its own time.
      await until(async () => {
        const open = new Set((await plane.stats()).filter(({ isOpen }) => isOpen).map(({ path }) => path));
        return paths.every((path) => open.has(path));
      });
      expect(await plane.nacks()).toEqual([]);
      await end(mesh);
    });
  },
);

describe("files in the place of a control plane", () => {
  test("change everything when they are replaced; one that is wrong is refused as a whole update would be, and what was good stays", async () => {
    const folder = makeScratch("xds");
    const mesh = await startMesh(toFiles(folder), (kind) => ({
      path_config_source: { path: fileOf(folder, kind) },
      resource_api_version: "V3",
    }));
    const { http, mosn, world } = mesh;
    await changeEverything(mesh);
    await world.reset();
    await settlesOn(http, ["w1"]);

    replaceFile(fileOf(folder, "routes"), "{");
    const wildcard = { name: "again", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "web-b" } }] };
    await world.publish({ routes: { web: routesTo("web", "web-b", { more: [wildcard] }) } });
    await mosn.statReaches("http.web.rds.web.update_rejected", 1);
    const details = expect.stringContaining("virtual_hosts[1].domains[0]: ");
    expect(await dumpOf(mosn, "dynamic_route_configs", "web")).toMatchObject({ configs: [{ error_state: { details } }] });
    await settlesOn(http, ["w1"]);
    await world.publish({ routes: { web: routesTo("web", "web-b") } });
    await settlesOn(http, ["w2"]);
    await end(mesh);
    removeScratch(folder);
  });

  test("may be in a directory that is exchanged as a whole, as Kubernetes mounts them", async () => {
    const folder = makeScratch("xds");
    let times = 0;
    const current = {};
    /** `data` leads to the newest directory; types that do not change have their files of before. */
    const publisher: Publisher = async (resources, version) => {
      Object.assign(current, resources);
      const name = `version-${++times}`;
      await toFiles(join(folder, name))(current, version);
      symlinkSync(name, join(folder, "data.new"));
      renameSync(join(folder, "data.new"), join(folder, "data"));
    };
    const mesh = await startMesh(publisher, (kind) => ({
      path_config_source: { path: fileOf(join(folder, "data"), kind), watched_directory: { path: folder } },
      resource_api_version: "V3",
    }));
    await changeEverything(mesh);
    await end(mesh);
    removeScratch(folder);
  });
});
