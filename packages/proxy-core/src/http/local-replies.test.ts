import { describe, expect, test } from "vitest";
import type { StreamFilter } from "../stream/index.ts";
import { FilterStatus } from "../stream/index.ts";
import { call, connectRaw, startHttpBackend, startProxy, startRawBackend, until } from "./testing.ts";

const virtualHost = { response_headers_to_add: [{ header: { key: "x-from", value: "the virtual host" } }] };
const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

describe("the route's header mutations", () => {
  test.each([
    ["a cluster that there is not", { routes: [{ match: { prefix: "/" }, route: { cluster_header: "x-cluster" } }] }],
    ["a cluster without hosts", {}],
    ["a direct response", { routes: [{ match: { prefix: "/" }, direct_response: { status: 418 } }] }],
    ["a redirect", { routes: [{ match: { prefix: "/" }, redirect: { path_redirect: "/elsewhere" } }] }],
  ])("change the reply to a request for %s", async (_, options) => {
    await using proxy = await startProxy({ virtualHost, ...options });
    expect((await call(proxy.port)).headers["x-from"]).toBe("the virtual host");
  });

  test("change the reply for a connection that breaks, and for a timeout", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], virtualHost });
    const client = await connectRaw(proxy.port);
    client.write(get);
    (await backend.accept()).socket.destroy();
    expect(await client.readTo("connection termination")).toMatch(/\r\nx-from: the virtual host\r\n/u);
    client.write(get);
    await (await backend.accept()).readHead();
    proxy.runtime.advance(16_000);
    expect(await client.readTo("upstream request timeout")).toMatch(/\r\nx-from: the virtual host\r\n/u);
  });

  test("change what a filter answers, but nothing that is answered before there is a route", async () => {
    const filter: StreamFilter = {
      onRequest: (stream) => {
        if (stream.request.path !== "/denied") return FilterStatus.Continue;
        stream.sendLocalReply({ cause: "denied", httpStatus: 403, message: "" });
        return FilterStatus.Stop;
      },
    };
    await using proxy = await startProxy({ virtualHost, filters: [filter] });
    const denied = await call(proxy.port, { path: "/denied" });
    expect([denied.status, denied.headers["x-from"]]).toEqual([403, "the virtual host"]);
    const client = await connectRaw(proxy.port);
    client.write("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
    expect(await client.readAll()).not.toContain("x-from");
  });
});

test("after more than one try the reply says so", async () => {
  let connections = 0;
  await using backend = await startHttpBackend((request) => void request.socket.destroy());
  backend.server.on("connection", () => connections++);
  await using proxy = await startProxy({ hosts: [backend.port], route: { retry_policy: { retry_on: "reset" } } });
  const answer = call(proxy.port);
  await until(() => {
    proxy.runtime.advance(50);
    return proxy.logged.length > 0;
  });
  expect((await answer).body).toBe(
    "upstream connect error or disconnect/reset before headers. retried and the latest reset reason: connection termination",
  );
  expect(connections).toBe(2);
});

test("a host that ends in the middle of a head has not answered in HTTP: 502", async () => {
  await using backend = await startRawBackend();
  await using proxy = await startProxy({ hosts: [backend.port] });
  const client = await connectRaw(proxy.port);
  client.write(get);
  const host = await backend.accept();
  await host.readHead();
  host.socket.end("HTTP/1.1 200 OK\r\nContent-Le");
  expect(await client.readTo("protocol error")).toMatch(/^HTTP\/1\.1 502 /u);
  expect(proxy.clusterStat("upstream_cx_protocol_error")).toBe(1);
});

test.each([
  [1_000_000, "unconditional drop overload", "x-envoy-unconditional-drop-overload"],
  [999_999, "drop overload", "x-envoy-drop-overload"],
])("a request that is dropped for its cluster's sake, as %i of a million are, is told %j and %s", async (numerator, body, header) => {
  const policy = { drop_overloads: [{ category: "overload", drop_percentage: { numerator, denominator: "MILLION" } }] };
  const cluster = { load_assignment: { cluster_name: "web", policy, endpoints: [] } };
  await using proxy = await startProxy({ cluster });
  const answer = await call(proxy.port);
  expect([answer.status, answer.body, answer.headers[header]]).toEqual([503, body, "true"]);
});
