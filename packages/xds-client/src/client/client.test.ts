import { encodeMessage, fromJson } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { resourceKind } from "../resource/kind.ts";
import { clusterType, endpointsType, listenerType, resourceTypes, virtualHostType } from "../resource/types.ts";
import { cluster, collectionRecorder, endpoints, harness, priorities, recorder, settle, timeouts } from "./test-harness.ts";
import type { CollectionWatcher, ResponseInfo } from "./watch.ts";

const protocols = ["sotw", "delta"] as const;

describe.each(protocols)("a watch over %s", (protocol) => {
  test("is told of what is there, of changes and of removals", async () => {
    const { plane, client } = await harness({ protocol });
    const log: string[] = [];
    plane.set(clusterType, [cluster("a", 1), cluster("b", 2)]);
    client.watchAll(timeouts(), collectionRecorder(log));
    await settle();
    plane.set(clusterType, [cluster("b", 3), cluster("c", 4)]);
    await settle();
    plane.remove(clusterType, ["a"]);
    await settle();
    expect(log).toEqual(["a=1 b=2", "b=3 c=4", "-a"]);
    expect(plane.requests.map(({ kind }) => kind)).toEqual(["request", "ack", "ack", "ack"]);
  });

  test("keeps of a response no more than the resource: one that changes must not hold the thousands beside it", async () => {
    const { plane, client } = await harness({ protocol });
    const many = Array.from({ length: 100 }, (_, index) => cluster(`c${index}`, 1));
    plane.set(clusterType, [...many, cluster("a", 99)]);
    client.watchAll(timeouts(), collectionRecorder([]));
    await settle();
    const states = client.dump()[0]?.resources ?? [];
    const kept = states.flatMap(({ resource, refused }) => [resource?.any, refused?.any]).filter((any) => any !== undefined);
    expect(kept.length).toBe(101);
    expect(kept.filter(({ value }) => value.buffer.byteLength !== value.byteLength)).toEqual([]);
  });

  test("of one resource hears only of it", async () => {
    const { plane, client } = await harness({ protocol });
    const log: string[] = [];
    plane.set(endpointsType, [endpoints("a", 1), endpoints("b", 2)]);
    client.watch(priorities(), "a", recorder(log));
    await settle();
    plane.set(endpointsType, [endpoints("b", 3)]);
    plane.set(endpointsType, [endpoints("a", 4)]);
    await settle();
    expect(log).toEqual(["a=1", "a=4"]);
  });

  test("is told of the first response even when nothing is there", async () => {
    const { client } = await harness({ protocol });
    const log: string[] = [];
    client.watchAll(timeouts(), collectionRecorder(log));
    await settle();
    expect(log).toEqual([""]);
  });

  test("of all resources names them all, where a request without names would ask for none", async () => {
    const { plane, client } = await harness({ protocol });
    const log: string[] = [];
    const kind = priorities();
    plane.set(endpointsType, [endpoints("a", 1), endpoints("b", 2)]);
    const watch = client.watchAll(kind, collectionRecorder(log));
    await settle();
    expect(plane.requests[0]?.names).toEqual(["*"]);
    client.watch(kind, "b", recorder(log, "b"));
    await settle();
    plane.set(endpointsType, [endpoints("b", 3), endpoints("c", 4)]);
    await settle();
    watch.close();
    await settle();
    plane.set(endpointsType, [endpoints("a", 5), endpoints("b", 6)]);
    await settle();
    expect(log).toEqual(["a=1 b=2", "b: b=2", "b=3 c=4", "b: b=3", "b: b=6"]);
  });

  test("that comes later is told of what is there already, and costs no request", async () => {
    const { plane, client } = await harness({ protocol });
    plane.set(endpointsType, [endpoints("a", 1)]);
    const kind = priorities();
    client.watch(kind, "a", recorder([]));
    await settle();
    const count = plane.requests.length;
    const log: string[] = [];
    client.watch(kind, "a", recorder(log));
    expect(log).toEqual([]);
    await settle();
    expect(log).toEqual(["a=1"]);
    expect(plane.requests.length).toBe(count);
  });

  test("of all resources hears of each response, even one that changes nothing", async () => {
    const { plane, client } = await harness({ protocol });
    const log: string[] = [];
    const response = ({ version, isAccepted }: ResponseInfo): number => log.push(`${isAccepted ? "ACK" : "NACK"} ${version}`);
    const kind = timeouts();
    const watcher = (): CollectionWatcher<number> => ({ ...collectionRecorder(log), onResponse: response });
    plane.set(clusterType, [cluster("a", 1)]);
    client.watchAll(kind, watcher());
    await settle();
    plane.set(clusterType, [cluster("a", 1)]);
    await settle();
    plane.set(clusterType, [cluster("b", 99)]);
    await settle();
    plane.remove(clusterType, ["a", "b"]);
    await settle();
    expect(log.splice(0)).toEqual([
      "ACK 1",
      "a=1",
      "ACK 2",
      "NACK 3",
      "MESH_XDS_REFUSED CDS b: connect_timeout: 99s is too long",
      "ACK 5",
      "-a",
    ]);
    client.watchAll(kind, watcher());
    await settle();
    expect(log).toEqual(["ACK 5", ""]);
  });

  test("is told nothing once it is closed, and the control plane is told", async () => {
    const { plane, client } = await harness({ protocol });
    const log: string[] = [];
    const kind = priorities();
    plane.set(endpointsType, [endpoints("a", 1), endpoints("b", 1)]);
    client.watch(kind, "b", recorder([]));
    const watch = client.watch(kind, "a", recorder(log));
    await settle();
    watch.close();
    watch.close();
    await settle();
    plane.set(endpointsType, [endpoints("a", 2)]);
    await settle();
    expect(log).toEqual(["a=1"]);
    const last = plane.requests.at(-1);
    expect(protocol === "sotw" ? last?.names : last?.unsubscribed).toEqual(protocol === "sotw" ? ["b"] : ["a"]);
    expect(client.dump()[0]?.resources.map(({ name }) => name)).toEqual(["b"]);
  });

  test("asks with one request for what one turn subscribes to, after the ACK of the response that led to it", async () => {
    const { plane, client } = await harness({ protocol });
    plane.set(clusterType, [cluster("a", 1), cluster("b", 2), cluster("c", 3)]);
    const kind = priorities();
    client.watchAll(timeouts(), {
      onChanged: ({ changed }) => {
        for (const { name } of changed) client.watch(kind, name, recorder([]));
      },
      onError: () => undefined,
    });
    await settle();
    expect(plane.requests.slice(0, 3).map(({ typeUrl, kind: each, names }) => [typeUrl, each, names])).toEqual([
      [clusterType.typeUrl, "request", []],
      [clusterType.typeUrl, "ack", []],
      [endpointsType.typeUrl, "request", ["a", "b", "c"]],
    ]);
  });

  test("does not hear of an update whose bytes are the same", async () => {
    const { plane, client } = await harness({ protocol });
    const log: string[] = [];
    let accepted = 0;
    const kind = resourceKind<number>(clusterType, () => ({ value: ++accepted }));
    plane.set(clusterType, [cluster("a", 1)]);
    client.watchAll(kind, collectionRecorder(log));
    await settle();
    plane.set(clusterType, [cluster("a", 1)]);
    await settle();
    expect([log, accepted]).toEqual([["a=1"], 1]);
    expect(plane.requests.at(-1)?.kind).toBe("ack");
  });
});

test.each([
  ["sotw", ["a@2", "b@2", "b@3"]],
  ["delta", ["a@1", "b@2", "b@3"]],
] as const)("what accepts a resource over %s is told its version", async (protocol, versions) => {
  const { plane, client } = await harness({ protocol });
  const seen: string[] = [];
  const kind = resourceKind<number>(clusterType, (name, _, version) => ({ value: seen.push(`${name}@${version}`) }));
  plane.batch(() => {
    plane.set(clusterType, [cluster("a", 1)]);
    plane.set(clusterType, [cluster("b", 2)]);
  });
  client.watchAll(kind, collectionRecorder([]));
  await settle();
  plane.set(clusterType, [cluster("b", 3)]);
  await settle();
  expect(seen).toEqual(versions);
});

test.each([
  [true, "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources", 1],
  [false, "/envoy.service.cluster.v3.ClusterDiscoveryService/DeltaClusters", 2],
] as const)("a server of a watch's own, aggregated: %s, is asked with %s", async (isAggregated, path, streams) => {
  const { plane, client } = await harness();
  const source = { server: { address: "other" }, isAggregated };
  client.watchAll(timeouts(), collectionRecorder([]), { source });
  client.watch(priorities(), "a", recorder([]), { source });
  await settle();
  expect([plane.requests[0]?.path, plane.streams]).toEqual([path, streams]);
});

test("an observer is told what was refused, and whether that is news", async () => {
  const refused: unknown[] = [];
  const { plane, client } = await harness(
    { protocol: "sotw" },
    { observer: { onResponse: (_, __, response) => refused.push(response.refused) } },
  );
  plane.set(clusterType, [cluster("a", 99)]);
  client.watchAll(timeouts(), collectionRecorder([]));
  await settle();
  plane.set(clusterType, [cluster("b", 1)]);
  await settle();
  const errors = [{ path: "connect_timeout", message: "99s is too long" }];
  expect(refused).toEqual([[{ name: "a", errors, isKnown: false }], [{ name: "a", errors, isKnown: true }]]);
});

describe.each(protocols)("a resource that is refused over %s", (protocol) => {
  test("keeps its last good value, is named in the NACK with every error, and holds up no other", async () => {
    const { plane, client } = await harness({ protocol });
    const log: string[] = [];
    plane.set(clusterType, [cluster("a", 1), cluster("b", 1)]);
    client.watchAll(timeouts(), collectionRecorder(log));
    await settle();
    const accepted = plane.requests.at(-1)?.version;
    plane.batch(() => plane.set(clusterType, [cluster("a", 99), cluster("b", 2), cluster("c", 98)]));
    await settle();
    expect(log).toEqual([
      "a=1 b=1",
      "b=2",
      "MESH_XDS_REFUSED CDS a: connect_timeout: 99s is too long\nCDS c: connect_timeout: 98s is too long\nCDS c: lb_policy: is unknown",
    ]);
    const nack = plane.requests.at(-1);
    expect(nack?.kind).toBe("nack");
    expect(nack?.error).toBe(
      "CDS: 2 resources refused\na: connect_timeout: 99s is too long\nc: connect_timeout: 98s is too long\nc: lb_policy: is unknown",
    );
    expect(nack?.version).toBe(accepted);
    const states = new Map(client.dump()[0]?.resources.map((state) => [state.name, state]));
    expect([states.get("a")?.status, states.get("a")?.resource?.value, states.get("a")?.refused?.errors]).toEqual([
      "nacked",
      1,
      [{ path: "connect_timeout", message: "99s is too long" }],
    ]);
    expect([states.get("c")?.status, states.get("c")?.resource]).toEqual(["nacked", undefined]);
    plane.set(clusterType, [cluster("a", 1)]);
    await settle();
    const [a] = client.dump()[0]?.resources.filter(({ name }) => name === "a") ?? [];
    expect([a?.status, a?.refused, a?.resource?.value]).toEqual(["acked", undefined, 1]);
  });

  test("is used again once it is right, and the response then is accepted", async () => {
    const { plane, client } = await harness({ protocol });
    const log: string[] = [];
    plane.set(clusterType, [cluster("a", 99)]);
    client.watch(timeouts(), "a", recorder(log));
    await settle();
    plane.set(clusterType, [cluster("a", 5)]);
    await settle();
    expect(log).toEqual(["MESH_XDS_REFUSED CDS a: connect_timeout: 99s is too long", "a=5"]);
    expect(plane.requests.at(-1)?.kind).toBe("ack");
    expect(client.dump()[0]?.resources[0]?.status).toBe("acked");
  });

  test("is refused where its bytes cannot be decoded, with the path where they go wrong", async () => {
    const { plane, client } = await harness({ protocol });
    const log: string[] = [];
    plane.setRaw(endpointsType, "a", { type_url: endpointsType.typeUrl, value: Uint8Array.of(0x0a, 1, 97, 0x12, 5, 1) });
    plane.setRaw(endpointsType, "b", { type_url: endpointsType.typeUrl, value: Uint8Array.of(0x0a, 1, 98, 0x12, 2, 0x28) });
    const kind = resourceKind(endpointsType);
    for (const name of ["a", "b"]) client.watch(kind, name, recorder(log));
    await settle();
    expect(log).toEqual(["MESH_XDS_REFUSED EDS a: its bytes are not a message", "MESH_XDS_REFUSED EDS b: its bytes are not a message"]);
    expect(plane.requests.at(-1)?.kind).toBe("nack");
  });

  test("has the path that the messages' own errors have", async () => {
    const { plane, client } = await harness({ protocol });
    const kind = resourceKind<unknown>(clusterType, () => ({
      value: fromJson("envoy.config.cluster.v3.Cluster", { eds_cluster_config: { x: 1 } }),
    }));
    plane.set(clusterType, [cluster("a", 1)]);
    const errors: unknown[] = [];
    client.watchAll(kind, { onChanged: () => undefined, onError: ({ errors: each }) => errors.push(...each) });
    await settle();
    expect(errors).toEqual([expect.objectContaining({ path: "eds_cluster_config.x" })]);
    expect(plane.requests.at(-1)?.error).toMatch(/^CDS: 1 resource refused\na: eds_cluster_config\.x: (?!eds_cluster_config)/);
  });

  test("of another type is refused", async () => {
    const { plane, client } = await harness({ protocol });
    plane.setRaw(clusterType, "a", { type_url: listenerType.typeUrl, value: Uint8Array.of(0x0a, 1, 97) });
    client.watchAll(timeouts(), collectionRecorder([]));
    await settle();
    expect(plane.requests.at(-1)?.error).toContain(`is of type ${listenerType.typeUrl}, not ${clusterType.typeUrl}`);
  });
});

test("in state of the world, a resource without a name keeps everything else from being removed", async () => {
  const { plane, client } = await harness({ protocol: "sotw" });
  const log: string[] = [];
  plane.set(clusterType, [cluster("a", 1), cluster("b", 2)]);
  client.watchAll(timeouts(), collectionRecorder(log));
  await settle();
  plane.batch(() => {
    plane.remove(clusterType, ["a"]);
    plane.setRaw(clusterType, "nameless", { type_url: clusterType.typeUrl, value: new Uint8Array() });
  });
  await settle();
  expect(log).toEqual(["a=1 b=2", "MESH_XDS_REFUSED CDS resources[1]: name: must not be empty"]);
  expect(plane.requests.at(-1)?.error).toBe("CDS: 1 resource refused\nresources[1]: name: must not be empty");
  plane.remove(clusterType, ["nameless"]);
  await settle();
  expect(log.at(-1)).toBe("-a");
});

test("a name that a response has twice is refused, since either may be meant", async () => {
  const { plane, client } = await harness({ protocol: "sotw" });
  const log: string[] = [];
  plane.set(clusterType, [cluster("a", 1), cluster("b", 1)]);
  client.watchAll(timeouts(), collectionRecorder(log));
  await settle();
  plane.batch(() => {
    plane.set(clusterType, [cluster("a", 2), cluster("b", 2)]);
    const value = encodeMessage("envoy.config.cluster.v3.Cluster", cluster("a", 3));
    plane.setRaw(clusterType, "another", { type_url: clusterType.typeUrl, value });
  });
  await settle();
  expect(log).toEqual(["a=1 b=1", "b=2", "MESH_XDS_REFUSED CDS a: name: is there twice"]);
});

test("what a watcher throws is thrown, and the others are told all the same", async () => {
  const { plane, client } = await harness();
  const log: string[] = [];
  const kind = timeouts();
  plane.set(clusterType, [cluster("a", 1)]);
  const thrown = new Promise((resolve) => process.once("uncaughtException", resolve));
  client.watch(kind, "a", {
    ...recorder([]),
    onChanged: () => {
      throw new Error("mine");
    },
  });
  client.watch(kind, "a", recorder(log));
  await settle();
  expect(log).toEqual(["a=1"]);
  expect(await thrown).toEqual(new Error("mine"));
});

describe("a stream", () => {
  test.each(resourceTypes.filter(({ streamPath }) => streamPath !== undefined))("of its own carries $label", async (type) => {
    for (const protocol of protocols) {
      const { plane, client, server } = await harness({ protocol });
      const log: string[] = [];
      plane.setRaw(type, "a", { type_url: type.typeUrl, value: Uint8Array.of(0x0a, 1, 97) });
      client.watch(resourceKind(type), "a", { ...recorder(log), onChanged: ({ name }) => log.push(name) }, { source: { server } });
      await settle();
      expect(log).toEqual(["a"]);
      expect(plane.requests[0]?.path).toBe(protocol === "sotw" ? type.streamPath : type.deltaPath);
    }
  });

  test("is closed when nothing is watched any more, and opened again with what is watched then", async () => {
    const { plane, client } = await harness();
    const kind = timeouts();
    plane.set(clusterType, [cluster("a", 1)]);
    const watch = client.watchAll(kind, collectionRecorder([]));
    await settle();
    watch.close();
    await settle();
    const log: string[] = [];
    client.watchAll(kind, collectionRecorder(log));
    await settle();
    expect([log, plane.streams]).toEqual([["a=1"], 2]);
  });

  test.each([
    [false, ["me", "me"]],
    [true, ["me", undefined]],
  ])("with setNodeOnFirstMessageOnly %s says who asks: %j", async (setNodeOnFirstMessageOnly, expected) => {
    for (const protocol of protocols) {
      const { plane, client, runtime } = await harness({ protocol, setNodeOnFirstMessageOnly });
      client.watchAll(timeouts(), collectionRecorder([]));
      await settle();
      expect(plane.requests.map(({ nodeId }) => nodeId)).toEqual(expected);
      plane.breakStreams();
      await settle();
      runtime.advance(250);
      await settle();
      expect(plane.requests.find(({ stream }) => stream === 2)?.nodeId).toBe("me");
    }
  });
});

describe("what cannot be", () => {
  test("a watch without a source is refused", async () => {
    const { plane } = await harness();
    const { createXdsClient } = await import("./client.ts");
    const bare = createXdsClient({ node: { id: "me" }, connect: () => plane.transport() });
    expect(() => bare.watchAll(timeouts(), collectionRecorder([]))).toThrow(expect.objectContaining({ code: "MESH_XDS_INVALID_OPTIONS" }));
  });

  test("VHDS over state of the world is refused", async () => {
    const { client } = await harness({ protocol: "sotw" });
    expect(() =>
      client.watchVirtualHosts(resourceKind(virtualHostType), "r", { ...collectionRecorder([]), onDoesNotExist: () => undefined }),
    ).toThrow(expect.objectContaining({ code: "MESH_XDS_INVALID_OPTIONS" }));
  });

  test("two kinds of one type are refused, and so is a closed client", async () => {
    const { client } = await harness();
    client.watchAll(timeouts(), collectionRecorder([]));
    expect(() => client.watchAll(timeouts(), collectionRecorder([]))).toThrow(
      expect.objectContaining({ code: "MESH_XDS_INVALID_OPTIONS" }),
    );
    client.close();
    expect(() => client.watchAll(timeouts(), collectionRecorder([]))).toThrow(expect.objectContaining({ code: "MESH_XDS_CLOSED" }));
  });

  test("a watch that is told after its client is closed", async () => {
    const { plane, client } = await harness();
    const kind = timeouts();
    const log: string[] = [];
    plane.set(clusterType, [cluster("a", 1)]);
    client.watch(kind, "a", recorder([]));
    await settle();
    client.watch(kind, "a", recorder(log));
    client.close();
    await settle();
    expect(log).toEqual([]);
  });

  test("watch takes no collection", async () => {
    const { client } = await harness();
    for (const name of ["", "*", "xdstp://a/envoy.config.cluster.v3.Cluster/*"]) {
      expect(() => client.watch(timeouts(), name, recorder([]))).toThrow(expect.objectContaining({ code: "MESH_XDS_INVALID_NAME" }));
    }
  });
});
