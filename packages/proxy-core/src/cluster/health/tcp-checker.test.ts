import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { Happening, passes } from "../testing.ts";
import { tcpChecker, type TcpCheckOptions } from "./tcp-checker.ts";
import { at, targetAt } from "./testing.ts";

const never = new AbortController().signal;
const connectOnly: TcpCheckOptions = { send: Buffer.alloc(0), receive: [], reuseConnection: true };
const pingPong: TcpCheckOptions = { send: Buffer.from("ping"), receive: [Buffer.from("po"), Buffer.from("ng")], reuseConnection: true };

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function listen(serve: (socket: Socket, connection: number) => void, path?: string): Promise<number> {
  let connections = 0;
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => {}));
    serve(socket, ++connections);
  });
  servers.push(server);
  server.listen(path ?? { port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  return path === undefined ? (server.address() as AddressInfo).port : 0;
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const port = await listen(() => {});
  const server = servers.pop()!.close();
  await once(server, "close");
  return port;
}

describe("the TCP health check", () => {
  test("passes where a connection can be made, and closes it", async () => {
    const closed = new Happening();
    const port = await listen((socket) => socket.on("end", () => closed.happen()).resume());
    expect(await tcpChecker(connectOnly).probe(targetAt(port)).check(never)).toEqual(passes);
    await closed.happened;
  });

  test("reaches unix sockets", async () => {
    const path = join(await mkdtemp(join(tmpdir(), "mesh-")), "socket");
    await listen((socket) => socket.resume(), path);
    expect(
      await tcpChecker(connectOnly)
        .probe(at({ kind: "pipe", path }))
        .check(never),
    ).toEqual(passes);
  });

  test("fails where no connection can be made", async () => {
    const probe = tcpChecker(connectOnly).probe(targetAt(await freePort()));
    expect(await probe.check(never)).toMatchObject({ healthy: false, failure: "network", reason: expect.stringContaining("ECONNREFUSED") });
  });

  test("sends its bytes and passes when those expected have come", async () => {
    const port = await listen((socket) => socket.on("data", (data) => socket.write(data.toString() === "ping" ? "-po-ng-" : "what?")));
    expect(await tcpChecker(pingPong).probe(targetAt(port)).check(never)).toEqual(passes);
  });

  test("fails where the connection is closed before they have come", async () => {
    const port = await listen((socket) => socket.end("po"));
    expect(await tcpChecker(pingPong).probe(targetAt(port)).check(never)).toMatchObject({ healthy: false, failure: "network" });
  });

  test("waits through other bytes, until it is given up, and closes the connection then", async () => {
    const closed = new Happening();
    const asked = new Happening();
    const port = await listen((socket) => {
      socket.on("close", () => closed.happen());
      socket.on("data", () => {
        socket.write("something else");
        asked.happen();
      });
    });
    const abort = new AbortController();
    const result = tcpChecker(pingPong).probe(targetAt(port)).check(abort.signal);
    await asked.happened;
    abort.abort();
    expect(await result).toMatchObject({ healthy: false });
    await closed.happened;
  });

  test.each([
    ["keeps the connection for the next check", true, [1, 1]],
    ["makes a new connection each time where that is asked for", false, [1, 2]],
  ])("%s", async (_name, reuseConnection, expected) => {
    const used: number[] = [];
    const port = await listen((socket, connection) =>
      socket.on("data", () => {
        used.push(connection);
        socket.write("pong");
      }),
    );
    const probe = tcpChecker({ ...pingPong, reuseConnection }).probe(targetAt(port));
    expect(await probe.check(never)).toEqual(passes);
    expect(await probe.check(never)).toEqual(passes);
    expect(used).toEqual(expected);
    probe.close();
  });

  test("connects anew when the host has closed the connection in between", async () => {
    const port = await listen((socket) => socket.on("data", () => socket.end("pong")));
    const probe = tcpChecker(pingPong).probe(targetAt(port));
    expect(await probe.check(never)).toEqual(passes);
    await once(sockets[0]!, "close");
    expect(await probe.check(never)).toEqual(passes);
  });

  test("closes the kept connection in the end", async () => {
    const port = await listen((socket) => socket.on("data", () => socket.write("pong")));
    const probe = tcpChecker(pingPong).probe(targetAt(port));
    await probe.check(never);
    probe.close();
    await once(sockets[0]!, "close");
  });
});
