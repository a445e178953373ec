import { defaultRegistry, fromJson } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ResponseFlag } from "../access-log/index.ts";
import { ConfigPath, ExtensionSet } from "../config/index.ts";
import { testRuntime, type TestRuntime } from "../runtime/testing.ts";
import { StatsStore } from "../stats/index.ts";
import { statValue } from "../stats/testing.ts";
import { ResourceDecoder, type SubscriptionFailure } from "../subscription/index.ts";
import { TestConfigSources } from "../subscription/testing.ts";
import { FilterConfigurations } from "./filter-configurations.ts";
import { FilterStatus, type StreamFilterExtension } from "./filter.ts";
import { streamFilterExtensions } from "./filters/index.ts";
import { StreamFilters } from "./stream-filters.ts";
import { httpFilters, RecordingFilter, testStreams } from "./testing.ts";

const ecdsName = "envoy.config.core.v3.TypedExtensionConfig";
const typeOf = (message: string): string => `type.googleapis.com/${message}`;
const text = "google.protobuf.StringValue";
const fault = "envoy.extensions.filters.http.fault.v3.HTTPFault";
const router = { name: "router", typed_config: { "@type": typeOf("envoy.extensions.filters.http.router.v3.Router") } };
const failure = (kind: SubscriptionFailure["kind"]): SubscriptionFailure => ({ kind, message: `it is ${kind}`, problems: [] });

/** A filter of the name that its configuration has, which writes its calls down. */
const configured = (value: string): object => ({ "@type": typeOf(text), value });
const config = (value: string): object => fromJson(ecdsName, { name: "f", typed_config: configured(value) });

const discovery = (fields: object = {}, name: string = "f"): object => ({
  name,
  config_discovery: { config_source: { ads: {} }, type_urls: [typeOf(text)], ...fields },
});

const recording: StreamFilterExtension = {
  name: "test.recording",
  category: "envoy.filters.http",
  messageName: text,
  fields: undefined,
  create: (extension) => new RecordingFilter(extension.as(text).value, []),
};

interface Manager {
  readonly filters: StreamFilters;
  readonly isReady: () => boolean;
  /** The names of the filters that the chain has now, in order. */
  readonly chain: () => string[];
}

interface Proxy {
  readonly sources: TestConfigSources;
  readonly runtime: TestRuntime;
  readonly configurations: FilterConfigurations;
  readonly store: StatsStore;
  /** Filters of a connection manager, started. */
  readonly open: (...filters: object[]) => Manager;
  readonly stat: (name: string) => number;
  readonly logged: () => string[];
}

function proxy(): Proxy {
  const runtime = testRuntime();
  const sources = new TestConfigSources();
  const store = new StatsStore();
  const extensions = new ExtensionSet(defaultRegistry(), [...streamFilterExtensions, recording]);
  const configurations = new FilterConfigurations(sources, new ResourceDecoder(extensions, runtime), store);
  return {
    sources,
    runtime,
    configurations,
    store,
    open: (...given) => {
      const context = { runtime, extensions, filterConfigurations: configurations, stats: store.scope("http.in") };
      let current: readonly unknown[] = [];
      const filters = new StreamFilters(httpFilters([...given, router]), ConfigPath.of("http_filters"), context, (chain) => {
        current = chain.onRequest;
      });
      current = filters.chain.onRequest;
      let ready = false;
      void filters.start().then(() => (ready = true));
      return {
        filters,
        isReady: () => ready,
        chain: () => current.map((filter) => (filter instanceof RecordingFilter ? filter.name : "(none)")),
      };
    },
    stat: (name) => statValue(store, `extension_config_discovery.http_filter.f.${name}`),
    logged: () => runtime.logger.lines.map(({ message }) => message),
  };
}

/** Lets promises that are settled have their effect. */
const settle = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe("a filter whose configuration comes by ECDS", () => {
  test("has its place in the chain, and takes the configuration that comes, and others in its place", async () => {
    const { sources, open, stat, configurations, runtime } = proxy();
    const { chain, isReady } = open({ name: "a", typed_config: configured("a") }, discovery(), {
      name: "z",
      typed_config: configured("z"),
    });
    expect([chain(), sources.watched(ecdsName)]).toEqual([["a", "(none)", "z"], ["f"]]);
    await settle();
    expect(isReady()).toBe(false);
    runtime.advance(500);
    sources.set(ecdsName, { f: config("1") }, "7");
    await settle();
    expect([chain(), isReady()]).toEqual([["a", "1", "z"], true]);
    sources.set(ecdsName, { f: config("2") }, "8");
    expect(chain()).toEqual(["a", "2", "z"]);
    expect(configurations.dynamic().map(({ message, version, updatedAt }) => [message.name, version, updatedAt])).toEqual([
      ["f", "8", 500],
    ]);
    expect(["update_attempt", "update_success", "config_reload", "config_fail"].map(stat)).toEqual([2, 2, 2, 0]);
  });

  test("keeps its configuration where another is refused", () => {
    const { sources, open, stat, configurations, logged } = proxy();
    const { chain } = open(discovery());
    sources.set(ecdsName, { f: config("1") }, "1");
    const other = fromJson(ecdsName, { name: "f", typed_config: { "@type": typeOf(fault) } });
    expect(sources.set(ecdsName, { f: other }, "2")).toEqual([`typed_config: is a ${fault}: the filter's type_urls are ${text}`]);
    const terminal = fromJson(ecdsName, { ...router, name: "f" });
    expect(sources.set(ecdsName, { f: terminal }, "3")).toHaveLength(1);
    expect(chain()).toEqual(["1"]);
    expect(configurations.refused.get("f")?.version).toBe("3");
    expect(["update_rejected", "config_fail", "config_reload"].map(stat)).toEqual([2, 2, 1]);
    expect(logged()[0]).toMatch(/^filter f: typed_config: is a /);
  });

  test.each([
    ["refused", true, "update_rejected", 1],
    ["timeout", true, "init_fetch_timeout", 1],
    ["unavailable", false, "update_failure", 0],
  ] as const)("is waited for no longer after: %s (%s)", async (kind, expected, counter, failures) => {
    const { sources, open, stat } = proxy();
    const { chain, isReady } = open(discovery());
    sources.fail(ecdsName, failure(kind));
    await settle();
    expect([isReady(), chain(), stat(counter), stat("config_fail")]).toEqual([expected, ["(none)"], 1, failures]);
  });

  test("has its default until a configuration comes, and again when that is taken away", async () => {
    const { sources, open, configurations, stat } = proxy();
    const { chain, isReady } = open(discovery({ default_config: configured("default") }));
    await settle();
    expect([chain(), isReady()]).toEqual([["default"], false]);
    sources.set(ecdsName, { f: config("1") });
    await settle();
    expect([chain(), isReady()]).toEqual([["1"], true]);
    sources.remove(ecdsName, "f");
    expect([chain(), configurations.dynamic()]).toEqual([["default"], []]);
    expect(stat("config_reload")).toBe(2);
    sources.set(ecdsName, { f: config("2") });
    expect(chain()).toEqual(["2"]);
  });

  test("is not waited for where its default is to be applied without warming", async () => {
    const { sources, open } = proxy();
    const { chain, isReady } = open(discovery({ default_config: configured("default"), apply_default_config_without_warming: true }));
    await settle();
    expect([chain(), isReady()]).toEqual([["default"], true]);
    sources.set(ecdsName, { f: config("1") });
    expect(chain()).toEqual(["1"]);
  });

  test("is not asked for any more once its chain is closed, and its statistics go", async () => {
    const { sources, open, configurations, store } = proxy();
    const { filters, isReady } = open(discovery());
    sources.set(ecdsName, { f: fromJson(ecdsName, router) });
    filters.close();
    await settle();
    expect([sources.watched(ecdsName), configurations.refused.size, isReady()]).toEqual([[], 0, true]);
    expect(store.snapshot().counters.filter(({ name }) => name.startsWith("extension_config"))).toEqual([]);
  });

  test.each([
    ["without a source", { config_source: null }, "config_discovery.config_source: is required"],
    ["without types", { type_urls: [] }, "config_discovery.type_urls: is required"],
    [
      "of a type that there is not",
      { type_urls: [typeOf(text), typeOf("google.protobuf.BytesValue")] },
      "config_discovery.type_urls[1]: there is no stream filter",
    ],
    [
      "with a default of another type",
      { default_config: { "@type": typeOf(fault) } },
      `config_discovery.default_config: is a ${fault}: the filter's type_urls are ${text}`,
    ],
    [
      "that is not to wait, and has no default",
      { apply_default_config_without_warming: true },
      "config_discovery.apply_default_config_without_warming: needs a default_config",
    ],
  ])("is refused %s", (_what, fields, message) => {
    expect(() => proxy().open(discovery(fields))).toThrow(`http_filters[0].${message}`);
  });

  test("may not be the last one", () => {
    const { open, configurations } = proxy();
    expect(() => open(discovery(), { ...router, name: "first" })).toThrow("http_filters[1]");
    const extensions = new ExtensionSet(defaultRegistry(), streamFilterExtensions);
    const context = { runtime: testRuntime(), extensions, filterConfigurations: configurations, stats: new StatsStore() };
    expect(() => new StreamFilters(httpFilters([discovery()]), ConfigPath.of("http_filters"), context, () => {})).toThrow(
      "http_filters[0]: the last filter must be the router",
    );
  });
});

describe("a configuration that several chains have", () => {
  test("is asked for and counted once, and each makes its filter of it", async () => {
    const { sources, open, stat, configurations } = proxy();
    const [first, second] = [open(discovery()), open(discovery())];
    expect(sources.calls).toEqual(["+f"]);
    sources.set(ecdsName, { f: config("1") });
    expect([first.chain(), second.chain()]).toEqual([["1"], ["1"]]);
    expect(first.filters.chain.onRequest[0]).not.toBe(second.filters.chain.onRequest[0]);
    const late = open(discovery());
    await settle();
    expect([late.chain(), late.isReady()]).toEqual([["1"], true]);
    expect([stat("config_reload"), configurations.dynamic().length]).toEqual([1, 1]);
    first.filters.close();
    second.filters.close();
    expect(sources.calls).toEqual(["+f"]);
    late.filters.close();
    expect(sources.calls).toEqual(["+f", "-f"]);
  });

  test("is refused for all where one of them can do nothing with it", () => {
    const { sources, open } = proxy();
    const [any, strict] = [open(discovery({ type_urls: [typeOf(text), typeOf(fault)] })), open(discovery())];
    sources.set(ecdsName, { f: config("1") });
    const other = fromJson(ecdsName, { name: "f", typed_config: { "@type": typeOf(fault) } });
    expect(sources.set(ecdsName, { f: other })).toHaveLength(1);
    expect([any.chain(), strict.chain()]).toEqual([["1"], ["1"]]);
    strict.filters.close();
    expect(sources.set(ecdsName, { f: other })).toEqual([]);
  });

  test("and was there before one that can do nothing with it, leaves that one what it has", async () => {
    const { sources, open, stat, logged } = proxy();
    open(discovery({ type_urls: [typeOf(text), typeOf(fault)] }));
    sources.set(ecdsName, { f: fromJson(ecdsName, { name: "f", typed_config: { "@type": typeOf(fault) } }) });
    const late = open(discovery({ default_config: configured("default") }));
    await settle();
    expect([late.chain(), late.isReady(), stat("config_conflict")]).toEqual([["default"], true, 1]);
    expect(logged()).toEqual([`filter f: typed_config: is a ${fault}: the filter's type_urls are ${text}`]);
    sources.set(ecdsName, { f: config("1") });
    expect(late.chain()).toEqual(["1"]);
  });
});

describe("streams", () => {
  test("are answered with 500 where a filter has no configuration, unless it is off", async () => {
    const sources = new TestConfigSources();
    const streams = testStreams({ sources, httpFilters: [discovery({ type_urls: [typeOf(text)] })] });
    void streams.filters.start();
    expect(streams.begin().written).toEqual(["local 500 "]);
    // Envoy has no details here.
    expect(streams.logged).toEqual([
      { responseFlags: ResponseFlag.NoFilterConfigFound, responseCode: 500, responseCodeDetails: "filter_config_not_available" },
    ]);
    const off = testStreams({
      sources: new TestConfigSources(),
      httpFilters: [{ ...discovery({ type_urls: [typeOf(text)] }), disabled: true }],
    });
    expect(off.begin().attempts).toHaveLength(1);
  });

  test("go on with the chain with which they began", async () => {
    const sources = new TestConfigSources();
    const calls: string[] = [];
    const filters = {
      old: new RecordingFilter("old", calls, () => FilterStatus.Stop),
      new: new RecordingFilter("new", calls),
    };
    const streams = testStreams({ sources, filters, httpFilters: [discovery()] });
    void streams.filters.start();
    sources.set(ecdsName, { f: config("old") });
    const first = streams.begin();
    sources.set(ecdsName, { f: config("new") });
    const second = streams.begin();
    first.continueRequest();
    first.answer(200);
    second.answer(200);
    expect(calls).toEqual(["old request", "new request", "old response", "old complete", "new response", "new complete"]);
  });
});
