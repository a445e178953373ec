import { defaultRegistry, fromJson, type Message } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ConfigPath, ExtensionSet } from "../config/index.ts";
import { testRuntime, type TestRuntime } from "../runtime/testing.ts";
import { StatsStore, type StatsScope } from "../stats/index.ts";
import { statValue } from "../stats/testing.ts";
import { ResourceDecoder, type SubscriptionFailure } from "../subscription/index.ts";
import { TestConfigSources } from "../subscription/testing.ts";
import type { LimitedField, RouteTable } from "./contract.ts";
import { RouteConfigurations, type RouteSpecifier, type RouteSubscription, type RouteUser } from "./route-configurations.ts";
import { clustersNamed, TestRequest } from "./testing.ts";

const rdsName = "envoy.config.route.v3.RouteConfiguration";
const managerName = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
type Routes = Message<typeof rdsName>;

const routesTo = (cluster: string, more: object = {}): Routes =>
  fromJson(rdsName, {
    name: "r",
    virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster, ...more } }] }],
  });
/** A field that means nothing to RPC. */
const onlyHttp = (cluster: string): Routes => routesTo(cluster, { prefix_rewrite: "/x" });
const failure = (kind: SubscriptionFailure["kind"]): SubscriptionFailure => ({ kind, message: `it is ${kind}`, problems: [] });
const specifier = (json: object): RouteSpecifier => fromJson(managerName, json);
const rds = (name: string = "r"): RouteSpecifier => specifier({ rds: { route_config_name: name, config_source: { ads: {} } } });

/** A connection manager, of HTTP unless it is told otherwise. */
class User implements RouteUser {
  readonly store: StatsStore;
  readonly routeStats: StatsScope;
  readonly #isRpc: boolean;
  table: RouteTable;

  constructor(none: RouteTable, isRpc: boolean, store: StatsStore = new StatsStore()) {
    this.store = store;
    this.routeStats = store.scope("http.in");
    this.table = none;
    this.#isRpc = isRpc;
  }

  unusable({ httpOnly }: RouteTable): readonly LimitedField[] {
    return this.#isRpc ? httpOnly : [];
  }

  useRoutes(table: RouteTable): void {
    this.table = table;
  }

  /** Where a request goes; undefined where no route matches. */
  get cluster(): string | undefined {
    const action = this.table.match(new TestRequest(), 0)?.action;
    return action?.kind === "forward" ? action.forward.clusterName(0, new TestRequest()).cluster : undefined;
  }

  stat(name: string): number {
    return statValue(this.store, `http.in.rds.r.${name}`);
  }
}

interface Opened {
  readonly user: User;
  readonly routes: RouteSubscription;
  readonly isReady: () => boolean;
}

interface Proxy {
  readonly sources: TestConfigSources;
  readonly runtime: TestRuntime;
  readonly configurations: RouteConfigurations;
  /** Started. */
  readonly open: (isRpc?: boolean, name?: string, store?: StatsStore) => Opened;
  readonly logged: () => string[];
}

function proxy(): Proxy {
  const runtime = testRuntime();
  const sources = new TestConfigSources();
  const extensions = new ExtensionSet(defaultRegistry(), []);
  const decoder = new ResourceDecoder(extensions, runtime);
  const configurations = new RouteConfigurations({ clusters: clustersNamed("a", "b"), extensions, runtime, sources, decoder });
  return {
    sources,
    runtime,
    configurations,
    open: (isRpc = false, name = "r", store = new StatsStore()) => {
      const user = new User(configurations.none, isRpc, store);
      const routes = configurations.open(rds(name), ConfigPath.of("manager"), user);
      let ready = false;
      void routes.start().then(() => (ready = true));
      return { user, routes, isReady: () => ready };
    },
    logged: () => runtime.logger.lines.map(({ message }) => message),
  };
}

/** Lets promises that are settled have their effect. */
const settle = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe("routes in the message of a connection manager", () => {
  const inline = (routes: object): RouteSpecifier =>
    specifier({ route_config: { virtual_hosts: [{ name: "v", domains: ["*"], routes: [routes] }] } });

  test("are there at once", async () => {
    const { configurations } = proxy();
    const user = new User(configurations.none, false);
    const routes = configurations.open(inline({ match: { prefix: "/" }, route: { cluster: "a" } }), ConfigPath.of("manager"), user);
    expect(user.cluster).toBe("a");
    await routes.start();
    routes.close();
    expect(configurations.dynamic()).toEqual([]);
  });

  test("are refused where they lead nowhere, or say what their user can do nothing with", () => {
    const { configurations } = proxy();
    const open = (routes: object, isRpc: boolean) => (): unknown =>
      configurations.open(inline(routes), ConfigPath.of("manager"), new User(configurations.none, isRpc));
    expect(open({ match: { prefix: "/" }, route: { cluster: "nowhere" } }, false)).toThrow(
      "manager.route_config.virtual_hosts[0].routes[0].route.cluster",
    );
    const rewriting = { match: { prefix: "/" }, route: { cluster: "a", prefix_rewrite: "/x" } };
    expect(open(rewriting, true)).toThrow("manager.route_config.virtual_hosts[0].routes[0].route.prefix_rewrite");
    expect(open(rewriting, false)).not.toThrow();
  });
});

test("routes of RDS need a name and a source", () => {
  const { configurations } = proxy();
  const open = (json: object) => (): unknown =>
    configurations.open(specifier({ rds: json }), ConfigPath.of("manager"), new User(configurations.none, false));
  expect(open({ config_source: { ads: {} } })).toThrow("manager.rds.route_config_name: is required");
  expect(open({ route_config_name: "r" })).toThrow("manager.rds.config_source: is required");
});

describe("routes of RDS", () => {
  test("come, and others in their place; before, no request finds one", async () => {
    const { sources, open, configurations, runtime } = proxy();
    const { user, isReady } = open();
    expect([user.cluster, sources.watched(rdsName)]).toEqual([undefined, ["r"]]);
    await settle();
    expect(isReady()).toBe(false);
    runtime.advance(500);
    // Routes that come may lead to clusters that are not there yet.
    expect(sources.set(rdsName, { r: routesTo("nowhere") }, "7")).toEqual([]);
    await settle();
    expect([user.cluster, isReady()]).toEqual(["nowhere", true]);
    const before = user.table;
    sources.set(rdsName, { r: routesTo("b") }, "8");
    expect(user.cluster).toBe("b");
    // What began before goes on with the table that it has.
    expect(before.match(new TestRequest(), 0)?.action.kind).toBe("forward");
    expect(configurations.dynamic().map(({ version, updatedAt, message }) => [message.name, version, updatedAt])).toEqual([
      ["r", "8", 500],
    ]);
    expect(["update_attempt", "update_success", "config_reload"].map((name) => user.stat(name))).toEqual([2, 2, 2]);
    expect(user.stat("config_reload_time_ms")).toBe(Math.round(runtime.clock.wall()));
  });

  test("that another listener uses already are no update for who takes its place", async () => {
    const { sources, open, configurations, runtime } = proxy();
    const first = open();
    sources.set(rdsName, { r: routesTo("a") }, "1");
    runtime.advance(500);
    const second = open(false, "r", first.user.store);
    await settle();
    first.routes.close();
    expect(second.user.cluster).toBe("a");
    expect([second.user.stat("update_success"), second.user.stat("config_reload")]).toEqual([1, 1]);
    expect(configurations.dynamic().map(({ updatedAt }) => updatedAt)).toEqual([0]);
    sources.set(rdsName, { r: routesTo("b") }, "2");
    expect([second.user.stat("update_success"), second.user.stat("config_reload")]).toEqual([2, 2]);
  });

  test("that are refused leave those that there are", async () => {
    const { sources, open, configurations, logged } = proxy();
    const { user } = open();
    sources.set(rdsName, { r: routesTo("a") }, "1");
    const wrong = fromJson(rdsName, { name: "r", virtual_hosts: [{ name: "v", domains: ["*", "*"] }] });
    expect(sources.set(rdsName, { r: wrong }, "2")).toEqual([expect.stringMatching(/^virtual_hosts\[0\]\.domains\[1\]: /)]);
    expect(user.cluster).toBe("a");
    expect(configurations.refused.get("r")).toMatchObject({ version: "2" });
    expect(user.stat("update_rejected")).toBe(1);
    expect(logged()).toEqual([expect.stringMatching(/^routes r: virtual_hosts.*; those that there are stay in use$/)]);
    sources.set(rdsName, { r: routesTo("b") }, "3");
    expect([user.cluster, configurations.refused.size]).toEqual(["b", 0]);
  });

  test.each([
    ["refused", true, "update_rejected"],
    ["timeout", true, "init_fetch_timeout"],
    ["unavailable", false, "update_failure"],
  ] as const)("are waited for no longer after: %s (%s)", async (kind, expected, counter) => {
    const { sources, open } = proxy();
    const { user, isReady } = open();
    sources.fail(rdsName, failure(kind));
    await settle();
    expect([isReady(), user.cluster, user.stat(counter)]).toEqual([expected, undefined, 1]);
    sources.set(rdsName, { r: routesTo("a") });
    expect(user.cluster).toBe("a");
  });

  test("that do not exist yet are waited for, as long as for a first answer", async () => {
    const { sources, open, runtime } = proxy();
    const { user, isReady } = open();
    sources.remove(rdsName, "r");
    runtime.advance(14_900);
    await settle();
    expect([isReady(), user.cluster]).toEqual([false, undefined]);
    runtime.advance(200);
    await settle();
    expect([isReady(), user.cluster]).toEqual([true, undefined]);
  });

  test("that come after all are used, and those that are taken away stay in use", async () => {
    const { sources, open } = proxy();
    const { user, isReady } = open();
    sources.remove(rdsName, "r");
    sources.set(rdsName, { r: routesTo("a") });
    await settle();
    expect(isReady()).toBe(true);
    sources.remove(rdsName, "r");
    expect([user.cluster, user.stat("update_empty")]).toEqual(["a", 2]);
  });

  test("are not asked for any more once their user is closed, which then waits for nothing", async () => {
    const { sources, open, configurations } = proxy();
    const { user, routes, isReady } = open();
    sources.set(rdsName, { r: fromJson(rdsName, { virtual_hosts: [{}] }) });
    expect(configurations.refused.size).toBe(1);
    routes.close();
    await settle();
    expect([sources.watched(rdsName), isReady(), configurations.refused.size, configurations.dynamic()]).toEqual([[], true, 0, []]);
    sources.set(rdsName, { r: routesTo("a") });
    expect(user.cluster).toBeUndefined();
  });
});

describe("routes of RDS that several users share", () => {
  test("are one table, shown once", async () => {
    const { sources, open, configurations } = proxy();
    const users = [open(), open()].map(({ user }) => user);
    sources.set(rdsName, { r: routesTo("a") });
    expect(users[0]!.table).toBe(users[1]!.table);
    expect(configurations.dynamic()).toHaveLength(1);
    // One that comes later has it too, and waits for nothing.
    const late = open();
    await settle();
    expect([late.user.table, late.isReady()]).toEqual([users[0]!.table, true]);
    late.routes.close();
    expect(configurations.dynamic()).toHaveLength(1);
  });

  test("are refused for all where one of them can do nothing with them", () => {
    const { sources, open, configurations } = proxy();
    const [http, rpc] = [open(), open(true)];
    sources.set(rdsName, { r: routesTo("a") }, "1");
    const at = "virtual_hosts[0].routes[0].route.prefix_rewrite";
    expect(sources.set(rdsName, { r: onlyHttp("b") }, "2")).toEqual([expect.stringContaining(at)]);
    expect([http.user.cluster, rpc.user.cluster]).toEqual(["a", "a"]);
    expect(configurations.refused.get("r")?.details).toContain(at);
    // Another configuration is none of its business.
    open(false, "other");
    expect(sources.set(rdsName, { other: onlyHttp("b") })).toEqual([]);
    rpc.routes.close();
    expect(sources.set(rdsName, { r: onlyHttp("b") }, "3")).toEqual([]);
    expect(http.user.cluster).toBe("b");
  });

  test("and were there before one that can do nothing with them, leave that one without any, until it can", async () => {
    const { sources, open, logged } = proxy();
    const http = open();
    sources.set(rdsName, { r: onlyHttp("a") });
    const rpc = open(true);
    await settle();
    expect([rpc.isReady(), rpc.user.cluster, http.user.cluster]).toEqual([true, undefined, "a"]);
    expect(logged()).toEqual([expect.stringMatching(/^routes r: .*prefix_rewrite.*; those that there are stay in use$/)]);
    expect([rpc.user.stat("config_reload"), http.user.stat("config_reload")]).toEqual([0, 1]);
    sources.set(rdsName, { r: routesTo("b") });
    expect([rpc.user.cluster, http.user.cluster]).toEqual(["b", "b"]);
  });
});
