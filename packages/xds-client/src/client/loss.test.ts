import { describe, expect, test } from "vitest";
import { clusterType, endpointsType } from "../resource/types.ts";
import { cluster, collectionRecorder, endpoints, harness, priorities, recorder, settle, timeouts } from "./test-harness.ts";

const protocols = ["sotw", "delta"] as const;

describe.each(protocols)("a name that is not answered over %s", (protocol) => {
  test("does not exist after 15 s, and may come later", async () => {
    const { plane, runtime, client } = await harness({ protocol });
    const log: string[] = [];
    plane.silence(endpointsType);
    client.watch(priorities(), "a", recorder(log));
    await settle();
    expect(runtime.timers).toEqual([15_000]);
    runtime.advance(14_999);
    expect(log).toEqual([]);
    runtime.advance(1);
    expect(log).toEqual(["none"]);
    expect(client.dump()[0]?.resources[0]?.status).toBe("doesNotExist");
    plane.set(endpointsType, [endpoints("a", 1)]);
    plane.silence(endpointsType, false);
    await settle();
    expect(log).toEqual(["none", "a=1"]);
  });

  test("is told apart from one that is said not to exist, to later watches too", async () => {
    const { plane, runtime, client } = await harness({ protocol });
    const log: boolean[] = [];
    const watcher = { ...recorder([]), onDoesNotExist: (isTimedOut: boolean) => log.push(isTimedOut) };
    const kind = priorities();
    plane.silence(endpointsType);
    client.watch(kind, "a", watcher);
    await settle();
    runtime.advance(15_000);
    client.watch(kind, "a", watcher);
    await settle();
    expect(log).toEqual([true, true]);
    log.length = 0;
    const clusters = timeouts();
    plane.set(clusterType, [cluster("c", 1), cluster("d", 1)]);
    client.watchAll(clusters, collectionRecorder([]));
    client.watch(clusters, "c", watcher);
    await settle();
    plane.remove(clusterType, ["c"]);
    await settle();
    client.watch(clusters, "c", watcher);
    await settle();
    expect(log).toEqual([false, false]);
  });

  test("has the time that its watch gives it", async () => {
    const { plane, runtime, client } = await harness({ protocol });
    plane.silence(endpointsType);
    const kind = priorities();
    client.watch(kind, "a", recorder([]), { timeoutMs: 100 });
    client.watch(kind, "b", recorder([]), { timeoutMs: 0 });
    await settle();
    expect(runtime.timers).toEqual([100]);
  });

  test("is not said to be missing while nobody could be asked", async () => {
    const { plane, runtime, client } = await harness({ protocol, backOff: { baseMs: 100_000, maxMs: 100_000 } });
    const log: string[] = [];
    plane.stop();
    client.watch(priorities(), "a", recorder(log));
    await settle();
    runtime.advance(15_000);
    expect(log).toEqual([
      "MESH_XDS_UNAVAILABLE the stream to the control plane ended with status 14: connection refused",
      "MESH_XDS_TIMEOUT EDS a: the control plane could not be asked in time",
    ]);
    plane.start();
    plane.silence(endpointsType);
    runtime.advance(35_000);
    await settle();
    runtime.advance(15_000);
    expect(log.at(-1)).toBe("none");
  });

  test("has no timer left once it is answered, refused or closed", async () => {
    const { plane, runtime, client } = await harness({ protocol });
    plane.set(clusterType, [cluster("good", 1), cluster("bad", 99)]);
    const kind = timeouts();
    client.watch(kind, "good", recorder([]));
    client.watch(kind, "bad", recorder([]));
    plane.silence(endpointsType);
    const watch = client.watch(priorities(), "a", recorder([]));
    await settle();
    expect(runtime.timers).toEqual([15_000]);
    watch.close();
    expect(runtime.timers).toEqual([]);
  });
});

test.each(protocols)("a collection that is not answered in time over %s is reported", async (protocol) => {
  const { plane, runtime, client } = await harness({ protocol });
  const log: string[] = [];
  plane.silence(clusterType);
  client.watchAll(timeouts(), collectionRecorder(log));
  await settle();
  runtime.advance(15_000);
  expect(log).toEqual(["MESH_XDS_TIMEOUT CDS *: the control plane did not answer in time"]);
});

test("in delta, a name that the control plane does not have is known not to exist at once", async () => {
  const { client } = await harness({ protocol: "delta" });
  const log: string[] = [];
  client.watch(priorities(), "a", recorder(log));
  await settle();
  expect(log).toEqual(["none"]);
});

describe.each(protocols)("a stream that is lost over %s", (protocol) => {
  test("leaves everything in use, and a new one says what is there", async () => {
    const { plane, runtime, client } = await harness({ protocol });
    const log: string[] = [];
    plane.set(clusterType, [cluster("a", 1), cluster("b", 2)]);
    client.watchAll(timeouts(), collectionRecorder(log));
    await settle();
    const version = plane.requests.at(-1)?.version;
    plane.breakStreams();
    await settle();
    expect(client.dump()[0]?.resources.map(({ resource }) => resource?.value)).toEqual([1, 2]);
    plane.batch(() => {
      plane.set(clusterType, [cluster("c", 3)]);
      plane.remove(clusterType, ["a"]);
    });
    expect(runtime.timers).toEqual([250]);
    runtime.advance(250);
    await settle();
    expect(log).toEqual(["a=1 b=2", "c=3 -a"]);
    const first = plane.requests.find(({ stream }) => stream === 2);
    expect([first?.version, first?.nonce, first?.initialVersions]).toEqual(
      protocol === "sotw" ? [version, "", {}] : ["", "", { a: "1", b: "2" }],
    );
  });

  test("brings nothing that is there already", async () => {
    const { plane, runtime, client } = await harness({ protocol });
    const log: string[] = [];
    plane.set(clusterType, [cluster("a", 1)]);
    client.watchAll(timeouts(), collectionRecorder(log));
    await settle();
    plane.restart("other");
    await settle();
    runtime.advance(250);
    await settle();
    expect([log, plane.streams]).toEqual([["a=1"], 2]);
    expect(plane.requests.at(-1)?.kind).toBe("ack");
  });

  test("is opened again after longer and longer waits, which a response ends", async () => {
    const { plane, runtime, client } = await harness({ protocol });
    const log: string[] = [];
    plane.refuse(8, "too many streams", 4);
    client.watchAll(timeouts(), collectionRecorder(log));
    const waits: number[] = [];
    for (let attempt = 0; attempt < 4; attempt++) {
      await settle();
      const wait = runtime.timers[0] ?? 0;
      waits.push(wait);
      runtime.advance(wait);
    }
    await settle();
    expect(waits).toEqual([250, 500, 1000, 2000]);
    expect(log).toEqual([
      ...Array.from({ length: 4 }, () => "MESH_XDS_UNAVAILABLE the stream to the control plane ended with status 8: too many streams"),
      "",
    ]);
    plane.breakStreams();
    await settle();
    expect(runtime.timers[0]).toBe(250);
  });

  test("is not opened again by a client that is closed", async () => {
    const { plane, runtime, client } = await harness({ protocol });
    client.watchAll(timeouts(), collectionRecorder([]));
    await settle();
    plane.breakStreams();
    await settle();
    client.close();
    expect(runtime.timers).toEqual([]);
  });

  test("tells the watches only if it had brought nothing", async () => {
    const { plane, runtime, client } = await harness({ protocol });
    const log: string[] = [];
    client.watchAll(timeouts(), collectionRecorder(log));
    await settle();
    plane.breakStreams(0, "");
    await settle();
    expect(log).toEqual([""]);
    plane.refuse(14, "gone", 1);
    runtime.advance(250);
    await settle();
    expect(log).toEqual(["", "MESH_XDS_UNAVAILABLE the stream to the control plane ended with status 14: gone"]);
  });
});

test("in delta, a new stream is told of resources of any name", async () => {
  const { plane, runtime, client } = await harness({ protocol: "delta" });
  plane.set(clusterType, [cluster("__proto__", 1), cluster("constructor", 2)]);
  client.watchAll(timeouts(), collectionRecorder([]));
  await settle();
  plane.breakStreams();
  await settle();
  runtime.advance(250);
  await settle();
  const versions = plane.requests.find(({ stream }) => stream === 2)?.initialVersions ?? {};
  expect(Object.keys(versions).toSorted()).toEqual(["__proto__", "constructor"]);
});

test("in delta, a refused resource is brought again by a new stream", async () => {
  const { plane, runtime, client } = await harness({ protocol: "delta" });
  plane.set(clusterType, [cluster("a", 1), cluster("b", 99)]);
  client.watchAll(timeouts(), collectionRecorder([]));
  await settle();
  plane.set(clusterType, [cluster("a", 99)]);
  await settle();
  plane.breakStreams();
  await settle();
  runtime.advance(250);
  await settle();
  expect(plane.requests.find(({ stream }) => stream === 2)?.initialVersions).toEqual({ a: "1" });
  expect(plane.requests.at(-1)?.error).toBe(
    "CDS: 2 resources refused\na: connect_timeout: 99s is too long\nb: connect_timeout: 99s is too long",
  );
});

test("in state of the world, a new stream does not begin with a version that does not answer for all that is watched", async () => {
  const { plane, runtime, client } = await harness({ protocol: "sotw" });
  const log: string[] = [];
  plane.set(clusterType, [cluster("a", 1), cluster("b", 2)]);
  const kind = timeouts();
  const watch = client.watch(kind, "a", recorder([]));
  await settle();
  plane.breakStreams();
  await settle();
  client.watchAll(kind, collectionRecorder(log));
  watch.close();
  runtime.advance(250);
  await settle();
  expect(plane.requests.find(({ stream }) => stream === 2)?.version).toBe("");
  expect(log).toEqual(["a=1 b=2"]);
});

describe.each(protocols)("a resource with a time to live over %s", (protocol) => {
  test("is gone after it, unless it is sent again", async () => {
    const { plane, runtime, client } = await harness({ protocol });
    const log: string[] = [];
    plane.set(clusterType, [cluster("a", 1)], { ttlMs: 2500 });
    client.watchAll(timeouts(), collectionRecorder(log));
    await settle();
    runtime.advance(2000);
    plane.set(clusterType, [cluster("a", 1)], { ttlMs: 2500 });
    await settle();
    runtime.advance(2000);
    expect(log).toEqual(["a=1"]);
    plane.breakStreams();
    runtime.advance(500);
    expect(log).toEqual(["a=1", "-a"]);
  });

  test("has none any more once it is sent without", async () => {
    const { plane, runtime, client } = await harness({ protocol });
    plane.set(clusterType, [cluster("a", 1)], { ttlMs: 2500 });
    client.watchAll(timeouts(), collectionRecorder([]));
    await settle();
    expect(runtime.timers).toEqual([2500]);
    plane.set(clusterType, [cluster("a", 1)]);
    await settle();
    expect(runtime.timers).toEqual([]);
  });
});
