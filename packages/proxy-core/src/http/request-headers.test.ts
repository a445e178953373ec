import { describe, expect, test } from "vitest";
import { connectRaw, startProxy, startRawBackend, type TestProxyOptions } from "./testing.ts";

const route = { timeout: "0s" };

/** What the host gets of a request. */
async function forwarded(manager: object, lines: readonly string[], options: TestProxyOptions = {}): Promise<string> {
  await using backend = await startRawBackend();
  await using proxy = await startProxy({ hosts: [backend.port], manager, route, ...options });
  const client = await connectRaw(proxy.port);
  client.write([...lines, "", ""].join("\r\n"));
  return await (await backend.accept()).readHead();
}

/** What the client gets where the request goes no further. */
async function answered(manager: object, lines: readonly string[]): Promise<{ head: string; details: string | undefined }> {
  await using proxy = await startProxy({ manager });
  const client = await connectRaw(proxy.port);
  client.write([...lines, "", ""].join("\r\n"));
  return { head: await client.readHead(), details: proxy.logged[0]?.details };
}

const get = (...lines: string[]): string[] => ["GET / HTTP/1.1", "Host: a", ...lines];
/** A 400, and the end of the connection. */
const endsWith400 = /^HTTP\/1\.1 400 Bad Request\r\n(?:.*\r\n)*connection: close\r\n/u;
const field = (head: string, name: string): string | undefined => new RegExp(`^${name}: (.*)$`, "imu").exec(head)?.[1];

describe("x-forwarded-for", () => {
  test("is left alone unless the client's own address is to be used", async () => {
    expect(field(await forwarded({}, get()), "x-forwarded-for")).toBeUndefined();
    expect(field(await forwarded({}, get("X-Forwarded-For: 1.2.3.4")), "x-forwarded-for")).toBe("1.2.3.4");
  });

  test("gets the client's address where that is to be used", async () => {
    const manager = { use_remote_address: true };
    expect(field(await forwarded(manager, get()), "x-forwarded-for")).toBe("127.0.0.1");
    expect(field(await forwarded(manager, get("X-Forwarded-For: 1.2.3.4")), "x-forwarded-for")).toBe("1.2.3.4,127.0.0.1");
    expect(field(await forwarded({ ...manager, skip_xff_append: true }, get()), "x-forwarded-for")).toBeUndefined();
  });

  test.each([
    [{}, "1.2.3.4, 5.6.7.8", "5.6.7.8:0"],
    [{ xff_num_trusted_hops: 1 }, "1.2.3.4, 5.6.7.8", "1.2.3.4:0"],
    [{ use_remote_address: true, xff_num_trusted_hops: 1 }, "1.2.3.4, 5.6.7.8", "5.6.7.8:0"],
    [{ use_remote_address: true, xff_num_trusted_hops: 2 }, "1.2.3.4, 5.6.7.8", "1.2.3.4:0"],
    [{}, "2001:db8::1", "[2001:db8::1]:0"],
  ])("says with %j of %s that the client is %s", async (manager, value, expected) => {
    await using proxy = await startProxy({ manager });
    const client = await connectRaw(proxy.port);
    client.write([...get(`X-Forwarded-For: ${value}`), "", ""].join("\r\n"));
    await client.readHead();
    expect(proxy.logged[0]?.remoteAddress).toBe(expected);
  });
});

test("the path of a unix socket tells nobody where a request comes from", async () => {
  const manager = { use_remote_address: true };
  const remoteAddress = "/run/app.sock";
  const head = await forwarded(manager, get(), { remoteAddress });
  expect(head).not.toMatch(/x-forwarded-for|x-envoy-external-address|app\.sock/iu);
  expect(field(await forwarded(manager, get("X-Forwarded-For: 1.2.3.4"), { remoteAddress }), "x-forwarded-for")).toBe("1.2.3.4");
  const ours = { ...manager, internal_address_config: { unix_sockets: true } };
  expect(field(await forwarded(ours, get(), { remoteAddress }), "x-envoy-internal")).toBe("true");
});

describe("x-forwarded-proto", () => {
  test("is kept where it comes from a trusted proxy, and set where nobody has", async () => {
    expect(field(await forwarded({}, get()), "x-forwarded-proto")).toBe("http");
    expect(field(await forwarded({}, get("X-Forwarded-Proto: https")), "x-forwarded-proto")).toBe("https");
    expect(field(await forwarded({ use_remote_address: true }, get("X-Forwarded-Proto: https")), "x-forwarded-proto")).toBe("http");
    const behindOne = { use_remote_address: true, xff_num_trusted_hops: 1 };
    expect(field(await forwarded(behindOne, get("X-Forwarded-Proto: https")), "x-forwarded-proto")).toBe("https");
  });
});

describe("internal requests", () => {
  const secrets = ["x-envoy-retry-on: 5xx", "x-envoy-max-retries: 3", "x-envoy-internal: true"];

  const ours = {
    internal_address_config: {
      cidr_ranges: [
        { address_prefix: "10.0.0.0", prefix_len: 8 },
        { address_prefix: "127.0.0.1", prefix_len: 32 },
      ],
    },
  };

  test("are those from one address of ours", async () => {
    const head = await forwarded(ours, get("X-Forwarded-For: 10.0.0.1", ...secrets));
    expect(field(head, "x-envoy-internal")).toBe("true");
    // The router's, which takes it for itself.
    expect(field(head, "x-envoy-max-retries")).toBeUndefined();
    expect(field(await forwarded({ ...ours, use_remote_address: true }, get()), "x-envoy-internal")).toBe("true");
  });

  test.each([
    ["no address", ours, []],
    ["a public address", ours, ["X-Forwarded-For: 8.8.8.8"]],
    ["two addresses", ours, ["X-Forwarded-For: 10.0.0.2, 10.0.0.1"]],
    ["another proxy before it", { ...ours, use_remote_address: true }, ["X-Forwarded-For: 10.0.0.1"]],
    ["a private address and no ranges of one's own", {}, ["X-Forwarded-For: 10.0.0.1"]],
    [
      "a range of one's own that it is not in",
      { internal_address_config: { cidr_ranges: [{ address_prefix: "192.0.2.0", prefix_len: 24 }] } },
      ["X-Forwarded-For: 10.0.0.1"],
    ],
  ])("are not those with %s, and these lose what only a trusted caller may say", async (_, manager, lines) => {
    const head = await forwarded(manager, get(...lines, ...secrets));
    expect(head).not.toMatch(/x-envoy-(?:internal|retry-on|max-retries)/iu);
  });

  test("are told apart at the edge by x-envoy-external-address", async () => {
    const edge = { use_remote_address: true };
    const head = await forwarded(edge, get("X-Forwarded-For: 8.8.8.8", "x-envoy-decorator-operation: x"));
    expect(field(head, "x-envoy-external-address")).toBe("127.0.0.1");
    expect(head).not.toContain("decorator");
    const behindOne = { ...edge, xff_num_trusted_hops: 1 };
    expect(field(await forwarded(behindOne, get("X-Forwarded-For: 8.8.8.8")), "x-envoy-external-address")).toBe("8.8.8.8");
    expect(field(await forwarded({}, get("X-Forwarded-For: 8.8.8.8")), "x-envoy-external-address")).toBeUndefined();
  });
});

describe("x-request-id", () => {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u;

  test("is made where there is none, and kept where there is one", async () => {
    expect(field(await forwarded({}, get()), "x-request-id")).toMatch(uuid);
    expect(field(await forwarded({}, get("X-Request-Id: mine")), "x-request-id")).toBe("mine");
    expect(field(await forwarded({ generate_request_id: false }, get()), "x-request-id")).toBeUndefined();
  });

  test("of requests from outside is made anew at the edge, unless it is to be kept", async () => {
    const edge = { use_remote_address: true };
    const outside = get("X-Forwarded-For: 8.8.8.8", "X-Request-Id: mine");
    expect(field(await forwarded(edge, outside), "x-request-id")).toMatch(uuid);
    expect(field(await forwarded({ ...edge, preserve_external_request_id: true }, outside), "x-request-id")).toBe("mine");
  });

  test("is in the response where that is configured", async () => {
    const { head } = await answered({ always_set_request_id_in_response: true }, get("X-Request-Id: mine"));
    expect(field(head, "x-request-id")).toBe("mine");
  });
});

test("an empty request id is none", async () => {
  expect(field(await forwarded({}, get("X-Request-Id:")), "x-request-id")).toMatch(/^[0-9a-f-]{36}$/u);
});

test.each([
  ["trailers", "trailers"],
  ["gzip, Trailers;q=1", undefined],
  ["gzip;q=0.5, Trailers", "trailers"],
  ["gzip", undefined],
])("TE: %s goes on as %s", async (value, expected) => {
  const head = await forwarded({}, get(`TE: ${value}`, "Connection: TE"));
  expect([field(head, "te"), field(head, "connection")]).toEqual([expected, undefined]);
});

test("x-forwarded-client-cert of a client without TLS is not believed", async () => {
  expect(await forwarded({}, get("X-Forwarded-Client-Cert: By=me"))).not.toMatch(/client-cert/iu);
});

test("via is added on both ways where it is configured", async () => {
  await using backend = await startRawBackend();
  await using proxy = await startProxy({ hosts: [backend.port], manager: { via: "mesh" } });
  const client = await connectRaw(proxy.port);
  client.write([...get("Via: 1.1 other"), "", ""].join("\r\n"));
  const host = await backend.accept();
  expect(await host.readHead()).toMatch(/\r\nVia: 1\.1 other\r\n(?:.*\r\n)*via: mesh\r\n/u);
  host.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  expect(await client.readHead()).toContain("via: mesh\r\n");
});

describe("the server's name", () => {
  const response = "HTTP/1.1 200 OK\r\nServer: theirs\r\nContent-Length: 0\r\n\r\n";
  const anonymous = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

  test.each([
    [{}, response, "envoy"],
    [{ server_name: "mesh" }, response, "mesh"],
    [{ server_name: "mesh", server_header_transformation: "APPEND_IF_ABSENT" }, response, "theirs"],
    [{ server_name: "mesh", server_header_transformation: "APPEND_IF_ABSENT" }, anonymous, "mesh"],
    [{ server_name: "mesh", server_header_transformation: "PASS_THROUGH" }, response, "theirs"],
    [{ server_name: "mesh", server_header_transformation: "PASS_THROUGH" }, anonymous, undefined],
  ])("with %j of %j is %s", async (manager, bytes, expected) => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], manager });
    const client = await connectRaw(proxy.port);
    client.write([...get(), "", ""].join("\r\n"));
    const host = await backend.accept();
    await host.readHead();
    host.write(bytes);
    const head = await client.readHead();
    expect(field(head, "server")).toBe(expected);
    // The clock of the proxy stands at its beginning.
    expect(field(head, "date")).toBe("Tue, 02 Jan 2024 03:04:05 GMT");
  });
});

describe("names with underscores", () => {
  const lines = get("x_own: 1", "x-own: 2");

  test("pass, are dropped, or have the request refused", async () => {
    expect(await forwarded({}, lines)).toContain("x_own: 1\r\n");
    const drop = { common_http_protocol_options: { headers_with_underscores_action: "DROP_HEADER" } };
    const head = await forwarded(drop, lines);
    expect(head).not.toContain("x_own");
    expect(head).toContain("x-own: 2\r\n");
    const reject = { common_http_protocol_options: { headers_with_underscores_action: "REJECT_REQUEST" } };
    expect((await answered(reject, lines)).head).toMatch(endsWith400);
  });
});

describe("limits of the head", () => {
  test("are 100 fields and 60 KiB unless configured", async () => {
    const fields = (count: number): string[] => Array.from({ length: count }, (_, i) => `x-${i}: y`);
    expect(await forwarded({}, get(...fields(99)))).toContain("x-98: y");
    expect((await answered({ common_http_protocol_options: { max_headers_count: 10 } }, get(...fields(10)))).head).toMatch(
      /^HTTP\/1\.1 431 /u,
    );
    expect(await forwarded({ common_http_protocol_options: { max_headers_count: 200 } }, get(...fields(150)))).toContain("x-149: y");
    expect(await forwarded({}, get(`x: ${"y".repeat(60_000)}`))).toContain("yyy");
    expect((await answered({ max_request_headers_kb: 1 }, get(`x: ${"y".repeat(1000)}`))).head).toMatch(/^HTTP\/1\.1 431 /u);
  });
});

describe("the target", () => {
  test("in absolute form becomes path and host, unless that is not allowed", async () => {
    const lines = ["GET http://b.example/path?q HTTP/1.1", "Host: a"];
    expect(await forwarded({}, lines)).toMatch(/^GET \/path\?q HTTP\/1\.1\r\nHost: b\.example\r\n/u);
    const { head, details } = await answered({ http_protocol_options: { allow_absolute_url: false } }, lines);
    expect(head).toMatch(/^HTTP\/1\.1 404 /u);
    expect(details).toBe("absolute_path_rejected");
  });

  test("of OPTIONS * is none that could be routed", async () => {
    expect((await answered({}, ["OPTIONS * HTTP/1.1", "Host: a"])).head).toMatch(/^HTTP\/1\.1 404 /u);
  });

  test.each([
    [{}, "/a/../b//c", "/a/../b//c"],
    [{ normalize_path: true }, "/a/%2e%2e/b//c?x=/../y", "/b//c?x=/../y"],
    [{ merge_slashes: true }, "/a//b", "/a/b"],
    [{ normalize_path: true, merge_slashes: true }, "/a//../b", "/a/b"],
    [{ path_with_escaped_slashes_action: "UNESCAPE_AND_FORWARD" }, "/a%2Fb%5cc?d=%2F", "/a/b\\c?d=%2F"],
    [{ path_with_escaped_slashes_action: "KEEP_UNCHANGED", normalize_path: true }, "/a%2F..", "/a%2F.."],
  ])("with %j and the path %s is %s", async (manager, path, expected) => {
    expect(await forwarded(manager, [`GET ${path} HTTP/1.1`, "Host: a"])).toMatch(/^GET (\S+) /u);
    const head = await forwarded(manager, [`GET ${path} HTTP/1.1`, "Host: a"]);
    expect(/^GET (\S+) /u.exec(head)?.[1]).toBe(expected);
  });

  test("that cannot be normalized, or has escaped slashes where they are not wanted, is refused", async () => {
    expect((await answered({ normalize_path: true }, ["GET /a%00 HTTP/1.1", "Host: a"])).head).toMatch(endsWith400);
    const reject = { path_with_escaped_slashes_action: "REJECT_REQUEST" };
    expect((await answered(reject, ["GET /a%2Fb HTTP/1.1", "Host: a"])).head).toMatch(endsWith400);
  });

  test("with escaped slashes is redirected to one without where that is configured", async () => {
    const manager = { path_with_escaped_slashes_action: "UNESCAPE_AND_REDIRECT", normalize_path: true };
    const { head } = await answered(manager, ["GET /a%2F..%2Fb?c HTTP/1.1", "Host: a"]);
    expect(head).toMatch(/^HTTP\/1\.1 307 Temporary Redirect\r\nlocation: \/b\?c\r\n/u);
  });
});

describe("the host's port", () => {
  test("is taken away where that is configured", async () => {
    const lines = ["GET / HTTP/1.1", "Host: a.example:8080"];
    expect(field(await forwarded({}, lines), "host")).toBe("a.example:8080");
    expect(field(await forwarded({ strip_any_host_port: true }, lines), "host")).toBe("a.example");
    expect(field(await forwarded({ strip_matching_host_port: true }, lines), "host")).toBe("a.example:8080");
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], manager: { strip_matching_host_port: true } });
    const client = await connectRaw(proxy.port);
    client.write(`GET / HTTP/1.1\r\nHost: a.example:${proxy.port}\r\n\r\n`);
    expect(field(await (await backend.accept()).readHead(), "host")).toBe("a.example");
  });
});
