/** Responses that take many turns of the event loop. */
import { setImmediate } from "node:timers/promises";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { resourceKind, type Acceptance, type AcceptSteps, type ResourceKind } from "../resource/kind.ts";
import { clusterType, endpointsType } from "../resource/types.ts";
import { ManualRuntime } from "../testing.ts";
import {
  catchThrown,
  cluster,
  collectionRecorder,
  endpoints,
  harness,
  priorities,
  recorder,
  timeouts,
  type Harness,
} from "./test-harness.ts";
import type { CollectionWatcher } from "./watch.ts";

const count = 40;
const nameOf = (index: number): string => `c${String(index).padStart(2, "0")}`;
const all = (seconds: number): ReturnType<typeof cluster>[] => Array.from({ length: count }, (_, index) => cluster(nameOf(index), seconds));

/** Counts the turns in which work goes on. */
class SlicedRuntime extends ManualRuntime {
  turns = 0;
  isIdle = true;

  constructor() {
    super();
    this.perStep = 1;
  }

  override nextTurn(callback: () => void): void {
    this.isIdle = false;
    this.turns++;
    super.nextTurn(() => {
      this.isIdle = true;
      callback();
    });
  }
}

interface Sliced extends Harness {
  readonly runtime: SlicedRuntime;
  /** Until nothing is under way. */
  readonly settle: () => Promise<void>;
}

async function sliced(protocol: "sotw" | "delta"): Promise<Sliced> {
  const runtime = new SlicedRuntime();
  const made = await harness({ protocol }, { runtime });
  const settle = async (): Promise<void> => {
    for (let quiet = 0; quiet < 5; quiet = runtime.isIdle ? quiet + 1 : 0) await setImmediate();
  };
  return { ...made, runtime, settle };
}

describe.each(["sotw", "delta"] as const)("a large response over %s", (protocol) => {
  test("is taken in turns, told of once, and answered when all of it is in use", async () => {
    const { plane, client, runtime, settle } = await sliced(protocol);
    const log: string[] = [];
    let finish = (): void => {};
    plane.set(clusterType, [...all(1), cluster("bad", 99), cluster("worse", 98)]);
    client.watchAll(timeouts(), {
      onChanged: async ({ changed }) => {
        log.push(`${changed.length} clusters`);
        await new Promise<void>((resolve) => (finish = resolve));
        log.push("in use");
      },
      onError: ({ errors }) => log.push(...errors.map(({ message }) => message)),
    });
    await settle();
    expect(runtime.turns).toBeGreaterThan(count / 4);
    expect(log).toEqual(["40 clusters", "99s is too long", "98s is too long", "is unknown"]);
    expect(plane.requests.map(({ kind }) => kind)).toEqual(["request"]);
    finish();
    await settle();
    expect(log.at(-1)).toBe("in use");
    expect(plane.requests.map(({ kind, error }) => [kind, error.split("\n").length])).toEqual([
      ["request", 1],
      ["nack", 4],
    ]);
  });

  test("keeps the next one, and the requests of those whom it is told to, waiting", async () => {
    const { plane, client, settle } = await sliced(protocol);
    const log: string[] = [];
    const priority = priorities();
    plane.set(clusterType, all(1));
    plane.set(
      endpointsType,
      all(1).map(({ name }) => endpoints(name, 7)),
    );
    client.watchAll(timeouts(), {
      onChanged: async ({ changed, removed }, pace) => {
        log.push(`begin ${changed[0]?.value ?? `without ${removed.join()}`}`);
        for (const { name, value } of changed) {
          if (pace.isSpent) await pace.next();
          if (value === 1) client.watch(priority, name, recorder(log, "endpoints"));
          if (name === nameOf(20)) plane.set(clusterType, all(value + 1).slice(0, value > 2 ? 0 : count));
        }
        log.push("end");
      },
      onError: () => log.push("error"),
    });
    await settle();
    const order = log.filter((line) => !line.startsWith("endpoints"));
    expect(order).toEqual(["begin 1", "end", "begin 2", "end", "begin 3", "end"]);
    expect(log.filter((line) => line.startsWith("endpoints"))).toEqual(all(1).map(({ name }) => `endpoints: ${name}=7`));
    // One request asks for all of them.
    const asked = plane.requests.filter(({ typeUrl, kind }) => typeUrl === endpointsType.typeUrl && kind === "request");
    expect(asked.map(({ names }) => names.length)).toEqual([count]);
  });

  test("is taken to its end though the stream ends meanwhile, and need not be sent again", async () => {
    const { plane, client, runtime, settle } = await sliced(protocol);
    const log: string[] = [];
    let accepted = 0;
    const kind: ResourceKind<number> = resourceKind<number>(clusterType, (): Acceptance<number> => {
      if (++accepted === 10) plane.breakStreams();
      return { value: 1 };
    });
    plane.set(clusterType, all(1));
    client.watchAll(kind, collectionRecorder(log));
    await settle();
    expect(log.map((line) => line.split(" ").length)).toEqual([count]);
    expect(plane.streams).toBe(1);
    runtime.advance(1000);
    await settle();
    expect([plane.streams, accepted, log.length]).toEqual([2, count, 1]);
  });

  test("is over when the client is closed meanwhile", async () => {
    const { plane, client, settle } = await sliced(protocol);
    const log: string[] = [];
    const priority = priorities();
    plane.set(
      endpointsType,
      all(1).map(({ name }) => endpoints(name, 7)),
    );
    for (const { name } of all(1)) {
      client.watch(priority, name, {
        ...recorder(log),
        onChanged: () => {
          log.push(name);
          if (log.length === 6) client.close();
        },
      });
    }
    await settle();
    expect(log.length).toBe(6);
  });

  test("tells watches that begin or end meanwhile what is so", async () => {
    const { plane, client, settle } = await sliced(protocol);
    const log: string[] = [];
    const priority = priorities();
    plane.set(
      endpointsType,
      all(1).map(({ name }) => endpoints(name, 7)),
    );
    const last = client.watch(priority, nameOf(count - 1), recorder(log, "old"));
    for (const { name } of all(1).slice(0, -1)) {
      client.watch(priority, name, {
        ...recorder([]),
        onChanged: () => {
          if (name !== nameOf(3)) return;
          last.close();
          client.watch(priority, nameOf(count - 1), recorder(log, "new"));
        },
      });
    }
    await settle();
    expect(log).toEqual([`new: ${nameOf(count - 1)}=7`]);
  });

  test("answers in time though the time is over before it is taken", async () => {
    const { plane, client, runtime, settle } = await sliced(protocol);
    const log: string[] = [];
    let accepted = 0;
    const kind: ResourceKind<number> = resourceKind<number>(clusterType, (): Acceptance<number> => {
      if (++accepted === 10) runtime.advance(20_000);
      return { value: 1 };
    });
    plane.set(clusterType, all(1));
    client.watchAll(kind, collectionRecorder([]));
    client.watch(kind, nameOf(30), recorder(log));
    await settle();
    expect(log).toEqual([`${nameOf(30)}=1`]);
  });

  test("lets the event loop go within one resource, where its kind says how", async () => {
    const { plane, client, runtime, settle } = await sliced(protocol);
    const log: string[] = [];
    const kind: ResourceKind<number> = {
      ...timeouts(),
      *acceptInSteps(name): Generator<void, Acceptance<number>, void> {
        for (let step = 0; step < 40; step++) yield;
        if (name === "bad") throw new Error("no good");
        return { value: 5 };
      },
    };
    plane.set(clusterType, [cluster("a", 1), cluster("bad", 1)]);
    client.watchAll(kind, collectionRecorder(log));
    await settle();
    expect(log).toEqual(["a=5", "MESH_XDS_REFUSED CDS bad: no good"]);
    expect(runtime.turns).toBeGreaterThan(15);
  });

  test("waits for what its kind waits for, and tells it first what it takes away", async () => {
    const { plane, client, settle } = await sliced(protocol);
    const log: string[] = [];
    let answer = (): void => {};
    const kind: ResourceKind<number> = {
      ...timeouts(),
      begin: (removed) => log.push(`begin -[${removed.join()}]`),
      *acceptInSteps(name): AcceptSteps<Acceptance<number>> {
        if (name === "b") {
          yield new Promise<void>((resolve) => {
            answer = resolve;
          });
          log.push("b is answered");
        }
        return name === "c" ? { errors: [{ path: "", message: "no good" }] } : { value: 5 };
      },
    };
    plane.set(clusterType, [cluster("a", 1), cluster("gone", 1)]);
    client.watchAll(kind, collectionRecorder(log));
    await settle();
    plane.batch(() => {
      plane.remove(clusterType, ["gone"]);
      plane.set(clusterType, [cluster("b", 1), cluster("c", 1)]);
    });
    await settle();
    const requests = plane.requests.length;
    plane.set(clusterType, [cluster("d", 1)]);
    await settle();
    expect(log).toEqual(["begin -[]", "a=5 gone=5", "begin -[gone]"]);
    expect(plane.requests.length).toBe(requests);
    answer();
    await settle();
    expect(log.slice(3, 6)).toEqual(["b is answered", "b=5 -gone", "MESH_XDS_REFUSED CDS c: no good"]);
    expect(log.filter((line) => line.startsWith("begin"))).toEqual(["begin -[]", "begin -[gone]", "begin -[]"]);
    expect(log).toContain("d=5");
    expect(plane.requests[requests]?.kind).toBe("nack");
  });
});

test("what a watcher throws when it has let go of the event loop keeps nobody from going on", async () => {
  const { plane, client, settle } = await sliced("delta");
  const log: string[] = [];
  const thrown = catchThrown();
  const kind = timeouts();
  plane.set(clusterType, all(1));
  client.watchAll(kind, { onChanged: (_, pace) => pace.next().then(() => Promise.reject(new Error("mine"))), onError: () => {} });
  client.watch(kind, nameOf(5), recorder(log));
  await settle();
  expect(log).toEqual([`${nameOf(5)}=1`]);
  expect(thrown).toEqual([new Error("mine")]);
  expect(plane.requests.at(-1)?.kind).toBe("ack");
});

test("what a watcher returns that is no promise is nothing to wait for, and a promise of another realm is one", async () => {
  const { plane, client, settle } = await sliced("delta");
  const kind = timeouts();
  const log: string[] = [];
  plane.set(clusterType, all(1));
  // As JavaScript may have it.
  const number: CollectionWatcher<number> = Object.assign(collectionRecorder([]), { onChanged: () => 7 });
  const other: CollectionWatcher<number> = Object.assign(collectionRecorder([]), {
    onChanged: (): unknown => runInNewContext("Promise.resolve()"),
  });
  client.watchAll(kind, number);
  client.watchAll(kind, other);
  client.watch(kind, nameOf(5), recorder(log));
  await settle();
  expect(log).toEqual([`${nameOf(5)}=1`]);
  expect(plane.requests.at(-1)?.kind).toBe("ack");
});
