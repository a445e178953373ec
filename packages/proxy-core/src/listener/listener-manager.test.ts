import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromJson } from "@mesh/xds-proto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { httpExtensions } from "../http/index.ts";
import { Drain, streamFilterExtensions } from "../stream/index.ts";
import type { SubscriptionFailure } from "../subscription/index.ts";
import { TestConfigSources, TestPace } from "../subscription/testing.ts";
import { atOnce } from "../stream/testing.ts";
import type { InspectResult, ListenerFilter } from "./listener-filter.ts";
import { chain, testFilter, testListeners, type TestListeners, type TestListenersOptions } from "./testing.ts";

const ldsName = "envoy.config.listener.v3.Listener";
const failure = (kind: SubscriptionFailure["kind"]): SubscriptionFailure => ({ kind, message: kind, problems: [] });

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "listener-manager-"));
});
afterAll(() => rm(directory, { recursive: true }));

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** Lets promises that are settled, and sockets that are bound, have their effect. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await turn();
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn();
}

let pipes = 0;
/** A path that nobody listens on. */
const freePath = (): string => join(directory, `${++pipes}.sock`);
const pipe = (path: string): object => ({ address: { pipe: { path } } });
const anyPort = { address: { socket_address: { address: "127.0.0.1", port_value: 0 } } };

class Gates {
  readonly #open = new Map<string, () => void>();

  /** For `testListeners`: chains with a name that ends in `…` are warm when the test says. */
  readonly warm = (name: string): Promise<void> =>
    name.endsWith("…") ? new Promise((resolve) => this.#open.set(name, resolve)) : Promise.resolve();

  async open(name: string): Promise<void> {
    this.#open.get(name)?.();
    await settle();
  }
}

interface Live extends TestListeners {
  readonly sources: TestConfigSources;
  readonly gates: Gates;
  /** Sets listeners by name, as one response. */
  readonly set: (listeners: Readonly<Record<string, object>>, version?: string) => Promise<string[]>;
  readonly remove: (...names: string[]) => Promise<void>;
  /** Sets some and takes others away, as one response. Returns what is wrong with which. */
  readonly update: (listeners: Readonly<Record<string, object>>, ...removed: readonly string[]) => Promise<string[]>;
  /** Added, modified, in place, removed, created, not created. */
  readonly events: () => number[];
  /** Active, warming, draining, draining chains. */
  readonly states: () => number[];
}

/** A proxy that asks for its listeners; the first answer is to come. */
async function live(listeners: readonly object[] = [], options: TestListenersOptions = {}): Promise<Live> {
  const sources = new TestConfigSources();
  const gates = new Gates();
  const made = testListeners(listeners, { sources, discovers: true, warm: gates.warm, ...options });
  void made.manager.start();
  await settle();
  const stats = (...names: string[]): number[] => names.map((name) => made.stat(`listener_manager.${name}`));
  return {
    ...made,
    sources,
    gates,
    set: async (given, version = "1") => {
      const messages = Object.entries(given).map(([name, json]) => [name, fromJson(ldsName, { name, ...json })] as const);
      const problems = sources.set(ldsName, Object.fromEntries(messages), version);
      await settle();
      return problems;
    },
    remove: async (...names) => {
      sources.remove(ldsName, ...names);
      await settle();
    },
    update: async (given, ...removed) => {
      const messages = Object.entries(given).map(([name, json]) => [name, fromJson(ldsName, { name, ...json })] as const);
      const problems = await sources.update(ldsName, Object.fromEntries(messages), { removed });
      await settle();
      return problems;
    },
    events: () =>
      stats(
        "listener_added",
        "listener_modified",
        "listener_in_place_updated",
        "listener_removed",
        "listener_create_success",
        "listener_create_failure",
      ),
    states: () => stats("total_listeners_active", "total_listeners_warming", "total_listeners_draining", "total_filter_chains_draining"),
  };
}

/** What becomes of a connection to a path: the name of the chain that takes it, or the error's code. */
async function served(proxy: TestListeners, path: string, ...chains: string[]): Promise<string> {
  const socket = connect(path);
  const arrival = Promise.race(chains.map(async (name) => ({ name, ...(await proxy.chain(name).next()) })));
  try {
    await once(socket, "connect");
    const { name, connection } = await arrival;
    connection.close();
    return name;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    socket.destroy();
  }
}

const closed = (socket: Socket): Promise<unknown> => (socket.closed ? Promise.resolve() : once(socket, "close"));
/** Until its peer has closed it. */
const ended = (socket: Socket): Promise<unknown> => once(socket.resume(), "end");

describe("a listener that comes while the proxy runs", () => {
  test("takes connections once it is warm", async () => {
    await using proxy = await live();
    const path = freePath();
    expect(await proxy.set({ a: { ...pipe(path), filter_chains: [chain("a…")] } }, "7")).toEqual([]);
    expect(proxy.states()).toEqual([0, 1, 0, 0]);
    expect(proxy.manager.dynamic()).toMatchObject([{ version: "7", state: "warming" }]);
    expect(proxy.manager.listeners).toEqual([]);
    expect(await served(proxy, path, "a…")).toBe("ENOENT");
    expect(proxy.manager.warming()).toEqual([{ name: "a", awaits: ["filter chain 0"] }]);
    await proxy.gates.open("a…");
    expect(proxy.manager.warming()).toEqual([]);
    expect(await served(proxy, path, "a…")).toBe("a…");
    expect(proxy.states()).toEqual([1, 0, 0, 0]);
    expect(proxy.events()).toEqual([1, 0, 0, 0, 1, 0]);
    expect(proxy.manager.dynamic()).toMatchObject([{ version: "7", state: "active" }]);
    expect(proxy.manager.listeners).toMatchObject([{ name: "a", address: { kind: "pipe", path } }]);
  });

  test("is refused with all that is wrong; others of the same update are taken, and what was there before stays", async () => {
    await using proxy = await live();
    const path = freePath();
    await proxy.set({ a: { ...pipe(path), filter_chains: [chain("a")] } });
    const problems = await proxy.set(
      { a: { ...pipe(path), filter_chains: [chain("a"), chain("again")] }, b: { ...pipe(freePath()), filter_chains: [chain("b")] } },
      "2",
    );
    expect(problems).toEqual(["filter_chains[1]: has the same filter_chain_match as filter_chains[0]"]);
    expect(proxy.manager.listeners.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(proxy.manager.refused.get("a")).toMatchObject({ version: "2", details: problems[0] });
    expect(await served(proxy, path, "a")).toBe("a");
    expect(proxy.events()).toEqual([2, 0, 0, 0, 2, 0]);
  });

  test("that goes before it is warm is forgotten", async () => {
    await using proxy = await live();
    const before = proxy.scopes.count;
    await proxy.set({ a: { ...pipe(freePath()), filter_chains: [chain("a…")] } });
    await proxy.remove("a");
    await proxy.gates.open("a…");
    expect(proxy.chain("a…").isClosed).toBe(true);
    expect(proxy.states()).toEqual([0, 0, 0, 0]);
    expect(proxy.events()).toEqual([1, 0, 0, 1, 0, 0]);
    expect(proxy.scopes.count).toBe(before);
  });

  test("has no name of one of the bootstrap, which stays as it is and where it is", async () => {
    await using proxy = await live([{ name: "static", filter_chains: [chain("s")] }]);
    expect(await proxy.set({ static: { ...pipe(freePath()), filter_chains: [chain("other")] } })).toEqual([]);
    await proxy.remove("static");
    expect(proxy.chainCount("other")).toBe(0);
    expect(proxy.manager.listeners.map(({ name }) => name)).toEqual(["static"]);
    expect(proxy.manager.dynamic()).toEqual([]);
    expect(proxy.events()).toEqual([1, 0, 0, 0, 1, 0]);
  });
});

describe("a proxy has started", () => {
  const start = async (proxy: TestListeners): Promise<() => boolean> => {
    let started = false;
    void proxy.manager.start().then(() => (started = true));
    await settle();
    return () => started;
  };

  test("when the listeners of the first answer take connections, or cannot", async () => {
    const sources = new TestConfigSources();
    const gates = new Gates();
    const path = freePath();
    await using proxy = testListeners([{ name: "static", ...pipe(path), filter_chains: [chain("s")] }], {
      sources,
      discovers: true,
      warm: gates.warm,
    });
    expect(proxy.stat("listener_manager.workers_started")).toBe(0);
    const isStarted = await start(proxy);
    expect(proxy.stat("listener_manager.workers_started")).toBe(1);
    const listener = (name: string, address: object): object => fromJson(ldsName, { name, ...address, filter_chains: [chain(`${name}…`)] });
    const other = freePath();
    sources.set(ldsName, { a: listener("a", anyPort), b: listener("b", pipe(other)) });
    await writeFile(other, "");
    await gates.open("a…");
    expect(isStarted()).toBe(false);
    await gates.open("b…");
    expect(isStarted()).toBe(true);
    expect(proxy.manager.listeners.map(({ name }) => name)).toEqual(["static", "a"]);
  });

  test.each(["timeout", "refused"] as const)("without an answer: %s", async (kind) => {
    const sources = new TestConfigSources();
    await using proxy = testListeners([], { sources, discovers: true });
    const isStarted = await start(proxy);
    expect(isStarted()).toBe(false);
    sources.fail(ldsName, failure(kind));
    await settle();
    expect(isStarted()).toBe(true);
  });

  test("when it is told to stop while a listener warms, and then takes none", async () => {
    const sources = new TestConfigSources();
    const gates = new Gates();
    await using proxy = testListeners([], { sources, discovers: true, warm: gates.warm });
    const isStarted = await start(proxy);
    sources.set(ldsName, { a: fromJson(ldsName, { name: "a", ...anyPort, filter_chains: [chain("a…")] }) });
    proxy.manager.stopAccepting();
    await gates.open("a…");
    expect(isStarted()).toBe(true);
    expect(sources.watched(ldsName)).toEqual([]);
    expect([proxy.manager.listeners, proxy.manager.dynamic()]).toEqual([[], []]);
    expect(proxy.chain("a…").isClosed).toBe(true);
  });

  test("and asks for no listeners where it was stopped before those of the bootstrap were warm", async () => {
    const sources = new TestConfigSources();
    const gates = new Gates();
    await using proxy = testListeners([{ filter_chains: [chain("s…")] }], { sources, discovers: true, warm: gates.warm });
    const isStarted = await start(proxy);
    proxy.manager.stopAccepting();
    await gates.open("s…");
    expect(isStarted()).toBe(true);
    expect(sources.calls).toEqual([]);
  });
});

describe("an update of a listener", () => {
  test("with the same bytes changes nothing", async () => {
    await using proxy = await live();
    const listener = { ...anyPort, filter_chains: [chain("a")] };
    await proxy.set({ a: listener }, "1");
    await proxy.set({ a: listener }, "2");
    expect(proxy.chainCount("a")).toBe(1);
    expect(proxy.events()).toEqual([1, 0, 0, 0, 1, 0]);
    expect(proxy.manager.dynamic()).toMatchObject([{ version: "1", state: "active" }]);
  });

  test("drains the chains that change, and no others", async () => {
    await using proxy = await live();
    const [first, second] = ["127.0.0.1", "127.0.0.2"];
    const from = (address: string): object => ({ source_prefix_ranges: [{ address_prefix: address, prefix_len: 32 }] });
    const withOther = (other: string): object => ({ ...anyPort, filter_chains: [chain("a", from(first)), chain(other, from(second))] });
    await proxy.set({ a: withOther("b") });
    const [a, b] = [proxy.chain("a"), proxy.chain("b")];
    const arriving = Promise.all([a.next(), b.next()]);
    const clients = [await proxy.connect(0, first), await proxy.connect(0, second)];
    await arriving;
    const port = proxy.port();

    await proxy.set({ a: withOther("c") });
    expect(proxy.port()).toBe(port);
    expect([proxy.chain("a"), proxy.chainCount("a")]).toEqual([a, 1]);
    expect([a.drains, b.drains]).toEqual([0, 1]);
    expect(proxy.states()).toEqual([1, 0, 0, 1]);
    expect(proxy.events()).toEqual([1, 1, 1, 0, 2, 0]);
    expect(proxy.manager.activeConnections).toBe(2);
    const newcomers = Promise.all([a.next(), proxy.chain("c").next()]);
    clients.push(await proxy.connect(0, first), await proxy.connect(0, second));
    await newcomers;

    b.arrivals[0]?.connection.close();
    await ended(clients[1]!);
    proxy.runtime.advance(1100);
    expect(proxy.states()).toEqual([1, 0, 0, 0]);
    expect([b.isClosed, a.isClosed]).toEqual([true, false]);
    expect(clients[0]!.closed).toBe(false);
    expect(proxy.manager.dynamic().map(({ state }) => state)).toEqual(["active"]);
  });

  test("takes the statistics of chains that go with them, and leaves those of the others", async () => {
    await using proxy = await live();
    const withDefault = (name: string): object => ({
      ...anyPort,
      filter_chains: [chain("a", { destination_port: 1 })],
      default_filter_chain: chain(name),
    });
    await proxy.set({ a: withDefault("b") });
    await proxy.set({ a: withDefault("c") });
    const counted = (): string[] =>
      proxy.store.snapshot().counters.flatMap(({ name }) => (name.startsWith("chain.") ? [name.slice(6)] : []));
    expect(counted()).toEqual(["a.made", "c.made"]);
    await proxy.remove("a");
    expect(counted()).toEqual([]);
    expect(proxy.store.snapshot().counters.filter(({ name }) => name.startsWith("listener."))).toEqual([]);
  });

  test("that changes more than chains replaces it whole, over the same socket; a client never finds nobody there", async () => {
    await using proxy = await live([], { drainTimeMs: 1000 });
    const withMetadata = (version: number): object => ({
      ...anyPort,
      metadata: { filter_metadata: { test: { version } } },
      filter_chains: [chain("a")],
    });
    await proxy.set({ a: withMetadata(0) });
    const port = proxy.port();
    const first = proxy.chain("a");
    const arriving = first.next();
    const old = await proxy.connect();
    await arriving;
    const done = new AbortController();
    let connections = 0;
    const knocking = (async (): Promise<void> => {
      while (!done.signal.aborted) {
        const socket = connect({ host: "127.0.0.1", port });
        await once(socket, "connect");
        connections++;
        socket.destroy();
        await closed(socket);
      }
    })();
    for (let version = 1; version <= 30; version++) await proxy.set({ a: withMetadata(version) });
    done.abort();
    await knocking;
    expect(connections).toBeGreaterThan(30);
    expect(proxy.port()).toBe(port);
    expect(proxy.chainCount("a")).toBe(31);
    expect([first.drains, old.closed]).toEqual([1, false]);
    expect(proxy.events()).toEqual([1, 30, 0, 0, 31, 0]);
    const ending = ended(old);
    proxy.runtime.advance(6100);
    await ending;
    expect(proxy.states()).toEqual([1, 0, 0, 0]);
  });

  test("that moves it binds the new address before the old one closes", async () => {
    await using proxy = await live();
    const [from, to] = [freePath(), freePath()];
    const other = createServer().listen(to);
    await once(other, "listening");
    await proxy.set({ a: { ...pipe(from), filter_chains: [chain("a")] } });
    await proxy.set({ a: { ...pipe(to), filter_chains: [chain("b")] } });
    await until(() => proxy.runtime.logger.lines.length > 0);
    expect(proxy.events()).toEqual([1, 1, 0, 0, 1, 1]);
    expect(await served(proxy, from, "a")).toBe("a");
    other.close();
    await once(other, "close");
    proxy.runtime.advance(5100);
    await settle();
    expect(await served(proxy, to, "b")).toBe("b");
    expect(await served(proxy, from, "a")).toBe("ENOENT");
    expect(proxy.events()).toEqual([1, 1, 0, 0, 2, 1]);
  });

  test("takes the place of one that still warms", async () => {
    await using proxy = await live();
    const path = freePath();
    await proxy.set({ a: { ...pipe(path), filter_chains: [chain("a…")] } });
    await proxy.set({ a: { ...pipe(path), filter_chains: [chain("b")] } });
    await proxy.gates.open("a…");
    expect(await served(proxy, path, "b")).toBe("b");
    expect(proxy.chain("a…").isClosed).toBe(true);
    expect(proxy.states()).toEqual([1, 0, 0, 0]);
    expect(proxy.events()).toEqual([1, 1, 0, 0, 1, 0]);
  });

  test("back to what is in use gives up what warms", async () => {
    await using proxy = await live();
    const listener = { ...anyPort, filter_chains: [chain("a")] };
    await proxy.set({ a: listener });
    await proxy.set({ a: { ...anyPort, filter_chains: [chain("b…")] } });
    await proxy.set({ a: listener });
    expect([proxy.chainCount("a"), proxy.chain("a").isClosed, proxy.chain("b…").isClosed]).toEqual([1, false, true]);
    expect(proxy.states()).toEqual([1, 0, 0, 0]);
    expect(proxy.events()).toEqual([1, 2, 1, 0, 1, 0]);
  });

  test("that comes with so many others that another one is in use before its turn shares the chains of that one", async () => {
    await using proxy = await live();
    const pace = new TestPace();
    const with3 = (...names: string[]): object => ({
      ...anyPort,
      filter_chains: names.map((name, index) => chain(name, index === 0 ? undefined : { destination_port: index })),
    });
    await proxy.set({ a: with3("a", "b", "c") });
    // It takes b away when it is warm.
    await proxy.set({ a: with3("a", "d…") });
    proxy.sources.pace = pace;
    await proxy.set({ other: { ...anyPort, filter_chains: [chain("other")] }, a: with3("a", "b", "e") });
    await proxy.gates.open("d…");
    expect(proxy.chain("b").isClosed).toBe(true);
    await pace.turn();
    await settle();
    expect(["a", "b", "d…"].map((name) => proxy.chainCount(name))).toEqual([1, 2, 1]);
    expect(["a", "b", "d…", "e"].map((name) => proxy.chain(name).isClosed)).toEqual([false, false, true, false]);
    expect(proxy.states()).toEqual([2, 0, 0, 0]);
    await proxy.remove("a");
    proxy.runtime.advance(1100);
    expect(["a", "b", "e"].map((name) => proxy.chain(name).isClosed)).toEqual([true, true, true]);
  });

  test("that is given up leaves the chains alone that it shares with the one in use", async () => {
    await using proxy = await live();
    const withDefault = (name: string): object => ({
      ...anyPort,
      filter_chains: [chain("a", { destination_port: 1 })],
      default_filter_chain: chain(name),
    });
    await proxy.set({ a: withDefault("b") });
    await proxy.set({ a: withDefault("c…") });
    await proxy.set({ a: withDefault("d") });
    expect(proxy.chainCount("a")).toBe(1);
    expect(["a", "b", "c…", "d"].map((name) => proxy.chain(name).isClosed)).toEqual([false, true, true, false]);
  });
});

describe("a listener that is taken away", () => {
  test("takes no connections any more, and is gone when those that it has are", async () => {
    await using proxy = await live();
    await proxy.set({ a: { ...anyPort, filter_chains: [chain("a")] } });
    const arriving = proxy.chain("a").next();
    const client = await proxy.connect();
    const { connection } = await arriving;
    const port = proxy.port();
    await proxy.remove("a");
    expect(proxy.chain("a").drains).toBe(1);
    expect(proxy.states()).toEqual([0, 0, 1, 0]);
    expect(proxy.events()).toEqual([1, 0, 0, 1, 1, 0]);
    expect(proxy.manager.dynamic()).toMatchObject([{ state: "draining" }]);
    expect(proxy.manager.activeConnections).toBe(1);
    const late = connect({ host: "127.0.0.1", port });
    await expect(once(late, "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    connection.close();
    await ended(client);
    proxy.runtime.advance(1100);
    expect(proxy.states()).toEqual([0, 0, 0, 0]);
    expect(proxy.manager.dynamic()).toEqual([]);
  });

  test("ends connections that are left when the drain time is over, between two requests if that is soon, else 5 s later", async () => {
    await using proxy = await live([], { drainTimeMs: 2500 });
    await proxy.set({ a: { ...anyPort, filter_chains: [chain("a")] } });
    const arriving = proxy.chain("a").next();
    const client = await proxy.connect();
    await arriving;
    await proxy.remove("a");
    proxy.runtime.advance(2400);
    expect(proxy.chain("a").isClosed).toBe(false);
    proxy.runtime.advance(200);
    expect([proxy.chain("a").finishes, proxy.chain("a").isClosed]).toEqual([1, false]);
    const ending = ended(client);
    proxy.runtime.advance(5100);
    expect(proxy.chain("a").isClosed).toBe(true);
    await ending;
    expect(proxy.states()).toEqual([0, 0, 0, 0]);
  });

  test("may come again", async () => {
    await using proxy = await live();
    const path = freePath();
    const listener = { ...pipe(path), filter_chains: [chain("a")] };
    await proxy.set({ a: listener });
    await proxy.remove("a");
    await proxy.set({ a: listener });
    expect(proxy.chainCount("a")).toBe(2);
    expect(await served(proxy, path, "a")).toBe("a");
    expect(proxy.events()).toEqual([2, 0, 0, 1, 2, 0]);
  });

  test("serves until another one that is to have its address is ready", async () => {
    await using proxy = await live();
    const path = freePath();
    await proxy.set({ a: { ...pipe(path), filter_chains: [chain("a")] } });
    expect(await proxy.update({ b: { ...pipe(path), filter_chains: [chain("b…")] } }, "a")).toEqual([]);
    expect(await served(proxy, path, "a", "b…")).toBe("a");
    expect(proxy.states()).toEqual([0, 1, 1, 0]);
    expect(proxy.manager.listeners.map(({ name }) => name)).toEqual(["a"]);
    await proxy.gates.open("b…");
    expect(await served(proxy, path, "a", "b…")).toBe("b…");
    proxy.runtime.advance(1100);
    expect(proxy.states()).toEqual([1, 0, 0, 0]);
    expect(proxy.events()).toEqual([2, 0, 0, 1, 2, 0]);
    expect(proxy.chain("a").isClosed).toBe(true);
  });

  test("goes where the one that is to have its address goes too, or wants another", async () => {
    await using proxy = await live();
    const [first, second] = [freePath(), freePath()];
    await proxy.set({ a: { ...pipe(first), filter_chains: [chain("a")] }, b: { ...pipe(second), filter_chains: [chain("b")] } });
    await proxy.update(
      { c: { ...pipe(first), filter_chains: [chain("c…")] }, d: { ...pipe(second), filter_chains: [chain("d…")] } },
      "a",
      "b",
    );
    expect(proxy.states()).toEqual([0, 2, 2, 0]);
    await proxy.remove("c");
    await proxy.set({ d: { ...pipe(freePath()), filter_chains: [chain("d…")] } });
    expect(proxy.states()).toEqual([0, 1, 0, 0]);
    expect(await served(proxy, first, "a")).toBe("ENOENT");
    expect(await served(proxy, second, "b")).toBe("ENOENT");
  });

  test("is not awaited by one that may have any port", async () => {
    await using proxy = await live();
    await proxy.set({ a: { ...anyPort, filter_chains: [chain("a")] } });
    await proxy.set({ b: { ...anyPort, filter_chains: [chain("b…")] } });
    await proxy.remove("a");
    expect(proxy.chain("a").isClosed).toBe(true);
    await proxy.gates.open("b…");
    expect(proxy.manager.listeners.map(({ name }) => name)).toEqual(["b"]);
  });
});

describe("an address that another listener has", () => {
  const taken = (name: string, other: string, path: string): string =>
    `${name}: address: listener ${other} has the address ${path} already`;

  test("is refused, and had when it is asked for again and free", async () => {
    await using proxy = await live();
    const path = freePath();
    const [a, b] = [chain("a"), chain("b")].map((each) => ({ ...pipe(path), filter_chains: [each] })) as [object, object];
    expect(await proxy.update({ a, b })).toEqual([taken("b", "a", path)]);
    expect(await proxy.update({ b })).toEqual([taken("b", "a", path)]);
    expect(proxy.manager.refused.get("b")?.details).toBe(`address: listener a has the address ${path} already`);
    expect(proxy.chain("b").isClosed).toBe(true);
    expect(proxy.states()).toEqual([1, 0, 0, 0]);
    expect(proxy.events()).toEqual([1, 0, 0, 0, 1, 0]);
    expect(await served(proxy, path, "a")).toBe("a");
    await proxy.update({}, "a");
    expect(await proxy.update({ b })).toEqual([]);
    expect(proxy.manager.refused.size).toBe(0);
    expect(await served(proxy, path, "b")).toBe("b");
  });

  test("is refused while that one warms, too, and while it does nothing but stand for it", async () => {
    await using proxy = await live();
    const [path, other] = [freePath(), freePath()];
    await proxy.update({
      a: { ...pipe(path), filter_chains: [chain("a…")] },
      virtual: { ...pipe(other), bind_to_port: false, filter_chains: [chain("v")] },
    });
    expect(await proxy.update({ b: { ...pipe(path), filter_chains: [chain("b")] } })).toEqual([taken("b", "a", path)]);
    const alike = { ...pipe(other), filter_chains: [chain("c")] };
    expect(await proxy.update({ c: alike, d: { ...alike, bind_to_port: false } })).toEqual([
      taken("c", "virtual", other),
      taken("d", "virtual", other),
    ]);
  });

  test("is that one's after an update of it was refused", async () => {
    await using proxy = await live();
    const [path, busy] = [freePath(), join(directory, "none", "there.sock")];
    await proxy.update({ a: { ...pipe(path), filter_chains: [chain("a")] } });
    const problems = await proxy.update({
      a: { ...pipe(busy), filter_chains: [chain("moved")] },
      b: { ...pipe(path), filter_chains: [chain("b")] },
    });
    expect(problems).toEqual([expect.stringContaining(`a: address: cannot bind '${busy}'`), taken("b", "a", path)]);
    expect(await served(proxy, path, "a")).toBe("a");
  });

  test("is had by the one that comes behind it where it moves, and not by one that comes before; two cannot change places", async () => {
    await using proxy = await live();
    const [first, second, third] = [freePath(), freePath(), freePath()];
    const at = (path: string, name: string): object => ({ ...pipe(path), filter_chains: [chain(name)] });
    await proxy.update({ a: at(first, "a"), b: at(second, "b") });
    expect(await proxy.update({ a: at(second, "a2"), b: at(first, "b2") })).toEqual([taken("a", "b", second), taken("b", "a", first)]);
    expect(await proxy.update({ b: at(first, "b3"), a: at(third, "a3") })).toEqual([taken("b", "a", first)]);
    expect(await proxy.update({ b: at(first, "b4"), c: at(second, "c") })).toEqual([]);
    expect(await served(proxy, first, "b4")).toBe("b4");
    expect(await served(proxy, second, "c")).toBe("c");
    expect(await served(proxy, third, "a3")).toBe("a3");
  });

  test("is taken over where that one goes with the update, without a moment at which nobody listens", async () => {
    await using proxy = await live();
    const path = freePath();
    await proxy.update({ a: { ...pipe(path), filter_chains: [chain("a")] } });
    const waiting = once(connect(path), "connect");
    const renamed = proxy.sources.update(
      ldsName,
      { b: fromJson(ldsName, { name: "b", ...pipe(path), filter_chains: [chain("b")] }) },
      { removed: ["a"] },
    );
    await waiting;
    expect(await renamed).toEqual([]);
    await settle();
    expect(await served(proxy, path, "a", "b")).toBe("b");
    proxy.runtime.advance(1100);
    expect(proxy.states()).toEqual([1, 0, 0, 0]);
    expect(proxy.events()).toEqual([2, 0, 0, 1, 2, 0]);
  });

  test("is taken over when that one moves", async () => {
    await using proxy = await live();
    const [path, other] = [freePath(), freePath()];
    await proxy.set({ a: { ...pipe(path), filter_chains: [chain("a")] } });
    await proxy.set({ a: { ...pipe(other), filter_chains: [chain("moved")] }, b: { ...pipe(path), filter_chains: [chain("b")] } });
    expect(await served(proxy, path, "a", "b")).toBe("b");
    expect(await served(proxy, other, "moved")).toBe("moved");
    proxy.runtime.advance(1100);
    expect(proxy.states()).toEqual([2, 0, 0, 0]);
  });

  test("is left to one that moves away until the other one is ready", async () => {
    await using proxy = await live();
    const [path, other] = [freePath(), freePath()];
    await proxy.set({ a: { ...pipe(path), filter_chains: [chain("a")] } });
    await proxy.set({ a: { ...pipe(other), filter_chains: [chain("moved")] }, b: { ...pipe(path), filter_chains: [chain("b…")] } });
    expect(await served(proxy, path, "a", "b…")).toBe("a");
    expect(await served(proxy, other, "moved")).toBe("moved");
    await proxy.gates.open("b…");
    expect(await served(proxy, path, "a", "b…")).toBe("b…");
  });

  test("is waited for where that one moves and is not ready to, and cannot be had back by it", async () => {
    await using proxy = await live();
    const [path, other] = [freePath(), freePath()];
    const a = { ...pipe(path), filter_chains: [chain("a")] };
    await proxy.update({ a });
    await proxy.update({ a: { ...pipe(other), filter_chains: [chain("moved…")] }, b: { ...pipe(path), filter_chains: [chain("b")] } });
    expect(proxy.states()).toEqual([1, 2, 0, 0]);
    expect(proxy.runtime.logger.lines).toMatchObject([{ level: "info", message: expect.stringContaining("listener a has it until") }]);
    expect(await served(proxy, path, "a", "b")).toBe("a");
    expect(await proxy.update({ a })).toEqual([taken("a", "b", path)]);
    await proxy.gates.open("moved…");
    expect(await served(proxy, path, "a", "b")).toBe("b");
    expect(await served(proxy, other, "moved…")).toBe("moved…");
  });

  test("of the bootstrap's is never taken", async () => {
    const path = freePath();
    await using proxy = await live([{ name: "static", ...pipe(path), filter_chains: [chain("s")] }]);
    expect(await proxy.update({ a: { ...pipe(path), filter_chains: [chain("a")] } }, "static")).toEqual([taken("a", "static", path)]);
    expect(proxy.states()).toEqual([1, 0, 0, 0]);
    expect(await served(proxy, path, "s")).toBe("s");
  });
});

test("a listener that is replaced while it is about to listen leaves its address to the one that takes its place", async () => {
  await using proxy = await live();
  const path = freePath();
  const listener = (name: string): object => fromJson(ldsName, { name: "a", ...pipe(path), filter_chains: [chain(name)] });
  for (let turns = 0; turns < 12; turns++) {
    proxy.sources.set(ldsName, { a: listener("first") });
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    proxy.sources.set(ldsName, { a: listener("second") });
    await settle();
    expect(await served(proxy, path, "second")).toBe("second");
    expect(proxy.states()[1]).toBe(0);
    await proxy.remove("a");
  }
  expect(proxy.stat("listener_manager.listener_create_failure")).toBe(0);
});

const localPort = (port: number): object => ({ address: { socket_address: { address: "127.0.0.1", port_value: port } } });

async function busyPort(): Promise<{ readonly port: number; free(): Promise<void> }> {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  return {
    port,
    free: async () => {
      other.close();
      await once(other, "close");
    },
  };
}

test("an address that cannot be bound is refused, and had once it is free and asked for again; the last good one stays", async () => {
  const busy = await busyPort();
  await using proxy = await live();
  const path = freePath();
  const listener = { ...localPort(busy.port), filter_chains: [chain("b")] };
  const problem = `address: cannot bind '127.0.0.1:${busy.port}': address already in use`;
  await proxy.update({ a: { ...pipe(path), filter_chains: [chain("a")] } });
  expect(await proxy.update({ b: listener })).toEqual([`b: ${problem}`]);
  expect(await proxy.update({ a: listener })).toEqual([`a: ${problem}`]);
  expect(proxy.manager.refused.get("a")?.details).toBe(problem);
  expect(proxy.chain("b").isClosed).toBe(true);
  expect(proxy.states()).toEqual([1, 0, 0, 0]);
  expect(proxy.events()).toEqual([1, 0, 0, 0, 1, 2]);
  expect(await served(proxy, path, "a")).toBe("a");
  await busy.free();
  expect(await proxy.update({ a: listener })).toEqual([]);
  await until(() => proxy.stat("listener_manager.listener_create_success") === 2);
  expect(proxy.port()).toBe(busy.port);
});

test("a listener is not there before it is warm", async () => {
  await using proxy = await live();
  const [busy, path] = [await busyPort(), freePath()];
  await busy.free();
  const at = (address: object): object => ({ ...address, filter_chains: [chain("a…")] });
  expect(await proxy.update({ a: at(localPort(busy.port)), b: at(pipe(path)) })).toEqual([]);
  await expect(once(connect({ host: "127.0.0.1", port: busy.port }), "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(await served(proxy, path)).toBe("ENOENT");
});

test("an address that is lost between the update and its use is tried again every 5 s", async () => {
  const busy = await busyPort();
  await using proxy = await live();
  // Nobody asks the system before.
  await proxy.set({ a: { ...localPort(busy.port), filter_chains: [chain("a")] } });
  proxy.runtime.advance(5100);
  await settle();
  expect(proxy.states()).toEqual([0, 1, 0, 0]);
  expect(proxy.events()).toEqual([1, 0, 0, 0, 0, 2]);
  expect(proxy.runtime.logger.lines[0]).toMatchObject({ level: "error", message: expect.stringContaining("EADDRINUSE") });
  await busy.free();
  proxy.runtime.advance(5100);
  await until(() => proxy.states()[0] === 1);
  expect(proxy.states()).toEqual([1, 0, 0, 0]);
  expect(proxy.port()).toBe(busy.port);
});

describe("a socket that is taken over", () => {
  test("gets the new listener's mode, and says where it keeps a backlog", async () => {
    await using proxy = await live();
    const path = freePath();
    const withMode = (mode: number, more: object = {}): object => ({
      address: { pipe: { path, mode } },
      filter_chains: [chain("a")],
      ...more,
    });
    await proxy.update({ a: withMode(0o600) });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await proxy.update({ a: withMode(0o660) });
    expect((await stat(path)).mode & 0o777).toBe(0o660);
    expect(proxy.runtime.logger.lines).toEqual([]);
    await proxy.update({ a: withMode(0o660, { tcp_backlog_size: 7 }) });
    expect(proxy.runtime.logger.lines).toMatchObject([{ level: "warning", message: expect.stringContaining("tcp_backlog_size") }]);
    expect(await served(proxy, path, "a")).toBe("a");
  });

  test("gets the new listener's backlog and buffers, and no connection is lost for it", async () => {
    await using proxy = await live();
    await proxy.update({ a: { ...anyPort, filter_chains: [chain("a")] } });
    const port = proxy.port();
    for (let backlog = 1; backlog <= 10; backlog++) {
      const more = { tcp_backlog_size: backlog, per_connection_buffer_limit_bytes: 4096 * backlog };
      await proxy.update({ a: { ...anyPort, ...more, filter_chains: [chain("a")] } });
      const arriving = proxy.chain("a").next();
      const client = await proxy.connect();
      await arriving;
      expect([proxy.port(), client.remotePort]).toEqual([port, port]);
    }
    await proxy.remove("a");
    await expect(once(connect({ host: "127.0.0.1", port }), "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("cannot be shared with other processes, or not any more, with an update", async () => {
    await using proxy = await live();
    const busy = await busyPort();
    await busy.free();
    const listener = (shares: boolean, name = "a"): object => ({
      ...localPort(busy.port),
      enable_reuse_port: shares,
      filter_chains: [chain(name)],
    });
    await proxy.update({ a: listener(false) });
    expect(await proxy.update({ a: listener(true) })).toEqual(["a: enable_reuse_port: cannot be changed with an update"]);
    expect(await proxy.update({ b: listener(true) }, "a")).toEqual([]);
    expect(proxy.runtime.logger.lines).toMatchObject([{ level: "warning", message: expect.stringContaining("enable_reuse_port") }]);
    await proxy.update({}, "b");
    expect(await proxy.update({ c: listener(true) })).toEqual([]);
    await until(() => proxy.states()[0] === 1);
  });
});

test("a listener that binds to no port is ready without a socket, and follows another like any", async () => {
  await using proxy = await live();
  const virtual = { address: { socket_address: { address: "10.0.0.1", port_value: 80 } }, bind_to_port: false };
  await proxy.set({ a: { ...virtual, filter_chains: [chain("a")] } });
  const other = { address: { socket_address: { address: "10.0.0.1", port_value: 81 } }, bind_to_port: false };
  await proxy.set({ a: { ...virtual, filter_chains: [chain("b")] }, b: { ...other, filter_chains: [chain("c")] } });
  expect(proxy.states()).toEqual([2, 0, 0, 0]);
  expect(proxy.events()).toEqual([2, 1, 1, 0, 3, 0]);
});

describe("a listener that goes drains", () => {
  test.each([
    ["gradual", "at last"],
    ["immediate", "now"],
  ] as const)("as the strategy says: %s", async (drainStrategy, silenceEnds) => {
    await using proxy = await live([], { drainStrategy, drainTimeMs: 8000 });
    await proxy.set({ a: { ...anyPort, filter_chains: [chain("a")] } });
    await proxy.remove("a");
    expect(proxy.chain("a").lastDrain).toMatchObject({ silenceEnds, spreadMs: silenceEnds === "now" ? 0 : 2000 });
  });

  test("gradually where nothing is said", async () => {
    await using proxy = await live();
    await proxy.set({ a: { ...anyPort, filter_chains: [chain("a")] } });
    await proxy.set({ a: { ...anyPort, filter_chains: [chain("b")] } });
    expect(proxy.chain("a").lastDrain).toMatchObject({ silenceEnds: "at last", spreadMs: 150_000 });
  });

  test("at the pace at which it began when the proxy drains as well, unless that is to end before", async () => {
    await using proxy = await live();
    await proxy.set({ a: { ...anyPort, filter_chains: [chain("a")] } });
    const arriving = proxy.chain("a").next();
    await proxy.connect();
    await arriving;
    await proxy.remove("a");
    proxy.manager.drain(proxy.manager.newDrain());
    expect(proxy.chain("a").drains).toBe(1);
    proxy.manager.drain(new Drain(proxy.runtime, "in turn", 1000));
    expect([proxy.chain("a").drains, proxy.chain("a").lastDrain?.silenceEnds]).toEqual([2, "in turn"]);
  });
});

describe("a drain of the proxy", () => {
  test("may spare listeners that drain for changes only", async () => {
    const modifyOnly = { drain_type: "MODIFY_ONLY" };
    await using proxy = await live([{ name: "static", ...modifyOnly, filter_chains: [chain("s")] }]);
    await proxy.set({ a: { ...anyPort, filter_chains: [chain("a")] }, b: { ...anyPort, ...modifyOnly, filter_chains: [chain("b…")] } });
    proxy.manager.drain(atOnce, true);
    await proxy.gates.open("b…");
    const drains = (): number[] => ["s", "a", "b…"].map((name) => proxy.chain(name).drains);
    expect(drains()).toEqual([0, 1, 0]);
    proxy.manager.drain(proxy.manager.newDrain());
    expect(drains()).toEqual([1, 2, 1]);
    await proxy.remove("b");
    expect(drains()).toEqual([1, 2, 2]);
  });

  test("that takes new connections leaves those alone that have sent nothing", async () => {
    await using proxy = testListeners([{ listener_filters: [testFilter], filter_chains: [chain("a")] }], { filter: new Patient() });
    await proxy.manager.start();
    await proxy.connect();
    await until(() => proxy.manager.activeConnections === 1);
    proxy.manager.drain(proxy.manager.newDrain());
    await settle();
    expect(proxy.manager.activeConnections).toBe(1);
    proxy.manager.drain(atOnce);
    await until(() => proxy.manager.activeConnections === 0);
  });

  test("reaches listeners that come into use while it lasts, and those after it come undrained", async () => {
    await using proxy = await live();
    await proxy.set({ a: { ...anyPort, filter_chains: [chain("a…")] }, b: { ...anyPort, filter_chains: [chain("b…")] } });
    proxy.manager.drain(atOnce);
    await proxy.gates.open("a…");
    expect([proxy.chain("a…").drains, proxy.chain("b…").drains]).toEqual([1, 0]);
    proxy.manager.undrain();
    await proxy.gates.open("b…");
    expect([proxy.chain("a…").drains, proxy.chain("b…").drains]).toEqual([0, 0]);
  });

  test("counts listeners that it stopped", async () => {
    await using proxy = await live([{ name: "static", filter_chains: [chain("s")] }]);
    await proxy.set({ a: { ...anyPort, filter_chains: [chain("a")] } });
    proxy.manager.stopAccepting();
    expect(proxy.states()).toEqual([0, 0, 2, 0]);
    expect(proxy.stat("listener_manager.listener_stopped")).toBe(2);
    proxy.manager.stopAccepting();
    expect(proxy.stat("listener_manager.listener_stopped")).toBe(2);
  });
});

const managed = (fields: object): object => ({
  filters: [
    {
      name: "http",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix: "in",
        http_filters: [
          {
            name: "fault",
            config_discovery: {
              config_source: { ads: {} },
              type_urls: ["type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault"],
            },
          },
          { name: "router", typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" } },
        ],
        ...fields,
      },
    },
  ],
});
const rds = (name: string): object => ({ rds: { route_config_name: name, config_source: { ads: {} } } });
const withHttp: TestListenersOptions = { extensions: [...httpExtensions(), ...streamFilterExtensions] };
const rdsName = "envoy.config.route.v3.RouteConfiguration";
const ecdsName = "envoy.config.core.v3.TypedExtensionConfig";
const answering = (name: string, status: number): object =>
  fromJson(rdsName, {
    name,
    virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, direct_response: { status } }] }],
  });
const faultConfig = (): object =>
  fromJson(ecdsName, {
    name: "fault",
    typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault" },
  });

test("a listener waits for its routes and its filters, and while another takes its place, what both need is asked for by one or the other", async () => {
  await using proxy = await live([], withHttp);
  await proxy.set({ a: { ...anyPort, filter_chains: [managed(rds("r"))] } });
  expect([proxy.sources.watched(rdsName), proxy.sources.watched(ecdsName)]).toEqual([["r"], ["fault"]]);
  proxy.sources.set(rdsName, { r: answering("r", 200) });
  await settle();
  expect(proxy.states()).toEqual([0, 1, 0, 0]);
  proxy.sources.set(ecdsName, { fault: faultConfig() });
  await settle();
  expect(proxy.states()).toEqual([1, 0, 0, 0]);
  proxy.sources.calls.length = 0;
  await proxy.set({ a: { ...anyPort, filter_chains: [managed({ ...rds("r"), server_name: "other" })] } });
  expect(proxy.states()).toEqual([1, 0, 0, 0]);
  expect(proxy.sources.calls).toEqual(["+r", "-r"]);
});

/** Lets connections pass when they have sent something. */
class Patient implements ListenerFilter {
  readonly maxBytes = 16;

  inspect(_: unknown, bytes: Buffer): InspectResult {
    return bytes.length === 0 ? { kind: "more", needed: 1 } : { kind: "done", consumed: 0 };
  }
}

test.each([
  ["some of its chains", {}],
  ["all of it", { stat_prefix: "other" }],
])("a connection that is looked at while %s is replaced comes to a chain that stays", async (_what, change) => {
  await using proxy = await live([], { filter: new Patient() });
  const listener = { ...anyPort, listener_filters: [testFilter] };
  await proxy.set({ a: { ...listener, filter_chains: [chain("a")] } });
  const client = await proxy.connect();
  await until(() => proxy.stat("listener.127.0.0.1_0.downstream_pre_cx_active") === 1);
  await proxy.set({ a: { ...listener, ...change, filter_chains: [chain("b")] } });
  const arriving = proxy.chain("b").next();
  client.write("x");
  expect((await arriving).initial?.toString()).toBe("x");
  expect(proxy.chain("a").arrivals).toEqual([]);
});

describe("a thousand updates leave", () => {
  const variants: readonly (readonly [string, (index: number) => object])[] = [
    ["of chains", (index) => ({ ...anyPort, listener_filters: [testFilter], filter_chains: [chain(`a${index}`)] })],
    ["of whole listeners", (index) => ({ ...anyPort, tcp_backlog_size: index + 1, filter_chains: [chain("a")] })],
    ["of connection managers", (index) => ({ ...anyPort, filter_chains: [managed({ ...rds("r"), server_name: `s${index}` })] })],
    [
      "of connection managers in other listeners",
      (index) => ({ ...anyPort, tcp_backlog_size: index + 1, filter_chains: [managed({ ...rds("r"), stat_prefix: `s${index % 2}0` })] }),
    ],
  ];
  test.each(variants)("the statistics as they were: %s", async (_what, listener) => {
    await using proxy = await live([], withHttp);
    const counts = (): number[] => {
      const { counters, gauges, histograms } = proxy.store.snapshot();
      return [proxy.scopes.count, counters.length, gauges.length, histograms.length];
    };
    const none = counts();
    await proxy.set({ a: listener(0) });
    for (const kind of [rdsName, ecdsName] as const) proxy.sources.fail(kind, failure("timeout"));
    await settle();
    const before = counts();
    for (let index = 1; index <= 1000; index++) {
      const message = fromJson(ldsName, { name: "a", ...listener(index) });
      proxy.sources.set(ldsName, { a: message });
      if (index % 3 > 0) await Promise.resolve();
      if (index % 7 === 0) {
        for (const kind of [rdsName, ecdsName] as const) proxy.sources.fail(kind, failure("timeout"));
        await settle();
      }
    }
    for (const kind of [rdsName, ecdsName] as const) proxy.sources.fail(kind, failure("timeout"));
    await settle();
    expect(counts()).toEqual(before);
    expect(proxy.manager.dynamic()).toHaveLength(1);
    await proxy.remove("a");
    expect(counts()).toEqual(none);
  });

  test("nothing of those that were refused", async () => {
    await using proxy = await live();
    const listener = { ...anyPort, filter_chains: [chain("a")] };
    await proxy.set({ a: listener });
    const before = proxy.scopes.count;
    for (let index = 0; index < 10; index++) {
      const problems = await proxy.set({ a: { ...listener, default_filter_chain: {}, filter_chains: [chain(`b${index}`)] } });
      expect(problems).toEqual(["default_filter_chain.filters: needs a network filter"]);
      expect(proxy.chain(`b${index}`).isClosed).toBe(true);
    }
    expect(proxy.scopes.count).toBe(before);
  });
});
