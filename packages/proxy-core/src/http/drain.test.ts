import { describe, expect, test, vi } from "vitest";
import { Drain, type SilenceEnds } from "../stream/index.ts";
import { atOnce } from "../stream/testing.ts";
import { connectRaw, startProxy, startRawBackend, until, type RawPeer, type TestProxy } from "./testing.ts";

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`;
const ok = (text: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
const drainTimeMs = 10_000;

const answering = (): Promise<TestProxy> => startProxy({ routes: [{ match: { prefix: "/" }, direct_response: { status: 204 } }] });

function drain(proxy: TestProxy, silenceEnds: SilenceEnds): void {
  proxy.filter.drain(new Drain(proxy.runtime, silenceEnds, drainTimeMs));
}

/** Whether the answer to a request says that the connection ends. */
async function endsWith(client: RawPeer): Promise<boolean> {
  client.write(get("/"));
  return /^connection: close$/imu.test(await client.readHead());
}

/** A client that goes when it is told to. */
async function dial({ port }: TestProxy): Promise<RawPeer> {
  const client = await connectRaw(port);
  client.socket.once("end", () => client.socket.end());
  return client;
}

/** So many clients whose connections are there and without requests. */
async function idle(proxy: TestProxy, count: number): Promise<RawPeer[]> {
  const clients: RawPeer[] = [];
  for (let index = 0; index < count; index++) {
    const client = await dial(proxy);
    expect(await endsWith(client)).toBe(false);
    clients.push(client);
  }
  return clients;
}

const left = ({ filter }: TestProxy, count: number): Promise<void> => until(() => filter.activeConnections === count);

describe("a gradual drain", () => {
  test("ends a connection with a response, the more likely the more of the time has passed", async () => {
    await using proxy = await answering();
    const [early, late] = await idle(proxy, 2);
    vi.spyOn(proxy.runtime.random, "next").mockReturnValue(0.5);
    drain(proxy, "at last");
    proxy.runtime.advance(4900);
    if (early === undefined || late === undefined) throw new Error("unreachable");
    expect(await endsWith(early)).toBe(false);
    expect(proxy.stat("downstream_cx_drain_close")).toBe(0);
    proxy.runtime.advance(200);
    expect(await endsWith(late)).toBe(true);
    expect(await late.readAll()).toBe("");
    expect(await endsWith(early)).toBe(true);
    await left(proxy, 0);
    expect(proxy.stat("downstream_cx_drain_close")).toBe(2);
  });

  test("leaves silent connections alone until its time is over, and then closes them", async () => {
    await using proxy = await answering();
    const [client] = await idle(proxy, 1);
    drain(proxy, "at last");
    proxy.runtime.advance(drainTimeMs);
    expect(proxy.filter.activeConnections).toBe(1);
    proxy.filter.finish();
    expect(await client?.readAll()).toBe("");
    expect(proxy.stat("downstream_cx_drain_close")).toBe(1);
  });

  test("decides for connections that come while it lasts, too", async () => {
    await using proxy = await answering();
    vi.spyOn(proxy.runtime.random, "next").mockReturnValue(0.5);
    drain(proxy, "at last");
    const [client] = await idle(proxy, 1);
    proxy.runtime.advance(drainTimeMs - 1000);
    expect(client && (await endsWith(client))).toBe(true);
  });

  test("becomes one at once where that is asked for, and not the other way round", async () => {
    await using proxy = await answering();
    const [silent, asking] = await idle(proxy, 2);
    drain(proxy, "at last");
    proxy.filter.drain(atOnce);
    drain(proxy, "in turn");
    expect(asking && (await endsWith(asking))).toBe(true);
    proxy.runtime.advance(300);
    expect(await silent?.readAll()).toBe("");
    await left(proxy, 0);
  });

  test("may have silent connections end in turn, in the first quarter of the time, and those that come meanwhile at once", async () => {
    await using proxy = await answering();
    await idle(proxy, 5);
    drain(proxy, "in turn");
    const late = await dial(proxy);
    await until(() => proxy.connections.length === 6);
    proxy.runtime.advance(300);
    expect(await late.readAll()).toBe("");
    await left(proxy, 4);
    for (const count of [3, 2, 1, 0]) {
      proxy.runtime.advance(drainTimeMs / 20);
      await left(proxy, count);
    }
  });

  test("that is taken back is none for connections to come", async () => {
    await using proxy = await answering();
    drain(proxy, "at last");
    proxy.filter.undrain();
    const [client] = await idle(proxy, 1);
    proxy.runtime.advance(drainTimeMs);
    expect(client && (await endsWith(client))).toBe(false);
  });
});

describe("the end of the drain time", () => {
  test("waits for a client that was about to send its next request, or has begun to", async () => {
    await using proxy = await answering();
    const [active, sending, silent] = await idle(proxy, 3);
    if (active === undefined || sending === undefined || silent === undefined) throw new Error("unreachable");
    vi.spyOn(proxy.runtime.random, "next").mockReturnValue(0.999);
    drain(proxy, "at last");
    proxy.runtime.advance(drainTimeMs - 100);
    expect(await endsWith(active)).toBe(false);
    sending.write("GET / HTTP/1.1\r\nHo");
    await until(() => proxy.connections[1]?.bytesReceived === get("/").length + 18);
    proxy.runtime.advance(100);
    proxy.filter.finish();
    expect(await silent.readAll()).toBe("");
    proxy.runtime.advance(100);
    expect(await endsWith(active)).toBe(true);
    proxy.runtime.advance(1000);
    sending.write("st: h\r\n\r\n");
    expect(await sending.readAll()).toMatch(/^HTTP\/1\.1 204 .*connection: close\r\n\r\n$/su);
    await left(proxy, 0);
    expect(proxy.stat("downstream_cx_drain_close")).toBe(3);
  });

  test("lets a response end that began before, and closes when no other request comes", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const client = await dial(proxy);
    client.write(get("/"));
    const host = await backend.accept();
    await host.readHead();
    drain(proxy, "at last");
    const response = ok("slow");
    host.write(response.slice(0, -2));
    await client.readTo("sl");
    proxy.filter.finish();
    host.write(response.slice(-2));
    await client.readTo("ow");
    await until(() => proxy.stat("downstream_rq_active") === 0);
    expect(proxy.filter.activeConnections).toBe(1);
    proxy.runtime.advance(300);
    expect(await client.readAll()).toBe("");
  });
});
