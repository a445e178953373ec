import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type ListenOptions, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { SocketAddress } from "../network/index.ts";
import { testRuntime } from "../runtime/testing.ts";
import { tryAddress } from "./try-address.ts";

const attempt = (address: SocketAddress, reusePort = false): Promise<void> =>
  tryAddress({ address, highWaterMark: 16_384, backlog: 10, reusePort, logger: testRuntime().logger });
const ip = (address: string, port: number): SocketAddress => ({ kind: "ip", address, port });
const pipe = (path: string): SocketAddress => ({ kind: "pipe", path });

async function listening(options: ListenOptions): Promise<Server> {
  const server = createServer((socket) => void socket.destroy()).listen(options);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function end(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}

describe("a port", () => {
  test("is free or not, on one address or on all", async () => {
    const server = await listening({ host: "127.0.0.1", port: 0 });
    const port = portOf(server);
    await expect(attempt(ip("127.0.0.1", port))).rejects.toMatchObject({ code: "EADDRINUSE" });
    await expect(attempt(ip("0.0.0.0", port))).rejects.toMatchObject({ code: "EADDRINUSE" });
    await expect(attempt(ip("127.0.0.1", port), true)).rejects.toMatchObject({ code: "EADDRINUSE" });
    await attempt(ip("127.0.0.2", port));
    await attempt(ip("127.0.0.1", 0));
    await end(server);
    for (const address of ["127.0.0.1", "0.0.0.0", "127.0.0.1"]) await attempt(ip(address, port));
    await listening({ host: "127.0.0.1", port });
  });

  test("of an address that is not this machine's is none", async () => {
    await expect(attempt(ip("192.0.2.1", 15_001))).rejects.toMatchObject({ code: "EADDRNOTAVAIL" });
    await expect(attempt(ip("192.0.2.1", 0))).rejects.toMatchObject({ code: "EADDRNOTAVAIL" });
  });

  test("that others share is had by who shares it, too", async () => {
    const server = await listening({ host: "127.0.0.1", port: 0 });
    const port = portOf(server);
    await end(server);
    await listening({ host: "127.0.0.1", port, reusePort: true });
    await attempt(ip("127.0.0.1", port), true);
    await expect(attempt(ip("127.0.0.1", port))).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  test("answers nobody meanwhile", async () => {
    const server = await listening({ host: "127.0.0.1", port: 0 });
    const port = portOf(server);
    await end(server);
    const answers = new Set<unknown>();
    const knock = async (): Promise<void> => {
      const socket = connect({ host: "127.0.0.1", port });
      answers.add(await once(socket, "connect").catch((error: NodeJS.ErrnoException) => error.code));
    };
    for (let round = 0; round < 100; round++) {
      await Promise.all([knock(), attempt(ip("127.0.0.1", port)), knock(), knock()]);
    }
    expect([...answers]).toEqual(["ECONNREFUSED"]);
  });
});

describe("a path", () => {
  const folder = (): string => {
    const made = mkdtempSync(join(tmpdir(), "try-address-"));
    onTestFinished(() => rmSync(made, { recursive: true }));
    return made;
  };

  test("is free where there is nothing, or what was left over", async () => {
    const path = join(folder(), "a.sock");
    await attempt(pipe(path));
    const server = await listening({ path });
    await expect(attempt(pipe(path))).rejects.toThrow("address already in use");
    await end(server);
    await attempt(pipe(path));
    writeFileSync(path, "");
    await expect(attempt(pipe(path))).rejects.toThrow("address already in use");
  });

  test("needs its folder", async () => {
    await expect(attempt(pipe(join(folder(), "none", "a.sock")))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("may be abstract", async () => {
    const name = `try-address-${process.pid}`;
    await attempt(pipe(`@${name}`));
    await listening({ path: `\0${name}` });
    await expect(attempt(pipe(`@${name}`))).rejects.toThrow("address already in use");
  });
});
