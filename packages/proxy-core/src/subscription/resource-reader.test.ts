import { defaultRegistry, packAny, type Any, type MessageInit } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ConfigError, ConfigPath, ExtensionSet, fail } from "../config/index.ts";
import { describeExtension } from "../config/testing.ts";
import { testRuntime, type TestRuntime } from "../runtime/testing.ts";
import type { IncomingResource } from "./contract.ts";
import { DecodingReader, RememberingReader, ResourceDecoder, SteppingReader } from "./resource-reader.ts";

const clusterName = "envoy.config.cluster.v3.Cluster";
const fault = "envoy.extensions.filters.http.fault.v3.HTTPFault";
const extensions = new ExtensionSet(defaultRegistry(), [
  describeExtension("envoy.filters.http.fault", "envoy.filters.http", fault),
  {
    name: "options",
    category: "envoy.upstream_options",
    messageName: "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
    fields: undefined,
  },
]);
const packed = (init: MessageInit<typeof clusterName>): Any => packAny<typeof clusterName>(clusterName, init);

interface Decoding {
  readonly runtime: TestRuntime;
  readonly decoder: ResourceDecoder;
  readonly logged: () => string[];
  /** What is wrong, each with its path. */
  readonly refusal: (any: Any) => string[];
}

function decoding(): Decoding {
  const runtime = testRuntime();
  const decoder = new ResourceDecoder(extensions, runtime);
  return {
    runtime,
    decoder,
    logged: () => runtime.logger.lines.map(({ message }) => message),
    refusal: (any) => {
      try {
        decoder.decode(clusterName, any);
      } catch (error) {
        if (error instanceof ConfigError) return error.problems.map(({ path, message }) => `${path}: ${message}`);
        throw error;
      }
      throw new Error("it was taken");
    },
  };
}

describe("a resource is refused", () => {
  test("with all that is wrong, each with a path that begins at the message", () => {
    const { refusal } = decoding();
    expect(refusal(packed({ name: "a", lrsServer: {}, circuitBreakers: { perHostThresholds: [{}] } }))).toEqual([
      expect.stringMatching(/^circuit_breakers\.per_host_thresholds: is not supported/),
      expect.stringMatching(/^lrs_server: is not supported/),
    ]);
  });

  test("with the path through an Any", () => {
    const typed = packAny("envoy.extensions.upstreams.http.v3.HttpProtocolOptions", { autoConfig: {} });
    expect(decoding().refusal(packed({ name: "a", typedExtensionProtocolOptions: { http: typed } }))[0]).toMatch(
      /^typed_extension_protocol_options\["http"\]\.auto_config: is not supported/,
    );
  });

  test("that is another message", () => {
    expect(decoding().refusal(packAny("envoy.config.listener.v3.Listener", { name: "a" }))).toEqual([
      `: expected a ${clusterName}, got "type.googleapis.com/envoy.config.listener.v3.Listener"`,
    ]);
  });

  test("whose bytes are no message", () => {
    const broken = { type_url: `type.googleapis.com/${clusterName}`, value: Buffer.from([0x0a, 0xff]) };
    expect(decoding().refusal(broken)).toEqual([expect.stringContaining(clusterName)]);
  });

  test("whose type has a name without a host, or with any host, is taken", () => {
    const { decoder } = decoding();
    const { value } = packed({ name: "a" });
    for (const type_url of [clusterName, `/${clusterName}`, `example.com/types/${clusterName}`]) {
      expect(decoder.decode(clusterName, { type_url, value }).name).toBe("a");
    }
  });
});

describe("what has no effect", () => {
  test("is told once, with the message and the path", () => {
    const { decoder, logged } = decoding();
    for (const name of ["a", "b"]) decoder.decode(clusterName, packed({ name, commonLbConfig: { updateMergeWindow: { seconds: 5 } } }));
    expect(logged()).toEqual([
      expect.stringMatching(/^envoy\.config\.cluster\.v3\.Cluster: common_lb_config\.update_merge_window: is ignored: /),
    ]);
  });

  test("is told though the resource is refused, and not once more with the next", () => {
    const { decoder, logged, refusal } = decoding();
    refusal(packed({ name: "a", commonLbConfig: { updateMergeWindow: { seconds: 5 } }, lrsServer: {} }));
    decoder.decode(clusterName, packed({ name: "a", commonLbConfig: { updateMergeWindow: { seconds: 5 } } }));
    expect(logged()).toHaveLength(1);
  });

  test("being a field of a newer version of the message, is no reason to refuse it", () => {
    const { decoder, logged } = decoding();
    const { type_url, value } = packed({ name: "a" });
    // Field 1001, a varint.
    const newer = { type_url, value: Buffer.concat([value, Buffer.from([0xc8, 0x3e, 0x01])]) };
    expect(decoder.decode(clusterName, newer).name).toBe("a");
    decoder.decode(clusterName, newer);
    expect(logged()).toEqual([expect.stringContaining("has no field with the number 1001")]);
  });
});

test("a TypedExtensionConfig is one of a stream filter", () => {
  const { decoder } = decoding();
  const typed = "envoy.config.core.v3.TypedExtensionConfig";
  const decode = (typedConfig: Any): unknown => decoder.decode(typed, packAny<typeof typed>(typed, { name: "f", typedConfig }));
  expect(() => decode(packed({ name: "a" }))).toThrow(/^typed_config: there is no stream filter for "envoy\.config\.cluster/);
  expect(() => decode(packAny(fault, { filterMetadata: {} }))).toThrow("typed_config.filter_metadata: is not supported");
  expect(decode(packAny(fault, {}))).toMatchObject({ name: "f" });
});

describe("a reader", () => {
  const resource = (any: Any, version: string) => ({ name: "a", any, version }) as const;

  test("makes a value of a message, and knows the resource that it came in", () => {
    const reader = new DecodingReader(clusterName, decoding().decoder, (message, { version }) => `${message.name}@${version}`);
    expect(reader.read(resource(packed({ name: "a" }), "7"))).toBe("a@7");
    expect(() => reader.read(resource(packed({ name: "a", lrsServer: {} }), "8"))).toThrow("lrs_server");
  });

  test("that remembers knows what was refused until something good comes, or nobody wants it", () => {
    const { decoder, runtime } = decoding();
    const reader = new RememberingReader(clusterName, decoder, ({ altStatName, name }) => {
      if (altStatName === "no") fail(ConfigPath.of("alt_stat_name"), "it says no");
      return name;
    });
    const bad = packed({ name: "a", altStatName: "no" });
    runtime.advance(1000);
    expect(() => reader.read(resource(bad, "1"))).toThrow("it says no");
    expect([...reader.refused]).toEqual([["a", { any: bad, version: "1", details: "alt_stat_name: it says no", at: 1000 }]]);
    expect(() => reader.read(resource(packed({ name: "a", lrsServer: {} }), "2"))).toThrow("lrs_server");
    expect(reader.refused.get("a")).toMatchObject({ version: "2", details: expect.stringMatching(/^lrs_server/) });
    expect(reader.read(resource(packed({ name: "a" }), "3"))).toBe("a");
    expect(reader.refused.size).toBe(0);
    expect(() => reader.read(resource(bad, "4"))).toThrow();
    reader.forget("a");
    expect(reader.refused.size).toBe(0);
  });

  test("takes no notice of errors that are nobody's configuration", () => {
    const reader = new RememberingReader(clusterName, decoding().decoder, () => {
      throw new RangeError("a bug");
    });
    expect(() => reader.read(resource(packed({ name: "a" }), "1"))).toThrow(RangeError);
    expect(reader.refused.size).toBe(0);
  });
});

describe("a resource that is read in steps", () => {
  const routesName = "envoy.config.route.v3.RouteConfiguration";
  type Routes = MessageInit<typeof routesName>;

  function stepping(): {
    readonly reader: SteppingReader<typeof routesName, string>;
    readonly decoder: ResourceDecoder;
    logged: () => string[];
  } {
    const { decoder, logged } = decoding();
    const reader = new SteppingReader({
      message: routesName,
      decoder,
      part: {
        field: "virtual_hosts",
        property: "virtualHosts",
        message: "envoy.config.route.v3.VirtualHost",
        valuesOf: (message) => message.virtualHosts,
      },
      make: function* ({ name, virtualHosts }) {
        for (const each of virtualHosts) {
          yield;
          if (each.name === "no") fail(ConfigPath.root.field("virtual_hosts"), "it says no");
        }
        return `${name} ${virtualHosts.length}`;
      },
    });
    return { reader, decoder, logged };
  }

  const read = (init: Routes): IncomingResource => ({ name: "r", any: packAny<typeof routesName>(routesName, init), version: "1" });
  const host = (name: string, more: object = {}): object => ({ name, domains: [name], ...more });

  test("is what it is when it is read at once, with a step for each part", () => {
    const { reader } = stepping();
    const resource = read({ name: "r", virtualHosts: [host("a"), host("b")] });
    expect(reader.read(resource)).toBe("r 2");
    let steps = 0;
    const running = reader.readInSteps(resource);
    for (let next = running.next(); ; next = running.next(), steps++) {
      if (next.done !== true) continue;
      expect(next.value).toBe("r 2");
      break;
    }
    expect(steps).toBe(4);
  });

  test("is refused with all that is wrong, as one that is checked whole is, and remembered until it is good", () => {
    const { reader, decoder } = stepping();
    const bad = read({
      name: "r",
      internalOnlyHeaders: ["x"],
      virtualHosts: [host("a", { rateLimits: [{}] }), host(""), host("c", { domains: [], matcher: {} })],
    });
    const problemsOf = (attempt: () => unknown): string[] => {
      try {
        attempt();
      } catch (error) {
        if (error instanceof ConfigError) return error.problems.map(({ path, message }) => `${path}: ${message}`).sort();
        throw error;
      }
      return [];
    };
    const problems = problemsOf(() => reader.read(bad));
    expect(problems.length).toBeGreaterThan(4);
    expect(problems).toEqual(problemsOf(() => decoder.decode(routesName, bad.any)));
    expect([...reader.refused.keys()]).toEqual(["r"]);
    expect(problemsOf(() => reader.read(read({ name: "r", virtualHosts: [host("no")] })))).toEqual(["virtual_hosts: it says no"]);
    expect(reader.refused.get("r")?.details).toContain("it says no");
    reader.read(read({ name: "r" }));
    expect(reader.refused.size).toBe(0);
  });

  test("says once what has no effect, wherever it stands", () => {
    const { reader, logged } = stepping();
    const filterMetadata = { x: { fields: {} } };
    // Fields of a newer version: 1000, a varint, in the whole and in a part.
    const newer = Uint8Array.of(0xc0, 0x3e, 0x01);
    const hosts = read({ name: "r", metadata: { filterMetadata }, virtualHosts: [host("a"), host("b")] });
    reader.read({ ...hosts, any: { ...hosts.any, value: Buffer.concat([hosts.any.value, newer]) } });
    expect(logged()).toEqual([
      expect.stringMatching(/RouteConfiguration has no field with the number 1000/),
      expect.stringMatching(/RouteConfiguration: metadata: is ignored/),
    ]);
  });
});
