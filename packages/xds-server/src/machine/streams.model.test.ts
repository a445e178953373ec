/**
 * The server's streams against a client that was written apart from them: whatever the order of changes, pushes, refusals, subscriptions,
 * lost streams, restarts, slow writes and deliveries, once all that is under way has arrived each watch has what the source has.
 */
import { setImmediate } from "node:timers/promises";
import {
  clusterType,
  createXdsClient,
  endpointsType,
  resourceKind,
  routeConfigurationType,
  type ResourceKind,
  type XdsClient,
  type XdsTransport,
  type XdsWatch,
} from "@mesh/xds-client";
import { ManualRuntime } from "@mesh/xds-client/testing";
import { unpackAs } from "@mesh/xds-proto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { joinResourceSets } from "../resource/joined-set.ts";
import { createResourceSet, type DerivableResourceSet } from "../resource/resource-set.ts";
import type { Resource, ResourceSet } from "../resource/resource.ts";
import { readDeltaRequest, readSotwRequest } from "../wire/requests.ts";
import { FRAME_HEADER } from "../wire/responses.ts";
import { DeltaStream } from "./delta-stream.ts";
import { SotwStream } from "./sotw-stream.ts";
import type { StreamContext } from "./stream.ts";
import { testContext } from "../testing/context.ts";
import { cluster, endpoints, route } from "../testing/resources.ts";

const names = ["a", "b", "c"] as const;
const BAD = 99;
const ACK_TIMEOUT = 5000;
const types = { cluster: clusterType, endpoints: endpointsType, route: routeConfigurationType } as const;
type TypeName = keyof typeof types;
const typeNames: readonly TypeName[] = ["cluster", "endpoints", "route"];
type Protocol = "sotw" | "delta";

function encode(type: TypeName, name: string, number: number): Resource {
  if (type === "cluster") return cluster(name, number);
  return type === "endpoints" ? endpoints(name, number) : route(name, String(number));
}

function judge(number: number): { readonly value: number } | { readonly errors: readonly { path: string; message: string }[] } {
  return number === BAD ? { errors: [{ path: "number", message: "is bad" }] } : { value: number };
}

const makeKinds = (): Record<TypeName, ResourceKind<number>> => ({
  cluster: resourceKind<number>(clusterType, (_, any) =>
    judge(unpackAs("envoy.config.cluster.v3.Cluster", any).connectTimeout?.seconds ?? 0),
  ),
  endpoints: resourceKind<number>(endpointsType, (_, any) =>
    judge(unpackAs("envoy.config.endpoint.v3.ClusterLoadAssignment", any).endpoints[0]?.priority ?? 0),
  ),
  route: resourceKind<number>(routeConfigurationType, (_, any) =>
    judge(Number(unpackAs("envoy.config.route.v3.RouteConfiguration", any).virtualHosts[0]?.name)),
  ),
});

/** What a watch was told last: a number, that there is none, or nothing yet. */
type View = number | "none" | undefined;

interface NamedWatch {
  readonly watch: XdsWatch;
  view: View;
}

/** A set in two parts, as of what most clients have in common and what some have for themselves. What changes may go from one to the other. */
class Layers {
  #own = createResourceSet();
  #base = createResourceSet();
  #joined: ResourceSet = createResourceSet();

  of(set: ResourceSet): ResourceSet {
    const [own, base] = [take(this.#own, set, isOwn), take(this.#base, set, (resource) => !isOwn(resource))];
    if (own !== this.#own || base !== this.#base) this.#joined = joinResourceSets([own, base]);
    [this.#own, this.#base] = [own, base];
    return this.#joined;
  }
}

const isOwn = ({ name, version }: Resource): boolean => (name.charCodeAt(0) + version.charCodeAt(0)) % 2 === 0;

function take(before: DerivableResourceSet, set: ResourceSet, isTaken: (resource: Resource) => boolean): DerivableResourceSet {
  const taken = [...set].filter(isTaken);
  const gone = [...before].filter(({ name }) => !taken.some((resource) => resource.name === name));
  return before.with({ set: taken, remove: gone.map(({ name }) => name) });
}

class System {
  readonly runtime = new ManualRuntime();
  readonly client: XdsClient;
  readonly kinds = makeKinds();
  readonly toServer: (() => void)[] = [];
  readonly toClient: (() => void)[] = [];
  readonly named = new Map<string, NamedWatch>();
  readonly all = new Map<TypeName, { readonly watch: XdsWatch; readonly view: Map<string, number> }>();
  readonly sets = new Map<string, DerivableResourceSet>();
  responses = 0;
  #context: StreamContext;
  #stream: SotwStream | DeltaStream | undefined = undefined;
  #pump: (() => void) | undefined = undefined;
  #drop: (() => void) | undefined = undefined;
  #isBlocked = false;
  readonly #protocol: Protocol;
  readonly #layers: ReadonlyMap<string, Layers>;

  constructor(protocol: Protocol, isLayered: boolean) {
    this.#protocol = protocol;
    this.#layers = new Map(isLayered ? Object.values(types).map(({ typeUrl }) => [typeUrl, new Layers()]) : []);
    this.#context = this.#newContext("r0-");
    for (const { typeUrl } of Object.values(types)) this.sets.set(typeUrl, createResourceSet());
    this.client = createXdsClient({
      node: { id: "model" },
      ads: { address: "model", protocol },
      runtime: this.runtime,
      connect: () => this.#transport(),
    });
  }

  #newContext(noncePrefix: string): StreamContext {
    return testContext({ noncePrefix, ackTimeoutMs: ACK_TIMEOUT, now: () => this.runtime.now() });
  }

  /** Messages wait until they are delivered one by one; those of a stream that is lost are lost with it. */
  #transport(): XdsTransport {
    return {
      open: (_, handlers) => {
        const resources = (typeUrl: string): ResourceSet | undefined => {
          const set = this.sets.get(typeUrl);
          return set && (this.#layers.get(typeUrl)?.of(set) ?? set);
        };
        const stream = this.#protocol === "sotw" ? new SotwStream(this.#context, resources) : new DeltaStream(this.#context, resources);
        let isOpen = true;
        const inFlight = new Map<string, number>();
        const close = (): void => {
          isOpen = false;
          if (this.#stream === stream) this.#stream = undefined;
        };
        const pump = (): void => {
          for (;;) {
            const outgoing = isOpen && !this.#isBlocked ? stream.next() : undefined;
            if (!outgoing) return;
            const { frame, typeUrl } = outgoing.response;
            const before = inFlight.get(typeUrl) ?? -ACK_TIMEOUT;
            if (before > this.runtime.now() - ACK_TIMEOUT) throw new Error(`two responses of ${typeUrl} in flight`);
            inFlight.set(typeUrl, this.runtime.now());
            this.responses++;
            this.toClient.push(() => isOpen && handlers.onMessage(Buffer.concat(frame).subarray(FRAME_HEADER)));
          }
        };
        const receive = (bytes: Buffer): void => {
          if (!isOpen) return;
          const { kind, typeUrl } =
            stream instanceof SotwStream ? stream.receive(readSotwRequest(bytes)) : stream.receive(readDeltaRequest(bytes));
          if (kind === "ack" || kind === "nack") inFlight.delete(typeUrl);
          pump();
        };
        this.toServer.push(() => {
          if (!isOpen) return;
          this.#stream = stream;
          this.#pump = pump;
          this.#drop = () => {
            close();
            handlers.onClose({ code: 14, details: "lost" });
          };
          handlers.onOpen();
        });
        return {
          send: (bytes) => {
            this.toServer.push(() => receive(Buffer.from(bytes)));
            return true;
          },
          cancel: close,
        };
      },
      close: () => undefined,
    };
  }

  change(type: TypeName, name: string, number: number | undefined): void {
    const { typeUrl } = types[type];
    const set = this.sets.get(typeUrl) ?? createResourceSet();
    this.sets.set(typeUrl, set.with(number === undefined ? { remove: [name] } : { set: [encode(type, name, number)] }));
  }

  push(): void {
    this.#stream?.changed(undefined);
    this.#pump?.();
  }

  block(isBlocked: boolean): void {
    this.#isBlocked = isBlocked;
    this.#pump?.();
  }

  lose(): void {
    this.#drop?.();
    this.#drop = undefined;
    this.#pump = undefined;
  }

  restart(prefix: string): void {
    this.lose();
    this.#context = this.#newContext(prefix);
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
      onChanged: ({ changed, removed }) => {
        for (const { name, value } of changed) view.set(name, value);
        for (const name of removed) view.delete(name);
      },
      onError: () => undefined,
    });
    this.all.set(type, { watch, view });
  }

  /** Lets time pass, as far as a response that is not answered may be waited for. */
  advance(ms: number): void {
    this.runtime.advance(ms);
    this.#pump?.();
  }

  /** Lets everything arrive that is under way. */
  async deliverAll(): Promise<void> {
    for (;;) {
      await setImmediate();
      const next = this.toServer.shift() ?? this.toClient.shift();
      if (!next) return;
      next();
    }
  }

  /** Lets everything arrive, streams be opened again, and waits come to their end. */
  async settle(): Promise<void> {
    this.block(false);
    for (let round = 0; round < 4; round++) {
      await this.deliverAll();
      this.advance(40_000);
    }
    await this.deliverAll();
  }
}

/** What the source has, and all good values that it ever had. */
class Model {
  readonly watched = new Set<string>();
  readonly current = new Map<string, number>();
  readonly everBad = new Set<string>();
  readonly everGood = new Map<string, Set<number>>();

  set(key: string, number: number): void {
    this.current.set(key, number);
    if (number === BAD) this.everBad.add(key);
    else this.everGood.set(key, (this.everGood.get(key) ?? new Set()).add(number));
  }

  wasGood(key: string, view: View): boolean {
    return typeof view === "number" && (this.everGood.get(key)?.has(view) ?? false);
  }
}

type Step = fc.AsyncCommand<Model, System>;

function step(
  name: string,
  run: (model: Model, system: System) => void | Promise<void>,
  check: (model: Readonly<Model>) => boolean = () => true,
): Step {
  return {
    check,
    run: async (model, system) => {
      await run(model, system);
      await setImmediate();
    },
    toString: () => name,
  };
}

const aType = fc.constantFrom<TypeName>("cluster", "endpoints", "route");
const aName = fc.constantFrom(...names);
const aNumber = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 3 }) }, { weight: 1, arbitrary: fc.constant(BAD) });

const commands = [
  fc.tuple(aType, aName, aNumber, fc.boolean()).map(([type, name, number, isPushed]) =>
    step(`set ${type} ${name} ${number}${isPushed ? "" : " without a push"}`, (model, system) => {
      model.set(`${type} ${name}`, number);
      system.change(type, name, number);
      if (isPushed) system.push();
    }),
  ),
  fc.tuple(aType, aName, fc.boolean()).map(([type, name, isPushed]) =>
    step(`remove ${type} ${name}${isPushed ? "" : " without a push"}`, (model, system) => {
      model.current.delete(`${type} ${name}`);
      system.change(type, name, undefined);
      if (isPushed) system.push();
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
  fc.constant<TypeName>("cluster").map((type) =>
    step(
      `watch all ${type}`,
      ({ watched }, system) => {
        watched.add(`${type} *`);
        system.watchAll(type);
      },
      ({ watched }) => !watched.has(`${type} *`),
    ),
  ),
  fc.constant<TypeName>("cluster").map((type) =>
    step(
      `close all ${type}`,
      ({ watched }, system) => {
        watched.delete(`${type} *`);
        system.all.get(type)?.watch.close();
        system.all.delete(type);
      },
      ({ watched }) => watched.has(`${type} *`),
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
  fc.constant(0).map(() => step("deliver all", (_, system) => system.deliverAll())),
  fc.constant(0).map(() =>
    step("reconnect", async (_, system) => {
      await system.deliverAll();
      system.lose();
      system.advance(40_000);
      await system.deliverAll();
    }),
  ),
  fc.constant(0).map(() => step("push", (_, system) => system.push())),
  fc.boolean().map((isBlocked) => step(isBlocked ? "block" : "unblock", (_, system) => system.block(isBlocked))),
  fc.constant(0).map(() => step("lose the stream", (_, system) => system.lose())),
  fc.constantFrom("r0-", "r1-", "r2-").map((prefix) => step(`restart ${prefix}`, (_, system) => system.restart(prefix))),
  fc.constantFrom(100, 1000, 20_000).map((ms) => step(`wait ${ms}`, (_, system) => system.advance(ms))),
];

/** Whether a watch of a name ends as it should. */
function isRight(protocol: Protocol, type: TypeName, key: string, model: Model, view: View): boolean {
  const current = model.current.get(key);
  if (current !== undefined && current !== BAD) return view === current;
  // Refused: the last good one that the client had, or none.
  if (current === BAD) return view === undefined || view === "none" || model.wasGood(key, view);
  // State of the world cannot say of endpoints and routes that they are gone: that is said by clusters and listeners.
  if (view === "none") return true;
  return protocol === "sotw" && type !== "cluster" && (model.wasGood(key, view) || (view === undefined && model.everBad.has(key)));
}

const aSystem = [
  { protocol: "sotw", isLayered: false },
  { protocol: "sotw", isLayered: true },
  { protocol: "delta", isLayered: false },
  { protocol: "delta", isLayered: true },
] as const;

describe.each(aSystem)("any order of events over $protocol, of a source with layers: $isLayered,", ({ protocol, isLayered }) => {
  test("ends in the state that the source has", async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 60, size: "max" }), async (steps) => {
        const model = new Model();
        const system = new System(protocol, isLayered);
        await fc.asyncModelRun(() => ({ model, real: system }), steps);
        system.push();
        await system.settle();
        for (const [key, { view }] of system.named) {
          const type = typeNames.find((each) => key.startsWith(each)) ?? "cluster";
          const found = isRight(protocol, type, key, model, view);
          expect([key, model.current.get(key), view, found]).toEqual([key, model.current.get(key), view, true]);
        }
        for (const [type, { view: views }] of system.all) {
          for (const name of names) {
            const key = `${type} ${name}`;
            const view = views.get(name) ?? "none";
            const found = isRight(protocol, type, key, model, view);
            expect(["all", key, model.current.get(key), view, found]).toEqual(["all", key, model.current.get(key), view, true]);
          }
        }
        // Nothing is new, so nothing is sent.
        const { responses } = system;
        system.push();
        await system.settle();
        expect(system.responses).toBe(responses);
        system.client.close();
      }),
      { numRuns: 1000 },
    );
  });
});
