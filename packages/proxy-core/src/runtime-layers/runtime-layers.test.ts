import { defaultRegistry, fromJson } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ConfigPath, ExtensionSet } from "../config/index.ts";
import { testRuntime, type TestRuntime } from "../runtime/testing.ts";
import { StatsStore } from "../stats/index.ts";
import { statValue } from "../stats/testing.ts";
import { ResourceDecoder } from "../subscription/index.ts";
import { TestConfigSources } from "../subscription/testing.ts";
import { RuntimeLayers } from "./runtime-layers.ts";

interface TestLayers {
  readonly layers: RuntimeLayers;
  readonly runtime: TestRuntime;
  readonly sources: TestConfigSources;
  readonly stat: (name: string) => number;
  /** What the runtime says of a key, `-1` for nothing. */
  readonly integer: (key: string) => number;
}

function open(...layers: object[]): TestLayers {
  return openMessage({ layers });
}

function openMessage(json: object | null): TestLayers {
  const runtime = testRuntime();
  const sources = new TestConfigSources();
  const store = new StatsStore();
  const layers = new RuntimeLayers({
    layers: json === null ? null : fromJson("envoy.config.bootstrap.v3.LayeredRuntime", json),
    path: ConfigPath.root.field("layered_runtime"),
    sources,
    decoder: new ResourceDecoder(new ExtensionSet(defaultRegistry(), []), runtime),
    stats: store,
  });
  return {
    layers,
    runtime,
    sources,
    stat: (name) => statValue(store, `runtime.${name}`),
    integer: (key) => runtime.flags.current.integer(key, -1),
  };
}

const fixed = (name: string, static_layer: object): object => ({ name, static_layer });
const admin = { name: "admin", admin_layer: {} };
const discovered = (name: string, resource: string): object => ({ name, rtds_layer: { name: resource, rtds_config: { ads: {} } } });
const resourceType = "envoy.service.runtime.v3.Runtime";
const layerOf = (layer: object): ReturnType<typeof fromJson<"google.protobuf.Struct">> => fromJson("google.protobuf.Struct", layer);

describe("layers", () => {
  test("stand over each other, the last one on top, and hold from the beginning", () => {
    const { integer, stat } = open(fixed("low", { a: 1, b: { c: 2 } }), fixed("high", { b: { c: 3 } }));
    expect([integer("a"), integer("b.c"), integer("b")]).toEqual([1, 3, -1]);
    expect(["num_layers", "num_keys", "load_success", "admin_overrides_active"].map(stat)).toEqual([2, 2, 1, 0]);
  });

  test("hide what is below them, even where they have another type", () => {
    const { runtime } = open(fixed("low", { a: 1 }), fixed("high", { a: { numerator: 5 } }));
    const { current } = runtime.flags;
    expect([current.integer("a", 7), current.fraction("a", 0), current.number("a", 7), current.boolean("a", false)]).toEqual([
      7,
      0.05,
      7,
      false,
    ]);
  });

  test("are none without a configuration, and one admin layer with an empty one", () => {
    const [without, empty] = [openMessage(null), openMessage({})];
    expect(without.layers.describe()).toEqual({ layers: [], entries: {} });
    expect(without.layers.modify([["a", "1"]])).toEqual({ ok: false, message: "No admin layer specified" });
    expect(empty.layers.modify([["a", "1"]])).toEqual({ ok: true });
    expect(empty.layers.describe()).toEqual({ layers: [""], entries: { a: { layer_values: ["1"], final_value: "1" } } });
  });

  test.each([
    [[fixed("a", {}), fixed("a", {})], 'layers[1].name: there is another layer of the name "a"'],
    [[admin, { ...admin, name: "b" }], "layers[1].admin_layer: there is another admin layer"],
    [[fixed("", {})], "layers[0].name: is required"],
    [[{ name: "a" }], "layers[0]: one of static_layer, admin_layer, rtds_layer is required"],
    [[fixed("a", { b: { c: [] } })], 'layers[0].static_layer["b.c"]: is no value of a runtime key'],
    [[{ name: "a", disk_layer: { symlink_root: "/" } }], "layers[0].disk_layer: is not supported: files are not watched"],
    [[{ name: "a", rtds_layer: { rtds_config: { ads: {} } } }], "layers[0].rtds_layer.name: is required"],
    [[{ name: "a", rtds_layer: { name: "r" } }], "layers[0].rtds_layer.rtds_config: is required"],
  ])("are refused where they make no sense: %j", (layers, message) => {
    expect(() => open(...layers)).toThrow(`layered_runtime.${message}`);
  });

  test("tell all that is wrong with them at once", () => {
    expect(() => open(fixed("", { a: null, b: [] }), { name: "c" })).toThrow(
      expect.objectContaining({ problems: expect.objectContaining({ length: 4 }) }),
    );
  });
});

describe("the admin layer", () => {
  test("takes values and gives them back, and its place among the layers counts", () => {
    const { layers, integer, stat } = open(fixed("low", { a: 1 }), admin, fixed("high", { b: 2 }));
    expect(layers.modify(new URLSearchParams("a=5&b=5&c=5"))).toEqual({ ok: true });
    expect([integer("a"), integer("b"), integer("c")]).toEqual([5, 2, 5]);
    expect(["admin_overrides_active", "num_keys", "load_success"].map(stat)).toEqual([1, 3, 2]);
    expect(layers.describe()).toEqual({
      layers: ["low", "admin", "high"],
      entries: {
        a: { layer_values: ["1", "5", ""], final_value: "5" },
        b: { layer_values: ["", "5", "2"], final_value: "2" },
        c: { layer_values: ["", "5", ""], final_value: "5" },
      },
    });
    layers.modify(new URLSearchParams("a=&b=&c"));
    expect([integer("a"), integer("b"), integer("c")]).toEqual([1, 2, -1]);
    expect(["admin_overrides_active", "num_keys"].map(stat)).toEqual([0, 2]);
  });

  test("takes the first of several values for a key", () => {
    const { layers, integer } = open(admin);
    layers.modify(new URLSearchParams("a=1&a=2"));
    expect(integer("a")).toBe(1);
  });

  test("takes nothing at all where a value is not YAML", () => {
    const { layers, runtime } = open(admin);
    const before = runtime.flags.current;
    expect(layers.modify(new URLSearchParams("a=1&b={"))).toEqual({ ok: false, message: "the value of b is not YAML" });
    expect(runtime.flags.current).toBe(before);
  });
});

describe("a layer of RTDS", () => {
  test("is waited for, and followed from then on", async () => {
    const { layers, sources, integer, stat } = open(fixed("low", { a: 1, b: 1 }), discovered("live", "r"));
    expect(sources.watched(resourceType)).toEqual([]);
    const started = layers.start();
    expect(sources.watched(resourceType)).toEqual(["r"]);
    expect([integer("a"), stat("num_layers")]).toEqual([1, 2]);
    await Promise.resolve();
    sources.set(resourceType, { r: { name: "r", layer: layerOf({ a: 2 }) } });
    await started;
    expect([integer("a"), integer("b")]).toEqual([2, 1]);
    sources.set(resourceType, { r: { name: "r", layer: layerOf({ b: 3 }) } });
    expect([integer("a"), integer("b")]).toEqual([1, 3]);
    sources.set(resourceType, { r: { name: "r" } });
    expect([integer("a"), integer("b")]).toEqual([1, 1]);
    expect(["update_success", "update_attempt", "load_success"].map(stat)).toEqual([3, 3, 4]);
  });

  test("is empty where there is no such resource, and when it is taken away", async () => {
    const { layers, sources, integer } = open(discovered("live", "r"));
    const started = layers.start();
    sources.remove(resourceType, "r");
    await started;
    sources.set(resourceType, { r: { name: "r", layer: layerOf({ a: 2 }) } });
    expect(integer("a")).toBe(2);
    sources.remove(resourceType, "r");
    expect(integer("a")).toBe(-1);
  });

  test.each([
    ["timeout", "init_fetch_timeout"],
    ["refused", "update_rejected"],
  ] as const)("is not waited for any longer after %s", async (kind, counter) => {
    const { layers, sources, stat, runtime } = open(discovered("live", "r"));
    const started = layers.start();
    sources.fail(resourceType, { kind, message: "nothing came", problems: [] });
    await started;
    expect(stat(counter)).toBe(1);
    expect(runtime.logger.lines.map(({ message }) => message)).toEqual(["layer live: nothing came; what it said before holds"]);
  });

  test("is waited for while its source cannot be reached", async () => {
    const { layers, sources, stat, runtime } = open(discovered("live", "r"));
    let isStarted = false;
    const started = layers.start().then(() => (isStarted = true));
    sources.fail(resourceType, { kind: "unavailable", message: "refused", problems: [] });
    await Promise.resolve();
    await Promise.resolve();
    expect([isStarted, stat("update_failure"), runtime.logger.lines.length]).toEqual([false, 1, 0]);
    sources.set(resourceType, { r: { name: "r" } });
    await started;
  });

  test("keeps what it said when an update is refused, and says where the fault is", async () => {
    const { layers, sources, integer, stat } = open(discovered("live", "r"));
    const started = layers.start();
    await Promise.resolve();
    sources.set(resourceType, { r: { name: "r", layer: layerOf({ a: 2 }) } });
    await started;
    expect(sources.set(resourceType, { r: { name: "r", layer: layerOf({ a: 3, b: { c: [1] } }) } })).toEqual([
      'layer["b.c"]: is no value of a runtime key: numbers, texts, booleans and fractions are',
    ]);
    expect(sources.set(resourceType, { r: { name: "s" } })).toEqual(['name: expected "r", got "s"']);
    expect([integer("a"), stat("update_rejected"), stat("update_success")]).toEqual([2, 2, 1]);
  });

  test("can be one of several, and the proxy waits for all of them", async () => {
    const { layers, sources, integer } = open(discovered("first", "r"), discovered("second", "s"));
    let isStarted = false;
    const started = layers.start().then(() => (isStarted = true));
    sources.set(resourceType, { s: { name: "s", layer: layerOf({ a: 2 }) } });
    await Promise.resolve();
    await Promise.resolve();
    expect(isStarted).toBe(false);
    sources.set(resourceType, { r: { name: "r", layer: layerOf({ a: 1, b: 1 }) } });
    await started;
    expect([integer("a"), integer("b")]).toEqual([2, 1]);
  });

  test("changes nothing any more when the layers are closed, and is not waited for", async () => {
    const { layers, sources, integer } = open(discovered("live", "r"));
    const started = layers.start();
    layers.close();
    await started;
    expect(sources.watched(resourceType)).toEqual([]);
    expect(integer("a")).toBe(-1);
  });
});
