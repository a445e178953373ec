import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { createProxy, type Proxy, type ProxyOptions } from "./create-proxy.ts";

const address = (port: number): object => ({ socket_address: { address: "127.0.0.1", port_value: port } });

/** A splice to a port of this machine, with an admin port. */
function bootstrap(hostPort: number, port = 0): object {
  const tcpProxy = {
    "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
    stat_prefix: "in",
    cluster: "host",
  };
  return {
    node: { id: "of-the-file", cluster: "shop" },
    admin: { address: address(0) },
    static_resources: {
      listeners: [{ name: "in", address: address(port), filter_chains: [{ filters: [{ name: "tcp", typed_config: tcpProxy }] }] }],
      clusters: [
        {
          name: "host",
          type: "STATIC",
          load_assignment: { cluster_name: "host", endpoints: [{ lb_endpoints: [{ endpoint: { address: address(hostPort) } }] }] },
        },
      ],
    },
  };
}

/** Stops the proxy at the end of a test. */
function proxyOf(options: Partial<ProxyOptions> = {}): Proxy & AsyncDisposable {
  const proxy = createProxy({ bootstrap: bootstrap(1), ...options });
  return Object.assign(proxy, { [Symbol.asyncDispose]: () => proxy.stop() });
}

const portOf = (proxy: Proxy): number => {
  const bound = proxy.listeners[0]?.address;
  return bound?.kind === "ip" ? bound.port : 0;
};

async function serverInfo(proxy: Proxy): Promise<unknown> {
  const admin = proxy.adminAddress;
  if (admin?.kind !== "ip") throw new Error("there is no admin port");
  return (await fetch(`http://${admin.address}:${admin.port}/server_info`)).json();
}

describe("a proxy", () => {
  test("does nothing before start, then listens where the kernel chose", async () => {
    await using proxy = proxyOf();
    expect([proxy.state, proxy.listeners[0]?.addressText]).toEqual(["PRE_INITIALIZING", "127.0.0.1:0"]);
    await proxy.start();
    expect(proxy.state).toBe("LIVE");
    expect(portOf(proxy)).toBeGreaterThan(0);
    expect(await serverInfo(proxy)).toMatchObject({ state: "LIVE", node: { id: "of-the-file", cluster: "shop" } });
  });

  test("runs once", async () => {
    await using proxy = proxyOf();
    await proxy.start();
    await expect(proxy.start()).rejects.toMatchObject({ code: "MESH_PROXY_STARTED" });
    expect(proxy.state).toBe("LIVE");
    await proxy.stop();
    expect(proxy.state).toBe("DRAINING");
    await expect(proxy.start()).rejects.toMatchObject({ code: "MESH_PROXY_STARTED" });
    const never = proxyOf();
    await never.stop();
    await expect(never.start()).rejects.toMatchObject({ code: "MESH_PROXY_STARTED" });
  });

  test("may be stopped as often and in as many ways as one likes", async () => {
    const proxy = proxyOf();
    await proxy.start();
    await Promise.all([proxy.stop(), proxy.shutdown(100), proxy.stop()]);
    await proxy.shutdown(100);
    expect(proxy.state).toBe("DRAINING");
  });

  test("that cannot listen leaves nothing behind", async () => {
    await using first = proxyOf();
    await first.start();
    const second = createProxy({ bootstrap: bootstrap(1, portOf(first)) });
    await expect(second.start()).rejects.toThrow(`cannot listen on 127.0.0.1:${portOf(first)} (listener in)`);
    expect(second.state).toBe("DRAINING");
    expect(await serverInfo(first)).toMatchObject({ state: "LIVE" });
  });

  test("lets connections go on for as long as it may take to drain", async () => {
    const sockets: Socket[] = [];
    const host = createServer((socket) => void sockets.push(socket.on("error", () => {})));
    host.listen(0, "127.0.0.1");
    await once(host, "listening");
    await using proxy = proxyOf({ bootstrap: bootstrap((host.address() as AddressInfo).port) });
    await proxy.start();
    const client = connect(portOf(proxy), "127.0.0.1");
    client.write("hello");
    const [socket] = (await once(host, "connection")) as [Socket];
    await once(socket, "data");
    const end = proxy.shutdown(60_000);
    expect(proxy.state).toBe("DRAINING");
    socket.write("still here");
    expect(String((await once(client, "data"))[0])).toBe("still here");
    client.end();
    socket.end();
    await end;
    host.close();
  });
});

describe("its configuration", () => {
  test("may be text, with another merged over it and a node of one's own", async () => {
    const text = JSON.stringify(bootstrap(1));
    const override = { text: "node: { id: of-the-override }", fileName: "more.yaml" };
    await using proxy = proxyOf({ bootstrap: { text, fileName: "file.json" }, override, serviceCluster: "mine" });
    await proxy.start();
    expect(await serverInfo(proxy)).toMatchObject({ node: { id: "of-the-override", cluster: "mine" } });
  });

  test("that is wrong is told with all its problems, and their places in a text", () => {
    const text = "static_resources:\n  listeners:\n    - name: a\n      nonsense: 1\n";
    expect(() => createProxy({ bootstrap: { text, fileName: "file.yaml" } })).toThrow(
      /file\.yaml:4:7: static_resources\.listeners\[0\]\.nonsense/u,
    );
    expect(() => createProxy({ bootstrap: { static_resources: { listeners: [{ name: "a" }], clusters: [{}] } } })).toThrow(
      expect.objectContaining({ code: "MESH_CONFIG_INVALID" }),
    );
  });

  test("that is none at all is refused as such", () => {
    const nothing: Partial<ProxyOptions> = {};
    expect(() => createProxy(nothing as ProxyOptions)).toThrow("bootstrap: expected an object");
  });
});

test("a page of another site cannot end it, and /quitquitquit does what the application says", async () => {
  const quit = Promise.withResolvers<void>();
  await using proxy = proxyOf({ onQuit: () => quit.resolve() });
  await proxy.start();
  const admin = proxy.adminAddress;
  if (admin?.kind !== "ip") throw new Error("there is no admin port");
  const url = `http://${admin.address}:${admin.port}/quitquitquit`;
  expect((await fetch(url, { method: "POST", headers: { origin: "https://elsewhere.example" } })).status).toBe(403);
  expect(proxy.state).toBe("LIVE");
  expect(await (await fetch(url, { method: "POST" })).text()).toBe("OK\n");
  await quit.promise;
});
