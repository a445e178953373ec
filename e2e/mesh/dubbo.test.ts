/**
 * What only Dubbo has, through two `mosn`: generations that call each other in both serializations, services by version and group, attachments.
 * `rpc.test.ts` has what it shares with SOFARPC, `peers/dubbo.test.ts` what it does without a mesh.
 */
import { dubboCodec as dubboProtocol, encodeDubboRequest, type DubboFrame } from "@mesh/codec-dubbo";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { capturedOrder, capturedPerson } from "../peers/dubbo-capture.ts";
import {
  dubboReleases,
  echoInterface,
  java,
  startDubboConsumer,
  startDubboProvider,
  twinInterface,
  type DubboConsumer,
  type DubboProvider,
  type DubboRelease,
  type DubboSerialization,
} from "../peers/java.ts";
import { dubboCodec, routeTo, rpcListener, startMosn, staticCluster, type Json, type MosnPeer } from "../peers/mosn.ts";
import { freePort } from "../peers/ports.ts";
import { requirePeer } from "../peers/tools.ts";
import { dial } from "./raw.ts";
import { startRpcPair, type RpcPair } from "./rpc-pair.ts";

interface Conversation {
  readonly from: DubboRelease;
  readonly to: DubboRelease;
  readonly serialization: DubboSerialization;
}

const conversations: readonly Conversation[] = dubboReleases.flatMap((from) =>
  dubboReleases.flatMap((to) => {
    const serializations: readonly DubboSerialization[] = from === "2.7" || to === "2.7" ? ["hessian2"] : ["hessian2", "fastjson2"];
    return serializations.map((serialization) => ({ from, to, serialization }));
  }),
);

const dubbo = { codec: dubboCodec, url: (port: number): string => `dubbo://127.0.0.1:${port}` };

/** One sidecar with these virtual hosts. */
async function startRouter(
  virtualHosts: readonly Json[],
  clusters: readonly Json[],
): Promise<{ readonly url: string; readonly mosn: MosnPeer }> {
  const port = await freePort();
  const mosn = await startMosn({ listeners: [rpcListener(port, { codec: dubboCodec(), virtualHosts })], clusters });
  return { url: dubbo.url(port), mosn };
}

/** Sends a request as it is, and takes the answer. */
async function askRaw(port: number, request: Buffer): Promise<DubboFrame> {
  const socket = await dial(port);
  try {
    return await new Promise<DubboFrame>((resolve, reject) => {
      const session = dubboProtocol().open({ onFrame: resolve }, { role: "client" });
      socket.on("data", (chunk: Buffer) => session.push(chunk));
      socket.once("close", () => reject(new Error("closed without an answer")));
      socket.write(request);
    });
  } finally {
    socket.destroy();
  }
}

const everything = (cluster: string, more: Json = {}): Json => ({ match: { prefix: "/" }, route: { cluster, ...more } });

describe.runIf(requirePeer(java))("Dubbo through mosn", () => {
  const providers = new Map<DubboRelease, DubboProvider>();
  const consumers = new Map<DubboRelease, DubboConsumer>();
  const pairs = new Map<DubboRelease, RpcPair>();

  function of<T>(peers: ReadonlyMap<DubboRelease, T>, release: DubboRelease): T {
    const found = peers.get(release);
    if (found === undefined) throw new Error(`nothing of ${release} was started`);
    return found;
  }

  beforeAll(async () => {
    const services = [{}, { version: "2.0.0", group: "blue", id: "blue" }, { interface: twinInterface, id: "twin" }] as const;
    const startAll = async (release: DubboRelease): Promise<void> => {
      const [provider, consumer] = await Promise.all([
        startDubboProvider(release, { id: `p${release}`, services }),
        startDubboConsumer(release),
      ]);
      providers.set(release, provider);
      consumers.set(release, consumer);
      pairs.set(release, await startRpcPair(dubbo, [provider.port]));
    };
    await Promise.all(dubboReleases.map(startAll));
  });

  afterAll(async () => {
    await Promise.all([...pairs.values()].map((pair) => pair.stop()));
    await Promise.all([...providers.values(), ...consumers.values()].map((peer) => peer.kill()));
  });

  test.for(conversations)("$from calls $to in $serialization: values, exceptions, bytes", async ({ from, to, serialization }) => {
    const echo = await of(consumers, from).refer({ url: of(pairs, to).url, serialization });
    expect(await echo.call("echo", ["hé你😀"])).toBe("hé你😀");
    expect(await echo.call("order", [capturedOrder])).toEqual({ ...capturedOrder, receiver: capturedPerson });
    expect(await echo.call("size", [{ $bytes: 1024 * 1024 }])).toBe(1024 * 1024);
    expect(await echo.call("echo", [{ $text: 1024 * 1024 }])).toMatchObject({ length: 1024 * 1024 });
    expect(await echo.call("fire", ["sync"])).toBeNull();
    await expect(echo.call("boom", ["checked"])).rejects.toMatchObject({
      class: "mesh.e2e.RefusedException",
      message: `refused by p${to}`,
    });
    await expect(echo.call("boom", ["unchecked"])).rejects.toMatchObject({ class: "java.lang.IllegalStateException" });
    await echo.release();
  });

  test.for(conversations)("$from calls $to in $serialization: attachments go both ways", async ({ from, to, serialization }) => {
    const { url } = of(pairs, to);
    // A single URL makes no cluster in 2.7, and that is what takes the attachments out of an answer.
    const echo = await of(consumers, from).refer({ url: `${url};${url}`, cluster: "failover", serialization });
    const headers = { "x-tag": "blue" };
    const answer = await echo.exchange("headers", [{ "x-reply": "green" }], { headers });
    expect(answer.result).toMatchObject({ ...headers, "remote.application": "java-consumer" });
    expect(answer.headers).toMatchObject({ "x-reply": "green", dubbo: "2.0.2" });
    await echo.release();
  });

  test.for(conversations)("$from calls $to in $serialization: with a future, generically, one-way", async ({ from, to, serialization }) => {
    const target = { url: of(pairs, to).url, serialization };
    const future = await of(consumers, from).refer({ ...target, invokeType: "async" });
    expect(await future.call("size", [{ $bytes: 1000 }])).toBe(1000);
    await expect(future.call("boom", ["checked"])).rejects.toMatchObject({ class: "mesh.e2e.RefusedException" });
    const generic = await of(consumers, from).refer({ ...target, invokeType: "generic" });
    expect(await generic.call("order", [capturedOrder])).toEqual({ ...capturedOrder, receiver: capturedPerson });
    await expect(generic.call("boom", ["checked"])).rejects.toMatchObject({ class: expect.stringMatching(/\.GenericException$/) });
    const oneWay = await of(consumers, from).refer({ ...target, invokeType: "oneway" });
    const text = `one-way from ${from} in ${serialization}`;
    expect(await oneWay.call("fire", [text])).toBeNull();
    await of(providers, to).line(new RegExp(`^FIRED ${text}$`));
    await Promise.all([future, generic, oneWay].map((reference) => reference.release()));
  });

  test.for(dubboReleases)("%s finds services by interface, version and group", async (release) => {
    const consumer = of(consumers, release);
    const { port } = of(providers, release);
    const { url, mosn } = await startRouter(
      [
        { name: "blue", domains: [`${echoInterface}:2.0.0:blue`], routes: [everything("provider")] },
        { name: "twin", domains: [twinInterface], routes: [everything("provider")] },
      ],
      [staticCluster("provider", [port])],
    );
    const idOf = async (service: object): Promise<string | null> => {
      const echo = await consumer.refer({ url, connections: 1, ...service });
      try {
        return await echo.call("id", []);
      } finally {
        await echo.release();
      }
    };
    expect(await idOf({ version: "2.0.0", group: "blue" })).toBe("blue");
    expect(await idOf({ interface: twinInterface })).toBe("twin");
    await expect(idOf({})).rejects.toMatchObject({ class: "org.apache.dubbo.rpc.RpcException" });
    expect(await mosn.stat("rpc.in.no_route")).toBe(1);
    await mosn.stop();
  });

  test.for(conversations)(
    "$from to $to in $serialization: routes see method, attachments, version and group, and change attachments",
    async ({ from, to, serialization }) => {
      const { port } = of(providers, to);
      const header = (name: string, exact: string): Json => ({ name, string_match: { exact } });
      const { url, mosn } = await startRouter(
        [
          {
            name: "all",
            domains: ["*"],
            routes: [
              { match: { path: `/${echoInterface}/served` }, direct_response: { status: 403, body: { inline_string: "not yours" } } },
              {
                match: { prefix: "/", headers: [header("x-tag", "blue")] },
                route: { cluster: "provider" },
                request_headers_to_add: [{ header: { key: "x-route", value: "by-tag" } }],
                request_headers_to_remove: ["x-secret"],
              },
              {
                match: { prefix: "/", headers: [header("version", "2.0.0"), header("group", "blue")] },
                route: { cluster: "provider" },
                request_headers_to_add: [{ header: { key: "x-route", value: "by-version-and-group" } }],
              },
            ],
          },
        ],
        [staticCluster("provider", [port])],
      );
      const echo = await of(consumers, from).refer({ url, serialization, connections: 1 });
      const seen = (await echo.call("headers", [{}], { headers: { "x-tag": "blue", "x-secret": "s" } })) ?? {};
      expect(seen).toMatchObject({ "x-tag": "blue", "x-route": "by-tag" });
      expect(seen).not.toHaveProperty("x-secret");
      await expect(echo.call("served", ["id"])).rejects.toMatchObject({ class: "org.apache.dubbo.rpc.RpcException" });
      const blue = await of(consumers, from).refer({ url, serialization, connections: 1, version: "2.0.0", group: "blue" });
      expect(await blue.call("headers", [{}])).toMatchObject({ "x-route": "by-version-and-group" });
      await Promise.all([echo, blue].map((reference) => reference.release()));
      await mosn.stop();
    },
  );

  test.for(dubboReleases)(
    "%s: a request or an answer over the sidecar's limit fails alone, and the connection goes on",
    async (release) => {
      const limited = { routes: [routeTo("provider")], more: { max_frame_bytes: 100_000 } };
      const pair = await startRpcPair(dubbo, [of(providers, release).port], { far: limited });
      const echo = await of(consumers, release).refer({ url: pair.url, connections: 1, timeout: 20_000 });
      const slow = echo.call("slow", [1500]);
      await pair.far.statReaches("cluster.provider.upstream_rq_active", 1);
      for (const ask of [() => echo.call("size", [{ $bytes: 200_000 }]), () => echo.call("big", [200_000])]) {
        const error: unknown = await ask().catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ class: "org.apache.dubbo.rpc.RpcException" });
        expect(JSON.stringify([error, error instanceof Error && error.message])).toContain("over the limit of 100000");
      }
      expect(await slow).toBe("slept 1500");
      expect(await echo.call("big", [50_000])).toMatchObject({ length: 50_000 });
      expect(await pair.far.stat("rpc.in.downstream_cx_total")).toBe(1);
      expect(await pair.far.stat("cluster.provider.upstream_cx_total")).toBe(1);
      expect(await pair.far.stat("rpc.in.downstream_rq_4xx")).toBe(1);
      await echo.release();
      await pair.stop();
    },
  );

  test.for(dubboReleases)(
    "%s finds a service by its attachments, whatever the head says: a route that matches them keeps liars out",
    async (release) => {
      const { port } = of(providers, release);
      const honest = {
        match: { prefix: "/", headers: [{ name: "path", string_match: { exact: echoInterface } }] },
        route: { cluster: "provider" },
      };
      const open = await freePort();
      const guarded = await freePort();
      const virtualHosts = (routes: readonly Json[]): readonly Json[] => [{ name: "echo", domains: [echoInterface], routes }];
      const mosn = await startMosn({
        listeners: [
          rpcListener(open, { codec: dubboCodec(), virtualHosts: virtualHosts([everything("provider")]) }),
          rpcListener(guarded, { codec: dubboCodec(), virtualHosts: virtualHosts([honest]) }),
        ],
        clusters: [staticCluster("provider", [port])],
      });
      const lie = { id: 1, path: echoInterface, version: "0.0.0", method: "id" };
      const liar = encodeDubboRequest({ ...lie, attachments: [["path", twinInterface]] });
      expect((await askRaw(open, liar)).body().toString("latin1")).toContain("twin");
      expect(await askRaw(guarded, liar)).toHaveProperty("exceptionClass", "org.apache.dubbo.rpc.RpcException");
      expect(await mosn.stat("rpc.in.no_route")).toBe(1);
      const honestly = encodeDubboRequest({ ...lie, attachments: [["path", echoInterface]] });
      expect((await askRaw(guarded, honestly)).body().toString("latin1")).toContain(`p${release}`);
      await mosn.stop();
    },
  );

  test.for(dubboReleases)("%s: 80 and 20 of 100 calls to two versions of a provider, and a copy of each to a third", async (release) => {
    const [old, young, shadow] = await Promise.all(["old", "young", "shadow"].map((id) => startDubboProvider(release, { id })));
    if (old === undefined || young === undefined || shadow === undefined) throw new Error("no providers");
    const weights = {
      clusters: [
        { name: "old", weight: 80 },
        { name: "young", weight: 20 },
      ],
    };
    const mirrors = [{ cluster: "shadow" }];
    const { url, mosn } = await startRouter(
      [
        {
          name: "echo",
          domains: [echoInterface],
          routes: [{ match: { prefix: "/" }, route: { weighted_clusters: weights, request_mirror_policies: mirrors } }],
        },
      ],
      [staticCluster("old", [old.port]), staticCluster("young", [young.port]), staticCluster("shadow", [shadow.port])],
    );
    const echo = await of(consumers, release).refer({ url, connections: 1 });
    const calls = 1000;
    const { failed, results } = await echo.load("id", [], { repeat: calls, concurrency: 8 });
    expect(failed).toBe(0);
    const share = (id: string): number => (results.find(({ value }) => value === id)?.count ?? 0) / calls;
    // Seven standard deviations to either side.
    expect(share("old")).toBeGreaterThan(0.71);
    expect(share("old")).toBeLessThan(0.89);
    expect(share("old") + share("young")).toBe(1);
    await mosn.statReaches("cluster.shadow.upstream_rq_completed", calls);
    expect(await mosn.stat("cluster.shadow.upstream_rq_200")).toBe(calls);
    await echo.release();
    await mosn.stop();
    await Promise.all([old, young, shadow].map((peer) => peer.kill()));
  });

  /** 2.7 takes its services away some milliseconds before it says so: what it answers meanwhile can be tried elsewhere. */
  const retry_policy = {
    retry_on: "5xx",
    num_retries: 3,
    retry_host_predicate: [
      {
        name: "envoy.retry_host_predicates.previous_hosts",
        typed_config: { "@type": "type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate" },
      },
    ],
    host_selection_retry_max_attempts: 3,
  };
  const stops: readonly (readonly [release: DubboRelease, how: string, route: Json])[] = [
    ["2.7", "with retries", { retry_policy }],
    ["3.2", "without retries", {}],
    ["3.3", "without retries", {}],
  ];

  test.for(stops)(
    "%s: a provider that stops gracefully under load is left by its read-only event; no call fails, %s",
    async ([release, , route]) => {
      const [first, second] = await Promise.all(["first", "second"].map((id) => startDubboProvider(release, { id, stopTimeoutMs: 2000 })));
      if (first === undefined || second === undefined) throw new Error("no providers");
      const pair = await startRpcPair(dubbo, [first.port, second.port], {
        far: { routes: [routeTo("provider", route)] },
        cluster: { circuit_breakers: { thresholds: [{ max_retries: 100 }] } },
      });
      const echo = await of(consumers, release).refer({ url: pair.url, timeout: 20_000, connections: 1 });
      const load = await echo.start("id", [], { concurrency: 10 });
      await load.succeed(500);
      await first.stop();
      await load.succeed(500);
      const again = await startDubboProvider(release, { id: "again", port: first.port });
      await pair.far.statReaches("cluster.provider.upstream_cx_active", 2);
      await load.succeed(500);
      const { failed, failures, results } = await load.stop();
      expect({ failed, failures }).toEqual({ failed: 0, failures: [] });
      expect(new Set(results.map(({ value }) => value))).toEqual(new Set(["again", "first", "second"]));
      await echo.release();
      await pair.stop();
      await Promise.all([second.kill(), again.kill()]);
    },
  );
});
