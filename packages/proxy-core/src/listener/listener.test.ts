import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ResponseFlag } from "../access-log/index.ts";
import { listen, readAll } from "../network/testing.ts";
import { atOnce } from "../stream/testing.ts";
import type { InspectResult, ListenerFilter } from "./listener-filter.ts";
import { chain, endOf, testFilter, testListeners, testLog } from "./testing.ts";

/** Wants five bytes, takes two. */
class Taking implements ListenerFilter {
  readonly maxBytes = 5;
  #seen = 0;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  inspect(_: unknown, bytes: Buffer): InspectResult {
    this.#seen = bytes.length;
    for (const { count, resolve } of this.#waiting) if (this.#seen >= count) resolve();
    if (bytes.length < 5) return { kind: "more", needed: bytes.length + 1 };
    return bytes.toString().startsWith("no") ? { kind: "reject", reason: "it says no" } : { kind: "done", consumed: 2 };
  }

  /** Until a connection has brought so many bytes. */
  seen(count: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#seen >= count) resolve();
      else this.#waiting.push({ count, resolve });
    });
  }
}

const prefix = "listener.127.0.0.1_0";

describe("a listener", () => {
  test("gives its chain a connection, with where it comes from and goes to", async () => {
    await using proxy = testListeners([{ name: "in", filter_chains: [chain("a")] }]);
    await proxy.manager.start();
    const arriving = proxy.chain("a").next();
    proxy.runtime.advance(500);
    const client = await proxy.connect();
    const { info, initial, handler } = await arriving;
    expect(info).toEqual({
      remoteAddress: endOf(client),
      directRemoteAddress: endOf(client),
      directLocalAddress: `127.0.0.1:${proxy.port()}`,
      filterChainName: "",
      filterChainMetadata: undefined,
      listenerMetadata: undefined,
      localAddress: `127.0.0.1:${proxy.port()}`,
      isRedirected: false,
      requestedServerName: undefined,
      acceptedAt: 500,
    });
    expect(initial).toBeUndefined();
    client.end("hello");
    await handler.untilEvent("end");
    expect(handler.text).toBe("hello");
    expect(proxy.manager.activeConnections).toBe(1);
    expect(proxy.manager.listeners[0]?.name).toBe("in");
  });

  test("counts connections under its address", async () => {
    await using proxy = testListeners([{ filter_chains: [chain("a")] }]);
    await proxy.manager.start();
    const arriving = proxy.chain("a").next();
    await proxy.connect();
    const { connection, handler } = await arriving;
    expect(proxy.stat(`${prefix}.downstream_cx_total`)).toBe(1);
    expect(proxy.stat(`${prefix}.downstream_cx_active`)).toBe(1);
    connection.close();
    await handler.untilEvent("close local");
    expect(proxy.stat(`${prefix}.downstream_cx_active`)).toBe(0);
    expect(proxy.stat(`${prefix}.downstream_cx_destroy`)).toBe(1);
    expect(proxy.stat(`${prefix}.downstream_cx_length_ms`)).toBe(1);
  });

  test("counts under its own prefix where it has one", async () => {
    await using proxy = testListeners([{ stat_prefix: "public", filter_chains: [chain("a", { destination_port: 1 })] }]);
    await proxy.manager.start();
    const client = await proxy.connect();
    await readAll(client);
    expect(proxy.stat("listener.public.no_filter_chain_match")).toBe(1);
  });

  test("chooses among its chains, and takes the default one where none fits", async () => {
    const chains = [chain("other", { source_prefix_ranges: [{ address_prefix: "192.0.2.0", prefix_len: 24 }] })];
    await using proxy = testListeners([{ filter_chains: chains, default_filter_chain: chain("default") }]);
    await proxy.manager.start();
    const arriving = proxy.chain("default").next();
    await proxy.connect();
    await arriving;
    expect(proxy.chain("other").arrivals).toEqual([]);
  });

  test("tells of the chain that it has chosen, and of itself", async () => {
    const metadata = (key: string): object => ({ filter_metadata: { ns: { key } } });
    const named = { ...chain("a"), name: "first", metadata: metadata("chain") };
    await using proxy = testListeners([{ filter_chains: [named], metadata: metadata("listener"), access_log: [testLog] }]);
    await proxy.manager.start();
    const arriving = proxy.chain("a").next();
    const client = await proxy.connect();
    const { info } = await arriving;
    const told = {
      filterChainName: "first",
      filterChainMetadata: { ns: { key: "chain" } },
      listenerMetadata: { ns: { key: "listener" } },
    };
    expect(info).toMatchObject(told);
    client.resetAndDestroy();
    while (proxy.logged.length === 0) await new Promise(setImmediate);
    expect(proxy.logged).toMatchObject([told]);
  });

  test("closes connections that no chain fits, and logs them", async () => {
    await using proxy = testListeners([{ filter_chains: [chain("a", { destination_port: 1 })], access_log: [testLog] }]);
    await proxy.manager.start();
    const client = await proxy.connect();
    expect((await readAll(client)).length).toBe(0);
    expect(proxy.stat(`${prefix}.no_filter_chain_match`)).toBe(1);
    expect(proxy.stat(`${prefix}.downstream_cx_total`)).toBe(0);
    expect(proxy.logged).toMatchObject([
      { responseFlags: ResponseFlag.NoRouteFound, responseCodeDetails: "filter_chain_not_found", downstreamRemoteAddress: endOf(client) },
    ]);
  });

  test("logs connections when they end", async () => {
    await using proxy = testListeners([{ filter_chains: [chain("a")], access_log: [testLog] }]);
    await proxy.manager.start();
    const arriving = proxy.chain("a").next();
    const client = await proxy.connect();
    const { connection, handler } = await arriving;
    client.write("12345");
    await handler.until(() => handler.data.length === 5);
    expect(proxy.logged).toEqual([]);
    proxy.runtime.advance(160);
    connection.close();
    await handler.untilEvent("close local");
    expect(proxy.logged).toMatchObject([{ bytesReceived: 5, duration: 160, responseFlags: 0, connectionId: connection.id }]);
  });

  test("gives its chains its buffer limit, a megabyte unless it says another", async () => {
    await using proxy = testListeners([
      { name: "a", filter_chains: [chain("a")] },
      { name: "b", filter_chains: [chain("b")], per_connection_buffer_limit_bytes: 4096 },
      { name: "c", filter_chains: [chain("c")], per_connection_buffer_limit_bytes: 0 },
    ]);
    expect(proxy.chain("a").context.bufferLimitBytes).toBe(1024 * 1024);
    expect(proxy.chain("b").context.bufferLimitBytes).toBe(4096);
    expect(proxy.chain("c").context.bufferLimitBytes).toBe(0);
  });
});

describe("listener filters", () => {
  test("see a connection before its chain, which gets what they leave", async () => {
    await using proxy = testListeners([{ listener_filters: [testFilter], filter_chains: [chain("a")] }], { filter: new Taking() });
    await proxy.manager.start();
    const arriving = proxy.chain("a").next();
    const client = await proxy.connect();
    for (const byte of "hell") client.write(byte);
    client.end("o you");
    const { initial, handler } = await arriving;
    await handler.untilEvent("end");
    expect(initial?.toString("latin1") + handler.text).toBe("llo you");
    expect(proxy.stat(`${prefix}.downstream_pre_cx_active`)).toBe(0);
  });

  test("refuse connections, which are closed and logged", async () => {
    await using proxy = testListeners([{ listener_filters: [testFilter], filter_chains: [chain("a")], access_log: [testLog] }], {
      filter: new Taking(),
    });
    await proxy.manager.start();
    const client = await proxy.connect();
    client.write("no way");
    expect((await readAll(client)).length).toBe(0);
    expect(proxy.chain("a").arrivals).toEqual([]);
    expect(proxy.logged).toMatchObject([{ responseCodeDetails: "listener_filter_rejected" }]);
    expect(proxy.stat(`${prefix}.downstream_listener_filter_error`)).toBe(1);
    const [line] = proxy.runtime.logger.lines;
    expect(line?.message).toContain("it says no");
    expect(proxy.manager.activeConnections).toBe(0);
  });

  test("that wait longer than 15 s are given up with the connection", async () => {
    const filter = new Taking();
    await using proxy = testListeners([{ listener_filters: [testFilter], filter_chains: [chain("a")], access_log: [testLog] }], { filter });
    await proxy.manager.start();
    const client = await proxy.connect();
    client.write("hel");
    await filter.seen(3);
    proxy.runtime.advance(14_900);
    expect(proxy.manager.activeConnections).toBe(1);
    proxy.runtime.advance(200);
    expect((await readAll(client)).length).toBe(0);
    expect(proxy.stat(`${prefix}.downstream_pre_cx_timeout`)).toBe(1);
    expect(proxy.logged).toMatchObject([{ responseCodeDetails: "listener_filter_timeout" }]);
  });

  test("may be passed over when their time is over", async () => {
    const listener = {
      listener_filters: [testFilter],
      listener_filters_timeout: "1s",
      continue_on_listener_filters_timeout: true,
      filter_chains: [chain("a")],
    };
    const filter = new Taking();
    await using proxy = testListeners([listener], { filter });
    await proxy.manager.start();
    const arriving = proxy.chain("a").next();
    const client = await proxy.connect();
    client.write("hel");
    await filter.seen(3);
    proxy.runtime.advance(1016);
    const { initial } = await arriving;
    expect(initial?.toString()).toBe("hel");
  });

  test("that wait do not keep a client that goes away", async () => {
    await using proxy = testListeners([{ listener_filters: [testFilter], filter_chains: [chain("a")] }], { filter: new Taking() });
    await proxy.manager.start();
    const client = await proxy.connect();
    client.write("h");
    while (proxy.manager.activeConnections === 0) await new Promise(setImmediate);
    client.resetAndDestroy();
    while (proxy.manager.activeConnections > 0) await new Promise(setImmediate);
    expect(proxy.stat(`${prefix}.downstream_pre_cx_active`)).toBe(0);
    expect(proxy.stat(`${prefix}.downstream_listener_filter_remote_close`)).toBe(1);
  });
});

const httpInspector = {
  name: "http",
  typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.listener.http_inspector.v3.HttpInspector" },
};

describe("a connection whose destination was restored", () => {
  /** Says that every connection was going to 127.0.0.1:port. */
  const redirecting = (port: number): ListenerFilter => ({
    maxBytes: 0,
    inspect: (accepted): InspectResult => {
      accepted.restoreLocal({ address: "127.0.0.1", port });
      return { kind: "done", consumed: 0 };
    },
  });
  const virtual = (address: string, name: string, port: number): object => ({
    name,
    address: { socket_address: { address, port_value: port } },
    bind_to_port: false,
    filter_chains: [chain(name)],
  });

  test("goes to the listener of that address, else to the one of all addresses, else it stays", async () => {
    for (const [port, expected] of [
      [1001, "exact"],
      [1002, "any"],
      [1003, "entry"],
    ] as const) {
      await using proxy = testListeners(
        [
          { name: "entry", use_original_dst: true, listener_filters: [testFilter], filter_chains: [chain("entry")] },
          virtual("127.0.0.1", "exact", 1001),
          virtual("0.0.0.0", "any", 1002),
          virtual("0.0.0.0", "any-1001", 1001),
        ],
        { filter: redirecting(port) },
      );
      await proxy.manager.start();
      const arriving = proxy.chain(expected).next();
      await proxy.connect();
      const { info } = await arriving;
      expect(info.localAddress).toBe(`127.0.0.1:${port}`);
      const counted = { exact: "listener.127.0.0.1_1001", any: "listener.0.0.0.0_1002", entry: prefix }[expected];
      expect(proxy.stat(`${counted}.downstream_cx_total`)).toBe(1);
      expect(proxy.stat(`${prefix}.downstream_cx_total`)).toBe(expected === "entry" ? 1 : 0);
    }
  });

  test("passes the listener filters of the one that it goes to, unless they are off there, and goes no further", async () => {
    const inspected = (name: string, port: number, fields: object = {}): object => ({
      ...virtual("127.0.0.1", name, port),
      use_original_dst: true,
      listener_filters: [{ ...httpInspector, ...fields }],
      filter_chains: [chain(name, { application_protocols: ["http/1.1"] }), chain(`${name}-other`)],
    });
    const off = { filter_disabled: { destination_port_range: { start: 1001, end: 1002 } } };
    for (const [fields, expected] of [
      [{}, "virtual"],
      [off, "virtual-other"],
    ] as const) {
      const entry = {
        name: "entry",
        use_original_dst: true,
        listener_filters: [testFilter],
        filter_chains: [chain("entry")],
      };
      await using proxy = testListeners([entry, inspected("virtual", 1001, fields)], { filter: redirecting(1001) });
      await proxy.manager.start();
      const arriving = proxy.chain(expected).next();
      const client = await proxy.connect();
      client.end("GET / HTTP/1.1\r\n");
      const { initial, info, handler } = await arriving;
      await handler.untilEvent("end");
      expect(`${initial?.toString() ?? ""}${handler.text}`).toBe("GET / HTTP/1.1\r\n");
      expect(info).toMatchObject({ localAddress: "127.0.0.1:1001", isRedirected: true });
      expect(proxy.stat(`${prefix}.downstream_pre_cx_active`)).toBe(0);
    }
  });

  test("is matched by it, and stays, where the listener does not hand connections on", async () => {
    const listener = { listener_filters: [testFilter], filter_chains: [chain("by-port", { destination_port: 1001 }), chain("rest")] };
    await using proxy = testListeners([listener, virtual("127.0.0.1", "exact", 1001)], { filter: redirecting(1001) });
    await proxy.manager.start();
    const arriving = proxy.chain("by-port").next();
    await proxy.connect();
    await arriving;
  });
});

describe("the end of a listener", () => {
  test("takes no new connections and tells the chains of those there are", async () => {
    await using proxy = testListeners([{ filter_chains: [chain("a", { destination_port: 1 })], default_filter_chain: chain("b") }]);
    await proxy.manager.start();
    expect(proxy.stat("listener_manager.total_listeners_active")).toBe(1);
    const arriving = proxy.chain("b").next();
    await proxy.connect();
    const { connection, handler } = await arriving;
    const port = proxy.port();
    proxy.manager.stopAccepting();
    proxy.manager.drain(atOnce);
    expect(proxy.chain("a").drains).toBe(1);
    expect(proxy.chain("b").drains).toBe(1);
    expect(proxy.stat("listener_manager.total_listeners_draining")).toBe(1);
    const late = connect({ host: "127.0.0.1", port });
    const [error] = (await once(late, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNREFUSED");
    expect(connection.closed).toBe(false);
    proxy.manager.close();
    await handler.untilEvent("close local");
  });

  test("closes those that have sent nothing, and lets filters finish with the others", async () => {
    const filter = new Taking();
    await using proxy = testListeners([{ listener_filters: [testFilter], filter_chains: [chain("a")] }], { filter });
    await proxy.manager.start();
    const silent = await proxy.connect();
    const speaking = await proxy.connect();
    speaking.write("hel");
    await filter.seen(3);
    proxy.manager.stopAccepting();
    proxy.manager.drain(atOnce);
    await readAll(silent);
    const arriving = proxy.chain("a").next();
    speaking.write("lo");
    await arriving;
  });
});

describe("binding", () => {
  test("that fails names the listener, and leaves none bound", async () => {
    const taken = createServer();
    const port = await listen(taken);
    await using proxy = testListeners([
      { name: "first", filter_chains: [chain("a")] },
      { name: "second", address: { socket_address: { address: "127.0.0.1", port_value: port } }, filter_chains: [chain("b")] },
    ]);
    await expect(proxy.manager.start()).rejects.toThrow(`cannot listen on 127.0.0.1:${port} (listener second): Error: listen EADDRINUSE`);
    expect(proxy.stat("listener_manager.listener_create_failure")).toBe(1);
    expect(proxy.port(0)).toBe(0);
    taken.close();
  });

  test("to a unix socket replaces what a process left, and sets the mode", async () => {
    const folder = await mkdtemp(join(tmpdir(), "listener-"));
    const path = join(folder, "in.sock");
    const listener = { name: "in", address: { pipe: { path, mode: 0o600 } }, filter_chains: [chain("a")] };
    await using proxy = testListeners([listener]);
    await proxy.manager.start();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const arriving = proxy.chain("a").next();
    const client = connect({ path });
    const { info } = await arriving;
    expect(info).toMatchObject({ remoteAddress: path, localAddress: path });
    client.destroy();
    // The socket is in use.
    await using second = testListeners([{ ...listener }]);
    await expect(second.manager.start()).rejects.toThrow(`cannot listen on ${path} (listener in): Error: listen EADDRINUSE`);
    proxy.manager.close();
    expect(existsSync(path)).toBe(false);
    await rm(folder, { recursive: true });
  });
});

describe("a configuration is refused", () => {
  const refused = (...listeners: object[]): (() => unknown) => {
    return () => testListeners(listeners);
  };

  test("with listeners of one name, or of one address", () => {
    const a = { name: "in", filter_chains: [chain("a")] };
    expect(refused(a, a)).toThrow('listeners[1].name: there is another listener of the name "in"');
    const at = { address: { socket_address: { address: "127.0.0.1", port_value: 15_001 } }, filter_chains: [chain("a")] };
    expect(refused({ ...at, name: "a" }, { ...at, name: "b" })).toThrow(
      "listeners[1].address: listener a has the address 127.0.0.1:15001 already",
    );
    // Which of them is meant by connections to it would be open.
    expect(refused({ ...at, name: "a" }, { ...at, name: "b", bind_to_port: false })).toThrow("listeners[1].address");
    expect(refused({ ...at, name: "a", bind_to_port: false }, { ...at, name: "b", bind_to_port: false })).toThrow("listeners[1].address");
    const anyPort = { filter_chains: [chain("a")] };
    expect(refused({ ...anyPort, name: "a" }, { ...anyPort, name: "b" })).not.toThrow();
  });

  test("without a filter chain, and with a chain that has not one filter", () => {
    expect(refused({ name: "in" })).toThrow("listeners[0].filter_chains: needs a filter chain");
    expect(refused({ filter_chains: [{}] })).toThrow("listeners[0].filter_chains[0].filters: needs a network filter");
    const [filter] = (chain("a") as { filters: object[] }).filters;
    expect(refused({ filter_chains: [{ filters: [filter, filter] }] })).toThrow("listeners[0].filter_chains[0].filters[1]");
    expect(refused({ filter_chains: [], default_filter_chain: chain("a") })).not.toThrow();
  });

  test("with an extension that is not there", () => {
    const unknown = { name: "x", typed_config: { "@type": "type.googleapis.com/google.protobuf.Int32Value", value: 1 } };
    expect(refused({ filter_chains: [chain("a")], listener_filters: [unknown] })).toThrow("listeners[0].listener_filters[0].typed_config");
    expect(refused({ filter_chains: [{ filters: [unknown] }] })).toThrow("listeners[0].filter_chains[0].filters[0].typed_config");
  });
});
