/** One port for everything that an application's callers may speak: the inspectors tell protocols by their first bytes, filter chains serve them. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { echoInterface } from "../peers/echo-service.ts";
import { curl, runCurl } from "../peers/curl.ts";
import { java, startDubboConsumer, startDubboProvider, startSofaConsumer, startSofaProvider } from "../peers/java.ts";
import {
  autoCodec,
  boltCodec,
  dubboCodec,
  httpListener,
  routeTo,
  rpcListener,
  startMosn,
  staticCluster,
  tcpListener,
  type Json,
  type MosnPeer,
} from "../peers/mosn.ts";
import { nginx, startNginxBackend } from "../peers/nginx.ts";
import { freePort } from "../peers/ports.ts";
import { requirePeer } from "../peers/tools.ts";
import { startTcpOrigin } from "./origin.ts";
import { dial, exchange, readAll } from "./raw.ts";

const inspector = (name: string): Json => ({ name, typed_config: { "@type": `type.googleapis.com/${name}` } });
const http2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** The only filter chain of a listener, for connections of some protocols. */
function chainOf(listener: Json, ...protocols: string[]): Json {
  const { filter_chains: chains } = listener;
  if (!Array.isArray(chains)) throw new Error("no filter chains");
  const [chain] = chains as Json[];
  return { ...chain, filter_chain_match: { application_protocols: protocols } };
}

describe.runIf(requirePeer(java, curl, nginx))("one port", () => {
  const stops: (() => Promise<unknown>)[] = [];
  let port: number;
  let managedPort: number;
  let mosn: MosnPeer;
  let triple: Awaited<ReturnType<typeof startTcpOrigin>>;
  const atTriple: string[] = [];

  beforeAll(async () => {
    const [sofa, dubbo, web] = await Promise.all([
      startSofaProvider({ id: "sofa" }),
      startDubboProvider("3.3", { id: "dubbo" }),
      startNginxBackend(),
    ]);
    triple = await startTcpOrigin((socket) => {
      socket.setEncoding("latin1").once("data", (text: string) => {
        atTriple.push(text);
        socket.end("from the Triple server");
      });
    });
    port = await freePort();
    managedPort = await freePort();
    const listener = tcpListener(port, "triple");
    mosn = await startMosn({
      listeners: [
        {
          ...listener,
          // A SOFARPC client connects long before its first call.
          listener_filters_timeout: "0s",
          listener_filters: [
            inspector("mesh.extensions.filters.listener.rpc_inspector.v3.RpcInspector"),
            inspector("envoy.extensions.filters.listener.http_inspector.v3.HttpInspector"),
          ],
          filter_chains: [
            chainOf(rpcListener(port, { codec: boltCodec(), routes: [routeTo("sofa")] }), "bolt"),
            chainOf(rpcListener(port, { codec: dubboCodec(), routes: [routeTo("dubbo")], more: { stat_prefix: "dubbo" } }), "dubbo"),
            chainOf(httpListener(port, { routes: [routeTo("web")] }), "http/1.0", "http/1.1"),
            chainOf(listener, "h2c"),
          ],
        },
        httpListener(managedPort, {
          virtualHosts: [
            { name: "sofa", domains: [`${echoInterface}:1.0`], routes: [routeTo("sofa")] },
            { name: "dubbo", domains: [echoInterface], routes: [routeTo("dubbo")] },
            { name: "web", domains: ["*"], routes: [routeTo("web")] },
          ],
          more: { codec_type: "AUTO", stat_prefix: "managed" },
        }),
      ],
      clusters: [
        staticCluster("sofa", [sofa.port]),
        staticCluster("dubbo", [dubbo.port]),
        staticCluster("web", [web.port]),
        staticCluster("triple", [triple.port]),
      ],
    });
    stops.push(
      () => mosn.stop(),
      () => triple.close(),
      () => web.stop(),
      () => sofa.stop(),
      () => dubbo.kill(),
    );
  });

  afterAll(async () => {
    await Promise.all(stops.map((stop) => stop()));
  });

  test("serves SOFARPC, Dubbo and HTTP, and passes Triple on", async () => {
    const [sofa, dubbo] = await Promise.all([startSofaConsumer(), startDubboConsumer("3.2")]);
    const [overBolt, overDubbo] = [
      await sofa.refer({ url: `bolt://127.0.0.1:${port}` }),
      await dubbo.refer({ url: `dubbo://127.0.0.1:${port}` }),
    ];
    expect(await overBolt.call("id", [])).toBe("sofa");
    expect(await overDubbo.call("id", [])).toBe("dubbo");
    expect(await runCurl(`http://127.0.0.1:${port}/status/204`)).toMatchObject({ exitCode: 0, status: 204 });
    expect(await exchange(port, http2Preface)).toEqual({ text: "from the Triple server", end: "closed" });
    expect(atTriple).toEqual([http2Preface]);
    await Promise.all([sofa.stop(), dubbo.stop()]);
  });

  test("of an HttpConnectionManager serves SOFARPC and Dubbo by its own routes: the service is the authority", async () => {
    const [sofa, dubbo] = await Promise.all([startSofaConsumer(), startDubboConsumer("3.2")]);
    const [overBolt, overDubbo] = [
      await sofa.refer({ url: `bolt://127.0.0.1:${managedPort}` }),
      await dubbo.refer({ url: `dubbo://127.0.0.1:${managedPort}` }),
    ];
    expect(await overBolt.call("id", [])).toBe("sofa");
    expect(await overDubbo.call("id", [])).toBe("dubbo");
    expect(await runCurl(`http://127.0.0.1:${managedPort}/status/204`)).toMatchObject({ exitCode: 0, status: 204 });
    expect(await mosn.stat("http.managed.downstream_rq_total")).toBe(1);
    expect(await mosn.stat("rpc.managed.downstream_rq_total")).toBe(2);
    await Promise.all([sofa.stop(), dubbo.stop()]);
  });

  test("closes what it does not know", async () => {
    expect(await exchange(port, "SSH-2.0-x\r\n")).toMatchObject({ text: "" });
    expect(await mosn.stat(`listener.127.0.0.1_${port}.no_filter_chain_match`)).toBe(1);
  });
});

test("an RPC listener that meets HTTP/2 says what to do about it", async () => {
  const port = await freePort();
  for (const codec of [autoCodec, dubboCodec()]) {
    const mosn = await startMosn({
      listeners: [rpcListener(port, { codec, routes: [routeTo("next")] })],
      clusters: [staticCluster("next", [])],
    });
    const socket = await dial(port);
    socket.write(http2Preface);
    expect(await readAll(socket)).toMatchObject({ text: "" });
    expect(await mosn.line(/closing the connection/)).toContain("HTTP/2 (Triple or gRPC)");
    await mosn.stop();
  }
});
