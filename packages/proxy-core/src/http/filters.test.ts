import { describe, expect, test } from "vitest";
import { FilterStatus, type FilterStream, type StreamFilter } from "../stream/index.ts";
import { connectRaw, startProxy, startRawBackend, until } from "./testing.ts";

const { Continue, Stop } = FilterStatus;
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine";
const post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n";

/** Keeps the stream that it sees. */
class Watcher implements StreamFilter {
  stream: FilterStream | undefined = undefined;
  readonly seen: string[] = [];

  onRequest(stream: FilterStream): FilterStatus {
    this.stream = stream;
    return Continue;
  }
}

describe("filters", () => {
  test("see bodies part by part, and then the end", async () => {
    const seen: string[] = [];
    const filter: StreamFilter = {
      onRequestBody: (_, chunk, end) => {
        seen.push(`> ${chunk.toString()}${end ? "|" : ""}`);
        return Continue;
      },
      onResponseBody: (_, chunk, end) => {
        seen.push(`< ${chunk.toString()}${end ? "|" : ""}`);
        return Continue;
      },
      onComplete: () => void seen.push("done"),
    };
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], filters: [filter] });
    const client = await connectRaw(proxy.port);
    client.write(`${post}hello`);
    const host = await backend.accept();
    await host.readTo("hello");
    client.write("world");
    await host.readTo("world");
    host.write(ok);
    await client.readTo("fine");
    expect(seen).toEqual(["> hello", "> world", "> |", "< fine", "< |", "done"]);
  });

  test("hold a request back, head and body, until they let it go", async () => {
    const watcher = new Watcher();
    watcher.onRequest = (stream) => {
      watcher.stream = stream;
      return Stop;
    };
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], filters: [watcher] });
    const client = await connectRaw(proxy.port);
    client.write(`${post}helloworld`);
    await until(() => watcher.stream !== undefined);
    expect(proxy.clusterStat("upstream_rq_total")).toBe(0);
    watcher.stream?.continueRequest();
    const host = await backend.accept();
    await host.readTo("\r\n\r\nhelloworld");
    host.write(ok);
    await client.readTo("fine");
  });

  test("hold a request's body back in the middle, and those after them see it once", async () => {
    const watcher = new Watcher();
    const second: string[] = [];
    Object.assign(watcher, {
      onRequestBody: (_: FilterStream, chunk: Buffer) => {
        watcher.seen.push(chunk.toString());
        return watcher.seen.length === 1 ? Stop : Continue;
      },
    } satisfies StreamFilter);
    const last: StreamFilter = {
      onRequestBody: (_, chunk, end) => {
        second.push(`${chunk.toString()}${end ? "|" : ""}`);
        return Continue;
      },
    };
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], filters: [watcher, last] });
    const client = await connectRaw(proxy.port);
    client.write(`${post}hello`);
    const host = await backend.accept();
    await host.readHead();
    client.write("world");
    await until(() => proxy.connections[0]?.bytesReceived === post.length + 10);
    expect(watcher.seen).toEqual(["hello"]);
    expect(host.received).toBe("");
    watcher.stream?.continueRequest();
    await host.readTo("helloworld");
    expect(watcher.seen).toEqual(["hello", "world", ""]);
    expect(second).toEqual(["hello", "world", "|"]);
  });

  test("stop the client when they hold back as much as may be held", async () => {
    const limit = 64 * 1024;
    const total = 4 * 1024 * 1024;
    const watcher = new Watcher();
    let held = false;
    Object.assign(watcher, {
      onRequestBody: () => {
        if (held) return Continue;
        held = true;
        return Stop;
      },
    } satisfies StreamFilter);
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], filters: [watcher], bufferLimitBytes: limit });
    const client = await connectRaw(proxy.port);
    client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${total}\r\n\r\n`);
    client.write("x".repeat(total));
    await until(() => proxy.stat("downstream_flow_control_paused_reading_total") === 1);
    expect(proxy.connections[0]?.bytesReceived).toBeLessThan(limit + 3 * 64 * 1024);
    watcher.stream?.continueRequest();
    const host = await backend.accept();
    await host.readHead();
    expect((await host.readBytes(total)).length).toBe(total);
  });

  test("hold a response back, head and body, until they let it go", async () => {
    const watcher = new Watcher();
    Object.assign(watcher, { onResponse: () => Stop } satisfies StreamFilter);
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], filters: [watcher] });
    const client = await connectRaw(proxy.port);
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const host = await backend.accept();
    await host.readHead();
    host.write(ok);
    // The host is free before its response has been let go.
    await until(() => proxy.clusterStat("upstream_rq_active") === 0);
    const other = await connectRaw(proxy.port);
    other.write("GET /other HTTP/1.1\r\nHost: a\r\n\r\n");
    // Its memory is read into again.
    const held = watcher.stream;
    expect(await host.readHead()).toContain("GET /other ");
    host.write("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 3\r\n\r\nbad");
    await until(() => watcher.stream !== held && proxy.clusterStat("upstream_rq_active") === 0);
    expect(client.received).toBe("");
    held?.continueResponse();
    expect(await client.readTo("fine")).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Length: 4\r\n/u);
  });

  test("hold a response's body back", async () => {
    const watcher = new Watcher();
    Object.assign(watcher, {
      onResponseBody: (_: FilterStream, chunk: Buffer) => {
        watcher.seen.push(chunk.toString());
        return watcher.seen.length === 1 ? Stop : Continue;
      },
    } satisfies StreamFilter);
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], filters: [watcher] });
    const client = await connectRaw(proxy.port);
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const host = await backend.accept();
    await host.readHead();
    host.write(ok);
    await client.readHead();
    await until(() => watcher.seen.length === 1);
    expect(client.received).toBe("");
    watcher.stream?.continueResponse();
    await client.readTo("fine");
    expect(watcher.seen).toEqual(["fine", ""]);
  });

  test("answer in the host's place, also from a body, and see the answer", async () => {
    const seen: string[] = [];
    const denying: StreamFilter = {
      onRequestBody: (stream, chunk) => {
        if (chunk.includes("attack")) stream.sendLocalReply({ cause: "denied", httpStatus: 403, message: "no" });
        return Stop;
      },
      onResponse: (stream) => {
        seen.push(`${stream.response?.status}`);
        stream.response?.headers.set("x-seen", "yes");
        return Continue;
      },
      onResponseBody: (_, chunk, end) => {
        seen.push(chunk.toString() + (end ? "|" : ""));
        return Continue;
      },
    };
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], filters: [denying] });
    const client = await connectRaw(proxy.port);
    client.write(`${post}attack`);
    expect(await client.readAll()).toMatch(
      /^HTTP\/1\.1 403 Forbidden\r\n(?:.*\r\n)*x-seen: yes\r\n(?:.*\r\n)*connection: close\r\n\r\nno$/u,
    );
    expect(seen).toEqual(["403", "no", "|"]);
    expect(proxy.clusterStat("upstream_rq_cancelled")).toBe(1);
  });

  test("change heads", async () => {
    const filter: StreamFilter = {
      onRequest: (stream) => {
        stream.request.headers.set("x-added", "1");
        stream.request.path = "/changed";
        stream.request.method = "PUT";
        return Continue;
      },
    };
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], filters: [filter] });
    const client = await connectRaw(proxy.port);
    client.write("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    const head = await (await backend.accept()).readHead();
    expect(head).toMatch(/^PUT \/changed HTTP\/1\.1\r\nHost: a\r\n/u);
    expect(head).toContain("x-added: 1\r\n");
  });

  test("that say what HTTP cannot say get a 500, and nothing of it is sent", async () => {
    const filter: StreamFilter = {
      onRequest: (stream) => {
        if (stream.request.path === "/request") stream.request.headers.set("x", "a\r\nSmuggled: yes");
        return Continue;
      },
      onResponse: (stream) => {
        if (stream.request.path === "/response") stream.response?.headers.set("x", "a\r\nSmuggled: yes");
        return Continue;
      },
    };
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], filters: [filter] });
    const client = await connectRaw(proxy.port);
    client.write("GET /request HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await client.readHead()).toMatch(/^HTTP\/1\.1 500 /u);
    client.write("GET /response HTTP/1.1\r\nHost: a\r\n\r\n");
    const host = await backend.accept();
    expect(await host.readHead()).toContain("GET /response ");
    host.write(ok);
    const head = await client.readHead();
    expect(head).toMatch(/^HTTP\/1\.1 500 /u);
    expect(head).not.toContain("Smuggled");
    expect(proxy.logged.map(({ details }) => details)).toEqual(["request_unencodable", "response_unencodable"]);
    client.write("GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
    await until(() => backend.connections.some(({ received }) => received.includes("/next")));
    for (const { received } of backend.connections) expect(received).not.toContain("Smuggled");
  });

  test("that hold a response back for too long have it answered in their place", async () => {
    const filter: StreamFilter = { onResponse: () => Stop };
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], filters: [filter], manager: { stream_idle_timeout: "1s" } });
    const client = await connectRaw(proxy.port);
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const host = await backend.accept();
    await host.readHead();
    host.write(ok);
    await until(() => proxy.clusterStat("upstream_rq_active") === 0 && proxy.clusterStat("upstream_rq_200") === 1);
    proxy.runtime.advance(1100);
    expect(await client.readTo("stream timeout")).toMatch(/^HTTP\/1\.1 504 /u);
  });

  test("that hold a response's head back see it answered when the host breaks off", async () => {
    const filter: StreamFilter = { onResponse: () => Stop };
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], filters: [filter] });
    const client = await connectRaw(proxy.port);
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const host = await backend.accept();
    await host.readHead();
    host.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    await until(() => proxy.clusterStat("upstream_rq_200") === 1);
    host.socket.destroy();
    expect(await client.readTo("connection termination")).toMatch(/^HTTP\/1\.1 503 /u);
  });
});
