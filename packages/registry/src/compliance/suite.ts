import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { RegistryRegistration, RegistrySink, RegistrySource } from "../contract.ts";
import { isRegistryError } from "../errors.ts";
import type { RegistryProtocol } from "../service.ts";
import { Observer } from "./observer.ts";

/** A registry under test, perhaps a server that other tests use too: the suite's services have names of their own, and it ignores all others. */
export interface RegistryHarness {
  /** A new source of the registry, not started. All sources share what `connection` breaks. */
  createSource(): RegistrySource;
  /** A new sink with a session of its own. For an adapter that only reads: anything that writes to the registry. */
  createSink(): RegistrySink;
  /** What to register; the RPC protocol that the registry is for. `bolt` by default. */
  readonly protocol?: RegistryProtocol;
  /** Labels that the registry keeps; every instance is registered with them, and they must be there when read. `{ version: "1.0", timeout: "3000" }` by default. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Labels that the same instance may have instead: those that are part of its id do not differ. `{ version: "1.0", timeout: "500" }` by default. */
  readonly otherLabels?: Readonly<Record<string, string>>;
  /** Whether the registry has a place for `health`. True by default. */
  readonly hasHealth?: boolean;
  /** Breaks the connection of the sources while sinks go on, and mends it. */
  readonly connection?: { break(): Promise<void> | void; mend(): Promise<void> | void };
  /** The registry forgets the sources' sessions, and takes new ones. */
  readonly expireSources?: () => Promise<void> | void;
  /** Ends the sink's process: it says nothing, and its session ends. */
  readonly killSink?: (sink: RegistrySink) => Promise<void> | void;
  /** Ends the sink's session; the sink lives on. */
  readonly expireSink?: (sink: RegistrySink) => Promise<void> | void;
  /**
   * Writes an entry of the service that cannot be used, as another program might: one that is `unreadable`, or an instance whose `version` has
   * a control character in it. Gives what takes the entry away.
   */
  readonly spoil?: (service: string, how: "unreadable" | "control character") => Promise<SpoiltEntry> | SpoiltEntry;
  /** Called after each case. */
  close(): Promise<void> | void;
}

/** An entry that a harness wrote, and that cannot be used. */
export interface SpoiltEntry {
  /** What the source's error says. */
  readonly path: string;
  remove(): Promise<void> | void;
}

/** A named check that any test runner can execute. `run` rejects when the adapter does not keep the contract. */
export interface ComplianceCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

export interface ComplianceOptions {
  /** A net under what is waited for; 20,000 by default. */
  readonly patienceMs?: number;
}

/** What one case works with. */
interface Scene {
  readonly harness: RegistryHarness;
  readonly sink: RegistrySink;
  /** A service of this case's own. */
  readonly service: string;
  readonly registration: (port: number, more?: Partial<RegistryRegistration>) => RegistryRegistration;
  /** Another sink. */
  readonly another: () => RegistrySink;
  /** A started source, and what it tells. */
  readonly observe: () => Observer;
  /** The same once it is ready. */
  readonly observeReady: () => Promise<Observer>;
}

/** What the contracts of `RegistrySource` and `RegistrySink` promise, for an adapter that `open` makes anew for each case. */
export function registryContract(
  open: () => Promise<RegistryHarness> | RegistryHarness,
  options: ComplianceOptions = {},
): readonly ComplianceCase[] {
  const patienceMs = options.patienceMs ?? 20_000;
  const scene = (name: string, check: (scene: Scene) => Promise<void>): ComplianceCase => ({
    name,
    run: () => play(open, patienceMs, check),
  });
  /** A case that a harness cannot play passes: it says so by leaving out what is needed. */
  const sceneIf = (name: string, needs: keyof RegistryHarness, check: (scene: Scene) => Promise<void>): ComplianceCase => {
    return scene(name, async (stage) => {
      if (stage.harness[needs] !== undefined) await check(stage);
    });
  };

  return [
    scene("what is registered before the start is told before ready", async ({ sink, service, registration, observeReady }) => {
      await sink.register(registration(1));
      await sink.register(registration(2));
      const observer = await observeReady();
      assert.deepEqual(observer.addresses(service), ["127.0.0.1:1", "127.0.0.1:2"]);
      const ready = observer.told.findIndex(({ kind }) => kind === "ready");
      assert.ok(observer.told.slice(0, ready).some((told) => told.kind === "changed" && told.changes.has(service)));
    }),
    scene("an instance is told with all that was registered", async ({ harness, sink, service, registration, observeReady }) => {
      const { protocol = "bolt", labels = defaultLabels } = harness;
      await sink.register(registration(7, { labels, weight: 70 }));
      const observer = await observeReady();
      const [instance] = observer.instances(service);
      assert.ok(instance !== undefined);
      const { address, port, weight, health } = instance;
      assert.deepEqual(
        { address, port, protocol: instance.protocol, weight, health },
        { address: "127.0.0.1", port: 7, protocol, weight: 70, health: "healthy" },
      );
      for (const [key, value] of Object.entries(labels)) assert.equal(instance.labels[key], value);
      assert.equal(instance.origin.registry, sink.name);
      assert.ok(observer.services.get(service)?.ports.some((known) => known.name === instance.portName && known.protocol === protocol));
    }),
    scene("where an instance came from is kept", async ({ sink, service, registration, observeReady }) => {
      await sink.register(registration(1, { origin: { registry: "elsewhere", id: "bolt://10.0.0.1:1" } }));
      const observer = await observeReady();
      assert.deepEqual(observer.instances(service)[0]?.origin, { registry: "elsewhere", id: "bolt://10.0.0.1:1" });
    }),
    scene("an empty registry is ready, too", async ({ observeReady }) => {
      await observeReady();
    }),
    scene("registrations, more instances and removals are told as they happen", async ({ sink, service, registration, observeReady }) => {
      const observer = await observeReady();
      const first = await sink.register(registration(1));
      await observer.until("the first instance", () => observer.addresses(service).length === 1);
      const second = await sink.register(registration(2));
      await observer.until("the second instance", () => observer.addresses(service).length === 2);
      await first.deregister();
      await observer.until("the first is gone", () => observer.addresses(service).join() === "127.0.0.1:2");
      await second.deregister();
      await observer.until("the last is gone", () => observer.addresses(service).length === 0);
      await second.deregister();
    }),
    scene("several sources see the same", async ({ sink, service, registration, observeReady }) => {
      const [one, other] = [await observeReady(), await observeReady()];
      await sink.register(registration(1));
      for (const observer of [one, other]) await observer.until("the instance", () => observer.addresses(service).length === 1);
    }),
    scene("several sinks share a service", async ({ sink, another, service, registration, observeReady }) => {
      const observer = await observeReady();
      const guest = another();
      await sink.register(registration(1));
      await guest.register(registration(2));
      await observer.until("both", () => observer.addresses(service).length === 2);
      await guest.close();
      await observer.until("the guest is gone", () => observer.addresses(service).join() === "127.0.0.1:1");
    }),
    scene(
      "weight, labels and health change while the instance stays the same",
      async ({ harness, sink, service, registration, observeReady }) => {
        const { labels = defaultLabels, otherLabels = defaultOtherLabels, hasHealth = true } = harness;
        const observer = await observeReady();
        const handle = await sink.register(registration(1, { labels, weight: 100 }));
        await observer.until("the instance", () => observer.addresses(service).length === 1);
        const id = observer.instances(service)[0]?.id;
        const settled = (what: string, isSo: () => boolean): Promise<void> =>
          observer.until(what, () => observer.instances(service).length === 1 && isSo());
        await handle.update({ weight: 10 });
        await settled("the weight", () => observer.instances(service)[0]?.weight === 10);
        await handle.update({ weight: 0 });
        await settled("no weight", () => observer.instances(service)[0]?.weight === 0);
        const hasLabels = (): boolean =>
          Object.entries(otherLabels).every(([key, value]) => observer.instances(service)[0]?.labels[key] === value);
        await handle.update({ labels: otherLabels });
        await settled("the labels", hasLabels);
        if (hasHealth) {
          await handle.update({ health: "draining" });
          await settled("draining", () => observer.instances(service)[0]?.health === "draining");
          await handle.update({ health: "healthy" });
          await settled("healthy", () => observer.instances(service)[0]?.health === "healthy");
        }
        assert.equal(observer.instances(service)[0]?.id, id);
        assert.equal(observer.instances(service)[0]?.weight, 0);
      },
    ),
    scene("an update is never told as the instance's absence", async ({ sink, service, registration, observeReady }) => {
      const observer = await observeReady();
      const handle = await sink.register(registration(1));
      await observer.until("the instance", () => observer.addresses(service).length === 1);
      const before = observer.told.length;
      for (let weight = 1; weight <= 20; weight++) await handle.update({ weight });
      await observer.until("the last weight", () => observer.instances(service)[0]?.weight === 20);
      for (const told of observer.told.slice(before)) {
        if (told.kind === "changed" && told.changes.has(service)) assert.equal(told.changes.get(service)?.instances.length, 1);
      }
    }),
    scene("the same registration again takes the place of the first", async ({ sink, service, registration, observeReady }) => {
      const observer = await observeReady();
      await sink.register(registration(1, { weight: 10 }));
      await observer.until("the first", () => observer.instances(service)[0]?.weight === 10);
      const id = observer.instances(service)[0]?.id;
      await sink.register(registration(1, { weight: 20 }));
      await observer.until("the second", () => observer.instances(service)[0]?.weight === 20);
      assert.deepEqual(
        observer.instances(service).map((instance) => instance.id),
        [id],
      );
    }),
    scene("an instance that comes back has its old id", async ({ sink, service, registration, observeReady }) => {
      const observer = await observeReady();
      const first = await sink.register(registration(1));
      await observer.until("it is there", () => observer.addresses(service).length === 1);
      const id = observer.instances(service)[0]?.id;
      await first.deregister();
      await observer.until("it is gone", () => observer.addresses(service).length === 0);
      await sink.register(registration(1, { warmUp: { startedAtMs: 1_700_000_000_000, durationMs: 600_000, weight: 5 } }));
      await observer.until("it is back", () => observer.addresses(service).length === 1);
      assert.equal(observer.instances(service)[0]?.id, id);
    }),
    scene("many changes at once are told whole, and end in the truth", async ({ sink, service, registration, observeReady }) => {
      const observer = await observeReady();
      const handles = await Promise.all(Array.from({ length: 30 }, (_, index) => sink.register(registration(index + 1))));
      await Promise.all(handles.filter((_, index) => index % 3 === 0).map((handle) => handle.deregister()));
      await Promise.all(handles.filter((_, index) => index % 3 === 1).map((handle) => handle.update({ weight: 1 })));
      await observer.until("twenty instances, ten of weight 1", () => {
        const instances = observer.instances(service);
        return instances.length === 20 && instances.filter(({ weight }) => weight === 1).length === 10;
      });
    }),
    scene("closing a sink takes away what it registered", async ({ sink, service, registration, observeReady }) => {
      const observer = await observeReady();
      const handle = await sink.register(registration(1));
      await observer.until("it is there", () => observer.addresses(service).length === 1);
      await sink.close();
      await sink.close();
      await observer.until("it is gone", () => observer.addresses(service).length === 0);
      await assert.rejects(() => handle.update({ weight: 1 }), isClosedError);
      await assert.rejects(() => sink.register(registration(2)), isClosedError);
    }),
    scene("what cannot be registered is refused", async ({ sink, registration }) => {
      for (const wrong of wrongRegistrations) {
        await assert.rejects(
          () => sink.register(registration(1, wrong)),
          (error) => isRegistryError(error) && error.code === "MESH_REGISTRY_INVALID_REGISTRATION",
        );
      }
    }),
    scene("what a registration cannot be changed into is refused, and leaves it as it was", async (stage) => {
      const { sink, service, registration, observeReady } = stage;
      const observer = await observeReady();
      const handle = await sink.register(registration(1, { weight: 7 }));
      for (const wrong of [{ weight: Number.NaN }, { labels: { version: "1.0", note: "a\u0000b" } }]) {
        await assert.rejects(
          () => handle.update(wrong),
          (error) => isRegistryError(error) && error.code === "MESH_REGISTRY_INVALID_REGISTRATION",
        );
      }
      await observer.until("the instance", () => observer.instances(service)[0]?.weight === 7);
    }),
    ...(["unreadable", "control character"] as const).map((how) =>
      sceneIf(`an entry that cannot be used (${how}) is an error until it is gone, and spoils nothing else`, "spoil", async (stage) => {
        const { harness, sink, service, registration, observeReady } = stage;
        await sink.register(registration(1));
        const observer = await observeReady();
        const spoilt = await harness.spoil?.(service, how);
        assert.ok(spoilt !== undefined);
        const { path } = spoilt;
        await observer.until("an error", () => observer.entryErrors.has(path));
        await sink.register(registration(2));
        await observer.until("the others", () => observer.addresses(service).join() === "127.0.0.1:1,127.0.0.1:2");
        await spoilt.remove();
        await observer.until("its end", () => !observer.entryErrors.has(path));
        assert.deepEqual(observer.addresses(service), ["127.0.0.1:1", "127.0.0.1:2"]);
        assert.equal(observer.count("recovered"), 0);
        const late = await observeReady();
        assert.equal(late.entryErrors.size, 0);
      }),
    ),
    scene("a closed source tells nothing more", async ({ harness, sink, service, registration, observeReady }) => {
      const source = harness.createSource();
      const closed = new Observer(patienceMs);
      closed.observe(source);
      await closed.until("ready", () => closed.count("ready") === 1);
      closed.closed();
      await source.close();
      await source.close();
      const witness = await observeReady();
      await sink.register(registration(1));
      await witness.until("the witness sees it", () => witness.addresses(service).length === 1);
      assert.deepEqual(closed.faults, []);
      assert.throws(() => source.start(closed), isClosedError);
    }),
    scene("a source that is closed at once tells nothing", async ({ harness, observeReady }) => {
      const source = harness.createSource();
      const closed = new Observer(patienceMs);
      closed.observe(source);
      closed.closed();
      await source.close();
      await observeReady();
      assert.deepEqual(closed.faults, []);
    }),
    sceneIf("nothing vanishes while the connection is away, and what was missed is told after", "connection", async (stage) => {
      const { harness, sink, service, registration, observeReady } = stage;
      const observer = await observeReady();
      const staying = await sink.register(registration(1));
      const leaving = await sink.register(registration(2));
      await observer.until("both", () => observer.addresses(service).length === 2);
      const before = observer.told.length;
      await harness.connection?.break();
      await observer.until("an error", () => observer.count("error") > 0);
      await leaving.deregister();
      await staying.update({ weight: 5 });
      await sink.register(registration(3));
      assert.deepEqual(observer.addresses(service), ["127.0.0.1:1", "127.0.0.1:2"]);
      await harness.connection?.mend();
      await observer.until("recovery", () => observer.count("recovered") > 0);
      assert.deepEqual(observer.addresses(service), ["127.0.0.1:1", "127.0.0.1:3"]);
      assert.equal(observer.instances(service).find(({ port }) => port === 1)?.weight, 5);
      for (const told of observer.told.slice(before)) {
        if (told.kind === "changed") assert.ok(told.changes.get(service)?.instances.some(({ port }) => port === 1) ?? true);
      }
      await sink.register(registration(4));
      await observer.until("it watches again", () => observer.addresses(service).length === 3);
      assert.equal(observer.count("ready"), 1);
    }),
    sceneIf("a source that starts while the registry is away is ready when it is back", "connection", async (stage) => {
      const { harness, sink, service, registration, observe } = stage;
      await sink.register(registration(1));
      await harness.connection?.break();
      const observer = observe();
      await observer.until("an error", () => observer.count("error") > 0);
      assert.equal(observer.count("ready"), 0);
      await harness.connection?.mend();
      await observer.until("ready", () => observer.count("ready") === 1);
      assert.deepEqual(observer.addresses(service), ["127.0.0.1:1"]);
    }),
    sceneIf("a source whose session is lost opens another, and nothing vanishes", "expireSources", async (stage) => {
      const { harness, sink, service, registration, observeReady } = stage;
      const observer = await observeReady();
      await sink.register(registration(1));
      await observer.until("it is there", () => observer.addresses(service).length === 1);
      const before = observer.told.length;
      await harness.expireSources?.();
      await observer.until("recovery", () => observer.count("recovered") > 0);
      for (const told of observer.told.slice(before)) {
        if (told.kind === "changed" && told.changes.has(service)) assert.equal(told.changes.get(service)?.instances.length, 1);
      }
      await sink.register(registration(2));
      await observer.until("it watches again", () => observer.addresses(service).length === 2);
    }),
    sceneIf("instances go with their session", "killSink", async (stage) => {
      const { harness, sink, another, service, registration, observeReady } = stage;
      const observer = await observeReady();
      const victim = another();
      await sink.register(registration(1));
      await victim.register(registration(2));
      await observer.until("both", () => observer.addresses(service).length === 2);
      await harness.killSink?.(victim);
      await observer.until("the victim's is gone", () => observer.addresses(service).join() === "127.0.0.1:1");
    }),
    sceneIf("a sink whose session is lost registers again", "expireSink", async (stage) => {
      const { harness, sink, service, registration, observeReady } = stage;
      const observer = await observeReady();
      const handle = await sink.register(registration(1));
      const dropped = await sink.register(registration(2));
      await dropped.deregister();
      await handle.update({ weight: 7 });
      await observer.until("it is there", () => observer.instances(service)[0]?.weight === 7);
      await harness.expireSink?.(sink);
      await observer.until("it went", () =>
        observer.told.some((told) => told.kind === "changed" && told.changes.get(service)?.instances.length === 0),
      );
      await observer.until("it is back", () => observer.instances(service)[0]?.weight === 7);
      await handle.update({ weight: 8 });
      await observer.until("it is still held", () => observer.instances(service)[0]?.weight === 8);
      assert.deepEqual(observer.addresses(service), ["127.0.0.1:1"]);
    }),
  ];
}

const wrongRegistrations: readonly Partial<RegistryRegistration>[] = [
  { port: 0 },
  { port: 70_000 },
  { weight: -1 },
  { address: "" },
  { address: "10.0.0.1/24" },
  { service: "" },
  { service: "com.acme.Echo:1.0" },
  { service: "com.acme.*" },
  { portName: "" },
  { labels: { version: "1.0\u0001" } },
  { labels: { version: " 1.0" } },
  { labels: { version: "1.0", note: "a\nb" } },
  { labels: { group: "*" } },
  { warmUp: { startedAtMs: 1_700_000_000_000, durationMs: 999_999_999_999_999 } },
  { origin: { registry: "" } },
];

const defaultLabels = { version: "1.0", timeout: "3000" };
const defaultOtherLabels = { version: "1.0", timeout: "500" };

function isClosedError(error: unknown): boolean {
  return isRegistryError(error) && error.code === "MESH_REGISTRY_CLOSED";
}

async function play(
  open: () => Promise<RegistryHarness> | RegistryHarness,
  patienceMs: number,
  check: (scene: Scene) => Promise<void>,
): Promise<void> {
  const harness = await open();
  const observers: Observer[] = [];
  const opened: (RegistrySource | RegistrySink)[] = [];
  const keep = <Thing extends RegistrySource | RegistrySink>(thing: Thing): Thing => {
    opened.push(thing);
    return thing;
  };
  const observe = (): Observer => {
    const observer = new Observer(patienceMs);
    observers.push(observer);
    observer.observe(keep(harness.createSource()));
    return observer;
  };
  const service = `com.acme.s${randomUUID().replaceAll("-", "")}.Echo`;
  try {
    await check({
      harness,
      sink: keep(harness.createSink()),
      service,
      registration: (port, more = {}) => ({
        service,
        address: "127.0.0.1",
        port,
        protocol: harness.protocol ?? "bolt",
        labels: harness.labels ?? defaultLabels,
        ...more,
      }),
      another: () => keep(harness.createSink()),
      observe,
      observeReady: async () => {
        const observer = observe();
        await observer.until("ready", () => observer.count("ready") === 1);
        return observer;
      },
    });
    for (const observer of observers) assert.deepEqual(observer.faults, []);
  } finally {
    await Promise.all(opened.map((thing) => thing.close()));
    await harness.close();
  }
}
