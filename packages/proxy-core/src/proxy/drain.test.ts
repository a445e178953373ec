import { connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { ExtensionSet, loadBootstrap } from "../config/index.ts";
import { testRuntime, type TestRuntime } from "../runtime/testing.ts";
import { StatsStore } from "../stats/index.ts";
import { statValue } from "../stats/testing.ts";
import { defaultRegistry } from "@mesh/xds-proto";
import { Server, type ServerOptions } from "./server.ts";
import { standardExtensions } from "./standard-extensions.ts";

const drainTimeMs = 40_000;
/** Milliseconds after which a connection that is to go and says nothing is closed, and some. */
const silence = 300;

const typed = (name: string, fields: object = {}): object => ({ "@type": `type.googleapis.com/${name}`, ...fields });
const manager = {
  stat_prefix: "in",
  route_config: {
    virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, direct_response: { status: 204 } }] }],
  },
  http_filters: [{ name: "router", typed_config: typed("envoy.extensions.filters.http.router.v3.Router") }],
};
const managerName = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const listener = (name: string, more: object = {}): object => ({
  name,
  address: { socket_address: { address: "127.0.0.1", port_value: 0 } },
  filter_chains: [{ filters: [{ name: "http", typed_config: typed(managerName, manager) }] }],
  ...more,
});

interface Started extends AsyncDisposable {
  readonly server: Server;
  readonly runtime: TestRuntime;
  /** Clients that have had one answer on a listener, and go when they are told. */
  clients(count: number, index?: number): Promise<Client[]>;
  active(): number;
}

async function start(options: Partial<ServerOptions> = {}): Promise<Started> {
  const runtime = testRuntime();
  const extensions = new ExtensionSet(defaultRegistry(), standardExtensions);
  const listeners = [listener("default"), listener("egress", { drain_type: "MODIFY_ONLY" })];
  const text = JSON.stringify({ static_resources: { listeners } });
  const { bootstrap } = loadBootstrap(text, { fileName: "", format: "json", extensions });
  const server = new Server({ bootstrap, extensions, runtime, stats: new StatsStore(), drainTimeMs, ...options });
  await server.start();
  const portOf = (index: number): number => {
    const address = server.listeners.listeners[index]?.address;
    return address?.kind === "ip" ? address.port : 0;
  };
  const ports = [portOf(0), portOf(1)];
  return {
    server,
    runtime,
    clients: async (count, index = 0) => {
      const clients: Client[] = [];
      for (let made = 0; made < count; made++) {
        const client = new Client(ports[index] ?? 0);
        expect(await client.ask()).toBe("goes on");
        clients.push(client);
      }
      return clients;
    },
    active: () => statValue(server.stats, "http.in.downstream_cx_active"),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** What has become of a request. */
type Outcome = "goes on" | "is the last" | "refused";

class Client {
  readonly #socket: Socket;

  constructor(port: number) {
    this.#socket = connect({ port, host: "127.0.0.1" }).setEncoding("latin1");
  }

  ask(): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#socket.once("error", () => resolve("refused"));
      this.#socket.once("data", (text) => resolve(/^connection: close\r$/mu.test(String(text)) ? "is the last" : "goes on"));
      this.#socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    });
  }
}

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
};

describe("a proxy that shuts down", () => {
  test("does not wait for clients that have nothing to say", async () => {
    await using proxy = await start();
    await proxy.clients(3);
    const ended = proxy.server.shutdown(600_000);
    expect(proxy.server.state).toBe("DRAINING");
    proxy.runtime.advance(silence);
    await ended;
  });

  test("ends connections in turn where the strategy was set to gradual, in a quarter of the time", async () => {
    await using proxy = await start({ drainStrategy: "gradual" });
    await proxy.clients(4);
    const ended = proxy.server.shutdown(drainTimeMs);
    proxy.runtime.advance(silence);
    await until(() => proxy.active() === 3);
    for (const left of [2, 1, 0]) {
      proxy.runtime.advance(drainTimeMs / 16);
      await until(() => proxy.active() === left);
    }
    await ended;
  });
});

describe("a graceful drain", () => {
  test("takes new connections until the drain time is over", async () => {
    await using proxy = await start();
    const [client] = await proxy.clients(1);
    proxy.server.drain();
    expect(proxy.server.state).toBe("DRAINING");
    proxy.runtime.advance(1000);
    const [late] = await proxy.clients(1);
    proxy.runtime.advance(drainTimeMs - 1000);
    expect(proxy.active()).toBe(2);
    await expect(proxy.clients(1)).rejects.toThrow("refused");
    expect(await Promise.all([client?.ask(), late?.ask()])).toEqual(["is the last", "is the last"]);
    await until(() => proxy.active() === 0);
  });

  test("may go on taking them after that", async () => {
    await using proxy = await start();
    proxy.server.drain(false);
    proxy.runtime.advance(drainTimeMs);
    await expect(proxy.clients(1)).rejects.toThrow("is the last");
  });

  test("ends connections at once where the strategy is immediate, and those that come with their first response", async () => {
    await using proxy = await start({ drainStrategy: "immediate" });
    await proxy.clients(2);
    proxy.server.drain();
    proxy.runtime.advance(silence);
    await until(() => proxy.active() === 0);
    await expect(proxy.clients(1)).rejects.toThrow("is the last");
  });
});

test("a health check that is failed by hand spares listeners that drain for changes only", async () => {
  await using proxy = await start();
  const [client] = await proxy.clients(1);
  const [spared] = await proxy.clients(1, 1);
  proxy.server.failHealthCheck(true);
  expect(await Promise.all([client?.ask(), spared?.ask()])).toEqual(["is the last", "goes on"]);
  proxy.server.failHealthCheck(false);
  expect(await proxy.clients(1)).toHaveLength(1);
});
