import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { assignment, scriptedCheck, testClusters } from "../testing.ts";

const check = (kind: object): object => ({ ...scriptedCheck, custom_health_check: null, ...kind });

/** The request of a check as configured. */
async function requestOf(http: object): Promise<IncomingMessage> {
  const server = createServer((_request, response) => response.end()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const requested = once(server, "request");
  const { manager, cluster } = testClusters([
    { load_assignment: assignment(`127.0.0.1:${port}`), health_checks: [check({ http_health_check: { path: "/ok", ...http } })] },
  ]);
  manager.start();
  const [request] = await requested;
  await manager.ready();
  expect(cluster().hosts[0]!.health).toBe(0);
  manager.close();
  server.closeAllConnections();
  server.close();
  return request;
}

describe("health checks as configured", () => {
  test("ask for the path, with the cluster's name as host", async () => {
    const { method, url, headers } = await requestOf({});
    expect([method, url, headers.host, headers["user-agent"]]).toEqual(["GET", "/ok", "c", "Envoy/HC"]);
  });

  test("ask with the method and the host that are given", async () => {
    const { method, headers } = await requestOf({ method: "HEAD", host: "orders.test" });
    expect([method, headers.host]).toEqual(["HEAD", "orders.test"]);
  });

  test("add, replace and remove headers as each of them says", async () => {
    const header = (key: string, value: string, fields: object = {}): object => ({ header: { key, value }, ...fields });
    const { rawHeaders } = await requestOf({
      request_headers_to_add: [
        header("X-A", "1"),
        header("x-a", "2"),
        header("x-b", "1"),
        header("x-b", "100%%", { append_action: "OVERWRITE_IF_EXISTS_OR_ADD" }),
        header("x-c", "1", { append_action: "OVERWRITE_IF_EXISTS" }),
        header("x-d", "1", { append_action: "ADD_IF_ABSENT" }),
        header("x-d", "2", { append_action: "ADD_IF_ABSENT" }),
        header("x-e", ""),
        header("x-f", "", { keep_empty_value: true }),
        header("x-g", "1"),
        header("x-g", "2", { append: false }),
        header("x-h", "1"),
      ],
      request_headers_to_remove: ["User-Agent", "x-h"],
    });
    const pairs = rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : []));
    expect(pairs).toEqual(["host: c", "x-a: 1", "x-a: 2", "x-b: 100%", "x-d: 1", "x-f: ", "x-g: 2", "Connection: keep-alive"]);
  });

  test("exchange bytes over TCP", async () => {
    const server = createTcpServer((socket) => socket.on("data", (data) => socket.end(data))).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const tcp = { send: { text: "0a0b" }, receive: [{ text: "0a" }, { binary: "Cw==" }] };
    const { manager, cluster } = testClusters([
      { load_assignment: assignment(`127.0.0.1:${port}`), health_checks: [check({ tcp_health_check: tcp })] },
    ]);
    manager.start();
    await manager.ready();
    expect(cluster().hosts[0]!.health).toBe(0);
    manager.close();
    server.close();
  });
});
