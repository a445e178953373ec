import { mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { DrainOptions } from "./options.ts";
import { start } from "./start.ts";

let folder: string;
const err: unknown[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mosn-start-"));
  vi.spyOn(console, "error").mockImplementation((line: unknown) => void err.push(line));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.restoreAllMocks();
  err.length = 0;
});

const inFolder = (name: string): string => join(folder, name);
const pipe = (name: string): object => ({ pipe: { path: inFolder(name) } });
const typed = (name: string, fields: object = {}): object => ({ "@type": `type.googleapis.com/${name}`, ...fields });

/** A bootstrap whose only listener is a unix socket: it answers `hello`, and `/slow` never. */
function bootstrap(more: object = {}): string {
  const routes = [{ match: { prefix: "/" }, direct_response: { status: 200, body: { inline_string: "hello" } } }];
  const delay = { fixed_delay: "1000s", percentage: { numerator: 100 } };
  const fault = { delay, headers: [{ name: ":path", string_match: { exact: "/slow" } }] };
  const manager = {
    stat_prefix: "in",
    route_config: { name: "r", virtual_hosts: [{ name: "all", domains: ["*"], routes }] },
    http_filters: [
      { name: "fault", typed_config: typed("envoy.extensions.filters.http.fault.v3.HTTPFault", fault) },
      { name: "router", typed_config: typed("envoy.extensions.filters.http.router.v3.Router") },
    ],
  };
  const managerName = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
  const listener = {
    name: "in",
    address: pipe("in.sock"),
    filter_chains: [{ filters: [{ name: "http", typed_config: typed(managerName, manager) }] }],
  };
  return JSON.stringify({ admin: { address: pipe("admin.sock") }, static_resources: { listeners: [listener], ...more } });
}

const run = (configYaml: string, drain: DrainOptions = {}): Promise<number> => start({ configYaml, logLevel: "off", ...drain });

/** What a path on a unix socket answers. */
async function ask(socket: string, path: string, method: string = "GET"): Promise<string> {
  const asked = request({ socketPath: inFolder(socket), path, method, agent: false });
  asked.end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return `${response.statusCode} ${Buffer.concat(chunks).toString().trim()}`;
}

/** Resolves once somebody listens on a unix socket. */
async function listening(name: string): Promise<void> {
  for (;;) {
    const socket = connect(inFolder(name));
    const event = await new Promise((resolve) => socket.on("connect", () => resolve("connect")).on("error", () => resolve("error")));
    socket.destroy();
    if (event === "connect") return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Waits for a statistic by asking the admin socket. */
async function statIs(name: string, value: number): Promise<void> {
  while ((await ask("admin.sock", `/stats?filter=${name}`)) !== `200 ${name}: ${value}`)
    await new Promise((resolve) => setImmediate(resolve));
}

const signal = (name: "SIGTERM" | "SIGINT" | "SIGUSR1"): boolean => process.emit(name, name);

describe("mosn start", () => {
  test.for(["SIGTERM", "SIGINT"] as const)("serves until %s, and leaves no handler behind", async (name) => {
    const before = process.listenerCount(name);
    const ended = run(bootstrap());
    await listening("in.sock");
    expect(await ask("in.sock", "/")).toBe("200 hello");
    signal(name);
    expect(await ended).toBe(0);
    await expect(ask("in.sock", "/")).rejects.toThrow();
    expect(process.listenerCount(name)).toBe(before);
  });

  test("waits for what is under way, and not after a second signal", async () => {
    const ended = run(bootstrap());
    await listening("in.sock");
    const slow = ask("in.sock", "/slow").catch((error: unknown) => error);
    await statIs("http.in.downstream_rq_active", 1);
    signal("SIGTERM");
    expect(await Promise.race([ended, ask("admin.sock", "/ready")])).toBe("503 DRAINING");
    signal("SIGTERM");
    expect(await ended).toBe(0);
    expect(await slow).toBeInstanceOf(Error);
  });

  test("waits no longer than the drain time", async () => {
    const ended = run(bootstrap(), { drainTimeS: 0.05 });
    await listening("in.sock");
    const slow = ask("in.sock", "/slow").catch((error: unknown) => error);
    await statIs("http.in.downstream_rq_active", 1);
    signal("SIGTERM");
    expect(await ended).toBe(0);
    expect(await slow).toBeInstanceOf(Error);
  });

  test("ends at once for /quitquitquit", async () => {
    const ended = run(bootstrap());
    await listening("in.sock");
    const slow = ask("in.sock", "/slow").catch((error: unknown) => error);
    await statIs("http.in.downstream_rq_active", 1);
    await ask("admin.sock", "/quitquitquit", "POST");
    expect(await ended).toBe(0);
    expect(await slow).toBeInstanceOf(Error);
  });

  test("goes on after SIGUSR1", async () => {
    const ended = run(bootstrap());
    await listening("in.sock");
    signal("SIGUSR1");
    expect(await ask("in.sock", "/")).toBe("200 hello");
    signal("SIGTERM");
    expect(await ended).toBe(0);
  });

  test("does not wait for clusters when it is told to stop", async () => {
    const silent = createServer();
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const check = {
      timeout: "1000s",
      interval: "1000s",
      unhealthy_threshold: 1,
      healthy_threshold: 1,
      tcp_health_check: { send: { text: "00" }, receive: [{ text: "00" }] },
    };
    const address = { socket_address: { address: "127.0.0.1", port_value: port } };
    const cluster = {
      name: "slow",
      type: "STATIC",
      load_assignment: { cluster_name: "slow", endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
      health_checks: [check],
    };
    const ended = run(bootstrap({ clusters: [cluster] }));
    await listening("admin.sock");
    expect(await ask("admin.sock", "/ready")).toBe("503 PRE_INITIALIZING");
    signal("SIGTERM");
    expect(await ended).toBe(0);
    silent.close();
  });

  test("says in a line what the system refused, and ends with 1", async () => {
    const other = createServer();
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const taken = { socket_address: { address: "127.0.0.1", port_value: port } };
    const config = JSON.parse(bootstrap()) as { admin: { address: object }; static_resources: { listeners: { address: object }[] } };
    expect(await run(JSON.stringify({ ...config, admin: { address: taken } }))).toBe(1);
    const [listener] = config.static_resources.listeners;
    expect(await run(JSON.stringify({ static_resources: { listeners: [{ ...listener, address: taken }] } }))).toBe(1);
    other.close();
    expect(err).toHaveLength(2);
    for (const line of err) expect(line).toMatch(/^[^\n]*EADDRINUSE[^\n]*$/);
  });

  test("says what is wrong with the configuration, and ends with 1", async () => {
    expect(await run("static_resources: { listeners: [{ name: x }] }")).toBe(1);
    expect(String(err[0])).toContain("static_resources.listeners[0]");
  });
});
