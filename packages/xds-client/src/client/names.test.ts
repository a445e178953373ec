import { unpackAs } from "@mesh/xds-proto";
import { expect, describe, test } from "vitest";
import { resourceKind } from "../resource/kind.ts";
import { clusterType, virtualHostType } from "../resource/types.ts";
import { createFakeControlPlane } from "../testing.ts";
import { cluster, collectionRecorder, harness, recorder, settle, timeouts } from "./test-harness.ts";

const type = "envoy.config.cluster.v3.Cluster";

describe.each(["sotw", "delta"] as const)("xdstp names over %s", (protocol) => {
  test("are asked of their authority's server, with their parameters in order", async () => {
    const other = await createFakeControlPlane();
    const { plane, client } = await harness(
      { protocol },
      {
        authorities: { other: { address: "other", protocol } },
        connect: ({ address }) => (address === "other" ? other : plane).transport(),
      },
    );
    const log: string[] = [];
    other.set(clusterType, [cluster(`xdstp://other/${type}/a?x=1&y=2`, 7)]);
    client.watch(timeouts(), `xdstp://other/${type}/a?y=2&x=1`, recorder(log));
    await settle();
    expect(log).toEqual([`xdstp://other/${type}/a?x=1&y=2=7`]);
    expect([plane.streams, other.requests[0]?.names]).toEqual([0, [`xdstp://other/${type}/a?x=1&y=2`]]);
    await other.close();
  });

  test("may name collections, whose members come and go", async () => {
    const { plane, client, server } = await harness({ protocol });
    const log: string[] = [];
    const name = (id: string): string => `xdstp://cp/${type}/${id}`;
    plane.set(clusterType, [cluster(name("shop/a"), 1), cluster(name("shop/b"), 2), cluster(name("bank/c"), 3)]);
    client.watchAll(timeouts(), collectionRecorder(log), { collection: name("shop/*"), source: { server } });
    await settle();
    plane.remove(clusterType, [name("shop/a")]);
    await settle();
    expect(log).toEqual([`${name("shop/a")}=1 ${name("shop/b")}=2`, `-${name("shop/a")}`]);
  });

  test("of an authority without a server, or of another type, are refused", async () => {
    const { client } = await harness({ protocol });
    expect(() => client.watch(timeouts(), `xdstp://nobody/${type}/a`, recorder([]))).toThrow(
      expect.objectContaining({ code: "MESH_XDS_UNKNOWN_AUTHORITY" }),
    );
    expect(() => client.watch(timeouts(), "xdstp://nobody/envoy.config.listener.v3.Listener/a", recorder([]))).toThrow(
      expect.objectContaining({ code: "MESH_XDS_INVALID_NAME" }),
    );
  });
});

describe("virtual hosts on demand", () => {
  const kind = resourceKind<readonly string[]>(virtualHostType, (_, any) => ({
    value: unpackAs("envoy.config.route.v3.VirtualHost", any).domains,
  }));

  test("are asked for host by host, updated, removed, and missed", async () => {
    const { plane, client, runtime } = await harness();
    const log: string[] = [];
    plane.set(virtualHostType, [{ name: "r/shop", domains: ["shop", "shop:80"] }], { aliases: ["r/shop", "r/shop:80"] });
    plane.set(virtualHostType, [{ name: "other/bank", domains: ["bank"] }], { aliases: ["other/bank"] });
    const watch = client.watchVirtualHosts(kind, "r", { ...collectionRecorder(log), onDoesNotExist: (host) => log.push(`no ${host}`) });
    await settle();
    expect(plane.requests.map(({ names }) => names)).toEqual([[]]);
    watch.request("shop:80");
    watch.request("shop:80");
    watch.request("nowhere");
    await settle();
    expect(plane.requests[1]?.names).toEqual(["r/nowhere", "r/shop:80"]);
    expect(log).toEqual(["r/shop=shop,shop:80", "no nowhere"]);
    plane.set(virtualHostType, [{ name: "r/shop", domains: ["shop:80"] }], { aliases: ["r/shop:80"] });
    await settle();
    expect(log.at(-1)).toBe("r/shop=shop:80");
    plane.breakStreams();
    await settle();
    runtime.advance(250);
    await settle();
    expect(plane.requests.find(({ stream }) => stream === 2)?.names).toEqual(["r/nowhere", "r/shop:80"]);
    plane.remove(virtualHostType, ["r/shop"]);
    await settle();
    expect(log.slice(-2)).toEqual(["-r/shop", "no shop:80"]);
    watch.close();
    await settle();
    expect(client.dump().flatMap(({ resources }) => resources)).toEqual([]);
  });

  test("answer for another host too when they are sent with another alias and are otherwise the same", async () => {
    const { plane, client } = await harness();
    const host = { name: "r/shop", domains: ["*"] };
    plane.set(virtualHostType, [host], { aliases: ["r/shop:80"] });
    const watch = client.watchVirtualHosts(kind, "r", { ...collectionRecorder([]), onDoesNotExist: () => undefined });
    watch.request("shop:80");
    watch.request("shop:81");
    await settle();
    plane.set(virtualHostType, [host], { aliases: ["r/shop:80", "r/shop:81"] });
    await settle();
    expect(client.dump()[0]?.resources.map(({ name, resource }) => [name, resource?.aliases])).toEqual([
      ["r/shop", ["r/shop:80", "r/shop:81"]],
    ]);
  });

  test("that nobody answers for are missing after 15 s", async () => {
    const { plane, client, runtime } = await harness();
    const missing: string[] = [];
    plane.silence(virtualHostType);
    const watch = client.watchVirtualHosts(kind, "r", { ...collectionRecorder([]), onDoesNotExist: (host) => missing.push(host) });
    watch.request("shop");
    await settle();
    runtime.advance(15_000);
    expect(missing).toEqual(["shop"]);
  });
});
