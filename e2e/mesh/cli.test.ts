/** The command line of the built `mosn`: what it accepts, what it says of mistakes, and how it ends. */
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../peers/ports.ts";
import { runProgram, startPeer } from "../peers/process.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const program = join(root, "packages/app-mosn/bin/mosn.mjs");
const manifestPath = join(root, "packages/app-mosn/package.json");

const examples = globSync("docs/examples/*.yaml", { cwd: root }).sort();

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function mosn(...args: readonly string[]): Promise<Outcome> {
  const { exit, stdout, stderr } = await runProgram(process.execPath, [program, ...args]);
  return { code: exit.code, stdout, stderr };
}

const good = (port: number, adminPort: number): string => `admin:
  address: { socket_address: { address: 127.0.0.1, port_value: ${adminPort} } }
node: { id: from-the-file, cluster: shop }
static_resources:
  listeners:
    - name: in
      address: { socket_address: { address: 127.0.0.1, port_value: ${port} } }
      filter_chains:
        - filters:
            - name: tcp
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                stat_prefix: in
                cluster: backend
  clusters:
    - name: backend
      type: STATIC
      load_assignment:
        cluster_name: backend
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 1 } } } }] }]
`;

describe("mosn", () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "mesh-cli-"));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  test("version and --version print the version of the package", async () => {
    const { default: manifest } = (await import(manifestPath, { with: { type: "json" } })) as { default: { version: string } };
    expect(await mosn("version")).toEqual({ code: 0, stdout: `mosn ${manifest.version}\n`, stderr: "" });
    expect((await mosn("--version")).stdout).toBe(`${manifest.version}\n`);
  });

  describe("run by a Node that is too old", () => {
    const pretend = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.9.0" } })';
    const old = ["--import", `data:text/javascript,${encodeURIComponent(pretend)}`];
    const pinned = join(root, `node_modules/node-${process.platform}-${process.arch}/bin/node`);

    test.runIf(existsSync(pinned))(
      "goes on with the one that is installed as a package, which gets the signals and gives its exit code",
      async () => {
        expect((await runProgram(process.execPath, [...old, program, "version"])).exit.code).toBe(0);
        expect((await runProgram(process.execPath, [...old, program, "dance"])).exit.code).toBe(1);
        const path = write("old-node.yaml", good(await freePort(), await freePort()));
        const peer = await startPeer({
          name: "mosn",
          command: process.execPath,
          args: [...old, program, "start", "-c", path],
          ready: /mosn is ready/,
        });
        expect((await peer.stop()).code).toBe(0);
        expect(peer.output()).toContain("SIGTERM: draining");
      },
    );

    test("says what it needs where there is none", async () => {
      const copy = join(folder, "bin");
      cpSync(join(root, "packages/app-mosn/bin"), copy, { recursive: true });
      const { exit, stderr } = await runProgram(process.execPath, [...old, join(copy, "mosn.mjs"), "version"]);
      expect([exit.code, stderr]).toEqual([1, "mosn needs Node.js 22.12 or newer; this is 20.9.0\n"]);
    });
  });

  test("without a command, or with one that there is not, it says how it is used and fails", async () => {
    const none = await mosn();
    expect(none.code).not.toBe(0);
    expect(none.stderr).toContain("Usage: mosn");
    const unknown = await mosn("dance");
    expect(unknown.code).not.toBe(0);
    expect(unknown.stderr).toContain("dance");
    const level = await mosn("start", "--log-level", "loud");
    expect(level.code).not.toBe(0);
    expect(level.stderr).toContain("It is one of trace, debug, info, warning, error, critical, off.");
  });

  describe("validate", () => {
    test("accepts a good file, in YAML and in JSON", async () => {
      const path = write("good.yaml", good(10_000, 10_001));
      expect(await mosn("validate", "-c", path)).toEqual({ code: 0, stdout: `configuration '${path}' OK\n`, stderr: "" });
      const json = write("good.json", JSON.stringify({ staticResources: { clusters: [] }, node: { id: "n" } }));
      expect(await mosn("validate", "--config-path", json)).toMatchObject({ code: 0 });
    });

    test.for(examples)("accepts %s without warnings", async (path) => {
      expect(await mosn("validate", "-c", join(root, path))).toEqual({
        code: 0,
        stdout: `configuration '${join(root, path)}' OK\n`,
        stderr: "",
      });
    });

    test("says what is wrong in broken YAML, and where", async () => {
      const path = write("broken.yaml", "node:\n  id: n\n cluster: c\n");
      const { code, stdout, stderr } = await mosn("validate", "-c", path);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(new RegExp(`${path}:[23]:\\d+`));
    });

    test("names unknown fields, unsupported ones, wrong values and missing ones, each with its line and path, all at once", async () => {
      const path = write(
        "wrong.yaml",
        good(10_000, 10_001)
          .replace("node: {", "nod: {")
          .replace("type: STATIC", "lb_subset_config: {}")
          .replace("cluster: backend\n", "cluster: backend\n                tunneling_config: { hostname: h }\n")
          .replace("stat_prefix: in", "idle_timeout: soon"),
      );
      const { code, stderr } = await mosn("validate", "-c", path);
      expect(code).toBe(1);
      const lines = stderr.trimEnd().split("\n");
      const place = (needle: RegExp): string => lines.find((line) => needle.test(line)) ?? "";
      expect(place(/nod\b/)).toContain(`${path}:3:1`);
      expect(place(/idle_timeout/)).toContain(`${path}:13:`);
      expect(place(/tunneling_config/)).toContain(`${path}:15:`);
      expect(place(/lb_subset_config/)).toContain(`${path}:18:`);
      expect(place(/stat_prefix/)).not.toBe("");
    });

    test("finds references to clusters that there are not", async () => {
      const path = write("dangling.yaml", good(10_000, 10_001).replace("cluster: backend\n", "cluster: other\n"));
      const { code, stderr } = await mosn("validate", "-c", path);
      expect(code).toBe(1);
      expect(stderr).toContain('there is no cluster "other"');
      expect(stderr).toContain(`${path}:14:`);
    });

    test("refuses extensions that it does not know", async () => {
      const unknown = "type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy";
      const path = write("extension.yaml", good(10_000, 10_001).replace(/type\.googleapis\.com\/\S+/, unknown));
      const { code, stderr } = await mosn("validate", "-c", path);
      expect(code).toBe(1);
      expect(stderr).toContain("RedisProxy");
    });

    test("recognises MOSN's own JSON and refuses it", async () => {
      const mosnJson = {
        servers: [{ default_log_path: "stdout", listeners: [{ name: "l", address: "127.0.0.1:2045", bind_port: true }] }],
      };
      const { code, stderr } = await mosn("validate", "-c", write("mosn_config.json", JSON.stringify(mosnJson)));
      expect(code).toBe(1);
      expect(stderr).toMatch(/MOSN/);
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    });

    test("tells of fields that it ignores, and accepts them", async () => {
      const path = write("ignored.yaml", `${good(10_000, 10_001)}stats_flush_interval: 5s\n`);
      const { code, stderr } = await mosn("validate", "-c", path);
      expect(code).toBe(0);
      expect(stderr).toContain("stats_flush_interval");
      expect(stderr).toContain("is ignored");
    });

    test("a file that there is not, and no configuration at all", async () => {
      const missing = await mosn("validate", "-c", join(folder, "none.yaml"));
      expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("none.yaml")]);
      const nothing = await mosn("validate");
      expect([nothing.code, nothing.stderr]).toEqual([1, expect.stringContaining("-c")]);
    });

    test("--config-yaml alone, and merged over the file: lists are appended, values replaced", async () => {
      expect(await mosn("validate", "--config-yaml", "node: { id: n }")).toMatchObject({ code: 0 });
      const path = write("base.yaml", good(10_000, 10_001));
      const more = "static_resources: { clusters: [{ name: backend, type: STATIC }] }";
      const twice = await mosn("validate", "-c", path, "--config-yaml", more);
      expect(twice.code).toBe(1);
      expect(twice.stderr).toContain("static_resources.clusters[1]");
      const wrong = await mosn("validate", "-c", path, "--config-yaml", "nod: {}");
      expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("--config-yaml:1:1")]);
    });
  });

  describe("start", () => {
    const start = async (...args: readonly string[]): Promise<Awaited<ReturnType<typeof startPeer>>> =>
      startPeer({ name: "mosn", command: process.execPath, args: [program, "start", ...args], ready: /mosn is ready/ });

    const info = async (adminPort: number): Promise<unknown> => (await fetch(`http://127.0.0.1:${adminPort}/server_info`)).json();

    test("runs until SIGTERM or SIGINT, and ends with 0", async () => {
      for (const signal of ["SIGTERM", "SIGINT"] as const) {
        const adminPort = await freePort();
        const peer = await start("-c", write("start.yaml", good(await freePort(), adminPort)));
        expect(await info(adminPort)).toMatchObject({ state: "LIVE", node: { id: "from-the-file", cluster: "shop" } });
        peer.signal(signal);
        expect(await peer.exited).toEqual({ code: 0, signal: null });
      }
    });

    test("runs until it is told to stop though there is nothing that it listens on", async () => {
      const peer = await start("--config-yaml", "{}");
      peer.signal("SIGTERM");
      expect(await peer.exited).toEqual({ code: 0, signal: null });
      expect(peer.output()).toContain("SIGTERM: draining");
    });

    test.for(examples)("runs %s, with other ports", async (path) => {
      const text = readFileSync(join(root, path), "utf8").replaceAll("/tmp/", `${folder}/`);
      const ports = new Map<string, number>();
      for (const [, port = ""] of text.matchAll(/port_value: (\d+)/g)) if (!ports.has(port)) ports.set(port, await freePort());
      const config = write(
        "example.yaml",
        text.replaceAll(/(?<=port_value: )\d+/g, (port) => String(ports.get(port))),
      );
      const peer = await start("-c", config);
      expect(await (await fetch(`http://127.0.0.1:${ports.get("9901")}/ready`)).text()).toBe("LIVE\n");
      expect(await peer.stop()).toEqual({ code: 0, signal: null });
    });

    test("--service-node and --service-cluster go before the file; --config-yaml is merged over it", async () => {
      const [adminPort, other] = [await freePort(), await freePort()];
      const override = `admin: { address: { socket_address: { port_value: ${other} } } }`;
      const path = write("node.yaml", good(await freePort(), adminPort));
      const peer = await start("-c", path, "--config-yaml", override, "--service-node", "n7", "--service-cluster", "c7");
      expect(await info(other)).toMatchObject({ node: { id: "n7", cluster: "c7" } });
      await expect(info(adminPort)).rejects.toThrow();
      await peer.stop();
    });

    test("--log-level is what is logged from", async () => {
      const peer = await start("-c", write("level.yaml", good(await freePort(), await freePort())), "--log-level", "info");
      const lines = peer
        .output()
        .split("\n")
        .map((line): unknown => JSON.parse(line));
      expect(lines).not.toEqual([]);
      await peer.stop();
    });

    test("goes on with options of V8 in the process that was started, but for those that were chosen", async () => {
      const path = write("options.yaml", good(await freePort(), await freePort()));
      const linesOf = (pid: number): string[] => readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      const peer = await start("-c", path);
      expect(linesOf(peer.pid)).toEqual(expect.arrayContaining(["--min-semi-space-size=4", "--no-memory-reducer", program, path]));
      await peer.stop();
      const args = ["--max_semi_space_size=2", program, "start", "-c", path];
      const own = await startPeer({ name: "mosn", command: process.execPath, args, ready: /mosn is ready/ });
      expect(linesOf(own.pid)).not.toContain("--min-semi-space-size=4");
      expect(linesOf(own.pid)).toEqual(expect.arrayContaining(["--no-memory-reducer", "--max_semi_space_size=2"]));
      await own.stop();
    });

    test("a port in use: 1, and a message that names the listener and the port", async () => {
      const taken = createServer().listen(0, "127.0.0.1");
      await once(taken, "listening");
      const address = taken.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      const { code, stderr } = await mosn("start", "-c", write("taken.yaml", good(port, await freePort())), "--log-level", "error");
      expect(code).toBe(1);
      expect(stderr).toContain(`127.0.0.1:${port}`);
      expect(stderr).toContain("EADDRINUSE");
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
      const admin = await mosn("start", "-c", write("taken-admin.yaml", good(await freePort(), port)), "--log-level", "error");
      expect([admin.code, admin.stderr]).toEqual([1, expect.stringContaining(`127.0.0.1:${port}`)]);
      taken.close();
    });

    test("a wrong configuration: 1, as validate says it", async () => {
      const path = write("wrong-start.yaml", "nod: {}\n");
      const [started, validated] = [await mosn("start", "-c", path), await mosn("validate", "-c", path)];
      expect([started.code, started.stderr]).toEqual([1, validated.stderr]);
    });
  });
});
