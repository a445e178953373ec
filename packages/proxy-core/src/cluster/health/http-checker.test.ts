import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { Happening, passes } from "../testing.ts";
import type { HealthCheckResult } from "./health-checker.ts";
import { httpChecker, type HttpCheckOptions } from "./http-checker.ts";
import { targetAt } from "./testing.ts";

const never = new AbortController().signal;
const standard: HttpCheckOptions = {
  method: "GET",
  path: "/healthz",
  hostname: "orders",
  headers: new Map([["user-agent", ["Envoy/HC"]]]),
  expected: [{ start: 200, end: 201 }],
  retriable: [{ start: 429, end: 430 }],
  receive: [],
  responseBufferSize: 1024,
  reuseConnection: true,
};

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(serve: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  const server = createServer(serve);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function check(
  serve: (request: IncomingMessage, response: ServerResponse) => void,
  options: Partial<HttpCheckOptions> = {},
): Promise<HealthCheckResult> {
  const probe = httpChecker({ ...standard, ...options }).probe(targetAt(await listen(serve)));
  const result = await probe.check(never);
  probe.close();
  return result;
}

const respond =
  (status: number, headers: Record<string, string> = {}, body = "") =>
  (_request: IncomingMessage, response: ServerResponse): void =>
    void response.writeHead(status, headers).end(body);

describe("the HTTP health check", () => {
  test("sends what is configured", async () => {
    let seen: IncomingMessage | undefined;
    const headers = new Map([
      ["user-agent", ["check"]],
      ["x-a", ["1", "2"]],
    ]);
    await check(
      (request, response) => {
        seen = request;
        response.end();
      },
      { method: "HEAD", headers },
    );
    expect(seen).toMatchObject({ method: "HEAD", url: "/healthz", headers: { host: "orders", "user-agent": "check", "x-a": "1, 2" } });
  });

  test("names the endpoint's own host where it has one", async () => {
    let host: string | undefined;
    const port = await listen((request, response) => {
      host = request.headers.host;
      response.end();
    });
    const probe = httpChecker(standard).probe(targetAt(port, "pod-1"));
    await probe.check(never);
    probe.close();
    expect(host).toBe("pod-1");
  });

  test.each([
    [200, passes],
    [204, { healthy: false, failure: "final", reason: "status 204" }],
    [429, { healthy: false, failure: "retriable", reason: "status 429" }],
    [503, { healthy: false, failure: "final", reason: "status 503" }],
  ])("judges by the status: %i", async (status, expected) => {
    expect(await check(respond(status))).toEqual(expected);
  });

  test("takes the end of a range as outside of it", async () => {
    const expected = [{ start: 200, end: 204 }];
    expect(await check(respond(203), { expected })).toEqual(passes);
    expect(await check(respond(204), { expected })).toMatchObject({ healthy: false });
  });

  test("heeds what the host says of itself", async () => {
    expect(await check(respond(200, { "x-envoy-degraded": "" }))).toEqual({ healthy: true, degraded: true });
    expect(await check(respond(200, { "x-envoy-immediate-health-check-fail": "true" }))).toMatchObject({
      healthy: false,
      failure: "immediate",
    });
  });

  test("looks for the expected payload in as much of the body as it is told to", async () => {
    const receive = [Buffer.from("OK")];
    expect(await check(respond(200, {}, "all OK"), { receive })).toEqual(passes);
    expect(await check(respond(200, {}, "all KO"), { receive })).toMatchObject({ healthy: false, failure: "final" });
    const late = `${"x".repeat(1023)}OK`;
    expect(await check(respond(200, {}, late), { receive })).toMatchObject({ healthy: false });
    expect(await check(respond(200, {}, late), { receive, responseBufferSize: 0 })).toEqual(passes);
  });

  test("fails as a network failure where the connection breaks", async () => {
    expect(await check((request) => request.socket.destroy())).toMatchObject({ healthy: false, failure: "network" });
    const inBody = check((request, response) => {
      response.writeHead(200, { "content-length": "10" });
      response.write("x", () => request.socket.destroy());
    });
    expect(await inBody).toMatchObject({ healthy: false, failure: "network" });
  });

  test("ends when it is given up", async () => {
    const asked = new Happening();
    const port = await listen(() => asked.happen());
    const abort = new AbortController();
    const result = httpChecker(standard).probe(targetAt(port)).check(abort.signal);
    await asked.happened;
    abort.abort();
    expect(await result).toMatchObject({ healthy: false, failure: "network" });
  });

  test.each([
    ["keeps the connection for the next check", true, 1],
    ["makes a new connection each time where that is asked for", false, 2],
  ])("%s", async (_name, reuseConnection, expected) => {
    const sockets = new Set<unknown>();
    const port = await listen((request, response) => {
      sockets.add(request.socket);
      response.end();
    });
    const probe = httpChecker({ ...standard, reuseConnection }).probe(targetAt(port));
    expect(await probe.check(never)).toEqual(passes);
    expect(await probe.check(never)).toEqual(passes);
    probe.close();
    expect(sockets.size).toBe(expected);
  });

  test("tries once more when the host closes a kept connection as the check is sent", async () => {
    const sockets = new Set<unknown>();
    const port = await listen((request, response) => {
      if (sockets.has(request.socket)) request.socket.destroy();
      else response.end();
      sockets.add(request.socket);
    });
    const probe = httpChecker(standard).probe(targetAt(port));
    expect(await probe.check(never)).toEqual(passes);
    expect(await probe.check(never)).toEqual(passes);
    probe.close();
    expect(sockets.size).toBe(2);
  });
});
