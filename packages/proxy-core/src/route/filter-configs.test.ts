import { describe, expect, test } from "vitest";
import { fail, type ExtensionDescriptor } from "../config/index.ts";
import { compileRoutes, compileUnchecked, forwardOf, routeOf, TestRequest } from "./testing.ts";

const localityName = "envoy.config.core.v3.Locality";

/** Filters that routes configure with a Locality: one compiles it to its region, the other takes the message as it is. */
const filters: readonly ExtensionDescriptor[] = [
  {
    name: "test.compiled",
    category: "envoy.filters.http",
    messageName: "envoy.config.core.v3.Pipe",
    fields: undefined,
    perRoute: {
      messageName: localityName,
      fields: undefined,
      compile: (extension) => {
        const { region } = extension.as(localityName);
        return region === "" ? fail(extension.path.field("region"), "is required") : region;
      },
    },
  },
];

const region = (name: string): object => ({ "@type": `type.googleapis.com/${localityName}`, region: name });
const wrap = (fields: object): object => ({ "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", ...fields });

interface Levels {
  readonly configuration?: object;
  readonly virtualHost?: object;
  readonly route?: object;
  readonly cluster?: object;
}

function json({ configuration = {}, virtualHost = {}, route = {}, cluster = {} }: Levels): object {
  const clusters = [{ name: "a", weight: 1, typed_per_filter_config: cluster }];
  const action = { match: { prefix: "/" }, route: { weighted_clusters: { clusters } }, typed_per_filter_config: route };
  return {
    virtual_hosts: [{ name: "v", domains: ["*"], routes: [action], typed_per_filter_config: virtualHost }],
    typed_per_filter_config: configuration,
  };
}

describe("typed_per_filter_config", () => {
  test("gives a filter the most specific configuration, or all of them", () => {
    const route = routeOf(
      compileRoutes(
        json({ configuration: { f: region("c"), g: region("c") }, virtualHost: { f: region("v") }, route: { f: region("r") } }),
        { extensions: filters },
      ),
    );
    expect(route.filterConfig("f")).toBe("r");
    expect(route.filterConfigs("f")).toEqual(["r", "v", "c"]);
    expect(route.filterConfig("g")).toBe("c");
    expect(route.filterConfig("h")).toBeUndefined();
    expect(route.filterConfigs("h")).toEqual([]);
    expect([...(route.filterSwitches ?? [])]).toEqual([
      ["f", true],
      ["g", true],
    ]);
  });

  test("turns filters off, and on again where it is more specific", () => {
    const off = wrap({ disabled: true });
    const route = routeOf(
      compileRoutes(
        json({ configuration: { f: off, g: region("c"), h: off }, virtualHost: { f: wrap({ config: region("v") }), g: off } }),
        { extensions: filters },
      ),
    );
    expect(new Map(route.filterSwitches)).toEqual(
      new Map([
        ["f", true],
        ["g", false],
        ["h", false],
      ]),
    );
    expect(route.filterConfig("f")).toBe("v");
    expect(route.filterConfigs("f")).toEqual(["v"]);
    expect(route.filterConfigs("h")).toEqual([]);
  });

  test("of a weighted cluster comes with the target", () => {
    const table = compileRoutes(json({ route: { f: region("r") }, cluster: { f: region("w"), g: wrap({ disabled: true }) } }), {
      extensions: filters,
    });
    const target = forwardOf(table).clusterName(0, new TestRequest());
    expect(target.typedPerFilterConfig).toEqual(new Map([["f", "w"]]));
    expect(target.filterSwitches).toEqual(
      new Map([
        ["f", true],
        ["g", false],
      ]),
    );
  });

  test("is undefined where nothing is configured", () => {
    const table = compileRoutes(json({}));
    expect(routeOf(table).filterSwitches).toBeUndefined();
    expect(forwardOf(table).clusterName(0, new TestRequest())).toMatchObject({
      typedPerFilterConfig: undefined,
      filterSwitches: undefined,
    });
  });

  test("passes over what is optional and unknown", () => {
    const unknown = { "@type": "type.googleapis.com/envoy.config.core.v3.Pipe", path: "/" };
    const route = routeOf(compileUnchecked(json({ route: { f: wrap({ config: unknown, is_optional: true }) } })));
    expect(route.filterSwitches).toBeUndefined();
  });

  test.each<[Levels, string]>([
    [{ configuration: { f: region("") } }, 'routes.typed_per_filter_config["f"].region: is required'],
    [
      { virtualHost: { f: wrap({}) } },
      'routes.virtual_hosts[0].typed_per_filter_config["f"].config: is required where the filter is not disabled',
    ],
    [
      { route: { f: wrap({ config: region("") }) } },
      'routes.virtual_hosts[0].routes[0].typed_per_filter_config["f"].config.region: is required',
    ],
    [
      { cluster: { f: { "@type": "type.googleapis.com/envoy.config.core.v3.Pipe", path: "/" } } },
      'route.weighted_clusters.clusters[0].typed_per_filter_config["f"]: there is no stream filter that routes can configure',
    ],
  ])("refuses %j", (levels, message) => {
    expect(() => compileUnchecked(json(levels), { extensions: filters })).toThrow(message);
  });
});
