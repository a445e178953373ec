import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../../config/index.ts";
import { listen } from "../../network/testing.ts";
import { AcceptedConnection } from "../accepted.ts";
import { acceptedConnection, chain, testListeners } from "../testing.ts";
import { descriptorOf, OriginalDstFilter, originalDestinationLookup } from "./original-dst.ts";

const isLinux = process.platform === "linux";

/** An accepted connection of a real socket. */
async function accept(): Promise<AcceptedConnection & AsyncDisposable> {
  const server = createServer();
  const port = await listen(server);
  const client = connect({ host: "127.0.0.1", port });
  const [socket] = (await once(server, "connection")) as [Socket];
  return Object.assign(new AcceptedConnection(socket, "", 0), {
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      socket.destroy();
      server.close();
      await once(server, "close");
    },
  });
}

describe("the original destination filter", () => {
  test("asks by the socket's descriptor and the family of its address", async () => {
    await using accepted = await accept();
    const asked: unknown[] = [];
    const filter = new OriginalDstFilter((descriptor, family) => {
      asked.push([descriptor, family]);
      return { address: "10.0.0.1", port: 80 };
    });
    expect(filter.inspect(accepted)).toEqual({ kind: "done", consumed: 0 });
    expect(asked).toEqual([[descriptorOf(accepted.socket), 4]]);
    expect(accepted.local).toEqual({ address: "10.0.0.1", port: 80 });
    expect(accepted.localRestored).toBe(true);
  });

  test("leaves a connection where it is that nobody redirected, or that is gone", async () => {
    await using accepted = await accept();
    const { local } = accepted;
    new OriginalDstFilter(() => undefined).inspect(accepted);
    new OriginalDstFilter(() => local).inspect(accepted);
    expect(accepted.localRestored).toBe(false);
    const gone = acceptedConnection({ address: "::1", port: 1 }, { address: "::1", port: 2 });
    new OriginalDstFilter(() => expect.unreachable()).inspect(gone);
    expect(descriptorOf(new Socket())).toBeUndefined();
  });

  test("is refused where the kernel is not Linux's", () => {
    expect(() => originalDestinationLookup(ConfigPath.of("typed_config"), { platform: "darwin" })).toThrow(
      "typed_config: original destinations are Linux's; this is darwin",
    );
  });

  test("is refused without koffi", () => {
    const loadGetsockopt = (): never => {
      throw new Error("Cannot find module 'koffi'");
    };
    expect(() => originalDestinationLookup(ConfigPath.of("typed_config"), { platform: "linux", loadGetsockopt })).toThrow(
      "typed_config: needs the optional package koffi, which cannot be loaded: Cannot find module 'koffi'",
    );
  });

  test.skipIf(!isLinux)("runs in a listener, where a connection that came directly stays", async () => {
    const typed_config = { "@type": "type.googleapis.com/envoy.extensions.filters.listener.original_dst.v3.OriginalDst" };
    const listener = { use_original_dst: true, listener_filters: [{ name: "original_dst", typed_config }], filter_chains: [chain("a")] };
    await using proxy = testListeners([listener]);
    await proxy.manager.start();
    const arriving = proxy.chain("a").next();
    await proxy.connect();
    const { info } = await arriving;
    expect(info.localAddress).toBe(`127.0.0.1:${proxy.port()}`);
  });
});

const run = (
  command: string,
  parameters: readonly string[],
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } =>
  spawnSync(command, parameters, { encoding: "utf8", timeout: 30_000 });

/** What makes a test with real redirection possible; a text says what is missing. */
function redirection(): { readonly tool: string } | string {
  if (!isLinux) return "redirection is Linux's";
  const has = (command: string, ...parameters: string[]): boolean => run(command, parameters).status === 0;
  const tool = ["nft", "iptables"].find((name) => has(name, "--version"));
  if (tool === undefined) {
    // There it has to be.
    if (process.env["CI"]) throw new Error("nftables is not installed: apt-get install nftables");
    return "install nftables or iptables to test redirection";
  }
  if (!has("ip", "-V")) return "install iproute2 to test redirection";
  return has("unshare", "--net", "true") ? { tool } : "run as root to test redirection: it needs a network namespace";
}

describe("a redirected connection", () => {
  const possible = redirection();
  test.skipIf(typeof possible === "string")(
    typeof possible === "string" ? `shows where it was going (skipped: ${possible})` : "shows where it was going, over IPv4 and IPv6",
    () => {
      if (typeof possible === "string") return;
      const probe = new URL("./redirect-probe.ts", import.meta.url).pathname;
      const { stdout, stderr } = run("unshare", ["--net", process.execPath, "--conditions=@mesh/source", probe, possible.tool]);
      expect(stderr).toBe("");
      expect(JSON.parse(stdout)).toEqual([
        { local: "127.0.0.2:8080", restored: true },
        { local: "127.0.0.1:15001", restored: false },
        { local: "[::1]:8080", restored: true },
        { local: "127.0.0.3:8080", restored: true },
      ]);
    },
  );
});
