/** Routes may edit any field: how messages are framed does not follow from what they say. */
import { describe, expect, test } from "vitest";
import { connectRaw, startProxy, startRawBackend } from "./testing.ts";

const added = (key: string, value: string, append_action: string = "OVERWRITE_IF_EXISTS_OR_ADD"): object => ({
  header: { key, value },
  append_action,
});

const edits = [
  ["removes content-length", { remove: ["content-length"] }],
  ["changes content-length", { add: [added("content-length", "7")] }],
  ["repeats content-length", { add: [added("content-length", "2", "APPEND_IF_EXISTS_OR_ADD")] }],
  ["adds transfer-encoding", { add: [added("transfer-encoding", "chunked")] }],
  ["adds connection", { add: [added("connection", "close")] }],
] as const;

interface Edit {
  readonly add?: readonly object[];
  readonly remove?: readonly string[];
}

const framing = (head: string): string[] =>
  head
    .toLowerCase()
    .split("\r\n")
    .filter((line) => /^(content-length|transfer-encoding|connection):/u.test(line));

describe.for(edits)("a route that %s", ([, edit]) => {
  const { add = [], remove = [] }: Edit = edit;

  test("leaves the framing of requests as it is", async () => {
    await using backend = await startRawBackend();
    const routes = [{ match: { prefix: "/" }, route: { cluster: "web" }, request_headers_to_add: add, request_headers_to_remove: remove }];
    await using proxy = await startProxy({ hosts: [backend.port], routes });
    const client = await connectRaw(proxy.port);
    client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    const host = await backend.accept();
    expect(framing(await host.readHead())).toEqual(["content-length: 3"]);
    expect(await host.readBytes(3)).toBe("abc");
  });

  test("leaves the framing of responses as it is", async () => {
    await using backend = await startRawBackend();
    const routes = [
      { match: { prefix: "/" }, route: { cluster: "web" }, response_headers_to_add: add, response_headers_to_remove: remove },
    ];
    await using proxy = await startProxy({ hosts: [backend.port], routes });
    const client = await connectRaw(proxy.port);
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const host = await backend.accept();
    await host.readHead();
    host.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
    expect(framing(await client.readHead())).toEqual(["content-length: 3"]);
    expect(await client.readBytes(3)).toBe("abc");
  });

  test("leaves the framing of direct responses as it is", async () => {
    const routes = [
      {
        match: { prefix: "/" },
        direct_response: { status: 200, body: { inline_string: "abc" } },
        response_headers_to_add: add,
        response_headers_to_remove: remove,
      },
    ];
    await using proxy = await startProxy({ routes });
    const client = await connectRaw(proxy.port);
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(framing(await client.readHead())).toEqual(["content-length: 3"]);
    expect(await client.readBytes(3)).toBe("abc");
  });
});
