import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigPath, isConfigError, type IncomingResource, type ResourceReader, type Steps } from "@mesh/proxy-core";
import { clusterType, endpointsType, type XdsServerOptions } from "@mesh/xds-client";
import { ManualRuntime } from "@mesh/xds-client/testing";
import { fromJson } from "@mesh/xds-proto";
import { describe, expect, onTestFinished, test } from "vitest";
import { xdsConfigSources } from "./config-sources.ts";
import {
  ads,
  adsBootstrap,
  clusterReader,
  contextOf,
  endpointsReader,
  googleService,
  harness,
  Recorder,
  settle,
  startPlane,
} from "./test-harness.ts";

const cluster = (name: string, seconds: number): { name: string; connectTimeout: { seconds: number } } => ({
  name,
  connectTimeout: { seconds },
});
const endpoints = (clusterName: string, priority: number): { clusterName: string; endpoints: { priority: number }[] } => ({
  clusterName,
  endpoints: [{ priority }],
});

describe.each(["GRPC", "DELTA_GRPC"])("resources over ADS and %s", (apiType) => {
  test("come with their versions, change and go", async () => {
    const { plane, open } = await harness(adsBootstrap(apiType));
    const seen: IncomingResource[] = [];
    const recorder = new Recorder();
    plane.set(clusterType, [cluster("a", 1)]);
    open(ads).watchAll(clusterReader(seen), recorder.all, "");
    expect(recorder.log).toEqual([]);
    await settle();
    plane.set(clusterType, [cluster("a", 2)]);
    await settle();
    plane.remove(clusterType, ["a"]);
    await settle();
    expect(recorder.log).toEqual(["a=1@1", "a=2@2", "-a"]);
    expect(seen.map(({ name, version, any }) => [name, version, any.type_url])).toEqual([
      ["a", "1", clusterType.typeUrl],
      ["a", "2", clusterType.typeUrl],
    ]);
    expect(plane.requests[0]?.path).toContain(apiType === "GRPC" ? "/StreamAggregatedResources" : "/DeltaAggregatedResources");
  });

  test("are read in steps, and taken in turns, where these take long", async () => {
    const runtime = new ManualRuntime();
    runtime.perStep = 1;
    const { plane, open } = await harness(adsBootstrap(apiType), { runtime });
    const recorder = new Recorder();
    const whole = clusterReader();
    let steps = 0;
    const reader: ResourceReader<number> = {
      ...whole,
      read: () => {
        throw new Error("it is not read at once");
      },
      *readInSteps(resource): Steps<number> {
        for (let step = 0; step < 10; step++, steps++) yield;
        return whole.read(resource);
      },
    };
    plane.set(clusterType, [cluster("a", 1), cluster("b", 99)]);
    let turns = 0;
    open(ads).watchAll(
      reader,
      {
        ...recorder.all,
        onChanged: async (changed, removed, pace) => {
          while (!pace.isSpent);
          await pace.next();
          turns++;
          await recorder.all.onChanged(changed, removed, pace);
        },
      },
      "",
    );
    for (let turn = 0; turn < 10; turn++) await settle();
    expect([steps, turns]).toEqual([20, 1]);
    expect([...recorder.log].sort((a, b) => a.localeCompare(b))).toEqual([
      expect.stringMatching(/^a=1@/),
      "refused | CDS b: connect_timeout: is too long | connect_timeout!is too long",
    ]);
    expect(plane.requests.at(-1)?.kind).toBe("nack");
  });

  test("are refused with what their reader finds wrong, and the last good one stays", async () => {
    const { plane, open, context } = await harness(adsBootstrap(apiType));
    const all = new Recorder();
    const one = new Recorder();
    const reader = clusterReader();
    plane.set(clusterType, [cluster("a", 1)]);
    open(ads).watchAll(reader, all.all, "");
    open(ads).watch(reader, "a", one);
    await settle();
    plane.set(clusterType, [cluster("a", 99)]);
    await settle();
    const failure = "refused | CDS a: connect_timeout: is too long | connect_timeout!is too long";
    expect([all.log, one.log]).toEqual([
      ["a=1@1", failure],
      ["a=1@1", failure],
    ]);
    expect(plane.requests.at(-1)?.error).toContain("a: connect_timeout: is too long");
    expect(context.lines.filter((line) => line.includes("refused"))).toEqual(["warning xds: CDS a: refused: connect_timeout: is too long"]);
  });

  test("that were refused are forgotten when the good one comes again, or they are taken away", async () => {
    const { plane, open } = await harness(adsBootstrap(apiType));
    const all = new Recorder();
    const forgotten: string[] = [];
    plane.set(clusterType, [cluster("a", 1)]);
    open(ads).watchAll(clusterReader([], forgotten), all.all, "");
    await settle();
    plane.set(clusterType, [cluster("a", 99), cluster("b", 99)]);
    await settle();
    expect(forgotten).toEqual([]);
    plane.set(clusterType, [cluster("a", 1)]);
    await settle();
    expect(forgotten).toEqual(["a"]);
    plane.remove(clusterType, ["b"]);
    await settle();
    expect(forgotten).toEqual(["a", "b"]);
    expect(all.log.filter((line) => !line.startsWith("refused"))).toEqual(["a=1@1"]);
    // Delta does not send what was refused again.
    const third = apiType === "GRPC" ? "NACK" : "ACK";
    expect(all.responses.map((each) => each.split(" ")[0])).toEqual(["ACK", "NACK", third, "ACK"]);
  });

  test("that nobody answers for in time are told apart from those that are not there", async () => {
    const { plane, open, runtime } = await harness(adsBootstrap(apiType));
    plane.silence(endpointsType);
    const late = new Recorder();
    const reader = endpointsReader();
    const patient = new Recorder();
    open({ ...ads, initial_fetch_timeout: "2s" }).watch(reader, "a", late);
    open({ ...ads, initial_fetch_timeout: "0s" }).watch(reader, "b", patient);
    await settle();
    runtime.advance(1999);
    expect(late.log).toEqual([]);
    runtime.advance(1);
    runtime.advance(1_000_000);
    expect(late.log).toEqual(["timeout | EDS a: nothing came in time"]);
    expect(patient.log).toEqual([]);
    plane.set(endpointsType, [endpoints("a", 7)]);
    plane.silence(endpointsType, false);
    await settle();
    expect(late.log.at(-1)).toBe("a=7@1");
    plane.set(clusterType, [cluster("c", 1), cluster("d", 1)]);
    const gone = new Recorder();
    const clusters = clusterReader();
    open(ads).watch(clusters, "c", gone);
    open(ads).watchAll(clusters, new Recorder().all, "");
    await settle();
    plane.remove(clusterType, ["c"]);
    await settle();
    expect(gone.log.at(-1)).toBe("missing");
  });

  test("are reported as unavailable while there is no control plane, and come when there is one", async () => {
    const { plane, open, runtime } = await harness(adsBootstrap(apiType));
    const recorder = new Recorder();
    plane.stop();
    plane.set(clusterType, [cluster("a", 1)]);
    open(ads).watchAll(clusterReader(), recorder.all, "");
    await settle();
    expect(recorder.log).toEqual(["unavailable | the stream to the control plane ended with status 14: connection refused"]);
    plane.start();
    runtime.advance(500);
    await settle();
    expect(recorder.log.at(-1)).toBe("a=1@1");
  });
});

describe("a source", () => {
  test("is the same for equal messages, and its server the same for equal services", async () => {
    const servers: XdsServerOptions[] = [];
    const plane = await startPlane();
    const { open } = await harness(adsBootstrap(), {
      connect: (server) => {
        servers.push(server);
        return plane.transport();
      },
    });
    const api = (target: string): object => ({
      api_config_source: { api_type: "DELTA_GRPC", transport_api_version: "V3", grpc_services: [googleService(target)] },
    });
    expect(open(ads)).toBe(open({ ads: {}, resource_api_version: "V3" }));
    expect(open(ads)).not.toBe(open({ ...ads, initial_fetch_timeout: "1s" }));
    expect(open(api("other:1"))).toBe(open(api("other:1")));
    const reader = clusterReader();
    open(api("other:1")).watchAll(reader, new Recorder().all, "");
    open({ ...api("other:1"), initial_fetch_timeout: "1s" }).watch(reader, "a", new Recorder());
    open(ads).watchAll(reader, new Recorder().all, "");
    await settle();
    expect(servers.map(({ address }) => address)).toEqual(["other:1", "plane:15010"]);
    expect(plane.streams).toBe(2);
    expect(plane.requests.map(({ path }) => path)).toContain("/envoy.service.cluster.v3.ClusterDiscoveryService/DeltaClusters");
  });

  test("asks for nothing before it is watched, and its watches end with it", async () => {
    const { plane, open, sources } = await harness();
    const recorder = new Recorder();
    const source = open(ads);
    await settle();
    expect(plane.streams).toBe(0);
    plane.set(clusterType, [cluster("a", 1)]);
    const reader = clusterReader();
    const watch = source.watchAll(reader, recorder.all, "");
    await settle();
    watch.close();
    await settle();
    plane.set(clusterType, [cluster("a", 2)]);
    await settle();
    expect(recorder.log).toEqual(["a=1@1"]);
    sources.close();
    source.watchAll(reader, recorder.all, "").close();
    source.watchAll(reader, recorder.all, "");
    await settle();
    expect(recorder.log).toEqual(["a=1@1"]);
  });

  test("says of a name that cannot be asked for that it is not to be had, unless it is closed before", async () => {
    const { open } = await harness();
    const [recorder, silent] = [new Recorder(), new Recorder()];
    const reader = endpointsReader();
    open(ads).watch(reader, "*", recorder);
    open(ads).watch(reader, "xdstp://a/b", recorder);
    open(ads).watch(reader, "*", silent).close();
    expect(recorder.log).toEqual([]);
    await settle();
    expect(recorder.log).toEqual([
      "unavailable | EDS *: must be the name of a resource; watchAll watches collections",
      "unavailable | xdstp://a/b: must be xdstp://<authority>/<type>/<id>",
    ]);
    expect(silent.log).toEqual([]);
  });

  test("has one reader for each message", async () => {
    const { open } = await harness();
    open(ads).watchAll(clusterReader(), new Recorder().all, "");
    expect(() => open(ads).watchAll(clusterReader(), new Recorder().all, "")).toThrow("another reader");
  });

  test("of a file is read from YAML, and again when the file is replaced", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mesh-proxy-xds-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const write = (name: string, seconds: number): string => {
      const path = join(folder, name);
      const type = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
      writeFileSync(path, `version_info: v${seconds}\nresources:\n  - "@type": ${type}\n    name: a\n    connect_timeout: ${seconds}s\n`);
      return path;
    };
    const path = write("cds.yaml", 3);
    const { open } = await harness({});
    const log: string[] = [];
    let wake = (): void => undefined;
    const next = (): Promise<void> => new Promise((resolve) => (wake = resolve));
    let changed = next();
    open({ path_config_source: { path, watched_directory: { path: folder } } }).watchAll(
      clusterReader(),
      {
        onResponse: () => undefined,
        onChanged: (resources) => {
          log.push(...resources.map(({ name, value, version }) => `${name}=${value}@${version}`));
          wake();
        },
        onFailed: ({ message }) => log.push(message),
      },
      "",
    );
    await changed;
    changed = next();
    renameSync(write("next.yaml", 4), path);
    await changed;
    expect(log).toEqual(["a=3@v3", "a=4@v4"]);
  });
});

describe("names with an authority", () => {
  const authority = (target: string, ...names: string[]): object => ({
    authorities: names.map((name) => ({ name })),
    api_config_source: { api_type: "AGGREGATED_DELTA_GRPC", transport_api_version: "V3", grpc_services: [googleService(target)] },
  });
  const nameAt = (host: string): string => `xdstp://${host}/envoy.config.endpoint.v3.ClusterLoadAssignment/a`;

  async function serversOf(bootstrap: object): Promise<string[]> {
    const servers: string[] = [];
    const plane = await startPlane();
    const { open } = await harness(
      { ...adsBootstrap(), ...bootstrap },
      {
        connect: ({ address }) => {
          servers.push(address);
          return plane.transport();
        },
      },
    );
    const reader = endpointsReader();
    for (const host of ["one.example", "two.example", "other.example"]) open(ads).watch(reader, nameAt(host), new Recorder());
    await settle();
    expect(plane.requests.every(({ path }) => path.endsWith("/DeltaAggregatedResources"))).toBe(true);
    return servers;
  }

  test("are asked of their authority's source, others of the default one, or else of that which any name is asked of", async () => {
    const config_sources = [authority("first:1", "one.example", "two.example")];
    expect(await serversOf({ config_sources, default_config_source: authority("default:1") })).toEqual(["first:1", "default:1"]);
    expect(await serversOf({ config_sources })).toEqual(["first:1", "plane:15010"]);
  });

  test("may be a collection's", async () => {
    const { plane, open } = await harness();
    const recorder = new Recorder();
    const type = "xdstp://one.example/envoy.config.cluster.v3.Cluster/shop";
    plane.set(clusterType, [cluster(`${type}/a`, 1), cluster(`${type}/b`, 2), cluster("c", 3)]);
    open(ads).watchAll(clusterReader(), recorder.all, `${type}/*`);
    await settle();
    expect(recorder.log).toEqual([`${type}/a=1@1 ${type}/b=2@2`]);
  });

  test("have one source", () => {
    const factory = xdsConfigSources();
    const config_sources = [authority("a:1", "x"), authority("b:1", "x")];
    expect(() => factory(contextOf({ config_sources }))).toThrow('config_sources[1].authorities[0].name: "x" has a source already');
    expect(() => factory(contextOf({ config_sources: [authority("a:1")] }))).toThrow("config_sources[0].authorities: is required");
    expect(() => factory(contextOf({ default_config_source: { ads: {} } }))).toThrow(
      "default_config_source: api_config_source is required",
    );
    const timeout = { ...authority("a:1", "x"), initial_fetch_timeout: "1s" };
    expect(() => factory(contextOf({ config_sources: [timeout] }))).toThrow(
      "config_sources[0].initial_fetch_timeout: is not supported here",
    );
  });
});

describe("a message that cannot be carried out", () => {
  const grpc = { api_type: "GRPC", transport_api_version: "V3", grpc_services: [googleService("a:1")] };
  test.each([
    [{}, "source: one of path_config_source, api_config_source, ads is required"],
    [{ ads: {} }, "source.ads: the bootstrap has no dynamic_resources.ads_config"],
    [{ self: {} }, "source.self: is not supported: use ads"],
    [{ path: "/etc/x.yaml" }, "source.path: is not supported, being deprecated: use path_config_source"],
    [{ path_config_source: { path: "/etc/x.pb_text" } }, "source.path_config_source.path: must end in"],
    [{ path_config_source: { path: "/nonexistent/x.yaml" } }, 'source.path_config_source.path: there is no file "/nonexistent/x.yaml"'],
    [{ ads: {}, resource_api_version: "V2" }, "source.resource_api_version: must be V3, is V2"],
    [{ ads: {}, authorities: [{ name: "a" }] }, "source.authorities: is not supported here"],
    [{ api_config_source: { ...grpc, api_type: "REST" } }, "source.api_config_source.api_type: must be GRPC or DELTA_GRPC here, is REST"],
    [{ api_config_source: { ...grpc, api_type: "AGGREGATED_GRPC" } }, "must be GRPC or DELTA_GRPC here, is AGGREGATED_GRPC"],
    [{ api_config_source: { ...grpc, transport_api_version: "AUTO" } }, "transport_api_version: must be V3, is AUTO"],
    [{ api_config_source: { ...grpc, cluster_names: ["a"] } }, "cluster_names: must be empty"],
    [{ api_config_source: { ...grpc, grpc_services: [] } }, "grpc_services: must have one service, has 0"],
    [{ api_config_source: { ...grpc, rate_limit_settings: { fill_rate: 0 } } }, "rate_limit_settings.fill_rate: must be above 0"],
    [{ api_config_source: { ...grpc, rate_limit_settings: { max_tokens: 0 } } }, "rate_limit_settings.max_tokens: must be 1 or more"],
    [{ api_config_source: { ...grpc, config_validators: [{ name: "v" }] } }, "config_validators: is not supported"],
    [{ api_config_source: grpc, initial_fetch_timeout: "-1s" }, "source.initial_fetch_timeout: must be 0s or longer"],
  ])("%j is refused", (source, message) => {
    const sources = xdsConfigSources()(contextOf({}));
    onTestFinished(() => sources.close());
    let thrown: unknown;
    try {
      sources.open(fromJson("envoy.config.core.v3.ConfigSource", source), ConfigPath.of("source"));
    } catch (error) {
      thrown = error;
    }
    expect(isConfigError(thrown)).toBe(true);
    expect(String(thrown)).toContain(message);
  });

  test("in the bootstrap is refused at once", () => {
    const factory = xdsConfigSources();
    expect(() => factory(contextOf(adsBootstrap("AGGREGATED_GRPC")))).toThrow(
      "dynamic_resources.ads_config.api_type: must be GRPC or DELTA_GRPC here, is AGGREGATED_GRPC",
    );
  });
});
