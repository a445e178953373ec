/**
 * The client against a model: whatever the order of updates, refusals, removals, watches, lost streams, restarts and deliveries,
 * once all that is under way has arrived each watch has what the control plane means. So too where a response takes many turns, between which
 * the rest of that happens.
 */
import { setImmediate } from "node:timers/promises";
import { encodeMessage, unpackAs, type Any } from "@mesh/xds-proto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createXdsClient, type XdsClient } from "../client/client.ts";
import type { XdsWatch } from "../client/watch.ts";
import { resourceKind, type Acceptance, type ResourceKind } from "../resource/kind.ts";
import { clusterType, endpointsType, type ResourceType } from "../resource/types.ts";
import { FakeServer, type FakeStreamInput } from "../testing/fake-server.ts";
import { ManualRuntime } from "../testing/manual-runtime.ts";
import type { XdsTransport } from "../transport/transport.ts";

const names = ["a", "b", "c"] as const;
const BAD = 99;
const types = { cluster: clusterType, endpoints: endpointsType } as const;
type TypeName = keyof typeof types;

function encode(type: TypeName, name: string, number: number): Any {
  const value =
    type === "cluster"
      ? encodeMessage("envoy.config.cluster.v3.Cluster", { name, connectTimeout: { seconds: number } })
      : encodeMessage("envoy.config.endpoint.v3.ClusterLoadAssignment", { clusterName: name, endpoints: [{ priority: number }] });
  return { type_url: types[type].typeUrl, value };
}

function judge(number: number): Acceptance<number> {
  return number === BAD ? { errors: [{ path: "number", message: "is bad" }] } : { value: number };
}

function makeKinds(): Record<TypeName, ResourceKind<number>> {
  return {
    cluster: resourceKind<number>(clusterType, (_, any) =>
      judge(unpackAs("envoy.config.cluster.v3.Cluster", any).connectTimeout?.seconds ?? 0),
    ),
    endpoints: resourceKind<number>(endpointsType, (_, any) =>
      judge(unpackAs("envoy.config.endpoint.v3.ClusterLoadAssignment", any).endpoints[0]?.priority ?? 0),
    ),
  };
}

/** What a watch was told last: a number, that there is none, or nothing yet. */
type View = number | "none" | undefined;

interface NamedWatch {
  readonly watch: XdsWatch;
  view: View;
}

/** Knows when work is put off to another turn. */
class CountingRuntime extends ManualRuntime {
  turns = 0;

  override nextTurn(callback: () => void): void {
    this.turns++;
    super.nextTurn(() => {
      this.turns--;
      callback();
    });
  }
}

class System {
  readonly server = new FakeServer("model");
  readonly runtime = new CountingRuntime();
  readonly client: XdsClient;
  readonly kinds = makeKinds();
  readonly toServer: (() => void)[] = [];
  readonly toClient: (() => void)[] = [];
  readonly named = new Map<string, NamedWatch>();
  readonly all = new Map<TypeName, { readonly watch: XdsWatch; readonly view: Map<string, number> }>();
  #drop: (() => void) | undefined = undefined;

  /** @param msPerStep how long a step of taking a response takes; a turn has time for 4 ms */
  constructor(protocol: "sotw" | "delta", msPerStep: number) {
    this.runtime.perStep = msPerStep;
    this.client = createXdsClient({
      node: { id: "model" },
      ads: { address: "model", protocol },
      runtime: this.runtime,
      connect: () => this.#transport(),
    });
  }

  /** Messages wait until they are delivered one by one; those of a stream that is lost are lost with it. */
  #transport(): XdsTransport {
    return {
      open: (path, handlers) => {
        let input: FakeStreamInput | undefined;
        let isOpen = true;
        const close = (): void => {
          isOpen = false;
          this.toServer.length = 0;
          this.toClient.length = 0;
        };
        this.#drop = () => {
          if (!isOpen) return;
          close();
          input?.closed();
          handlers.onClose({ code: 14, details: "lost" });
        };
        queueMicrotask(() => {
          if (!isOpen) return;
          input = this.server.open(path, {
            send: (bytes) => this.toClient.push(() => handlers.onMessage(bytes)),
            end: () => undefined,
          });
          handlers.onOpen();
        });
        return {
          send: (bytes) => {
            this.toServer.push(() => input?.receive(bytes));
            return true;
          },
          cancel: () => {
            if (!isOpen) return;
            close();
            input?.closed();
          },
        };
      },
      close: () => undefined,
    };
  }

  lose(): void {
    this.#drop?.();
  }

  watch(type: TypeName, name: string): void {
    const named: NamedWatch = {
      view: undefined,
      watch: this.client.watch(this.kinds[type], name, {
        onChanged: ({ value }) => {
          named.view = value;
        },
        onError: () => undefined,
        onDoesNotExist: () => {
          named.view = "none";
        },
      }),
    };
    this.named.set(`${type} ${name}`, named);
  }

  watchAll(type: TypeName): void {
    const view = new Map<string, number>();
    const watch = this.client.watchAll(this.kinds[type], {
      onChanged: async ({ changed, removed }, pace) => {
        for (const { name, value } of changed) {
          view.set(name, value);
          if (pace.isSpent) await pace.next();
        }
        for (const name of removed) view.delete(name);
      },
      onError: () => undefined,
    });
    this.all.set(type, { watch, view });
  }

  /** Lets everything arrive, streams be opened again, and waits come to their end. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 4;) {
      await setImmediate();
      const next = this.toServer.shift() ?? this.toClient.shift();
      next?.();
      if (this.runtime.turns > 0) quiet = 0;
      else if (!next) {
        this.runtime.advance(40_000);
        quiet++;
      } else quiet = 0;
    }
  }
}

/** What the control plane has, and all good values that it ever had. */
class Model {
  readonly watched = new Set<string>();
  readonly current = new Map<string, number>();
  readonly everBad = new Set<string>();
  readonly everGood = new Map<string, Set<number>>();

  set(key: string, number: number): void {
    this.current.set(key, number);
    if (number === BAD) {
      this.everBad.add(key);
      return;
    }
    this.everGood.set(key, (this.everGood.get(key) ?? new Set()).add(number));
  }

  wasGood(key: string, view: View): boolean {
    return typeof view === "number" && (this.everGood.get(key)?.has(view) ?? false);
  }
}

type Step = fc.AsyncCommand<Model, System>;

function step(name: string, run: (model: Model, system: System) => void, check: (model: Readonly<Model>) => boolean = () => true): Step {
  return {
    check,
    run: async (model, system) => {
      run(model, system);
      await setImmediate();
    },
    toString: () => name,
  };
}

const aType = fc.constantFrom<TypeName>("cluster", "endpoints");
const aName = fc.constantFrom(...names);
const aNumber = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 3 }) }, { weight: 1, arbitrary: fc.constant(BAD) });
const typeUrlOf = (type: TypeName): string => (types[type] satisfies ResourceType).typeUrl;

const commands = [
  fc.tuple(aType, aName, aNumber, fc.boolean()).map(([type, name, number, isPushed]) =>
    step(`set ${type} ${name} ${number}${isPushed ? "" : " without a push"}`, (model, { server }) => {
      model.set(`${type} ${name}`, number);
      server.resources.set(typeUrlOf(type), { name, any: encode(type, name, number), aliases: [], ttlMs: undefined });
      if (isPushed) server.push();
    }),
  ),
  fc.tuple(aType, aName).map(([type, name]) =>
    step(`remove ${type} ${name}`, (model, { server }) => {
      model.current.delete(`${type} ${name}`);
      server.resources.remove(typeUrlOf(type), name);
      server.push();
    }),
  ),
  fc.tuple(aType, aName).map(([type, name]) =>
    step(
      `watch ${type} ${name}`,
      ({ watched }, system) => {
        watched.add(`${type} ${name}`);
        system.watch(type, name);
      },
      ({ watched }) => !watched.has(`${type} ${name}`),
    ),
  ),
  fc.tuple(aType, aName).map(([type, name]) =>
    step(
      `close ${type} ${name}`,
      ({ watched }, { named }) => {
        watched.delete(`${type} ${name}`);
        named.get(`${type} ${name}`)?.watch.close();
        named.delete(`${type} ${name}`);
      },
      ({ watched }) => watched.has(`${type} ${name}`),
    ),
  ),
  aType.map((type) =>
    step(
      `watch all of ${type}`,
      ({ watched }, system) => {
        watched.add(`all ${type}`);
        system.watchAll(type);
      },
      ({ watched }) => !watched.has(`all ${type}`),
    ),
  ),
  aType.map((type) =>
    step(
      `close all of ${type}`,
      ({ watched }, { all }) => {
        watched.delete(`all ${type}`);
        all.get(type)?.watch.close();
        all.delete(type);
      },
      ({ watched }) => watched.has(`all ${type}`),
    ),
  ),
  fc.integer({ min: 1, max: 4 }).map((count) =>
    step(`deliver ${count} to the server`, (_, { toServer }) => {
      for (const deliver of toServer.splice(0, count)) deliver();
    }),
  ),
  fc.integer({ min: 1, max: 4 }).map((count) =>
    step(`deliver ${count} to the client`, (_, { toClient }) => {
      for (const deliver of toClient.splice(0, count)) deliver();
    }),
  ),
  fc.constant(0).map(() => step("lose the stream", (_, system) => system.lose())),
  fc.constantFrom("", "r1-", "r2-").map((prefix) =>
    step(`restart ${prefix}`, (_, system) => {
      system.lose();
      system.server.restart(prefix);
    }),
  ),
  fc.constantFrom(100, 1000, 20_000).map((ms) => step(`wait ${ms}`, (_, { runtime }) => runtime.advance(ms))),
];

/** Whether a watch of a name ends as it should. */
function isRight(protocol: "sotw" | "delta", type: TypeName, key: string, model: Model, view: View): boolean {
  const current = model.current.get(key);
  if (current !== undefined && current !== BAD) return view === current;
  // Refused: the last good one that the client had, or none.
  if (current === BAD) return view === undefined || view === "none" || model.wasGood(key, view);
  // State of the world cannot say of endpoints that they are gone: that is said by the clusters.
  if (view === "none") return true;
  return protocol === "sotw" && type === "endpoints" && (model.wasGood(key, view) || (view === undefined && model.everBad.has(key)));
}

describe.each([
  ["sotw", 0],
  ["delta", 0],
  ["sotw", 2],
  ["delta", 2],
] as const)("any order of events over %s, with %i ms for each step", (protocol, msPerStep) => {
  test("ends in the state that the control plane means", async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 60, size: "max" }), async (steps) => {
        const model = new Model();
        const system = new System(protocol, msPerStep);
        await fc.asyncModelRun(() => ({ model, real: system }), steps);
        system.server.push();
        await system.settle();
        for (const [key, { view }] of system.named) {
          const type: TypeName = key.startsWith("cluster") ? "cluster" : "endpoints";
          expect([key, model.current.get(key), view, isRight(protocol, type, key, model, view)]).toEqual([
            key,
            model.current.get(key),
            view,
            true,
          ]);
        }
        for (const [type, all] of system.all) {
          for (const name of names) {
            const key = `${type} ${name}`;
            const view = all.view.get(name) ?? "none";
            expect(["all", key, model.current.get(key), view, isRight(protocol, type, key, model, view)]).toEqual([
              "all",
              key,
              model.current.get(key),
              view,
              true,
            ]);
          }
        }
        system.client.close();
      }),
      { numRuns: msPerStep === 0 ? 1500 : 800 },
    );
  });
});
