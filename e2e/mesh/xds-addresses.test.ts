/** Listeners whose addresses are taken: what a control plane may ask for is the same for Envoy and for `mosn`. */
import { createServer, type Server } from "node:net";
import { once } from "node:events";
import { listenerType } from "@mesh/xds-client";
import { createFakeControlPlane, type FakeControlPlane, type FakeRequest } from "@mesh/xds-client/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { envoy, startEnvoy } from "../peers/envoy.ts";
import { envoyXdsBootstrap, xdsBootstrapParts } from "../peers/envoy-xds.ts";
import { httpListener, startMosn, type Json } from "../peers/mosn.ts";
import { freePort } from "../peers/ports.ts";
import { requirePeer } from "../peers/tools.ts";
import { until } from "./xds-mosn.ts";
import { listenerOf, type ListenerMessage } from "./xds-resources.ts";

interface Proxy {
  readonly adminPort: number;
  stop(): Promise<unknown>;
}

/** Answers with its name. */
const listener = (name: string, port: number, more: Json = {}): Json => {
  const direct = { match: { prefix: "/" }, direct_response: { status: 200, body: { inline_string: name } } };
  // Envoy's default, and not that of `mosn`.
  return { ...httpListener(port, { routes: [direct] }), name, enable_reuse_port: true, ...more };
};

const starters = {
  Envoy: (address: string, protocol: "sotw" | "delta", fixed: Json): Promise<Proxy> => {
    const { cluster } = xdsBootstrapParts({ address, protocol });
    const bootstrap = { ...envoyXdsBootstrap({ address, protocol }), static_resources: { clusters: [cluster], listeners: [fixed] } };
    return startEnvoy({ bootstrap, ports: [] });
  },
  mosn: (address: string, protocol: "sotw" | "delta", fixed: Json): Promise<Proxy> =>
    startMosn({ listeners: [fixed], xds: { address, protocol } }),
};

const cases = (["Envoy", "mosn"] as const).flatMap((name) => (["sotw", "delta"] as const).map((protocol) => [name, protocol] as const));

describe.runIf(requirePeer(envoy)).each(cases)("%s told by %s", (name, protocol) => {
  let plane: FakeControlPlane;
  let proxy: Proxy;
  let busy: Server;
  let [p1, p2, p3, busyPort, fixedPort]: number[] = [];
  let published: string[] = [];

  beforeAll(async () => {
    [p1, p2, p3, busyPort, fixedPort] = [await freePort(), await freePort(), await freePort(), await freePort(), await freePort()];
    busy = createServer().listen(busyPort, "127.0.0.1");
    await once(busy, "listening");
    plane = await createFakeControlPlane();
    proxy = await starters[name](plane.address, protocol, listener("fixed", fixedPort));
    await until(async () => (await served(fixedPort)) === "fixed");
    await plane.waitFor(({ typeUrl, kind }) => typeUrl === listenerType.typeUrl && kind === "ack");
  });

  afterAll(async () => {
    busy.close();
    await proxy.stop();
    await plane.close();
  });

  /** Who answers at a port. */
  const served = async (port: number | undefined): Promise<string> => {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } });
      return await response.text();
    } catch {
      return "nobody";
    }
  };

  const admin = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${proxy.adminPort}${path}`)).text();

  const stat = async (stats: string): Promise<number> =>
    Number(/: (\d+)$/m.exec(await admin(`/stats?filter=^listener_manager.${stats}$`))?.[1] ?? 0);

  /** All listeners that there are to be, in the order of the response. Returns the names of those that are refused. */
  const publish = async (...listeners: readonly Json[]): Promise<readonly string[]> => {
    const messages = listeners.map((each): ListenerMessage => listenerOf(String(each["name"]), each));
    const names = messages.map((each) => each.name);
    const before = plane.requests.length;
    plane.batch(() => {
      plane.remove(listenerType, published);
      plane.set(listenerType, messages);
    });
    published = names;
    const answerNow = (): FakeRequest | undefined =>
      plane.requests.slice(before).find(({ typeUrl, kind }) => typeUrl === listenerType.typeUrl && kind !== "request");
    await until(() => answerNow() !== undefined);
    const answer = answerNow();
    const refused = [...(answer?.error ?? "").matchAll(/(?:^|\(s\) )([a-z]+): /gm)].map(([, each]) => each ?? "");
    expect(answer?.kind).toBe(refused.length > 0 ? "nack" : "ack");
    const dump: { configs?: { name?: string; error_state?: unknown }[] } = JSON.parse(
      await admin("/config_dump?resource=dynamic_listeners"),
    );
    const shown = (dump.configs ?? []).flatMap((each) => (each.error_state !== undefined && each.name !== undefined ? [each.name] : []));
    expect([...new Set(shown)].sort()).toEqual([...refused].sort());
    return refused;
  };

  const servedSoon = (port: number | undefined, who: string): Promise<void> => until(async () => (await served(port)) === who);

  test("refuses an address that another has, until it is free", async () => {
    const [a, b] = [listener("a", p1!), listener("b", p1!)];
    expect(await publish(a)).toEqual([]);
    await servedSoon(p1, "a");
    expect(await publish(a, b)).toEqual(["b"]);
    expect(await served(p1)).toBe("a");
    expect(await publish(a, listener("d", fixedPort!), b)).toEqual(["d", "b"]);
    expect(await publish(listener("a", p2!), b)).toEqual([]);
    await servedSoon(p1, "b");
    await servedSoon(p2, "a");
  });

  test("refuses that two change places, and that one comes before the other has left", async () => {
    expect(await publish(listener("a", p1!), listener("b", p2!))).toEqual(["a", "b"]);
    expect([await served(p1), await served(p2)]).toEqual(["b", "a"]);
    expect(await publish(listener("b", p2!, { stat_prefix: "again" }), listener("a", p3!))).toEqual(["b"]);
    await servedSoon(p3, "a");
    expect(await served(p1)).toBe("b");
    expect(await publish(listener("b", p2!), listener("a", p3!))).toEqual([]);
    await servedSoon(p2, "b");
  });

  test("gives an address on where its listener goes with the update", async () => {
    expect(await publish(listener("c", p2!), listener("a", p3!))).toEqual([]);
    await servedSoon(p2, "c");
    expect(await publish(listener("b", p3!), listener("c", p2!))).toEqual([]);
    await servedSoon(p3, "b");
  });

  test("refuses an address that another process has, until it is free; the last good one stays", async () => {
    expect(await publish(listener("b", p3!), listener("c", busyPort!), listener("e", busyPort!))).toEqual(["c", "e"]);
    expect(await served(p2)).toBe("c");
    busy.close();
    await once(busy, "close");
    expect(await publish(listener("b", p3!), listener("c", busyPort!))).toEqual([]);
    await servedSoon(busyPort, "c");
  });

  test("refuses another enable_reuse_port, and takes another tcp_backlog_size", async () => {
    const b = listener("b", p3!);
    expect(await publish(b, listener("c", busyPort!, { enable_reuse_port: false }))).toEqual(["c"]);
    expect(await publish(b, listener("c", busyPort!, { tcp_backlog_size: 7 }))).toEqual([]);
    expect(await served(busyPort)).toBe("c");
  });

  test("refuses two that stand for one address, bound or not", async () => {
    const virtual = { bind_to_port: false };
    const refused = await publish(
      listener("m", p1!, virtual),
      listener("n", p1!, virtual),
      listener("o", p2!),
      listener("p", p2!, virtual),
    );
    expect(refused).toEqual(["n", "p"]);
  });

  test("counts all of that alike", async () => {
    const names = ["lds.update_rejected", "listener_create_failure", "listener_added", "listener_modified", "listener_removed"];
    expect(await Promise.all(names.map(stat))).toEqual([7, 2, 7, 5, 4]);
  });
});
