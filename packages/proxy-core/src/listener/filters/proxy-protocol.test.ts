import { describe, expect, test } from "vitest";
import { readAll } from "../../network/testing.ts";
import { chain, endOf, testListeners, type TestListeners } from "../testing.ts";

const filter = (config: object = {}): object => ({
  name: "proxy_protocol",
  typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol", ...config },
});

const line = "PROXY TCP4 10.1.2.3 10.9.8.7 4000 80\r\n";
const binary = Buffer.from("0d0a0d0a000d0a515549540a2111000c0a0102030a0908070fa00050", "hex");

async function listening(config: object = {}): Promise<TestListeners> {
  const proxy = testListeners([{ listener_filters: [filter(config)], filter_chains: [chain("a")] }]);
  await proxy.manager.start();
  return proxy;
}

describe("the PROXY protocol filter", () => {
  test.for([
    ["v1", Buffer.from(line)],
    ["v2", binary],
  ] as const)("takes the addresses of %s for the connection's", async ([version, header]) => {
    await using proxy = await listening();
    const arriving = proxy.chain("a").next();
    const client = await proxy.connect();
    client.end(Buffer.concat([header, Buffer.from("GET /")]));
    const { info, initial, handler } = await arriving;
    expect(info).toMatchObject({ remoteAddress: "10.1.2.3:4000", localAddress: "10.9.8.7:80", directRemoteAddress: endOf(client) });
    await handler.untilEvent("end");
    expect(`${initial?.toString() ?? ""}${handler.text}`).toBe("GET /");
    expect(proxy.stat(`proxy_proto.versions.${version}.found`)).toBe(1);
  });

  test("leaves the connection's own addresses where the header has none", async () => {
    await using proxy = await listening();
    const arriving = proxy.chain("a").next();
    const client = await proxy.connect();
    client.write("PROXY UNKNOWN\r\n");
    const { info, initial } = await arriving;
    expect(info).toMatchObject({ remoteAddress: endOf(client), localAddress: `127.0.0.1:${proxy.port()}` });
    expect(initial).toBeUndefined();
  });

  test("closes connections without a header", async () => {
    await using proxy = await listening({ stat_prefix: "edge" });
    const client = await proxy.connect();
    client.write("GET / HTTP/1.1\r\n\r\n");
    expect((await readAll(client)).length).toBe(0);
    expect(proxy.stat("proxy_proto.edge.not_found_disallowed")).toBe(1);
  });

  test("closes connections with a malformed one", async () => {
    await using proxy = await listening();
    const client = await proxy.connect();
    client.write("PROXY TCP4 hello\r\n");
    expect((await readAll(client)).length).toBe(0);
    expect(proxy.stat("proxy_proto.versions.v1.error")).toBe(1);
    expect(proxy.runtime.logger.lines[0]?.message).toContain("malformed PROXY protocol header of version 1");
  });

  test("lets connections without a header through where it is told to", async () => {
    await using proxy = await listening({ allow_requests_without_proxy_protocol: true });
    const arriving = proxy.chain("a").next();
    const client = await proxy.connect();
    client.write("PUT / HTTP/1.1\r\n\r\n");
    const { initial } = await arriving;
    expect(initial?.toString()).toBe("PUT / HTTP/1.1\r\n\r\n");
    expect(proxy.stat("proxy_proto.not_found_allowed")).toBe(1);
    const second = proxy.chain("a").next();
    const other = await proxy.connect();
    other.write(line);
    expect((await second).info.remoteAddress).toBe("10.1.2.3:4000");
  });

  test("closes connections with a header of a version that is not allowed", async () => {
    await using proxy = await listening({ disallowed_versions: ["V2"] });
    const client = await proxy.connect();
    client.write(binary);
    expect((await readAll(client)).length).toBe(0);
    expect(proxy.stat("proxy_proto.versions.v2.disallowed")).toBe(1);
    expect(proxy.stat("proxy_proto.versions.v2.found")).toBe(0);
  });

  test("takes such a header for the connection's own bytes where there need be none", async () => {
    await using proxy = await listening({ disallowed_versions: ["V1"], allow_requests_without_proxy_protocol: true });
    const arriving = proxy.chain("a").next();
    const client = await proxy.connect();
    client.write(line);
    const { info, initial } = await arriving;
    expect(initial?.toString()).toBe(line);
    expect(info.remoteAddress).toBe(endOf(client));
    expect(proxy.stat("proxy_proto.not_found_allowed")).toBe(1);
  });
});
